"""Results of a grid as plain arrays: pieces joined, input of the measures, and the dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..sde.labels import Q_, Q, Variable, axis_attributes, provenance
from ..sde.model.model import Model
from ..sde.support.checks import Array
from ..sde.system import System
from .branches import BLANKS
from .grid_axes import points_at_a_time
from .steady_states import MATRICES
from .variables import GRID, MODE, PORT, STEADY_STATE, B

POINT = "point"
"""Dimension of a list of points, in the arguments and results of measures."""
IMPLIED = GRID["implied_branch"].name
MEASURE_INPUT = ("mean", "drift_matrix", "covariance", "light_share")
"""Variables of `steady_state` that a measure receives."""
Table = dict[str, Array]
"""Arrays (points, branches, ...) by name; `IMPLIED` is (points,)."""


def grid_memory(points: int, model: Model, measures: int, threads: int) -> int:
    """Bytes that a grid takes at one branch per point.

    The result is held twice while its parts are joined; a thread holds `MATRICES` for each of its
    points.
    """
    n = model.size
    result = points * (n * n + n + len(model.ports) + measures + 8)
    work = threads * min(points, points_at_a_time(n)) * MATRICES * n * n
    return 8 * (2 * result + work)


def measure_input(model: Model, table: Table) -> xr.Dataset:
    """The dataset that a measure receives for a list of points."""
    arrays = {
        name: ([POINT, *STEADY_STATE[name].dimensions], table[name]) for name in MEASURE_INPUT
    }
    labels = list(model.quadratures)
    return xr.Dataset(arrays, coords={Q: labels, Q_: labels, PORT: list(model.ports)})


def implied_branch(system: System, detuning: Array, mean: Array) -> Array:
    """The branch (points,) whose effective detunings are nearest to `detuning` (points,), rad/s.

    `mean` (points, branches, n) are the fixed points.
    """
    distances = []
    for branch in range(mean.shape[1]):
        reached = system.effective_detuning(mean[:, branch])  # type: ignore[attr-defined]
        distances.append(np.abs(reached - detuning[:, None]).max(axis=-1))
    return np.asarray(np.nanargmin(np.where(np.isnan(distances), np.inf, distances), axis=0))


def joined(pieces: Sequence[Table]) -> Table:
    """The pieces one after the other, with as many branches as any of them has."""
    most = max(piece["exists"].shape[1] for piece in pieces)
    return {
        name: np.concatenate([_padded(piece[name], name, most) for piece in pieces])
        for name in pieces[0]
    }


def _padded(values: Array, name: str, most: int) -> Array:
    """Values (points, branches, ...) with blanks up to a number of branches."""
    if name == IMPLIED or values.shape[1] == most:
        return values
    shape = (len(values), most - values.shape[1], *values.shape[2:])
    blank = np.full(shape, BLANKS[values.dtype.kind], values.dtype)
    return np.concatenate([values, blank], axis=1)


def dataset(
    system: System,
    model: Model,
    values: Mapping[str, Array],
    table: Table,
    measures: Mapping[str, Variable],
    **settings: Any,
) -> xr.Dataset:
    """The result: a table of all points, reshaped to one dimension per axis of `values`.

    `settings` are recorded in the provenance.
    """
    shape = tuple(len(axis) for axis in values.values())
    variables = GRID | dict(measures)
    if "reason" in table:
        table["reason"] = table["reason"].astype(str)
    out = xr.Dataset(
        {
            name: variables[name].labelled(array.reshape(*shape, *array.shape[1:]), list(values))
            for name, array in table.items()
        },
        attrs={
            "provenance": provenance(system, axes=dict(values), measures=list(measures), **settings)
        },
    )
    return out.assign_coords(
        {
            B: np.arange(table["exists"].shape[1]),
            **{name: (name, axis, axis_attributes(system, name)) for name, axis in values.items()},
            **{name: labels for name, labels in _labels(model).items() if name in out.dims},
        }
    )


def _labels(model: Model) -> dict[str, list[str]]:
    """Coordinates of the dimensions that a variable of a grid may have."""
    quadratures = list(model.quadratures)
    return {Q: quadratures, Q_: quadratures, MODE: list(model.modes), PORT: list(model.ports)}
