"""Figures of a grid of steady states, ready for a paper: curves over one axis, maps over two, with
their stability.

`draw_curves` and `draw_map` draw one panel, on an Axes that is given as `ax=` or on a new figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from .axes import edges, measure_axis, paint, parameter_axis, set_scale, slices
from .run import unphysical_words
from .style import COLOURS, LINES, Array, head, new_figure, on_axes, say_instead, style, tell_apart

STABILITY = ("0.75", "#56B4E9", "#009E73", "#E69F00", "#882255")
"""Colours of no, one, two, three, four stable branches."""
SMOOTH = 1e-4
"""Part of the largest margin below which its axis is linear."""


def figures(
    grid: xr.Dataset, axes: Sequence[str], measures: Sequence[str]
) -> Iterator[tuple[str, Figure]]:
    """One named figure per measure, and one of the stability, for a grid with an axis or more.

    Over three axes a figure is several maps, one for each value of the third (nine of them at most,
    evenly chosen); of further axes the middle value is taken, and the figure says so. Axes of one
    value count as none; a grid of a single point has no figures.

    Parameters
    ----------
    grid
        What `steady.grid` returned.
    axes
        Names of its axes: across, up, and for one map after the other.
    measures
        Names of its variables.
    """
    axes = [axis for axis in axes if grid.sizes[axis] > 1]
    if not axes:
        return
    grid = grid.squeeze(
        [dim for dim in grid.dims if dim != "branch" and grid.sizes[dim] == 1]
    ).sortby(list(axes))
    for name in [*measures, "stability"]:
        with style():
            figure = _slices(grid, axes, name) if len(axes) > 2 else _single(grid, axes, name)
        yield name, figure


def _single(grid: xr.Dataset, axes: Sequence[str], name: str) -> Figure:
    figure = new_figure()
    ax = figure.subplots()
    (draw_curves if len(axes) == 1 else draw_map)(ax, grid, list(axes), name)
    return figure


def _slices(grid: xr.Dataset, axes: Sequence[str], name: str) -> Figure:
    """Maps of one measure over the values of the third axis, with one colour bar."""
    ticks: range | None
    if name == "stability":
        options, label, size, shown = _counting(grid), STABLE, 1.0, grid["stable"].sum("branch")
        ticks = range(options["cmap"].N)
    else:
        shown = one_branch(grid, name)
        size, label = measure_axis(shown, name)
        options, ticks = (
            {"vmin": float(shown.min()) / size, "vmax": float(shown.max()) / size},
            None,
        )

    def draw(ax: Axes, part: xr.Dataset, two: Sequence[str]) -> None:
        values = part["shown"].transpose(two[1], two[0]).values
        paint(ax, part[two[0]], part[two[1]], values / size, label, bar=False, **options)

    warning = "" if name == "stability" else _unphysical(grid)
    return slices(
        grid.assign(shown=shown),
        axes,
        draw,
        label,
        _GREY if _unstable(grid) else "",
        warning,
        ticks,
    )


_GREY = "grey: no stable branch"
STABLE = "stable branches"


@on_axes
def draw_curves(ax: Axes, grid: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """A measure of every branch over one axis where it is stable; or, for "stability", the margin
    of every branch.
    """
    x, xlabel = parameter_axis(grid[axes[0]])
    lines, margin = [], name == "stability"
    quantity = grid["margin"] if margin else grid[name].where(grid["stable"])
    size, ylabel = (1.0, "stability margin (rad/s)") if margin else measure_axis(quantity, name)
    y = quantity.transpose("branch", axes[0]).values / size
    for branch, values in enumerate(y):
        if np.isfinite(values).any():
            colour, line = COLOURS[branch % len(COLOURS)], LINES[branch % len(LINES)]
            label = f"branch {branch}" if len(y) > 1 else None
            lines += ax.plot(
                x, values, color=colour, ls=line, marker="." if alone(values) else "", label=label
            )
    set_scale(ax, "x", x)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if not lines:
        say_instead(ax, _why_none(grid))
    if margin:
        largest = float(np.nanmax(np.abs(y), initial=0.0))
        ax.axhline(0.0, color="k", lw=0.6)
        ax.set_yscale("symlog", linthresh=max(largest * SMOOTH, 1e-300))
        ax.set_yticks(_margin_ticks(ax, largest))
        ax.minorticks_off()
    tell_apart(lines)
    shaded = _shade_unstable(ax, x, grid)
    head(ax, _GREY if shaded else "", warning="" if margin else _unphysical(grid))


def _margin_ticks(ax: Axes, largest: float) -> list[float]:
    """Zero and two decades on each side that are in sight."""
    if not largest:
        return [0.0]
    top = int(np.floor(np.log10(largest)))
    low, high = ax.get_ylim()
    every = [-(10.0**top), -(10.0 ** (top - 2)), 0.0, 10.0 ** (top - 2), 10.0**top]
    return [tick for tick in every if low <= tick <= high]


@on_axes
def draw_map(
    ax: Axes,
    grid: xr.Dataset,
    axes: Sequence[str],
    name: str,
) -> None:
    """A measure over two axes, grey where no branch is stable; or, for "stability", the number of
    stable branches.

    Where several branches are stable the measure is that of the branch asked for, else of the
    lowest. Cells reach halfway to their neighbours, and not beyond the first and last value.
    """
    across, up = grid[axes[0]], grid[axes[1]]
    if name == "stability":
        values = grid["stable"].sum("branch").transpose(axes[1], axes[0]).values
        options = _counting(grid)
        mesh = paint(ax, across, up, values, STABLE, bar=False, **options)
        bar = ax.figure.colorbar(mesh, ax=ax, ticks=range(options["cmap"].N), label=STABLE)
        bar.ax.minorticks_off()
        return
    shown = one_branch(grid, name).transpose(axes[1], axes[0])
    size, label = measure_axis(shown, name)
    seen = bool(np.isfinite(shown.values).any())
    paint(ax, across, up, shown.values / size, label, bar=seen)
    if not seen:
        say_instead(ax, _why_none(grid))
    head(ax, _GREY if _unstable(grid) else "", warning=_unphysical(grid))


def _counting(grid: xr.Dataset) -> dict[str, Any]:
    """Colours of a map of the number of stable branches, from none to the largest, at least two."""
    most = max(2, int(grid["stable"].sum("branch").max()))
    colours = [STABILITY[min(count, len(STABILITY) - 1)] for count in range(most + 1)]
    return {"cmap": ListedColormap(colours), "vmin": -0.5, "vmax": most + 0.5}


def _unstable(grid: xr.Dataset) -> bool:
    """Whether somewhere no branch is stable."""
    return not bool(grid["stable"].any("branch").all())


def _why_none(grid: xr.Dataset) -> str:
    return (
        "not defined at any of the points"
        if grid["stable"].any()
        else "no branch is stable at any of the points"
    )


def _unphysical(grid: xr.Dataset) -> str:
    """What a figure of measures says where the states of a grid are no quantum states; else
    nothing.
    """
    if "physicality" not in grid or not np.isfinite(grid["physicality"]).any():
        return ""
    return unphysical_words(float(grid["physicality"].min()))


def one_branch(grid: xr.Dataset, name: str) -> xr.DataArray:
    """A variable on one stable branch per point: the implied one where a detuning was asked for,
    else the lowest.
    """
    branch = grid["implied_branch"] if "implied_branch" in grid else grid["stable"].argmax("branch")
    return grid[name].where(grid["stable"]).isel(branch=branch)


def alone(values: Array) -> bool:
    """Whether some finite value has no finite neighbour, so that a line would not show it."""
    finite = np.pad(np.isfinite(values), 1)
    return bool((finite[1:-1] & ~finite[:-2] & ~finite[2:]).any())


def _shade_unstable(ax: Axes, x: Array, grid: xr.Dataset) -> bool:
    """Grey where no branch is stable, halfway to the neighbours; whether there is such a place."""
    none = ~grid["stable"].any("branch").values
    if none.any():
        ends = edges(x)
        bars = [(ends[at], ends[at + 1] - ends[at]) for at in np.flatnonzero(none)]
        ax.broken_barh(
            bars, (0, 1), color="0.85", lw=0, transform=ax.get_xaxis_transform(), zorder=0
        )
    return bool(none.any())
