"""What is summed over trajectories at a sample time, and the moments that the sums hold.

Covariances of differences are formed from sums of differences: a linearisation error of 10⁻⁹
survives beside a covariance of 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..kernels.sum_layout import layout

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over trajectories (..., statistics) and what follows from them; leading axes are kept.

    `count` (...) is the number of independent ones: of pairs where paths are `antithetic`, their
    sums being averages. Covariances are upper triangles (..., n(n+1)/2).
    """

    size: int
    values: Array
    count: Array
    antithetic: bool = False

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where each sum stands."""
        every = [layout(self.size, *form) for form in ((False, False), (True, False), (True, True))]
        return next(
            places
            for places in every
            if max(place.stop for place in places.values()) == self.values.shape[-1]
        )

    @property
    def coupled(self) -> bool:
        """Whether the paths have twins."""
        return "twin1" in self.places

    def moment(self, name: str) -> Array:
        """The average of one of the sums, about the stepped mean field."""
        return np.asarray(self.values[..., self.places[name]] / self._n)

    @cached_property
    def covariance_sample(self) -> Array:
        """Covariance of the full paths."""
        mean = self.moment("full1")
        return self._centred(self.moment("full2"), self._outer(mean, mean))

    @cached_property
    def covariance_twin(self) -> Array:
        """Covariance of the twins."""
        mean = self.moment("twin1")
        return self._centred(self.moment("twin2"), self._outer(mean, mean))

    @cached_property
    def linearization_error(self) -> Array:
        """Covariance of the full paths minus that of their twins."""
        return self._difference("error", self.moment("twin1"))

    @cached_property
    def step_error(self) -> Array:
        """Covariance at twice the step minus covariance at the step."""
        return self._difference("step", self.moment("full1"))

    @cached_property
    def strong_error(self) -> Array:
        """Root-mean-square distance of paths at twice the step from those at the step, (..., n)."""
        return np.sqrt(self.moment("step²"))

    @cached_property
    def extrapolated_sample(self) -> Array:
        """Covariance of the full paths, extrapolated to no step at all."""
        return self.covariance_sample - self.step_error

    @cached_property
    def extrapolated_error(self) -> Array:
        """The linearisation error less the change of the full covariance from the step to twice the
        step.
        """
        return self.linearization_error - self.step_error

    def cumulants(self, V: Array | None) -> Array:
        """Third and fourth cumulants of each quadrature, (2, ..., n).

        Of the full paths as sampled; or, with the law V (..., n) of the twins' variances, from
        their differences.
        """
        if V is None:
            first, second, third, fourth = (self.moment(f"full{order}") for order in "1234")
            second = second[..., self.diagonal]
            return np.stack(
                [
                    _third(first, second, third),
                    fourth - 3 * second**2 + _lower(first, second, third),
                ]
            )
        first, excess, third, fourth = (self.moment(f"error{order}") for order in "1234")
        excess = excess[..., self.diagonal]
        second = V + excess
        rest = fourth - (6 * V + 3 * excess) * excess
        return np.stack([_third(first, second, third), rest + _lower(first, second, third)])

    @cached_property
    def diagonal(self) -> Array:
        """Places of the variances in an upper triangle."""
        return np.flatnonzero(np.equal(*np.triu_indices(self.size)))

    def _difference(self, name: str, reference: Array) -> Array:
        shift = self.moment(f"{name}1")
        outer = self._outer(shift, reference) + self._outer(reference + shift, shift)
        return self._centred(self.moment(f"{name}2"), outer)

    def _centred(self, products: Array, outer: Array) -> Array:
        """Products less those of the means; the mean of a pair is known too well to cost a degree
        of freedom.
        """
        return (products - outer) * (self._n / (self._n - (not self.antithetic)))

    def _outer(self, a: Array, b: Array) -> Array:
        rows, columns = np.triu_indices(self.size)
        return a.take(rows, axis=-1) * b.take(columns, axis=-1)

    @property
    def _n(self) -> Array:
        """The count broadcast over the time axis and the statistics."""
        return self.count.reshape(*self.count.shape, 1, 1)


def _third(first: Array, second: Array, third: Array) -> Array:
    return third - first * (3 * second - 2 * first * first)


def _lower(first: Array, second: Array, third: Array) -> Array:
    """What the mean takes off the fourth cumulant."""
    square = first * first
    return -4 * first * third + square * (12 * second - 6 * square)


def symmetric(triangle: Array) -> Array:
    """The symmetric matrices (..., n, n) of upper triangles (..., n(n+1)/2)."""
    n = math.isqrt(2 * triangle.shape[-1])
    rows, columns = np.triu_indices(n)
    place = np.zeros((n, n), int)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    return triangle.take(place, axis=-1)


def total(size: int, sums: Array, counts: Array, antithetic: bool) -> Sums:
    """All batches together: sums (batches, times, statistics), counts (batches) of trajectories."""
    return Sums(size, sums.sum(axis=0), np.asarray(counts.sum() / (1 + antithetic)), antithetic)
