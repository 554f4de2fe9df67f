"""The names that expressions of a [system] may use: numbers with dimensions, and operators."""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from scipy.constants import hbar, k

from ....sde.support.checks import nearest
from ....sde.system import System
from ..errors import RunFileError, named, shown
from ..names import NAME
from ..units import is_unit
from .dimensions import Dimension, dimension
from .expressions import Expression, Name
from .tree_builder import FUNCTIONS, OF_OPERATORS

CONSTANTS: dict[str, tuple[complex, str]] = {
    "i": (1j, ""),
    "π": (math.pi, ""),
    "pi": (math.pi, ""),
    "ħ": (hbar, "J*s"),
    "hbar": (hbar, "J*s"),
    "k_B": (k, "J/K"),
}
"""Numbers that every expression may use, with their SI units."""
RESERVED = {
    "t": "it is kept for the time",
    "j": "2j is an imaginary number in expressions",
    "effective_detuning": "it is kept for the key effective_detuning",
    **dict.fromkeys(CONSTANTS, "it is a constant in expressions"),
    **dict.fromkeys((*FUNCTIONS, *OF_OPERATORS), "it is a function in expressions"),
}
"""Names that are no parameters, and why."""
INSTEAD = {
    "e": "write powers of e as exp(…), and numbers as 1e6",
    "j": "write the imaginary unit as i",
    "log": "write ln(…) for the natural logarithm",
    **dict.fromkeys(("dagger", "adjoint", "conjugate"), "write the adjoint as a† or dag(a)"),
}
"""What to write for names that are common elsewhere."""


@dataclass
class Symbols:
    """What the names in expressions stand for, and which of them have been used."""

    numbers: dict[str, Dimension]
    operators: dict[str, str]
    used: set[str] = field(default_factory=set)
    rates: dict[bool, Expression] = field(default_factory=dict)
    """A rate that has a unit, by True, and one that has none, by False; as far as read."""

    @property
    def known(self) -> list[str]:
        """All names, those of the file first."""
        return [*self.numbers, *self.operators, *CONSTANTS]

    def unknown(self, expression: Expression, node: Name) -> RunFileError:
        """The error for a name that stands for nothing."""
        name = node.name
        behind_number = expression.text[: node.start].rstrip()[-1:].isdigit()
        called = expression.text[node.end :].lstrip().startswith("(")
        if name in FUNCTIONS or name in OF_OPERATORS:
            message = f"{name} is a function; write its argument in parentheses, {name}(…)"
        elif parts := self._joined(name):
            message = f"{name} is unknown; separate the factors, as in {parts}"
        elif name in INSTEAD:
            message = f"{name} is unknown; {INSTEAD[name]}"
        elif called and len(name) > 1:
            message = f"there is no function {name}; functions are {', '.join(FUNCTIONS)}"
        elif is_unit(name) and (behind_number or len(name) > 1):
            message = f"{name} is unknown; numbers with units stand in [system.parameters]"
        else:
            message = f"{name} is unknown: {self._nearest(name)}"
        return expression.refusal(node, message)

    def _nearest(self, name: str) -> str:
        for each in self.known:
            if each.casefold() == name.casefold():
                return f"did you mean {each!r}?"
        near = nearest(name, [*self.known, *FUNCTIONS])
        return near if near.startswith("did you mean") else nearest(name, self.known)

    def _joined(self, name: str) -> str:
        """The two known names that make up a name, separated."""
        for cut in range(1, len(name)):
            if {name[:cut], name[cut:]} <= {*self.known}:
                return f"{name[:cut]} {name[cut:]}"
        return ""


def check_names(table: str, names: Iterable[str], taken: dict[str, str]) -> None:
    """Refuse names that cannot stand in expressions, or are taken by another table.

    `taken` gives the table of each name so far; the names are added. Raises RunFileError.
    """
    for name in names:
        key = f"{table} {named(name)}"
        if not NAME.fullmatch(name) or not name.isidentifier() or name.startswith("_"):
            remedy = "use a letter, then letters, digits and underscores"
            if table == "[system] modes":
                remedy += ", or name its operator in [system.operators]"
            raise RunFileError(f"{key} is no name for expressions; {remedy}")
        if name in RESERVED:
            raise RunFileError(f"{key} cannot have this name: {RESERVED[name]}; rename it")
        if keyword.iskeyword(name) or hasattr(System, name):
            raise RunFileError(
                f"{key} cannot have this name, which every system or the language uses; rename it"
            )
        if name in taken:
            raise RunFileError(
                f"{key} has the name of something in {taken[name]}; rename one of the two"
            )
        taken[name] = table


def check_unit_clash(key: str, name: str, unit: str) -> None:
    """Refuse a parameter with the name of a unit of its own dimension, as s for a time."""
    if is_unit(name) and dimension(name) == dimension(unit) and unit:
        raise RunFileError(
            f"{key} has the name of a unit of the same kind, so that {shown('2 ' + name)} could "
            "mean both; rename it"
        )
