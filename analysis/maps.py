"""Figures of a grid of steady states, ready for a paper: curves over one axis, maps over two, with their stability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from .plots import COLOURS, COLUMN, STYLE, Array, mark_unphysical

NAMES = {"log_negativity": r"$E_N$", "stability": "margin"}
STABILITY = ListedColormap(["0.75", "#56B4E9", "#009E73", "#E69F00"])
"""Colours of no, one, two, three stable branches."""


def figures(grid: xr.Dataset, axes: Sequence[str], measures: Sequence[str]) -> Iterator[tuple[str, Figure]]:
    """One named figure per measure, and one of the stability, for a grid with one or two axes; none for more.

    Axes of one value count as none, and are left out of the figures.
    """
    axes = [axis for axis in axes if grid.sizes[axis] > 1]
    if not 0 < len(axes) <= 2:
        return
    grid = grid.squeeze([dim for dim in grid.dims if dim != "branch" and grid.sizes[dim] == 1]).sortby(list(axes))
    with mpl.rc_context(STYLE):
        for name in [*measures, "stability"]:
            figure = Figure(figsize=(COLUMN, 0.8 * COLUMN), layout="constrained")
            ax = figure.subplots()
            draw = draw_curves if len(axes) == 1 else draw_map
            draw(ax, grid, list(axes), name)
            if name != "stability" and grid["stable"].values.any():
                mark_unphysical(ax, float(grid["physicality"].min()))
            yield name, figure


def draw_curves(ax: Axes, grid: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """A measure of every branch over one axis where it is stable; or, for "stability", the margin of every branch."""
    size, unit = _scale(grid[axes[0]])
    x = grid[axes[0]].values / size
    quantity = grid["margin"] if name == "stability" else grid[name].where(grid["stable"])
    for branch, colour in zip(range(grid.sizes["branch"]), COLOURS, strict=False):
        values = quantity.isel(branch=branch).values
        if np.isfinite(values).any():
            ax.plot(x, values, color=colour, marker="." if alone(values) else "", label=f"branch {branch}")
    if name == "stability":
        ax.axhline(0.0, color="k", lw=0.6)
        ax.set_yscale("symlog", linthresh=max(float(np.nanmax(np.abs(quantity.values))) * 1e-4, 1e-300))
    ax.set(xlabel=_label(axes[0], unit), ylabel=_label(name, "rad/s" if name == "stability" else ""))
    _shade_unstable(ax, x, grid)
    if grid.sizes["branch"] > 1:
        ax.legend()


def draw_map(ax: Axes, grid: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """A measure over two axes, grey where no branch is stable; or, for "stability", the number of stable branches.

    Where several branches are stable the measure is that of the branch asked for, else of the lowest.
    """
    (x_size, x_unit), (y_size, y_unit) = _scale(grid[axes[0]]), _scale(grid[axes[1]])
    x, y = grid[axes[0]].values / x_size, grid[axes[1]].values / y_size
    if name == "stability":
        values = grid["stable"].sum("branch").transpose(axes[1], axes[0]).values
        mesh = ax.pcolormesh(x, y, values, cmap=STABILITY, vmin=-0.5, vmax=3.5, shading="nearest", rasterized=True)
        bar = ax.figure.colorbar(mesh, ax=ax, ticks=range(4), label="stable branches")
        bar.ax.minorticks_off()
    else:
        shown = one_branch(grid, name).transpose(axes[1], axes[0]).values
        mesh = ax.pcolormesh(x, y, np.ma.masked_invalid(shown), shading="nearest", rasterized=True)
        ax.set_facecolor("0.75")
        ax.figure.colorbar(mesh, ax=ax, label=_label(name, ""))
    ax.set(xlabel=_label(axes[0], x_unit), ylabel=_label(axes[1], y_unit))


def one_branch(grid: xr.Dataset, name: str) -> xr.DataArray:
    """A variable on one stable branch per point: the implied one where a detuning was asked for, else the lowest."""
    branch = grid["implied_branch"] if "implied_branch" in grid else grid["stable"].argmax("branch")
    return grid[name].where(grid["stable"]).isel(branch=branch)


def alone(values: Array) -> bool:
    """Whether some finite value has no finite neighbour, so that a line would not show it."""
    finite = np.pad(np.isfinite(values), 1)
    return bool((finite[1:-1] & ~finite[:-2] & ~finite[2:]).any())


def _shade_unstable(ax: Axes, x: Any, grid: xr.Dataset) -> None:
    """Grey where no branch is stable."""
    none = ~grid["stable"].any("branch").values
    if none.any():
        ax.fill_between(
            x, 0, 1, where=none, color="0.85", lw=0, step="mid", transform=ax.get_xaxis_transform(), zorder=0
        )


def _scale(axis: xr.DataArray) -> tuple[float, str]:
    """The power of 1000 in which an axis reads well, and its unit with it."""
    unit = str(axis.attrs.get("units", ""))
    largest = float(np.max(np.abs(axis.values)))
    if not unit or unit == "rad" or not largest:
        return 1.0, unit
    power = 3 * int(np.floor(np.log10(largest) / 3))
    return 10.0**power, unit if power == 0 else rf"$10^{{{power}}}$ {unit}"


def _label(name: str, unit: str) -> str:
    words = NAMES.get(name, name.replace("_", " "))
    return f"{words} ({unit})" if unit else words
