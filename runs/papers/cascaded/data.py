"""Data of Figs. 2 and 3: E_N over detuning, spins and χ; runs from switch-on.

Panels hold both noises and both sides of driving, except two that explain a claim of the text, with
the printed noise and from the left: the best of any spins, and Δ as the bare detuning.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....sde.support.checks import Array
from ....sde.systems.cascaded import MHZ
from ....steady import steady_state
from ..paper import Panels
from .systems import (
    DETUNING,
    E_NAME,
    FAST_SPIN,
    RESONATORS,
    SLOW_SPIN,
    SPINNING,
    UNIT,
    exponent,
    runs_at_large_mismatch,
    runs_of_all,
    steady_states,
    steady_states_of_one,
)

EQUAL_DECAYS = RESONATORS.replace(external_decay_left=28.5 * MHZ, external_decay_right=28.5 * MHZ)
"""Both κ_ex at the mean of the printed ones, so that both directions are equivalent."""
DETUNINGS = UNIT * np.linspace(0.0, 2.0, 401)
COARSE_DETUNINGS = UNIT * np.linspace(0.3, 1.4, 111)
RATIOS = (1.0, 0.97, 0.95)
UNEQUAL_RATIOS = (0.97, 0.95)
MAP_RATIOS = np.linspace(0.92, 1.08, 65)
SCAN_RATIOS = np.linspace(0.92, 1.04, 25)
FIGURE_2_SPINS = {
    "a": {"spin_left": 0.0, "spin_right": 0.0},
    "b": {"spin_left": SLOW_SPIN, "spin_right": 0.0},
    "c": {"spin_left": SLOW_SPIN, "spin_right": SLOW_SPIN},
    "opposite": {"spin_left": SLOW_SPIN, "spin_right": -SLOW_SPIN},
}
SPINS = 1e6 * np.linspace(-1.2, 1.2, 61)
SCAN_SPINS = 1e6 * np.linspace(-0.8, 2.0, 29)
RUN_DETUNINGS = {"a": (1.0, 1.0), "c": (0.75, 1.265)}
"""Δ/ω_m of runs in Figs. 2a and c, from the left and from the right."""
ONE_WAY_DETUNINGS = (0.74, 0.98)
"""Δ/ω_m at which the paper finds entanglement one way only, Fig. 2b."""
POWERS = np.array([1e-3, 5e-3, 20e-3])


def compute_figure_2(threads: int) -> Panels:
    """E_N over Δ for several spins, printed and equal κ_ex; over the power; runs."""
    axes = {"effective_detuning": DETUNINGS}
    systems = {name: RESONATORS.replace(**spins) for name, spins in FIGURE_2_SPINS.items()}
    panels = {name: steady_states(system, axes, threads) for name, system in systems.items()}
    for name in ("a", "opposite"):
        equal = EQUAL_DECAYS.replace(**FIGURE_2_SPINS[name])
        panels[f"{name} equal"] = steady_states(equal, axes, threads)
    for letter, places in RUN_DETUNINGS.items():
        runs = runs_of_all(systems[letter], places, threads)
        panels |= {f"{letter} {name}": run for name, run in runs.items()}
    for place in ONE_WAY_DETUNINGS:
        runs = runs_of_all(systems["b"], (place, place), threads)
        panels |= {f"b {place} {name}": run for name, run in runs.items()}
    panels["power"] = _over_power(threads)
    panels["bare"] = _same_bare_detunings()
    return panels


def _over_power(threads: int) -> xr.Dataset:
    """Measures over the power at zero temperature, Δ = ω_m."""
    cold = RESONATORS.replace(temperature=0.0)
    found = steady_states(cold, {"power": POWERS, "effective_detuning": [UNIT]}, threads)
    return found.squeeze("effective_detuning", drop=True)


def _same_bare_detunings() -> xr.Dataset:
    """Published E_N at rest from the left when Δ is the bare detuning of both cavities."""
    system = RESONATORS.replace(detuning_left=DETUNINGS, detuning_right=DETUNINGS)
    found = steady_state(system).isel(branch=0, drop=True)
    return xr.Dataset({E_NAME: np.maximum(exponent(found), 0.0)})


def compute_figure_3(threads: int) -> Panels:
    """E_N over Δ for several χ, static and spinning; revival maps; best over χ; runs."""
    unequal = {"frequency_ratio": UNEQUAL_RATIOS, "effective_detuning": DETUNINGS}
    spun = runs_of_all(SPINNING.replace(frequency_ratio=0.97), (DETUNING, DETUNING), threads)
    return {
        "a": steady_states(RESONATORS, unequal | {"frequency_ratio": RATIOS}, threads),
        "b": steady_states(SPINNING.replace(spin_right=FAST_SPIN), unequal, threads),
        "cd": steady_states(SPINNING, unequal, threads),
        **_revival_maps(threads),
        "chi": _best_over_ratio(threads),
        **{f"c {name}": run for name, run in spun.items()},
        **{f"d {name}": run for name, run in runs_at_large_mismatch(threads).items()},
    }


def _revival_maps(threads: int) -> Panels:
    """Fig. 3e, over χ and Ω_l at Δ = ω_m, and f, over both spins at χ = 0.97."""
    slower = RESONATORS.replace(frequency_ratio=0.97)
    e = {"frequency_ratio": MAP_RATIOS, "spin_left": SPINS, "effective_detuning": [UNIT]}
    f = {"spin_left": SPINS, "spin_right": SPINS, "effective_detuning": [DETUNING * UNIT]}
    maps = {"e": steady_states(RESONATORS, e, threads), "f": steady_states(slower, f, threads)}
    return {name: found.squeeze("effective_detuning", drop=True) for name, found in maps.items()}


def _best_over_ratio(threads: int) -> xr.Dataset:
    """Largest published E_N over Δ from the left: static, with Ω_l of Fig. 3, with any spins.

    E_N depends on Δ and both spins through two sums of Δ and Sagnac shift only, so that Ω_r = 0
    leaves out nothing.
    """
    spins = np.unique([*SCAN_SPINS, 0.0, FAST_SPIN])
    every = _scanned(spins, COARSE_DETUNINGS[::4], threads)
    two = _scanned(np.array([0.0, FAST_SPIN]), COARSE_DETUNINGS, threads)
    static, spun = (
        two.sel(spin_left=spin, drop=True).max("effective_detuning") for spin in (0.0, FAST_SPIN)
    )
    best = np.maximum(every.max(["effective_detuning", "spin_left"]), np.maximum(static, spun))
    return xr.Dataset({"static": static, "spun": spun, "best": best})


def _scanned(spins: Array, detunings: Array, threads: int) -> xr.DataArray:
    """Published E_N from the left over χ, Ω_l and Δ."""
    axes = {
        "frequency_ratio": SCAN_RATIOS,
        "spin_left": spins,
        "effective_detuning": detunings,
    }
    return steady_states_of_one(RESONATORS, axes, threads)[E_NAME]


def revival(panels: Panels, letter: str, side: str) -> xr.DataArray:
    """Eq. (22) over a map of Fig. 3: E_N over the largest of static, equal oscillators."""
    whole = panels["a"][E_NAME].sel(noise="published", input_side=side, frequency_ratio=1.0)
    return panels[letter][E_NAME].sel(noise="published", input_side=side) / float(whole.max())
