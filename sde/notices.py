"""Warnings that point at the line of the caller's program, not into this package."""

from __future__ import annotations

import sys
import warnings

PACKAGE = __package__.rpartition(".")[0] + "."


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warn with the file and line from which this package was called."""
    frame, depth = sys._getframe(1), 2
    while frame is not None and frame.f_globals.get("__name__", "").startswith(PACKAGE) and frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth)
