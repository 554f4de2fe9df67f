"""Text of reports: lines of two columns, times with a unit, numbers with their error."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..sde.labels import time_unit

WIDTH = 28
"""Characters before the value of a line, without the indent."""
ZERO = 1e-12
"""Size below which a measure is shown as zero."""


def line(name: str, value: str) -> str:
    """A name and its value in two columns."""
    return f"    {name:<{WIDTH - 1}} {value}"


def time_in_words(seconds: float) -> str:
    """A time in a readable unit."""
    size, unit = time_unit(seconds)
    return f"{seconds / size:.4g} {unit}"


def known(value: Any, form: str, stderr: Any = None) -> str:
    """A number in a format, with its standard error if given; why it is not known if it is NaN."""
    if not np.isfinite(value):
        return "not known, too few digits in V"
    return f"{float(value):{form}}" + ("" if stderr is None else f" ± {float(stderr):.0e}")


def zero_if_small(value: Any) -> float:
    """A number, zero where it is rounding."""
    return 0.0 if abs(float(value)) < ZERO else float(value)


def with_error(value: float, stderr: float) -> str:
    """A value with two digits of its standard error: "(1.400 ± 0.012)e-10", "0.114 ± 0.021"."""
    if not (np.isfinite(value) and np.isfinite(stderr) and stderr > 0):
        return f"{value:.3g}" + ("" if stderr == 0 else f" ± {stderr:.1g}")
    power = int(np.floor(np.log10(max(abs(value), stderr))))
    digits = int(np.clip(power - np.floor(np.log10(stderr)) + 1, 0, 8))
    if -3 <= power < 4:
        places = max(digits - power, 0)
        return f"{value:.{places}f} ± {stderr:.{places}f}"
    scale = 10.0**power
    return f"({value / scale:.{digits}f} ± {stderr / scale:.{digits}f})e{power:+03d}"
