"""Exact steps of linear models with many quadratures, by matrix products of NumPy.

The equations, and the functions that call these, are in `linear`.
"""

from __future__ import annotations

import numpy as np

from ..linear_algebra.linear_steps import next_covariance
from ..support.checks import Array, Shape
from .linear_kernel import SHORT, TERMS

LARGE = 32
"""Quadratures from which on the compiled loops over eight parameter points take more time."""


def large_steps(
    A: Array, c: Array, D: Array, time: float, batch: Shape
) -> tuple[Array, Array, Array]:
    """E, g and Q as of `linear.exact_step`, with the leading axes of a batch."""
    shapes = (A.shape[-2:], c.shape[-2:], D.shape[-2:])
    A, c, D = (
        np.broadcast_to(each, batch + shape).reshape(-1, *shape)
        for each, shape in zip((A, c, D), shapes, strict=True)
    )
    found = [single_step(*each, time) for each in zip(A, c, D, strict=True)]
    E, g, Q = (
        np.array([each[k] for each in found]).reshape(batch + shape)
        for k, shape in enumerate(shapes)
    )
    return E, g, Q


def propagate_large(
    A: Array, c: Array, D: Array, mean: Array, V: Array, intervals: Array, batch: Shape
) -> tuple[Array, Array]:
    """Moments as of `linear.propagate_exactly`, at the start and after each interval in s."""
    n = mean.shape[-1]
    means = np.empty((len(intervals) + 1, *batch, n))
    covariances = np.empty((len(intervals) + 1, *batch, n, n))
    means[0], covariances[0] = mean, V
    A, D = (np.broadcast_to(each, (*batch, n, n)) for each in (A, D))
    c = np.broadcast_to(c, (*batch, n))
    for point in np.ndindex(*batch):
        at = (slice(None), *point)
        _propagate(A[point], c[point], D[point], intervals, means[at], covariances[at])
    return means, covariances


def _propagate(
    A: Array, c: Array, D: Array, intervals: Array, means: Array, covariances: Array
) -> None:
    """Fill the moments (times, n) and (times, n, n) of a point, given the first."""
    length = -1.0
    with np.errstate(over="ignore", invalid="ignore"):
        for sample, interval in enumerate(intervals):
            if interval != length:
                length = interval
                E, g, Q = single_step(A, c[:, None], D, length)
            means[sample + 1] = means[sample] + (E @ means[sample] + g[:, 0])
            covariances[sample + 1] = next_covariance(E, covariances[sample]) + Q


def single_step(A: Array, c: Array, D: Array, time: float) -> tuple[Array, Array, Array]:
    """E, g and Q of one linear model over a time in s, without compiled code."""
    with np.errstate(over="ignore", invalid="ignore"):
        step, doublings = _short_step(A, time)
        Ah = A * step
        E, g, Q = Ah, c * step, 0.5 * step * (D + D.T)
        power, kick, spread = E, g, Q
        for k in range(2, TERMS):
            power, kick, spread = Ah @ power / k, Ah @ kick / k, Ah @ spread / k
            spread = spread + spread.T
            E, g, Q = E + power, g + kick, Q + spread
        for _ in range(doublings):
            E, g, Q = 2 * E + E @ E, 2 * g + E @ g, Q + next_covariance(E, Q)
    return E, g, Q


def _short_step(A: Array, time: float) -> tuple[float, int]:
    """A step time/2^count in s with ‖A‖ · step ≤ `SHORT`, and the count."""
    norm = float(np.abs(A).sum(axis=1).max())
    step, count = time, 0
    while norm * step > SHORT:
        step *= 0.5
        count += 1
    return step, count
