"""The figures of the spinning resonator's paper: computed and drawn; what they show is judged in `spinning`."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...sde.polynomial import Array
from ...sde.systems.spinning import SpinningResonator
from .panels import draw_lines, draw_map, draw_times, mark_end, steady, switched_on
from .paper import Panels, Plate

IDEAL = SpinningResonator.published(spin=0.0)
UNIT, DECAY = IDEAL.mechanical_frequency, IDEAL.decay
LOSSY = IDEAL.replace(backscattering=1.8 * DECAY)
"""J is printed nowhere: at 1.8κ spinning at 23·10³ rad/s raises E_N 2.5 times, as the paper says."""
SLOW, FAST = 8e3, 23e3
E, G, N = "log_negativity(driven, mechanical)", "effective_coupling(driven, mechanical)", "photon_number(driven)"
E_NAME, G_NAME, N_NAME = (
    "log_negativity_driven_mechanical",
    "effective_coupling_driven_mechanical",
    "photon_number_driven",
)
NARROW, WIDE = UNIT * np.linspace(0.0, 2.0, 401), UNIT * np.linspace(-1.0, 4.0, 501)
COUPLINGS, SPINS = DECAY * np.linspace(0.0, 3.0, 25), np.linspace(-30e3, 30e3, 25)
TEMPERATURES = np.linspace(0.0, 3.0, 121)
LABELS = {
    "detuning": r"$\Delta_c/\omega_m$",
    "spin": r"$\Omega$ (rad/s)",
    "backscattering": r"$J/\kappa$",
}
AXIS = r"$\Delta_c/\omega_m$"
RUN = {"duration": 120 / UNIT, "step": 0.004 / UNIT, "trajectories": 2048}


RUNS = (("forward", SLOW, 0.295), ("forward", SLOW, 0.6), ("static", 0.0, 0.75), ("reversed", -SLOW, 1.205))
"""Direction, spin and Δ_c/ω_m of trajectories from switch-on."""


def figure_1(_threads: int) -> Panels:
    """The Sagnac shift over the spin, both directions."""
    spins = np.linspace(0.0, FAST, 24)
    ways = {"forward": spins, "reversed": -spins}
    data = {way: ("spin", IDEAL.replace(spin=signed).sagnac_shift) for way, signed in ways.items()}
    return {"b": xr.Dataset(data, coords={"spin": spins})}


def figure_2(threads: int) -> Panels:
    """E_N and photon numbers over the detuning at rest and spinning, both directions; and after switch-on."""
    curves = {
        name: steady(IDEAL, {"spin": [spin], "detuning": NARROW}, [E, N], threads).squeeze("spin")
        for name, spin in (("static", 0.0), ("forward", SLOW), ("reversed", -SLOW))
    }
    runs = {
        f"{way} at {place}": switched_on(IDEAL.replace(spin=spin, detuning=place * UNIT), [E], threads=threads, **RUN)
        for way, spin, place in RUNS
    }
    return curves | runs


def figure_3(threads: int) -> Panels:
    """E_N and |G| over the detuning with backscattering, at rest and spinning; maps; what J and heat do."""
    curves = {
        "ideal": steady(IDEAL, {"detuning": WIDE}, [E, G], threads),
        "lossy": steady(LOSSY, {"detuning": WIDE}, [E, G], threads),
        "forward": steady(LOSSY.replace(spin=FAST), {"detuning": WIDE}, [E, G], threads),
        "reversed": steady(LOSSY.replace(spin=-FAST), {"detuning": WIDE}, [E, G], threads),
    }
    spun = steady(LOSSY, {"detuning": WIDE[::5], "spin": SPINS}, [G], threads)
    every = steady(IDEAL, {"backscattering": COUPLINGS, "spin": SPINS, "detuning": WIDE[::4]}, [E], threads)[E_NAME]
    largest = every.fillna(0.0).max("detuning")
    revival = largest / float(largest.sel(backscattering=0.0, spin=0.0, method="nearest"))
    run = switched_on(LOSSY.replace(spin=-FAST, detuning=2.425 * UNIT), [E], threads=threads, **RUN)
    return curves | {
        "e": spun,
        "f": xr.Dataset({"revival": revival}),
        "j": _over_coupling(threads),
        "heat": _heat(threads),
        "run": run,
    }


def _over_coupling(threads: int) -> xr.Dataset:
    """Largest E_N over the detuning for every J: at rest, and at ±23·10³ rad/s whichever is larger."""
    axes = {"backscattering": COUPLINGS, "spin": [-FAST, 0.0, FAST], "detuning": WIDE}
    largest = steady(IDEAL, axes, [E], threads)[E_NAME].fillna(0.0).max("detuning")
    spinning = largest.sel(spin=[-FAST, FAST]).max("spin")
    return xr.Dataset({"static": largest.sel(spin=0.0, drop=True), "spinning": spinning})


def _heat(threads: int) -> xr.Dataset:
    """E_N over the temperature at the best detunings: at rest and spinning, with backscattering."""
    data = {}
    for name, spin, place in (("static", 0.0, 1.675), ("spinning", -FAST, 2.425)):
        system = LOSSY.replace(spin=spin, detuning=place * UNIT)
        data[name] = steady(system, {"temperature": TEMPERATURES}, [E], threads)[E_NAME]
    return xr.Dataset(data)


def draw_1(figure: Figure, panels: Panels) -> None:
    """Fig. 1b."""
    data = panels["b"]
    curves = {way: data[way].values / UNIT for way in ("forward", "reversed")}
    draw_lines(figure.subplots(), data["spin"].values, curves, r"$\Omega$ (rad/s)", r"$\Delta_F/\omega_m$", "(b)")


def draw_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–c, with trajectories at the peaks, and the time that they take."""
    first, second, third, fourth = np.ravel(figure.subplots(2, 2))
    x = NARROW / UNIT
    draw_lines(
        first, x, {way: panels[way][E_NAME].values for way in ("static", "forward", "reversed")}, AXIS, "$E_N$", "(a)"
    )
    for way, _, place in RUNS:
        mark_end(first, place, panels[f"{way} at {place}"], E)
    for ax, (low, high), letter in ((second, (0.1, 0.5), "b"), (third, (0.8, 1.3), "c")):
        _draw_both(ax, panels, (x >= low) & (x <= high), letter)
    names = [f"{way} at {place}" for way, _, place in RUNS]
    draw_times(fourth, {name: panels[name] for name in names}, E, "$E_N$")


def _draw_both(ax: Axes, panels: Panels, window: Array, letter: str) -> None:
    """E_N of both directions, and photon numbers relative to their largest."""
    most = max(float(panels[way][N_NAME].max()) for way in ("forward", "reversed"))
    curves = {f"$E_N$, {way}": panels[way][E_NAME].values[window] for way in ("forward", "reversed")}
    curves |= {
        f"N/{most:.1e}, {way}": 0.2 * panels[way][N_NAME].values[window] / most for way in ("forward", "reversed")
    }
    draw_lines(ax, (NARROW / UNIT)[window], curves, AXIS, "", f"({letter})  photon numbers × 0.2")


def draw_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–f, with trajectories; what J does; and heat."""
    axes = np.ravel(figure.subplots(4, 2))
    x = WIDE / UNIT
    for ax, ways, letter in ((axes[0], ("ideal", "lossy"), "a"), (axes[1], ("ideal", "forward", "reversed"), "b")):
        draw_lines(ax, x, {way: panels[way][E_NAME].values for way in ways}, AXIS, "$E_N$", f"({letter})")
    mark_end(axes[1], 2.425, panels["run"], E)
    for ax, ways, letter in ((axes[2], ("ideal", "lossy"), "c"), (axes[3], ("ideal", "forward", "reversed"), "d")):
        draw_lines(
            ax, x, {way: panels[way][G_NAME].values / UNIT for way in ways}, AXIS, r"$|G|/\omega_m$", f"({letter})"
        )
    units = {"detuning": UNIT, "spin": 1.0, "backscattering": DECAY}
    draw_map(axes[4], panels["e"][G_NAME] / UNIT, LABELS, units, r"$|G|/\omega_m$", "e")
    draw_map(axes[5], panels["f"]["revival"], LABELS, units, "revival factor", "f")
    scan = panels["j"]
    gain = {
        "spinning/static": (scan["spinning"] / scan["static"]).values,
        "revival": (scan["spinning"] / scan["static"][0]).values,
    }
    draw_lines(axes[6], COUPLINGS / DECAY, gain, r"$J/\kappa$", "", "which J gives 2.5, which 0.991?")
    heat = {name: panels["heat"][name].values for name in ("static", "spinning")}
    draw_lines(axes[7], TEMPERATURES, heat, "T (K)", "$E_N$", "heat")


PLATES = (
    Plate("1", (1, 1), figure_1, draw_1),
    Plate("2", (2, 2), figure_2, draw_2, "beside it, E_N of trajectories after the laser is switched on"),
    Plate("3", (2, 4), figure_3, draw_3, "J is printed nowhere: 1.8κ, and how both numbers depend on it"),
)
