"""Figures of switching, ready for a paper: single paths that hop, residence times, the slow
relaxation, the density.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...sde.labels import time_unit
from ..switching.residences import survival
from .style import BAND, COLOURS, COLUMN, StyledFigure, style

PATHS, STAYS, POINTS = 3, 12, 4000
"""Paths that are shown, for how many mean residence times, and samples of each at most."""
LABEL = r"quadrature $w\cdot u$ between the branches"


def figures(result: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Named figures of a result of `switching`: an overview of all, then each by itself."""
    draws = {
        "paths": draw_paths,
        "residence": draw_residence,
        "relaxation": draw_relaxation,
        "density": draw_density,
    }
    with style():
        overview = StyledFigure(figsize=(2 * COLUMN, 1.7 * COLUMN), layout="constrained")
        for letter, ax, draw in zip(
            "abcd", np.ravel(overview.subplots(2, 2)), draws.values(), strict=True
        ):
            draw(ax, result)
            ax.set_title(f"({letter})  {ax.get_title(loc='left')}")
        yield "overview", overview
        for name, draw in draws.items():
            figure = StyledFigure(figsize=(COLUMN, 0.85 * COLUMN), layout="constrained")
            draw(figure.subplots(), result)
            yield name, figure


def draw_paths(ax: Axes, result: xr.Dataset) -> None:
    """The first paths along the line between the branches, one above the other, with the fixed
    points dashed.

    The colour is that of the branch, and changes when a path enters the core of the other.
    """
    time, centres = result["time"].values, result["centre"].values
    kept = time <= min(time[-1], STAYS * _mean_residence(result))
    stride = max(1, int(kept.sum()) // POINTS)
    size, unit = time_unit(float(time[kept][-1]))
    chosen = result[["position", "label"]].isel(time=kept).isel(time=slice(None, None, stride))
    chosen = chosen.isel(trajectory=slice(PATHS))
    t, step = time[kept][::stride] / size, 1.6 * (centres[1] - centres[0])
    for k, (path, label) in enumerate(
        zip(chosen["position"].values.T, chosen["label"].values.T, strict=True)
    ):
        ax.plot(t, path + k * step, color="0.7", lw=0.4)
        for branch, (centre, colour) in enumerate(zip(centres, COLOURS, strict=False)):
            ax.axhline(centre + k * step, color=colour, lw=0.6, ls="--")
            ax.plot(t, np.where(label == branch, path, np.nan) + k * step, color=colour, lw=0.4)
    count = chosen.sizes["trajectory"]
    ax.set_yticks(
        [k * step + centres.mean() for k in range(count)], [f"path {k}" for k in range(count)]
    )
    ax.set(xlabel=f"time ({unit})", title="single trajectories; dashed the fixed points")


def draw_residence(ax: Axes, result: xr.Dataset) -> None:
    """Share of arrivals that stay longer, over their age, and the exponential law beyond the
    memory, for each branch.

    Stays within the grey span are short: what they would make of a rate is left out.
    """
    memory, branches = float(result.attrs["memory"]), result["branch"].values
    size, unit = time_unit(float(result["residence"].max()) or 1.0)
    for k, colour in zip(range(2), COLOURS, strict=False):
        chosen = (result["spell_branch"].values == k) & result["spell_entered"].values.astype(bool)
        age, left = survival(
            result["residence"].values[chosen], result["spell_ended"].values[chosen].astype(bool)
        )
        if not len(age):
            continue
        ax.step(
            age / size,
            np.where(left > 0, left, np.nan),
            where="post",
            color=colour,
            label=f"branch {branches[k]}",
        )
        hazard, kappa = (float(result[name][k]) for name in ("hazard", "commitment"))
        law = np.array([memory, age[-1]])
        name = rf"${kappa:.3f}\,e^{{-t/{1 / hazard / size:.3g}}}$"
        ax.plot(
            law / size, kappa * np.exp(-hazard * law), color=colour, ls="--", lw=0.8, label=name
        )
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set(
        xlabel=f"residence time ({unit})",
        ylabel="share that stays longer",
        title="residence times of arrivals",
    )
    if ax.has_data():
        ax.set_ylim(bottom=max(ax.get_ylim()[0], 1e-4), top=2)
        ax.axvspan(0, memory / size, color="0.9", lw=0, label="short stays")
        ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=3, columnspacing=1.0)


def draw_relaxation(ax: Axes, result: xr.Dataset) -> None:
    """The slow relaxation rate that the transfer operator implies at each lag, and r₁ + r₂ from
    residence times.
    """
    memory = float(result.attrs["memory"])
    lag, implied, error = (
        result[name].values for name in ("lag", "implied_rate", "implied_rate_stderr")
    )
    total, total_error = (float(result[f"rate_total{end}"]) for end in ("", "_stderr"))
    span, unit = time_unit(4 * memory or 1.0)
    known = [rate for rate in (total, *implied) if rate > 0]
    size, per = time_unit(1 / min(known)) if known else (1.0, "s")
    ax.set(xlabel=f"lag ({unit})", ylabel=rf"rate $r_1 + r_2$ (1/{per})", title="slow relaxation")
    if np.isfinite(total_error):
        low, high = (total + sign * BAND * total_error for sign in (-1, 1))
        ax.axhspan(
            low * size,
            high * size,
            color=COLOURS[0],
            alpha=0.25,
            lw=0,
            label="residence times, ± 2 s.e.",
        )
    if np.isfinite(implied).any():
        style: dict[str, Any] = {"fmt": "o", "ms": 3, "lw": 0.8, "color": "0.25"}
        ax.errorbar(
            lag / span,
            implied * size,
            BAND * error * size,
            label="transfer operator, ± 2 s.e.",
            **style,
        )
        ax.axvline(memory / span, color="0.6", lw=0.8, ls=":", label="memory")
        ax.set_ylim(bottom=0)
        ax.set_xlim(left=0)
        ax.legend(loc="lower right")
    else:
        ax.text(0.5, 0.5, "too few exits", transform=ax.transAxes, ha="center", color="0.4")


def draw_density(ax: Axes, result: xr.Dataset) -> None:
    """Density of positions with its error band, and each branch's normal density times its
    occupation.
    """
    x, density, error = (
        result[name].values for name in ("position_bin", "density", "density_stderr")
    )
    ax.fill_between(
        x,
        density - BAND * error,
        density + BAND * error,
        color="0.6",
        lw=0,
        label="trajectories, ± 2 s.e.",
    )
    ax.plot(x, density, color="0.25", lw=0.8)
    for branch, normal, colour in zip(
        result["branch"].values, result["density_branch"].values, COLOURS, strict=False
    ):
        ax.plot(x, normal, color=colour, ls="--", label=f"branch {branch}, linearised")
    ax.set(xlabel=LABEL, ylabel="density", title="two peaks, and the two Gaussians")
    ax.set_ylim(
        bottom=0,
        top=1.35 * max(np.nanmax(density), np.nanmax(result["density_branch"].values, initial=0)),
    )
    ax.legend()


def _mean_residence(result: xr.Dataset) -> float:
    """Of both branches together, s; infinite where nothing left."""
    exits = float(result["exits"].sum())
    return float(result["time_spent"].sum()) / exits if exits else np.inf
