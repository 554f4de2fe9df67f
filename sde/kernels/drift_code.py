"""The slope of each row of a path as source text: about a moving mean for coupled paths, as it is
for single ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..model.polynomial import MonomialIndex as Place
from .expansion import Coefficient, Expansion
from .factoring import Term, factored


@dataclass(frozen=True, eq=False)
class CoupledSlopes:
    """Slopes of fluctuations about the mean field: path "y" is the linear twin, any other the full
    nonlinear path.

    Path "m" is the mirror image −x of a full path whose noise is the opposite one: terms of even
    degree change sign. Fixed coefficients are local names, moving ones are read from the table
    under a prefix that tells the stage; those of the companion, at twice the step, have the prefix
    "coarse_".
    """

    pattern: Expansion

    @cached_property
    def columns(self) -> tuple[Coefficient, ...]:
        """What the table holds."""
        return tuple(c for c in self.pattern.twin + self.pattern.full if c.column is not None)

    def arguments(self, companion: bool) -> list[str]:
        """Local names for the fixed coefficients, and for what a row keeps of itself."""
        fixed = [c for c in self.pattern.twin + self.pattern.full if c.column is None]
        lines = [f"{c.name} = {' + '.join(f'C[{s.constant}]' for s in c.shares)}" for c in fixed]
        lines += [f"coarse_{c.name} = 2.0 * {c.name}" for c in fixed if companion]
        own = [c.name for c in self.pattern.twin if _is_own(c)]
        lines += [f"keep_{name} = 1.0 + {name}" for name in own]
        return lines + [f"keep_coarse_{name} = 1.0 + coarse_{name}" for name in own if companion]

    def keep(self, row: int, prefix: str) -> str | None:
        """The name of what a row keeps of itself in a step, where that is a fixed number."""
        own = next((c for c in self.pattern.twin if _is_own(c) and c.place[0] == row), None)
        return f"keep_{'coarse_' * (prefix == 'coarse_')}{own.name}" if own else None

    def slope(
        self, path: str, row: int, state: str, prefix: str, start: str | None, own: bool
    ) -> str:
        """start + slope at the variables `state`0, `state`1, …; without its own fixed term unless
        `own`.
        """
        everything = self.pattern.twin if path == "y" else self.pattern.twin + self.pattern.full
        here = [c for c in everything if c.place[0] == row and (own or not _is_own(c))]
        names = [prefix * (c.column is not None or prefix == "coarse_") + c.name for c in here]
        signs = [-1 if path == "m" and len(c.place) % 2 else 1 for c in here]
        terms = zip(signs, names, (_factors(c.place, state) for c in here), strict=True)
        return factored([Term(*term) for term in terms], start)


@dataclass(frozen=True, eq=False)
class SingleSlopes:
    """Slopes of full states: constants alone, and factored; path and prefix make no difference."""

    pattern: Expansion
    columns: tuple[Coefficient, ...] = ()

    def arguments(self, _companion: bool) -> list[str]:
        """Local names for the constants, and for what a row keeps of itself."""
        lines = [f"p{k} = C[{k}]" for k in sorted({m.constant for m in self.pattern.whole})]
        own = [m for m in self.pattern.whole if m.place == (m.place[0],) * 2]
        return lines + [
            f"keep{m.place[0]} = 1.0 {'+' if m.sign > 0 else '-'} p{m.constant}" for m in own
        ]

    def keep(self, row: int, _prefix: str) -> str | None:
        """The name of what a row keeps of itself in a step."""
        return f"keep{row}" if any(m.place == (row, row) for m in self.pattern.whole) else None

    def slope(
        self, _path: str, row: int, state: str, _prefix: str, start: str | None, own: bool
    ) -> str:
        """start + slope at the variables `state`0, `state`1, …; without its own term unless `own`."""
        here = [
            m for m in self.pattern.whole if m.place[0] == row and (own or m.place != (row, row))
        ]
        return factored(
            [Term(m.sign, f"p{m.constant}", _factors(m.place, state)) for m in here], start
        )


Slopes = CoupledSlopes | SingleSlopes


def _is_own(c: Coefficient) -> bool:
    """Whether a term is a fixed rate at which a row loses or gains of itself."""
    return c.column is None and c.place == (c.place[0],) * 2


def _factors(place: Place, state: str) -> tuple[str, ...]:
    return tuple(f"{state}{j}" for j in place[1:])
