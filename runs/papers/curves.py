"""Numbers read from computed curves: crossings, maxima, how often a curve rises, upper bounds."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.support.checks import Array

ROUNDING = 1e-9
"""Numbers below this are treated as zero."""


def crossings(x: Array, y: Array, level: float = 0.0) -> Array:
    """Places where the polygonal line through points x, y (n,) crosses a level, in order of x.

    Shape (crossings,). A segment with a NaN at either end crosses nothing.
    """
    above = y - level
    changes = np.sign(above[:-1]) * np.sign(above[1:]) < 0
    begin = np.flatnonzero(changes | (above[1:] == 0) & (above[:-1] != 0))
    fraction = above[begin] / (above[begin] - above[begin + 1])
    return np.asarray(x[begin] + fraction * (x[begin + 1] - x[begin]))


def positive_from(x: Array, y: Array) -> float:
    """The x from which the polygonal line through the points (x, y) stays positive.

    NaN if it is not positive at its end, the first x if it crosses zero nowhere.
    """
    if not y[-1] > 0:
        return np.nan
    found = crossings(x, y)
    return float(found[-1] if len(found) else x[0])


def peak(curve: xr.DataArray, axis: str, unit: float = 1.0) -> tuple[float, float]:
    """Where a curve is largest, in a unit of the axis, and its value there."""
    best = int(np.nanargmax(curve.values))
    return float(curve[axis][best]) / unit, float(curve[best])


def rising_fraction(values: Array, axis: int = 0) -> float:
    """Fraction of the steps of values (...) along an axis that rise or stay; NaN is left out."""
    steps = np.diff(values, axis=axis)
    return float(np.mean(steps[np.isfinite(steps)] >= -1e-12))


def exceptions(values: Array, axis: int, sign: int) -> tuple[Array, Array]:
    """Steps along an axis beside a positive value, and which of them have the opposite sign.

    Both boolean, of the shape of np.diff(values, axis=axis). Steps from or to NaN do not count.
    """
    change = sign * np.diff(values, axis=axis)
    pairs = np.moveaxis(values, axis, 0)
    there = np.isfinite(change) & np.moveaxis(np.maximum(pairs[1:], pairs[:-1]) > 0, 0, axis)
    return there, there & (change < -1e-12)


def upper_bound(value: float) -> str:
    """Next power of ten above a small number, such as "1e-07"; no less than `ROUNDING`."""
    return f"{10.0 ** np.ceil(np.log10(max(abs(value), ROUNDING)) - 1e-9):.0e}"
