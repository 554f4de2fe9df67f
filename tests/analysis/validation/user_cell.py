"""A system as a user writes it, to which tests add faults, and its checks without a run."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.constants import c as speed_of_light
from scipy.constants import hbar, pi

import qlangevin as ql
from qlangevin.analysis import check_system
from qlangevin.sde import Model
from qlangevin.sde.formulas import thermal_occupation
from qlangevin.sde.terms import detune, lose, press, shine


@dataclass(frozen=True, eq=False)
class Cell(ql.System):
    """Light that presses on a mechanical mode, as a user writes it."""

    detuning: Any = ql.parameter("Δ", "rad/s", "cavity minus laser frequency")
    decay: Any = ql.parameter("κ", "rad/s", "amplitude decay rate", sign="positive")
    coupling: Any = ql.parameter("g", "rad/s", "shift of the cavity per unit of q")
    power: Any = ql.parameter("P", "W", "laser power", sign="nonnegative")
    wavelength: Any = ql.parameter("λ", "m", "wavelength of the laser", sign="positive")
    frequency: Any = ql.parameter("ω_m", "rad/s", "mechanical frequency", sign="positive")
    damping: Any = ql.parameter("γ", "rad/s", "mechanical energy decay rate", sign="positive")
    temperature: Any = ql.parameter("T", "K", "temperature of the bath", sign="nonnegative")

    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning": 6e6,
        "decay": 2e6,
        "coupling": 30.0,
        "power": 1e-4,
        "wavelength": 1.55e-6,
        "frequency": 6e6,
        "damping": 1e4,
        "temperature": 0.05,
    }

    @ql.quantity("rad/s")
    def laser(self):
        return 2 * pi * speed_of_light / np.asarray(self.wavelength)

    @property
    def flux(self):
        return np.asarray(self.power) / (hbar * self.laser)

    def at_effective_detuning(self, detuning):
        photons = 2 * self.decay * self.flux / (np.asarray(detuning) ** 2 + self.decay**2)
        omega, gamma = self.frequency, np.asarray(self.damping) / 2
        return self.replace(
            detuning=detuning + self.coupling**2 * photons * omega / (omega**2 + gamma**2)
        )

    def effective_detuning(self, mean):
        return np.asarray(self.detuning - self.coupling * mean[..., 2])[..., None]

    def reversed(self):
        return self.replace(detuning=-np.asarray(self.detuning))

    def motion(self):
        return lose(
            "m",
            "bath",
            energy_rate=self.damping,
            occupation=thermal_occupation(self.frequency, self.temperature),
        )

    def light(self):
        return [
            lose("a", "fibre", amplitude_rate=self.decay),
            shine("fibre", np.sqrt(self.flux)),
        ]

    def model(self):
        terms = [
            detune("a", self.detuning),
            detune("m", self.frequency),
            press("a", "m", self.coupling),
        ]
        return Model.build(["a", "m"], [*terms, *self.light(), self.motion()])


def checked(kind, **changes):
    return check_system(kind.published(**changes), run=False)


def comment_of_failure(found, name):
    assert found.failed == (name,), str(found)
    return found[name].comment
