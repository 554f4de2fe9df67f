"""The resonators of the scatterers' paper, and their steady states over the effective detuning, the figures' axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ...analysis.gaussian import log_negativity
from ...sde.polynomial import Array
from ...sde.states import Gaussian, dark_state
from ...sde.systems.scatterers import ScattererResonator
from ...steady import attractor, fixed_points, grid
from ...steady.lyapunov import solve_lyapunov
from .panels import switched_on

IMMUNE = ScattererResonator.published()
IDEAL = IMMUNE.replace(defect=0.0, nanoparticle=0.0)
DEFECTIVE = IMMUNE.replace(nanoparticle=0.0)
BETWEEN = IMMUNE.replace(angle=np.pi / 16)
"""A nanoparticle halfway between the defect's angle and β_Im: there J₁ is complex, and directions could differ."""
RESONATORS = {"ideal": IDEAL, "defective": DEFECTIVE, "immune": IMMUNE}
NOISES = ("published", "consistent")
UNIT, DECAY = IMMUNE.mechanical_frequency, float(IMMUNE.decay)
IMMUNE_ANGLE = np.pi / 8
BEST = 0.85
"""The paper's optimal Δ̃/Γ."""
EFFECTIVE = "effective_detuning"
E_R, E_L = "log_negativity(cw, mechanical)", "log_negativity(ccw, mechanical)"
G_R, G_L = "effective_coupling(cw, mechanical)", "effective_coupling(ccw, mechanical)"
T, N_R = "transmission(cw_fibre)", "photon_number(cw)"
SHORT = {E_R: "E_r", E_L: "E_l", G_R: "G_r", G_L: "G_l", T: "T", N_R: "N_r"}
"""Names of the measures in the data."""
RUN = {"duration": 250 / UNIT, "step": 0.005 / UNIT, "trajectories": 2048}


def over_detuning(
    system: ScattererResonator, shifted: Array, measures: Sequence[str], threads: int, **axes: Array
) -> xr.Dataset:
    """Measures of the fixed points with effective detunings Δ̃ = Δ + Δ_J (rad/s), after other axes; E_N where stable.

    Δ̃ is the coordinate `shifted`; Δ_J must not depend on the other axes. `branches` counts all the fixed points.
    """
    shift = float(system.scatterer_shift)
    found = grid(system, {**axes, EFFECTIVE: shifted - shift}, measures, threads)
    names = [name for name in found.data_vars if set(found[name].dims) <= {*axes, EFFECTIVE, "branch"}]
    own = found[names].isel(branch=found["implied_branch"]).drop_vars(["branch", "implied_branch", "kind"])
    own = own.rename({_variable(words): short for words, short in SHORT.items() if words in measures})
    own["branches"] = found["exists"].sum("branch")
    return own.rename({EFFECTIVE: "shifted"}).assign_coords(shifted=shifted)


def over_rates(
    systems: Mapping[float, ScattererResonator],
    name: str,
    shifted: Array,
    measures: Sequence[str],
    threads: int,
    **axes: Array,
) -> xr.Dataset:
    """As `over_detuning`, of systems by the value of a parameter that moves Δ_J, the first axis."""
    rows = [over_detuning(system, shifted, measures, threads, **axes) for system in systems.values()]
    return xr.concat(rows, xr.IndexVariable(name, list(systems)))


def best(found: xr.Dataset) -> xr.Dataset:
    """Over all detunings: the largest E_N of steady states, the largest |G|, the least T; and the worst physicality."""
    data = {name: found[name].fillna(0.0).max("shifted") for name in ("E_r", "E_l", "G_r", "G_l") if name in found}
    data["physicality"] = found["physicality"].min()
    if "T" in found:
        data["T"] = found["T"].min("shifted")
    return xr.Dataset(data)


def optimum(found: xr.Dataset) -> tuple[float, float]:
    """Δ̃/Γ at which E_N,r is largest along a line of detunings, and how large."""
    place = int(np.nanargmax(found["E_r"].values))
    return float(found["shifted"][place]) / DECAY, float(found["E_r"][place])


def operating(system: ScattererResonator, place: float | Array) -> ScattererResonator:
    """The system whose fixed point has Δ̃/Γ at a place."""
    return system.at_effective_detuning(place * DECAY - np.asarray(system.scatterer_shift))


def run(system: ScattererResonator, place: float, threads: int) -> xr.Dataset:
    """E_N of both optical modes with the motion after switch-on, at Δ̃/Γ = place: full trajectories."""
    found = switched_on(operating(system, place), [E_R, E_L], threads=threads, **RUN)
    return found.assign_attrs(place=place)


def appears(found: xr.Dataset, words: str = E_R) -> float:
    """The time, in 1/ω_m, since when E_N by the moment equation is never again below 1 % of its end."""
    return _since(found, found[f"{words}_linear"].values < 0.01 * found[f"{words}_linear"].values[-1])


def settles(found: xr.Dataset, words: str = E_R) -> float:
    """The time, in 1/ω_m, since when E_N by the moment equation stays within a tenth of its end."""
    values = found[f"{words}_linear"].values
    return _since(found, np.abs(values - values[-1]) > 0.1 * values[-1])


def _since(found: xr.Dataset, away: Array) -> float:
    """The first time after the last one that is away from the end."""
    return float(found["time"][np.flatnonzero(away)[-1] + 1]) * UNIT


def below(value: float) -> str:
    """A bound on a small number, a power of ten no less than 10⁻⁹: digits of rounding errors say nothing."""
    return f"1e{max(int(np.ceil(np.log10(max(value, 1e-300)))), -9):03d}"


def ending(system: ScattererResonator, place: float, kick: float = 0.0) -> str:
    """What the mean field settles to from rest, or from a momentum in zero-point units, at Δ̃/Γ = place."""
    chosen = operating(system, place)
    start = dark_state(chosen.model())
    mean = start.mean.copy()
    mean[..., -1] += kick
    return str(attractor(chosen, start=Gaussian(mean, start.covariance))["kind"].values)


def printed_drift(system: ScattererResonator) -> Array:
    """Eq. (9) as printed, at the means of Eq. (10): a mirror changes the sign of 𝒥₊ = η sin 2mβ, and nothing else."""
    mean = fixed_points(system)["mean"].values[..., 0, :]
    return np.asarray(system.reversed().model().jacobian(mean, "mean"))


def printed_entanglement(system: ScattererResonator, places: Array) -> Array:
    """E_N,r by Eq. (9) as printed, over Δ̃/Γ; NaN where that matrix is not stable."""
    chosen = operating(system, places)
    A, values = printed_drift(chosen), np.full(len(places), np.nan)
    stable = np.linalg.eigvals(A).real.max(axis=-1) < -1e-12 * np.abs(A).max(axis=(-2, -1))
    D = np.broadcast_to(chosen.model().diffusion, A.shape)
    values[stable] = log_negativity(solve_lyapunov(A[stable], D[stable]), 0, 2)
    return values


@dataclass(frozen=True)
class Draw:
    """Defects drawn at random: rates that add up to 2Γ, at angles anywhere; with and without the nanoparticle."""

    defective: ScattererResonator
    immune: ScattererResonator
    single: ScattererResonator
    """One defect of their joint strength ε′, without a nanoparticle."""

    @property
    def strength(self) -> float:
        """ε′/Γ."""
        return float(self.single.defect) / DECAY


def draw(rng: np.random.Generator, count: int) -> Draw:
    """So many defects; the nanoparticle has their joint strength ε′ and stands at β′ + β_Im."""
    rates = rng.random(count)
    rates *= 2 * DECAY / rates.sum()
    angles = rng.uniform(0.0, 2 * np.pi, count)
    m = IMMUNE.azimuthal_number
    joint: Any = np.sum(rates * np.exp(2j * m * angles))
    strength, angle = float(abs(joint)), float(np.angle(joint)) / (2 * m)
    defects = tuple(zip(rates.tolist(), angles.tolist(), strict=True))
    defective = IMMUNE.replace(defect=defects, nanoparticle=0.0)
    return Draw(
        defective,
        defective.replace(nanoparticle=strength, angle=angle + IMMUNE_ANGLE),
        DEFECTIVE.replace(defect=strength),
    )


def _variable(words: str) -> str:
    """The variable's name of a measure in words."""
    return words.replace("(", "_").replace(", ", "_").replace(")", "")
