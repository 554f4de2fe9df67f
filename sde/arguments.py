"""Checks of plain arguments, and the cores there are."""

from __future__ import annotations

import os
from typing import Any

import numpy as np


def require_whole(name: str, value: Any, least: int) -> None:
    """Raise ValueError unless a value is a whole number, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number, at least {least} (got {value!r})")


def require_positive(name: str, seconds: Any) -> None:
    """Raise ValueError unless a time is a finite positive number."""
    number = isinstance(seconds, (int, float, np.number)) and not isinstance(seconds, bool)
    if not (number and np.isfinite(seconds) and seconds > 0):
        raise ValueError(f"{name} must be positive, in s (got {seconds!r})")


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
