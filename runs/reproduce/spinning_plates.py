"""The figures of the spinning resonator's paper, drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...analysis.plots.style import COLOURS, number
from ...sde.labels import time_unit
from ...sde.support.checks import Array
from .panels import draw_lines, draw_map, draw_times, mark_end
from .paper import Panels, Plate, bound
from .spinning_figures import (
    COUPLINGS,
    DECAY,
    E_NAME,
    EQUAL,
    G_NAME,
    N_NAME,
    NARROW,
    TEMPERATURES,
    UNIT,
    WIDE,
    E,
    figure_1,
    figure_2,
    figure_3,
    physicality,
    vertex,
)

LABELS = {
    "detuning": r"$\Delta_c/\omega_m$",
    "spin": r"$\Omega$ (krad/s)",
    "backscattering": r"$J/\kappa$",
}
AXIS = LABELS["detuning"]
LARGE = 1e9
"""Unit of photon numbers."""


def draw_1(figure: Figure, panels: Panels) -> None:
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


def draw_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–c, with trajectories at the peaks; and E_N and photons after switch-on, at the peaks
    and at 0.27.
    """
    axes = np.ravel(figure.subplots(2, 3))
    ways = ("static", "forward", "reversed")
    draw_lines(
        axes[0],
        NARROW / UNIT,
        {way: panels[way][E_NAME].values for way in ways},
        AXIS,
        "$E_N$",
        "(a)",
    )
    runs = {f"{name} run": panels[f"{name} run"] for name in (*ways, "side")}
    for run in runs.values():
        mark_end(axes[0], _place(run), run, E)
    for ax, (low, high), letter in ((axes[1], (0.1, 0.5), "b"), (axes[2], (0.8, 1.3), "c")):
        _draw_both(ax, panels, _within(low, high), letter)
    draw_times(
        axes[3], {f"{n.split()[0]}, {_place(run):.3f}": run for n, run in runs.items()}, E, "$E_N$"
    )
    _tell_apart(axes[3])
    axes[3].set_title(r"at the peaks, and forward (side) at 0.6")
    lights = {way: panels[f"{way} light"] for way in ("forward", "reversed")}
    draw_times(axes[4], lights, E, "$E_N$")
    axes[4].set_title(rf"{AXIS} = {EQUAL}")
    _draw_light(axes[5], panels, lights)
    _audit(figure, panels)


def _within(low: float, high: float) -> Array:
    """Which detunings of Fig. 2 lie within bounds in ω_m."""
    return np.asarray((low * UNIT <= NARROW) & (high * UNIT >= NARROW))


def _place(run: xr.Dataset) -> float:
    return float(run["detuning"]) / UNIT


def _tell_apart(ax: Axes) -> None:
    """Lines that lie on each other, in different styles."""
    for line, style, width in zip(
        ax.lines, ("-", "--", ":", "-"), (3.0, 2.0, 1.5, 1.2), strict=False
    ):
        line.set(linestyle=style, linewidth=width)
    ax.legend()


def _draw_both(ax: Axes, panels: Panels, window: Array, letter: str) -> None:
    """E_N of both directions, and on the right axis photon numbers, dotted where the fixed point is
    unstable.
    """
    twin = ax.twinx()
    twin.spines["right"].set_visible(True)
    x, lines = (NARROW / UNIT)[window], []
    for way, colour in zip(("forward", "reversed"), COLOURS, strict=False):
        entangled, photons = (panels[way][name].values[window] for name in (E_NAME, N_NAME))
        unstable = np.isnan(entangled)
        if not unstable.all():
            lines += ax.plot(x, entangled, color=colour, label=f"$E_N$, {way}")
        if not unstable.all():
            lines += twin.plot(
                x,
                np.where(unstable, np.nan, photons) / LARGE,
                "--",
                color=colour,
                label=f"N, {way}",
            )
        if unstable.any():
            stub = f"N, {way}, unstable"
            lines += twin.plot(
                x, np.where(unstable, photons, np.nan) / LARGE, ":", color=colour, label=stub
            )
    ax.set(xlabel=AXIS, ylabel="$E_N$ (solid)", title=f"({letter})", ylim=(-0.005, 0.16))
    twin.set(ylabel=r"photons $N/10^9$ (broken)", ylim=(0, 10))
    ax.legend(handles=lines)


def _draw_light(ax: Axes, panels: Panels, lights: Mapping[str, xr.Dataset]) -> None:
    """Photons of trajectories after switch-on, both directions, and those of the fixed points."""
    size, unit = time_unit(float(lights["forward"]["time"][-1]))
    for (way, run), colour in zip(lights.items(), COLOURS, strict=False):
        ax.plot(
            run["time"].values / size,
            run["photons"].values / LARGE,
            color=colour,
            lw=0.8,
            label=way,
        )
        fixed = float(panels[way][N_NAME].sel(detuning=EQUAL * UNIT, method="nearest")) / LARGE
        name = "fixed point" if way == "forward" else "unstable fixed point"
        ax.axhline(
            fixed, color=colour, ls="--" if way == "forward" else ":", lw=2, label=f"{way}, {name}"
        )
    ax.set(
        xlabel=f"time after switch-on ({unit})",
        ylabel=r"photons $N/10^9$",
        title=rf"{AXIS} = {EQUAL}",
    )
    ax.set_ylim(bottom=0)
    ax.legend()


def draw_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–f, with trajectories at the peaks, also in time; what J does; and heat."""
    axes = np.ravel(figure.subplots(3, 3))
    names = {
        "ideal": "ideal",
        "lossy": r"$J = 1.8\kappa$, static",
        "forward": "forward",
        "reversed": "reversed",
    }
    for k, ways, letters in (
        (0, ("ideal", "lossy"), "ac"),
        (1, ("ideal", "forward", "reversed"), "bd"),
    ):
        curves = {names[way]: panels[way][E_NAME].values for way in ways}
        draw_lines(axes[k], WIDE / UNIT, curves, AXIS, "$E_N$", f"({letters[0]})")
        _draw_coupling(axes[k + 3], {names[way]: panels[way] for way in ways}, letters[1])
    runs = {name: panels[f"{name} run"] for name in ("lossy", "forward", "reversed")}
    for name, run in runs.items():
        mark_end(axes[int(name != "lossy")], _place(run), run, E)
    draw_times(
        axes[6],
        {f"{names[name]}, {number(round(_place(run), 2))}": run for name, run in runs.items()},
        E,
        "$E_N$",
    )
    _tell_apart(axes[6])
    axes[6].set(title=rf"at the peaks, with {AXIS}")
    units = {"detuning": UNIT, "spin": 1e3, "backscattering": DECAY}
    draw_map(axes[2], panels["e"][G_NAME] / UNIT, LABELS, units, r"$|G|/\omega_m$", "e")
    draw_map(axes[5], panels["f"]["revival"], LABELS, units, "revival factor", "f")
    _draw_gain(axes[7], panels["j"])
    _draw_heat(axes[8], panels["heat"])
    _audit(figure, panels)


def _draw_coupling(ax: Axes, panels: Panels, letter: str) -> None:
    """|G| over the detuning, dotted where the fixed point is unstable."""
    for (label, panel), colour in zip(panels.items(), COLOURS, strict=False):
        coupling, stable = panel[G_NAME].values / UNIT, panel["stable"].values
        ax.plot(WIDE / UNIT, np.where(stable, coupling, np.nan), color=colour, label=label)
        ax.plot(WIDE / UNIT, np.where(stable, np.nan, coupling), ":", color=colour)
    ax.set(xlabel=AXIS, ylabel=r"$|G|/\omega_m$", title=f"({letter})  dotted: unstable")
    ax.set_ylim(bottom=0)
    ax.legend()


def _draw_gain(ax: Axes, scan: xr.Dataset) -> None:
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
    """E_N at the best detuning of each temperature; of the reversed device also at the best
    positive one.
    """
    curves = {
        name: vertex(heat[name])["largest"].values
        for name in ("ideal", "lossy", "forward", "reversed")
    }
    curves[r"reversed, $\Delta_c > 0$"] = vertex(heat["reversed"].sel(detuning=slice(0, None)))[
        "largest"
    ].values
    draw_lines(ax, TEMPERATURES, curves, "T (K)", "$E_N$", "heat, at the best detuning of each T")
    ax.lines[-1].set_linestyle("--")
    ax.set_xscale("log")
    ax.legend()


def _audit(figure: Figure, panels: Panels) -> None:
    """Say above a figure that its numbers are those of quantum states, or that they are not."""
    least = physicality(panels)
    words = (
        number(float(f"{least:.1e}"))
        if abs(least) > 1e-9
        else f"0 within {number(float(bound(least)))}"
    )
    figure.suptitle(rf"steady states: min eig$(V + i\Omega/2)$: {words}", fontsize=7)


PLATES = (
    Plate("1", (1, 1), figure_1, draw_1),
    Plate(
        "2",
        (3, 2),
        figure_2,
        draw_2,
        "beside it, E_N and photons of trajectories after the laser is switched on",
    ),
    Plate(
        "3",
        (3, 3),
        figure_3,
        draw_3,
        "J is printed nowhere: 1.8κ is set by the paper's factor of 2.5, the one parameter taken from a number that is "
        "to be reproduced; one panel shows how that number and the revival depend on it",
    ),
)
