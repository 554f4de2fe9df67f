"""Source code of polynomials with few multiplications, by taking out common factors.

    a y + q y z + k x² + k y²  →  (a + q z) y + k (x² + y²)

Equal subexpressions become equal text, which the compiler evaluates once for all rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """± coefficient · product of factors, each given by the name of its variable."""

    sign: int
    coefficient: str
    factors: tuple[str, ...]

    def without(self, factor: str) -> tuple[str, ...]:
        """The factors without one occurrence of `factor`."""
        at = self.factors.index(factor)
        return self.factors[:at] + self.factors[at + 1 :]


def factored(terms: Iterable[Term], start: str | None) -> str:
    """Expression for start + Σ terms, as fused multiply-adds; "" if there is neither."""
    terms = list(terms)
    total = start
    for term in terms:
        if not term.factors:
            total = _add_constant(total, term)
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
        total = _add_product(total, term.sign, factored(shared, term.coefficient), variable)
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
        inner = _add_product(inner, lead * term.sign, " * ".join(left), last)
    return _add_product(total, lead, coefficient, inner or "")


def _add_constant(total: str | None, constant: Term) -> str:
    """total ± constant."""
    signed = constant.coefficient if constant.sign > 0 else f"-{constant.coefficient}"
    return f"({signed} + {total})" if total else signed


def _add_product(total: str | None, sign: int, left: str, right: str) -> str:
    """total ± left · right."""
    signed = left if sign > 0 else f"-({left})"
    return f"fma({signed}, {right}, {total})" if total else f"{signed} * {right}"
