"""Sparse polynomial terms of a drift."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np

from ..support.checks import Array, Shape

MonomialIndex = tuple[int, ...]
"""A row of the drift, then the quadratures whose product is added to it."""
MANY = 32
"""Points from which on terms are computed for all points at a time."""
MOST_NUMBERS = 100_000
"""Products of terms and points that are kept at a time."""
MOST_SELECTED = 20_000
"""Largest size of a matrix that adds up terms; beyond, they are sorted by their places."""


@dataclass(frozen=True, eq=False)
class Monomials:
    """Products of quadratures, all of one order, added to rows of a drift.

    Row `index[m, 0]` gains value[..., m] · Π u[index[m, 1:]].

    Parameters
    ----------
    index : array of int (terms, 1 + order)
        The row of each term, then its factors; a repeated factor is a power.
    value : array (..., terms)
        Coefficients in rad/s; leading axes run over parameter points.

    Examples
    --------
    u₀² and 3u₀u₁ in row 1, at u = (2, 5):

    >>> import numpy as np
    >>> import qlangevin.sde.model as m
    >>> terms = m.Monomials(np.array([[1, 0, 0], [1, 0, 1]]), np.array([1.0, 3.0]))
    >>> terms.evaluate(np.array([2.0, 5.0]))
    array([ 0., 34.])
    """

    index: Array
    value: Array
    _selectors: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def order(self) -> int:
        """Number of factors of each term."""
        return int(self.index.shape[1]) - 1

    def evaluate(self, u: Array) -> Array:
        """The sum of all terms at u (..., n), shape (..., n)."""
        if u.ndim == 2 and self.value.ndim == 1 and len(u) >= MANY and len(self.index):
            return self._evaluate_many(u)
        products = self.value * np.prod(u[..., self.index[:, 1:]], axis=-1)
        return self.scatter(products, (0,), u.shape[-1])

    def jacobian(self, u: Array) -> Array:
        """∂/∂u of `evaluate` at u (..., n), shape (..., n, n)."""
        n = u.shape[-1]
        total = np.zeros((n, n))
        for position in range(1, self.order + 1):
            others = np.delete(self.index[:, 1:], position - 1, axis=1)
            slope = self.value * np.prod(u[..., others], axis=-1)
            total = total + self.scatter(slope, (0, position), n)
        return total

    def slice(self, u: Array) -> Monomials:
        """The terms of one order less that remain when one factor is held at u (..., n).

        One for each term and factor p: value · u[factor p] times the other factors.
        """
        pieces = [
            (np.delete(self.index, p, axis=1), self.value * u[..., self.index[:, p]])
            for p in range(1, self.order + 1)
        ]
        return Monomials(
            np.concatenate([index for index, _ in pieces]),
            np.concatenate([value for _, value in pieces], axis=-1),
        )

    def averaged_over(self, V: Array) -> Array:
        """½ ∂²/∂u² : V of the terms for V (..., n, n), added to the drift by a Gaussian average.

        Shape (..., n), a constant, for quadratic terms; (..., n, n), a matrix that acts on u, for
        cubic ones.
        """
        n = V.shape[-1]
        if self.order == 2:
            _, j, k = self.index.T
            return self.scatter(self.value * V[..., j, k], (0,), n)
        slope = np.zeros((n, n))
        for p, q, r in ((1, 2, 3), (2, 1, 3), (3, 1, 2)):
            value = self.value * V[..., self.index[:, q], self.index[:, r]]
            slope = slope + self.scatter(value, (0, p), n)
        return slope

    def times(self, factor: float) -> Monomials:
        """The terms with all coefficients multiplied by a number."""
        return Monomials(self.index, factor * self.value)

    def joined(self, other: Monomials, batch: Shape) -> Monomials:
        """These terms and others of the same order, over the parameter points of a batch."""
        values = [np.broadcast_to(m.value, batch + m.value.shape[-1:]) for m in (self, other)]
        return Monomials(np.concatenate([self.index, other.index]), np.concatenate(values, axis=-1))

    def dense(self, n: int) -> Array:
        """The terms as a tensor (..., n, n, …), row first, symmetric in the factors."""
        tensor = self.scatter(self.value, tuple(range(self.order + 1)), n)
        first = tensor.ndim - self.order
        orders = list(permutations(range(first, tensor.ndim)))
        transposed = (tensor.transpose(*range(first), *order) for order in orders)
        return np.asarray(sum(transposed, np.zeros(())) / len(orders))

    def scatter(self, values: Array, columns: tuple[int, ...], n: int) -> Array:
        """Sum values (..., terms) into an array (..., n, …), one axis of n for each of `columns`.

        A value goes where these columns of its row of `index` point.
        """
        shape = (n,) * len(columns)
        flat = (*values.shape[:-1], math.prod(shape))
        if len(self.index) * flat[-1] <= MOST_SELECTED:
            return np.asarray((values @ self._selector(columns, n)).reshape(flat[:-1] + shape))
        order, starts, targets = self._targets(columns, n)
        total = np.zeros(flat, values.dtype)
        total[..., targets] = np.add.reduceat(values[..., order], starts, axis=-1)
        return total.reshape(flat[:-1] + shape)

    def slopes(self, u: Array) -> tuple[Array, Array]:
        """The entries of `jacobian` that may not be 0, at many points u (points, n).

        Their places (entries,), row · n + column in rising order, and values (entries, points), for
        terms of one parameter point.
        """
        n = u.shape[-1]
        rows, factors = self.index[:, 0], self.index[:, 1:]
        positions = range(self.order)
        order, starts, places = _grouped(
            np.concatenate([rows * n + factors[:, p] for p in positions])
        )
        others = np.concatenate([np.delete(factors, p, axis=1) for p in positions])[order]
        products = _products(np.tile(self.value, self.order)[order], others, u)
        return places, np.add.reduceat(products, starts, axis=0) if len(starts) else products

    def _evaluate_many(self, u: Array) -> Array:
        """`evaluate` at many points u (points, n), some at a time, to stay in the cache."""
        order, starts, rows = self._targets((0,), u.shape[-1])
        value, factors = self.value[order], self.index[order, 1:]
        total = np.zeros(u.shape, np.result_type(u, value))
        size = max(MANY, MOST_NUMBERS // len(order))
        for first in range(0, len(u), size):
            some = slice(first, first + size)
            products = _products(value, factors, u[some])
            total[some, rows] = np.add.reduceat(products, starts, axis=0).T
        return total

    def _selector(self, columns: tuple[int, ...], n: int) -> Array:
        """The matrix (terms, n · n …) of `scatter` that adds values up in their places."""
        if (columns, n) not in self._selectors:
            places = self._places(columns, n)
            selector = np.zeros((len(places), n ** len(columns)))
            selector[np.arange(len(places)), places] = 1.0
            self._selectors[columns, n] = selector
        selected: Array = self._selectors[columns, n]
        return selected

    def _targets(self, columns: tuple[int, ...], n: int) -> tuple[Array, Array, Array]:
        """The same as `_grouped` places, for many terms."""
        if ("targets", columns, n) not in self._selectors:
            self._selectors["targets", columns, n] = _grouped(self._places(columns, n))
        grouped: tuple[Array, Array, Array] = self._selectors["targets", columns, n]
        return grouped

    def _places(self, columns: tuple[int, ...], n: int) -> Array:
        """Flat places (terms,) in an array with an axis of n for each of these columns."""
        shape = (n,) * len(columns)
        return np.ravel_multi_index(tuple(self.index[:, c] for c in columns), shape)


def _products(value: Array, factors: Array, u: Array) -> Array:
    """value · Π u[factors], shape (terms, points), for u (points, n) and factors (terms, order)."""
    columns = np.ascontiguousarray(u.T)
    product = columns[factors[:, 0]]
    for p in range(1, factors.shape[1]):
        product = product * columns[factors[:, p]]
    return np.asarray(product * value[:, None])


def _grouped(places: Array) -> tuple[Array, Array, Array]:
    """An order (terms,) in which equal places stand together, starts (groups,), places (groups,).

    `np.add.reduceat` of the ordered values at the starts is the sum in each place.
    """
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    return order, starts, places[order][starts]
