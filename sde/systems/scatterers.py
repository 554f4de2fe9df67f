"""An optomechanical resonator with a backscattering defect and a compensating nanoparticle.

    α̇_r = −(iΔ_c + Γ)α_r − iJ₁α_l + iG₀α_r q + ε + √(2κ₀)a₀,r + √(2κ_ex)a_ex,r   (cw, driven)
    α̇_l = −(iΔ_c + Γ)α_l − iJ₂α_r + iG₀α_l q     + √(2κ₀)a₀,l + √(2κ_ex)a_ex,l   (ccw)
    q̇ = ω_m p,   ṗ = −ω_m q − γ_m p + G₀ Σ_j (|α_j|² − ½) + ξ
    J₁ = Σ_j ε_j e^{−2imβ_j} + η e^{−2imβ},   J₂ = J₁*,   Δ_c = Δ_a + Σ_j ε_j + η,   Γ = κ₀ + κ_ex

κ₀ and κ_ex are amplitude rates; the ½ is the symmetric-ordering correction of the c-number
equations. Light runs clockwise (cw) or counter-clockwise (ccw).

The diffusion of p is γ_m(2n + 1) by the correlator, Eq. (5) (noise="consistent"); the printed
matrix D has half of it (noise="published"). The default is "published" in `published()`, run files
and the command line, and "consistent" when `ScattererResonator(...)` is called directly. The
printed drift matrix, Eq. (9), has signs of 𝒥₊ that differ from Eq. (3): Eq. (3) is used.

References
----------
Phys. Rev. Applied 23, 024061 (2025), doi:10.1103/PhysRevApplied.23.024061, Eqs. (1)-(5), (10),
(14).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.constants import pi

from ..formulas import laser_frequency, photon_amplitude, radiation_pressure, thermal_occupation
from ..model.model import Model
from ..model.term_kinds import Friction
from ..support.checks import Array, numbers
from ..system import System, choice, parameter, quantity
from ..terms import backscatter, detune, lose, press, rub, shine


@dataclass(frozen=True, eq=False)
class ScattererResonator(System):
    """Resonator with defects and a nanoparticle; modes cw, ccw, mechanical.

    Parameters
    ----------
    detuning, defect, nanoparticle, angle, azimuthal_number, power, temperature, mass, radius,
    optical_frequency, mechanical_frequency, mechanical_damping, intrinsic_decay,
    external_decay : float or array
        In SI units, declared below with symbol, unit and meaning. The defect may also be several,
        as pairs ((rate in rad/s, angle in rad), …).
    noise : {"consistent", "published"}
        Diffusion of p: that of the correlator, or half of it as printed.

    References
    ----------
    doi:10.1103/PhysRevApplied.23.024061, Eqs. (1)-(5); the module's docstring writes them out.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.systems.ScattererResonator.published().model()
    <Model of cw, ccw, mechanical: 6 quadratures, 9 noise channels, ...>
    """

    detuning: Any = parameter(
        "Δ_a", "rad/s", "bare cavity minus laser frequency, without scatterers"
    )
    defect: Any = parameter(
        "ε_d", "rad/s", "scattering of the defect, or (rate, angle) pairs", paired_with="rad"
    )
    nanoparticle: Any = parameter("η", "rad/s", "scattering rate of the nanoparticle")
    angle: Any = parameter("β", "rad", "angle of the nanoparticle from the defect")
    azimuthal_number: Any = parameter(
        "m", "", "azimuthal number of the optical modes", sign="whole"
    )
    power: Any = parameter("P", "W", "laser power", sign="nonnegative")
    temperature: Any = parameter("T", "K", "temperature of the mechanical bath", sign="nonnegative")
    mass: Any = parameter("µ", "kg", "effective mass of the breathing mode", sign="positive")
    radius: Any = parameter("R", "m", "radius of the resonator", sign="positive")
    optical_frequency: Any = parameter(
        "ω_c", "rad/s", "optical resonance without scatterers", sign="positive"
    )
    mechanical_frequency: Any = parameter("ω_m", "rad/s", "mechanical frequency", sign="positive")
    mechanical_damping: Any = parameter(
        "γ_m", "rad/s", "friction rate of the momentum", sign="positive"
    )
    intrinsic_decay: Any = parameter(
        "κ_0", "rad/s", "intrinsic amplitude decay rate of the resonator", sign="nonnegative"
    )
    external_decay: Any = parameter(
        "κ_ex", "rad/s", "amplitude decay rate into the fibre", sign="positive"
    )
    noise: str = choice(
        "consistent",
        "published",
        meaning="diffusion of p; consistent: by the correlator; published: half of it",
    )

    REFERENCE: ClassVar[str] = "doi:10.1103/PhysRevApplied.23.024061"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning": -0.5 * 63e6,
        "defect": 0.6 * 63e6,
        "nanoparticle": 0.6 * 63e6,
        "angle": pi / 8,
        "azimuthal_number": 4,
        "power": 30e-3,
        "temperature": 0.200,
        "mass": 10e-12,
        "radius": 1.1e-3,
        "optical_frequency": 1.22e15,
        "mechanical_frequency": 63e6,
        "mechanical_damping": 630.0,
        "intrinsic_decay": 0.3 * 63e6,
        "external_decay": 0.3 * 63e6,
        "noise": "published",
    }

    def __post_init__(self) -> None:
        object.__setattr__(self, "defect", _as_pairs(self.defect))
        super().__post_init__()

    @quantity("rad/s")
    def decay(self) -> Any:
        """Total amplitude decay rate Γ = κ₀ + κ_ex, rad/s."""
        return np.asarray(self.intrinsic_decay) + self.external_decay

    @property
    def scatterers(self) -> list[tuple[Any, Any]]:
        """Rate (rad/s) and angle (rad) of every defect and of the nanoparticle."""
        defects = list(self.defect) if isinstance(self.defect, tuple) else [(self.defect, 0.0)]
        return [*defects, (self.nanoparticle, self.angle)]

    @quantity("rad/s")
    def scatterer_shift(self) -> Any:
        """Δ_J = Σ_j ε_j + η, rad/s."""
        return sum((np.asarray(rate) for rate, _ in self.scatterers), np.zeros(()))

    @property
    def backscattering(self) -> Array:
        """J₁ = Σ_j ε_j e^{−2imβ_j} + η e^{−2imβ}, from ccw into cw, complex, in rad/s; J₂ = J₁*."""
        turns = -2j * np.asarray(self.azimuthal_number)
        return np.asarray(
            sum(np.asarray(rate) * np.exp(turns * angle) for rate, angle in self.scatterers)
        )

    @quantity("rad/s")
    def single_photon_coupling(self) -> Any:
        """G₀ = (ω_c/R)√(ħ/(µω_m)), rad/s."""
        return radiation_pressure(
            self.optical_frequency, self.radius, self.mass, self.mechanical_frequency
        )

    @property
    def input_amplitude(self) -> Any:
        """a_in = √(P/ħω_d), in √(photons/s), with the laser frequency ω_d = ω_c − Δ_a."""
        return photon_amplitude(
            self.power, laser_frequency(self.optical_frequency, "detuning", self.detuning)
        )

    @property
    def occupation(self) -> Any:
        """Thermal phonon number n_m of the mechanical bath."""
        return thermal_occupation(self.mechanical_frequency, self.temperature)

    def reversed(self) -> Self:
        """The resonator driven from the other side, as its mirror image.

        All angles change sign; cw is still the driven mode.

        Returns
        -------
        ScattererResonator
        """
        defects = self.defect
        if isinstance(defects, tuple):
            defects = tuple((rate, -angle) for rate, angle in defects)
        return self.replace(angle=-np.asarray(self.angle), defect=defects)

    def at_effective_detuning(self, detuning: Any) -> Self:
        """The system with the bare detuning that gives a fixed point of an effective detuning.

        Other branches may exist there; `effective_detuning` of the means identifies the right one.

        Parameters
        ----------
        detuning : float or array
            Δ_a − G₀q_s at the fixed point, Eq. (10), in rad/s.

        Returns
        -------
        ScattererResonator
        """
        detuning = numbers("effective detuning", detuning, unit="rad/s")
        system = self.replace(detuning=detuning)
        light = 1j * (detuning + self.scatterer_shift) + self.decay
        denominator = light**2 + np.abs(self.backscattering) ** 2
        for _ in range(3):  # the laser frequency follows the detuning, a relative change of 1e-8
            drive = np.sqrt(2 * np.asarray(self.external_decay)) * system.input_amplitude
            photons = (
                drive**2
                * (np.abs(light) ** 2 + np.abs(self.backscattering) ** 2)
                / np.abs(denominator) ** 2
            )
            pull = self.single_photon_coupling**2 / self.mechanical_frequency * photons
            system = self.replace(detuning=detuning + pull)
        return system

    def effective_detuning(self, mean: Array) -> Array:
        """Effective detuning Δ_a − G₀q.

        Parameters
        ----------
        mean : array (..., 6)
            Means of the quadratures.

        Returns
        -------
        array (..., 1)
            In rad/s.
        """
        return np.asarray(self.detuning - self.single_photon_coupling * mean[..., 4])[..., None]

    def model(self) -> Model:
        """Eqs. (1)-(5), with all coherent light through the port cw_fibre."""
        J1 = self.backscattering
        optical_detuning = np.asarray(self.detuning) + self.scatterer_shift
        return Model.build(
            ("cw", "ccw", "mechanical"),
            [
                detune("cw", optical_detuning),
                detune("ccw", optical_detuning),
                detune("mechanical", self.mechanical_frequency),
                backscatter("cw", "ccw", J1, np.conj(J1)),
                press("cw", "mechanical", self.single_photon_coupling),
                press("ccw", "mechanical", self.single_photon_coupling),
                shine("cw_fibre", self.input_amplitude),
                lose("cw", "cw_loss", amplitude_rate=self.intrinsic_decay),
                lose("cw", "cw_fibre", amplitude_rate=self.external_decay),
                lose("ccw", "ccw_loss", amplitude_rate=self.intrinsic_decay),
                lose("ccw", "ccw_fibre", amplitude_rate=self.external_decay),
                self._friction(),
            ],
        )

    def _friction(self) -> Friction:
        """Friction on p, with its full noise or half of it.

        Half of the noise, γ(n + ½), is that of an occupation n′ with 2n′ + 1 = n + ½.
        """
        if self.noise == "consistent":
            return rub("mechanical", self.mechanical_damping, occupation=self.occupation)
        return Friction("mechanical", self.mechanical_damping, (self.occupation - 0.5) / 2)


def _as_pairs(defect: Any) -> Any:
    """Pairs (rate, angle) as a tuple of tuples; one rate, or an array of rates, unchanged."""
    plain_list = (
        isinstance(defect, list) and bool(defect) and all(np.ndim(entry) == 0 for entry in defect)
    )
    if plain_list or not isinstance(defect, (tuple, list)):
        return defect
    if not defect or any(not isinstance(pair, (tuple, list)) or len(pair) != 2 for pair in defect):
        raise ValueError(
            "defect must be one rate in rad/s, an array of rates, or several pairs "
            f"((rate, angle), …); 0 for none (got {defect!r})"
        )
    return tuple(tuple(pair) for pair in defect)
