"""Checks of plain arguments, the name that was probably meant, and the cores there are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np


def require_whole(name: str, value: Any, least: int) -> None:
    """Raise ValueError unless a value is a whole number, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number, at least {least} (got {value!r})")


def require_positive(name: str, value: Any, unit: str = "s") -> None:
    """Raise ValueError unless a value is a finite positive number; in no unit for ""."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (number and np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive{f', in {unit}' if unit else ''} (got {value!r})")


def require_one_of(name: str, value: Any, known: Iterable[str]) -> None:
    """Raise ValueError unless a value is one of the known words."""
    words = list(known)
    if value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)} (got {value!r})")


SHORT = 5
"""Letters of a name up to which one that is longer or shorter by two is another word, such as plot and report."""


def nearest(name: str, known: Iterable[str], otherwise: str = "known are") -> str:
    """The known name that was probably meant, or else all of them."""
    names = list(known)
    likely = [each for each in names if len(name) > SHORT or abs(len(each) - len(name)) < 2]
    near = get_close_matches(name, likely, 1)
    return f"did you mean {near[0]!r}?" if near else f"{otherwise} {', '.join(names)}"


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
