"""Polynomials of quadratures, to write Langevin equations and read off their coefficients."""

from __future__ import annotations

import numpy as np

HZ = 2 * np.pi
MHZ = 2 * np.pi * 1e6


class Polynomial:
    """Complex coefficients of products of real quadratures: {sorted indices: coefficient}."""

    def __init__(self, terms):
        self.terms = terms

    def __add__(self, other):
        terms = dict(self.terms)
        for factors, value in _polynomial(other).terms.items():
            terms[factors] = terms.get(factors, 0) + value
        return Polynomial(terms)

    def __mul__(self, other):
        total = Polynomial({})
        for left, x in self.terms.items():
            for right, y in _polynomial(other).terms.items():
                total = total + Polynomial({tuple(sorted(left + right)): x * y})
        return total

    def __sub__(self, other):
        return self + -1 * _polynomial(other)

    def __rsub__(self, other):
        return -1 * self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def conj(self):
        return Polynomial({factors: np.conj(value) for factors, value in self.terms.items()})

    @property
    def real(self):
        return Polynomial({factors: np.real(value) for factors, value in self.terms.items()})

    @property
    def imag(self):
        return Polynomial({factors: np.imag(value) for factors, value in self.terms.items()})


def _polynomial(value):
    return value if isinstance(value, Polynomial) else Polynomial({(): value})


def quadrature(index):
    """One quadrature as a polynomial."""
    return Polynomial({(index,): 1.0})


def amplitude(mode):
    """α = (X + iY)/√2 of the mode with this number."""
    return (quadrature(2 * mode) + 1j * quadrature(2 * mode + 1)) * np.sqrt(0.5)


def rows(*rates):
    """Rates of change of X and Y, in pairs, from those of the amplitudes."""
    return [np.sqrt(2) * part for rate in rates for part in (rate.real, rate.imag)]


def coefficients(drift):
    """{(row, factors…): coefficient} of a drift given as one polynomial for each row."""
    return {
        (row, *factors): float(value)
        for row, polynomial in enumerate(drift)
        for factors, value in polynomial.terms.items()
        if value != 0
    }


def model_coefficients(model):
    """The same of a model: c, A, Q and K, the factors of each product sorted."""
    found = {(row,): value for row, value in enumerate(model.c)}
    found |= {(row, column): model.A[row, column] for row, column in np.ndindex(model.A.shape)}
    for terms in (model.Q, model.K):
        for index, value in zip(terms.index, terms.value, strict=True):
            key = (int(index[0]), *sorted(map(int, index[1:])))
            found[key] = found.get(key, 0) + value
    return {key: float(value) for key, value in found.items() if value != 0}
