"""Figures of a sweep: quantities at the end of the run over one parameter with error bars, or over
two as maps.

`draw_curve` and `draw_map` draw one panel, on an Axes that is given as `ax=` or on a new figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .axes import measure_axis, paint, parameter_axis, set_scale, slices
from .style import BAND, BAND_WORDS, COLOURS, head, new_figure, on_axes, say_instead, style


def figures(sweep: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """A named figure per quantity, for a sweep of one axis or more with a finished point.

    Over three axes it is several maps, one for each value of the third (nine of them at most,
    evenly chosen); of further axes the middle value is taken, and the figure says so. Axes of one
    value count as none.
    """
    axes = [str(dim) for dim in sweep["outcome"].dims if sweep.sizes[dim] > 1]
    if not axes or "time" not in sweep.dims:
        return
    last = (
        sweep.squeeze([dim for dim in sweep["outcome"].dims if sweep.sizes[dim] == 1])
        .isel(time=-1)
        .sortby(axes)
    )
    for name in quantities(sweep):
        with style():
            figure = _slices(last, axes, name) if len(axes) > 2 else _single(last, axes, name)
        yield name, figure


def _single(last: xr.Dataset, axes: list[str], name: str) -> Figure:
    figure = new_figure()
    (draw_curve if len(axes) == 1 else draw_map)(figure.subplots(), last, axes, name)
    return figure


def _slices(last: xr.Dataset, axes: list[str], name: str) -> Figure:
    size, label = measure_axis(last[name], _words(last, name))
    options = {"vmin": float(last[name].min()) / size, "vmax": float(last[name].max()) / size}

    def draw(ax: Axes, part: xr.Dataset, two: Sequence[str]) -> None:
        values = part[name].transpose(two[1], two[0]).values / size
        paint(ax, part[two[0]], part[two[1]], values, label, bar=False, **options)

    return slices(last, axes, draw, label, _without(last, name))


def quantities(sweep: xr.Dataset) -> list[str]:
    """The names of the numbers that were estimated over time."""
    every = {*sweep["outcome"].dims, "time"}
    return [
        str(name) for name in sweep if f"{name}_linear" in sweep and set(sweep[name].dims) == every
    ]


@on_axes
def draw_curve(ax: Axes, last: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """A quantity over one axis: ensembles with bars of two standard errors, and the moment equation
    as a line.
    """
    x, xlabel = parameter_axis(last[axes[0]])
    size, label = measure_axis(last[name], _words(last, name))
    value, error, linear = (
        last[f"{name}{part}"].values / size for part in ("", "_stderr", "_linear")
    )
    ax.plot(x, linear, color=COLOURS[0], label="moment equation")
    bars = f"trajectories {BAND_WORDS}"
    ax.errorbar(
        x, value, yerr=BAND * error, fmt="o", ms=2.5, capsize=2, color=COLOURS[1], label=bars
    )
    set_scale(ax, "x", x)
    ax.set(xlabel=xlabel, ylabel=label)
    if not np.isfinite(value).any() and not np.isfinite(linear).any():
        say_instead(ax, "no ensemble has finished")
    head(ax, f"end of the run{_after(_without(last, name))}")


@on_axes
def draw_map(ax: Axes, last: xr.Dataset, axes: Sequence[str], name: str) -> None:
    """A quantity over two axes, grey where no ensemble has finished."""
    x, y = axes
    size, label = measure_axis(last[name], _words(last, name))
    values = last[name].transpose(y, x).values / size
    seen = bool(np.isfinite(values).any())
    paint(ax, last[x], last[y], values, label, bar=seen)
    if not seen:
        say_instead(ax, "no ensemble has finished")
    head(ax, f"end of the run{_after(_without(last, name))}")


def _words(last: xr.Dataset, name: str) -> str:
    """The quantity as it was asked for."""
    return str(last[name].attrs.get("long_name", name))


def _without(last: xr.Dataset, name: str) -> str:
    """How many points have no value, in words; nothing where all have one."""
    missing = int(np.count_nonzero(~np.isfinite(last[name].values)))
    return f"{missing} of {last[name].size} points have no value" if missing else ""


def _after(words: str) -> str:
    return f"; {words}" if words else ""
