"""Figures 2-5 of the paper, drawn."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ....analysis.measure_names import variable_name
from ....sde.support.checks import Array
from ....sde.systems.microrings import MHZ
from ..paper import Panels
from ..shared_drawings import (
    draw_lines,
    draw_map,
    draw_runs,
    draw_signed,
    mark_run_end,
    write_audit,
)
from .data import A_STEERS_B, B_STEERS_A, DECAY_RATIOS, E_N, E_NAME, PEAK, RATIOS, STEERED, largest

LABELS = {E_N: r"$E_N$", A_STEERS_B: r"$G_{a\to b}$", B_STEERS_A: r"$G_{b\to a}$"}
AXES = {
    "detuning_a": r"$\Delta_a/2\pi$ (MHz)",
    "detuning_b": r"$\Delta_b/2\pi$ (MHz)",
    "coupling": r"$J/2\pi$ (MHz)",
    "two_photon_drive": r"$\Omega_b/2\pi$ (MHz)",
    "decay_a": r"$\kappa_a/2\pi$ (MHz)",
    "decay_b": r"$\kappa_b/2\pi$ (MHz)",
}
UNITS = dict.fromkeys(AXES, MHZ)


def draw_figure_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2, with trajectories at Δ_a/2π = 115 MHz; these in time, forward and backward."""
    ax, beside, behind = figure.subplots(1, 3)
    x = panels["forward"]["detuning_a"].values / MHZ
    curves = {
        f"{way}, J/2π = {J} MHz": panels[way][E_NAME].values[k]
        for way in ("forward", "backward")
        for k, J in enumerate((15, 35))
    }
    draw_lines(ax, x, curves, AXES["detuning_a"], "$E_N$")
    ax.lines[-1].set_linestyle("--")
    ax.legend(loc="upper left")
    for name in ("weak_run", "forward_run", "backward_run"):
        mark_run_end(ax, PEAK / MHZ, panels[name], E_N)
    runs = {"J/2π = 15 MHz": panels["weak_run"], "J/2π = 35 MHz": panels["forward_run"]}
    draw_runs(beside, runs, E_N, "$E_N$")
    beside.set_title("forward")
    draw_signed(behind, panels["backward_run"], {E_N: r"$-\ln 2\nu^-$"}, "backward, J/2π = 35 MHz")
    write_audit(figure, panels)


def draw_figure_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–c, and E_N after switch-on where Fig. 3a is largest, next to the threshold."""
    axes = np.ravel(figure.subplots(2, 2))
    for ax, letter in zip(axes, "abc", strict=False):
        _map(ax, panels[letter], E_N, letter)
    best = largest(panels["a"][E_NAME])
    place = ", ".join(f"{float(best[name]) / MHZ:.0f}" for name in ("detuning_a", "detuning_b"))
    draw_signed(axes[3], panels["run"], {E_N: LABELS[E_N]}, f"largest of (a), at ({place}) MHz")
    axes[3].axhline(float(best), color="k", ls="--", lw=0.8, label="steady state")
    axes[3].legend()
    write_audit(figure, panels)


def draw_figure_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a–d, with trajectories at κ_b = 2κ_a and κ_b = κ_a/2, also in time."""
    axes = np.ravel(figure.subplots(2, 3))
    _map(axes[0], panels["ab"], A_STEERS_B, "a")
    _map(axes[1], panels["ab"], B_STEERS_A, "b")
    _draw_cuts(axes[3], axes[4], RATIOS, panels["cd"], r"$\kappa_b/\kappa_a$")
    axes[4].set_yscale("log")
    for ax, ratio in zip((axes[2], axes[5]), DECAY_RATIOS, strict=True):
        run = panels[f"run {ratio}"]
        for name in LABELS:
            mark_run_end(axes[3], ratio, run, name)
        draw_signed(ax, run, LABELS, rf"$\kappa_b/\kappa_a$ = {ratio}")
    write_audit(figure, panels)


def draw_figure_5(figure: Figure, panels: Panels) -> None:
    """Fig. 5a–d, with trajectories at Δ_b = −Δ_a, also in time."""
    axes = np.ravel(figure.subplots(2, 3))
    _map(axes[0], panels["a"], A_STEERS_B, "a")
    _map(axes[1], panels["b"], A_STEERS_B, "b")
    ratios = panels["cd"]["detuning_b"].values / STEERED.detuning_a
    _draw_cuts(axes[3], axes[4], ratios, panels["cd"], r"$\Delta_b/\Delta_a$")
    for name in LABELS:
        mark_run_end(axes[3], -1.0, panels["run"], name)
    axes[4].legend(loc="upper left")
    draw_signed(axes[2], panels["run"], LABELS, r"$\Delta_b = -\Delta_a$")
    _map(axes[5], panels["followed"], A_STEERS_B, r"b, at the best $\Delta_a$")
    write_audit(figure, panels)


def _map(ax: Axes, panel: xr.Dataset, measure: str, letter: str) -> None:
    draw_map(ax, panel[variable_name(measure)], AXES, UNITS, LABELS[measure], letter)


def _draw_cuts(left: Axes, right: Axes, x: Array, panel: xr.Dataset, xlabel: str) -> None:
    """Panels c and d: all measures, and the populations, over a ratio."""
    measures = {LABELS[name]: panel[variable_name(name)].values for name in LABELS}
    populations = {f"$P_{mode}$": panel["populations"].sel(mode=mode).values for mode in "ab"}
    draw_lines(left, x, measures, xlabel, "$E_N$, $G$ (nats)", "(c)")
    draw_lines(right, x, populations, xlabel, "population", "(d)")
