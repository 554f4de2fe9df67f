"""Exact step of one linear model in NumPy, which compiles nothing: for checks before a run.

The equations are in the docstring of `linear`. Results agree with `linear.exact_step` to rounding.
"""

from __future__ import annotations

import numpy as np

from ..linear_algebra.linear_steps import next_covariance
from ..support.checks import Array
from .linear_kernel import SHORT, TERMS


def single_step(A: Array, c: Array, D: Array, time: float) -> tuple[Array, Array, Array]:
    """E = e^{At} − 1 (n, n), g (n, k) and Q (n, n) of a linear model over a time t in s.

    A and D are (n, n), and c (n, k), a constant drift per column. Q is exactly symmetric; where the
    model grows beyond the largest number, the results are not finite.
    """
    norm = np.abs(A).sum(axis=-1).max() * time
    doublings = int(np.ceil(np.log2(norm / SHORT))) if SHORT < norm < np.inf else 0
    h = time / 2.0**doublings
    with np.errstate(over="ignore", invalid="ignore"):
        E, g, Q = _series(A * h, c * h, D * h)
        for _ in range(doublings):
            Q = next_covariance(E, Q) + Q
            g = 2 * g + E @ g
            E = 2 * E + E @ E
    return E, g, Q


def _series(A: Array, c: Array, D: Array) -> tuple[Array, Array, Array]:
    """E, g and Q of a short step, with A, c and D times its length."""
    E, g, Q = A, c, D
    power, kick, spread = A, c, D
    for k in range(2, TERMS):
        power = A @ power / k
        kick = A @ kick / k
        half = A @ spread / k
        spread = half + half.T
        E, g, Q = E + power, g + kick, Q + spread
    return E, g, Q
