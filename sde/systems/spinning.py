"""A spinning optomechanical resonator: two counter-propagating modes, split by the Sagnac effect.

    α̇₁ = −(i(Δ_c + Δ_F) + κ)α₁ − iJα₂ + iG₀α₁q + ε + √(2κ)ξ₁          (driven)
    α̇₂ = −(i(Δ_c − Δ_F) + κ)α₂ − iJα₁ + iG₀α₂q     + √(2κ)ξ₂          (reflected)
    q̇ = ω_m p,   ṗ = −ω_m q − γ_m p + G₀ Σ_j (|α_j|² − ½) + ξ

κ is an amplitude rate; the ½ is the symmetric-ordering correction of the c-number equations.

References
----------
Y.-F. Jiao et al., Phys. Rev. Lett. 125, 143605 (2020), doi:10.1103/PhysRevLett.125.143605,
Eqs. (1)-(4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.constants import c as speed_of_light
from scipy.constants import pi

from ..formulas import (
    laser_frequency,
    photon_amplitude,
    radiation_pressure,
    sagnac_shift,
    thermal_occupation,
)
from ..model.model import Model
from ..system import System, parameter, quantity
from ..terms import detune, exchange, lose, press, rub, shine


@dataclass(frozen=True, eq=False)
class SpinningResonator(System):
    """Spinning resonator driven from one side; modes driven, reflected, mechanical.

    Parameters
    ----------
    detuning, spin, backscattering, power, temperature, refractive_index, dispersion, mass, radius,
    wavelength, quality_factor, mechanical_frequency, mechanical_damping : float or array
        In SI units, declared below with symbol, unit and meaning.

    References
    ----------
    doi:10.1103/PhysRevLett.125.143605, Eqs. (1)-(4); the module's docstring writes them out.

    Examples
    --------
    >>> import qlangevin as ql
    >>> system = ql.systems.SpinningResonator.published()
    >>> system.model()
    <Model of driven, reflected, mechanical: 6 quadratures, 5 noise channels, ...>
    >>> f"{system.decay:.4g} rad/s"
    '3.798e+07 rad/s'
    """

    detuning: Any = parameter("Δ_c", "rad/s", "bare cavity minus laser frequency, at rest")
    spin: Any = parameter(
        "Ω", "rad/s", "angular velocity; its sign is the direction of the drive against the spin"
    )
    backscattering: Any = parameter("J", "rad/s", "coupling of the counter-propagating modes")
    power: Any = parameter("P", "W", "laser power", sign="nonnegative")
    temperature: Any = parameter("T", "K", "temperature of the mechanical bath", sign="nonnegative")
    refractive_index: Any = parameter("n", "", "refractive index", sign="positive")
    dispersion: Any = parameter("dn/dλ", "1/m", "material dispersion")
    mass: Any = parameter("m", "kg", "effective mass of the breathing mode", sign="positive")
    radius: Any = parameter("R", "m", "radius of the resonator", sign="positive")
    wavelength: Any = parameter(
        "λ", "m", "vacuum wavelength of the cavity resonance at rest", sign="positive"
    )
    quality_factor: Any = parameter("Q", "", "optical quality factor ω_c/κ", sign="positive")
    mechanical_frequency: Any = parameter("ω_m", "rad/s", "mechanical frequency", sign="positive")
    mechanical_damping: Any = parameter(
        "γ_m", "rad/s", "friction rate of the momentum", sign="positive"
    )

    REFERENCE: ClassVar[str] = "doi:10.1103/PhysRevLett.125.143605"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning": 0.3 * 63e6,
        "spin": 8e3,
        "backscattering": 0.0,
        "power": 20e-3,
        "temperature": 0.130,
        "refractive_index": 1.48,
        "dispersion": 0.0,
        "mass": 10e-12,
        "radius": 1.1e-3,
        "wavelength": 1.55e-6,
        "quality_factor": 3.2e7,
        "mechanical_frequency": 63e6,
        "mechanical_damping": 5.2e3,
    }

    @quantity("rad/s")
    def optical_frequency(self) -> Any:
        """ω_c = 2πc/λ, rad/s."""
        return 2 * pi * speed_of_light / np.asarray(self.wavelength)

    @quantity("rad/s")
    def decay(self) -> Any:
        """Amplitude decay rate κ = ω_c/Q, rad/s."""
        return self.optical_frequency / self.quality_factor

    @quantity("rad/s")
    def sagnac_shift(self) -> Any:
        """Δ_F, Eq. (1), rad/s: the shift of the driven mode; the reflected mode's is opposite."""
        dispersion_term = (
            np.asarray(self.wavelength) / np.asarray(self.refractive_index) * self.dispersion
        )
        return sagnac_shift(
            self.spin, self.optical_frequency, self.radius, self.refractive_index, dispersion_term
        )

    @quantity("rad/s")
    def single_photon_coupling(self) -> Any:
        """G₀ = (ω_c/R)√(ħ/(mω_m)), rad/s."""
        return radiation_pressure(
            self.optical_frequency, self.radius, self.mass, self.mechanical_frequency
        )

    @property
    def input_amplitude(self) -> Any:
        """√(P/ħω_l), in √(photons/s), with the laser frequency ω_l = ω_c − Δ_c."""
        return photon_amplitude(
            self.power, laser_frequency(self.optical_frequency, "detuning", self.detuning)
        )

    @quantity("rad/s")
    def drive_amplitude(self) -> Any:
        """ε = √(2κP/ħω_l), rad/s."""
        return np.sqrt(2 * self.decay) * self.input_amplitude

    @property
    def occupation(self) -> Any:
        """Thermal phonon number n_m of the mechanical bath."""
        return thermal_occupation(self.mechanical_frequency, self.temperature)

    def reversed(self) -> Self:
        """The same resonator driven from the other side: the Sagnac shift changes sign.

        Returns
        -------
        SpinningResonator
        """
        return self.replace(spin=-np.asarray(self.spin))

    def model(self) -> Model:
        """Eqs. (1)-(4), with all coherent light through the port driven_fibre."""
        return Model.build(
            ("driven", "reflected", "mechanical"),
            [
                detune("driven", self.detuning + self.sagnac_shift),
                detune("reflected", self.detuning - self.sagnac_shift),
                detune("mechanical", self.mechanical_frequency),
                exchange("driven", "reflected", self.backscattering),
                press("driven", "mechanical", self.single_photon_coupling),
                press("reflected", "mechanical", self.single_photon_coupling),
                shine("driven_fibre", self.input_amplitude),
                lose("driven", "driven_fibre", amplitude_rate=self.decay),
                lose("reflected", "reflected_fibre", amplitude_rate=self.decay),
                rub("mechanical", self.mechanical_damping, occupation=self.occupation),
            ],
        )
