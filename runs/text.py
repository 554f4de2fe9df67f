"""Lines of reports: widths, times in words, numbers with their error."""

from __future__ import annotations

import numpy as np

from ..sde.labels import time_unit

WIDTH = 28


def line(name: str, value: str) -> str:
    """A name and its value in two columns."""
    return f"    {name:<{WIDTH - 1}} {value}"


def time_in_words(seconds: float) -> str:
    """A time in a readable unit."""
    size, unit = time_unit(seconds)
    return f"{seconds / size:.4g} {unit}"


def with_error(value: float, stderr: float) -> str:
    """A value with its standard error, of two digits: "(1.400 ± 0.012)e-10", "0.110 ± 0.020"."""
    if not (np.isfinite(value) and np.isfinite(stderr) and stderr > 0):
        return f"{value:.3g}" + ("" if stderr == 0 else f" ± {stderr:.1g}")
    power = int(np.floor(np.log10(max(abs(value), stderr))))
    digits = int(np.clip(power - np.floor(np.log10(stderr)) + 1, 0, 8))
    if -3 <= power < 4:
        places = max(digits - power, 0)
        return f"{value:.{places}f} ± {stderr:.{places}f}"
    scale = 10.0**power
    return f"({value / scale:.{digits}f} ± {stderr / scale:.{digits}f})e{power:+03d}"
