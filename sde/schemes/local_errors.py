"""Error of one step at many points around the mean field, nonlinear and linearised.

At deviations x from the mean field, a step Φ_h is compared with the exact flow φ_h: the error is
e = Φ_h(x) − φ_h(x). Points lie in pairs of opposite directions; close to the mean field, the odd
part of flow and error is that of the linearised equations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.model import Model
from ..moments.deterministic_flow import DeviationFlow
from ..moments.linear_large import single_step
from ..support.checks import Array

SMALL = 0.05
"""Standard deviations up to which the drift is taken to be linear."""


@dataclass(frozen=True, eq=False)
class DeterministicStep:
    """A scheme's step without noise.

    model : the model whose drift it evaluates (see `semilinear.stepped_model`).
    step : in s.
    stages : 1 or 2, the evaluations of the drift.
    semilinear : whether the model is that of a semilinear scheme.
    """

    model: Model
    step: float
    stages: int
    semilinear: bool = False

    def __call__(self, u: Array) -> Array:
        """States (..., n) after a step from u (..., n)."""
        drift = self.model.drift(u)
        if self.stages == 1:
            return u + self.step * drift
        return u + self.step * (drift + 2 * self.model.drift(u + 0.75 * self.step * drift)) / 3


@dataclass(frozen=True, eq=False)
class LocalErrors:
    """Error of a step at deviations from the mean field, all arrays (points, n).

    x : the deviations.
    exact, error : where the exact flow takes them in a step, and the error of the step.
    linear_exact, linear_error : the same for the equations linearised about the mean field.
    step : in s.
    """

    x: Array
    exact: Array
    error: Array
    linear_exact: Array
    linear_error: Array
    step: float

    @classmethod
    def at(
        cls,
        flow: DeviationFlow,
        step: DeterministicStep,
        mean: Array,
        directions: Array,
        radii: Array,
    ) -> LocalErrors:
        """Errors at all radii (radii,) times directions (directions, n).

        The directions are opposite pairs: first one half of them, then the opposite half. Points
        where the flow or the step is not finite count as exact.
        """
        x = (radii[:, None, None] * directions).reshape(-1, len(mean))
        exact, error = _compare(step, flow, mean, x)
        close = _compare(step, flow, mean, SMALL * directions)
        linear, linear_error = (
            (radii[:, None, None] * _odd_part(values / SMALL)).reshape(x.shape) for values in close
        )
        finite = np.isfinite(exact + error).all(axis=-1, keepdims=True)
        exact, error = (np.where(finite, values, 0.0) for values in (exact, error))
        return cls(x, exact, error, linear, linear_error, step.step)

    def growth(self, P: Array, Q: Array, *, beyond_linear: bool = False) -> Array:
        """g (points,): increase of xᵀPx by the error of a step, relative to h xᵀQx.

        The latter is the decrease by damping. With `beyond_linear`, the increase by the error of
        the linearised equations is subtracted.
        """
        added = _change_of_form(P, self.exact, self.error)
        if beyond_linear:
            added = added - _change_of_form(P, self.linear_exact, self.linear_error)
        return np.asarray(added / (self.step * quadratic_form(Q, self.x)))

    def nonlinear_damping(self, P: Array, Q: Array) -> Array:
        """s (points,): decrease of xᵀPx by nonlinear terms, relative to that by linear damping."""
        taken = quadratic_form(P, self.linear_exact) - quadratic_form(P, self.exact)
        return np.asarray(taken / (self.step * quadratic_form(Q, self.x)))

    def diffusion(self, step: DeterministicStep, flow: DeviationFlow, weights: Array) -> Array:
        """Diffusion (n, n), in 1/s, that causes the error of the covariance; weights (points,).

        A step of one stage, x ← M x + n(x) + noise, adds ⟨M x nᵀ⟩ + its transpose + ⟨n nᵀ⟩ to the
        covariance beyond the linear part, where the drift A x + r(x) adds S = ⟨x rᵀ⟩ + its
        transpose per second. A semilinear step propagates that as e^{As} S e^{Aᵀs} to its end.
        """
        if step.stages > 1:
            whole = _added_covariance(weights, self.exact, self.error)
            linear_part = _added_covariance(weights, self.linear_exact, self.linear_error)
            return np.asarray((whole - linear_part) / self.step)
        linear = self.linear_exact + self.linear_error
        driven = _symmetric_moment(weights, self.x, flow.nonlinear.drift(self.x))
        if step.semilinear:
            _, _, propagated = single_step(flow.A, np.zeros((len(driven), 1)), driven, self.step)
            driven = propagated / self.step
        added = _added_covariance(weights, linear, self.exact + self.error - linear)
        return np.asarray(added / self.step - driven)


def quadratic_form(P: Array, x: Array) -> Array:
    """xᵀPx (points,) of points x (points, n)."""
    return np.asarray(np.sum(x @ P * x, axis=-1))


def _compare(
    step: DeterministicStep, flow: DeviationFlow, mean: Array, x: Array
) -> tuple[Array, Array]:
    """Exact flow of deviations x (points, n), and error of the step, relative to x = 0."""
    x = np.concatenate([np.zeros((1, x.shape[-1])), x])
    exact = flow(x, step.step)
    error = step(mean + x) - mean - exact
    return exact[1:] - exact[0], error[1:] - error[0]


def _odd_part(values: Array) -> Array:
    """Odd part of values (directions, n) in opposite directions, one half after the other."""
    first, second = np.split(values, 2)
    odd = 0.5 * (first - second)
    return np.concatenate([odd, -odd])


def _symmetric_moment(weights: Array, x: Array, e: Array) -> Array:
    """⟨x eᵀ + e xᵀ⟩ (n, n) of weighted points."""
    moment = (weights[:, None] * x).T @ e
    return np.asarray(moment + moment.T)


def _added_covariance(weights: Array, x: Array, e: Array) -> Array:
    """Covariance of x + e less that of x, for ⟨x⟩ = 0: ⟨x eᵀ + e xᵀ⟩ + ⟨e eᵀ⟩ − ⟨e⟩⟨e⟩ᵀ (n, n)."""
    mean = weights @ e
    second = (weights[:, None] * e).T @ e
    return np.asarray(_symmetric_moment(weights, x, e) + second - np.outer(mean, mean))


def _change_of_form(P: Array, x: Array, e: Array) -> Array:
    """(x + e)ᵀP(x + e) − xᵀPx (points,) of points (points, n)."""
    return np.asarray(np.sum((2 * x + e) @ P * e, axis=-1))
