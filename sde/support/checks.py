"""Checks of plain arguments, the name that was probably meant, warnings, and the cores there are."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeGuard

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]

NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
"""Letters of any alphabet, digits and _, a letter first; dots may join such names, as in
"left.cavity".
"""
LONGEST = 60
"""Characters of a value that an error message shows."""
PASSED_THROUGH = {
    __name__.partition(".")[0],
    "functools",
    "contextlib",
    "concurrent",
    "threading",
    "numpy",
    "xarray",
}
"""Packages whose lines are not the caller's: this one, and what it calls itself through."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line of the caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in PASSED_THROUGH:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def shown(value: Any) -> str:
    """A value as an error message shows it: on one line, and by its kind where it is long."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    text = " ".join(repr(value).split())
    if len(text) <= LONGEST:
        return text
    kind = f"{'an' if type(value).__name__[0] in 'aeiouAEIOU' else 'a'} {type(value).__name__}"
    return f"{kind} of shape {value.shape}" if isinstance(value, np.ndarray) else kind


def require_name(what: str, value: Any) -> None:
    """Raise ValueError unless a value can name a mode or a port: `what` says which, its first word
    "mode" or "port".
    """
    if not isinstance(value, str):
        raise ValueError(f"{what} must be a name, such as 'cavity' (got {shown(value)})")
    if not NAME.fullmatch(value):
        plain = re.sub(r"\W+", "_", value).strip("_")
        written = plain if NAME.fullmatch(plain) else f"{what.split()[0]}_{plain or 1}"
        raise ValueError(
            f"{what} must consist of letters, digits and _, and begin with a letter (got "
            f"{value!r}); write {written!r}"
        )


def numeric(name: str, value: Any, unit: str = "") -> Array:
    """A number, or an array of numbers, as an array of its own kind. Raises ValueError for anything
    else.
    """
    try:
        found: Array = np.asarray(value)
        if found.dtype == object and all(hasattr(one, "__float__") for one in found.flat):
            found = found.astype(float)
    except (TypeError, ValueError, OverflowError):
        found = np.array(None)
    if found.dtype.kind not in "iufc":
        remedy = "; pass one of its variables" if hasattr(value, "data_vars") else ""
        raise ValueError(
            f"{name} must be a number{f' in {unit}' if unit else ''} (got {shown(value)}){remedy}"
        )
    return found


def numbers(name: str, value: Any, kind: type = float, unit: str = "") -> Array:
    """`numeric` as a new array of a kind, float or complex. Raises ValueError for complex numbers
    instead of real.
    """
    found = numeric(name, value, unit)
    if found.dtype.kind == "c" and kind is float:
        raise ValueError(f"{name} must be real (got {shown(value)})")
    return found.astype(kind)


def common_shape(shapes: Mapping[str, Shape]) -> Shape:
    """The shape to which arrays over parameter points broadcast. Raises ValueError, naming two that
    do not fit.
    """
    whole: Shape = ()
    for name, shape in shapes.items():
        if shape in ((), whole):
            continue
        try:
            whole = np.broadcast_shapes(whole, shape)
        except ValueError:
            other = next(known for known, before in shapes.items() if not _fit(before, shape))
            raise ValueError(
                f"{other} of shape {shapes[other]} and {name} of shape {shape} do not fit together: give them one "
                "length, or one of them a further axis, x[:, None], for every combination"
            ) from None
    return whole


def _fit(shape: Shape, other: Shape) -> bool:
    pairs = zip(reversed(shape), reversed(other), strict=False)
    return all(1 in pair or pair[0] == pair[1] for pair in pairs)


def require_whole(name: str, value: Any, least: int) -> None:
    """Raise ValueError unless a value is a whole number, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number, at least {least} (got {shown(value)})")


def require_positive(name: str, value: Any, unit: str = "s") -> None:
    """Raise ValueError unless a value is a finite positive number; in no unit for ""."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (number and np.isfinite(value) and value > 0):
        raise ValueError(
            f"{name} must be positive{f', in {unit}' if unit else ''} (got {shown(value)})"
        )


def require_time(name: str, value: Any) -> None:
    """Raise ValueError unless a value is a number, in s."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise ValueError(f"{name} must be a time in s (got {shown(value)})")


def require_one_of(name: str, value: Any, known: Iterable[str]) -> None:
    """Raise ValueError unless a value is one of the known words."""
    words = list(known)
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)} (got {shown(value)})")


def is_function(value: Any) -> TypeGuard[Callable[..., Any]]:
    """Whether a value can be called for a result: a function, or an object that acts as one, but no
    class.
    """
    return callable(value) and not isinstance(value, type)


def require_progress(progress: Any) -> None:
    """Raise ValueError unless progress can be told: to a function, or by a word whether to show it."""
    if not (progress is None or isinstance(progress, bool) or is_function(progress)):
        raise ValueError(f"progress must be a function of (done, total) (got {shown(progress)})")


def require_threads(threads: Any) -> None:
    """Raise ValueError unless threads is a whole number, or None for all cores."""
    if threads is not None:
        require_whole("threads", threads, 1)


SHORT = 5
"""Letters of a name up to which one that is longer or shorter by two is another word, such as plot
and report.
"""


def nearest(name: str, known: Iterable[str], otherwise: str = "known are") -> str:
    """The known name that was probably meant, or else all of them."""
    names = list(known)
    likely = [each for each in names if len(name) > SHORT or abs(len(each) - len(name)) < 2]
    near = get_close_matches(name, likely, 1)
    return f"did you mean {near[0]!r}?" if near else f"{otherwise} {', '.join(names)}"


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
