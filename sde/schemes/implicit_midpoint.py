"""Implicit midpoint steps of the linear part; the rest explicit.

    u ← u + h A (u + u_next)/2 + h r(u) + B ΔW,   f(u) = A u + r(u)

Its stationary covariance is exact for linear systems at any step, its dynamics are not: for fast or
weakly damped modes where only the steady state matters. See `semilinear` for such steps of
trajectories.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array
from .scheme import Scheme, unlimited


def linear_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    """E = h φ A and N = h φ D φᵀ, (n, n), with φ = (1 − Ah/2)⁻¹."""
    phi = np.linalg.inv(np.eye(len(A)) - 0.5 * h * A)
    return h * phi @ A, h * phi @ D @ phi.T


IMPLICIT_MIDPOINT = Scheme(
    strong_order=1.0,
    weak_order=1.0,
    stages=1,
    use="fast or weakly damped modes, steady state only",
    linear_step=linear_step,
    limit=unlimited,
    growth=None,
)
