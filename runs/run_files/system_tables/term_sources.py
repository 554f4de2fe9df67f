"""The terms of a model, from the tables of a [system]: jumps, drives, light, feeds, friction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ....sde import terms
from ....sde.model.term_kinds import Term
from ....sde.support.checks import nearest
from ..errors import RunFileError, named, shown
from ..schema import SystemTables
from .dimensions import is_number
from .expressions import Expression, Number
from .grammar import read_expression
from .kinds import kind_of, require_dimension, require_number, require_operator
from .symbols import Symbols
from .values import Value, value_of


@dataclass(frozen=True)
class Argument:
    """What an expression must give: the unit, perhaps under a root, and which kind of value."""

    unit: str = ""
    root: bool = False
    kind: Literal["operator", "complex", "real"] = "real"


@dataclass(frozen=True)
class Form:
    """Entries of a table: the function that makes their terms, and its arguments.

    An entry is a table of the arguments, or the first of them alone. Its key is a mode or a port;
    `of` says which of the known ones it must be, if any.
    """

    make: Callable[..., Term]
    arguments: Mapping[str, Argument]
    required: tuple[str, ...]
    of: str = ""


def _jump(port: str, *, operator: Value, **others: Value) -> Term:
    return terms.jump(port, operator, **others)


NUMBER = Argument()
HAMILTONIAN = {"H": Argument("rad/s", kind="operator")}
FEED = {"transmission": NUMBER, "phase": NUMBER}
BATH = {"occupation": NUMBER, "squeezing": NUMBER, "squeezing_angle": NUMBER}
FORMS = {
    "jumps": Form(
        _jump, {"operator": Argument("rad/s", root=True, kind="operator"), **BATH}, ("operator",)
    ),
    "drives": Form(terms.drive, {"rate": Argument("rad/s", kind="complex")}, ("rate",), "mode"),
    "light": Form(
        terms.shine,
        {"amplitude": Argument("rad/s", root=True, kind="complex")},
        ("amplitude",),
        "port",
    ),
    "friction": Form(
        terms.rub,
        {"rate": Argument("rad/s"), "occupation": NUMBER},
        ("rate", "occupation"),
        "mode",
    ),
}


@dataclass(frozen=True)
class TermSource:
    """A term that is not evaluated yet: its key, the function that makes it, its expressions."""

    key: str
    make: Callable[..., Term]
    expressions: Mapping[str, Expression]
    arguments: Mapping[str, Argument]

    def term(self, names: Callable[[str], Value]) -> Term:
        """The term for the values of names. Raises RunFileError."""
        values = {
            word: value_of(each, names, real=self.arguments[word].kind == "real")
            for word, each in self.expressions.items()
        }
        try:
            return self.make(**values)
        except ValueError as error:
            first, *others = self.expressions
            word = next((each for each in others if str(error).startswith(each)), "")
            key = f"{self.key}.{word}" if word else self.key
            text = self.expressions[word or first].text
            raise RunFileError(f"{key} = {shown(text)} is refused: {error}") from None


def term_sources(tables: SystemTables, symbols: Symbols) -> list[TermSource]:
    """All terms of a [system], checked. Raises RunFileError."""
    found = [
        _source(f"[system.{table}] {named(key)}", partial(form.make, key), given, form, symbols)
        for table, form in FORMS.items()
        for key, given in _entries(tables, table, form)
    ]
    found += [_feed(tables, source, given, symbols) for source, given in tables.feeds.items()]
    if tables.hamiltonian is not None:
        whole = {
            "H": _checked("[system] hamiltonian", tables.hamiltonian, HAMILTONIAN["H"], symbols)
        }
        found.append(TermSource("[system] hamiltonian", terms.hamiltonian, whole, HAMILTONIAN))
    return found


def _entries(tables: SystemTables, table: str, form: Form) -> Iterable[tuple[str, Any]]:
    """The entries of a table, their keys checked. Raises RunFileError."""
    entries: dict[str, Any] = getattr(tables, table)
    known = {"mode": tables.modes, "port": [*tables.jumps]}
    for key in entries:
        if form.of:
            require_known(f"[system.{table}] {named(key)}", form.of, key, known[form.of])
    return entries.items()


def _source(
    key: str, make: Callable[..., Term], given: Any, form: Form, symbols: Symbols
) -> TermSource:
    first = form.required[0]
    entry = given if isinstance(given, Mapping) else {first: given}
    _check_keys(key, entry, form.arguments)
    for word in form.required:
        if word not in entry:
            raise RunFileError(f"{key}.{word} is missing; give {{ {_example(form.required)} }}")
    expressions = {
        word: _checked(
            f"{key}.{word}" if isinstance(given, Mapping) else key,
            entry[word],
            form.arguments[word],
            symbols,
        )
        for word in sorted(entry, key=[*form.arguments].index)
    }
    return TermSource(key, make, expressions, form.arguments)


def _feed(tables: SystemTables, source: str, given: Any, symbols: Symbols) -> TermSource:
    """Light that one port passes to another."""
    key = f"[system.feeds] {named(source)}"
    entry = dict(given) if isinstance(given, Mapping) else {"target": given}
    _check_keys(key, entry, ["target", *FEED, "shared_vacuum"])
    if "target" not in entry:
        raise RunFileError(f"{key}.target is missing; name the port that the light enters")
    target = entry.pop("target")
    shared = entry.pop("shared_vacuum", True)
    for port in (source, target):
        require_known(key, "port", port, [*tables.jumps])
    if not isinstance(shared, bool):
        raise RunFileError(f"{key}.shared_vacuum = {shown(shared)} must be true or false")
    expressions = {
        word: _checked(f"{key}.{word}", each, FEED[word], symbols) for word, each in entry.items()
    }
    return TermSource(
        key, partial(terms.feed, source, target, shared_vacuum=shared), expressions, FEED
    )


def _checked(key: str, given: Any, wanted: Argument, symbols: Symbols) -> Expression:
    """An expression that gives what an argument must be. Raises RunFileError."""
    expression = read_expression(key, given)
    kind = kind_of(expression, symbols)
    (require_operator if wanted.kind == "operator" else require_number)(expression, kind)
    require_dimension(expression, kind, wanted.unit, root=wanted.root)
    if wanted.unit and not (isinstance(expression.root, Number) and expression.root.value == 0):
        _check_rates(symbols.rates, expression, not is_number(kind.dimension))
    return expression


def _check_rates(rates: dict[bool, Expression], found: Expression, with_unit: bool) -> None:
    """Refuse rates with a unit beside rates without one."""
    rates.setdefault(with_unit, found)
    if len(rates) == 2:
        raise rates[False].refusal(
            rates[False].root,
            f"this has no unit, but {rates[True].key} has one; give all rates units, or none",
        )


def require_known(key: str, what: str, name: Any, known: Iterable[str]) -> None:
    """Refuse a mode or a port that is none."""
    if name not in [*known]:
        raise RunFileError(
            f"{key} names the {what} {shown(name)}, which is unknown: "
            f"{nearest(str(name), known) if [*known] else f'there is no {what}'}"
        )


def _check_keys(key: str, entry: Mapping[str, Any], known: Iterable[str]) -> None:
    for word in entry:
        if word not in [*known]:
            raise RunFileError(f"{key}.{named(word)} is an unknown key: {nearest(word, known)}")


def _example(words: Iterable[str]) -> str:
    return ", ".join(f'{word} = "…"' for word in words)
