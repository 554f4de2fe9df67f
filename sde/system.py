"""A physical system: a frozen dataclass of SI parameters whose `model()` gives its equations."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from .model.model import Model
from .parameters import (
    DerivedQuantity,
    check_value,
    choice,
    parameter,
    plain_value,
    quantity,
    require_declared,
)
from .support.checks import common_shape, nearest, shown
from .system_repr import SystemDisplay

__all__ = [
    "DerivedQuantity",
    "System",
    "as_model",
    "as_single_model",
    "choice",
    "has_effective_detuning",
    "instead",
    "overwritten",
    "parameter",
    "quantity",
    "require_system",
]


@dataclasses.dataclass(frozen=True, eq=False)
class System(SystemDisplay, ABC):
    """Base class of physical systems.

    A subclass is decorated with @dataclass(frozen=True, eq=False). Each of its fields is a
    `parameter(symbol, unit, meaning)` or a `choice(...)`. Parameters are numbers, or arrays that
    broadcast to leading axes (parameter points); a tuple is one value.

    A subclass must define

    model()
        The Langevin equations with these parameters: returns a `Model`, built by `Model.build`.

    and it may define

    REFERENCE : str
        Source of the equations, such as "doi:10.1103/PhysRevLett.125.143605"; kept in results.
    PUBLISHED : mapping
        Values of its parameters in SI, by name, from which `published()` makes the system;
        parameters with a default may be left out.
    pair : property
        The names of the two modes whose entanglement is reported unless others are named.
    dark()
        The system before it is switched on, in which every mode rests in its own bath: where runs
        with start="dark" begin. Needed where gain, or coupling to light, would leave a mode without
        damping of its own.
    at_effective_detuning(detuning), effective_detuning(mean)
        Both or none. The first returns the system with its bare parameters changed, chiefly the
        detuning, so that it has a fixed point of this effective detuning, in rad/s, a number or an
        array over parameter points. The second returns the effective detunings (..., cavities) of
        means (..., quadratures), which identify the intended branch. Run files and grids then
        accept `effective_detuning`, but not together with a parameter that it changes.
    reversed() or backward()
        The system driven from the other side, for direction = "reversed" in run files.
    homodyne(phase)
        Records of the light that leaves, as `conditional_covariance` takes them, of a detector at a
        phase in rad, or at an array of phases. `qlangevin steady` then reports the Reid products
        given the record of the best phase.
    properties
        Those declared with `@quantity(unit)` instead of `@property` may be used by name in run
        files, as parameters may: detuning = "0.3 decay".

    Run files and commands take the system from its file by "ring.py:Ring", where the class is
    called Ring, or from an installed package by its name in the entry points `qlangevin.systems`.
    `qlangevin check ring.py:Ring`, or `analysis.check_system`, checks it.

    Raises
    ------
    ValueError
        For a parameter that is not finite or has the wrong sign, a word that is no option, arrays
        that do not broadcast, and a subclass whose fields are not declared as above.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import qlangevin as ql
    >>> @dataclass(frozen=True, eq=False)
    ... class Cavity(ql.System):
    ...     detuning: float = ql.parameter("Δ", "rad/s", "cavity minus laser frequency")
    ...     decay: float = ql.parameter("κ", "rad/s", "amplitude decay rate", sign="positive")
    ...     def model(self):
    ...         light = ql.terms.lose("cavity", "fibre", amplitude_rate=self.decay)
    ...         return ql.Model.build(["cavity"], [ql.terms.detune("cavity", self.detuning), light])
    >>> Cavity(detuning=1e6, decay=2e6).model()
    <Model of cavity: 2 quadratures, 2 noise channels, 0 quadratic and 0 cubic terms>
    """

    REFERENCE: ClassVar[str] = ""
    PUBLISHED: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def model(self) -> Model:
        """The Langevin equations with these parameters.

        Returns
        -------
        Model
            With the parameter points of array-valued parameters as leading axes.
        """

    @property
    def pair(self) -> tuple[str, str]:
        """The two modes whose entanglement is reported by default: the first and the last."""
        modes = as_model(self).modes
        return modes[0], modes[-1]

    def dark(self) -> Self:
        """The system that start="dark" refers to, before it is switched on.

        Returns
        -------
        System
            The system itself, unless a subclass overrides this.

        Examples
        --------
        >>> import qlangevin as ql
        >>> ql.systems.HybridOscillators.published().dark().cooperativity_plus
        0.0
        """
        return self

    @classmethod
    def published(cls, **changes: Any) -> Self:
        """The system with its published parameters, with changes by name.

        Run files and the command line use it. Where a paper's noise does not follow from its
        equations, the published parameters include noise = "published"; noise = "consistent", the
        default when the class is called directly, must then be given as a change.

        Parameters
        ----------
        **changes : float, array or str
            New values of parameters by name, in SI units.

        Returns
        -------
        System

        Raises
        ------
        ValueError
            For an unknown parameter, and for one that is neither published nor given.

        Examples
        --------
        >>> import qlangevin as ql
        >>> ql.systems.SpinningResonator.published(power=0.04).power
        0.04
        """
        cls._require_known(changes)
        values = {**cls.PUBLISHED, **changes}
        cls._require_known(values)
        required = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
        if missing := [name for name in required if name not in values]:
            raise ValueError(
                f"{cls.__name__}.published() has no value for {', '.join(missing)}: "
                f"add it to PUBLISHED, or give it here, as in published({missing[0]}=…)"
            )
        return cls(**values)

    def replace(self, **changes: Any) -> Self:
        """The same system with some parameters changed.

        Parameters
        ----------
        **changes : float, array or str
            New values of parameters by name, in SI units.

        Returns
        -------
        System

        Raises
        ------
        ValueError
            For an unknown parameter, or a value that is not allowed.

        Examples
        --------
        >>> import qlangevin as ql
        >>> ql.systems.Microrings.published().replace(temperature=0.3).temperature
        0.3
        """
        self._require_known(changes)
        return dataclasses.replace(self, **changes)

    def parameters(self) -> dict[str, Any]:
        """All parameters by name.

        Returns
        -------
        dict
            Values in SI units.

        Examples
        --------
        >>> import qlangevin as ql
        >>> list(ql.systems.HybridOscillators.published().parameters())[:2]
        ['cooperativity_minus', 'cooperativity_plus']
        """
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def __new__(cls, *_: Any, **__: Any) -> Self:
        require_declared(cls, System)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            check_value(field, given := getattr(self, field.name))
            object.__setattr__(self, field.name, plain_value(given))
        values = self.parameters().items()
        common_shape(
            {name: np.shape(value) for name, value in values if not isinstance(value, tuple)}
        )

    @classmethod
    def _require_known(cls, changes: Mapping[str, Any]) -> None:
        require_declared(cls, System)
        names = [f.name for f in dataclasses.fields(cls)]
        for name in changes:
            if name not in names:
                raise ValueError(
                    f"{cls.__name__} has no parameter {name!r}: {nearest(name, names, 'it has')}"
                )


def overwritten(before: System, after: System, names: Iterable[str]) -> list[str]:
    """The names whose values differ between two systems."""
    return [name for name in names if not _equal(getattr(before, name), getattr(after, name))]


def has_effective_detuning(system: System | type[System]) -> bool:
    """Whether a system, or its class, can be set to an effective detuning.

    Raises ValueError where it defines only one of the two methods that are needed.
    """
    defined = [
        name for name in ("at_effective_detuning", "effective_detuning") if hasattr(system, name)
    ]
    if len(defined) == 1:
        kind = system if isinstance(system, type) else type(system)
        raise ValueError(
            f"{kind.__name__} defines {defined[0]} alone: at_effective_detuning(detuning) "
            "and effective_detuning(mean) must be defined together (see qlangevin.sde.system)"
        )
    return bool(defined)


def require_system(system: Any, task: str) -> None:
    """Raise ValueError unless this is a system: a model has no parameters to vary."""
    if not isinstance(system, System):
        remedy = "a Model has no parameters" if isinstance(system, Model) else instead(system)
        raise ValueError(
            f"{task} varies the parameters of a System (got {shown(system)}); {remedy}"
        )


def instead(given: Any) -> str:
    """Remedy for an argument that is neither a system nor a model."""
    known = isinstance(given, type) and issubclass(given, System)
    return f"call {given.__name__}.published()" if known else "such as Microrings.published()"


def _equal(value: Any, other: Any) -> bool:
    """Whether two values are equal everywhere; False for arrays that do not broadcast."""
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
    return require_model(system, system.model())


def require_model(system: System, model: Any) -> Model:
    """What `system.model()` has returned; ValueError unless it is a model."""
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
