"""The Hamiltonian that the drift of a model follows from, and operators of Weyl symbols."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, reduce
from math import comb
from operator import mul
from typing import Any

import numpy as np

from ...support.errors import RefusedError
from ..drift import PolynomialDrift
from ..operators import Coefficient, Operator, Powers, added, operators
from ..polynomial import Monomials
from ..uncertainty import symplectic_form_of

Factors = tuple[int, ...]
"""The quadratures of a product, in increasing order; a repeated one is a power."""
ROUNDING = 32 * np.finfo(float).eps
"""Relative rounding error of an entry of A or B that was summed from several terms."""


def weyl_symbol(model: PolynomialDrift) -> dict[Factors, float]:
    """Weyl symbol of H/ħ in rad/s, by the factors of each product; without constant.

    Raises RefusedError where the quadratic or cubic drift follows from no Hamiltonian.
    """
    slopes: dict[Factors, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row, others, value in _gradient(model):
        slopes[tuple(sorted((row, *others)))][row].append(value)
    found = {}
    for factors, by_row in slopes.items():
        powers = Counter(factors)
        shares = [sum(by_row.get(row, ())) / power for row, power in powers.items()]
        size = sum(abs(value) for values in by_row.values() for value in values)
        if max(shares) - min(shares) > ROUNDING * size:
            _refuse_drift(model, factors)
        found[factors] = sum(shares) / len(shares)
    return {factors: value for factors, value in found.items() if value}


def _gradient(model: PolynomialDrift) -> Iterator[tuple[int, Factors, float]]:
    """∂H/∂u by quadrature, factors and value: Ωᵀ of the drift, of A the symmetric part alone."""
    linear = symplectic_form_of(model.A).T @ model.A
    symmetric = (linear + linear.T) / 2
    for row, column in zip(*np.nonzero(symmetric), strict=True):
        yield int(row), (int(column),), float(symmetric[row, column])
    constant = Monomials(np.arange(model.size)[:, None], model.c)
    for terms in (constant, model.Q, model.K):
        for (row, *others), value in zip(terms.index.tolist(), terms.value.tolist(), strict=True):
            yield row ^ 1, tuple(others), -value if row % 2 else value


def _refuse_drift(model: Any, factors: Factors) -> None:
    names = " · ".join(model.quadratures[j] for j in factors)
    raise RefusedError(
        f"{'QK'[len(factors) - 3]} of the model follows from no Hamiltonian: no coefficient of "
        f"{names} in H gives all of its terms; build the model from terms such as kerr, press and "
        "Energy"
    )


def normal_ordering(modes: Sequence[str]) -> Callable[[Mapping[Factors, complex]], Operator]:
    """A function that gives the operator of a Weyl symbol of these modes, without constant."""
    lowering = operators(*modes)

    @cache
    def ordered(mode: int, x: int, y: int) -> Operator:
        """Symmetric order of XˣYʸ: Σ_k C(x, k) XᵏYʸXˣ⁻ᵏ/2ˣ (N. H. McCoy, 1932)."""
        X, Y = lowering[mode].x, lowering[mode].p
        halves = (comb(x, k) / 2**x * X**k * Y**y * X ** (x - k) for k in range(x + 1))
        return sum(halves, start=0 * X)

    def operator(symbol: Mapping[Factors, complex]) -> Operator:
        total: dict[Powers, Coefficient] = {}
        for factors, value in ((key, value) for key, value in symbol.items() if value):
            acting = sorted({j // 2 for j in factors})
            powers = ((k, factors.count(2 * k), factors.count(2 * k + 1)) for k in acting)
            term = reduce(mul, (ordered(*each) for each in powers))
            for key, coefficient in term.terms.items():
                added(total, key, coefficient.times(value))
        found = {key: _rounded(complex(c.value), c.size) for key, c in total.items() if key}
        return Operator({key: Coefficient.of(value) for key, value in found.items() if value})

    return operator


def _rounded(value: complex, size: float) -> complex:
    """A number without a real or imaginary part that is rounding."""
    return complex(*(p if abs(p) > ROUNDING * size else 0.0 for p in (value.real, value.imag)))
