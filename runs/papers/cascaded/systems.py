"""The resonators of the paper, their steady states and runs, with both noises and from both sides.

Noise "published": the printed one, with a vacuum of its own for every port; "consistent": the
fibre carries the vacuum on. The input side is the one from which the resonators are driven.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from ....analysis import reduced, symplectic_eigenvalues
from ....sde.systems.cascaded import CascadedResonators
from ....steady import grid
from ....steady.grid_measures import Measure
from ..shared_data import NOISES, exponent_of, run_from_switch_on

RESONATORS = CascadedResonators.published()
UNIT = RESONATORS.mechanical_frequency
SLOW_SPIN = 0.6e6
FAST_SPIN = 0.8e6
SPINNING = RESONATORS.replace(spin_left=FAST_SPIN)
"""The resonators of Figs. 3c, d, f and 4."""
MISMATCHED = SPINNING.replace(frequency_ratio=0.95)
DETUNING = 0.68
"""Δ/ω_m of Figs. 3f and 4 and of the runs in Figs. 3c, d and 4."""
SIDES = ("left", "right")
E_N = "log_negativity(mechanical_left, mechanical_right)"
E_NAME = "log_negativity"
EXPONENT_NAME = "exponent"
NU_NAME = "least_symplectic"
"""Names of the measures in the data."""
exponent = exponent_of(*RESONATORS.pair)
QUADRATURES = ["mechanical_left.q", "mechanical_left.p", "mechanical_right.q", "mechanical_right.p"]
CROSS = ((0, 2), (1, 3), (0, 3), (1, 2))
"""Pairs of quadratures, one of each oscillator."""
COVARIANCES = {
    pair: f"covariance({QUADRATURES[pair[0]]}, {QUADRATURES[pair[1]]})" for pair in CROSS
}
RUN = {"duration": 400 / UNIT, "step": 0.01 / UNIT, "trajectories": 1024}


def least_symplectic(steady: xr.Dataset) -> xr.DataArray:
    """Least symplectic eigenvalue of the two motions alone; a quantum state has ≥ ½."""
    nu = symplectic_eigenvalues(reduced(steady["covariance"], RESONATORS.pair))
    return nu.isel(eigenvalue=0, drop=True)


def pull(steady: xr.Dataset) -> xr.DataArray:
    """The larger radiation-pressure shift g(β + β*) of the two cavities, rad/s; exact for χ = 1."""
    positions = steady["mean"].sel(quadrature=[f"{mode}.q" for mode in RESONATORS.pair])
    return np.sqrt(2) * RESONATORS.single_photon_coupling("left") * abs(positions).max("quadrature")


def steady_states(system: CascadedResonators, axes: Mapping[str, Any], threads: int) -> xr.Dataset:
    """`steady_states_of_one` for both noises and both input sides."""
    rows = []
    for noise in NOISES:
        row = [
            steady_states_of_one(system.replace(noise=noise, input_side=side), axes, threads)
            for side in SIDES
        ]
        rows.append(xr.concat(row, "input_side"))
    return xr.concat(rows, "noise").assign_coords(noise=list(NOISES), input_side=list(SIDES))


def steady_states_of_one(
    system: CascadedResonators, axes: Mapping[str, Any], threads: int
) -> xr.Dataset:
    """E_N, −ln 2ν⁻, least ν, radiation shift, stability and audits over parameters.

    They are those of the branch with the requested effective detuning.
    """
    measures: list[Measure] = [E_NAME, exponent, least_symplectic, pull]
    found = grid(system, axes, measures, threads, physical="ignore")
    names = [E_NAME, EXPONENT_NAME, NU_NAME, "pull", "stable", "physicality", "commutators"]
    return found[names].isel(branch=found["implied_branch"]).drop_vars("branch")


def run_at(
    system: CascadedResonators, place: float, threads: int, measures: tuple[str, ...] = (E_N,)
) -> xr.Dataset:
    """Measures after switch-on at Δ/ω_m = place."""
    chosen = system.at_effective_detuning(place * UNIT)
    return run_from_switch_on(chosen, measures, threads=threads, **RUN)


def runs_of_all(
    system: CascadedResonators,
    places: tuple[float, float],
    threads: int,
    measures: tuple[str, ...] = (E_N,),
) -> dict[str, xr.Dataset]:
    """Runs with both noises, from the left and from the right at their Δ/ω_m.

    Their names are "SIDE NOISE".
    """
    runs = {}
    for side, place in zip(SIDES, places, strict=True):
        for noise in NOISES:
            chosen = system.replace(noise=noise, input_side=side)
            runs[f"{side} {noise}"] = run_at(chosen, place, threads, measures)
    return runs


@cache
def runs_at_large_mismatch(threads: int) -> dict[str, xr.Dataset]:
    """The runs that Figs. 3d and 4 share."""
    measures = (E_N, *COVARIANCES.values())
    return runs_of_all(MISMATCHED, (DETUNING, DETUNING), threads, measures)
