"""Measures of the steady states of a grid: by name or as functions, each point by itself where one
raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..sde.support.checks import Array, is_function, shown
from ..sde.system import System
from .fixed_points import B

Measure = str | Callable[[xr.Dataset], xr.DataArray]
Named = tuple[str, Callable[[xr.Dataset], xr.DataArray]]


def listed(measures: Measure | Sequence[Measure]) -> Sequence[Measure]:
    """The measures as a list; a single one may stand by itself."""
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
    from ..analysis import measure_names  # an upward import that the contract declares

    try:
        found: Named = measure_names.measure(measure, system)
    except ValueError as error:
        raise ValueError(f"measures: {error}") from None
    return found


def measured(
    name: str, measure: Callable[[xr.Dataset], xr.DataArray], steady: xr.Dataset, reasons: Array
) -> xr.DataArray:
    """A measure of a list of points; where it raises for one of them, NaN there, and the reason in
    its place.
    """
    try:
        return _points_first(name, measure(steady))
    except Exception as error:
        if steady.sizes["point"] == 1:
            raise
        first, values = error, dict[int, xr.DataArray]()
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
    if not isinstance(result, xr.DataArray) or not {"point", B} <= set(result.dims):
        raise ValueError(
            f"measure {name} must return a DataArray that keeps point and {B} (got {shown(result)})"
        )
    return result.transpose("point", B, ...)
