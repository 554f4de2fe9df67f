"""The figures of the microrings' paper: computed and drawn; what they show is judged in `microrings`."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ...sde.polynomial import Array
from ...sde.systems.microrings import MHZ, Microrings
from .panels import draw_lines, draw_map, draw_times, mark_end, steady, switched_on
from .paper import Panels, Plate

RINGS = Microrings.published()
STEERED = Microrings.published(decay_a=2.5 * MHZ)
"""Fig. 5: κ_b = 2κ_a = 2π × 5 MHz."""
UNEVEN = Microrings.published(decay_b=10 * MHZ)
DETUNINGS = MHZ * np.linspace(0.0, 200.0, 401)
PLANE = MHZ * np.linspace(20.0, 200.0, 91)
COUPLINGS, DRIVES = MHZ * np.linspace(1.0, 40.0, 79), MHZ * np.linspace(0.5, 20.0, 79)
DECAYS = MHZ * np.linspace(1.0, 15.0, 71)
RATIOS = np.linspace(0.3, 3.0, 271)
E, AB, BA = "log_negativity(a, b)", "steering(a, b)", "steering(b, a)"
PEAK = 115 * MHZ
RUN = {"duration": 16 / RINGS.decay_a, "step": 0.02 / RINGS.decay_a, "trajectories": 32768}
SYMBOLS = {
    "detuning_a": r"$\Delta_a/2\pi$ (MHz)",
    "detuning_b": r"$\Delta_b/2\pi$ (MHz)",
    "coupling": r"$J/2\pi$ (MHz)",
    "two_photon_drive": r"$\Omega_b/2\pi$ (MHz)",
    "decay_a": r"$\kappa_a/2\pi$ (MHz)",
    "decay_b": r"$\kappa_b/2\pi$ (MHz)",
}
UNITS = dict.fromkeys(SYMBOLS, MHZ)


def figure_2(threads: int) -> Panels:
    """E_N over Δ_a, both couplings, both directions."""
    axes = {"coupling": MHZ * np.array([15.0, 35.0]), "detuning_a": DETUNINGS}
    ways = {"forward": RINGS, "backward": RINGS.backward()}
    curves = {way: steady(rings, axes, [E], threads) for way, rings in ways.items()}
    return curves | {f"{way}_run": switched_on(rings, [E], threads=threads, **RUN) for way, rings in ways.items()}


def figure_3(threads: int) -> Panels:
    """E_N over detunings, over J and Ω_b, over decay rates."""
    return {
        "a": steady(RINGS, {"detuning_a": PLANE, "detuning_b": -PLANE}, [E], threads),
        "b": steady(RINGS, {"coupling": COUPLINGS, "two_photon_drive": DRIVES}, [E], threads),
        "c": steady(RINGS, {"decay_a": DECAYS, "decay_b": DECAYS}, [E], threads),
        "run": switched_on(RINGS, [E], threads=threads, **RUN),
    }


def figure_4(threads: int) -> Panels:
    """Steering over the decay rates, and along κ_b/κ_a with κ_a/2π = 5 MHz."""
    return {
        "ab": steady(RINGS, {"decay_a": DECAYS, "decay_b": DECAYS}, [AB, BA], threads),
        "cd": _along("decay_b", RATIOS * RINGS.decay_a, RINGS, threads),
        "run": switched_on(UNEVEN, [E, AB, BA], threads=threads, **RUN),
    }


def figure_5(threads: int) -> Panels:
    """Steering over detunings, and over J and Ω_b; all measures along Δ_b/Δ_a."""
    ratios = -np.linspace(0.5, 1.5, 401)
    return {
        "a": steady(STEERED, {"detuning_a": PLANE, "detuning_b": -PLANE}, [AB, BA], threads),
        "b": steady(STEERED, {"coupling": COUPLINGS, "two_photon_drive": DRIVES}, [AB, BA], threads),
        "cd": _along("detuning_b", ratios * STEERED.detuning_a, STEERED, threads),
        "run": switched_on(STEERED, [E, AB, BA], threads=threads, **RUN),
    }


def draw_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2, with trajectories at Δ_a/2π = 115 MHz, J/2π = 35 MHz; and how long they take from switch-on."""
    ax, beside = figure.subplots(1, 2)
    x = panels["forward"]["detuning_a"].values / MHZ
    curves = {
        f"{way}, J/2π = {J} MHz": panels[way]["log_negativity_a_b"].values[k]
        for way in ("forward", "backward")
        for k, J in enumerate((15, 35))
    }
    draw_lines(ax, x, curves, r"$\Delta_a/2\pi$ (MHz)", "$E_N$")
    mark_end(ax, 115.0, panels["forward_run"], E)
    draw_times(beside, {way: panels[f"{way}_run"] for way in ("forward", "backward")}, E, "$E_N$")


def draw_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–c."""
    for ax, letter in zip(figure.subplots(1, 3), "abc", strict=True):
        draw_map(ax, panels[letter]["log_negativity_a_b"], SYMBOLS, UNITS, "$E_N$", letter)


def draw_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a–d, with trajectories at κ_b = 2κ_a."""
    first, second, third, fourth = np.ravel(figure.subplots(2, 2))
    draw_map(first, panels["ab"]["steering_a_b"], SYMBOLS, UNITS, r"$G_{a\to b}$", "a")
    draw_map(second, panels["ab"]["steering_b_a"], SYMBOLS, UNITS, r"$G_{b\to a}$", "b")
    draw_lines(third, RATIOS, _measures(panels["cd"]), r"$\kappa_b/\kappa_a$", title="(c)")
    for name in (E, AB, BA):
        mark_end(third, 2.0, panels["run"], name)
    draw_lines(fourth, RATIOS, _populations(panels["cd"]), r"$\kappa_b/\kappa_a$", title="(d)")
    fourth.set_yscale("log")


def draw_5(figure: Figure, panels: Panels) -> None:
    """Fig. 5a–d, with trajectories at Δ_b = −Δ_a."""
    first, second, third, fourth = np.ravel(figure.subplots(2, 2))
    draw_map(first, panels["a"]["steering_a_b"], SYMBOLS, UNITS, r"$G_{a\to b}$", "a")
    draw_map(second, panels["b"]["steering_a_b"], SYMBOLS, UNITS, r"$G_{a\to b}$", "b")
    ratios = panels["cd"]["detuning_b"].values / STEERED.detuning_a
    draw_lines(third, ratios, _measures(panels["cd"]), r"$\Delta_b/\Delta_a$", title="(c)")
    for name in (E, AB, BA):
        mark_end(third, -1.0, panels["run"], name)
    draw_lines(fourth, ratios, _populations(panels["cd"]), r"$\Delta_b/\Delta_a$", title="(d)")


def _along(name: str, values: Array, rings: Microrings, threads: int) -> xr.Dataset:
    return steady(rings, {name: values}, [E, AB, BA, "populations"], threads)


def _measures(data: xr.Dataset) -> dict[str, Array]:
    names = {"$E_N$": "log_negativity_a_b", r"$G_{a\to b}$": "steering_a_b", r"$G_{b\to a}$": "steering_b_a"}
    return {label: data[name].values for label, name in names.items()}


def _populations(data: xr.Dataset) -> dict[str, Array]:
    return {f"population $P_{mode}$": data["populations"].sel(mode=mode).values for mode in "ab"}


PLATES = (
    Plate("2", (2, 1), figure_2, draw_2, "beside it, the same after the two-photon drive is switched on"),
    Plate("3", (3, 1), figure_3, draw_3, "the ranges of the axes are ours"),
    Plate("4", (2, 2), figure_4, draw_4, "the ranges of a, b and of κ_b/κ_a are ours"),
    Plate("5", (2, 2), figure_5, draw_5, "the ranges of a and b are ours"),
)
