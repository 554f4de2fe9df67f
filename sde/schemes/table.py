"""The integration schemes by name, and the effect of their steps on linear systems.

A step turns a linear system into u ← (1 + E) u + noise of covariance N, so its stationary
covariance solves E V + V Eᵀ + E V Eᵀ + N = 0.
"""

from __future__ import annotations

import numpy as np

from ..kernels.codegen import GAUSSIAN, THREE_POINT, TWO_POINT
from ..linear_algebra.discrete_lyapunov import solve_discrete_lyapunov
from ..linear_algebra.schur import covariance
from ..support.checks import Array, require_one_of
from .euler_maruyama import EULER_MARUYAMA
from .exponential import EXPONENTIAL
from .implicit_midpoint import IMPLICIT_MIDPOINT
from .runge_kutta import RUNGE_KUTTA

SCHEMES = {
    "euler-maruyama": EULER_MARUYAMA,
    "exponential": EXPONENTIAL,
    "implicit-midpoint": IMPLICIT_MIDPOINT,
    "runge-kutta": RUNGE_KUTTA,
}
AUTO = "auto"
"""Euler–Maruyama where its forecast error stays within 1 %, else exponential steps."""
WEAK_ORDER_OF_INCREMENTS = {GAUSSIAN: np.inf, TWO_POINT: 1.0, THREE_POINT: 2.0}
"""Largest weak order by increments; two-point and three-point ones have no strong order."""


def require_scheme(name: str) -> None:
    """Raise ValueError unless this is the name of a scheme, or "auto"."""
    require_one_of("scheme", name, [*SCHEMES, AUTO])


def weak_order(scheme: str, increments: str) -> float:
    """Weak order of a scheme with these increments."""
    return min(SCHEMES[scheme].weak_order, WEAK_ORDER_OF_INCREMENTS[increments])


def linear_step(scheme: str, A: Array, D: Array, step: float) -> tuple[Array, Array]:
    """E (n, n) and N (n, n) of a step in s, for drift matrix A (n, n) and diffusion D (n, n)."""
    return SCHEMES[scheme].linear_step(A, D, step)


def step_limit(A: Array, scheme: str = "euler-maruyama") -> float:
    """Largest step, in s, at which steps of du = A u dt, A (n, n), stay bounded."""
    eigenvalues = np.linalg.eigvals(A)
    moving = eigenvalues[np.abs(eigenvalues) > 1e-14 * np.abs(A).max(initial=1e-300)]
    return float(np.min(SCHEMES[scheme].limit(moving), initial=np.inf))


def stationary_covariance(A: Array, D: Array, step: float, scheme: str = "euler-maruyama") -> Array:
    """Stationary covariance (n, n) of a scheme's steps; for step 0 that of the exact equation."""
    if step == 0:
        return covariance(A, D)
    E, N = linear_step(scheme, A, D, step)
    return solve_discrete_lyapunov(E, 0.5 * (N + N.T))
