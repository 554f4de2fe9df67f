"""What a step will do to the covariance: forecast, warning, refusal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ..linear_algebra.covariance_errors import largest_relative_error
from ..support.checks import Array, warn
from ..support.errors import RefusedError
from .table import AUTO, SCHEMES, stationary_covariance, step_limit

WARN_BIAS, REFUSE_BIAS = 0.01, 0.1
"""Relative bias of the stationary covariance above which a run is warned of, or refused."""


class StepError(RefusedError):
    """The step is too large for the scheme on this system; the message says how large it may be."""


class StepWarning(UserWarning):
    """The step biases the covariance noticeably; the message says by how much."""


@dataclass(frozen=True)
class StepForecast:
    """What steps of h do to du = A u dt + noise over a run.

    limit: largest stable step, s (infinite without a bound, negative if A itself is unstable).
    bias: relative error of the stationary covariance, max |ΔV_ij|/√(V_ii V_jj) (NaN where there is
    none). felt: relative error of the least accurate mode's variance at the end of the run; a short
    run has built up little.
    """

    limit: float
    bias: float
    felt: float

    @property
    def error(self) -> float:
        """The error that the run shows."""
        return float(np.nanmin([self.bias, self.felt]))


def chosen_scheme(name: str, A: Array, D: Array, step: float, duration: float) -> str:
    """The scheme by name; for "auto" by the drift matrix A and diffusion D where the run is
    heading.
    """
    if name != AUTO:
        return name
    return "euler-maruyama" if forecast(A, D, step, duration).error <= WARN_BIAS else "exponential"


def forecast(
    A: Array, D: Array, step: float, duration: float, scheme: str = "euler-maruyama"
) -> StepForecast:
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
        bias = largest_relative_error(biased, exact)
    return StepForecast(limit, bias, felt)


def check_step(
    A: Array,
    D: Array,
    step: float,
    duration: float,
    settled: bool = True,
    scheme: str = "euler-maruyama",
) -> StepForecast:
    """Refuse a step that cannot be right, warn of one that shows; a run too short to feel the step
    passes.

    Raises StepError for an error of the covariance above 10 %, warns above 1 %. Where the mean
    field has not `settled` at a stable point, a frozen A decides nothing: then it only warns.
    """
    ahead = forecast(A, D, step, duration, scheme)
    if ahead.error <= WARN_BIAS:
        return ahead
    if not settled or ahead.limit < 0:
        change = f"{100 * ahead.felt:.2g} %" if ahead.felt < 1 else "more than 100 %"
        message = (
            f"the mean field has not settled, and step = {step:.3g} s may change a variance by "
            f"{change}"
        )
        warn(f"{message} until the end of the run; take a smaller one", StepWarning)
        return ahead
    if ahead.limit == 0 and ahead.error > REFUSE_BIAS:
        closed = (
            f"{scheme} has no stable step on this system (got {step:.3g} s): an oscillation of it "
            "has no damping"
        )
        raise StepError(f'{closed}; scheme "exponential" takes the linear part exactly')
    small = largest_step(A, D, WARN_BIAS, scheme)
    remedy = f'below {small:.2g} s the error is under 1 %, and scheme "exponential" has none for the linear part'
    if ahead.limit <= step and ahead.error > REFUSE_BIAS:
        limit = (
            f"step must be below {ahead.limit:.3g} s for {scheme} on this system (got {step:.3g} s)"
        )
        raise StepError(f"{limit}; {remedy}")
    error = f"a step of {step:.3g} s makes the covariance {100 * ahead.error:.2g} % too large"
    if ahead.error > REFUSE_BIAS:
        raise StepError(f"{error}: the step must be smaller; {remedy}")
    warn(f"{error}; {remedy}", StepWarning)
    return ahead


def largest_step(A: Array, D: Array, bias: float, scheme: str = "euler-maruyama") -> float:
    """The step, in s, at which the stationary covariance has this bias; infinite for a scheme
    without, 0 for none.
    """
    limit = step_limit(A, scheme)
    if not np.isfinite(limit):
        return limit
    if limit <= 0 or not np.all(np.linalg.eigvals(A).real < 0):
        return 0.0
    exact = stationary_covariance(A, D, 0.0)

    def excess(fraction: float) -> float:
        """Of bias/(1 + bias), for Euler–Maruyama nearly the step's fraction of the limit, where it
        is 1.
        """
        share = fraction
        if 0 < fraction < 1:
            error = largest_relative_error(
                stationary_covariance(A, D, fraction * limit, scheme), exact
            )
            share = error / (1 + error) if np.isfinite(error) else 1.0
        return share - bias / (1 + bias)

    return limit * float(brentq(excess, 0.0, 1.0, xtol=1e-12, rtol=1e-9))


def _relaxed(z: Array) -> Array:
    """(1 − e^{−z})/z."""
    return np.asarray(-np.expm1(-np.maximum(z, -700.0)) / z)
