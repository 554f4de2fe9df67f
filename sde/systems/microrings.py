"""Two coupled microrings, one of them with a two-photon drive: linear, with one-way steering.

    ȧ = −(iΔ_a + κ_a)a − iJb − iΩ_a         + √(2κ_a)a_in
    ḃ = −(iΔ_b + κ_b)b − iJa − 2iΩ_b b†     + √(2κ_b)b_in

κ_a and κ_b are amplitude rates.

References
----------
Phys. Rev. A 109, 062423 (2024), doi:10.1103/PhysRevA.109.062423, Eqs. (2)-(5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.constants import pi

from ..formulas import laser_frequency, photon_amplitude, thermal_occupation
from ..model.model import Model
from ..support.checks import numbers
from ..system import System, parameter
from ..terms import detune, exchange, lose, shine, squeeze

MHZ = 2e6 * pi
"""2π × 1 MHz in rad/s."""


@dataclass(frozen=True, eq=False)
class Microrings(System):
    """Two microrings, the second driven by photon pairs; modes a, b.

    Parameters
    ----------
    detuning_a, detuning_b, coupling, two_photon_drive, drive, decay_a, decay_b, frequency_a,
    frequency_b, temperature : float or array
        In SI units, declared below with symbol, unit and meaning.

    References
    ----------
    doi:10.1103/PhysRevA.109.062423, Eqs. (2)-(5); the module's docstring writes them out.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.systems.Microrings.published().model()
    <Model of a, b: 4 quadratures, 4 noise channels, 0 quadratic and 0 cubic terms>
    """

    detuning_a: Any = parameter("Δ_a", "rad/s", "frequency of ring a minus the laser's")
    detuning_b: Any = parameter("Δ_b", "rad/s", "frequency of ring b minus the laser's")
    coupling: Any = parameter("J", "rad/s", "exchange of photons between the rings")
    two_photon_drive: Any = parameter(
        "Ω_b", "rad/s", "two-photon drive of ring b; 0 for backward input"
    )
    drive: Any = parameter("Ω_a", "rad/s", "coherent drive of ring a, which shifts the means only")
    decay_a: Any = parameter("κ_a", "rad/s", "amplitude decay rate of ring a", sign="positive")
    decay_b: Any = parameter("κ_b", "rad/s", "amplitude decay rate of ring b", sign="positive")
    frequency_a: Any = parameter("ω_a", "rad/s", "optical frequency of ring a", sign="positive")
    frequency_b: Any = parameter("ω_b", "rad/s", "optical frequency of ring b", sign="positive")
    temperature: Any = parameter("T", "K", "temperature of the optical baths", sign="nonnegative")

    REFERENCE: ClassVar[str] = "doi:10.1103/PhysRevA.109.062423"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning_a": 115 * MHZ,
        "detuning_b": -115 * MHZ,
        "coupling": 35 * MHZ,
        "two_photon_drive": 11.5 * MHZ,
        "drive": 0.0,
        "decay_a": 5 * MHZ,
        "decay_b": 5 * MHZ,
        "frequency_a": 193.4e6 * MHZ,
        "frequency_b": 193.4e6 * MHZ,
        "temperature": 20e-3,
    }

    def with_powers(self, power_a: Any, power_b: Any) -> Self:
        """The system with the drives that laser powers give.

        Ω_a = √(2κ_aP_a/ħω_L), Ω_b = √(κ_bP_b/ħω_L), with the laser frequency ω_L = ω_a − Δ_a.

        Parameters
        ----------
        power_a, power_b : float or array
            Powers P_a and P_b in W.

        Returns
        -------
        Microrings

        Raises
        ------
        ValueError
            For a negative power, and a detuning above the optical frequency.
        """
        for name, power in (("power_a", power_a), ("power_b", power_b)):
            if not np.all(numbers(name, power, unit="W") >= 0):
                raise ValueError(f"{name} must be zero or positive, in W (got {power})")
        laser = laser_frequency(self.frequency_a, "detuning_a", self.detuning_a)
        return self.replace(
            drive=np.sqrt(2 * np.asarray(self.decay_a)) * photon_amplitude(power_a, laser),
            two_photon_drive=np.sqrt(np.asarray(self.decay_b)) * photon_amplitude(power_b, laser),
        )

    def backward(self) -> Self:
        """The same rings with the light entering from the other side.

        Its photon pairs are not phase-matched to mode b, so Ω_b = 0.

        Returns
        -------
        Microrings
        """
        return self.replace(two_photon_drive=0.0 * np.asarray(self.two_photon_drive))

    def model(self) -> Model:
        """Eqs. (2)-(5), with the drive Ω_a as coherent light into the port fibre_a."""
        occupation_a = thermal_occupation(self.frequency_a, self.temperature)
        occupation_b = thermal_occupation(self.frequency_b, self.temperature)
        return Model.build(
            ("a", "b"),
            [
                detune("a", self.detuning_a),
                detune("b", self.detuning_b),
                exchange("a", "b", self.coupling),
                shine(
                    "fibre_a", -1j * np.asarray(self.drive) / np.sqrt(2 * np.asarray(self.decay_a))
                ),
                squeeze("b", self.two_photon_drive),
                lose("a", "fibre_a", amplitude_rate=self.decay_a, occupation=occupation_a),
                lose("b", "fibre_b", amplitude_rate=self.decay_b, occupation=occupation_b),
            ],
        )
