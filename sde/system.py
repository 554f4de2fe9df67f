"""What a physical system is: a frozen dataclass of SI parameters whose `model()` reads like the
paper's equations.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np

from .model.model import Model
from .support.checks import common_shape, nearest, numbers, require_one_of, shown

Sign = Literal["any", "nonnegative", "positive", "fraction", "whole"]


def parameter(
    symbol: str, unit: str, meaning: str, *, sign: Sign = "any", paired_with: str | None = None
) -> Any:
    """A physical parameter: its symbol, SI unit, meaning and allowed sign travel as field metadata.

    One that may also be several pairs (value, something else) says in `paired_with` the unit of the
    other.
    """
    require_one_of(f"sign of the parameter {symbol}", sign, get_args(Sign))
    metadata = {"symbol": symbol, "unit": unit, "meaning": meaning, "sign": sign}
    return dataclasses.field(
        metadata=metadata | ({"paired_with": paired_with} if paired_with else {})
    )


def choice(*options: str, meaning: str) -> Any:
    """A parameter that takes one of a few words; the first by default, but for `published`, which
    has its own.
    """
    if not options:
        raise ValueError(f"choice(..., meaning={meaning!r}) needs the words to choose from")
    metadata = {"symbol": "", "unit": "", "meaning": meaning, "options": options}
    return dataclasses.field(default=options[0], metadata=metadata)


class DerivedQuantity(property):
    """A property with an SI unit, which run files may use by name; declared with `quantity`."""

    unit: str


def quantity(unit: str) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare a property of a system with its SI unit, so that run files may use it by name.

    Parameters
    ----------
    unit : str
        SI unit of its value, such as "rad/s"; "" where it has none.

    Returns
    -------
    callable
        The decorator, used in place of `@property`. The value must be one number per parameter
        point.

    Raises
    ------
    ValueError
        Where the unit is not a word, as in `@quantity` without parentheses.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import qlangevin as ql
    >>> from qlangevin.sde.terms import lose
    >>> @dataclass(frozen=True, eq=False)
    ... class Cavity(ql.System):
    ...     frequency: float = ql.parameter("ω", "rad/s", "resonance frequency")
    ...     quality_factor: float = ql.parameter("Q", "", "quality factor ω/κ")
    ...     @ql.quantity("rad/s")
    ...     def decay(self):
    ...         return self.frequency / self.quality_factor
    ...     def model(self):
    ...         return ql.Model.build(["a"], [lose("a", "fibre", energy_rate=self.decay)])
    >>> Cavity(frequency=1e15, quality_factor=1e7).decay
    100000000.0

    A run file of this system may then say ``duration = "30 / decay"``.
    """
    if not isinstance(unit, str):
        raise ValueError(
            f'unit of a quantity must be a word (got {shown(unit)}); write @quantity("rad/s")'
        )

    def declare(read: Callable[[Any], Any]) -> DerivedQuantity:
        declared = DerivedQuantity(read)
        declared.unit = unit
        return declared

    return declare


@dataclasses.dataclass(frozen=True, eq=False)
class System(ABC):
    """Base of all systems. A subclass, decorated with @dataclass(frozen=True, eq=False), declares
    its parameters.

    Each field is a `parameter(symbol, unit, meaning)` or a `choice(...)`. Parameters are numbers,
    or arrays that broadcast to leading axes (parameter points); a tuple is one value.

    A subclass must define

    model()
        The Langevin equations with these parameters: returns what `Model.build` does.

    and it may define

    REFERENCE : str
        Where the equations stand, such as "doi:10.1103/PhysRevLett.125.143605"; kept in every
        result.
    PUBLISHED : mapping
        Values of its parameters in SI, by name, from which `published()` makes the system.
    pair : property
        The names of the two modes whose entanglement is reported unless others are named.
    dark()
        The system before it is switched on, in whose baths every mode rests alone: where runs with
        start="dark" begin. Needed where gain, or coupling to light, would leave a mode without
        damping of its own.
    at_effective_detuning(detuning), effective_detuning(mean)
        Both or none. The first returns the system with those bare parameters changed, its detuning
        above all, that give it a fixed point of this effective detuning, in rad/s, a number or an
        array over parameter points. The second reads the effective detunings (..., cavities) off
        means (..., quadratures), which tells the branch that was meant. Run files and grids then
        take `effective_detuning`, and refuse beside it a value for a parameter that it changes.
    reversed() or backward()
        The system driven from the other side: what direction = "reversed" means in run files.
    homodyne(phase)
        Records of the light that leaves, as `conditional_covariance` takes them, of a detector at a
        phase in rad, or at an array of phases. `qlangevin steady` then says what the best of them
        tell.
    properties
        Those declared with `@quantity(unit)` instead of `@property` may be used by name in run
        files, as parameters may: detuning = "0.3 decay".

    Raises
    ------
    ValueError
        For a parameter that is not finite or has the wrong sign, a word that is no option, arrays
        that do not broadcast, and a subclass whose fields are not declared as above.
    """

    REFERENCE: ClassVar[str] = ""
    PUBLISHED: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def model(self) -> Model:
        """The Langevin equations with these parameters."""

    @property
    def pair(self) -> tuple[str, str]:
        """The two modes whose entanglement is reported unless others are named: the first and the
        last.
        """
        modes = as_model(self).modes
        return modes[0], modes[-1]

    def dark(self) -> Self:
        """The system before it is switched on, in whose baths every mode then rests: here, without
        change.
        """
        return self

    @classmethod
    def published(cls, **changes: Any) -> Self:
        """The published parameters, with changes by name; so start run files and the command line.

        Where a paper's noise does not follow from its equations, noise = "published" is among them;
        noise = "consistent", the default of a class called with all its parameters, is then a
        change. Raises ValueError for a parameter that is neither published nor given.
        """
        cls._require_known(changes)
        values = {**cls.PUBLISHED, **changes}
        cls._require_known(values)
        required = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
        if missing := [name for name in required if name not in values]:
            raise ValueError(
                f"{cls.__name__}.published() has no value for {', '.join(missing)}: add it to PUBLISHED, or give it "
                f"here, as in published({missing[0]}=…)"
            )
        return cls(**values)

    def replace(self, **changes: Any) -> Self:
        """The same system with some parameters changed by name."""
        self._require_known(changes)
        return dataclasses.replace(self, **changes)

    def parameters(self) -> dict[str, Any]:
        """All parameters by name, in SI units."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def __new__(cls, *_: Any, **__: Any) -> Self:
        _require_declared(cls)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            check = _check_choice if "options" in field.metadata else _check_parameter
            check(field, getattr(self, field.name))
        values = self.parameters().items()
        common_shape(
            {name: np.shape(value) for name, value in values if not isinstance(value, tuple)}
        )

    @classmethod
    def _require_known(cls, changes: Mapping[str, Any]) -> None:
        _require_declared(cls)
        names = [f.name for f in dataclasses.fields(cls)]
        for name in changes:
            if name not in names:
                raise ValueError(
                    f"{cls.__name__} has no parameter {name!r}: {nearest(name, names, 'it has')}"
                )


def overwritten(before: System, after: System, names: Iterable[str]) -> list[str]:
    """Those of some parameters that have another value in the second system than in the first."""
    return [name for name in names if not _equal(getattr(before, name), getattr(after, name))]


def has_effective_detuning(system: System) -> bool:
    """Whether a system can be set to an effective detuning; ValueError if it says only half of how."""
    hooks = [
        name for name in ("at_effective_detuning", "effective_detuning") if hasattr(system, name)
    ]
    if len(hooks) == 1:
        raise ValueError(
            f"{type(system).__name__} defines {hooks[0]} alone: at_effective_detuning(detuning) and "
            "effective_detuning(mean) need each other (see qlangevin.sde.system.System)"
        )
    return bool(hooks)


def require_system(system: Any, task: str) -> None:
    """ValueError unless this is a system: a model has no parameters to vary."""
    if not isinstance(system, System):
        remedy = "a Model has no parameters" if isinstance(system, Model) else instead(system)
        raise ValueError(
            f"{task} varies the parameters of a System (got {shown(system)}); {remedy}"
        )


def instead(given: Any) -> str:
    """What to give where a system is meant."""
    known = isinstance(given, type) and issubclass(given, System)
    return f"call {given.__name__}.published()" if known else "such as Microrings.published()"


def _require_declared(cls: type[System]) -> None:
    """ValueError for a class without its decorator, or with a field that is not declared as a
    parameter.
    """
    for base in cls.__mro__:
        if left := [
            name for name, value in vars(base).items() if isinstance(value, dataclasses.Field)
        ]:
            raise ValueError(
                f"{base.__name__} must be decorated with @dataclass(frozen=True, eq=False): "
                f"{left[0]} is no field of it"
            )
    for field in dataclasses.fields(cls):
        if "unit" not in field.metadata:
            raise ValueError(
                f"{field.name} of {cls.__name__} must be declared with its symbol, unit and meaning, as in "
                f'{field.name}: Any = parameter("x", "rad/s", "what it is"), or with choice(...)'
            )
        if hasattr(System, field.name):
            raise ValueError(
                f"{field.name} of {cls.__name__} has the name of something that every System has; "
                "rename it"
            )


def _check_parameter(field: dataclasses.Field[Any], value: Any) -> None:
    unit, sign = field.metadata["unit"], field.metadata["sign"]
    values = numbers(field.name, value, unit=unit)
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{field.name} must be finite, in {unit} (got {value})")
    if sign == "fraction" and np.any((values < 0) | (values > 1)):
        raise ValueError(f"{field.name} must lie between 0 and 1 (got {value})")
    if sign == "whole" and np.any((values <= 0) | (values != np.round(values))):
        raise ValueError(f"{field.name} must be a positive whole number (got {value})")
    if (sign == "positive" and np.any(values <= 0)) or (
        sign == "nonnegative" and np.any(values < 0)
    ):
        wanted = "positive" if sign == "positive" else "zero or positive"
        raise ValueError(f"{field.name} must be {wanted}, in {unit} (got {value})")


def _check_choice(field: dataclasses.Field[Any], value: Any) -> None:
    options = field.metadata["options"]
    if not (isinstance(value, str) and value in options):
        raise ValueError(
            f"{field.name} = {shown(value)} is unknown: "
            f"{nearest(str(value), options, 'it is one of')}"
        )


def _equal(value: Any, other: Any) -> bool:
    try:
        return bool(np.all(np.asarray(value) == np.asarray(other)))
    except ValueError:
        return False


def as_model(system: System | Model) -> Model:
    """The model of a system, or the model itself; ValueError for anything else."""
    if isinstance(system, Model):
        return system
    if not isinstance(system, System):
        raise ValueError(
            f"system must be a System or a Model (got {shown(system)}); {instead(system)}"
        )
    model: Any = system.model()
    if not isinstance(model, Model):
        kind = type(system).__name__
        raise ValueError(
            f"{kind}.model() must return a Model, as Model.build(modes, terms) does (got "
            f"{shown(model)})"
        )
    return model


def as_single_model(system: System | Model, task: str) -> Model:
    """The model of one parameter point; ValueError when the parameters are arrays."""
    model = as_model(system)
    if model.batch:
        raise ValueError(
            f"{task} takes one parameter point (got parameters of shape {model.batch}); "
            "loop over the points, one system each"
        )
    return model
