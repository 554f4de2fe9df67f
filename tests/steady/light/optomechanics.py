"""A driven cavity with a movable mirror, its fluctuations solved by hand in complex amplitudes.

δȧ = −(κ + iΔ)δa + iGαq + √(2κ_o)a_o + √(2κ_i)a_i,  q̇ = ωp,
ṗ = −ωq − γp + G(α*δa + αδa†) + ξ,                  a_out = a_o − √(2κ_o)δa

with white ξ of strength γ(2n + 1). With χ(w) = 1/(κ + iΔ − iw), χ̃(w) = χ(−w)*,
m = ω/(ω² − w² − iγw) and N the sum of the cavity's inputs,

q = M[ξ + G(α*χN + αχ̃N†)],  1/M = 1/m − iG²|α|²(χ − χ̃).
"""

from dataclasses import dataclass

import numpy as np

from qlangevin.sde import Model
from qlangevin.sde.terms import detune, drive, lose, press, rub


@dataclass
class Cell:
    """Rates in units of the oscillator's frequency; the detuning is the effective one."""

    detuning: float = 0.0
    outer: float = 0.9
    inner: float = 0.2
    coupling: float = 1e-3
    amplitude: complex = 300.0 + 200.0j
    frequency: float = 1.0
    friction: float = 0.05
    cold: bool = False
    occupation: float = 3.0

    @property
    def kappa(self):
        return self.outer + self.inner

    @property
    def quanta(self):
        return 0.0 if self.cold else self.occupation

    def model(self):
        """The nonlinear model whose mean field has this amplitude and effective detuning."""
        shift = self.coupling**2 * abs(self.amplitude) ** 2 / self.frequency
        epsilon = (self.kappa + 1j * self.detuning) * self.amplitude
        return Model.build(
            ["light", "mirror"],
            [
                detune("light", self.detuning + shift),
                detune("mirror", self.frequency),
                press("light", "mirror", self.coupling),
                drive("light", epsilon),
                lose("light", "out", amplitude_rate=self.outer),
                lose("light", "inside", amplitude_rate=self.inner),
                rub("mirror", self.friction, occupation=self.quanta),
            ],
        )

    def cavity(self, w):
        return 1 / (self.kappa + 1j * self.detuning - 1j * w)

    def bare(self, w):
        """m(w), without light."""
        return self.frequency / (self.frequency**2 - w**2 - 1j * self.friction * w)

    def dressed(self, w):
        """M(w), with the light's spring and damping."""
        chi, mirrored = self.cavity(w), np.conj(self.cavity(-w))
        spring = 1j * self.coupling**2 * abs(self.amplitude) ** 2 * (chi - mirrored)
        return 1 / (1 / self.bare(w) - spring)

    def displacement(self, w):
        """Coefficients in q(w): of a and a† of the outer and of the inner input, and of ξ."""
        M, chi, mirrored = self.dressed(w), self.cavity(w), np.conj(self.cavity(-w))
        by_a = M * self.coupling * np.conj(self.amplitude) * chi
        by_dagger = M * self.coupling * self.amplitude * mirrored
        outer, inner = np.sqrt(2 * self.outer), np.sqrt(2 * self.inner)
        return [outer * by_a, outer * by_dagger, inner * by_a, inner * by_dagger, M]

    def outgoing(self, w):
        """The same coefficients in a_out(w)."""
        chi = self.cavity(w)
        through_q = [1j * self.coupling * self.amplitude * chi * c for c in self.displacement(w)]
        through_q[0] = through_q[0] + np.sqrt(2 * self.outer) * chi
        through_q[2] = through_q[2] + np.sqrt(2 * self.inner) * chi
        out = [-np.sqrt(2 * self.outer) * c for c in through_q]
        out[0] = out[0] + 1
        return out

    def probe(self, w):
        """Transmission of a probe that is reflected, and its idler: a_out†(−w) for a_in(w) = 1."""
        return self.outgoing(w)[0], np.conj(self.outgoing(-w)[1])

    @property
    def thermal(self):
        return self.friction * (2 * self.quanta + 1)

    def homodyne(self, theta, w):
        """Symmetrised S_θ(w) of the outgoing light; vacuum in both inputs of the cavity."""
        here, there = self.outgoing(w), [np.conj(c) for c in self.outgoing(-w)]
        phase = np.exp(1j * theta)
        order = [1, 0, 3, 2, 4]  # a and a† change places under the adjoint
        c = [here[k] / phase + there[order[k]] * phase for k in range(5)]
        light = sum(0.25 * np.abs(c[k]) ** 2 for k in range(4))
        return light + 0.5 * self.thermal * np.abs(c[4]) ** 2

    def photon_flux(self, w):
        """Normally ordered spectrum of the outgoing light at w, of a† of the inputs and of ξ.

        The noise of friction has the antisymmetric part of the commutator: γw/ω less at w > 0.
        """
        c = self.outgoing(w)
        force = self.thermal - self.friction * w / self.frequency
        return np.abs(c[1]) ** 2 + np.abs(c[3]) ** 2 + force * np.abs(c[4]) ** 2
