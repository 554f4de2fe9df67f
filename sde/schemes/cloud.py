"""What a step does to trajectories away from the mean field, where the drift is not that of the
linearised equations.

At points of the Gaussian cloud that the moments predict, one step Φ_h is compared with the exact
flow φ_h, in the metric P in which the linearised flow contracts: AᵀP + PA = −Q. Its error e = Φ_h −
φ_h makes

    the covariance wrong    ⟨x eᵀ + e xᵀ + e eᵀ⟩/h drives δV as diffusion would, less what the linear part makes of it
    paths diverge           where the error drives outwards what damping draws inwards: g = δ(xᵀPx)/(h xᵀQx) reaches 1

Euler steps of a rotation ω(|α|²) and a damping κ have g = hω²/2κ. How often paths come so far is
the rate at which a radial diffusion in the effective potential Φ(k) = ∫ k (1 + s − g) dk, k in
standard deviations, passes its top, with s what nonlinear terms add to the damping in the exact
flow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from ..linear_algebra.covariance_errors import largest_relative_error
from ..model.model import Model
from ..moments.deterministic_flow import DeviationFlow
from ..moments.linear import exact_step
from ..support.checks import Array

RADII = np.linspace(0.0, 9.0, 55)[1:]
"""Distances from the mean at which steps are tried, in standard deviations."""
DIRECTIONS = 24
"""Pairs of opposite directions in which they are tried."""
NEGLIGIBLE = 1e-3
"""Share of the damping, at `FAR` standard deviations, below which the error of nonlinear terms is
not looked at.
"""
FAR = 5.0
SMALL = 0.05
"""Standard deviations up to which the drift is linear."""
BLOW_UP = 3.0
"""Powers of e by which a path a quarter beyond the top has to grow in the time of the run for it to
be lost.
"""

MOST_STEPS = 5000
"""Steps in which points far out have to run away."""
DEEP = 30.0
"""Depth of the effective potential that is as good as any."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """A Gaussian cloud on the way, mean (n,) and covariance (n, n), and the time in s for which it
    stands.
    """

    mean: Array
    covariance: Array
    lasts: float


@dataclass(frozen=True)
class CloudForecast:
    """What nonlinear terms make of a step.

    bias: error of the covariance at its largest, max |ΔV_ij|/√(V_ii V_jj), beyond that of the
    linearised equations. lost: expected share of the trajectories that diverge.
    """

    bias: float = 0.0
    lost: float = 0.0


@dataclass(frozen=True, eq=False)
class Stepping:
    """Steps of h s of a scheme: the model whose drift they take, the stages of a step, and whether
    it is semilinear.
    """

    model: Model
    step: float
    stages: int
    semilinear: bool = False

    def __call__(self, u: Array) -> Array:
        """States (..., n) after a step without noise."""
        slope = self.model.drift(u)
        if self.stages == 1:
            return u + self.step * slope
        return u + self.step * (slope + 2 * self.model.drift(u + 0.75 * self.step * slope)) / 3


def forecast_cloud(model: Model, stepping: Stepping, clouds: Sequence[Cloud]) -> CloudForecast:
    """What steps do to the trajectories of a model on its way through clouds, the last of which it
    settles in.
    """
    duration = sum(cloud.lasts for cloud in clouds)
    bias, exponent = 0.0, 0.0
    for cloud in clouds:
        A = model.jacobian(cloud.mean, "mean")
        judged = _Judgement.of(model, stepping, cloud, A)
        exponent += cloud.lasts * judged.escapes(duration) if judged else 0.0
    if judged:
        _, _, V = exact_step(A, np.zeros((len(A), 1)), judged.diffusion, duration)
        bias = largest_relative_error(cloud.covariance + V, cloud.covariance)
    return CloudForecast(bias, float(-np.expm1(-exponent)))


def largest_safe_step(small_enough: Callable[[float], bool], step: float) -> float:
    """The largest step below `step`, in s, at which all is well, by bisection to 5 %; 0 where a
    thousandth is not.
    """
    lower, upper = 1e-3 * step, step
    if not small_enough(lower):
        return 0.0
    while upper > 1.05 * lower:
        middle = float(np.sqrt(lower * upper))
        lower, upper = (middle, upper) if small_enough(middle) else (lower, middle)
    return lower


def runs_away(model: Model, stepping: Stepping, cloud: Cloud) -> bool:
    """Whether steps without noise carry points of a cloud beyond every bound, which the exact flow
    brings back.
    """
    values, vectors = np.linalg.eigh(cloud.covariance)
    x = RADII[-1] * _directions(len(values)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    flow, flown, size = DeviationFlow(model, cloud.mean), x, 10 * np.abs(x).max()
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(MOST_STEPS):
            x, flown = stepping(cloud.mean + x) - cloud.mean, flow(flown, stepping.step)
            off = ~(np.abs(x).max(axis=-1) < size)
            if off.any():
                return bool((np.abs(flown[off]).max(axis=-1) < size).any())
    return False


@dataclass(frozen=True, eq=False)
class _Judgement:
    """Errors of a step in a cloud: the diffusion (n, n) that nonlinear terms make of them, rad/s,
    and by direction (directions,) the damping in rad/s and by radius their share of it, g
    (directions, radii), and what pulls inwards in its unit, 1 + s − g.
    """

    diffusion: Array
    damping: Array
    g: Array
    inward: Array

    @classmethod
    def of(cls, model: Model, stepping: Stepping, cloud: Cloud, A: Array) -> _Judgement | None:
        """None where the cloud is none, or nonlinear terms are too weak in it to matter."""
        if not np.isfinite(cloud.covariance).all():
            return None
        values, vectors = np.linalg.eigh(cloud.covariance)
        if not (values[0] > 1e-12 * values[-1] and np.linalg.eigvals(A).real.max() < 0):
            return None
        root = vectors * np.sqrt(values)
        P, Q = _metric(A, root)
        flow, directions = DeviationFlow(model, cloud.mean), _directions(len(A)) @ root.T
        some = np.concatenate([root.T, directions[:DIRECTIONS]])
        looked_at = _Errors.at(
            flow, stepping, cloud.mean, np.concatenate([some, -some]), np.array([FAR])
        )
        if np.abs(looked_at.share(P, Q, beyond_linear=True)).max() < NEGLIGIBLE:
            return None
        errors = _Errors.at(flow, stepping, cloud.mean, directions, RADII)
        g, s = (part(P, Q).reshape(len(RADII), -1).T for part in (errors.share, errors.saturation))
        weights = _chi(len(A)) / len(directions)
        damping = 0.5 * _form(Q, directions) / _form(P, directions)
        diffusion = errors.diffusion(stepping, flow, np.repeat(weights, len(directions)))
        return cls(diffusion, damping, g, 1 + s - g)

    def escapes(self, duration: float) -> float:
        """Rate in 1/s at which paths pass the top of the effective potential, where a run lets them
        blow up then.
        """
        potential = np.clip(np.cumsum(RADII * self.inward * _spacing(), axis=1), -DEEP, None)
        beyond = np.minimum(np.argmax(potential, axis=1) * 5 // 4, len(RADII) - 1)
        outward = np.minimum(self.g - 1, -self.inward)
        growth = (
            np.take_along_axis(outward, beyond[:, None], axis=1)[:, 0] * self.damping * duration
        )
        n = len(self.diffusion)
        with np.errstate(over="ignore"):
            top = np.exp(potential)
        inside = np.cumsum(RADII ** (n - 1) * np.exp(-potential) * _spacing(), axis=1)
        outwards = np.sum(top * RADII ** (1.0 - n) * inside * _spacing(), axis=1)
        return float(np.mean(np.where(growth > BLOW_UP, self.damping / outwards, 0.0)))


@dataclass(frozen=True, eq=False)
class _Errors:
    """Where the exact flow takes deviations x (points, n) in a step of h s, and the step's error
    there; the same for the linearised flow along the moving mean field.
    """

    x: Array
    flown: Array
    error: Array
    linearly_flown: Array
    linear_error: Array
    step: float

    @classmethod
    def at(
        cls, flow: DeviationFlow, stepping: Stepping, mean: Array, directions: Array, radii: Array
    ) -> _Errors:
        """At radii (radii,) times directions (directions, n), which are opposite pairs, one half
        after the other.
        """
        x = (radii[:, None, None] * directions).reshape(-1, len(mean))
        flown, error = _deviations(stepping, flow, mean, x)
        small = _deviations(stepping, flow, mean, SMALL * directions)
        linear, linear_error = (
            (radii[:, None, None] * _odd(part / SMALL)).reshape(x.shape) for part in small
        )
        known = np.isfinite(flown + error).all(axis=-1, keepdims=True)
        return cls(
            x,
            np.where(known, flown, 0.0),
            np.where(known, error, 0.0),
            linear,
            linear_error,
            stepping.step,
        )

    def share(self, P: Array, Q: Array, *, beyond_linear: bool = False) -> Array:
        """g (points,) in the metric P, Q: what the error adds to xᵀPx over what damping takes from
        it.
        """
        added = _gain(P, self.flown, self.error)
        if beyond_linear:
            added = added - _gain(P, self.linearly_flown, self.linear_error)
        return np.asarray(added / (self.step * _form(Q, self.x)))

    def saturation(self, P: Array, Q: Array) -> Array:
        """s (points,): what nonlinear terms of the exact flow take from xᵀPx, over what damping
        takes.
        """
        return np.asarray(
            (_form(P, self.linearly_flown) - _form(P, self.flown)) / (self.step * _form(Q, self.x))
        )

    def diffusion(self, stepping: Stepping, flow: DeviationFlow, weights: Array) -> Array:
        """What drives the error of the covariance (n, n), in 1/s, by weighted points, less what the
        linear part does.

        A step of one stage, x ← M x + n(x) + noise, adds ⟨M x nᵀ⟩ + its transpose + ⟨n nᵀ⟩ to the
        covariance beyond the linear part, where the drift A x + r(x) adds S = ⟨x rᵀ⟩ + its
        transpose per s. A semilinear step carries that on as e^{As} S e^{Aᵀs} until its end.
        """
        if stepping.stages > 1:
            both = _spread(weights, self.flown, self.error)
            return np.asarray(
                (both - _spread(weights, self.linearly_flown, self.linear_error)) / self.step
            )
        linear = self.linearly_flown + self.linear_error
        rest = flow.nonlinear.drift(self.x)
        driven = _crossed(weights, self.x, rest)
        if stepping.semilinear:
            _, _, carried = exact_step(flow.A, np.zeros((len(driven), 1)), driven, self.step)
            driven = carried / self.step
        return np.asarray(
            _spread(weights, linear, self.flown + self.error - linear) / self.step - driven
        )


def _deviations(
    stepping: Stepping, flow: DeviationFlow, mean: Array, x: Array
) -> tuple[Array, Array]:
    """Where a step's exact flow takes deviations x (points, n) from the mean field, and the step's
    error there.
    """
    x = np.concatenate([np.zeros((1, x.shape[-1])), x])
    flown = flow(x, stepping.step)
    error = stepping(mean + x) - mean - flown
    return flown[1:] - flown[0], error[1:] - error[0]


def _odd(values: Array) -> Array:
    """The odd part of values (directions, n) in opposite directions, one half after the other."""
    first, second = np.split(values, 2)
    odd = 0.5 * (first - second)
    return np.concatenate([odd, -odd])


def _crossed(weights: Array, x: Array, e: Array) -> Array:
    """⟨x eᵀ + e xᵀ⟩ (n, n) of weighted points."""
    crossed = np.einsum("p,pi,pj->ij", weights, x, e)
    return np.asarray(crossed + crossed.T)


def _spread(weights: Array, x: Array, e: Array) -> Array:
    """⟨x eᵀ + e xᵀ⟩ + ⟨e eᵀ⟩ − ⟨e⟩⟨e⟩ᵀ (n, n) of weighted points."""
    mean = weights @ e
    return np.asarray(
        _crossed(weights, x, e) + np.einsum("p,pi,pj->ij", weights, e, e) - np.outer(mean, mean)
    )


def _gain(P: Array, x: Array, e: Array) -> Array:
    """(x + e)ᵀP(x + e) − xᵀPx of points (points, n)."""
    return np.asarray(np.einsum("pi,ij,pj->p", 2 * x + e, P, e))


def _form(P: Array, x: Array) -> Array:
    return np.asarray(np.einsum("pi,ij,pj->p", x, P, x))


def _metric(A: Array, root: Array) -> tuple[Array, Array]:
    """P and Q (n, n) with AᵀP + PA = −Q, where Q is |x|² in standard deviations, x = root · ξ."""
    inverse = np.linalg.inv(root)
    P = solve_continuous_lyapunov((inverse @ A @ root).T, -np.eye(len(A)))
    return inverse.T @ P @ inverse, inverse.T @ inverse


def _directions(n: int) -> Array:
    """Opposite pairs of unit vectors (directions, n), the same at every call."""
    drawn = np.random.default_rng(0).normal(size=(DIRECTIONS, n))
    if n == 2:
        angles = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
        drawn = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return np.concatenate([drawn, -drawn])


def _chi(n: int) -> Array:
    """Weights (radii,) of the distance of a normal deviate in n dimensions from its mean."""
    weights = np.exp((n - 1) * np.log(RADII) - 0.5 * RADII**2)
    return np.asarray(weights / weights.sum())


def _spacing() -> float:
    return float(RADII[1] - RADII[0])
