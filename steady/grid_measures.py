"""Measures of the steady states of a grid, by name or as functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..sde.labels import Q_, Q, Variable
from ..sde.support.checks import Array, is_function, shown
from ..sde.system import System
from .grid_table import MEASURE_INPUT, Table
from .light.grids.point_light import PointLight
from .variables import GRID, B


@dataclass(frozen=True, eq=False)
class GridPoints:
    """What a measure can be computed from, at a list of points.

    Attributes
    ----------
    steady : Dataset
        Mean, drift matrix, covariance and light share (point, branch, ...).
    light : PointLight
        The light that leaves.
    system_at : callable
        The system at one of the points, by its number.
    """

    steady: xr.Dataset
    light: PointLight
    system_at: Callable[[int], System]

    def at(self, point: int) -> GridPoints:
        """One of the points."""
        system = self.system_at(point)
        light = self.light.at(point, system)
        return GridPoints(self.steady.isel(point=[point]), light, lambda _: system)

    def with_output_modes(self) -> xr.Dataset:
        """The covariance (point, branch, ...) of the modes of the system and of its output."""
        labels = self.light.quadratures
        V = ["point", B, Q, Q_], self.light.covariance
        return xr.Dataset({"covariance": V}, coords={Q: labels, Q_: labels})


@dataclass(frozen=True, eq=False)
class Named:
    """A measure with its name in the result.

    Attributes
    ----------
    name : str
    compute : callable
        The function of GridPoints.
    label : str
        Its name on an axis; "" for that of the variable.
    of_light : bool
        Whether it depends on the light that leaves.
    """

    name: str
    compute: Callable[[GridPoints], xr.DataArray]
    label: str = ""
    of_light: bool = False


Measure = str | Callable[[xr.Dataset], xr.DataArray] | Named
"""A name of `qlangevin.analysis`, or a function of a dataset of steady states."""


def as_list(measures: Measure | Sequence[Measure]) -> Sequence[Measure]:
    """The measures as a list; a single one need not be in a list."""
    if isinstance(measures, str | Named) or is_function(measures):
        return [measures]
    if not isinstance(measures, Sequence):
        raise ValueError(
            f"measures must be a list, such as ['log_negativity'] (got {shown(measures)})"
        )
    return measures


def named_measure(
    system: System, measure: Any, output_modes: Sequence[str] = (), read: Any = None
) -> Named:
    """A measure with its name in the result. Raises ValueError for an unknown name.

    `read` is a reader of frequencies and angles in words; see `analysis.spectra.light_words`.
    """
    if isinstance(measure, Named):
        return measure
    if is_function(measure):
        name = getattr(measure, "__name__", type(measure).__name__)
        return Named(name, lambda points: measure(points.steady))
    from ..analysis import measure_names  # upward import, listed in the import-linter contract

    try:
        light = measure_names.light_measure(measure, system, read)
        if light is not None:
            variable = measure_names.variable_name(measure)
            return Named(variable, lambda points: light(points.light), light.label, of_light=True)
        variable, function = measure_names.measure(measure, system, output_modes)
    except ValueError as error:
        raise ValueError(f"measures: {error}") from None
    label = measure_names.axis_label(measure)
    if set(output_modes) & set(measure_names.read_call(measure)[1]):
        return Named(variable, lambda points: function(points.with_output_modes()), label, True)
    return Named(variable, lambda points: function(points.steady), label)


def evaluate_measure(measure: Named, points: GridPoints, reasons: Array) -> xr.DataArray:
    """A measure (points, branches, ...) of a list of points.

    If it raises, the points are evaluated one by one: those that raise again are NaN, with the
    error written into `reasons` (points, branches). If all points raise, the error is raised.
    """
    name, count = measure.name, points.steady.sizes["point"]
    try:
        return _points_first(name, measure.compute(points))
    except Exception as error:
        if count == 1:
            raise
        first = error
        values = dict[int, xr.DataArray]()
    for point in range(count):
        try:
            values[point] = _points_first(name, measure.compute(points.at(point)))
        except Exception as error:
            there = reasons[point] == ""
            reasons[point, there] = f"{name} is not defined: {error}"
    if not values:
        raise first
    blank = xr.full_like(next(iter(values.values())), np.nan, dtype=float)
    return xr.concat([values.get(point, blank) for point in range(count)], "point")


def _points_first(name: str, result: xr.DataArray) -> xr.DataArray:
    """The result with the dimensions point and branch first. ValueError if it lacks one."""
    if not isinstance(result, xr.DataArray) or not {"point", B} <= set(result.dims):
        raise ValueError(
            f"measure {name} must return a DataArray that keeps point and {B} (got {shown(result)})"
        )
    return result.transpose("point", B, ...)


def add_measures(table: Table, named: Sequence[Named], points: GridPoints) -> dict[str, Variable]:
    """Add the measures of steady states to their table; their variables."""
    variables = {}
    for measure in named:
        name = measure.name
        result = evaluate_measure(measure, points, table["reason"])
        variables[name] = Variable(
            name,
            (B, *map(str, result.dims[2:])),
            str(result.attrs.get("units", "1")),
            f"{name} of the steady state",
        )
        table[name] = result.values
    return variables


def require_free_names(names: Sequence[str]) -> None:
    """ValueError where an axis or measure has the name of a variable, or repeats one."""
    taken = {*GRID, *MEASURE_INPUT}
    for at, name in enumerate(names):
        if name in taken or name in names[:at]:
            raise ValueError(
                f"{name!r} already names a variable or axis of the grid; name the measure otherwise"
            )
