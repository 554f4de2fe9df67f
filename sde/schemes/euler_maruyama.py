"""Euler–Maruyama: u ← u + h f(u) + B√h n.

The reference, for well damped modes: its stationary covariance is too large by h A V Aᵀ, which
weakly damped modes amplify.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array
from .scheme import Scheme


def linear_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    """E = h A and N = h D, (n, n), as in `Scheme`."""
    return h * A, h * D


def limit(eigenvalues: Array) -> Array:
    """h (modes,) with |1 + hλ| = 1: −2 Re λ/|λ|²."""
    return -2 * eigenvalues.real / np.abs(eigenvalues) ** 2


def growth(z: Array) -> Array:
    """|z|²: the difference between |1 + z|² and 1 + 2 Re z."""
    return np.abs(z) ** 2


EULER_MARUYAMA = Scheme(
    strong_order=1.0,
    weak_order=1.0,
    stages=1,
    use="the reference, for well damped modes",
    linear_step=linear_step,
    limit=limit,
    growth=growth,
)
