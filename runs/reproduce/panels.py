"""What the figures of the papers share: steady states along a line or over a plane, runs from
switch-on, and axes.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ...analysis import estimate
from ...analysis.plots.axes import edges
from ...analysis.plots.style import BAND, COLOURS
from ...sde import simulate
from ...sde.labels import time_unit
from ...sde.sampling import SamplingWarning
from ...sde.support.checks import Array
from ...sde.system import System
from ...steady import grid
from .paper import crossings


def steady(
    system: System, axes: Mapping[str, Any], measures: Sequence[str], threads: int
) -> xr.Dataset:
    """Measures, stability and physicality over one or two parameters of a system with one branch."""
    found = grid(
        system,
        {name: np.asarray(values, float) for name, values in axes.items()},
        measures,
        threads,
        physical="ignore",
    )
    names = [name for name in found.data_vars if set(found[name].dims) <= {*axes, "branch", "mode"}]
    return found[names].isel(branch=0, drop=True)


def switched_on(
    system: System,
    words: Sequence[str],
    *,
    duration: float,
    step: float,
    trajectories: int,
    threads: int,
) -> xr.Dataset:
    """Quantities in words over time after switch-on, each with `*_stderr`: the better estimate of
    full trajectories.

    Of a linear system the plain one, since the coupled one is exact; `*_linear` is the moment
    equation's. E_N and steering have a sign in `*_signed` and `*_signed_linear`, as −ln 2ν, which
    is negative where they are zero.
    """
    pairs = not system.model().linear
    with warnings.catch_warnings():  # curves are read between their points, wherever these are
        warnings.filterwarnings("ignore", "samples = ", SamplingWarning)
        run = simulate(
            system,
            trajectories=trajectories,
            duration=duration,
            step=step,
            scheme="exponential",
            antithetic=pairs,
            samples=120,
            seed=1,
            threads=threads,
        )
    data: dict[str, xr.DataArray] = {}
    for name in words:
        found = estimate(run, name, physical="ignore")
        value, stderr = ("value", "stderr") if pairs else ("plain", "plain_stderr")
        data |= {name: found[value], f"{name}_stderr": found[stderr]}
        data[f"{name}_linear"] = found["linear"]
        data[f"{name}_signed"] = found["signed" if pairs else "plain_signed"]
        data[f"{name}_signed_linear"] = found["linear_signed"]
    return xr.Dataset(data)


def appears(run: xr.Dataset, words: str) -> float:
    """Time after switch-on, s, from which E_N or steering of the moment equation is there to stay;
    NaN if it is not.

    Read between the samples, where −ln 2ν last crosses zero: no later than the end of the run, so
    that "never" is never more than "not within the run".
    """
    signed = run[f"{words}_signed_linear"].values
    found = crossings(run["time"].values, signed)
    return float(found[-1]) if signed[-1] > 0 and len(found) else np.nan


def draw_lines(
    ax: Axes, x: Array, curves: Mapping[str, Array], xlabel: str, ylabel: str = "", title: str = ""
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
    colours: str,
    letter: str,
) -> None:
    """Values over two parameters, in multiples of their units, as colours; white where there is no
    steady state.
    """
    x, y = map(str, values.dims)
    across, up = (edges(values[name].values / units[name]) for name in (x, y))
    image = ax.pcolormesh(across, up, values.values.T, cmap="viridis", rasterized=True)
    ax.figure.colorbar(image, ax=ax, label=colours)
    ax.set(xlabel=labels[x], ylabel=labels[y], title=f"({letter})")


def mark_end(ax: Axes, x: float, run: xr.Dataset, words: str) -> None:
    """The end of a run on a curve, with its error bar."""
    value, stderr = (float(run[name][-1]) for name in (words, f"{words}_stderr"))
    ax.errorbar([x], [value], yerr=[BAND * stderr], fmt="ko", ms=3, capsize=2, zorder=5)


def draw_times(ax: Axes, runs: Mapping[str, xr.Dataset], words: str, ylabel: str) -> None:
    """A quantity after switch-on by the labels of its runs: bands are trajectories, lines the
    moment equation.
    """
    size, unit = time_unit(max(float(run["time"][-1]) for run in runs.values()))
    for (label, run), colour in zip(runs.items(), COLOURS, strict=False):
        times, value, error = (
            run["time"].values / size,
            run[words].values,
            BAND * run[f"{words}_stderr"].values,
        )
        ax.fill_between(times, value - error, value + error, color=colour, alpha=0.3, lw=0)
        ax.plot(times, run[f"{words}_linear"].values, color=colour, label=label)
    ax.set(xlabel=f"time after switch-on ({unit})", ylabel=ylabel)
    ax.legend()
