"""Figures of a sweep: quantities at the end of the run over one parameter with error bars, or over two as maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .plots import BAND, COLOURS, COLUMN, STYLE


def figures(sweep: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """A named figure per quantity, for a sweep of one axis or two with a finished point; none for more.

    Axes of one value count as none.
    """
    axes = [str(dim) for dim in sweep["outcome"].dims if sweep.sizes[dim] > 1]
    if not 0 < len(axes) <= 2 or "time" not in sweep.dims:
        return
    last = sweep.squeeze([dim for dim in sweep["outcome"].dims if sweep.sizes[dim] == 1]).isel(time=-1).sortby(axes)
    draw = draw_curve if len(axes) == 1 else draw_map
    with mpl.rc_context(STYLE):
        for name in quantities(sweep):
            figure = Figure(figsize=(COLUMN, 0.8 * COLUMN), layout="constrained")
            draw(figure.subplots(), last, axes, name)
            yield name, figure


def quantities(sweep: xr.Dataset) -> list[str]:
    """The names of the numbers that were estimated over time."""
    every = {*sweep["outcome"].dims, "time"}
    return [str(name) for name in sweep if f"{name}_linear" in sweep and set(sweep[name].dims) == every]


def draw_curve(ax: Axes, last: xr.Dataset, axes: list[str], name: str) -> None:
    """A quantity over one axis: ensembles with bars of two standard errors, and the moment equation as a line."""
    (axis,) = axes
    x, error = last[axis].values, BAND * last[f"{name}_stderr"].values
    ax.plot(x, last[f"{name}_linear"].values, color=COLOURS[0], label="moment equation")
    ax.errorbar(x, last[name].values, yerr=error, fmt="o", ms=2.5, capsize=2, color=COLOURS[1], label="trajectories")
    ax.set(xlabel=_label(last[axis]), ylabel=_label(last[name]))
    ax.legend()


def draw_map(ax: Axes, last: xr.Dataset, axes: list[str], name: str) -> None:
    """A quantity over two axes, grey where no ensemble has finished."""
    x, y = axes
    values = last[name].transpose(y, x).values
    mesh = ax.pcolormesh(last[x].values, last[y].values, values, shading="nearest", rasterized=True)
    ax.set_facecolor("0.75")
    ax.figure.colorbar(mesh, ax=ax, label=_label(last[name]))
    ax.set(xlabel=_label(last[x]), ylabel=_label(last[y]))


def _label(values: xr.DataArray) -> str:
    attributes: dict[str, Any] = values.attrs
    name, unit = str(attributes.get("long_name", values.name)), str(attributes.get("units", ""))
    return f"{name} ({unit})" if unit not in ("", "1") else name
