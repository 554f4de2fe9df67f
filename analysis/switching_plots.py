"""Figures of switching, ready for a paper: single paths that hop, residence times, the density with its two peaks."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sde.labels import time_unit
from .plots import BAND, COLOURS, COLUMN, STYLE
from .residences import survival

PATHS, STAYS, POINTS = 3, 12, 4000
"""Paths that are shown, for how many mean residence times, and samples of each at most."""
LABEL = r"quadrature $w\cdot u$ between the branches"


def figures(result: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Named figures of a result of `switching`: an overview of all, then each by itself."""
    draws = {"paths": draw_paths, "residence": draw_residence, "density": draw_density}
    with mpl.rc_context(STYLE):
        overview = Figure(figsize=(len(draws) * COLUMN, 0.85 * COLUMN), layout="constrained")
        for letter, ax, draw in zip("abc", overview.subplots(1, len(draws)), draws.values(), strict=True):
            draw(ax, result)
            ax.set_title(f"({letter})  {ax.get_title(loc='left')}")
        yield "overview", overview
        for name, draw in draws.items():
            figure = Figure(figsize=(COLUMN, 0.8 * COLUMN), layout="constrained")
            draw(figure.subplots(), result)
            yield name, figure


def draw_paths(ax: Axes, result: xr.Dataset) -> None:
    """The first paths along the line between the branches, one above the other, each with the two fixed points."""
    time, centres = result["time"].values, result["centre"].values
    kept = time <= min(time[-1], STAYS * _mean_residence(result))
    stride = max(1, int(kept.sum()) // POINTS)
    size, unit = time_unit(float(time[kept][-1]))
    x, step = result["position"].values[kept][::stride, :PATHS], 1.6 * (centres[1] - centres[0])
    for k, path in enumerate(x.T):
        for centre, colour in zip(centres, COLOURS, strict=False):
            ax.axhline(centre + k * step, color=colour, lw=0.6, ls="--")
        ax.plot(time[kept][::stride] / size, path + k * step, color="0.25", lw=0.4)
    ax.set_yticks([k * step + centres.mean() for k in range(x.shape[1])], [f"path {k}" for k in range(x.shape[1])])
    ax.set(xlabel=f"time ({unit})", title="single trajectories, dashed the fixed points")


def draw_residence(ax: Axes, result: xr.Dataset) -> None:
    """Share of stays that last longer, over their age, and the exponential law of the rate, for each branch."""
    longest = float(result["residence"].max()) or 1.0
    size, unit = time_unit(longest)
    branches = result["branch"].values
    for k, colour in zip(range(2), COLOURS, strict=False):
        chosen = result["spell_branch"].values == k
        age, left = survival(result["residence"].values[chosen], result["spell_ended"].values[chosen])
        rate = float(result["rate"][k])
        if not len(age):
            continue
        ax.step(age / size, np.where(left > 0, left, np.nan), where="post", color=colour, label=f"branch {branches[k]}")
        law = np.array([0.0, age[-1]])
        ax.plot(
            law / size, np.exp(-rate * law), color=colour, ls="--", lw=0.8, label=rf"$e^{{-t/{1 / rate / size:.3g}}}$"
        )
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set(xlabel=f"residence time ({unit})", ylabel="share that stays longer", title="residence times")
    if ax.has_data():
        ax.set_ylim(bottom=max(ax.get_ylim()[0], 1e-4), top=1.5)
        ax.legend()


def draw_density(ax: Axes, result: xr.Dataset) -> None:
    """Density of positions with its error band, and each branch's normal density times its occupation."""
    x, density, error = (result[name].values for name in ("position_bin", "density", "density_stderr"))
    ax.fill_between(x, density - BAND * error, density + BAND * error, color="0.6", lw=0, label="trajectories")
    ax.plot(x, density, color="0.25", lw=0.8)
    for branch, normal, colour in zip(result["branch"].values, result["density_branch"].values, COLOURS, strict=False):
        ax.plot(x, normal, color=colour, ls="--", label=f"branch {branch}, linearised")
    ax.set(xlabel=LABEL, ylabel="density", title="two peaks, and the two Gaussians")
    ax.set_ylim(bottom=0, top=1.25 * max(np.nanmax(density), np.nanmax(result["density_branch"].values, initial=0)))
    ax.legend()


def _mean_residence(result: xr.Dataset) -> float:
    """Of both branches together, s; infinite where nothing left."""
    exits = float(result["exits"].sum())
    return float(result["time_spent"].sum()) / exits if exits else np.inf
