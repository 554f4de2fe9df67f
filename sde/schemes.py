"""Integration schemes as data, and what a step of each does to a linear system.

Euler–Maruyama, u ← u + f(u)h + B√h n: strong and weak order 1 for additive noise; a complex mode λ is stable for
h < −2 Re λ/|λ|², and its stationary covariance solves A V + V Aᵀ + h A V Aᵀ + D = 0: too large, by a known amount.
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

    limit: largest stable step, s (infinite without a stable bound, negative if A itself is unstable).
    bias: relative error of the stationary covariance, max |ΔV_ij|/√(V_ii V_jj) (NaN where there is none).
    growth: error of the least accurate mode's amplitude after the run if nothing relaxes, relative.
    """

    limit: float
    bias: float
    growth: float


def scheme_named(name: str) -> Scheme:
    """The scheme of that name; ValueError naming those there are."""
    if name not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)} (got {name!r})")
    return SCHEMES[name]


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
    limit = step_limit(A)
    eigenvalues = np.linalg.eigvals(A)
    error = np.log(np.abs(1 + step * eigenvalues)) / step - eigenvalues.real
    growth = float(np.expm1(np.clip(np.max(np.abs(error)) * duration, 0, 700)))
    bias = np.nan
    if np.isfinite(limit) and step < limit and np.all(eigenvalues.real < 0):
        exact, biased = stationary_covariance(A, D, 0.0), stationary_covariance(A, D, step)
        width = np.sqrt(np.diag(exact))
        bias = float(np.max(np.abs(biased - exact) / np.outer(width, width)))
    return StepForecast(limit, bias, growth)


def check_step(A: Array, D: Array, step: float, duration: float) -> StepForecast:
    """Refuse a step that cannot be right, warn of one that shows.

    A run too short to feel the step (growth error below 1 %) passes at any step.
    Raises StepError at or above the stability limit, and for a bias above 10 %; warns above 1 %.
    """
    ahead = forecast(A, D, step, duration)
    if ahead.growth <= WARN_BIAS:
        return ahead
    if 0 < ahead.limit <= step:
        raise StepError(
            f"step must be below {ahead.limit:.3g} s for Euler–Maruyama on this system (got {step:.3g} s), "
            f"and below {_step_for(ahead, step, A, D):.2g} s for a bias of the covariance under 1 %"
        )
    if ahead.bias > REFUSE_BIAS:
        raise StepError(
            f"step must be below {_step_for(ahead, step, A, D):.2g} s for a bias of the covariance under 1 % "
            f"(got {step:.3g} s, a bias of {100 * ahead.bias:.3g} %)"
        )
    if ahead.bias > WARN_BIAS:
        warnings.warn(
            f"a step of {step:.3g} s makes the stationary covariance {100 * ahead.bias:.2g} % too large; "
            f"below {_step_for(ahead, step, A, D):.2g} s it is under 1 %",
            StepWarning,
            stacklevel=3,
        )
    return ahead


def _step_for(ahead: StepForecast, step: float, A: Array, D: Array) -> float:
    """A step whose bias is 1 %, from the linear law at a hundredth of the limit."""
    small = 0.01 * ahead.limit
    return WARN_BIAS / forecast(A, D, small, 1 / np.abs(A).max()).bias * small
