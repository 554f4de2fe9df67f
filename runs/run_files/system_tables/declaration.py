"""The class of a system that a run file declares in its [system] tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from ....sde.model.model import Model
from ....sde.model.operators import operators
from ....sde.parameters import DerivedQuantity, parameter
from ....sde.system import System
from ..errors import RunFileError, named, shown
from ..names import NAME, normal_name
from ..schema import SystemTables
from ..units import is_unit
from .dimensions import dimension, read_parameter, unit_of
from .expressions import Expression, names_in
from .grammar import read_expression
from .kinds import kind_of, require_number
from .symbols import Symbols, check_names, check_unit_clash
from .term_sources import TermSource, require_known, term_sources
from .values import Value, value_of

CLASS_NAME = "RunFileSystem"
"""Name of the classes that are made."""
_made: dict[str, type[System]] = {}
"""Classes by the text of their tables, so that the same tables give the same class."""


def declared_system(tables: SystemTables) -> type[System]:
    """The class of the system that the [system] tables of a run file declare.

    Its fields are the parameters, with the values of the file as PUBLISHED; derived quantities are
    properties. Raises RunFileError.
    """
    key = repr(tables)
    if key not in _made:
        _made[key] = _SystemReader(tables).system()
    return _made[key]


class _SystemReader:
    """Checks the tables of one [system] and makes its class."""

    def __init__(self, tables: SystemTables) -> None:
        modes = [normal_name(mode) for mode in tables.modes]
        self.tables = tables.model_copy(update={"modes": modes})
        self.operators = {
            name: normal_name(mode)
            for name, mode in (
                {mode: mode for mode in modes} if tables.operators is None else tables.operators
            ).items()
        }
        self.values: dict[str, float] = {}
        self.fields: list[tuple[str, type, Any]] = []
        self.derived: dict[str, Expression] = {}

    def system(self) -> type[System]:
        self._check_modes()
        self._check_names()
        self._read_parameters()
        units = {name: field.metadata["unit"] for name, _, field in self.fields}
        symbols = Symbols({n: dimension(unit) for n, unit in units.items()}, self.operators)
        properties = self._read_derived(symbols)
        sources = term_sources(self.tables, symbols)
        self._check_use(symbols)
        return self._class(properties, sources)

    def _check_modes(self) -> None:
        modes = self.tables.modes
        for number, mode in enumerate(modes):
            if mode in modes[:number]:
                raise RunFileError(f"[system] modes names {shown(mode)} twice; name each mode once")
        for table, chosen in (
            ("mechanical", self.tables.mechanical),
            ("pair", self.tables.pair or []),
        ):
            for mode in chosen:
                require_known(f"[system] {table}", "mode", normal_name(mode), modes)
        if len({*map(normal_name, self.tables.pair or ["", "-"])}) < 2:
            raise RunFileError(
                f"[system] pair = {shown(self.tables.pair)} must name two different modes"
            )
        for name, mode in self.operators.items():
            require_known(f"[system.operators] {named(name)}", "mode", mode, modes)

    def _check_names(self) -> None:
        taken: dict[str, str] = {}
        declared = self.tables.operators is not None
        check_names("[system.operators]" if declared else "[system] modes", self.operators, taken)
        check_names("[system.parameters]", self.tables.parameters, taken)
        check_names("[system.derived]", self.tables.derived, taken)

    def _read_parameters(self) -> None:
        for name, given in self.tables.parameters.items():
            key = f"[system.parameters] {name}"
            try:
                self.values[name], told = read_parameter(key, given)
                check_unit_clash(key, name, told["unit"])
                field = parameter(
                    told.get("symbol", name),
                    told["unit"],
                    told.get("meaning", ""),
                    sign=told.get("sign", "any"),  # type: ignore[arg-type]
                )
            except RunFileError as error:
                raise self._refers(key, given) or error from None
            except ValueError as error:
                raise RunFileError(f"{key}: {error}") from None
            self.fields.append((name, float, field))

    def _refers(self, key: str, given: Any) -> RunFileError | None:
        """The error for a parameter that is given by other ones."""
        text = given.get("value") if isinstance(given, Mapping) else given
        names = {*self.tables.parameters, *self.tables.derived}
        for name in map(normal_name, NAME.findall(text) if isinstance(text, str) else []):
            if name in names and not is_unit(name):
                return RunFileError(
                    f"{key} = {shown(text)} refers to {name}; move it to [system.derived]"
                )
        return None

    def _read_derived(self, symbols: Symbols) -> dict[str, DerivedQuantity]:
        """The derived quantities, each after those that it refers to."""
        self.derived = {
            name: read_expression(f"[system.derived] {name}", given)
            for name, given in self.tables.derived.items()
        }
        properties = {}
        for name in self._derived_order():
            expression = self.derived[name]
            kind = kind_of(expression, symbols)
            require_number(expression, kind)
            symbols.numbers[name] = kind.dimension
            properties[name] = _derived_quantity(expression, unit_of(kind.dimension))
        return properties

    def _derived_order(self) -> list[str]:
        graph = {
            name: names_in(expression.root) & {*self.derived}
            for name, expression in self.derived.items()
        }
        try:
            return [*TopologicalSorter(graph).static_order()]
        except CycleError as error:
            circle = error.args[1][::-1]
            raise RunFileError(
                f"[system.derived] {circle[0]} refers back to itself ({' → '.join(circle)}); give "
                "one of them without the others"
            ) from None

    def _check_use(self, symbols: Symbols) -> None:
        for name in self.tables.parameters:
            if name not in symbols.used:
                raise RunFileError(
                    f"[system.parameters] {name} is never used; remove it, or use it in an "
                    "expression"
                )

    def _class(
        self, properties: Mapping[str, DerivedQuantity], sources: list[TermSource]
    ) -> type[System]:
        members: dict[str, Any] = {
            "__doc__": "A system declared in a run file.",
            "__module__": __name__,
            "PUBLISHED": self.values,
            "REFERENCE": self.tables.reference,
            "model": _model_method(self.tables, self.operators, sources),
            **properties,
        }
        if self.tables.pair is not None:
            first, second = map(normal_name, self.tables.pair)
            members["pair"] = property(lambda self: (first, second))
        made: type[System] = dataclasses.make_dataclass(
            CLASS_NAME, self.fields, bases=(System,), namespace=members, frozen=True, eq=False
        )
        try:
            made.published()
        except ValueError as error:
            raise RunFileError(f"[system.parameters] {error}") from None
        return made


def _derived_quantity(expression: Expression, unit: str) -> DerivedQuantity:
    def read(system: System) -> Value:
        value = value_of(expression, lambda name: getattr(system, name))
        return np.real(value) if np.iscomplexobj(value) and not np.any(np.imag(value)) else value

    declared = DerivedQuantity(read, doc=expression.text)
    declared.unit = unit
    return declared


def _model_method(
    tables: SystemTables, names: Mapping[str, str], sources: list[TermSource]
) -> Callable[[System], Model]:
    """The `model` of the class: the terms evaluated with the parameters of a system."""

    def model(self: System) -> Model:
        try:
            each = dict(zip(tables.modes, operators(*tables.modes), strict=True))
        except ValueError as error:
            raise RunFileError(f"[system] modes: {error}") from None
        known = {name: each[mode] for name, mode in names.items()}
        found = [
            source.term(lambda name: known[name] if name in known else getattr(self, name))
            for source in sources
        ]
        try:
            return Model.build(tables.modes, found, mechanical=map(normal_name, tables.mechanical))
        except ValueError as error:
            raise RunFileError(f"[system] gives no model: {error}") from None

    return model
