"""Exponential Euler steps: the linear part exact, with its noise; the rest explicit.

    u ← e^{Ah} u + h φ₁(Ah) r(u) + noise,   f(u) = A u + r(u),   φ₁(z) = (e^z − 1)/z

For fast or weakly damped modes; see `semilinear` for such steps of trajectories.
"""

from __future__ import annotations

import numpy as np

from ..moments.linear_large import single_step
from ..support.checks import Array
from .scheme import Scheme, unlimited


def linear_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    """E = e^{Ah} − 1 and N = ∫e^{As} D e^{Aᵀs} ds over 0 ≤ s ≤ h, (n, n)."""
    E, _, N = single_step(A, np.zeros((len(A), 1)), D, h)
    return E, N


EXPONENTIAL = Scheme(
    strong_order=1.0,
    weak_order=1.0,
    stages=1,
    use="fast or weakly damped modes",
    linear_step=linear_step,
    limit=unlimited,
    growth=None,
)
