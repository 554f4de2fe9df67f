"""What a physical system is: a frozen dataclass of SI parameters whose `model()` reads like the paper's equations."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
from scipy.constants import c as speed_of_light
from scipy.constants import hbar, k

from .arguments import nearest
from .model import Array, Model

Sign = Literal["any", "nonnegative", "positive", "fraction", "whole"]


def parameter(symbol: str, unit: str, meaning: str, *, sign: Sign = "any", paired_with: str | None = None) -> Any:
    """A physical parameter: its symbol, SI unit, meaning and allowed sign travel as field metadata.

    One that may also be several pairs (value, something else) says in `paired_with` the unit of the other.
    """
    metadata = {"symbol": symbol, "unit": unit, "meaning": meaning, "sign": sign}
    return dataclasses.field(metadata=metadata | ({"paired_with": paired_with} if paired_with else {}))


def choice(*options: str, meaning: str) -> Any:
    """A parameter that takes one of a few words; the first by default, but for `published`, which has its own."""
    metadata = {"symbol": "", "unit": "", "meaning": meaning, "options": options}
    return dataclasses.field(default=options[0], metadata=metadata)


@dataclasses.dataclass(frozen=True, eq=False)
class System(ABC):
    """Base of all systems; a subclass adds its parameters, `REFERENCE`, `PUBLISHED` and `model()`.

    Parameters are numbers, or arrays that broadcast to leading axes (parameter points); a tuple is one value.
    Raises ValueError for a parameter that is not finite or has the wrong sign, and for a word that is no option.
    """

    REFERENCE: ClassVar[str]
    PUBLISHED: ClassVar[Mapping[str, Any]]

    @abstractmethod
    def model(self) -> Model:
        """The Langevin equations with these parameters."""

    @property
    def pair(self) -> tuple[str, str]:
        """The two modes whose entanglement is reported unless others are named: the first and the last."""
        modes = self.model().modes
        return modes[0], modes[-1]

    def dark(self) -> Self:
        """The system before it is switched on, in whose baths every mode then rests: here, without change."""
        return self

    @classmethod
    def published(cls, **changes: Any) -> Self:
        """The published parameters, with changes by name; so start run files and the command line.

        Where a paper's noise does not follow from its equations, noise = "published" is among them; noise =
        "consistent", the default of a class called with all its parameters, is then a change.
        """
        cls._require_known(changes)
        return cls(**{**cls.PUBLISHED, **changes})

    def replace(self, **changes: Any) -> Self:
        """The same system with some parameters changed by name."""
        self._require_known(changes)
        return dataclasses.replace(self, **changes)

    def parameters(self) -> dict[str, Any]:
        """All parameters by name, in SI units."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            check = _check_choice if "options" in field.metadata else _check_parameter
            check(field, getattr(self, field.name))

    @classmethod
    def _require_known(cls, changes: Mapping[str, Any]) -> None:
        names = [f.name for f in dataclasses.fields(cls)]
        for name in changes:
            if name not in names:
                raise ValueError(f"{cls.__name__} has no parameter {name!r}: {nearest(name, names, 'it has')}")


def thermal_occupation(frequency: Any, temperature: Any) -> Array:
    """Bose occupation 1/(exp(ħω/k_BT) − 1) at ω in rad/s and T in kelvin; 0 at T = 0."""
    with np.errstate(divide="ignore", over="ignore"):
        ratio = hbar * np.asarray(frequency, float) / (k * np.asarray(temperature, float))
        return np.asarray(1.0 / np.expm1(ratio))


def sagnac_shift(spin: Any, frequency: Any, radius: Any, refractive_index: Any, dispersion_term: Any = 0.0) -> Any:
    """Δ_F = Ω (nRω/c)(1 − 1/n² − (λ/n)dn/dλ), rad/s, of light at ω in a ring spinning at Ω; the last term as given."""
    n = np.asarray(refractive_index)
    return np.asarray(spin) * n * radius * frequency / speed_of_light * (1 - 1 / n**2 - dispersion_term)


def radiation_pressure(frequency: Any, radius: Any, mass: Any, mechanical_frequency: Any) -> Any:
    """Shift of a ring's resonance ω per unit of q, (ω/R)√(ħ/(mω_m)), rad/s."""
    return np.asarray(frequency) / radius * np.sqrt(hbar / (np.asarray(mass) * mechanical_frequency))


def laser_frequency(optical_frequency: Any, name: str, detuning: Any) -> Array:
    """ω_c − Δ, rad/s, of a laser detuned by Δ; ValueError, naming the detuning, unless it is positive."""
    frequency = np.asarray(optical_frequency, float) - detuning
    if not np.all(frequency > 0):
        raise ValueError(f"{name} must lie below the optical frequency, or there is no laser (got {detuning} rad/s)")
    return frequency


def photon_amplitude(power: Any, frequency: Any) -> Array:
    """√(P/ħω), in √(photons/s), of light of a power in W at ω in rad/s."""
    return np.sqrt(np.asarray(power, float) / (hbar * np.asarray(frequency, float)))


def _check_parameter(field: dataclasses.Field[Any], value: Any) -> None:
    unit, sign = field.metadata["unit"], field.metadata["sign"]
    try:
        numbers = np.asarray(value, float)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None or np.asarray(value).dtype == bool:
        raise ValueError(f"{field.name} must be a number{f' in {unit}' if unit else ''} (got {value!r})")
    if not np.all(np.isfinite(numbers)):
        raise ValueError(f"{field.name} must be finite, in {unit} (got {value})")
    if sign == "fraction" and np.any((numbers < 0) | (numbers > 1)):
        raise ValueError(f"{field.name} must lie between 0 and 1 (got {value})")
    if sign == "whole" and np.any((numbers <= 0) | (numbers != np.round(numbers))):
        raise ValueError(f"{field.name} must be a positive whole number (got {value})")
    if (sign == "positive" and np.any(numbers <= 0)) or (sign == "nonnegative" and np.any(numbers < 0)):
        wanted = "positive" if sign == "positive" else "zero or positive"
        raise ValueError(f"{field.name} must be {wanted}, in {unit} (got {value})")


def _check_choice(field: dataclasses.Field[Any], value: Any) -> None:
    options = field.metadata["options"]
    if not (isinstance(value, str) and value in options):
        raise ValueError(f"{field.name} = {value!r} is unknown: {nearest(str(value), options, 'it is one of')}")
