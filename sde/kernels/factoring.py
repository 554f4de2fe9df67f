"""Rows of polynomials as expressions with few multiplications: what many terms share is taken out
of them.

    a y + q y z + k x² + k y²  →  (a + q z) y + k (x² + y²)

Equal factors come out as equal text, which a compiler evaluates once for all rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """± coefficient · factors, by the names of its numbers."""

    sign: int
    coefficient: str
    factors: tuple[str, ...]

    def without(self, factor: str) -> tuple[str, ...]:
        """The other factors."""
        at = self.factors.index(factor)
        return self.factors[:at] + self.factors[at + 1 :]


def factored(terms: Iterable[Term], start: str | None) -> str:
    """start + Σ terms, as fused multiply-adds; an empty text for nothing at all."""
    terms, total = list(terms), start
    for term in terms:
        if not term.factors:
            total = _shifted(total, term)
    linear = [term for term in terms if len(term.factors) == 1]
    higher = [term for term in terms if len(term.factors) > 1]
    for term in linear:
        (variable,) = term.factors
        shared = [
            Term(term.sign * other.sign, other.coefficient, other.without(variable))
            for other in higher
            if variable in other.factors
        ]
        higher = [other for other in higher if variable not in other.factors]
        total = _add(total, term.sign, factored(shared, term.coefficient), variable)
    for coefficient in dict.fromkeys(term.coefficient for term in higher):
        group = [term for term in higher if term.coefficient == coefficient]
        total = _add_group(total, coefficient, group)
    return total or ""


def _add_group(total: str | None, coefficient: str, group: list[Term]) -> str:
    """total + coefficient · Σ ± products."""
    lead = group[0].sign
    inner = None
    for term in group:
        *left, last = term.factors
        inner = _add(inner, lead * term.sign, " * ".join(left), last)
    return _add(total, lead, coefficient, inner or "")


def _shifted(total: str | None, constant: Term) -> str:
    """total ± constant."""
    signed = constant.coefficient if constant.sign > 0 else f"-{constant.coefficient}"
    return f"({signed} + {total})" if total else signed


def _add(total: str | None, sign: int, left: str, right: str) -> str:
    """total ± left · right."""
    signed = left if sign > 0 else f"-({left})"
    return f"fma({signed}, {right}, {total})" if total else f"{signed} * {right}"
