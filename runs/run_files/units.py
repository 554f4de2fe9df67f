"""Quantities with units, as written in run files, converted to SI numbers."""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ...sde.support.checks import Array
from ...sde.system import DerivedQuantity, System
from ...sde.unit_registry import unit_registry as _registry
from .errors import LONGEST, RunFileError, shown
from .names import NAME, normal_name
from .quantity_text import (
    BEHIND_DIVISOR,
    HERTZ,
    POWER,
    READABLE,
    TWO_PI,
    plain,
    refuse_powers,
    terms,
)
from .system_files import place_in_system

EXAMPLES = {
    "rad/s": '"2π × 5 MHz" or "3.14e7 rad/s"',
    "s": '"1.5 µs"',
    "W": '"20 mW"',
    "K": '"130 mK"',
    "kg": '"10 ng"',
    "m": '"1.1 mm"',
    "rad": '"0.35 π"',
    "any": '"2π × 5 MHz", "20 mW" or 1.48',
}


class Quantities(Mapping[str, tuple[float, str]]):
    """Parameters and derived quantities of a changed system, by name: (value, SI unit).

    A change is evaluated when its value is first needed, so changes may refer to each other, and to
    quantities derived from changed parameters, in any order. Raises RunFileError for a change that
    refers back to itself.
    """

    def __init__(self, system: System, changes: Mapping[str, Any]) -> None:
        kind = type(system)
        self.kind, self.unchanged, self._changes = kind, system.parameters(), changes
        fields = [field for field in dataclasses.fields(kind) if "options" not in field.metadata]
        self._units: dict[str, str] = {field.name: field.metadata["unit"] for field in fields}
        self._paired = {field.name: field.metadata.get("paired_with") for field in fields}
        self._derived: dict[str, str] = {
            name: member.unit
            for name, member in inspect.getmembers(kind)
            if isinstance(member, DerivedQuantity) and not name.startswith("_")
        }
        self._names = [
            *(name for name in self._units if np.ndim(self.unchanged[name]) == 0),
            *self._derived,
        ]
        self._read: dict[str, Any] = {}
        self._reading: list[str] = []

    def __getitem__(self, name: str) -> tuple[float, str]:
        if name in self._derived:
            return self._derived_value(name), self._derived[name]
        value = self.parameter(name)
        if isinstance(value, tuple):
            raise RunFileError(
                f"[parameters] {name} is a list of pairs, so no other quantity can refer to it"
            )
        return float(value), self._units[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def parameter(self, name: str) -> Any:
        """The value of a parameter: the changed value, or the value in the system."""
        if name not in self._changes:
            return self.unchanged[name]
        if name not in self._read:
            self._read[name] = self._resolve(name)
        return self._read[name]

    def _resolve(self, name: str) -> Any:
        if name not in self._units:
            return self._changes[name]
        if name in self._reading:
            circle = " → ".join([*self._reading[self._reading.index(name) :], name])
            raise RunFileError(
                f"[parameters] {name} refers back to itself ({circle}); give one of them as a "
                "number"
            )
        self._reading.append(name)
        number = self._read_value(name, self._changes[name])
        self._reading.pop()
        return number

    def _read_value(self, name: str, value: Any) -> Any:
        """A number, or several pairs where the parameter allows them."""
        key = f"[parameters] {name}"
        unit = self._units[name]
        other = self._paired[name]
        if other is None or not isinstance(value, list):
            return to_si(key, value, unit, self)
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
            example = f"[[{_example(unit)}, {_example(other)}], …]"
            raise RunFileError(
                f"{key} = {shown(value)} must be a quantity, or pairs such as {example}"
            )
        return tuple(
            (to_si(key, first, unit, self), to_si(key, second, other, self))
            for first, second in value
        )

    def _derived_value(self, name: str) -> float:
        with np.errstate(all="ignore"):
            try:
                value = getattr(_SystemBeingRead(self), name)
                return math.nan if np.iscomplexobj(value) else float(value)
            except ArithmeticError:
                return math.nan
            except RunFileError:
                raise
            except (TypeError, ValueError) as error:
                reason = f"{place_in_system(error)}{error}"
                raise RunFileError(
                    f"{name} of {self.kind.__name__} gives no number: {reason}"
                ) from error


class _SystemBeingRead:
    """The `self` of derived quantities while the parameters of the system are still being read."""

    def __init__(self, quantities: Quantities) -> None:
        self._quantities = quantities

    def __getattr__(self, name: str) -> Any:
        if name in self._quantities.unchanged:
            return self._quantities.parameter(name)
        return inspect.getattr_static(self._quantities.kind, name).__get__(self)


def to_si(key: str, value: Any, unit: str, names: Mapping[str, tuple[float, str]]) -> float:
    """Convert a value of a run file to a number in SI `unit`. Raises RunFileError.

    A number is in SI already. A string is an expression with units, in which other quantities may
    be used by their `names`, given as (value, SI unit); zero needs no unit. A frequency in hertz
    counts as an angular rate only with an explicit factor 2π.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise RunFileError(
            f"{key} = {shown(value)} must be a number or a quantity such as {_example(unit)}"
        )
    try:
        number = float(_evaluate(key, value, unit, names) if isinstance(value, str) else value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RunFileError(f"{key} = {shown(value)} must be finite, such as {_example(unit)}")
    return number


def si_values(key: str, text: str, unit: str, names: Mapping[str, tuple[Any, str]]) -> Array:
    """`to_si` of an expression whose `names` may be arrays (...). Raises RunFileError."""
    values = _evaluate(key, text, unit, names)
    if not np.isfinite(values).all():
        raise RunFileError(f"{key} = {shown(text)} must be finite, such as {_example(unit)}")
    return values


def si_value(key: str, given: Any, unit_of: Callable[[Any], str]) -> tuple[float, str]:
    """A value and the SI unit that `unit_of` names for its dimension; numbers have none.

    Raises RunFileError.
    """
    if not isinstance(given, str):
        return to_si(key, given, "", {}), ""
    quantity = _quantity(key, given, "rad/s" if HERTZ.search(given) else "any", {})
    unit = unit_of(quantity.dimensionality)
    if not unit and quantity.to_base_units().units == _registry().radian:
        unit = "rad"
    return to_si(key, given, unit, {}), unit


def dimension_of(unit: str) -> Any:
    """The dimension of a unit, as pint's container of base dimensions; "" is that of numbers."""
    return _registry().parse_units(unit or "dimensionless").dimensionality


def is_unit(name: str) -> bool:
    """Whether a name is that of a unit, such as "s" or "mm"."""
    return name.isascii() and name.casefold() != "nan" and name in _registry()


def _evaluate(key: str, text: str, unit: str, names: Mapping[str, tuple[Any, str]]) -> Array:
    try:
        quantity = _quantity(key, text, unit, names)
        if quantity.unitless and not np.any(quantity.magnitude):
            return np.asarray(quantity.magnitude, float)
        return np.asarray(quantity.to(_declared_unit(key, unit)).magnitude, float)
    except _dimensionality_error():
        raise _wrong_unit(key, text, unit, names) from None


def _declared_unit(key: str, unit: str) -> Any:
    """Pint's unit for the one that a parameter is declared with. Raises RunFileError."""
    try:
        return _registry().parse_units(unit or "dimensionless")
    except Exception:  # pint raises errors of several kinds, tokenize errors among them
        raise RunFileError(
            f"{key} is declared in {shown(unit)}, which cannot be read; declare it in an SI unit "
            "without prefix"
        ) from None


def _quantity(key: str, text: str, unit: str, names: Mapping[str, tuple[Any, str]]) -> Any:
    """The expression as a pint quantity, in whatever unit; `unit` is the one expected."""
    example = _example(unit)
    if len(text) > LONGEST:
        raise RunFileError(
            f"{key} is {len(text)} characters long; a quantity such as {example} is expected"
        )
    hint = "; write powers of ten as 1e6, and 1/s as /s" if POWER.search(text) else ""
    unreadable = RunFileError(
        f"{key} = {shown(text)} cannot be read as a quantity such as {example}{hint}"
    )
    if (found := BEHIND_DIVISOR.search(text)) and normal_name(found[2]) in names:
        first, second = found.groups()
        raise RunFileError(
            f"{key} = {shown(text)}: {second} may be meant above or below the division; write "
            f"/({first} {second}) or /{first} × {second}"
        )
    replaced, known = _with_ascii_names(text, names)
    spelled = plain(replaced)
    if not READABLE.fullmatch(spelled):
        raise unreadable
    if unit.startswith("rad/s") and any(
        HERTZ.search(term) and not TWO_PI.search(term) for term in terms(spelled)
    ):
        raise RunFileError(
            f"{key} = {shown(text)} is a frequency; an angular rate is expected: write {example}"
        )
    registry = _registry()
    try:
        refuse_powers(spelled)
        return registry.Quantity(registry.parse_expression(spelled, **known))
    except (OverflowError, RunFileError, _dimensionality_error()):
        raise
    except Exception:
        raise unreadable from None


def _with_ascii_names(
    text: str, names: Mapping[str, tuple[Any, str]]
) -> tuple[str, dict[str, Any]]:
    """The text with names that pint can read, and the quantities that they stand for."""
    known: dict[str, Any] = {}
    read: dict[str, str] = {}

    def ascii_name(found: re.Match[str]) -> str:
        name = normal_name(found[0])
        if name not in names:
            return found[0]
        if name not in read:
            read[name] = name if name.isascii() else f"quantity_{len(read)}_"
            known[read[name]] = _registry().Quantity(*names[name])
        return found[0] if name.isascii() else f" {read[name]} "

    return NAME.sub(ascii_name, text), known


def _wrong_unit(
    key: str, text: str, unit: str, names: Mapping[str, tuple[Any, str]]
) -> RunFileError:
    """The error for a quantity of another dimension."""
    wanted = f"in {unit}" if unit else "without unit"
    taken = [name for name in map(normal_name, NAME.findall(text)) if name in names]
    units = [name for name in taken if is_unit(name)]
    hint = f"; {units[0]} is the parameter here, not the unit" if units else ""
    return RunFileError(
        f"{key} = {shown(text)} has the wrong unit: {wanted}, such as {_example(unit)}{hint}"
    )


def _example(unit: str) -> str:
    return EXAMPLES.get(unit, f'"1.5 {unit}"' if unit else "1.48")


def _dimensionality_error() -> type[Exception]:
    import pint

    return pint.DimensionalityError
