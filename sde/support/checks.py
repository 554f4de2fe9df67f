"""Checks of arguments, suggestions for misspelt names, warnings, and the number of cores."""

from __future__ import annotations

import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeGuard

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]

NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
"""Pattern of names: letters of any alphabet, digits and _, a letter first.

Dots may join such names, as in "left.cavity".
"""
LONGEST = 60
"""Largest number of characters with which an error message shows a value."""
NOT_THE_CALLER = {
    __name__.partition(".")[0],
    "functools",
    "contextlib",
    "concurrent",
    "threading",
    "numpy",
    "xarray",
}
"""Packages that a warning does not point to: this one, and those that call its functions."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn, pointing to the line outside this package that called it."""
    level = 1
    frame = sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in NOT_THE_CALLER:
        level = level + 1
        frame = frame.f_back
    warnings.warn(message, category, stacklevel=level)


def shown(value: Any) -> str:
    """Text of a value for an error message: on one line; a long value by its type."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0:
        value = value.item()
    text = " ".join(repr(value).split())
    if len(text) <= LONGEST:
        return text
    kind = f"{'an' if type(value).__name__[0] in 'aeiouAEIOU' else 'a'} {type(value).__name__}"
    return f"{kind} of shape {value.shape}" if isinstance(value, np.ndarray) else kind


def first_few(texts: Sequence[str], most: int) -> str:
    """The first texts of a list, and how many more there are: "a, b and 3 more"."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def require_name(what: str, value: Any) -> None:
    """Raise ValueError unless a value can name a mode or a port.

    `what` is the subject of the message; its first word must be "mode" or "port".
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
    """A number or numbers (...) as an array (...) of their type; ValueError for anything else."""
    if carries_unit(value):
        turns = ", with a factor 2π from Hz" if unit in ("", "rad/s") else ""
        raise ValueError(
            f"{name} must be a plain number{f' in {unit}' if unit else ''} (got {shown(value)}, "
            f"which carries a unit); convert it{turns}"
        )
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


def carries_unit(value: Any) -> bool:
    """Whether a value is a quantity of a units library (pint, astropy), which arrays would drop."""
    return (hasattr(value, "magnitude") and hasattr(value, "units")) or (
        hasattr(value, "to_value") and hasattr(value, "unit")
    )


def numbers(name: str, value: Any, kind: type = float, unit: str = "") -> Array:
    """A number or numbers (...) as a new array (...) of a type, float or complex.

    Raises ValueError for anything else, and for complex numbers where real ones are needed.
    """
    found = numeric(name, value, unit)
    if found.dtype.kind == "c" and kind is float:
        raise ValueError(f"{name} must be real (got {shown(value)})")
    return found.astype(kind)


def common_shape(shapes: Mapping[str, Shape]) -> Shape:
    """Shape to which arrays of these shapes, by name, broadcast.

    Raises ValueError that names two arrays which do not fit together.
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
                f"{other} of shape {shapes[other]} and {name} of shape {shape} do not fit "
                "together: give them one length, or one of them a further axis, x[:, None], for "
                "every combination"
            ) from None
    return whole


def _fit(shape: Shape, other: Shape) -> bool:
    pairs = zip(reversed(shape), reversed(other), strict=False)
    return all(1 in pair or pair[0] == pair[1] for pair in pairs)


def require_whole(name: str, value: Any, least: int) -> None:
    """Raise ValueError unless a value is a whole number ≥ `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number, at least {least} (got {shown(value)})")


def require_positive(name: str, value: Any, unit: str = "s") -> None:
    """Raise ValueError unless a value is a finite positive number; unit="" for none."""
    real = isinstance(value, (int, float, np.integer, np.floating))
    if not (real and not isinstance(value, bool) and _is_finite(value) and value > 0):
        raise ValueError(
            f"{name} must be positive{f', in {unit}' if unit else ''} (got {shown(value)})"
        )


def _is_finite(value: Any) -> bool:
    """Whether a real number is finite as a float; whole numbers may be too large for one."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def require_time(name: str, value: Any) -> None:
    """Raise ValueError unless a value is a number (a time in s)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise ValueError(f"{name} must be a time in s (got {shown(value)})")


def require_one_of(name: str, value: Any, known: Iterable[str]) -> None:
    """Raise ValueError unless a value is one of the known words."""
    words = list(known)
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)} (got {shown(value)})")


def is_function(value: Any) -> TypeGuard[Callable[..., Any]]:
    """Whether a value is a function or a callable object; classes are not."""
    return callable(value) and not isinstance(value, type)


def require_halt(name: str, value: Any) -> None:
    """Raise ValueError unless a value is None or an event."""
    if not (value is None or callable(getattr(value, "is_set", None))) or isinstance(value, type):
        raise ValueError(f"{name} must be an event, such as threading.Event() (got {shown(value)})")


def require_progress(progress: Any) -> None:
    """Raise ValueError unless progress is a function, True, False or None."""
    if not (progress is None or isinstance(progress, bool) or is_function(progress)):
        raise ValueError(f"progress must be a function of (done, total) (got {shown(progress)})")


def require_threads(threads: Any) -> None:
    """Raise ValueError unless threads is a whole number, or None for all cores."""
    if threads is not None:
        require_whole("threads", threads, 1)


SHORT = 5
"""Length up to which a name that is two letters longer or shorter is not suggested.

For example, "report" is not suggested for "plot".
"""


def nearest(name: str, known: Iterable[str], otherwise: str = "known are") -> str:
    """Hint for an error message: the known name closest to this one, else all known names."""
    names = list(known)
    likely = [each for each in names if len(name) > SHORT or abs(len(each) - len(name)) < 2]
    near = get_close_matches(name, likely, 1)
    return f"did you mean {near[0]!r}?" if near else f"{otherwise} {', '.join(names)}"


def available_cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
