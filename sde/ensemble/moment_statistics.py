"""Moments of the trajectories at each sample time, from the sums that the kernels keep.

Covariances of differences are formed from sums of differences, so that a linearisation error of
10⁻⁹ is resolved beside a covariance of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..kept_elements import KeptElements
from ..kernels.sum_layout import layout
from ..support.checks import Array

FORMS = ((False, False), (True, False), (True, True))
"""Pairs (twin, companion) for which sums are kept."""


@dataclass(frozen=True, eq=False)
class SampleMoments:
    """Moments from sums over trajectories, sums (..., times, statistics); leading axes are kept.

    `count` (...) is the number of independent samples: of pairs where paths are `antithetic`, whose
    sums are averages over the pair. Covariances are the kept elements (..., times, elements).
    """

    kept: KeptElements
    sums: Array
    count: Array
    antithetic: bool = False

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Position of each sum along the last axis, by name."""
        layouts = [layout(self.kept.size, *form, self.kept.count) for form in FORMS]
        return next(
            slices
            for slices in layouts
            if max(each.stop for each in slices.values()) == self.sums.shape[-1]
        )

    @property
    def coupled(self) -> bool:
        """Whether the paths have twins."""
        return "twin1" in self.slices

    def moment(self, name: str) -> Array:
        """Average (..., times, k) of the k sums of this name, about the stepped mean field."""
        return np.asarray(self.sums[..., self.slices[name]] / self._count)

    @cached_property
    def covariance_sample(self) -> Array:
        """Covariance of the nonlinear paths, kept elements."""
        mean = self.moment("full1")
        return self._central(self.moment("full2"), self._outer(mean, mean))

    @cached_property
    def covariance_twin(self) -> Array:
        """Covariance of the twins, kept elements."""
        mean = self.moment("twin1")
        return self._central(self.moment("twin2"), self._outer(mean, mean))

    @cached_property
    def linearization_error(self) -> Array:
        """Covariance of the nonlinear paths minus that of their twins, kept elements."""
        return self._covariance_difference("error", self.moment("twin1"))

    @cached_property
    def step_error(self) -> Array:
        """Covariance at twice the step minus covariance at the step, kept elements."""
        return self._covariance_difference("step", self.moment("full1"))

    @cached_property
    def strong_error(self) -> Array:
        """Root-mean-square distance of paths at twice the step from those at the step, (..., n)."""
        return np.sqrt(self.moment("step²"))

    @cached_property
    def extrapolated_sample(self) -> Array:
        """Covariance of the nonlinear paths, extrapolated to zero step, kept elements."""
        return self.covariance_sample - self.step_error

    @cached_property
    def extrapolated_error(self) -> Array:
        """Linearisation error minus the step error of the nonlinear paths, kept elements."""
        return self.linearization_error - self.step_error

    def cumulants(self, V: Array | None) -> Array:
        """Third and fourth cumulants of each quadrature, (2, ..., times, n).

        Without V, of the nonlinear paths as sampled. With the exact variances V (times, n) of the
        twins, from the differences between paths and twins.
        """
        if V is None:
            first, second, third, fourth = (self.moment(f"full{order}") for order in "1234")
            second = second[..., self.kept.diagonal]
            return np.stack(
                [
                    _third_cumulant(first, second, third),
                    fourth - 3 * second**2 + _mean_terms(first, second, third),
                ]
            )
        first, difference, third, fourth = (self.moment(f"error{order}") for order in "1234")
        difference = difference[..., self.kept.diagonal]
        second = V + difference
        central = fourth - (6 * V + 3 * difference) * difference
        return np.stack(
            [
                _third_cumulant(first, second, third),
                central + _mean_terms(first, second, third),
            ]
        )

    def _covariance_difference(self, name: str, reference: Array) -> Array:
        """Covariance of (reference path + difference) minus that of the reference path.

        `name` is that of the sums of the difference, `reference` (..., times, n) the mean of the
        reference paths. The result are kept elements.
        """
        shift = self.moment(f"{name}1")
        outer = self._outer(shift, reference) + self._outer(reference + shift, shift)
        return self._central(self.moment(f"{name}2"), outer)

    def _central(self, products: Array, outer: Array) -> Array:
        """Mean products minus products of the means, with Bessel's correction.

        The correction is omitted for antithetic pairs: with opposite noise the error of
        their mean is negligible.
        """
        return (products - outer) * (self._count / (self._count - (not self.antithetic)))

    def _outer(self, a: Array, b: Array) -> Array:
        """Kept elements (..., elements) of the products of two vectors (..., n)."""
        return a.take(self.kept.rows, axis=-1) * b.take(self.kept.columns, axis=-1)

    @property
    def _count(self) -> Array:
        """The count (..., 1, 1), which broadcasts over times and statistics."""
        return self.count.reshape(*self.count.shape, 1, 1)


def _third_cumulant(first: Array, second: Array, third: Array) -> Array:
    """Third cumulant (...) from mean, variance and third moment about zero, each (...)."""
    return third - first * (3 * second - 2 * first * first)


def _mean_terms(first: Array, second: Array, third: Array) -> Array:
    """Terms (...) of the fourth cumulant that vanish for a zero mean, from moments (...)."""
    square = first * first
    return -4 * first * third + square * (12 * second - 6 * square)


def pooled(kept: KeptElements, sums: Array, counts: Array, antithetic: bool) -> SampleMoments:
    """Moments of all batches together.

    sums (batches, times, statistics); counts (batches,) of trajectories.
    """
    count = np.asarray(counts.sum() / (1 + antithetic))
    return SampleMoments(kept, sums.sum(axis=0), count, antithetic)


def leave_one_out(
    kept: KeptElements, sums: Array, counts: Array, antithetic: bool
) -> SampleMoments:
    """Moments of all batches but one, along a leading axis over the batches with trajectories.

    Arguments are those of `pooled`.
    """
    used = counts > 0
    with np.errstate(invalid="ignore"):
        others = sums.sum(axis=0) - sums[used]
    count = (counts.sum() - counts[used]) / (1 + antithetic)
    return SampleMoments(kept, others, count, antithetic)
