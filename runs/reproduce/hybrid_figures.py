"""Steering of the hybrid oscillators over cooperativities and angles, and after switch-on: Figs. 2
and 3.

Computed and drawn; what they show is judged in `hybrid`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.constants import pi

from ...analysis import gaussian
from ...analysis.plots import BAND, COLOURS
from ...sde.initial_states import start_state
from ...sde.moments.propagation import propagate
from ...sde.support.checks import Array
from ...sde.systems.hybrid import HybridOscillators
from .hybrid_optima import VACUUM
from .panels import mark_end, steady, switched_on
from .paper import Panels, Plate, crossings

HALF = 0.5 * (1 - 1e-9)
"""Below it, a product E shows steering: ½, less what rounding may do."""
PLUS, MINUS = "reid(minus, plus)", "reid(plus, minus)"
"""E_{+|−}, by which minus steers plus, and E_{−|+}, by which plus steers minus."""
NAMES = {PLUS: "reid_minus_plus", MINUS: "reid_plus_minus"}
LABELS = {PLUS: "$E_{+|-}$", MINUS: "$E_{-|+}$"}
DASHES = {PLUS: "--", MINUS: "-"}
VARIANCES = [
    "covariance(minus.X, minus.X)",
    "covariance(plus.X, plus.X)",
    "covariance(minus.X, plus.X)",
]
HYBRID = HybridOscillators.published()
BATHS = {
    "hot": HYBRID,
    "vacuum": HYBRID.replace(
        **{f"{name}_{mode}": v for name, v in VACUUM.items() for mode in ("minus", "plus")}
    ),
}
SIGNS = {
    "zero": ("f = 0", 0.35 * pi),
    "positive": ("f > 0", 0.30 * pi),
    "negative": ("f < 0", 0.40 * pi),
}
"""θ_+ of the three columns of Fig. 2, by the sign of f."""
COOPERATIVITIES = np.linspace(1.0, 100.0, 100)
RATIOS = np.linspace(0.02, 4.0, 200)
ANGLES = pi * np.linspace(0.25, 0.5, 76)
FINE = pi * np.linspace(0.25, 0.5, 201)
FIXED = {"equal": 50.0, "double": 100.0}
"""C_+ of the two columns of Fig. 3, C_− being 50."""
MARKED = (0.30 * pi, 0.40 * pi)
"""θ_+ of the trajectories of Fig. 3."""
TIMES = np.concatenate([[0.0], np.geomspace(1e-8, 1e-3, 1200)])
"""After switch-on, s."""
PAIR = (COLOURS[0], COLOURS[5])
"""Colours of hot baths and of vacuum."""
SOON = 0.01
"""The shortest time until steering that is drawn, µs."""
RUN: dict[str, Any] = {"duration": 25e-6, "step": 0.1e-6, "trajectories": 2**16}
REGIONS = ListedColormap(["0.82", "#F7C6D0", "#1F3B73", "white"])
"""No steering, minus steers plus alone, plus steers minus alone, two-way, as in the paper."""
PATCHES = ("none", r"$-\Rightarrow+$ only", r"$+\Rightarrow-$ only", "two-way")


def figure_2(threads: int) -> Panels:
    """Products over the cooperativities, and along C_+/C_−, for the three signs of f; hot and
    vacuum; in time.
    """
    panels: dict[str, xr.Dataset] = {}
    plane = {"cooperativity_minus": COOPERATIVITIES, "cooperativity_plus": COOPERATIVITIES}
    for sign, (_, angle) in SIGNS.items():
        for bath, system in BATHS.items():
            here = system.replace(angle_plus=angle)
            panels[f"{sign}_map_{bath}"] = steady(here, plane, [PLUS, MINUS], threads)
            panels[f"{sign}_run_{bath}"] = switched_on(
                here, [PLUS, MINUS, *VARIANCES], threads=threads, **RUN
            )
        panels[f"{sign}_cut"] = _cut(
            HYBRID.replace(angle_plus=angle), "cooperativity_plus", 50.0 * RATIOS, threads
        )
    return panels


def figure_3(threads: int) -> Panels:
    """Products over the angles, and along θ_+, for C_+ = C_− and 2C_−; hot and vacuum; in time."""
    panels: dict[str, xr.Dataset] = {}
    plane = {"angle_minus": ANGLES, "angle_plus": ANGLES}
    for name, cooperativity in FIXED.items():
        for bath, system in BATHS.items():
            here = system.replace(cooperativity_plus=cooperativity)
            panels[f"{name}_map_{bath}"] = steady(here, plane, [PLUS, MINUS], threads)
            panels[f"{name}_delay_{bath}"] = appearance(
                here.replace(angle_plus=FINE), "angle_plus", FINE
            )
        here = HYBRID.replace(cooperativity_plus=cooperativity)
        panels[f"{name}_cut"] = _cut(here, "angle_plus", FINE, threads)
        for angle in MARKED:
            panels[f"{name}_run_{angle / pi:.2f}"] = switched_on(
                here.replace(angle_plus=angle), [PLUS, MINUS], threads=threads, **RUN
            )
    return panels


def _cut(system: HybridOscillators, name: str, values: Array, threads: int) -> xr.Dataset:
    """Products along a parameter, the variances of both oscillators, and that of the second one by
    itself.

    With all light lost in between, the second oscillator meets vacuum alone.
    """
    found = steady(system, {name: values}, [PLUS, MINUS, "populations"], threads)
    alone = steady(system.replace(transmission_loss=1.0), {name: values}, ["populations"], threads)
    bare = alone["populations"] + 0.5
    return found.assign(
        bare_minus=bare.sel(mode="minus", drop=True), bare_plus=bare.sel(mode="plus", drop=True)
    )


def appearance(system: HybridOscillators, name: str, values: Array) -> xr.Dataset:
    """Times after switch-on, s, from which steering is there to stay, along a parameter, by the
    moment equation.

    Read between the samples, where −ln 2E last crosses zero: 0 if it is there at once, NaN if not
    at the last time.
    """
    model = system.model()
    _, V = propagate(model, start_state(system, "dark", None), TIMES)
    products = {PLUS: gaussian.reid(V, [0], 1), MINUS: gaussian.reid(V, [1], 0)}
    return xr.Dataset(
        {
            NAMES[word]: (name, np.array([_stays(-np.log(E / HALF)) for E in product.T]))
            for word, product in products.items()
        },
        coords={name: values},
    )


def _stays(signed: Array) -> float:
    """The time from which −ln 2E stays positive."""
    found = crossings(TIMES, signed)
    if signed[-1] <= 0:
        return np.nan
    return float(found[-1]) if len(found) else 0.0


def regions(panel: xr.Dataset) -> xr.DataArray:
    """0 no steering, 1 minus steers plus alone, 2 plus steers minus alone, 3 two-way."""
    steered = (panel[NAMES[PLUS]] < HALF).astype(int) + 2 * (panel[NAMES[MINUS]] < HALF).astype(int)
    return steered.rename("region")


def draw_regions(
    ax: Axes, panel: xr.Dataset, units: float, labels: Sequence[str], title: str
) -> None:
    """Who steers whom over two parameters."""
    values = regions(panel)
    x, y = (panel[str(name)].values / units for name in values.dims)
    ax.pcolormesh(x, y, values.values.T, cmap=REGIONS, vmin=-0.5, vmax=3.5, rasterized=True)
    for word in (PLUS, MINUS):
        ax.contour(
            x,
            y,
            panel[NAMES[word]].values.T,
            [HALF],
            colors="k",
            linestyles=DASHES[word],
            linewidths=0.8,
        )
    ax.set(xlabel=labels[0], ylabel=labels[1], title=title)


def draw_cut(ax: Axes, x: Array, cut: xr.Dataset, xlabel: str, title: str) -> None:
    """Products and the oscillators' bare variances along a parameter."""
    for word in (PLUS, MINUS):
        ax.plot(
            x,
            cut[NAMES[word]].values,
            color=COLOURS[0],
            ls=DASHES[word],
            lw=1.8,
            label=LABELS[word],
        )
    for mode, style in (("plus", "--"), ("minus", "-")):
        sign = "+" if mode == "plus" else "-"
        ax.plot(
            x,
            cut[f"bare_{mode}"].values,
            color=COLOURS[5],
            ls=style,
            lw=0.9,
            label=rf"$\Delta^2X_{{{sign}0}}$",
        )
    ax.axhline(HALF, color="0.6", lw=0.6)
    ax.set(xlabel=xlabel, ylabel=r"$E$ and $\Delta^2X_{\pm0}$", title=title, ylim=(0.3, 1.6))
    ax.legend(ncols=2, loc="upper right")


def draw_rise(
    ax: Axes, runs: Mapping[str, xr.Dataset], title: str, colours: Sequence[str] = PAIR
) -> None:
    """Both products after switch-on by the labels of the runs: dots are trajectories, lines the
    moment equation.
    """
    for (label, run), colour in zip(runs.items(), colours, strict=True):
        for word in (PLUS, MINUS):
            times, line = run["time"].values * 1e6, run[f"{word}_linear"].values
            some = slice(3 if word == PLUS else 6, None, 6)
            value, error = run[word].values[some], BAND * run[f"{word}_stderr"].values[some]
            ax.errorbar(times[some], value, yerr=error, fmt=".", ms=3.5, lw=0.7, color=colour)
            ax.plot(
                times, line, color=colour, ls=DASHES[word], lw=1.0, label=f"{LABELS[word]}, {label}"
            )
    ax.axhline(HALF, color="0.6", lw=0.6)
    ax.set(xlabel="time after switch-on (µs)", ylabel="E", ylim=(0.0, 2.0), title=title)
    ax.legend(loc="upper right")


def audit(panels: Panels) -> float:
    """Least eigenvalue of V + iΩ/2 over all steady states of a figure, to nine digits: 0 for a pure
    state.
    """
    least = min(
        float(panel["physicality"].min()) for panel in panels.values() if "physicality" in panel
    )
    return round(least, 9) + 0.0


def draw_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–f, with trajectories at C_+ = C_−; the same regions in vacuum; and after switch-on."""
    axes = figure.subplots(4, 3)
    names = ("$C_-$", "$C_+$")
    for k, (sign, (label, _)) in enumerate(SIGNS.items()):
        top, bottom = "ace"[k], "bdf"[k]
        draw_regions(axes[0, k], panels[f"{sign}_map_hot"], 1.0, names, f"({top})  {label}, hot")
        draw_cut(
            axes[1, k], RATIOS, panels[f"{sign}_cut"], "$C_+/C_-$", f"({bottom})  {label}, $C_-=50$"
        )
        for word in (PLUS, MINUS):
            mark_end(axes[1, k], 1.0, panels[f"{sign}_run_hot"], word)
        draw_regions(axes[2, k], panels[f"{sign}_map_vacuum"], 1.0, names, f"{label}, vacuum baths")
        draw_rise(
            axes[3, k],
            {bath: panels[f"{sign}_run_{bath}"] for bath in BATHS},
            f"{label}, $C_\\pm=50$",
        )
    _head(figure, panels)


def draw_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–d, with trajectories; the same regions in vacuum; after switch-on; and how long
    steering takes.
    """
    axes = figure.subplots(5, 2)
    names = (r"$\theta_-/\pi$", r"$\theta_+/\pi$")
    for k, name in enumerate(FIXED):
        title = ("$C_+=C_-=50$", "$C_+=2C_-=100$")[k]
        draw_regions(axes[0, k], panels[f"{name}_map_hot"], pi, names, f"({'ac'[k]})  {title}, hot")
        draw_cut(
            axes[1, k],
            FINE / pi,
            panels[f"{name}_cut"],
            names[1],
            f"({'bd'[k]})  {title}, $\\theta_-=0.35\\pi$",
        )
        for angle in MARKED:
            for word in (PLUS, MINUS):
                mark_end(axes[1, k], angle / pi, panels[f"{name}_run_{angle / pi:.2f}"], word)
        draw_regions(axes[2, k], panels[f"{name}_map_vacuum"], pi, names, f"{title}, vacuum baths")
        runs = {
            rf"$\theta_+={angle / pi:.2f}\pi$": panels[f"{name}_run_{angle / pi:.2f}"]
            for angle in MARKED
        }
        draw_rise(axes[3, k], runs, f"{title}, hot", (COLOURS[2], COLOURS[3]))
        delays = {bath: panels[f"{name}_delay_{bath}"] for bath in BATHS}
        draw_delays(axes[4, k], FINE / pi, delays, names[1], f"{title}: time until steering")
    _head(figure, panels)


def _head(figure: Figure, panels: Panels) -> None:
    """Above the panels: the audit, and the colours of the regions."""
    words = f"physical throughout: min eig$(V+i\\Omega/2)$ = {audit(panels):.1g}"
    figure.suptitle(words, x=0.01, ha="left", fontsize=7)
    patches = [Patch(fc=REGIONS(k), ec="k", lw=0.4, label=label) for k, label in enumerate(PATCHES)]
    figure.legend(handles=patches, loc="outside upper right", ncols=len(PATCHES), handlelength=1.0)


def draw_delays(
    ax: Axes, x: Array, delays: Mapping[str, xr.Dataset], xlabel: str, title: str
) -> None:
    """Times from which steering stays, in each direction, by the labels of the baths; at the lower
    edge, at once.
    """
    for (label, delay), colour in zip(delays.items(), PAIR, strict=True):
        for word, arrow in ((PLUS, r"$-\Rightarrow+$"), (MINUS, r"$+\Rightarrow-$")):
            ax.plot(
                x,
                np.maximum(1e6 * delay[NAMES[word]].values, SOON),
                color=colour,
                ls=DASHES[word],
                label=f"{arrow}, {label}",
            )
    ax.set(
        xlabel=xlabel,
        ylabel="time after switch-on (µs)",
        yscale="log",
        title=title,
        ylim=(SOON, 100.0),
    )
    ax.legend()


NOTE = (
    "axes of the planes are ours; below, the same for baths in vacuum, and the products after the "
    "light is switched on"
)
PLATES = (
    Plate("2", (3, 4), figure_2, draw_2, f"C_± from 1 to 100, {NOTE}"),
    Plate(
        "3",
        (2, 5),
        figure_3,
        draw_3,
        f"θ_± from π/4 to π/2, {NOTE}; last row, when steering in a direction is there to stay",
    ),
)
