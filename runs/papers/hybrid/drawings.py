"""Figures 2 and 3 of the paper, drawn; panels that other figures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.constants import pi

from ....analysis.plots.style import BAND, COLOURS
from ....sde.support.checks import Array
from ..paper import Panels
from ..shared_drawings import mark_run_end
from .data import (
    COOPERATIVITY_PLUS,
    FINE_ANGLES,
    RATIOS,
    RUN_ANGLES,
    SIGNS,
    least_eigenvalue,
    regions,
)
from .systems import BATHS, BOTH, E_MINUS, E_PLUS, HALF, LABELS, NAMES, STYLES

BATH_COLOURS = (COLOURS[0], COLOURS[5])
"""Colours of hot baths and of vacuum."""
SHORTEST = 0.01
"""Shortest time until steering that is drawn, µs."""
ARROWS = {E_PLUS: r"$-\Rightarrow+$", E_MINUS: r"$+\Rightarrow-$"}
REGIONS = ListedColormap(["0.82", "#F7C6D0", "#1F3B73", "white"])
"""Colours of the regions, as in the paper."""
REGION_LABELS = ("none", r"$-\Rightarrow+$ only", r"$+\Rightarrow-$ only", "two-way")


def draw_figure_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–f, with trajectories at C_+ = C_−; the same regions in vacuum; runs."""
    axes = figure.subplots(4, 3)
    names = ("$C_-$", "$C_+$")
    for k, (sign, (label, _)) in enumerate(SIGNS.items()):
        hot, vacuum = (panels[f"{sign}_map_{bath}"] for bath in BATHS)
        runs = {bath: panels[f"{sign}_run_{bath}"] for bath in BATHS}
        draw_regions(axes[0, k], hot, 1.0, names, f"({'ace'[k]})  {label}, hot")
        title = f"({'bdf'[k]})  {label}, $C_-=50$"
        draw_cut(axes[1, k], RATIOS, panels[f"{sign}_cut"], "$C_+/C_-$", title)
        for measure in BOTH:
            mark_run_end(axes[1, k], 1.0, runs["hot"], measure)
        draw_regions(axes[2, k], vacuum, 1.0, names, f"{label}, vacuum baths")
        draw_rise(axes[3, k], runs, rf"{label}, $C_\pm=50$")
    _write_head(figure, panels)


def draw_figure_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–d, with trajectories; the same regions in vacuum; runs; times until steering."""
    axes = figure.subplots(5, 2)
    names = (r"$\theta_-/\pi$", r"$\theta_+/\pi$")
    for k, name in enumerate(COOPERATIVITY_PLUS):
        title = ("$C_+=C_-=50$", "$C_+=2C_-=100$")[k]
        hot, vacuum = (panels[f"{name}_map_{bath}"] for bath in BATHS)
        delays = {bath: panels[f"{name}_delay_{bath}"] for bath in BATHS}
        x = FINE_ANGLES / pi
        draw_regions(axes[0, k], hot, pi, names, f"({'ac'[k]})  {title}, hot")
        cut_title = rf"({'bd'[k]})  {title}, $\theta_-=0.35\pi$"
        draw_cut(axes[1, k], x, panels[f"{name}_cut"], names[1], cut_title)
        draw_regions(axes[2, k], vacuum, pi, names, f"{title}, vacuum baths")
        runs = {}
        for angle in RUN_ANGLES:
            place = f"{angle / pi:.2f}"
            run = panels[f"{name}_run_{place}"]
            runs[rf"$\theta_+={place}\pi$"] = run
            for measure in BOTH:
                mark_run_end(axes[1, k], angle / pi, run, measure)
        draw_rise(axes[3, k], runs, f"{title}, hot", (COLOURS[2], COLOURS[3]))
        draw_delays(axes[4, k], x, delays, names[1], f"{title}: time until steering")
    _write_head(figure, panels)


def _write_head(figure: Figure, panels: Panels) -> None:
    """Above the panels: the audit, and the colours of the regions."""
    words = rf"physical throughout: min eig$(V+i\Omega/2)$ = {least_eigenvalue(panels):.1g}"
    figure.suptitle(words, x=0.01, ha="left", fontsize=7)
    patches = [
        Patch(fc=REGIONS(k), ec="k", lw=0.4, label=label) for k, label in enumerate(REGION_LABELS)
    ]
    figure.legend(
        handles=patches, loc="outside upper right", ncols=len(REGION_LABELS), handlelength=1.0
    )


def draw_regions(
    ax: Axes, panel: xr.Dataset, units: float, labels: Sequence[str], title: str
) -> None:
    """Draw the regions of no, one-way and two-way steering over two parameters."""
    values = regions(panel)
    x, y = (panel[str(name)].values / units for name in values.dims)
    ax.pcolormesh(x, y, values.values.T, cmap=REGIONS, vmin=-0.5, vmax=3.5, rasterized=True)
    for measure, style in STYLES.items():
        product = panel[NAMES[measure]].values.T
        ax.contour(x, y, product, [HALF], colors="k", linestyles=style, linewidths=0.8)
    ax.set(xlabel=labels[0], ylabel=labels[1], title=title)


def draw_cut(ax: Axes, x: Array, cut: xr.Dataset, xlabel: str, title: str) -> None:
    """Products and bare variances over a parameter."""
    for measure, style in STYLES.items():
        product = cut[NAMES[measure]].values
        ax.plot(x, product, color=COLOURS[0], ls=style, lw=1.8, label=LABELS[measure])
    for mode, sign, style in (("plus", "+", "--"), ("minus", "-", "-")):
        bare = cut[f"bare_{mode}"].values
        label = rf"$\Delta^2X_{{{sign}0}}$"
        ax.plot(x, bare, color=COLOURS[5], ls=style, lw=0.9, label=label)
    ax.axhline(HALF, color="0.6", lw=0.6)
    ax.set(xlabel=xlabel, ylabel=r"$E$ and $\Delta^2X_{\pm0}$", title=title, ylim=(0.3, 1.6))
    ax.legend(ncols=2, loc="upper right")


def draw_rise(
    ax: Axes, runs: Mapping[str, xr.Dataset], title: str, colours: Sequence[str] = BATH_COLOURS
) -> None:
    """Both products after switch-on, by the labels of the runs.

    Dots are trajectories with their error bars, lines the moment equation.
    """
    for (label, run), colour in zip(runs.items(), colours, strict=True):
        for measure, style in STYLES.items():
            times = run["time"].values * 1e6
            line = run[f"{measure}_linear"].values
            some = slice(3 if measure == E_PLUS else 6, None, 6)
            value = run[measure].values[some]
            error = BAND * run[f"{measure}_stderr"].values[some]
            ax.errorbar(times[some], value, yerr=error, fmt=".", ms=3.5, lw=0.7, color=colour)
            name = f"{LABELS[measure]}, {label}"
            ax.plot(times, line, color=colour, ls=style, lw=1.0, label=name)
    ax.axhline(HALF, color="0.6", lw=0.6)
    ax.set(xlabel="time after switch-on (µs)", ylabel="E", ylim=(0.0, 2.0), title=title)
    ax.legend(loc="upper right")


def draw_delays(
    ax: Axes, x: Array, delays: Mapping[str, xr.Dataset], xlabel: str, title: str
) -> None:
    """Times from which steering stays, both directions, by bath; at the lower edge, at once."""
    for (label, delay), colour in zip(delays.items(), BATH_COLOURS, strict=True):
        for measure, arrow in ARROWS.items():
            times = np.maximum(1e6 * delay[NAMES[measure]].values, SHORTEST)
            ax.plot(x, times, color=colour, ls=STYLES[measure], label=f"{arrow}, {label}")
    ax.set(xlabel=xlabel, ylabel="time after switch-on (µs)", title=title)
    ax.set(yscale="log", ylim=(SHORTEST, 100.0))
    ax.legend()
