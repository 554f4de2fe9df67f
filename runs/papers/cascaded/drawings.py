"""Figures 2 and 3 of the paper, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ....analysis.plots.style import COLOURS, number
from ....sde.support.checks import Array
from ..paper import Panels
from ..shared_data import NOISES, appearance_time
from ..shared_drawings import draw_lines, draw_map, draw_run, draw_runs, mark_run_end
from .data import (
    DETUNINGS,
    ONE_WAY_DETUNINGS,
    RATIOS,
    RUN_DETUNINGS,
    SCAN_RATIOS,
    UNEQUAL_RATIOS,
    revival,
)
from .systems import DETUNING, E_N, E_NAME, EXPONENT_NAME, SIDES, UNIT

AXIS = r"$\Delta/\omega_{m,l}$"
EXPONENT_LABEL = r"$-\ln\,2\nu^-$"
PHYSICALITY_LABEL = r"least eigenvalue of $V + i\Omega/2$"
LABELS = {
    "frequency_ratio": r"$\chi$",
    "spin_left": r"$\Omega_l$ (10$^6$ rad/s)",
    "spin_right": r"$\Omega_r$ (10$^6$ rad/s)",
}
STYLES = {"published": "-", "consistent": "--"}
UNITS = {"frequency_ratio": 1.0, "spin_left": 1e6, "spin_right": 1e6}
GAINS = {
    "static": "static",
    r"$\Omega_l = 0.8 \cdot 10^6$ rad/s": "spun",
    "best of any spins": "best",
}


def draw_figure_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–c; below, −ln 2ν⁻, the audit, opposite spins and runs."""
    axes = figure.subplots(4, 3)
    titles = {"a": "(0, 0)", "b": "(0.6, 0)", "c": "(0.6, 0.6)"}
    for column, (letter, spins) in enumerate(titles.items()):
        title = rf"({letter})  $(\Omega_l, \Omega_r)$ = {spins} · 10$^6$ rad/s"
        _draw_entanglement(axes[0, column], panels[letter], title)
        _draw_exponents(axes[1, column], panels[letter], letter)
        _draw_audit(axes[2, column], panels[letter], letter)
    for letter, places in RUN_DETUNINGS.items():
        for side, place in zip(SIDES, places, strict=True):
            _mark_run_ends(axes[:2, "abc".index(letter)], place, panels, f"{letter} {side}")
    for place, side in product(ONE_WAY_DETUNINGS, SIDES):
        _mark_run_ends(axes[:2, 1], place, panels, f"b {place} {side}")
    _draw_opposite_spins(axes[3, 0], panels)
    ends = product(ONE_WAY_DETUNINGS, SIDES)
    names = {f"{place}, {side}": f"b {place} {side}" for place, side in ends}
    runs = {label: panels[f"{name} published"] for label, name in names.items()}
    draw_runs(axes[3, 1], _labelled_by_appearance(runs), E_N, "$E_N$")
    axes[3, 1].set_title("(b)  after switch-on, published; when it appears")
    _draw_exponents_in_time(axes[3, 2], panels, names)


def _draw_opposite_spins(ax: Axes, panels: Panels) -> None:
    """Published E_N of both directions for opposite spins."""
    names = {"opposite": r"printed $\kappa_{ex}$", "opposite equal": r"equal $\kappa_{ex}$"}
    curves = {
        f"from the {side}, {decay}": _values(panels[name], E_NAME, "published", side)
        for name, decay in names.items()
        for side in SIDES
    }
    title = r"opposite spins, (0.6, $-$0.6) · 10$^6$ rad/s"
    draw_lines(ax, DETUNINGS / UNIT, curves, AXIS, "$E_N$, published", title)
    ax.lines[-1].set_linestyle("--")


def draw_figure_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–f with the consistent model; the audit; gains over χ; runs."""
    axes = figure.subplots(4, 3)
    _draw_ratios(axes[0, 0], panels["a"], RATIOS, "(a)  static")
    _draw_ratios(axes[0, 1], panels["b"], UNEQUAL_RATIOS, r"(b)  spins (0.8, 0.8)")
    _draw_one_spinning(axes[0, 2], panels, "c", 0.97)
    _draw_one_spinning(axes[1, 0], panels, "d", 0.95)
    last = panels["cd"].sel(frequency_ratio=0.95)
    _draw_exponents(axes[1, 1], last, "d")
    _draw_audit(axes[1, 2], last, "d")
    for side in SIDES:
        _mark_run_ends(axes[0, 2:], DETUNING, panels, f"c {side}")
        _mark_run_ends(axes[1, :2], DETUNING, panels, f"d {side}")
    for row, letter, side in ((2, "e", "right"), (3, "f", "left")):
        _draw_maps(axes[row, 0], axes[row, 1], panels, letter, side)
    _draw_gain(axes[2, 2], panels["chi"])
    runs = {
        f"{letter}, {side}": panels[f"{letter} {side} published"]
        for letter in "cd"
        for side in SIDES
    }
    runs |= {"d, left, consistent": panels["d left consistent"]}
    draw_runs(axes[3, 2], _labelled_by_appearance(runs), E_N, "$E_N$")
    axes[3, 2].set_title("after switch-on; when it appears")


def _draw_one_spinning(ax: Axes, panels: Panels, letter: str, ratio: float) -> None:
    """E_N over Δ at a χ with one resonator spinning, and published E_N at rest."""
    spun, static = (panels[name].sel(frequency_ratio=ratio) for name in ("cd", "a"))
    _draw_entanglement(ax, spun, rf"({letter})  $\chi = {ratio}$, spins (0.8, 0) · 10$^6$ rad/s")
    values = _values(static, E_NAME, "published", "left")
    ax.plot(DETUNINGS / UNIT, values, color="0.6", label="static, left")
    ax.legend()


def _draw_ratios(ax: Axes, panel: xr.Dataset, ratios: tuple[float, ...], title: str) -> None:
    """E_N over Δ by χ: published from the left solid, from the right dotted; consistent dashed."""
    for ratio, colour in zip(ratios, COLOURS, strict=False):
        for side, style in zip(SIDES, ("-", ":"), strict=True):
            values = _values(panel.sel(frequency_ratio=ratio), E_NAME, "published", side)
            label = rf"$\chi = {ratio}$" if side == "left" else None
            ax.plot(DETUNINGS / UNIT, values, style, color=colour, label=label)
    consistent = panel[E_NAME].sel(noise="consistent").max(["input_side", "frequency_ratio"])
    ax.plot(DETUNINGS / UNIT, consistent, "k--", label="all, consistent")
    least = float(panel["physicality"].sel(noise="published").min())
    ax.set(xlabel=AXIS, ylabel="$E_N$", title=f"{title}; solid: left, dotted: right")
    ax.legend(ncols=2, title=rf"published $V + i\Omega/2 \geq$ {number(round(least, 2))}")


def _draw_maps(first: Axes, second: Axes, panels: Panels, letter: str, side: str) -> None:
    """The published revival coefficient, and −ln 2ν⁻ of the consistent model."""
    panel = panels[letter].sel(input_side=side)
    draw_map(first, revival(panels, letter, side), LABELS, UNITS, "revival, published", letter)
    exponents = panel[EXPONENT_NAME].sel(noise="consistent")
    draw_map(second, exponents, LABELS, UNITS, f"{EXPONENT_LABEL}, consistent", letter)
    for ax, noise in ((first, "published"), (second, "consistent")):
        least = float(panel["physicality"].sel(noise=noise).min())
        words = number(float(f"{least:.2g}"))
        ax.set_title(rf"({letter})  from the {side}; $V + i\Omega/2 \geq$ {words}")


def _draw_gain(ax: Axes, scan: xr.Dataset) -> None:
    """Largest E_N over χ, static and spinning, over that of static, equal oscillators."""
    whole = float(scan["static"].sel(frequency_ratio=1.0, method="nearest"))
    curves = {label: (scan[name] / whole).values for label, name in GAINS.items()}
    ylabel = r"largest $E_N$ over that at $\chi=1$"
    draw_lines(ax, SCAN_RATIOS, curves, r"$\chi$", ylabel, "from the left, published")


def _draw_entanglement(ax: Axes, panel: xr.Dataset, title: str) -> None:
    """E_N over Δ, published from both sides, consistent the larger of the two."""
    values = {side: _values(panel, E_NAME, "published", side) for side in SIDES}
    curves = {f"from the {side}, published": values[side] for side in SIDES}
    curves["both, consistent"] = panel[E_NAME].sel(noise="consistent").max("input_side").values
    draw_lines(ax, DETUNINGS / UNIT, curves, AXIS, "$E_N$", title)
    ax.lines[-1].set(color="k", linestyle="--")
    ax.legend()


def _draw_exponents(ax: Axes, panel: xr.Dataset, letter: str) -> None:
    """−ln 2ν⁻ of both noises over Δ."""
    title = f"({letter})  both noises; entangled above 0"
    _draw_both_noises(ax, panel, EXPONENT_NAME, EXPONENT_LABEL, title)


def _draw_both_noises(ax: Axes, panel: xr.Dataset, name: str, ylabel: str, title: str) -> None:
    """A quantity from both sides over Δ: published solid, consistent dashed."""
    for noise in NOISES:
        for side, colour in zip(SIDES, COLOURS, strict=False):
            values = _values(panel, name, noise, side)
            ax.plot(DETUNINGS / UNIT, values, STYLES[noise], color=colour, label=f"{side}, {noise}")
    ax.axhline(0.0, color="0.6", lw=0.6, zorder=0)
    ax.set(xlabel=AXIS, ylabel=ylabel, title=title, ylim=(-0.6, 0.2))
    ax.legend(ncols=2, loc="upper center", columnspacing=1.0, handlelength=1.5)


def _draw_audit(ax: Axes, panel: xr.Dataset, letter: str) -> None:
    """Least eigenvalue of V + iΩ/2 of both noises over Δ; the least of all as text."""
    title = f"({letter})  audit: a state has none below 0"
    _draw_both_noises(ax, panel, "physicality", PHYSICALITY_LABEL, title)
    least = {noise: float(panel["physicality"].sel(noise=noise).min()) for noise in NOISES}
    words = {noise: number(float(f"{value:.2g}")) for noise, value in least.items()}
    text = "\n".join(f"least, {noise}: {words[noise]}" for noise in NOISES)
    ax.set_ylim(-0.33, 0.06)
    ax.text(0.5, 0.03, text, transform=ax.transAxes, ha="center", fontsize=7)


def _values(panel: xr.Dataset, name: str, noise: str, side: str) -> Array:
    return np.asarray(panel[name].sel(noise=noise, input_side=side).values)


def _mark_run_ends(axes: Array, place: float, panels: Panels, name: str) -> None:
    """The ends of a run with either noise, on E_N and, where there are two axes, −ln 2ν⁻."""
    for noise in NOISES:
        for ax, signed in zip(axes, (False, True), strict=False):
            mark_run_end(ax, place, panels[f"{name} {noise}"], E_N, signed)


def _labelled_by_appearance(runs: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Runs whose labels also say when E_N appears."""
    labelled = {}
    for label, run in runs.items():
        time = 1e9 * appearance_time(run, E_N)
        words = f"{time:.0f} ns" if np.isfinite(time) else "not in this run"
        labelled[f"{label}: {words}"] = run
    return labelled


def _draw_exponents_in_time(ax: Axes, panels: Panels, names: Mapping[str, str]) -> None:
    """−ln 2ν⁻ after switch-on: published solid, consistent dashed."""
    for (label, name), colour in zip(names.items(), COLOURS, strict=False):
        for noise, style in STYLES.items():
            shown = label if noise == "published" else "_"
            run = panels[f"{name} {noise}"]
            draw_run(ax, run, E_N, 1e-9, signed=True, color=colour, ls=style, label=shown)
    ax.axhline(0.0, color="0.6", lw=0.6, zorder=0)
    ax.set(xlabel="time after switch-on (ns)", ylabel=EXPONENT_LABEL, ylim=(-1.5, 0.2))
    ax.set_title("(b)  published solid, consistent dashed")
    ax.legend(loc="lower right")
