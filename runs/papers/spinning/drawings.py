"""Figures 1-3 of the paper, drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ....analysis.plots.style import COLOURS, number
from ....sde.labels import time_unit
from ....sde.support.checks import Array
from ..paper import Panels
from ..shared_drawings import draw_lines, draw_map, draw_runs, mark_run_end, write_audit
from .data import (
    COUPLINGS,
    DECAY,
    DETUNINGS,
    DEVICES,
    E_N,
    E_NAME,
    EQUAL_PHOTONS,
    G_NAME,
    N_NAME,
    TEMPERATURES,
    UNIT,
    WIDE_DETUNINGS,
    interpolated_maximum,
    value_at,
)

LABELS = {
    "detuning": r"$\Delta_c/\omega_m$",
    "spin": r"$\Omega$ (krad/s)",
    "backscattering": r"$J/\kappa$",
}
DETUNING = LABELS["detuning"]
UNITS = {"detuning": UNIT, "spin": 1e3, "backscattering": DECAY}
NAMES = {
    "ideal": "ideal",
    "lossy": r"$J = 1.8\kappa$, static",
    "forward": "forward",
    "reversed": "reversed",
}
STATIC = ("ideal", "lossy")
SPINNING = ("ideal", "forward", "reversed")
"""Curves of Figs. 3a, c and of 3b, d."""
BILLION = 1e9
"""Unit of photon numbers."""


def draw_figure_1(figure: Figure, panels: Panels) -> None:
    """Fig. 1b."""
    data = panels["b"]
    curves = {way: data[way].values / UNIT for way in ("forward", "reversed")}
    draw_lines(
        figure.subplots(),
        data["spin"].values / 1e3,
        curves,
        LABELS["spin"],
        r"$\Delta_F/\omega_m$",
        "(b)",
    )


def draw_figure_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–c, with trajectories at the peaks; runs at the peaks and at 0.27."""
    axes = np.ravel(figure.subplots(2, 3))
    ways = ("static", "forward", "reversed")
    curves = {way: panels[way][E_NAME].values for way in ways}
    draw_lines(axes[0], DETUNINGS / UNIT, curves, DETUNING, "$E_N$", "(a)")
    runs = {name: panels[f"{name} run"] for name in (*ways, "side")}
    for run in runs.values():
        mark_run_end(axes[0], _detuning_of(run), run, E_N)
    for ax, (low, high), letter in ((axes[1], (0.1, 0.5), "b"), (axes[2], (0.8, 1.3), "c")):
        _draw_entanglement_and_photons(ax, panels, _within(low, high), letter)
    labelled = {f"{name}, {_detuning_of(run):.3f}": run for name, run in runs.items()}
    draw_runs(axes[3], labelled, E_N, "$E_N$")
    _style_coinciding_lines(axes[3])
    axes[3].set_title(r"at the peaks, and forward (side) at 0.6")
    lights = {way: panels[f"{way} light"] for way in ("forward", "reversed")}
    draw_runs(axes[4], lights, E_N, "$E_N$")
    axes[4].set_title(rf"{DETUNING} = {EQUAL_PHOTONS}")
    _draw_photons(axes[5], panels, lights)
    write_audit(figure, panels)


def _within(low: float, high: float) -> Array:
    """Which detunings of Fig. 2 lie within bounds in ω_m."""
    return np.asarray((low * UNIT <= DETUNINGS) & (high * UNIT >= DETUNINGS))


def _detuning_of(run: xr.Dataset) -> float:
    """Detuning of a run, in ω_m."""
    return float(run["detuning"]) / UNIT


def _style_coinciding_lines(ax: Axes) -> None:
    """Different styles for lines that coincide."""
    styles = (("-", 3.0), ("--", 2.0), (":", 1.5), ("-", 1.2))
    for line, (style, width) in zip(ax.lines, styles, strict=False):
        line.set(linestyle=style, linewidth=width)
    ax.legend()


def _draw_entanglement_and_photons(ax: Axes, panels: Panels, window: Array, letter: str) -> None:
    """E_N both ways; on the right axis photons, dotted where the fixed point is unstable."""
    twin = ax.twinx()
    twin.spines["right"].set_visible(True)
    x = (DETUNINGS / UNIT)[window]
    lines = []
    for way, colour in zip(("forward", "reversed"), COLOURS, strict=False):
        entangled, photons = (panels[way][name].values[window] for name in (E_NAME, N_NAME))
        unstable = np.isnan(entangled)
        if not unstable.all():
            lines += ax.plot(x, entangled, color=colour, label=f"$E_N$, {way}")
            stable = np.where(unstable, np.nan, photons) / BILLION
            lines += twin.plot(x, stable, "--", color=colour, label=f"N, {way}")
        if unstable.any():
            rest = np.where(unstable, photons, np.nan) / BILLION
            lines += twin.plot(x, rest, ":", color=colour, label=f"N, {way}, unstable")
    ax.set(xlabel=DETUNING, ylabel="$E_N$ (solid)", title=f"({letter})", ylim=(-0.005, 0.16))
    twin.set(ylabel=r"photons $N/10^9$ (broken)", ylim=(0, 10))
    ax.legend(handles=lines)


def _draw_photons(ax: Axes, panels: Panels, lights: Mapping[str, xr.Dataset]) -> None:
    """Photons of trajectories after switch-on, both directions, and those of the fixed points."""
    size, unit = time_unit(float(lights["forward"]["time"][-1]))
    for (way, run), colour in zip(lights.items(), COLOURS, strict=False):
        photons = run["photons"].values / BILLION
        ax.plot(run["time"].values / size, photons, color=colour, lw=0.8, label=way)
        fixed = value_at(panels[way], N_NAME, EQUAL_PHOTONS) / BILLION
        name, style = ("fixed point", "--") if way == "forward" else ("unstable fixed point", ":")
        ax.axhline(fixed, color=colour, ls=style, lw=2, label=f"{way}, {name}")
    ax.set(xlabel=f"time after switch-on ({unit})", ylabel=r"photons $N/10^9$")
    ax.set_title(rf"{DETUNING} = {EQUAL_PHOTONS}")
    ax.set_ylim(bottom=0)
    ax.legend()


def draw_figure_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–f, with trajectories at the peaks, also in time; effects of J and of heat."""
    axes = np.ravel(figure.subplots(3, 3))
    for column, ways, letters in ((0, STATIC, "ac"), (1, SPINNING, "bd")):
        _draw_curves(axes[column::3], {way: panels[way] for way in ways}, letters)
    runs = {name: panels[f"{name} run"] for name in ("lossy", "forward", "reversed")}
    for name, run in runs.items():
        mark_run_end(axes[int(name in SPINNING)], _detuning_of(run), run, E_N)
    places = {name: number(round(_detuning_of(run), 2)) for name, run in runs.items()}
    labelled = {f"{NAMES[name]}, {places[name]}": run for name, run in runs.items()}
    draw_runs(axes[6], labelled, E_N, "$E_N$")
    _style_coinciding_lines(axes[6])
    axes[6].set(title=rf"at the peaks, with {DETUNING}")
    draw_map(axes[2], panels["e"][G_NAME] / UNIT, LABELS, UNITS, r"$|G|/\omega_m$", "e")
    draw_map(axes[5], panels["f"]["revival"], LABELS, UNITS, "revival factor", "f")
    _draw_gain(axes[7], panels["j"])
    _draw_heat(axes[8], panels["heat"])
    write_audit(figure, panels)


def _draw_curves(axes: Array, panels: Panels, letters: str) -> None:
    """E_N and, below, |G| over the detuning."""
    named = {NAMES[way]: panel for way, panel in panels.items()}
    curves = {label: panel[E_NAME].values for label, panel in named.items()}
    draw_lines(axes[0], WIDE_DETUNINGS / UNIT, curves, DETUNING, "$E_N$", f"({letters[0]})")
    _draw_coupling(axes[1], named, letters[1])


def _draw_coupling(ax: Axes, panels: Panels, letter: str) -> None:
    """|G| over the detuning, dotted where the fixed point is unstable."""
    for (label, panel), colour in zip(panels.items(), COLOURS, strict=False):
        coupling = panel[G_NAME].values / UNIT
        stable = panel["stable"].values
        x = WIDE_DETUNINGS / UNIT
        ax.plot(x, np.where(stable, coupling, np.nan), color=colour, label=label)
        ax.plot(x, np.where(stable, np.nan, coupling), ":", color=colour)
    ax.set(xlabel=DETUNING, ylabel=r"$|G|/\omega_m$", title=f"({letter})  dotted: unstable")
    ax.set_ylim(bottom=0)
    ax.legend()


def _draw_gain(ax: Axes, scan: xr.Dataset) -> None:
    """Gain and revival by spinning, over J."""
    curves = {
        "gain: spinning/static": (scan["spinning"] / scan["static"]).values,
        "revival: spinning/ideal": (scan["spinning"] / scan["static"][0]).values,
    }
    draw_lines(ax, COUPLINGS / DECAY, curves, LABELS["backscattering"], "ratio of largest $E_N$")
    for level, place in ((2.5, "bottom"), (0.991, "top")):
        ax.axhline(level, color="0.5", ls="--", lw=0.8)
        ax.text(0.0, level, f"{level}", color="0.4", fontsize=7, va=place)
    ax.set_title(r"which $J$ gives 2.5, which 0.991?")


def _draw_heat(ax: Axes, heat: xr.Dataset) -> None:
    """E_N at the best detuning for each temperature; reversed also at the best positive one."""
    exponents = {name: heat[name] for name in DEVICES}
    exponents[r"reversed, $\Delta_c > 0$"] = heat["reversed"].sel(detuning=slice(0, None))
    curves = {
        label: interpolated_maximum(values)["largest"].values for label, values in exponents.items()
    }
    draw_lines(ax, TEMPERATURES, curves, "T (K)", "$E_N$", "heat, at the best detuning of each T")
    ax.lines[-1].set_linestyle("--")
    ax.set_xscale("log")
    ax.legend()
