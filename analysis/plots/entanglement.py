"""Panels of entanglement over a run: E_N of every level, its error bars, and states that are no
quantum states.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from .curves import chosen_pair, entangled, losses, physicality, time_axis, why_empty
from .style import (
    BAND,
    BAND_WORDS,
    COLOURS,
    GREY,
    LINES,
    head,
    on_axes,
    positive_axis,
    say_instead,
    style,
)

UNPHYSICAL = -1e-9
"""Least eigenvalue of V + iΩ/2 below which no rounding is to blame."""
SAMPLED, COUPLED = COLOURS[5], COLOURS[0]


@on_axes
def draw_entanglement(
    ax: Axes, run: xr.Dataset, pair: Sequence[str] | None = None, letter: str = ""
) -> None:
    """E_N(t) from every level: plain ensemble, moment equation, best estimate, and the steady
    value.
    """
    first, second = chosen_pair(run, pair)
    times, E = time_axis(ax, run), entangled(run, pair)
    curves = {"plain": (SAMPLED, "trajectories"), "coupled": (COUPLED, "coupled to linear twins")}
    for name, (colour, label) in curves.items():
        if name not in E:
            continue
        value, error = E[name].values, BAND * E[f"{name}_stderr"].values
        ax.fill_between(
            times, np.maximum(value - error, 0), value + error, color=colour, alpha=0.35, lw=0
        )
        ax.plot(times, value, color=colour, lw=0.8 if name == "plain" else 2.0, label=label)
    if "plain" in E:
        ax.fill_between([], [], color=GREY, alpha=0.35, lw=0, label=f"bands {BAND_WORDS}")
    ax.plot(times, E["linear"].values, color="k", lw=0.8, ls=":", label="moment equation")
    if "steady" in E:
        ax.axhline(float(E["steady"]), color="k", ls="--", lw=0.8, label="Lyapunov")
    if not any(np.isfinite(line.get_ydata()).any() for line in ax.lines if len(line.get_xdata())):  # type: ignore[arg-type]
        say_instead(ax, why_empty(run, "no finite covariance"))
    top = ax.get_ylim()[1]
    ax.set_ylim(-0.03 * top, top)
    ax.set_ylabel(r"$E_N$ (nats)")
    warning = unphysical_words(physicality(run)) or losses(run)
    head(ax, f"entanglement of {first} and {second}", letter, warning)


def unphysical_words(least: float) -> str:
    """What a figure of measures says of a state with this min eig(V + iΩ/2) that is no quantum
    state; else nothing.
    """
    return (
        f"NOT A QUANTUM STATE: min eig$(V+i\\Omega/2)$ = {least:.2g}" if least < UNPHYSICAL else ""
    )


def mark_unphysical(ax: Axes, least: float) -> None:
    """Say in the title of a figure of measures that they come from no quantum state, when min eig(V
    + iΩ/2) says so.
    """
    if words := unphysical_words(least):
        with style():
            head(ax, ax.get_title(loc="left"), warning=words)


@on_axes
def draw_error_bars(
    ax: Axes, run: xr.Dataset, pair: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Standard errors of E_N over time, from the same trajectories: plain ensemble and coupled
    estimate.
    """
    times, E = time_axis(ax, run), entangled(run, pair)
    if "plain" not in E:
        raise ValueError(
            "the run has no trajectories, so there are no error bars: draw a result of simulate"
        )
    errors = []
    curves = (
        ("plain", SAMPLED, "-", "trajectories"),
        ("coupled", COUPLED, LINES[1], "coupled to linear twins"),
    )
    for name, colour, line, label in curves:
        if name in E:
            errors.append(E[f"{name}_stderr"].values)
            ax.plot(times, errors[-1], color=colour, ls=line, label=label)
    every = np.concatenate([error[np.isfinite(error) & (error > 0)] for error in errors])
    if not every.size:
        say_instead(ax, why_empty(run, "no error bars"))
    label = r"standard error of $-\ln 2\nu^-$ (nats)"
    positive_axis(
        ax, float(np.min(every, initial=np.inf)), float(np.max(every, initial=0.0)), label
    )
    head(ax, "error bars from the same trajectories", letter, losses(run))
