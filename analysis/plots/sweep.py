"""Figures of a sweep: quantities at the end of the run, as curves or maps over parameters.

`draw_curve` and `draw_map` draw one panel, on an Axes that is given as `ax=` or on a new figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .axes import (
    draw_cells,
    measure_unit_and_label,
    parameter_axis,
    set_parameter_scale,
    slice_figure,
)
from .drawing import on_axes
from .run_data import require_kind
from .style import BAND, BAND_LABEL, COLOURS, new_figure, style
from .titles import explain_empty, set_title


def sweep_figures(sweep: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Draw a figure per quantity of a sweep, at the end of the run.

    Over three axes it is several maps, one for each value of the third (nine of them at most,
    evenly chosen); of further axes the middle value is taken, and the figure says so. Axes of one
    value count as none.

    Parameters
    ----------
    sweep : Dataset
        The result of a sweep.

    Returns
    -------
    iterator of (str, Figure)
        Names, those of the quantities, and figures; none without an axis or a finished point.

    Raises
    ------
    ValueError
        For another kind of result.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> result = xr.open_dataset("results/spinning-sweep/spinning-sweep.nc")  # doctest: +SKIP
    >>> for name, figure in plots.sweep_figures(result):  # doctest: +SKIP
    ...     figure.savefig(f"{name}.pdf")
    """
    require_kind("sweep", sweep, "a sweep")
    axes = [str(dim) for dim in sweep["outcome"].dims if sweep.sizes[dim] > 1]
    if not axes or "time" not in sweep.dims:
        return
    single = [dim for dim in sweep["outcome"].dims if sweep.sizes[dim] == 1]
    last = sweep.squeeze(single).isel(time=-1).sortby(axes)
    draw = _several_maps if len(axes) > 2 else _one_panel
    for name in [*quantities(sweep), *steady_measures(sweep)]:
        with style():
            figure = draw(last, axes, name)
        yield name, figure


def _one_panel(last: xr.Dataset, axes: list[str], name: str) -> Figure:
    figure = new_figure()
    (draw_curve if len(axes) == 1 else draw_map)(figure.subplots(), last, axes, name)
    return figure


def _several_maps(last: xr.Dataset, axes: list[str], name: str) -> Figure:
    size, label = measure_unit_and_label(last[name], _full_name(last, name))
    options = {"vmin": float(last[name].min()) / size, "vmax": float(last[name].max()) / size}

    def draw(ax: Axes, part: xr.Dataset, two: Sequence[str]) -> None:
        values = part[name].transpose(two[1], two[0]).values / size
        draw_cells(ax, part[two[0]], part[two[1]], values, label, bar=False, **options)

    return slice_figure(last, axes, draw, label, _missing_note(last, name))


def quantities(sweep: xr.Dataset) -> list[str]:
    """Names of the variables that are estimates over time at every point."""
    every = {*sweep["outcome"].dims, "time"}
    return [
        str(name) for name in sweep if f"{name}_linear" in sweep and set(sweep[name].dims) == every
    ]


def steady_measures(sweep: xr.Dataset) -> list[str]:
    """Names of the variables that are measures of the steady state at every point."""
    points = set(sweep["outcome"].dims)
    return [
        str(name)
        for name in sweep
        if "label" in sweep[name].attrs and set(sweep[name].dims) == points
    ]


@on_axes
def draw_curve(ax: Axes, last: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """Draw a quantity over one axis: ensembles with error bars, the moment equation as a line."""
    x, xlabel = parameter_axis(last[axes[0]])
    size, label = measure_unit_and_label(last[name], _full_name(last, name))
    if f"{name}_linear" not in last:
        ax.plot(x, last[name].values / size, color=COLOURS[0])
        set_parameter_scale(ax, "x", x)
        ax.set(xlabel=xlabel, ylabel=label)
        set_title(ax, _title(last, name))
        return
    value, error, linear = (
        last[f"{name}{part}"].values / size for part in ("", "_stderr", "_linear")
    )
    ax.plot(x, linear, color=COLOURS[0], label="moment equation")
    bars = f"trajectories {BAND_LABEL}"
    ax.errorbar(
        x, value, yerr=BAND * error, fmt="o", ms=2.5, capsize=2, color=COLOURS[1], label=bars
    )
    set_parameter_scale(ax, "x", x)
    ax.set(xlabel=xlabel, ylabel=label)
    if not np.isfinite(value).any() and not np.isfinite(linear).any():
        explain_empty(ax, "no ensemble has finished")
    set_title(ax, _title(last, name))


@on_axes
def draw_map(ax: Axes, last: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """Draw a quantity over two axes, grey where no ensemble has finished."""
    x, y = axes
    size, label = measure_unit_and_label(last[name], _full_name(last, name))
    values = last[name].transpose(y, x).values / size
    any_value = bool(np.isfinite(values).any())
    draw_cells(ax, last[x], last[y], values, label, bar=any_value)
    if not any_value:
        explain_empty(ax, "no ensemble has finished")
    set_title(ax, _title(last, name))


def _full_name(last: xr.Dataset, name: str) -> str:
    """The quantity as the run file names it."""
    return str(last[name].attrs.get("long_name", name))


def _missing_note(last: xr.Dataset, name: str) -> str:
    """How many points have no value, in words; empty where all have one."""
    missing = int(np.count_nonzero(~np.isfinite(last[name].values)))
    return f"{missing} of {last[name].size} points have no value" if missing else ""


def _title(last: xr.Dataset, name: str) -> str:
    when = "end of the run" if f"{name}_linear" in last else "steady state"
    return "; ".join(part for part in (when, _missing_note(last, name)) if part)
