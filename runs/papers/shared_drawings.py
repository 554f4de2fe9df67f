"""Drawings for several papers: curves, maps, ends of runs, runs in time, audits."""

from __future__ import annotations

import re
from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...analysis.plots.axes import edges
from ...analysis.plots.style import BAND, COLOURS, number
from ...sde.labels import time_unit
from ...sde.support.checks import Array
from .paper import Panels
from .shared_data import in_words, least_physicality


def draw_lines(
    ax: Axes,
    x: Array,
    curves: Mapping[str, Array],
    xlabel: str,
    ylabel: str = "",
    title: str = "",
) -> None:
    """Curves by their labels."""
    for (label, values), colour in zip(curves.items(), COLOURS, strict=False):
        ax.plot(x, values, color=colour, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.legend()


def draw_map(
    ax: Axes,
    values: xr.DataArray,
    labels: Mapping[str, str],
    units: Mapping[str, float],
    bar: str,
    letter: str,
) -> None:
    """Values over two parameters as colours, with the label of the colour bar.

    The parameters' labels and units are by name; white: no steady state.
    """
    x, y = map(str, values.dims)
    across, up = (edges(values[name].values / units[name]) for name in (x, y))
    image = ax.pcolormesh(across, up, values.values.T, cmap="viridis", rasterized=True)
    ax.figure.colorbar(image, ax=ax, label=bar)
    ax.set(xlabel=labels[x], ylabel=labels[y], title=f"({letter})")


def mark_run_end(ax: Axes, x: float, run: xr.Dataset, measure: str, signed: bool = False) -> None:
    """The last value of a run as a dot with its error bar, on a curve; signed: −ln 2ν."""
    value = float(run[_name(measure, signed)][-1])
    error = BAND * float(run[f"{measure}_stderr"][-1])
    ax.errorbar([x], [value], yerr=[error], fmt="ko", ms=3, capsize=2, zorder=5)


def draw_run(
    ax: Axes, run: xr.Dataset, measure: str, unit: float, *, signed: bool = False, **style: str
) -> None:
    """A measure after switch-on, time in a unit in s; signed: as −ln 2ν.

    The band shows the trajectories' error bars, the line, in a style with a colour, the moment
    equation.
    """
    name = _name(measure, signed)
    times = run["time"].values / unit
    value = run[name].values
    error = BAND * run[f"{measure}_stderr"].values
    ax.fill_between(times, value - error, value + error, color=style["color"], alpha=0.3, lw=0)
    ax.plot(times, run[f"{name}_linear"].values, **style)  # type: ignore[arg-type]


def draw_runs(ax: Axes, runs: Mapping[str, xr.Dataset], measure: str, ylabel: str) -> None:
    """A measure after switch-on, by the labels of its runs."""
    unit, name = time_unit(max(float(run["time"][-1]) for run in runs.values()))
    for (label, run), colour in zip(runs.items(), COLOURS, strict=False):
        draw_run(ax, run, measure, unit, color=colour, label=label)
    ax.set(xlabel=f"time after switch-on ({name})", ylabel=ylabel)
    ax.legend()


def draw_signed(ax: Axes, run: xr.Dataset, labels: Mapping[str, str], title: str) -> None:
    """Measures of one run after switch-on, as −ln 2ν, by measure and label."""
    unit, name = time_unit(float(run["time"][-1]))
    for (measure, label), colour in zip(labels.items(), COLOURS, strict=False):
        draw_run(ax, run, measure, unit, signed=True, color=colour, label=label)
    ax.axhline(0.0, color="0.6", lw=0.6)
    ax.set(xlabel=f"time after switch-on ({name})", ylabel=r"$-\ln 2\nu$", title=title)
    ax.legend()


def _name(measure: str, signed: bool) -> str:
    return f"{measure}_signed" if signed else measure


def write_audit(figure: Figure, panels: Panels) -> None:
    """Above a figure: least eigenvalue of V + iΩ/2 over its steady states."""
    text = typeset(in_words(least_physicality(panels)))
    figure.suptitle(rf"steady states: min eig$(V + i\Omega/2)$: {text}", fontsize=7)


def typeset(words: str) -> str:
    """Words whose numbers with an exponent, such as 1e-09, are typeset as powers of ten."""
    return re.sub(r"\S*\de-\d+", lambda found: number(float(found[0])), words)
