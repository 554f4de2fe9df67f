"""Integration schemes as data, and what a step of each does to a linear system.

Euler–Maruyama, u ← u + f(u)h + B√h n: strong and weak order 1 for additive noise; a complex mode λ is stable for
h < −2 Re λ/|λ|², and its stationary covariance solves A V + V Aᵀ + h A V Aᵀ + D = 0: too large, by a known amount.

Exponential (`exponential`): the linear part about the end of the mean field exact at any step, the rest explicit, so
that a step need only resolve how the nonlinear part moves.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from .model import Array


@dataclass(frozen=True)
class Scheme:
    """A scheme's name, its orders for additive noise, and when to use it."""

    name: str
    strong_order: float
    weak_order: float
    use: str


SCHEMES = {
    "euler-maruyama": Scheme(
        "euler-maruyama", 1.0, 1.0, "the reference, where all modes are damped within ~10³ radians"
    ),
    "exponential": Scheme(
        "exponential", 1.0, 1.0, "fast or little damped modes: exact for the linear part at any step"
    ),
}

WARN_BIAS, REFUSE_BIAS = 0.01, 0.1
"""Relative bias of the stationary covariance above which a run is warned of, or refused."""


class StepError(ValueError):
    """The step is too large for the scheme on this system; the message says how large it may be."""


class StepWarning(UserWarning):
    """The step biases the covariance noticeably; the message says by how much."""


@dataclass(frozen=True)
class StepForecast:
    """What Euler steps of h do to du = A u dt + noise over a run.

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


AUTO = "auto"
"""Stands for Euler–Maruyama where its forecast error stays within 1 %, and for exponential steps elsewhere."""


def require_scheme(name: str) -> None:
    """ValueError, naming the schemes there are, unless this is one of them or "auto"."""
    if name not in (*SCHEMES, AUTO):
        raise ValueError(f"scheme must be one of {', '.join([*SCHEMES, AUTO])} (got {name!r})")


def chosen_scheme(name: str, A: Array, D: Array, step: float, duration: float) -> str:
    """The scheme by name; for "auto" by the drift matrix A and diffusion D where the run is heading."""
    if name != AUTO:
        return name
    return "euler-maruyama" if forecast(A, D, step, duration).error <= WARN_BIAS else "exponential"


def step_limit(A: Array) -> float:
    """Largest step, in s, at which Euler steps of du = A u dt stay bounded: min −2 Re λ/|λ|². A (n, n) in rad/s."""
    eigenvalues = np.linalg.eigvals(A)
    moving = eigenvalues[np.abs(eigenvalues) > 1e-14 * np.abs(A).max(initial=1e-300)]
    return float(np.min(-2 * moving.real / np.abs(moving) ** 2, initial=np.inf))


def stationary_covariance(A: Array, D: Array, step: float) -> Array:
    """Exact stationary covariance (n, n) of Euler–Maruyama: A V + V Aᵀ + h A V Aᵀ + D = 0; step 0 is Lyapunov's."""
    n = len(A)
    scale = np.abs(A).max()
    a, one = A / scale, np.eye(n)
    operator = np.kron(a, one) + np.kron(one, a) + step * scale * np.kron(a, a)
    return np.asarray(np.linalg.solve(operator, -(D / scale).ravel()).reshape(n, n))


def forecast(A: Array, D: Array, step: float, duration: float) -> StepForecast:
    """What the step will do, judged by the drift matrix A and diffusion D where the run is heading."""
    limit, eigenvalues = step_limit(A), np.linalg.eigvals(A)
    spurious = step * np.abs(eigenvalues) ** 2
    relaxations = (np.maximum(-2 * eigenvalues.real, 0.0) - spurious) * duration
    built_up = _relaxed(np.where(np.abs(relaxations) > 1e-12, relaxations, 1e-12))
    felt = float(np.max(spurious * duration * built_up, initial=0.0))
    bias = np.nan
    if np.isfinite(limit) and step < limit and np.all(eigenvalues.real < 0):
        exact, biased = stationary_covariance(A, D, 0.0), stationary_covariance(A, D, step)
        width = np.sqrt(np.diag(exact))
        with np.errstate(invalid="ignore"):
            bias = float(np.max(np.abs(biased - exact) / np.outer(width, width)))
    return StepForecast(limit, bias, felt)


def check_step(A: Array, D: Array, step: float, duration: float, settled: bool = True) -> StepForecast:
    """Refuse a step that cannot be right, warn of one that shows; a run too short to feel the step passes.

    Raises StepError for an error of the covariance above 10 %, warns above 1 %. Where the mean field has not `settled`
    at a stable point, a frozen A decides nothing: then it only warns.
    """
    ahead = forecast(A, D, step, duration)
    if ahead.error <= WARN_BIAS:
        return ahead
    if not settled or ahead.limit < 0:
        message = f"the mean field has not settled, and a step of {step:.3g} s may change a variance by "
        warnings.warn(f"{message}{100 * ahead.felt:.2g} % until the end of the run", StepWarning, stacklevel=3)
        return ahead
    remedy = f"below {_step_for(ahead, A, D):.2g} s the error is under 1 %"
    if ahead.limit <= step and ahead.error > REFUSE_BIAS:
        limit = f"step must be below {ahead.limit:.3g} s for Euler–Maruyama on this system (got {step:.3g} s)"
        raise StepError(f"{limit}; {remedy}")
    error = f"a step of {step:.3g} s makes the covariance {100 * ahead.error:.2g} % too large"
    if ahead.error > REFUSE_BIAS:
        raise StepError(f"{error}: the step must be smaller; {remedy}")
    warnings.warn(f"{error}; {remedy}", StepWarning, stacklevel=3)
    return ahead


def check_path(stepped: Array, exact: Array, step: float) -> None:
    """Refuse exponential steps whose mean field (times, n) leaves the exact one; warn where they differ by over 1 %."""
    gap = np.abs(stepped - exact).max() / max(float(np.abs(exact).max()), 1.0)
    if not gap <= REFUSE_BIAS:
        raise StepError(
            f"step = {step:.3g} s takes the mean field {100 * gap:.2g} % off its course; take a smaller one"
        )
    if gap > WARN_BIAS:
        message = f"a step of {step:.3g} s takes the mean field {100 * gap:.2g} % off its course on the way"
        warnings.warn(message, StepWarning, stacklevel=3)


def _relaxed(z: Array) -> Array:
    """(1 − e^{−z})/z."""
    return np.asarray(-np.expm1(-np.maximum(z, -700.0)) / z)


def _step_for(ahead: StepForecast, A: Array, D: Array) -> float:
    """A step whose bias is 1 %, from the linear law at a hundredth of the limit."""
    small = 0.01 * ahead.limit
    return WARN_BIAS / forecast(A, D, small, 1 / np.abs(A).max()).bias * small
