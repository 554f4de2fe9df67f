"""The resonators of the scatterers' paper, and their steady states over the effective detuning, the
figures' axis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import xarray as xr

from ...analysis import transposed_eigenvalues
from ...analysis.gaussian import log_negativity
from ...analysis.measure_names import measure
from ...sde.initial_states import dark_state
from ...sde.model.gaussian_state import Gaussian
from ...sde.support.checks import Array
from ...sde.systems.scatterers import ScattererResonator
from ...steady import attractor, fixed_points, grid
from ...steady.lyapunov.solver import solve_lyapunov
from .panels import switched_on

IMMUNE = ScattererResonator.published()
IDEAL = IMMUNE.replace(defect=0.0, nanoparticle=0.0)
DEFECTIVE = IMMUNE.replace(nanoparticle=0.0)
BETWEEN = IMMUNE.replace(angle=np.pi / 16)
"""A nanoparticle halfway between the defect's angle and β_Im: there J₁ is complex, and directions
could differ.
"""
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
RUN = {"duration": 250 / UNIT, "step": 0.005 / UNIT, "trajectories": 1024}


class Shifted(ScattererResonator):
    """The resonator whose effective detuning is Δ̃ = Δ + Δ_J, whatever its scatterers."""

    def at_effective_detuning(self, detuning: Any) -> Self:
        """The system with a fixed point at Δ̃, rad/s."""
        return super().at_effective_detuning(np.asarray(detuning, float) - self.scatterer_shift)

    def effective_detuning(self, mean: Array) -> Array:
        """Δ̃ of means (..., 6), shape (..., 1), rad/s."""
        return np.asarray(
            super().effective_detuning(mean) + np.asarray(self.scatterer_shift)[..., None]
        )


class Tied(Shifted):
    """The same with a nanoparticle as strong as the defect, whatever `nanoparticle` says."""

    @property
    def scatterers(self) -> list[tuple[Any, Any]]:
        """Defect and nanoparticle, both with the rate of the defect."""
        return [(self.defect, 0.0), (self.defect, self.angle)]


def as_kind(system: ScattererResonator, kind: type[Shifted]) -> Shifted:
    """The same parameters, with another meaning of the effective detuning or of the nanoparticle."""
    return kind(**{field.name: getattr(system, field.name) for field in fields(system)})


def exponent(steady: xr.Dataset) -> xr.DataArray:
    """−ln 2ν⁻ of clockwise light and motion, whose positive part is E_N,r."""
    nu = transposed_eigenvalues(steady["covariance"], "cw", "mechanical", "ignore").isel(
        eigenvalue=0, drop=True
    )
    found: xr.DataArray = -xr.apply_ufunc(np.log, 2 * nu)
    return found


def over_detuning(
    system: ScattererResonator,
    shifted: Array,
    measures: Sequence[str | Callable[[xr.Dataset], xr.DataArray]],
    threads: int,
    **axes: Array,
) -> xr.Dataset:
    """Measures of the fixed points with effective detunings Δ̃ = Δ + Δ_J (rad/s), after other axes;
    E_N where stable.

    Δ̃ is the coordinate `shifted`. `branches` counts all the fixed points.
    """
    found = grid(
        system if isinstance(system, Shifted) else as_kind(system, Shifted),
        {**axes, EFFECTIVE: shifted},
        measures,
        threads,
        physical="ignore",
    )
    names = [
        name for name in found.data_vars if set(found[name].dims) <= {*axes, EFFECTIVE, "branch"}
    ]
    own = (
        found[names]
        .isel(branch=found["implied_branch"])
        .drop_vars(["branch", "implied_branch", "kind"])
    )
    own = own.rename(
        {measure(words, system)[0]: short for words, short in SHORT.items() if words in measures}
    )
    own["branches"] = found["exists"].sum("branch")
    return own.rename({EFFECTIVE: "shifted"})


def best(found: xr.Dataset) -> xr.Dataset:
    """Over all detunings: the largest E_N of steady states, the largest |G|, the least T; and the
    worst physicality.
    """
    data = {
        name: found[name].fillna(0.0).max("shifted")
        for name in ("E_r", "E_l", "G_r", "G_l")
        if name in found
    }
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
    """E_N of both optical modes with the motion after switch-on, at Δ̃/Γ = place: full
    trajectories.
    """
    found = switched_on(operating(system, place), [E_R, E_L], threads=threads, **RUN)
    return found.assign_attrs(place=place)


def ending(system: ScattererResonator, place: float, kick: float = 0.0) -> str:
    """What the mean field settles to from rest, or from a momentum in zero-point units, at Δ̃/Γ =
    place.
    """
    chosen = operating(system, place)
    start = dark_state(chosen.model())
    mean = start.mean.copy()
    mean[..., -1] += kick
    return str(
        attractor(chosen, start=Gaussian(mean, start.covariance, physical="ignore"))["kind"].values
    )


def printed_drift(system: ScattererResonator) -> Array:
    """Eq. (9) as printed, at the means of Eq. (10): a mirror changes the sign of 𝒥₊ = η sin 2mβ,
    and nothing else.
    """
    mean = fixed_points(system)["mean"].values[..., 0, :]
    return np.asarray(system.reversed().model().jacobian(mean, "mean"))


def printed_entanglement(system: ScattererResonator, places: Array) -> Array:
    """E_N,r by Eq. (9) as printed, over Δ̃/Γ; NaN where that matrix is not stable."""
    chosen = operating(system, places)
    return _entanglement(printed_drift(chosen), chosen.model().diffusion)


def largest(system: ScattererResonator, shifted: Array) -> Array:
    """The largest E_N,r over Δ̃, rad/s, of the first fixed points of a system of arrays, which
    lead.
    """
    chosen = operating(system, shifted / DECAY)
    values = _entanglement(
        fixed_points(chosen)["drift_matrix"].values[..., 0, :, :], chosen.model().diffusion
    )
    return np.asarray(np.nanmax(values, axis=-1))


def _entanglement(A: Array, diffusion: Array) -> Array:
    """E_N,r by drift matrices (..., 6, 6); NaN where they are not stable."""
    values = np.full(A.shape[:-2], np.nan)
    stable = np.linalg.eigvals(A).real.max(axis=-1) < -1e-12 * np.abs(A).max(axis=(-2, -1))
    values[stable] = log_negativity(
        solve_lyapunov(A[stable], np.broadcast_to(diffusion, A.shape)[stable]), 0, 2
    )
    return values


@dataclass(frozen=True)
class Draw:
    """Defects drawn at random: rates (..., defects) that add up to 2Γ, at angles anywhere."""

    rates: Array
    angles: Array

    @property
    def defective(self) -> ScattererResonator:
        """Without a nanoparticle."""
        pairs = zip(np.moveaxis(self.rates, -1, 0), np.moveaxis(self.angles, -1, 0), strict=True)
        return IMMUNE.replace(defect=tuple(pairs), nanoparticle=0.0)

    @property
    def immune(self) -> ScattererResonator:
        """With a nanoparticle of their joint strength ε′ at β′ + β_Im."""
        angle = -np.angle(self.defective.backscattering) / (2 * IMMUNE.azimuthal_number)
        return self.defective.replace(nanoparticle=self.strength, angle=angle + IMMUNE_ANGLE)

    @property
    def single(self) -> ScattererResonator:
        """One defect of their joint strength, without a nanoparticle."""
        return DEFECTIVE.replace(defect=self.strength)

    @property
    def strength(self) -> Array:
        """ε′, rad/s."""
        return np.asarray(np.abs(self.defective.backscattering))


def draw(rng: np.random.Generator, count: int, draws: int) -> Draw:
    """So many draws (draws, 1, count) of so many defects."""
    rates, angles = np.empty((2, draws, 1, count))
    for k in range(draws):
        rates[k] = rng.random(count)
        angles[k] = rng.uniform(0.0, 2 * np.pi, count)
    return Draw(rates * 2 * DECAY / rates.sum(axis=-1, keepdims=True), angles)
