"""Source code of a path's drift, row by row.

Coupled paths hold fluctuations about a moving mean field; single paths hold the full state. In the
generated code, rates are multiplied by the step, so "drift" below means h times the drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..model.polynomial import MonomialIndex
from .expansion import Coefficient, Expansion
from .factoring import Term, factored

COARSE = "coarse_"
"""Prefix of coefficients at twice the step, those of the companion path."""


@dataclass(frozen=True, eq=False)
class FluctuationDrift:
    """Drift of fluctuations about the mean field: path "y" is the linear twin, others are full.

    Path "m" is the mirror image −x of a full path of opposite noise, so terms of even degree change
    sign. Constant coefficients are local names; moving ones are read from the coefficient table,
    under names with a prefix for the step and stage.
    """

    pattern: Expansion

    @cached_property
    def columns(self) -> tuple[Coefficient, ...]:
        """Coefficients in the table, one per column."""
        return tuple(c for c in self.pattern.twin + self.pattern.full if c.column is not None)

    def constants(self, companion: bool) -> list[str]:
        """Lines that define the constant coefficients, and 1 + A_ii where A_ii is constant."""
        fixed = [c for c in self.pattern.twin + self.pattern.full if c.column is None]
        lines = [
            f"{c.name} = {' + '.join(f'C[{p.constant}]' for p in c.contributions)}" for c in fixed
        ]
        lines += [f"{COARSE}{c.name} = 2.0 * {c.name}" for c in fixed if companion]
        own = [c.name for c in self.pattern.twin if _is_constant_diagonal(c)]
        lines += [f"one_plus_{name} = 1.0 + {name}" for name in own]
        return lines + [
            f"one_plus_{COARSE}{name} = 1.0 + {COARSE}{name}" for name in own if companion
        ]

    def one_plus_diagonal(self, row: int, prefix: str) -> str | None:
        """Name of 1 + A_ii of a row, or None if A_ii moves with the mean field or is 0."""
        for c in self.pattern.twin:
            if _is_constant_diagonal(c) and c.index[0] == row:
                return f"one_plus_{COARSE * (prefix == COARSE)}{c.name}"
        return None

    def drift(
        self, path: str, row: int, state: str, prefix: str, start: str | None, diagonal: bool
    ) -> str:
        """Expression for start + drift of a row at the variables state0, state1, ...

        A constant A_ii is left out unless `diagonal` is set.
        """
        pattern = self.pattern
        everything = pattern.twin if path == "y" else pattern.twin + pattern.full
        here = [
            c
            for c in everything
            if c.index[0] == row and (diagonal or not _is_constant_diagonal(c))
        ]
        names = [prefix * (c.column is not None or prefix == COARSE) + c.name for c in here]
        signs = [-1 if path == "m" and len(c.index) % 2 else 1 for c in here]
        factors = (_factors(c.index, state) for c in here)
        return factored(map(Term, signs, names, factors), start)


@dataclass(frozen=True, eq=False)
class FullStateDrift:
    """Drift of full states: all coefficients are constants, for every path and prefix."""

    pattern: Expansion
    columns: tuple[Coefficient, ...] = ()

    def constants(self, _companion: bool) -> list[str]:
        """Lines that define the constant coefficients, and 1 + A_ii."""
        terms = self.pattern.unexpanded
        lines = [f"p{k} = C[{k}]" for k in sorted({m.constant for m in terms})]
        own = [m for m in terms if m.index == (m.index[0],) * 2]
        return lines + [
            f"one_plus{m.index[0]} = 1.0 {'+' if m.sign > 0 else '-'} p{m.constant}" for m in own
        ]

    def one_plus_diagonal(self, row: int, _prefix: str) -> str | None:
        """Name of 1 + A_ii of a row, or None if A_ii is 0."""
        found = any(m.index == (row, row) for m in self.pattern.unexpanded)
        return f"one_plus{row}" if found else None

    def drift(
        self, _path: str, row: int, state: str, _prefix: str, start: str | None, diagonal: bool
    ) -> str:
        """Expression for start + drift of a row at state0, state1, ...; A_ii if `diagonal`."""
        here = [
            Term(m.sign, f"p{m.constant}", _factors(m.index, state))
            for m in self.pattern.unexpanded
            if m.index[0] == row and (diagonal or m.index != (row, row))
        ]
        return factored(here, start)


Drift = FluctuationDrift | FullStateDrift


def _is_constant_diagonal(c: Coefficient) -> bool:
    """Whether a coefficient is an A_ii that does not move with the mean field."""
    return c.column is None and c.index == (c.index[0],) * 2


def _factors(index: MonomialIndex, state: str) -> tuple[str, ...]:
    return tuple(f"{state}{j}" for j in index[1:])
