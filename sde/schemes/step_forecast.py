"""Forecast of a step's error in the covariance of a linearised system, with warning and refusal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ..linear_algebra.covariance_errors import largest_relative_error
from ..support.checks import Array, warn
from ..support.errors import RefusedError
from .table import AUTO, SCHEMES, stationary_covariance, step_limit

WARN_BIAS, REFUSE_BIAS = 0.01, 0.1
"""Relative errors of the covariance above which a step is warned of, or refused."""


class StepError(RefusedError):
    """The step is too large for the scheme on this system; the message gives the limit."""


class StepWarning(UserWarning):
    """The step biases the covariance noticeably; the message gives the error."""


@dataclass(frozen=True)
class StepForecast:
    """Effect of steps on du = A u dt + noise over a run.

    limit : largest stable step in s; ∞ without a limit, negative if A itself is unstable.
    bias : relative error of the stationary covariance, max |ΔV_ij|/√(V_ii V_jj); NaN without one.
    final_bias : relative error of the least accurate mode's variance at the end of the run, less
        than `bias` in a run too short to build it up.
    """

    limit: float
    bias: float
    final_bias: float

    @property
    def error(self) -> float:
        """Relative error of the covariance to expect in the run."""
        return float(np.nanmin([self.bias, self.final_bias]))


def chosen_scheme(name: str, A: Array, D: Array, step: float, duration: float) -> str:
    """The scheme of this name; "auto" is decided by A and D (n, n) where the mean field ends."""
    if name != AUTO:
        return name
    return "euler-maruyama" if forecast(A, D, step, duration).error <= WARN_BIAS else "exponential"


def forecast(
    A: Array, D: Array, step: float, duration: float, scheme: str = "euler-maruyama"
) -> StepForecast:
    """Forecast for a run of steps in s, over a duration in s.

    A, D (n, n): drift matrix and diffusion where the mean field ends.
    """
    limit = step_limit(A, scheme)
    eigenvalues = np.linalg.eigvals(A)
    growth = SCHEMES[scheme].growth
    if growth is None:
        return StepForecast(limit, 0.0 if limit > 0 else np.nan, 0.0)
    spurious = growth(step * eigenvalues) / step
    relaxations = (np.maximum(-2 * eigenvalues.real, 0.0) - spurious) * duration
    fraction = _relaxation_factor(np.where(np.abs(relaxations) > 1e-12, relaxations, 1e-12))
    final_bias = float(np.max(spurious * duration * fraction, initial=0.0))
    bias = np.nan
    if step < limit and np.all(eigenvalues.real < 0):
        exact = stationary_covariance(A, D, 0.0)
        biased = stationary_covariance(A, D, step, scheme)
        bias = largest_relative_error(biased, exact)
    return StepForecast(limit, bias, final_bias)


def check_step(
    A: Array,
    D: Array,
    step: float,
    duration: float,
    settled: bool = True,
    scheme: str = "euler-maruyama",
) -> StepForecast:
    """Check a step by its forecast: raise StepError above 10 %, warn above 1 %.

    Where the mean field has not `settled` at a stable point, A moves and the forecast is not
    reliable: then it only warns. Arguments as for `forecast`.
    """
    ahead = forecast(A, D, step, duration, scheme)
    if ahead.error <= WARN_BIAS:
        return ahead
    if not settled or ahead.limit < 0:
        change = f"{100 * ahead.final_bias:.2g} %" if ahead.final_bias < 1 else "more than 100 %"
        message = (
            f"the mean field has not settled, and step = {step:.3g} s may change a variance by "
            f"{change}"
        )
        warn(f"{message} until the end of the run; take a smaller one", StepWarning)
        return ahead
    if ahead.limit == 0 and ahead.error > REFUSE_BIAS:
        raise StepError(
            f"{scheme} has no stable step on this system (got {step:.3g} s): one of its "
            'oscillations has no damping; scheme "exponential" takes the linear part exactly'
        )
    small = largest_step(A, D, WARN_BIAS, scheme)
    remedy = (
        f'below {small:.2g} s the error is under 1 %, and scheme "exponential" has none for the '
        "linear part"
    )
    if ahead.limit <= step and ahead.error > REFUSE_BIAS:
        raise StepError(
            f"step must be below {ahead.limit:.3g} s for {scheme} on this system "
            f"(got {step:.3g} s); {remedy}"
        )
    error = f"a step of {step:.3g} s makes the covariance {100 * ahead.error:.2g} % too large"
    if ahead.error > REFUSE_BIAS:
        raise StepError(f"{error}: the step must be smaller; {remedy}")
    warn(f"{error}; {remedy}", StepWarning)
    return ahead


def largest_step(A: Array, D: Array, bias: float, scheme: str = "euler-maruyama") -> float:
    """Step, in s, at which the stationary covariance for A and D (n, n) has this relative error.

    ∞ for a scheme without error, 0 if no step is stable.
    """
    limit = step_limit(A, scheme)
    if not np.isfinite(limit):
        return limit
    if limit <= 0 or not np.all(np.linalg.eigvals(A).real < 0):
        return 0.0
    exact = stationary_covariance(A, D, 0.0)

    def excess(fraction: float) -> float:
        """error/(1 + error) at this fraction of the limit, less the value sought.

        For Euler–Maruyama, error/(1 + error) is nearly the fraction itself; at the limit it is 1.
        """
        value = fraction
        if 0 < fraction < 1:
            V = stationary_covariance(A, D, fraction * limit, scheme)
            error = largest_relative_error(V, exact)
            value = error / (1 + error) if np.isfinite(error) else 1.0
        return value - bias / (1 + bias)

    return limit * float(brentq(excess, 0.0, 1.0, xtol=1e-12, rtol=1e-9))


def _relaxation_factor(z: Array) -> Array:
    """(1 − e^{−z})/z for z (modes,)."""
    return np.asarray(-np.expm1(-np.maximum(z, -700.0)) / z)
