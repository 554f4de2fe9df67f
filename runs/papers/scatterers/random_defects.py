"""Defects drawn at random, for Fig. 5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....sde.support.checks import Array
from ....sde.systems.scatterers import ScattererResonator
from ....steady import fixed_points
from .printed_equations import entanglement
from .systems import DECAY, DEFECTIVE, IMMUNE, IMMUNE_ANGLE, at_shifted_detuning


@dataclass(frozen=True)
class RandomDefects:
    """Rates, rad/s, of defects, which add up to 2Γ, and their angles; both (..., defects)."""

    rates: Array
    angles: Array

    @property
    def systems(self) -> dict[str, ScattererResonator]:
        """The resonator without and with nanoparticle, and with one defect instead."""
        return {"defective": self.defective, "immune": self.immune, "single": self.single}

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
        """With one defect of their joint strength, and no nanoparticle."""
        return DEFECTIVE.replace(defect=self.strength)

    @property
    def strength(self) -> Array:
        """Joint strength ε′ (...), rad/s."""
        return np.asarray(np.abs(self.defective.backscattering))


def draw_random_defects(rng: np.random.Generator, count: int, draws: int) -> RandomDefects:
    """Draws, shape (draws, 1, count), of defects with uniform rates and angles."""
    rates, angles = np.empty((2, draws, 1, count))
    for k in range(draws):
        rates[k] = rng.random(count)
        angles[k] = rng.uniform(0.0, 2 * np.pi, count)
    return RandomDefects(rates * 2 * DECAY / rates.sum(axis=-1, keepdims=True), angles)


def largest_entanglement(system: ScattererResonator, shifted: Array) -> Array:
    """Largest E_N,r (...) over Δ̃ = shifted (n,), rad/s, for systems (..., 1), first branch."""
    chosen = at_shifted_detuning(system, shifted / DECAY)
    A = fixed_points(chosen)["drift_matrix"].values[..., 0, :, :]
    return np.asarray(np.nanmax(entanglement(A, chosen.model().diffusion), axis=-1))
