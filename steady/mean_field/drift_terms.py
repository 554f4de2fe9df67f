"""The drift c + A u + Q(u,u) + K(u,u,u) of one parameter point, and its Jacobian, for integration.

Dense tensors take n³ to n⁴ operations for an evaluation, sparse terms as many as there are terms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import splu

from ...sde.model.model import Model
from ...sde.model.polynomial import Monomials
from ...sde.support.checks import Array

LARGEST_DENSE = 12
"""Largest n at which dense tensors are evaluated faster than sparse terms."""
NEWTON_STEPS = 30
"""Largest number of steps of Newton's method."""
AT_ROOT = 1e-9
"""Drift, relative to the sum of its terms' absolute values, below which Newton's method ended."""


@dataclass(frozen=True)
class DenseTerms:
    """c (n,), A (n, n), Q (n, n, n) and K (n, n, n, n) as dense arrays."""

    c: Array
    A: Array
    Q: Array
    K: Array

    @property
    def nonlinear(self) -> bool:
        """Whether there is a quadratic or cubic term."""
        return bool(self.Q.any() or self.K.any())

    def drift(self, u: Array) -> Array:
        """du/dt at u (n,)."""
        return self.c + (self.A + (self.Q + self.K @ u) @ u) @ u

    def jacobian(self, u: Array) -> Array:
        """∂drift/∂u at u (n,), shape (n, n)."""
        return self.A + (2 * self.Q + 3 * (self.K @ u)) @ u

    def drift_and_jacobian(self, u: Array) -> tuple[Array, Array]:
        """`drift` and `jacobian` at u (n,), to the last bit; K u is computed once for both."""
        cubic = self.K @ u
        drift = self.c + (self.A + (self.Q + cubic) @ u) @ u
        return drift, self.A + (self._twice_quadratic + 3 * cubic) @ u

    def curvature(self, u: Array, size: float) -> float:
        """Bound on the quadratic terms about u (n,), per squared distance up to `size`."""
        return float(np.linalg.norm(self.Q + 3 * self.K @ u) + size * np.linalg.norm(self.K))

    @cached_property
    def _twice_quadratic(self) -> Array:
        return 2 * self.Q


class SparseTerms:
    """The terms that are not zero: products of quadratures, and the rows that they are added to."""

    def __init__(self, c: Array, A: Array, Q: Monomials, K: Monomials) -> None:
        self.c = c
        n = len(c)
        row, column = np.nonzero(A)
        quadratic, cubic = (_nonzero(terms) for terms in (Q, K))
        self._pairs, pair = _products(quadratic)
        self._triples, triple = _products(cubic)
        pairs = self._pairs.shape[1]
        self._rows = csr_array(
            (
                np.concatenate([A[row, column], quadratic.value, cubic.value]),
                (
                    np.concatenate([row, quadratic.index[:, 0], cubic.index[:, 0]]),
                    np.concatenate([column, n + pair, n + pairs + triple]),
                ),
            ),
            shape=(n, n + pairs + self._triples.shape[1]),
        )
        self._jacobian = _JacobianTerms(csr_array(A), quadratic, cubic)
        self._quadratic = quadratic
        self._cubic = cubic

    @property
    def nonlinear(self) -> bool:
        """Whether there is a quadratic or cubic term."""
        return bool(len(self._quadratic.index) or len(self._cubic.index))

    def drift(self, u: Array) -> Array:
        """du/dt at u (n,)."""
        return np.asarray(self.c + self._rows @ self._factors(u))

    def _factors(self, u: Array) -> Array:
        """u (n,), then the products of quadratures that the rows add up."""
        i, j = self._pairs
        p, q, r = self._triples
        return np.concatenate([u, u[i] * u[j], u[p] * u[q] * u[r]])

    def jacobian(self, u: Array) -> Array:
        """∂drift/∂u at u (n,), shape (n, n)."""
        return np.asarray(self._jacobian(u).toarray())

    def drift_and_jacobian(self, u: Array) -> tuple[Array, csr_array]:
        """`drift` and `jacobian` at u (n,), the latter as a sparse matrix."""
        return self.drift(u), self._jacobian(u)

    def newton(self, u: Array) -> Array:
        """The root (n,) to which Newton's method leads from u (n,); NaN where it finds none."""
        drift, jacobian = self.drift_and_jacobian(u)
        for _ in range(NEWTON_STEPS):
            try:
                trial = u - splu(jacobian.tocsc()).solve(drift)
            except RuntimeError:  # an exactly singular Jacobian
                break
            following, jacobian = self.drift_and_jacobian(trial)
            if not np.linalg.norm(following) < np.linalg.norm(drift):
                break
            u, drift = trial, following
        size = np.abs(self.c) + abs(self._rows) @ np.abs(self._factors(u))
        return u if np.abs(drift).max() <= AT_ROOT * size.max() else np.full_like(u, np.nan)

    def curvature(self, u: Array, size: float) -> float:
        """Bound on the quadratic terms about u (n,), per squared distance up to `size`."""
        return _norm(self._quadratic.joined(self._cubic.slice(u), ())) + size * self._cubic_norm

    @cached_property
    def _cubic_norm(self) -> float:
        return _norm(self._cubic)


class _JacobianTerms:
    """The Jacobian as a sparse matrix of a fixed pattern."""

    def __init__(self, A: csr_array, quadratic: Monomials, cubic: Monomials) -> None:
        n = A.shape[0]
        linear = A.tocoo()
        slopes = [_slopes(terms, n) for terms in (quadratic, cubic)]
        places = [linear.row * n + linear.col, *(place for place, _, _ in slopes)]
        flat, entry = np.unique(np.concatenate(places), return_inverse=True)
        here, single, double = np.split(
            entry.ravel(), np.cumsum([len(each) for each in places])[:-1]
        )
        self._constant = np.zeros(len(flat))
        np.add.at(self._constant, here, linear.data)
        self._pairs, pair = _unique(slopes[1][1])
        columns = np.concatenate([slopes[0][1][:, 0], n + pair])
        values = np.concatenate([value for _, _, value in slopes])
        self._of_products = csr_array(
            (values, (np.concatenate([single, double]), columns)),
            shape=(len(flat), n + self._pairs.shape[1]),
        )
        pattern = csr_array((np.arange(len(flat)) + 1.0, divmod(flat, n)), shape=(n, n))
        self._shape = pattern.shape
        self._indices, self._starts = pattern.indices, pattern.indptr

    def __call__(self, u: Array) -> csr_array:
        p, q = self._pairs
        data = self._constant + self._of_products @ np.concatenate([u, u[p] * u[q]])
        return csr_array((data, self._indices, self._starts), shape=self._shape)


DriftTerms = DenseTerms | SparseTerms


def drift_terms(mean: Model, rate: float) -> DriftTerms:
    """The drift of one parameter point in units of `rate`, rad/s, in the form that is faster."""
    if mean.size > LARGEST_DENSE:
        return SparseTerms(
            mean.c / rate, mean.A / rate, mean.Q.times(1 / rate), mean.K.times(1 / rate)
        )
    Q, K = mean.tensors
    return DenseTerms(mean.c / rate, mean.A / rate, Q / rate, K / rate)


def _nonzero(terms: Monomials) -> Monomials:
    live = terms.value != 0
    return Monomials(terms.index[live], terms.value[live])


def _products(terms: Monomials) -> tuple[Array, Array]:
    """The different products of the terms' factors (order, products), and that of each term."""
    return _unique(np.sort(terms.index[:, 1:], axis=1))


def _unique(factors: Array) -> tuple[Array, Array]:
    """Different rows of factors (terms, order) as (order, products), and the number of each row."""
    different, number = np.unique(factors, axis=0, return_inverse=True)
    return different.T, number.ravel()


def _slopes(terms: Monomials, n: int) -> tuple[Array, Array, Array]:
    """Derivatives of the terms by each factor: flat places, other factors, and coefficients.

    Places are row · n + column for a Jacobian (n, n).
    """
    row, factors = terms.index[:, 0], terms.index[:, 1:]
    slots = range(terms.order)
    places = [row * n + factors[:, slot] for slot in slots]
    others = [np.sort(np.delete(factors, slot, axis=1), axis=1) for slot in slots]
    return np.concatenate(places), np.concatenate(others), np.tile(terms.value, terms.order)


def _norm(terms: Monomials) -> float:
    """Frobenius norm of the terms as a tensor that is symmetric in its factors."""
    index = np.concatenate([terms.index[:, :1], np.sort(terms.index[:, 1:], axis=1)], axis=1)
    different, number = np.unique(index, axis=0, return_inverse=True)
    value = np.bincount(number.ravel(), terms.value, len(different))
    equal = np.tril(different[:, 1:, None] == different[:, None, 1:])
    places = math.factorial(terms.order) / equal.sum(axis=2).prod(axis=1)
    return float(np.sqrt(np.sum(value**2 / places)))
