"""Stochastic Runge–Kutta steps of two stages, strong order 1.5 for additive noise (SRA1).

    v = u + ¾h f(u) + (3/2) B J/h,   u ← u + h[⅓f(u) + ⅔f(v)] + B I

    I = √h n₁,   J = ½h(I + √(h/3) n₂)     integrals of the noise, and of its path, over the step

Weak increments put two-point or three-point numbers for n₁, two-point ones for n₂. For single
paths and strong nonlinearity.

References
----------
Rößler, doi:10.1137/09076636X.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array
from .scheme import Scheme


def linear_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    """E = hA + ½h²A² and N = hD + ½h²(AD + DAᵀ) + ⅓h³ADAᵀ, (n, n)."""
    AD = A @ D
    return h * A + 0.5 * h**2 * A @ A, h * D + 0.5 * h**2 * (AD + AD.T) + h**3 / 3 * AD @ A.T


def limit(eigenvalues: Array) -> Array:
    """h (modes,) with |1 + z + z²/2| = 1, z = hλ.

    |z| is the least positive root of |z|³/4 + c|z|² + 2c²|z| + 2c with c = cos arg λ.
    """
    limits = []
    for c, size in zip(np.cos(np.angle(eigenvalues)), np.abs(eigenvalues), strict=True):
        roots = np.roots([0.25, c, 2 * c**2, 2 * c])
        real = roots.real[(np.abs(roots.imag) < 1e-9 * (1 + np.abs(roots))) & (roots.real > 0)]
        limits.append(np.min(real, initial=np.inf) / size if c < 0 else -c / size)
    return np.array(limits)


def growth(z: Array) -> Array:
    """|z|⁴/4 + |Re z| |z|²/3, leading orders in the oscillation and in the damping."""
    return np.abs(z) ** 4 / 4 + np.abs(z.real) * np.abs(z) ** 2 / 3


RUNGE_KUTTA = Scheme(
    strong_order=1.5,
    weak_order=2.0,
    stages=2,
    use="single paths, strong nonlinearity",
    linear_step=linear_step,
    limit=limit,
    growth=growth,
)
