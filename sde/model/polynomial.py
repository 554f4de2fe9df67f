"""Sparse polynomial terms of a drift."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from ..support.checks import Array

MonomialIndex = tuple[int, ...]
"""A row of the drift, then the quadratures whose product is added to it."""


@dataclass(frozen=True, eq=False)
class Monomials:
    """Products of quadratures added to rows: row `index[m, 0]` gains value[..., m] · Π u[index[m,
    1:]].

    `index` has shape (terms, 1 + order), `value` (..., terms), in rad/s.
    """

    index: Array
    value: Array
    _selectors: dict[Hashable, Array] = field(default_factory=dict, init=False, repr=False)

    @property
    def order(self) -> int:
        return int(self.index.shape[1]) - 1

    def evaluate(self, u: Array) -> Array:
        """The sum of all terms at u (..., n), shape (..., n)."""
        products = self.value * np.prod(u[..., self.index[:, 1:]], axis=-1)
        return self.scatter(products, (0,), u.shape[-1])

    def jacobian(self, u: Array) -> Array:
        """∂/∂u of `evaluate`, shape (..., n, n)."""
        n = u.shape[-1]
        total = np.zeros((n, n))
        for position in range(1, self.order + 1):
            others = np.delete(self.index[:, 1:], position - 1, axis=1)
            slope = self.value * np.prod(u[..., others], axis=-1)
            total = total + self.scatter(slope, (0, position), n)
        return total

    def slice(self, u: Array) -> Monomials:
        """The terms of one order less that arise when one factor is held at u: Σ_p value · u[factor
        p].
        """
        pieces = [
            (np.delete(self.index, p, axis=1), self.value * u[..., self.index[:, p]])
            for p in range(1, self.order + 1)
        ]
        return Monomials(
            np.concatenate([index for index, _ in pieces]),
            np.concatenate([value for _, value in pieces], axis=-1),
        )

    def scatter(self, values: Array, columns: tuple[int, ...], n: int) -> Array:
        """Add values (..., terms) into zeros of (..., n, …), at the positions that these columns of
        `index` hold.
        """
        if (columns, n) not in self._selectors:
            shape = (n,) * len(columns)
            selector = np.zeros((len(self.index), n ** len(columns)))
            flat = np.ravel_multi_index(tuple(self.index[:, c] for c in columns), shape)
            selector[np.arange(len(self.index)), flat] = 1.0
            self._selectors[columns, n] = selector
        return np.asarray(
            (values @ self._selectors[columns, n]).reshape(values.shape[:-1] + (n,) * len(columns))
        )
