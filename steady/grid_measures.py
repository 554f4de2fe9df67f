"""Measures of the steady states of a grid, by name or as functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..sde.support.checks import Array, is_function, shown
from ..sde.system import System
from .variables import B

Measure = str | Callable[[xr.Dataset], xr.DataArray]
"""A name of `qlangevin.analysis`, or a function of a dataset of steady states."""
Named = tuple[str, Callable[[xr.Dataset], xr.DataArray]]
"""A measure with its name in the result."""


def as_list(measures: Measure | Sequence[Measure]) -> Sequence[Measure]:
    """The measures as a list; a single one need not be in a list."""
    if isinstance(measures, str) or is_function(measures):
        return [measures]
    if not isinstance(measures, Sequence):
        raise ValueError(
            f"measures must be a list, such as ['log_negativity'] (got {shown(measures)})"
        )
    return measures


def named_measure(system: System, measure: Any) -> Named:
    """A measure with its name in the result. Raises ValueError for an unknown name."""
    if is_function(measure):
        return getattr(measure, "__name__", type(measure).__name__), measure
    from ..analysis import measure_names  # upward import, listed in the import-linter contract

    try:
        found: Named = measure_names.measure(measure, system)
    except ValueError as error:
        raise ValueError(f"measures: {error}") from None
    return found


def evaluate_measure(
    name: str, measure: Callable[[xr.Dataset], xr.DataArray], steady: xr.Dataset, reasons: Array
) -> xr.DataArray:
    """A measure (points, branches, ...) of a list of points.

    If it raises, the points are evaluated one by one: those that raise again are NaN, with the
    error written into `reasons` (points, branches). If all points raise, the error is raised.
    """
    try:
        return _points_first(name, measure(steady))
    except Exception as error:
        if steady.sizes["point"] == 1:
            raise
        first = error
        values = dict[int, xr.DataArray]()
    for point in range(steady.sizes["point"]):
        try:
            values[point] = _points_first(name, measure(steady.isel(point=[point])))
        except Exception as error:
            there = reasons[point] == ""
            reasons[point, there] = f"{name} is not defined: {error}"
    if not values:
        raise first
    blank = xr.full_like(next(iter(values.values())), np.nan, dtype=float)
    return xr.concat([values.get(point, blank) for point in range(steady.sizes["point"])], "point")


def _points_first(name: str, result: xr.DataArray) -> xr.DataArray:
    """The result with the dimensions point and branch first. ValueError if it lacks one."""
    if not isinstance(result, xr.DataArray) or not {"point", B} <= set(result.dims):
        raise ValueError(
            f"measure {name} must return a DataArray that keeps point and {B} (got {shown(result)})"
        )
    return result.transpose("point", B, ...)
