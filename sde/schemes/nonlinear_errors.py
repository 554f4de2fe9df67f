"""Errors of steps away from the mean field, where linearised equations do not hold.

At points of the Gaussian distribution that the moments predict, one step Φ_h is compared with the
exact flow φ_h, in the metric P in which the linearised flow contracts: AᵀP + PA = −Q. Its error
e = Φ_h − φ_h has two consequences:

* The covariance is wrong: ⟨x eᵀ + e xᵀ + e eᵀ⟩/h acts on it as an additional diffusion, after
  subtraction of the same for the linearised equations.
* Paths diverge where the error drives them outwards faster than damping draws them inwards:
  g = δ(xᵀPx)/(h xᵀQx) > 1. Euler steps of a rotation ω(|α|²) with damping κ have g = hω²/2κ.

The rate at which paths get that far is the rate at which a radial diffusion crosses the top of the
effective potential Φ(k) = ∫ k (1 + s − g) dk, where k is the distance in standard deviations and s
is the contribution of nonlinear terms of the exact flow to the damping.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from ..linear_algebra.covariance_errors import largest_relative_error
from ..model.model import Model
from ..moments.deterministic_flow import DeviationFlow
from ..moments.linear_large import single_step
from ..support.checks import Array
from .local_errors import DeterministicStep, LocalErrors, quadratic_form

RADII = np.linspace(0.0, 9.0, 55)[1:]
"""Distances from the mean field at which steps are tried, in standard deviations."""
SPACING = float(RADII[1] - RADII[0])
DIRECTIONS = 24
"""Pairs of opposite directions in which they are tried."""
FAR = 5.0
"""Distance, in standard deviations, at which errors of nonlinear terms are first estimated."""
NEGLIGIBLE = 1e-3
"""Fraction of the damping below which these errors are neglected."""
BLOW_UP = 3.0
"""Exponent by which a path beyond the top grows during the run if it counts as lost."""
MOST_STEPS = 5000
"""Steps without noise in which points far out must diverge for a run to be refused."""
DEEPEST = 30.0
"""Depth at which the effective potential is cut off; escapes are then impossible in practice."""


@dataclass(frozen=True, eq=False)
class IntervalMoments:
    """Mean and covariance of the Gaussian that represents an interval of the run.

    mean (n,) and covariance (n, n); duration of the interval in s.
    """

    mean: Array
    covariance: Array
    duration: float


@dataclass(frozen=True)
class NonlinearForecast:
    """Effects of the errors of nonlinear terms on an ensemble.

    bias : largest error of the covariance at the end, |ΔV_ij|/√(V_ii V_jj), beyond that of the
        linearised equations.
    lost : expected fraction of the trajectories that diverge.
    """

    bias: float = 0.0
    lost: float = 0.0


def forecast_nonlinear_errors(
    model: Model, step: DeterministicStep, intervals: Sequence[IntervalMoments]
) -> NonlinearForecast:
    """Effects of steps on the trajectories of a model; the last interval is the steady state."""
    duration = sum(interval.duration for interval in intervals)
    bias = 0.0
    exponent = 0.0
    for interval in intervals:
        A = model.jacobian(interval.mean, "mean")
        errors = _IntervalErrors.of(model, step, interval, A)
        exponent += interval.duration * errors.escape_rate(duration) if errors else 0.0
    if errors:
        _, _, V = single_step(A, np.zeros((len(A), 1)), errors.diffusion, duration)
        bias = largest_relative_error(interval.covariance + V, interval.covariance)
    return NonlinearForecast(bias, float(-np.expm1(-exponent)))


def largest_safe_step(is_safe: Callable[[float], bool], step: float) -> float:
    """Largest safe step below `step`, in s, by bisection to 5 %; 0 if step/1000 is not safe."""
    lower = 1e-3 * step
    upper = step
    if not is_safe(lower):
        return 0.0
    while upper > 1.05 * lower:
        middle = float(np.sqrt(lower * upper))
        lower, upper = (middle, upper) if is_safe(middle) else (lower, middle)
    return lower


def steps_diverge(model: Model, step: DeterministicStep, interval: IntervalMoments) -> bool:
    """Whether steps without noise diverge from points which the exact flow brings back."""
    values, vectors = np.linalg.eigh(interval.covariance)
    x = RADII[-1] * _directions(len(values)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    flow = DeviationFlow(model, interval.mean)
    exact = x
    bound = 10 * np.abs(x).max()
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(MOST_STEPS):
            x = step(interval.mean + x) - interval.mean
            exact = flow(exact, step.step)
            diverged = ~(np.abs(x).max(axis=-1) < bound)
            if diverged.any():
                return bool((np.abs(exact[diverged]).max(axis=-1) < bound).any())
    return False


@dataclass(frozen=True, eq=False)
class _IntervalErrors:
    """Errors of a step over the Gaussian distribution of an interval.

    diffusion (n, n) : diffusion by nonlinear terms of the error, in rad/s.
    damping (directions,) : linear damping, in rad/s.
    g (directions, radii) : growth by the error, relative to the damping.
    inward (directions, radii) : 1 + s − g, the total inward rate, relative to the damping.
    """

    diffusion: Array
    damping: Array
    g: Array
    inward: Array

    @classmethod
    def of(
        cls, model: Model, step: DeterministicStep, interval: IntervalMoments, A: Array
    ) -> _IntervalErrors | None:
        """Errors of a step in an interval, for the drift matrix A (n, n) at its mean.

        None if the covariance is singular, A is not stable, or nonlinear terms are negligible.
        """
        if not np.isfinite(interval.covariance).all():
            return None
        values, vectors = np.linalg.eigh(interval.covariance)
        if not (values[0] > 1e-12 * values[-1] and np.linalg.eigvals(A).real.max() < 0):
            return None
        root = vectors * np.sqrt(values)
        P, Q = _metric(A, root)
        flow = DeviationFlow(model, interval.mean)
        directions = _directions(len(A)) @ root.T
        some = np.concatenate([root.T, directions[:DIRECTIONS]])
        first_look = LocalErrors.at(
            flow, step, interval.mean, np.concatenate([some, -some]), np.array([FAR])
        )
        if np.abs(first_look.growth(P, Q, beyond_linear=True)).max() < NEGLIGIBLE:
            return None
        errors = LocalErrors.at(flow, step, interval.mean, directions, RADII)
        g = errors.growth(P, Q).reshape(len(RADII), -1).T
        s = errors.nonlinear_damping(P, Q).reshape(len(RADII), -1).T
        weights = _radial_weights(len(A)) / len(directions)
        damping = 0.5 * quadratic_form(Q, directions) / quadratic_form(P, directions)
        diffusion = errors.diffusion(step, flow, np.repeat(weights, len(directions)))
        return cls(diffusion, damping, g, 1 + s - g)

    def escape_rate(self, duration: float) -> float:
        """Rate in 1/s at which paths cross the top of the effective potential.

        Directions in which a path beyond the top does not blow up within the run count as 0.
        """
        potential = np.clip(np.cumsum(RADII * self.inward * SPACING, axis=1), -DEEPEST, None)
        beyond = np.minimum(np.argmax(potential, axis=1) * 5 // 4, len(RADII) - 1)
        outward = np.minimum(self.g - 1, -self.inward)
        growth = (
            np.take_along_axis(outward, beyond[:, None], axis=1)[:, 0] * self.damping * duration
        )
        n = len(self.diffusion)
        with np.errstate(over="ignore"):
            top = np.exp(potential)
        inside = np.cumsum(RADII ** (n - 1) * np.exp(-potential) * SPACING, axis=1)
        mean_time = np.sum(top * RADII ** (1.0 - n) * inside * SPACING, axis=1)
        return float(np.mean(np.where(growth > BLOW_UP, self.damping / mean_time, 0.0)))


def _metric(A: Array, root: Array) -> tuple[Array, Array]:
    """P and Q (n, n) with AᵀP + PA = −Q, where Q is |ξ|² in standard deviations, x = root · ξ."""
    inverse = np.linalg.inv(root)
    P = solve_continuous_lyapunov((inverse @ A @ root).T, -np.eye(len(A)))
    return inverse.T @ P @ inverse, inverse.T @ inverse


def _directions(n: int) -> Array:
    """Unit vectors (2·DIRECTIONS, n), the second half opposite to the first; always the same."""
    drawn = np.random.default_rng(0).normal(size=(DIRECTIONS, n))
    if n == 2:
        angles = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
        drawn = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return np.concatenate([drawn, -drawn])


def _radial_weights(n: int) -> Array:
    """Weights (radii,) of the distance of a normal deviate from its mean in n dimensions."""
    weights = np.exp((n - 1) * np.log(RADII) - 0.5 * RADII**2)
    return np.asarray(weights / weights.sum())
