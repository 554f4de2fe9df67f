"""Two spinning optomechanical resonators on one fibre: the light of the first drives the second.

    α̇_l = −(i(Δ_l + Δ_F,l) + (κ₀ + κ_ex,l)/2)α_l + ig_lα_l(β_l + β_l*)
           + √κ_ex,l ε_d + √κ₀ a₀,l + √κ_ex,l a_ex,l
    α̇_r = −(i(Δ_r + Δ_F,r) + (κ₀ + κ_ex,r)/2)α_r + ig_rα_r(β_r + β_r*)
           + √(ηκ_ex,r) e^{iφ}(ε_d − √κ_ex,l α_l) + √κ₀ a₀,r + √κ_ex,r a_ex,r
    β̇_j = −(iω_j + γ_m/2)β_j + ig_j(|α_j|² − ½) + √γ_m b_j

with β = (q + ip)/√2, ω_l = ω_m, ω_r = χω_m. κ and γ_m are energy rates. g_j = (ω_c/R)√(ħ/(mω_j))
as printed, which with H = −ħg a†a(b + b†) is √2 above the zero-point coupling. The ½ is the
symmetric-ordering correction. Driven from the right, the roles change and both Sagnac shifts change
sign.

noise="consistent": the fibre passes the first port's vacuum on to the second, so that
a_ex,r = √η e^{iφ} a_ex,l + √(1−η) a_v. noise="published": every port has a vacuum of its own, which
does not keep the commutators. The default is "published" in `published()`, run files and the
command line, and "consistent" when `CascadedResonators(...)` is called directly.

References
----------
Phys. Rev. Applied 18, 064008 (2022), doi:10.1103/PhysRevApplied.18.064008, Eqs. (2)-(8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.constants import c as speed_of_light
from scipy.constants import pi

from ..formulas import photon_amplitude, radiation_pressure, sagnac_shift, thermal_occupation
from ..model.model import Model
from ..model.term_kinds import Term
from ..support.checks import Array, numbers
from ..system import System, choice, parameter, quantity
from ..terms import detune, feed, lose, press, shine

MHZ = 2e6 * pi
"""2π × 1 MHz in rad/s."""


@dataclass(frozen=True, eq=False)
class CascadedResonators(System):
    """Two spinning resonators in series.

    Modes: optical_left, optical_right, mechanical_left, mechanical_right.

    Parameters
    ----------
    detuning_left, detuning_right, spin_left, spin_right, frequency_ratio, transmission, phase,
    power, temperature, refractive_index, mass, radius, wavelength, intrinsic_decay,
    external_decay_left, external_decay_right, mechanical_frequency,
    mechanical_damping : float or array
        In SI units, declared below with symbol, unit and meaning.
    input_side : {"left", "right"}
        The side from which the light enters.
    noise : {"consistent", "published"}
        Whether the fibre carries the first port's vacuum on to the second.

    References
    ----------
    doi:10.1103/PhysRevApplied.18.064008, Eqs. (2)-(8); the module's docstring writes them out.

    Examples
    --------
    >>> import qlangevin as ql
    >>> system = ql.systems.CascadedResonators.published()
    >>> system.model()
    <Model of optical_left, optical_right, mechanical_left, mechanical_right: 8 quadratures, ...>
    >>> system.reversed().input_side
    'right'
    """

    detuning_left: Any = parameter(
        "Δ_l", "rad/s", "bare left cavity minus laser frequency, at rest"
    )
    detuning_right: Any = parameter(
        "Δ_r", "rad/s", "bare right cavity minus laser frequency, at rest"
    )
    spin_left: Any = parameter("Ω_l", "rad/s", "angular velocity of the left resonator")
    spin_right: Any = parameter("Ω_r", "rad/s", "angular velocity of the right resonator")
    frequency_ratio: Any = parameter(
        "χ", "", "mechanical frequency of the right resonator over the left", sign="positive"
    )
    transmission: Any = parameter("η", "", "power transmission of the fibre", sign="fraction")
    phase: Any = parameter("φ", "rad", "phase picked up in the fibre; no result depends on it")
    power: Any = parameter("P", "W", "laser power", sign="nonnegative")
    temperature: Any = parameter(
        "T", "K", "temperature of the mechanical baths", sign="nonnegative"
    )
    refractive_index: Any = parameter("n", "", "refractive index", sign="positive")
    mass: Any = parameter("m", "kg", "effective mass of each mechanical mode", sign="positive")
    radius: Any = parameter("R", "m", "radius of each resonator", sign="positive")
    wavelength: Any = parameter("λ", "m", "vacuum wavelength of the cavities", sign="positive")
    intrinsic_decay: Any = parameter(
        "κ_0", "rad/s", "intrinsic energy decay rate of each resonator", sign="nonnegative"
    )
    external_decay_left: Any = parameter(
        "κ_ex,l", "rad/s", "energy decay rate into the fibre, left", sign="positive"
    )
    external_decay_right: Any = parameter(
        "κ_ex,r", "rad/s", "energy decay rate into the fibre, right", sign="positive"
    )
    mechanical_frequency: Any = parameter(
        "ω_m", "rad/s", "mechanical frequency of the left resonator", sign="positive"
    )
    mechanical_damping: Any = parameter(
        "γ_m", "rad/s", "mechanical energy decay rate", sign="positive"
    )
    input_side: str = choice("left", "right", meaning="the side from which the light enters")
    noise: str = choice(
        "consistent",
        "published",
        meaning="consistent: the fibre carries the vacuum on; published: it does not",
    )

    REFERENCE: ClassVar[str] = "doi:10.1103/PhysRevApplied.18.064008"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning_left": 88.54 * MHZ,
        "detuning_right": 88.54 * MHZ,
        "spin_left": 0.0,
        "spin_right": 0.0,
        "frequency_ratio": 1.0,
        "transmission": 1.0,
        "phase": 0.0,
        "power": 20e-3,
        "temperature": 0.100,
        "refractive_index": 1.48,
        "mass": 15e-12,
        "radius": 36e-6,
        "wavelength": 780e-9,
        "intrinsic_decay": 15 * MHZ,
        "external_decay_left": 27 * MHZ,
        "external_decay_right": 30 * MHZ,
        "mechanical_frequency": 88.54 * MHZ,
        "mechanical_damping": 2.2e-3 * MHZ,
        "input_side": "left",
        "noise": "published",
    }

    @property
    def pair(self) -> tuple[str, str]:
        """The two mechanical modes, whose entanglement the paper studies."""
        return "mechanical_left", "mechanical_right"

    @quantity("rad/s")
    def optical_frequency(self) -> Any:
        """ω_c = 2πc/λ, rad/s; the laser's frequency is taken to be the same."""
        return 2 * pi * speed_of_light / np.asarray(self.wavelength)

    @property
    def input_amplitude(self) -> Any:
        """ε_d = √(P/ħω_d), in √(photons/s)."""
        return photon_amplitude(self.power, self.optical_frequency)

    def external_decay(self, side: str) -> Any:
        """κ_ex of a resonator.

        Parameters
        ----------
        side : {"left", "right"}

        Returns
        -------
        float or array
            In rad/s.
        """
        return np.asarray(self.external_decay_left if side == "left" else self.external_decay_right)

    def frequency(self, side: str) -> Any:
        """Mechanical frequency of a resonator: ω_m, or χω_m on the right.

        Parameters
        ----------
        side : {"left", "right"}

        Returns
        -------
        float or array
            In rad/s.
        """
        ratio = 1.0 if side == "left" else np.asarray(self.frequency_ratio)
        return np.asarray(self.mechanical_frequency) * ratio

    def sagnac_shift(self, side: str) -> Any:
        """Δ_F of a resonator, Eq. (2) without dispersion; its sign changes with the input side.

        Parameters
        ----------
        side : {"left", "right"}

        Returns
        -------
        float or array
            In rad/s.
        """
        spin = np.asarray(self.spin_left if side == "left" else self.spin_right)
        sign = 1.0 if self.input_side == "left" else -1.0
        return sagnac_shift(sign * spin, self.optical_frequency, self.radius, self.refractive_index)

    def single_photon_coupling(self, side: str) -> Any:
        """g of a resonator, (ω_c/R)√(ħ/(mω)).

        Parameters
        ----------
        side : {"left", "right"}

        Returns
        -------
        float or array
            In rad/s.
        """
        return radiation_pressure(
            self.optical_frequency, self.radius, self.mass, self.frequency(side)
        )

    def reversed(self) -> Self:
        """The same resonators with the light entering from the other side.

        Returns
        -------
        CascadedResonators
        """
        return self.replace(input_side="right" if self.input_side == "left" else "left")

    def at_effective_detuning(self, detuning: Any) -> Self:
        """The system with the bare detunings that give a fixed point of an effective detuning.

        Other branches may exist there; `effective_detuning` of the means identifies the right one.

        Parameters
        ----------
        detuning : float or array
            Δ − g(β + β*) of each cavity at the fixed point, Eqs. (8)-(9), in rad/s.

        Returns
        -------
        CascadedResonators
        """
        detuning = numbers("effective detuning", detuning, unit="rad/s")
        bare = {}
        arriving = self.input_amplitude + 0j
        for side in self._sides_in_order():
            loss = self.external_decay(side)
            amplitude = np.sqrt(loss) * arriving
            alpha = amplitude / (
                1j * (detuning + self.sagnac_shift(side)) + (self.intrinsic_decay + loss) / 2
            )
            bare[f"detuning_{side}"] = detuning + self._shift_per_photon(side) * np.abs(alpha) ** 2
            arriving = np.sqrt(self.transmission) * (arriving - np.sqrt(loss) * alpha)
        return self.replace(**bare)

    def effective_detuning(self, mean: Array) -> Array:
        """Effective detunings Δ − g(β + β*) of the left and the right cavity.

        Parameters
        ----------
        mean : array (..., 8)
            Means of the quadratures.

        Returns
        -------
        array (..., 2)
            In rad/s.
        """
        bare = (self.detuning_left, self.detuning_right)
        shifts = (self.single_photon_coupling(side) * np.sqrt(2) for side in ("left", "right"))
        pairs = zip(bare, shifts, (4, 6), strict=True)
        return np.stack([d - shift * mean[..., k] for d, shift, k in pairs], axis=-1)

    def model(self) -> Model:
        """Eqs. (2)-(8), with the coherent light entering through the fibre of the first side."""
        first, second = self._sides_in_order()
        return Model.build(
            ("optical_left", "optical_right", "mechanical_left", "mechanical_right"),
            [
                *self._resonator("left", self.detuning_left),
                *self._resonator("right", self.detuning_right),
                shine(f"{first}_fibre", self.input_amplitude),
                feed(
                    f"{first}_fibre",
                    f"{second}_fibre",
                    transmission=self.transmission,
                    phase=self.phase,
                    shared_vacuum=self.noise == "consistent",
                ),
            ],
        )

    def _resonator(self, side: str, detuning: Any) -> list[Term]:
        """The terms of one resonator and its baths."""
        light = f"optical_{side}"
        motion = f"mechanical_{side}"
        occupation = thermal_occupation(self.frequency(side), self.temperature)
        return [
            detune(light, np.asarray(detuning) + self.sagnac_shift(side)),
            detune(motion, self.frequency(side)),
            press(light, motion, np.sqrt(2) * self.single_photon_coupling(side)),
            lose(light, f"{side}_loss", energy_rate=self.intrinsic_decay),
            lose(light, f"{side}_fibre", energy_rate=self.external_decay(side)),
            lose(
                motion, f"{side}_bath", energy_rate=self.mechanical_damping, occupation=occupation
            ),
        ]

    def _sides_in_order(self) -> tuple[str, str]:
        """The sides in the order in which the light reaches them."""
        return ("left", "right") if self.input_side == "left" else ("right", "left")

    def _shift_per_photon(self, side: str) -> Any:
        """Shift of a cavity per photon, g(β + β*)/|α|² = 2g²ω/(ω² + γ²/4), rad/s."""
        omega = self.frequency(side)
        return (
            2
            * self.single_photon_coupling(side) ** 2
            * omega
            / (omega**2 + np.asarray(self.mechanical_damping) ** 2 / 4)
        )
