"""Integration schemes as data: what a step of each does to a linear system, and so how large it may
be.

    euler-maruyama     u ← u + h f(u) + B√h n
    exponential        the linear part exact, noise and all, the rest explicit (see `semilinear`)
    implicit-midpoint  the linear part by the implicit midpoint rule, the rest explicit (see `semilinear`)
    runge-kutta        v = u + ¾h f(u) + (3/2) B J/h,   u ← u + h[⅓f(u) + ⅔f(v)] + B I

the last being SRA1 of Rößler, doi:10.1137/09076636X, with I = √h n₁ and J = ½h(I + √(h/3) n₂): the
integrals of the noise, and of its path, over the step. Weak increments put two-point or three-point
numbers for n₁, two-point for n₂.

A step turns a linear system into u ← (1 + E) u + noise of covariance N. Its stationary covariance
solves E V + V Eᵀ + E V Eᵀ + N = 0; that of Euler–Maruyama is too large by h A V Aᵀ, which little
damped modes amplify.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..kernels.codegen import GAUSSIAN, THREE_POINT, TWO_POINT
from ..linear_algebra.discrete_lyapunov import stationary_law
from ..linear_algebra.schur import covariance
from ..moments.linear import exact_step
from ..support.checks import Array, require_one_of

LinearStep = Callable[[Array, Array, float], tuple[Array, Array]]
Mode = Callable[[Array], Array]


def _euler_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    return h * A, h * D


def _exponential_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    E, _, N = exact_step(A, np.zeros((len(A), 1)), D, h)
    return E, N


def _midpoint_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    phi = np.linalg.inv(np.eye(len(A)) - 0.5 * h * A)
    return h * phi @ A, h * phi @ D @ phi.T


def _runge_kutta_step(A: Array, D: Array, h: float) -> tuple[Array, Array]:
    AD = A @ D
    return h * A + 0.5 * h**2 * A @ A, h * D + 0.5 * h**2 * (AD + AD.T) + h**3 / 3 * AD @ A.T


def _euler_limit(eigenvalues: Array) -> Array:
    return -2 * eigenvalues.real / np.abs(eigenvalues) ** 2


def _runge_kutta_limit(eigenvalues: Array) -> Array:
    """h with |1 + z + z²/2| = 1, z = hλ: the least root of |z|³/4 + c|z|² + 2c²|z| + 2c with c =
    cos arg λ.
    """
    limits = []
    for c, size in zip(np.cos(np.angle(eigenvalues)), np.abs(eigenvalues), strict=True):
        roots = np.roots([0.25, c, 2 * c**2, 2 * c])
        real = roots.real[(np.abs(roots.imag) < 1e-9 * (1 + np.abs(roots))) & (roots.real > 0)]
        limits.append(np.min(real, initial=np.inf) / size if c < 0 else -c / size)
    return np.array(limits)


def _unlimited(eigenvalues: Array) -> Array:
    return np.where(eigenvalues.real < 0, np.inf, -1.0)


def _euler_growth(z: Array) -> Array:
    return np.abs(z) ** 2


def _runge_kutta_growth(z: Array) -> Array:
    return np.abs(z) ** 4 / 4 + np.abs(z.real) * np.abs(z) ** 2 / 3


@dataclass(frozen=True)
class Scheme:
    """A scheme: its orders for additive noise, its stages, and what its steps do to linear systems.

    linear_step: (A, D, h) → E, N.  limit: eigenvalues of A → the largest h at which each is stable,
    s. growth: z = hλ → what a step adds to a mode's variance, relative to it, beyond what it
    should; None for nothing. use: what it is recommended for.
    """

    strong_order: float
    weak_order: float
    stages: int
    linear_step: LinearStep
    limit: Mode
    growth: Mode | None
    use: str


SCHEMES = {
    "euler-maruyama": Scheme(
        1.0,
        1.0,
        1,
        _euler_step,
        _euler_limit,
        _euler_growth,
        "the reference, for well damped modes",
    ),
    "exponential": Scheme(
        1.0, 1.0, 1, _exponential_step, _unlimited, None, "fast or little damped modes"
    ),
    "implicit-midpoint": Scheme(
        1.0,
        1.0,
        1,
        _midpoint_step,
        _unlimited,
        None,
        "the same, where only the steady state counts",
    ),
    "runge-kutta": Scheme(
        1.5,
        2.0,
        2,
        _runge_kutta_step,
        _runge_kutta_limit,
        _runge_kutta_growth,
        "single paths, strong nonlinearity",
    ),
}
WEAK_ORDER_OF_INCREMENTS = {GAUSSIAN: np.inf, TWO_POINT: 1.0, THREE_POINT: 2.0}
"""Weak increments make no strong order."""

AUTO = "auto"
"""Stands for Euler–Maruyama where its forecast error stays within 1 %, and for exponential steps
elsewhere.
"""


def require_scheme(name: str) -> None:
    """ValueError, naming the schemes there are, unless this is one of them or "auto"."""
    require_one_of("scheme", name, [*SCHEMES, AUTO])


def weak_order(scheme: str, increments: str) -> float:
    """That of the scheme, or of the increments if it is lower."""
    return min(SCHEMES[scheme].weak_order, WEAK_ORDER_OF_INCREMENTS[increments])


def linear_step(scheme: str, A: Array, D: Array, step: float) -> tuple[Array, Array]:
    """E (n, n) and N (n, n) of u ← (1 + E) u + noise of covariance N, for drift matrix A, diffusion
    D, step in s.
    """
    return SCHEMES[scheme].linear_step(A, D, step)


def step_limit(A: Array, scheme: str = "euler-maruyama") -> float:
    """Largest step, in s, at which steps of du = A u dt stay bounded; for Euler–Maruyama min −2 Re
    λ/|λ|².
    """
    eigenvalues = np.linalg.eigvals(A)
    moving = eigenvalues[np.abs(eigenvalues) > 1e-14 * np.abs(A).max(initial=1e-300)]
    return float(np.min(SCHEMES[scheme].limit(moving), initial=np.inf))


def stationary_covariance(A: Array, D: Array, step: float, scheme: str = "euler-maruyama") -> Array:
    """Exact stationary covariance (n, n) of a scheme's steps; step 0 is Lyapunov's."""
    if step == 0:
        return covariance(A, D)
    E, N = linear_step(scheme, A, D, step)
    return stationary_law(E, 0.5 * (N + N.T))
