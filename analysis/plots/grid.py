"""Figures of a grid of steady states: curves over one axis, maps over two, and their stability.

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
from scipy.optimize import linear_sum_assignment

from ...sde.labels import Q
from ...sde.support.checks import Array, nearest
from ..measure_names import variable_name
from .axes import (
    draw_cells,
    edges,
    measure_unit_and_label,
    parameter_axis,
    set_parameter_scale,
    slice_figure,
)
from .drawing import on_axes
from .entanglement import unphysical_warning
from .overlapping_lines import separate_overlapping
from .run_data import require_kind
from .style import COLOURS, LINE_STYLES, new_figure, style
from .titles import explain_empty, set_title

BRANCH_COUNT_COLOURS = ("0.75", "#56B4E9", "#009E73", "#E69F00", "#882255")
"""Colours of no, one, two, three, four stable branches."""
LINEAR_BELOW = 1e-4
"""Share of the largest margin below which its axis is linear."""
GREY_NOTE = "grey: no stable branch"
STABLE_BRANCHES = "stable branches"


def grid_figures(
    grid: xr.Dataset, axes: Sequence[str], measures: Sequence[str]
) -> Iterator[tuple[str, Figure]]:
    """Draw the figures of a grid of steady states: one per measure, and one of the stability.

    Over three axes a figure is several maps, one for each value of the third (nine of them at most,
    evenly chosen); of further axes the middle value is taken, and the figure says so. Axes of one
    value count as none; a grid of a single point has no figures.

    Parameters
    ----------
    grid : Dataset
        Result of `steady.grid`.
    axes : sequence of str
        Names of its axes: across, up, and for one map after the other.
    measures : sequence of str
        Names of its variables.

    Returns
    -------
    iterator of (str, Figure)
        Names, those of the measures and "stability", and figures.

    Raises
    ------
    ValueError
        For another kind of result, and unknown names.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import SpinningResonator
    >>> grid = ql.grid(SpinningResonator.published(), {"spin": [0.0, 8e3]}, ["purity"])
    >>> [name for name, figure in plots.grid_figures(grid, ["spin"], ["purity"])]
    ['purity', 'stability']
    """
    require_kind("grid", grid, "grid")
    _require_names(grid, axes, measures)
    axes = [axis for axis in axes if grid.sizes[axis] > 1]
    if not axes:
        return
    single = [dim for dim in grid.dims if dim != "branch" and grid.sizes[dim] == 1]
    grid = grid.squeeze(single).sortby(list(axes))
    draw = _several_maps if len(axes) > 2 else _one_panel
    for name in [*measures, "stability"]:
        with style():
            figure = draw(grid, axes, name)
        yield name, figure


def _require_names(grid: xr.Dataset, axes: Sequence[str], measures: Sequence[str]) -> None:
    """Raise ValueError unless a grid has all of these axes and measures."""
    dims = [str(dim) for dim in grid["stable"].dims if dim != "branch"]
    known = [str(name) for name in grid if "branch" in grid[name].dims]
    for argument, names, there in (("axes", axes, dims), ("measures", measures, known)):
        for name in names:
            if variable_name(name) not in there:
                hint = nearest(name, there, "the grid has")
                raise ValueError(f"{argument} names {name!r}: {hint}")


def _one_panel(grid: xr.Dataset, axes: Sequence[str], name: str) -> Figure:
    figure = new_figure()
    ax = figure.subplots()
    (draw_curves if len(axes) == 1 else draw_map)(ax, grid, list(axes), name)
    return figure


def _several_maps(grid: xr.Dataset, axes: Sequence[str], name: str) -> Figure:
    """Maps of one measure over the values of the third axis, with one colour bar."""
    ticks: range | None = None
    if name == "stability":
        shown = grid["stable"].sum("branch")
        size = 1.0
        label = STABLE_BRANCHES
        options = _branch_count_colours(grid)
        ticks = range(options["cmap"].N)
    else:
        shown = one_branch(grid, name)
        size, label = measure_unit_and_label(shown, name)
        options = {"vmin": float(shown.min()) / size, "vmax": float(shown.max()) / size}

    def draw(ax: Axes, part: xr.Dataset, two: Sequence[str]) -> None:
        values = part["shown"].transpose(two[1], two[0]).values
        draw_cells(ax, part[two[0]], part[two[1]], values / size, label, bar=False, **options)

    note = GREY_NOTE if _somewhere_unstable(grid) else ""
    warning = "" if name == "stability" else _physicality_warning(grid)
    return slice_figure(grid.assign(shown=shown), axes, draw, label, note, warning, ticks)


@on_axes
def draw_curves(ax: Axes, grid: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """Draw a measure of every branch over one axis where it is stable.

    Lines have gaps where the branch of a number is another curve of fixed points than before. For
    the name "stability", draw the margin of every branch.
    """
    x, xlabel = parameter_axis(grid[axes[0]])
    lines = []
    margin = name == "stability"
    quantity = grid["margin"] if margin else grid[variable_name(name)].where(grid["stable"])
    size = 1.0
    ylabel = "stability margin (rad/s)"
    if not margin:
        size, ylabel = measure_unit_and_label(quantity, name)
    y = quantity.transpose("branch", axes[0]).values / size
    curves = connected(grid["mean"].transpose(axes[0], "branch", Q).values)
    for branch, values in enumerate(y):
        if np.isfinite(values).any():
            colour = COLOURS[branch % len(COLOURS)]
            line = LINE_STYLES[branch % len(LINE_STYLES)]
            marker = "." if has_isolated_value(values) else ""
            label = f"branch {branch}" if len(y) > 1 else None
            points = _broken(x, values, curves[:, branch])
            lines += ax.plot(*points, color=colour, ls=line, marker=marker, label=label)
    set_parameter_scale(ax, "x", x)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if not lines:
        explain_empty(ax, _why_empty(grid))
    if margin:
        _scale_margin_axis(ax, float(np.nanmax(np.abs(y), initial=0.0)))
    separate_overlapping(lines)
    _shade_unstable(ax, x, grid)
    note = GREY_NOTE if _somewhere_unstable(grid) else ""
    set_title(ax, note, warning="" if margin else _physicality_warning(grid))


def _scale_margin_axis(ax: Axes, largest: float) -> None:
    """A symmetric logarithmic axis for stability margins up to a size."""
    ax.axhline(0.0, color="k", lw=0.6)
    ax.set_yscale("symlog", linthresh=max(largest * LINEAR_BELOW, 1e-300))
    ax.set_yticks(_margin_ticks(ax, largest))
    ax.minorticks_off()


def _margin_ticks(ax: Axes, largest: float) -> list[float]:
    """Zero and two decades on each side, as far as the axis shows them."""
    if not largest:
        return [0.0]
    top = int(np.floor(np.log10(largest)))
    low, high = ax.get_ylim()
    every = [-(10.0**top), -(10.0 ** (top - 2)), 0.0, 10.0 ** (top - 2), 10.0**top]
    return [tick for tick in every if low <= tick <= high]


@on_axes
def draw_map(ax: Axes, grid: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """Draw a measure over two axes, grey where no branch is stable.

    For the name "stability", draw the number of stable branches. Where several branches are stable
    the measure is that of the branch that an effective detuning implies, else of the lowest. Cells
    reach halfway to their neighbours, and not beyond the first and last value.
    """
    across = grid[axes[0]]
    up = grid[axes[1]]
    if name == "stability":
        _draw_branch_counts(ax, grid, across, up)
        return
    shown = one_branch(grid, name).transpose(axes[1], axes[0])
    size, label = measure_unit_and_label(shown, name)
    any_value = bool(np.isfinite(shown.values).any())
    draw_cells(ax, across, up, shown.values / size, label, bar=any_value)
    if not any_value:
        explain_empty(ax, _why_empty(grid))
    note = GREY_NOTE if _somewhere_unstable(grid) else ""
    set_title(ax, note, warning=_physicality_warning(grid))


def _draw_branch_counts(ax: Axes, grid: xr.Dataset, across: xr.DataArray, up: xr.DataArray) -> None:
    """A map of the number of stable branches, with a colour bar of whole numbers."""
    values = grid["stable"].sum("branch").transpose(up.name, across.name).values
    options = _branch_count_colours(grid)
    mesh = draw_cells(ax, across, up, values, STABLE_BRANCHES, bar=False, **options)
    ticks = range(options["cmap"].N)
    bar = ax.figure.colorbar(mesh, ax=ax, ticks=ticks, label=STABLE_BRANCHES)
    bar.ax.minorticks_off()


def _branch_count_colours(grid: xr.Dataset) -> dict[str, Any]:
    """Colours for numbers of stable branches, from none to the largest, at least two."""
    most = max(2, int(grid["stable"].sum("branch").max()))
    last = len(BRANCH_COUNT_COLOURS) - 1
    colours = [BRANCH_COUNT_COLOURS[min(count, last)] for count in range(most + 1)]
    return {"cmap": ListedColormap(colours), "vmin": -0.5, "vmax": most + 0.5}


def _somewhere_unstable(grid: xr.Dataset) -> bool:
    """Whether no branch is stable at some point."""
    return not bool(grid["stable"].any("branch").all())


def _why_empty(grid: xr.Dataset) -> str:
    return (
        "not defined at any of the points"
        if grid["stable"].any()
        else "no branch is stable at any of the points"
    )


def _physicality_warning(grid: xr.Dataset) -> str:
    """The warning for measures of states that are no quantum states, or of such light; else ""."""
    known = [grid[name].min() for name in ("physicality", "light_physicality") if name in grid]
    least = np.fmin.reduce([float(value) for value in known]) if known else np.nan
    return "" if np.isnan(least) else unphysical_warning(float(least))


def one_branch(grid: xr.Dataset, name: str) -> xr.DataArray:
    """A variable on one stable branch per point.

    That is the branch that a requested effective detuning implies, else the lowest.
    """
    branch = grid["implied_branch"] if "implied_branch" in grid else grid["stable"].argmax("branch")
    return grid[variable_name(name)].where(grid["stable"]).isel(branch=branch)


def connected(points: Array) -> Array:
    """The curve (x, branch) to which each of the points (x, branch, n) belongs, −1 for none.

    From one x to the next, points are joined so that the distances are least in sum; where there
    are more points than before, curves begin, and where there are fewer, curves end.
    """
    curves = np.full(points.shape[:2], -1)
    before: Array = np.zeros((0, points.shape[-1]))
    names: list[int] = []
    count = 0
    for here, curve in zip(points, curves, strict=True):
        present = np.flatnonzero(np.isfinite(here).all(axis=-1))
        distance = np.linalg.norm(here[present, None] - before[None], axis=-1)
        for row, column in zip(*linear_sum_assignment(distance), strict=True):
            curve[present[row]] = names[column]
        for branch in present[curve[present] < 0]:
            curve[branch] = count
            count += 1
        before, names = here[present], list(curve[present])
    return curves


def _broken(x: Array, y: Array, curve: Array) -> tuple[Array, Array]:
    """A line (n,) with gaps where its points belong to different curves (n,)."""
    ends = np.flatnonzero(np.diff(curve) * (curve[1:] >= 0) * (curve[:-1] >= 0)) + 1
    return np.insert(x, ends, np.nan), np.insert(y, ends, np.nan)


def has_isolated_value(values: Array) -> bool:
    """Whether some finite value (n,) has no finite neighbour, so that a line would not show it."""
    finite = np.pad(np.isfinite(values), 1)
    return bool((finite[1:-1] & ~finite[:-2] & ~finite[2:]).any())


def _shade_unstable(ax: Axes, x: Array, grid: xr.Dataset) -> None:
    """Shade the places x (n,) where no branch is stable, halfway to their neighbours."""
    unstable = ~grid["stable"].any("branch").values
    if unstable.any():
        ends = edges(x)
        bars = [(ends[at], ends[at + 1] - ends[at]) for at in np.flatnonzero(unstable)]
        ax.broken_barh(
            bars, (0, 1), color="0.85", lw=0, transform=ax.get_xaxis_transform(), zorder=0
        )
