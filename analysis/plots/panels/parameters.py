"""Quantities over one or two parameters: of a grid, of a sweep, and of any labelled array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ....sde.support.checks import nearest, shown
from ...measure_names import identifier, variable_name
from .. import grid as grids
from .. import sweep as sweeps
from ..axes import draw_cells, measure_unit_and_label, parameter_axis, set_parameter_scale
from ..drawing import on_axes
from ..overlapping_lines import separate_overlapping
from ..run_data import require_kind
from ..style import BAND, BAND_LABEL, COLOURS, GREY, LINE_STYLES
from ..titles import explain_empty, set_title

MOST_LINES = 8
"""Lines in one panel, at most."""
Over = str | Sequence[str] | None


@on_axes
def draw_grid(ax: Axes, grid: xr.Dataset, measure: str = "stability", over: Over = None) -> None:
    """Draw a measure of a grid of steady states: curves over one parameter, a map over two.

    Of a map with several stable branches the measure is that of the branch that an effective
    detuning implies, else of the lowest; grey marks points where no branch is stable.

    Parameters
    ----------
    grid : Dataset
        Result of `grid`.
    measure : str, default "stability"
        A measure of the grid, such as "purity" or "photon_number(cavity)"; "stability" is the
        margin of every branch, or a map of the number of stable branches.
    over : str or sequence of str, optional
        Names of the parameters, across and up; by default those that vary, in their order.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For another kind of result, an unknown measure, and more than two parameters.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> axes = {"spin": [-8e3, 0.0, 8e3]}
    >>> grid = ql.grid(ql.systems.SpinningResonator.published(), axes, ["purity"])
    >>> plots.draw_grid(grid, "purity").get_xlabel()
    'spin $Ω$ (krad/s)'
    """
    require_kind("grid", grid, "grid")
    dims = [str(dim) for dim in grid["stable"].dims if dim != "branch"]
    axes = chosen_axes("grid", grid, dims, over)
    name = variable_name(measure) if isinstance(measure, str) else ""
    known = [str(key) for key in grid if set(grid[key].dims) == {*dims, "branch"}]
    numeric = [key for key in known if grid[key].dtype.kind == "f"]
    if name not in ["stability", *numeric]:
        hint = nearest(name, ["stability", *numeric], "choose from")
        raise ValueError(f"measure = {shown(measure)} is not in the grid: {hint}")
    part = grid.squeeze([dim for dim in dims if dim not in axes]).sortby(axes)
    (grids.draw_curves if len(axes) == 1 else grids.draw_map)(part, axes, measure, ax=ax)


@on_axes
def draw_sweep(ax: Axes, sweep: xr.Dataset, quantity: str | None = None, over: Over = None) -> None:
    """Draw a quantity of a sweep at the end of the runs: a curve with error bars, or a map.

    Parameters
    ----------
    sweep : Dataset
        Result of `qlangevin sweep`, read by `open_result`.
    quantity : str, optional
        One of the quantities of its run file, such as "log_negativity(a, b)"; the first by default.
    over : str or sequence of str, optional
        Names of the parameters, across and up; by default those that vary, in their order.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For another kind of result, an unknown quantity, and more than two parameters.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> file = "results/spinning-sweep/spinning-sweep.nc"
    >>> sweep = ql.open_result(file)  # doctest: +SKIP
    >>> plots.draw_sweep(sweep)  # doctest: +SKIP
    """
    require_kind("sweep", sweep, "a sweep")
    dims = [str(dim) for dim in sweep["outcome"].dims]
    axes = chosen_axes("sweep", sweep, dims, over)
    known = sweeps.quantities(sweep)
    name = identifier(quantity) if isinstance(quantity, str) else next(iter(known), "")
    if name not in known:
        hint = nearest(name, known, "choose from") if known else "it has no finished point"
        raise ValueError(f"quantity = {shown(quantity)} is not in the sweep: {hint}")
    part = sweep.squeeze([dim for dim in dims if dim not in axes]).isel(time=-1).sortby(axes)
    (sweeps.draw_curve if len(axes) == 1 else sweeps.draw_map)(part, axes, name, ax=ax)


@on_axes
def draw_values(
    ax: Axes,
    values: xr.DataArray,
    over: Over = None,
    stderr: xr.DataArray | None = None,
    letter: str = "",
) -> None:
    """Draw a labelled array over one dimension as lines, or over two as a map.

    Parameters
    ----------
    values : DataArray
        Such as a measure of the result of a system whose parameters are arrays.
    over : str or sequence of str, optional
        One dimension for lines, one for each value of the other dimension, if there is one; two
        for a map, across and up. By default an array of one dimension, or of another and branches,
        is drawn as lines, and an array of two as a map.
    stderr : DataArray, optional
        Standard errors of the values, drawn as bands about lines.
    letter : str
        Letter of the panel in its title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For values that are no labelled array of numbers, more than two dimensions, an unknown
        dimension, and more than eight lines.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> rings = ql.systems.Microrings.published()
    >>> states = ql.steady_state(rings.replace(temperature=[0.1, 0.2, 0.3]))
    >>> E = ql.log_negativity(states["covariance"], "a", "b")
    >>> plots.draw_values(E).get_xlabel()
    'temperature $T$ (mK)'
    """
    values = _numbers(values)
    axes = _lines_or_map(values, over)
    further = [str(dim) for dim in values.dims if dim not in axes]
    size, label = measure_unit_and_label(values, str(values.name or "value"))
    if len(axes) == 2:
        if stderr is not None:
            raise ValueError(f"stderr needs lines: choose one dimension, as over={axes[0]!r}")
        cells = values.sortby(axes).transpose(axes[1], axes[0])
        draw_cells(ax, cells[axes[0]], cells[axes[1]], cells.values / size, label)
    else:
        _draw_lines(ax, values.sortby(axes), axes[0], further, size, stderr)
        ax.set_ylabel(label)
    if not np.isfinite(values.values).any():
        explain_empty(ax, "not defined at any of the points")
    set_title(ax, "", letter)


def _numbers(values: Any) -> xr.DataArray:
    """A labelled array of numbers without dimensions of one entry. ValueError for others."""
    if not isinstance(values, xr.DataArray) or values.dtype.kind not in "iufb":
        remedy = "; choose one of its variables" if isinstance(values, xr.Dataset) else ""
        raise ValueError(
            f"values must be a labelled array of numbers (got {type(values).__name__}){remedy}"
        )
    return values.squeeze(drop=True).astype(float, keep_attrs=True)


def chosen_axes(argument: str, data: xr.Dataset, dims: list[str], over: Over) -> list[str]:
    """The one or two parameters over which a dataset is drawn. ValueError for others."""
    varying = [dim for dim in dims if data.sizes[dim] > 1]
    axes = varying if over is None else [over] if isinstance(over, str) else list(over)
    for axis in axes:
        if axis not in dims:
            hint = nearest(str(axis), dims, f"the parameters of the {argument} are")
            raise ValueError(f"over = {shown(over)} is unknown: {hint}")
    left = [dim for dim in varying if dim not in axes]
    if not axes or len(axes) > 2 or left:
        several = left or axes[2:]
        remedy = f", as {argument}.isel({several[0]}=0)" if several else ""
        raise ValueError(
            f"over must be one or two parameters of the {argument} (got {axes or 'none'}), and the "
            f"others must have one value{remedy}"
        )
    return axes


def _lines_or_map(values: xr.DataArray, over: Over) -> list[str]:
    """The dimension of lines, or both of a map. ValueError where neither can be drawn."""
    dims = [str(dim) for dim in values.dims]
    if over is None:
        axes = [dim for dim in dims if dim != "branch"] or dims
    else:
        axes = [over] if isinstance(over, str) else list(over)
    for axis in axes:
        if axis not in dims:
            raise ValueError(f"over = {shown(axis)} is unknown: {nearest(axis, dims, 'there are')}")
        if values[axis].dtype.kind not in "iuf":
            raise ValueError(
                f"{axis} is no axis of numbers: choose one of its values, as "
                f"values.sel({axis}={str(values[axis].values[0])!r})"
            )
    left = [dim for dim in dims if dim not in axes]
    if not axes or len(axes) + len(left) > 2 or (len(axes) == 2 and left):
        several = (left or axes or dims)[-1:]
        remedy = f": choose one value, as values.isel({several[0]}=0)" if several else ""
        raise ValueError(f"values must have one or two dimensions (got {dims or 'none'}){remedy}")
    return axes


def _draw_lines(
    ax: Axes,
    values: xr.DataArray,
    axis: str,
    further: list[str],
    size: float,
    stderr: xr.DataArray | None,
) -> None:
    """Draw lines over one dimension, one for each value of the further one.

    Branches whose number changes are drawn as points, since their numbers do not tell which belong
    together.
    """
    if further and values.sizes[further[0]] > MOST_LINES:
        raise ValueError(
            f"values has {values.sizes[further[0]]} values of {further[0]}, and at most "
            f"{MOST_LINES} lines are drawn: choose some with .isel({further[0]}=[…])"
        )
    x, xlabel = parameter_axis(values[axis])
    lines = []
    rows = values.transpose(*further, axis).values.reshape(-1, len(x)) / size
    names = [_entry(values[further[0]], at) for at in range(len(rows))] if further else [None]
    counts = np.isfinite(rows).sum(axis=0)
    joined = further != ["branch"] or bool((counts == counts[0]).all())
    for k, (row, name) in enumerate(zip(rows, names, strict=True)):
        line = LINE_STYLES[k % len(LINE_STYLES)] if joined else ""
        marker = "" if joined and not grids.has_isolated_value(row) else "."
        colour = COLOURS[k % len(COLOURS)]
        label = name if np.isfinite(row).any() else None
        lines += ax.plot(x, row, color=colour, ls=line, marker=marker, label=label)
    if stderr is not None:
        if not isinstance(stderr, xr.DataArray):
            raise ValueError(f"stderr must be a labelled array (got {type(stderr).__name__})")
        errors = stderr.squeeze(drop=True).sortby(axis).transpose(*further, axis).values
        for row, error, line in zip(rows, errors.reshape(rows.shape) / size, lines, strict=True):
            low, high = row - BAND * error, row + BAND * error
            ax.fill_between(x, low, high, color=line.get_color(), alpha=0.3, lw=0)
        ax.fill_between([], [], color=GREY, alpha=0.3, lw=0, label=f"bands {BAND_LABEL}")
    separate_overlapping(lines)
    ax.set_xlabel(xlabel)
    set_parameter_scale(ax, "x", x)


def _entry(coordinate: xr.DataArray, at: int) -> str:
    """The label of a line: "branch 0", or a parameter with its value."""
    if coordinate.dtype.kind not in "iuf" or coordinate.name == "branch":
        word = "branch " if coordinate.name == "branch" else ""
        return f"{word}{coordinate.values[at]}"
    values, label = parameter_axis(coordinate)
    name, _, unit = label.partition(" (")
    return f"{name} = {values[at]:.4g} {unit.rstrip(')')}".rstrip()
