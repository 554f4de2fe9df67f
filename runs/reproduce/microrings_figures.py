"""The figures of the microrings' paper: computed and drawn; what they show is judged in
`microrings`.

Trajectories of a linear system have plain error bars alone. Over time −ln 2ν is drawn, whose
positive part is E_N or steering: cut off at zero, its estimate would be too large wherever it
vanishes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...analysis.plots.style import BAND, COLOURS, number
from ...sde.labels import time_unit
from ...sde.support.checks import Array
from ...sde.systems.microrings import MHZ, Microrings
from .panels import draw_lines, draw_map, draw_times, mark_end, steady, switched_on
from .paper import Panels, Plate, bound, crossings

RINGS = Microrings.published()
WEAK = Microrings.published(coupling=15 * MHZ)
STEERED = Microrings.published(decay_a=2.5 * MHZ)
"""Fig. 5: κ_b = 2κ_a = 2π × 5 MHz."""
SHARES = (2.0, 0.5)
"""κ_b/κ_a of the trajectories of Fig. 4."""
DETUNINGS = MHZ * np.linspace(0.0, 200.0, 401)
PLANE = MHZ * np.linspace(-200.0, 200.0, 161)
COUPLINGS, DRIVES = MHZ * np.linspace(1.0, 40.0, 79), MHZ * np.linspace(0.5, 20.0, 79)
DECAYS = MHZ * np.linspace(1.0, 15.0, 71)
AROUND = MHZ * np.linspace(100.0, 120.0, 41)
RATIOS = np.linspace(0.3, 3.0, 271)
E, AB, BA = "log_negativity(a, b)", "steering(a, b)", "steering(b, a)"
CROSS = tuple(f"covariance(a.{one}, b.{other})" for one in "XY" for other in "XY")
NAMES = {E: r"$E_N$", AB: r"$G_{a\to b}$", BA: r"$G_{b\to a}$"}
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
    """E_N over Δ_a, both couplings, both directions; and after switch-on at Δ_a/2π = 115 MHz."""
    axes = {"coupling": [WEAK.coupling, RINGS.coupling], "detuning_a": DETUNINGS}
    runs = {"forward_run": RINGS, "weak_run": WEAK}
    return {
        "forward": steady(RINGS, axes, [E], threads),
        "backward": steady(RINGS.backward(), axes, [E], threads),
        **{name: switched_on(rings, [E], threads=threads, **RUN) for name, rings in runs.items()},
        "backward_run": switched_on(RINGS.backward(), [E, *CROSS], threads=threads, **RUN),
    }


def figure_3(threads: int) -> Panels:
    """E_N over detunings, over J and Ω_b, over decay rates; and after switch-on where it is largest
    over detunings.
    """
    plane = steady(RINGS, {"detuning_a": PLANE, "detuning_b": PLANE}, [E], threads)
    best = largest(plane["log_negativity_a_b"])
    rings = RINGS.replace(
        detuning_a=float(best["detuning_a"]), detuning_b=float(best["detuning_b"])
    )
    duration = 1 / float(plane["margin"].sel(best.coords))
    run = switched_on(
        rings, [E], duration=duration, step=duration / 600, trajectories=16384, threads=threads
    )
    return {
        "a": plane,
        "b": steady(RINGS, {"coupling": COUPLINGS, "two_photon_drive": DRIVES}, [E], threads),
        "c": steady(RINGS, {"decay_a": DECAYS, "decay_b": DECAYS}, [E], threads),
        "followed": _followed(RINGS, E, threads),
        "run": run,
    }


def figure_4(threads: int) -> Panels:
    """Steering over the decay rates, and along κ_b/κ_a with κ_a/2π = 5 MHz; and after switch-on,
    either way.
    """
    runs = {
        f"run {share}": switched_on(
            RINGS.replace(decay_b=share * RINGS.decay_a), [E, AB, BA], threads=threads, **RUN
        )
        for share in SHARES
    }
    return runs | {
        "ab": steady(RINGS, {"decay_a": DECAYS, "decay_b": DECAYS}, [AB, BA], threads),
        "cd": _along("decay_b", RATIOS * RINGS.decay_a, RINGS, threads),
    }


def figure_5(threads: int) -> Panels:
    """Steering over detunings, and over J and Ω_b; all measures along Δ_b/Δ_a; and after switch-on."""
    ratios = -np.linspace(0.5, 1.5, 401)
    return {
        "a": steady(STEERED, {"detuning_a": PLANE, "detuning_b": PLANE}, [AB], threads),
        "b": steady(STEERED, {"coupling": COUPLINGS, "two_photon_drive": DRIVES}, [AB], threads),
        "followed": _followed(STEERED, AB, threads),
        "cd": _along("detuning_b", ratios * STEERED.detuning_a, STEERED, threads),
        "run": switched_on(STEERED, [E, AB, BA], threads=threads, **RUN),
    }


def _followed(rings: Microrings, words: str, threads: int) -> xr.Dataset:
    """The largest value over Δ_a for every J and Ω_b, where every Δ_a has a steady state."""
    axes = {"coupling": COUPLINGS[::4], "two_photon_drive": DRIVES[::4], "detuning_a": AROUND}
    found = steady(rings, axes, [words], threads)
    return found.max("detuning_a").where(found["stable"].all("detuning_a"))


def bogoliubov() -> tuple[float, float, float]:
    """Δ_β, J₊ and J₋ in MHz, from the drift in the quadratures e^s X_b, e^−s Y_b that turn like
    those of one mode.
    """
    A = np.asarray(RINGS.model().mean_level.A) / MHZ
    s = 0.25 * np.log(-A[3, 2] / A[2, 3])
    T = np.diag([1.0, 1.0, np.exp(s), np.exp(-s)])
    turned = T @ A @ np.linalg.inv(T)
    return turned[2, 3], (turned[0, 3] - turned[1, 2]) / 2, (turned[0, 3] + turned[1, 2]) / 2


def coupling_for(height: float) -> float:
    """J/2π in MHz at which E_N at Δ_a/2π = 115 MHz has this value."""
    couplings = MHZ * np.linspace(5, 40, 351)
    values = steady(RINGS, {"coupling": couplings}, [E], 1)["log_negativity_a_b"].values
    return float(crossings(couplings, values, height)[0]) / MHZ


def largest(plane: xr.DataArray) -> xr.DataArray:
    """The largest value over Δ_a > 0 and Δ_b, with its place."""
    half = plane.sel(detuning_a=slice(0.0, None))
    i, j = np.unravel_index(np.nanargmax(half.values), half.shape)
    return half[int(i), int(j)]


def physicality(panels: Panels) -> float:
    """The least eigenvalue of V + iΩ/2 of all steady states of a figure."""
    return min(
        float(panel["physicality"].min()) for panel in panels.values() if "physicality" in panel
    )


def steps(values: Array, axis: int, sign: int) -> tuple[Array, Array]:
    """The steps along an axis with values above zero, and those of them that do not go the way of
    `sign`.
    """
    change = sign * np.diff(values, axis=axis)
    pairs = np.moveaxis(values, axis, 0)
    there = np.isfinite(change) & np.moveaxis(np.maximum(pairs[1:], pairs[:-1]) > 0, 0, axis)
    return there, there & (change < -1e-12)


def audit(least: float) -> str:
    """The least eigenvalue of V + iΩ/2 in words; of the vacuum it is zero."""
    return f"{least:.1e}" if abs(least) > 1e-9 else f"0 within {bound(least)}"


def draw_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2, with trajectories at Δ_a/2π = 115 MHz; and how long they take from switch-on, forward
    and backward.
    """
    ax, beside, behind = figure.subplots(1, 3)
    x = panels["forward"]["detuning_a"].values / MHZ
    curves = {
        f"{way}, J/2π = {J} MHz": panels[way]["log_negativity_a_b"].values[k]
        for way in ("forward", "backward")
        for k, J in enumerate((15, 35))
    }
    draw_lines(ax, x, curves, r"$\Delta_a/2\pi$ (MHz)", "$E_N$")
    ax.lines[-1].set_linestyle("--")
    ax.legend(loc="upper left")
    for name in ("weak_run", "forward_run", "backward_run"):
        mark_end(ax, PEAK / MHZ, panels[name], E)
    runs = {"J/2π = 15 MHz": panels["weak_run"], "J/2π = 35 MHz": panels["forward_run"]}
    draw_times(beside, runs, E, "$E_N$")
    beside.set_title("forward")
    _draw_signed(behind, panels["backward_run"], {E: r"$-\ln 2\nu^-$"}, "backward, J/2π = 35 MHz")
    _audit(figure, panels)


def draw_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–c, and E_N after switch-on where Fig. 3a is largest, next to the threshold."""
    axes = np.ravel(figure.subplots(2, 2))
    for ax, letter in zip(axes, "abc", strict=False):
        draw_map(ax, panels[letter]["log_negativity_a_b"], SYMBOLS, UNITS, "$E_N$", letter)
    best = largest(panels["a"]["log_negativity_a_b"])
    place = ", ".join(f"{float(best[name]) / MHZ:.0f}" for name in ("detuning_a", "detuning_b"))
    _draw_signed(axes[3], panels["run"], {E: NAMES[E]}, f"largest of (a), at ({place}) MHz")
    axes[3].axhline(float(best), color="k", ls="--", lw=0.8, label="steady state")
    axes[3].legend()
    _audit(figure, panels)


def draw_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a–d, with trajectories at κ_b = 2κ_a and κ_b = κ_a/2, also in time."""
    axes = np.ravel(figure.subplots(2, 3))
    draw_map(axes[0], panels["ab"]["steering_a_b"], SYMBOLS, UNITS, NAMES[AB], "a")
    draw_map(axes[1], panels["ab"]["steering_b_a"], SYMBOLS, UNITS, NAMES[BA], "b")
    draw_lines(
        axes[3], RATIOS, _measures(panels["cd"]), r"$\kappa_b/\kappa_a$", "$E_N$, $G$ (nats)", "(c)"
    )
    draw_lines(
        axes[4], RATIOS, _populations(panels["cd"]), r"$\kappa_b/\kappa_a$", "population", "(d)"
    )
    axes[4].set_yscale("log")
    for ax, share in zip((axes[2], axes[5]), SHARES, strict=True):
        run = panels[f"run {share}"]
        for name in NAMES:
            mark_end(axes[3], share, run, name)
        _draw_signed(ax, run, NAMES, rf"$\kappa_b/\kappa_a$ = {share}")
    _audit(figure, panels)


def draw_5(figure: Figure, panels: Panels) -> None:
    """Fig. 5a–d, with trajectories at Δ_b = −Δ_a, also in time."""
    axes = np.ravel(figure.subplots(2, 3))
    draw_map(axes[0], panels["a"]["steering_a_b"], SYMBOLS, UNITS, NAMES[AB], "a")
    draw_map(axes[1], panels["b"]["steering_a_b"], SYMBOLS, UNITS, NAMES[AB], "b")
    ratios = panels["cd"]["detuning_b"].values / STEERED.detuning_a
    draw_lines(
        axes[3], ratios, _measures(panels["cd"]), r"$\Delta_b/\Delta_a$", "$E_N$, $G$ (nats)", "(c)"
    )
    for name in NAMES:
        mark_end(axes[3], -1.0, panels["run"], name)
    draw_lines(
        axes[4], ratios, _populations(panels["cd"]), r"$\Delta_b/\Delta_a$", "population", "(d)"
    )
    axes[4].legend(loc="upper left")
    _draw_signed(axes[2], panels["run"], NAMES, r"$\Delta_b = -\Delta_a$")
    draw_map(
        axes[5],
        panels["followed"]["steering_a_b"],
        SYMBOLS,
        UNITS,
        NAMES[AB],
        r"b, at the best $\Delta_a$",
    )
    _audit(figure, panels)


def _draw_signed(ax: Axes, run: xr.Dataset, names: Mapping[str, str], title: str) -> None:
    """Quantities of one run after switch-on as −ln 2ν, with sign: bands are trajectories, lines the
    moment equation.
    """
    size, unit = time_unit(float(run["time"][-1]))
    times = run["time"].values / size
    for (words, label), colour in zip(names.items(), COLOURS, strict=False):
        value, error = run[f"{words}_signed"].values, BAND * run[f"{words}_stderr"].values
        ax.fill_between(times, value - error, value + error, color=colour, alpha=0.3, lw=0)
        ax.plot(times, run[f"{words}_signed_linear"].values, color=colour, label=label)
    ax.axhline(0.0, color="0.6", lw=0.6)
    ax.set(xlabel=f"time after switch-on ({unit})", ylabel=r"$-\ln 2\nu$", title=title)
    ax.legend()


def _audit(figure: Figure, panels: Panels) -> None:
    """Say above a figure that its numbers are those of quantum states, or that they are not."""
    words = re.sub(r"\S*\de-\d+", lambda found: number(float(found[0])), audit(physicality(panels)))
    figure.suptitle(rf"steady states: min eig$(V + i\Omega/2)$: {words}", fontsize=7)


def _along(name: str, values: Array, rings: Microrings, threads: int) -> xr.Dataset:
    return steady(rings, {name: values}, [E, AB, BA, "populations"], threads)


def _measures(data: xr.Dataset) -> dict[str, Array]:
    names = {E: "log_negativity_a_b", AB: "steering_a_b", BA: "steering_b_a"}
    return {NAMES[words]: data[name].values for words, name in names.items()}


def _populations(data: xr.Dataset) -> dict[str, Array]:
    return {f"$P_{mode}$": data["populations"].sel(mode=mode).values for mode in "ab"}


PLATES = (
    Plate(
        "2",
        (3, 1),
        figure_2,
        draw_2,
        "beside it, the same after the two-photon drive is switched on",
    ),
    Plate("3", (2, 2), figure_3, draw_3, "the ranges of the axes are ours"),
    Plate("4", (3, 2), figure_4, draw_4, "the ranges of a, b and of κ_b/κ_a are ours"),
    Plate("5", (3, 2), figure_5, draw_5, "the ranges of a and b are ours"),
)
