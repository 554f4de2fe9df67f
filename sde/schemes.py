"""Integration schemes as data: what a step of each does to a linear system, and so how large it may be.

    euler-maruyama     u ← u + h f(u) + B√h n
    exponential        the linear part exact, noise and all, the rest explicit (see `semilinear`)
    implicit-midpoint  the linear part by the implicit midpoint rule, the rest explicit (see `semilinear`)
    runge-kutta        v = u + ¾h f(u) + (3/2) B J/h,   u ← u + h[⅓f(u) + ⅔f(v)] + B I

the last being SRA1 of Rößler, doi:10.1137/09076636X, with I = √h n₁ and J = ½h(I + √(h/3) n₂): the integrals of the
noise, and of its path, over the step. Weak increments put two-point or three-point numbers for n₁, two-point for n₂.

A step turns a linear system into u ← (1 + E) u + noise of covariance N. Its stationary covariance solves
E V + V Eᵀ + E V Eᵀ + N = 0; that of Euler–Maruyama is too large by h A V Aᵀ, which little damped modes amplify.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from .arguments import require_one_of, warn
from .discrete_lyapunov import stationary_law
from .emission import GAUSSIAN, THREE_POINT, TWO_POINT
from .exact import exact_step
from .model import Array
from .schur import covariance

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
    """h with |1 + z + z²/2| = 1, z = hλ: the least root of |z|³/4 + c|z|² + 2c²|z| + 2c with c = cos arg λ."""
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

    linear_step: (A, D, h) → E, N.  limit: eigenvalues of A → the largest h at which each is stable, s.
    growth: z = hλ → what a step adds to a mode's variance, relative to it, beyond what it should; None for nothing.
    use: what it is recommended for.
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
        1.0, 1.0, 1, _euler_step, _euler_limit, _euler_growth, "the reference, for well damped modes"
    ),
    "exponential": Scheme(1.0, 1.0, 1, _exponential_step, _unlimited, None, "fast or little damped modes"),
    "implicit-midpoint": Scheme(
        1.0, 1.0, 1, _midpoint_step, _unlimited, None, "the same, where only the steady state counts"
    ),
    "runge-kutta": Scheme(
        1.5, 2.0, 2, _runge_kutta_step, _runge_kutta_limit, _runge_kutta_growth, "single paths, strong nonlinearity"
    ),
}
WEAK_ORDER_OF_INCREMENTS = {GAUSSIAN: np.inf, TWO_POINT: 1.0, THREE_POINT: 2.0}
"""Weak increments make no strong order."""

AUTO = "auto"
"""Stands for Euler–Maruyama where its forecast error stays within 1 %, and for exponential steps elsewhere."""
WARN_BIAS, REFUSE_BIAS = 0.01, 0.1
"""Relative bias of the stationary covariance above which a run is warned of, or refused."""


class StepError(ValueError):
    """The step is too large for the scheme on this system; the message says how large it may be."""


class StepWarning(UserWarning):
    """The step biases the covariance noticeably; the message says by how much."""


@dataclass(frozen=True)
class StepForecast:
    """What steps of h do to du = A u dt + noise over a run.

    limit: largest stable step, s (infinite without a bound, negative if A itself is unstable).
    bias: relative error of the stationary covariance, max |ΔV_ij|/√(V_ii V_jj) (NaN where there is none).
    felt: relative error of the least accurate mode's variance at the end of the run; a short run has built up little.
    """

    limit: float
    bias: float
    felt: float

    @property
    def error(self) -> float:
        """The error that the run shows."""
        return float(np.nanmin([self.bias, self.felt]))


def require_scheme(name: str) -> None:
    """ValueError, naming the schemes there are, unless this is one of them or "auto"."""
    require_one_of("scheme", name, [*SCHEMES, AUTO])


def chosen_scheme(name: str, A: Array, D: Array, step: float, duration: float) -> str:
    """The scheme by name; for "auto" by the drift matrix A and diffusion D where the run is heading."""
    if name != AUTO:
        return name
    return "euler-maruyama" if forecast(A, D, step, duration).error <= WARN_BIAS else "exponential"


def weak_order(scheme: str, increments: str) -> float:
    """That of the scheme, or of the increments if it is lower."""
    return min(SCHEMES[scheme].weak_order, WEAK_ORDER_OF_INCREMENTS[increments])


def linear_step(scheme: str, A: Array, D: Array, step: float) -> tuple[Array, Array]:
    """E (n, n) and N (n, n) of u ← (1 + E) u + noise of covariance N, for drift matrix A, diffusion D, step in s."""
    return SCHEMES[scheme].linear_step(A, D, step)


def step_limit(A: Array, scheme: str = "euler-maruyama") -> float:
    """Largest step, in s, at which steps of du = A u dt stay bounded; for Euler–Maruyama min −2 Re λ/|λ|²."""
    eigenvalues = np.linalg.eigvals(A)
    moving = eigenvalues[np.abs(eigenvalues) > 1e-14 * np.abs(A).max(initial=1e-300)]
    return float(np.min(SCHEMES[scheme].limit(moving), initial=np.inf))


def stationary_covariance(A: Array, D: Array, step: float, scheme: str = "euler-maruyama") -> Array:
    """Exact stationary covariance (n, n) of a scheme's steps; step 0 is Lyapunov's."""
    if step == 0:
        return covariance(A, D)
    E, N = linear_step(scheme, A, D, step)
    return stationary_law(E, 0.5 * (N + N.T))


def forecast(A: Array, D: Array, step: float, duration: float, scheme: str = "euler-maruyama") -> StepForecast:
    """What the step will do, judged by the drift matrix A and diffusion D where the run is heading."""
    limit, eigenvalues, growth = step_limit(A, scheme), np.linalg.eigvals(A), SCHEMES[scheme].growth
    if growth is None:
        return StepForecast(limit, 0.0 if limit > 0 else np.nan, 0.0)
    spurious = growth(step * eigenvalues) / step
    relaxations = (np.maximum(-2 * eigenvalues.real, 0.0) - spurious) * duration
    built_up = _relaxed(np.where(np.abs(relaxations) > 1e-12, relaxations, 1e-12))
    felt = float(np.max(spurious * duration * built_up, initial=0.0))
    bias = np.nan
    if step < limit and np.all(eigenvalues.real < 0):
        exact, biased = stationary_covariance(A, D, 0.0), stationary_covariance(A, D, step, scheme)
        bias = largest_error(biased, exact)
    return StepForecast(limit, bias, felt)


def check_step(
    A: Array, D: Array, step: float, duration: float, settled: bool = True, scheme: str = "euler-maruyama"
) -> StepForecast:
    """Refuse a step that cannot be right, warn of one that shows; a run too short to feel the step passes.

    Raises StepError for an error of the covariance above 10 %, warns above 1 %. Where the mean field has not `settled`
    at a stable point, a frozen A decides nothing: then it only warns.
    """
    ahead = forecast(A, D, step, duration, scheme)
    if ahead.error <= WARN_BIAS:
        return ahead
    if not settled or ahead.limit < 0:
        change = f"{100 * ahead.felt:.2g} %" if ahead.felt < 1 else "more than 100 %"
        message = f"the mean field has not settled, and step = {step:.3g} s may change a variance by {change}"
        warn(f"{message} until the end of the run; take a smaller one", StepWarning)
        return ahead
    if ahead.limit == 0 and ahead.error > REFUSE_BIAS:
        closed = f"{scheme} has no stable step on this system (got {step:.3g} s): an oscillation of it has no damping"
        raise StepError(f'{closed}; scheme "exponential" takes the linear part exactly')
    small = largest_step(A, D, WARN_BIAS, scheme)
    remedy = f'below {small:.2g} s the error is under 1 %, and scheme "exponential" has none for the linear part'
    if ahead.limit <= step and ahead.error > REFUSE_BIAS:
        limit = f"step must be below {ahead.limit:.3g} s for {scheme} on this system (got {step:.3g} s)"
        raise StepError(f"{limit}; {remedy}")
    error = f"a step of {step:.3g} s makes the covariance {100 * ahead.error:.2g} % too large"
    if ahead.error > REFUSE_BIAS:
        raise StepError(f"{error}: the step must be smaller; {remedy}")
    warn(f"{error}; {remedy}", StepWarning)
    return ahead


def largest_step(A: Array, D: Array, bias: float, scheme: str = "euler-maruyama") -> float:
    """The step, in s, at which the stationary covariance has this bias; infinite for a scheme without, 0 for none."""
    limit = step_limit(A, scheme)
    if not np.isfinite(limit):
        return limit
    if limit <= 0 or not np.all(np.linalg.eigvals(A).real < 0):
        return 0.0
    exact = stationary_covariance(A, D, 0.0)

    def excess(fraction: float) -> float:
        """Of bias/(1 + bias), for Euler–Maruyama nearly the step's fraction of the limit, where it is 1."""
        share = fraction
        if 0 < fraction < 1:
            error = largest_error(stationary_covariance(A, D, fraction * limit, scheme), exact)
            share = error / (1 + error) if np.isfinite(error) else 1.0
        return share - bias / (1 + bias)

    return limit * float(brentq(excess, 0.0, 1.0, xtol=1e-12, rtol=1e-9))


def largest_error(V: Array, exact: Array) -> float:
    """max |V_ij − exact_ij|/√(exact_ii exact_jj) over covariances (..., n, n), where that is not 0/0."""
    width = np.sqrt(np.diagonal(exact, axis1=-2, axis2=-1))
    scale = width[..., :, None] * width[..., None, :]
    return float(np.max(np.abs(V - exact) / np.where(scale > 0, scale, np.inf)))


def _relaxed(z: Array) -> Array:
    """(1 − e^{−z})/z."""
    return np.asarray(-np.expm1(-np.maximum(z, -700.0)) / z)
