"""Checks of a step before the run begins: refuse it, warn of it, or let it pass.

They compare the exact law of the run's steps with the moment equations, and single steps with the
exact flow away from the mean field. With `step_errors="warn"`, a step that would be refused gives a
warning instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..linear_algebra.covariance_errors import largest_relative_error
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..moments.propagation import propagate
from ..support.checks import Array, require_one_of, warn
from .limit_cycles import compare_at_equal_phase
from .local_errors import DeterministicStep
from .nonlinear_errors import (
    IntervalMoments,
    forecast_nonlinear_errors,
    largest_safe_step,
    steps_diverge,
)
from .step_forecast import REFUSE_BIAS, WARN_BIAS, StepError, StepWarning

REFUSE, WARN = "refuse", "warn"
"""Values of `step_errors`: a step that is too large is refused, or gives a warning."""
REFUSE_LOST = 0.01
"""Expected fraction of diverging trajectories above which a run is refused."""
WARN_LOST = 0.5
"""Expected number of diverging trajectories above which a warning is given."""
NO_LOSS = 0.05
"""Expected number of diverging trajectories below which a recommended step counts as safe."""


def require_step_errors(value: str) -> None:
    """Raise ValueError unless this is "refuse" or "warn"."""
    require_one_of("step_errors", value, [REFUSE, WARN])


@dataclass(frozen=True)
class StepErrorPolicy:
    """Context manager that raises a StepError, or turns it into a warning for "warn"."""

    step_errors: str

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        """Warn of a StepError and suppress it, unless steps are refused."""
        if self.step_errors == REFUSE or not isinstance(error, StepError):
            return False
        warn(f'{error} (the run continues, since step_errors = "warn")', StepWarning)
        return True


def _percent(error: float) -> str:
    """A relative error in percent; NaN counts as infinite."""
    return f"{100 * error:.2g} %" if error < 10 else "more than 1000 %"


def check_path(stepped: Array, exact: Array, step: float) -> None:
    """Compare the stepped mean field (times, n) with the exact one, relative to its largest value.

    Refuse above 10 %, warn above 1 %; step in s.
    """
    gap = np.abs(stepped - exact).max() / max(float(np.abs(exact).max()), 1.0)
    if not gap <= REFUSE_BIAS:
        raise StepError(
            f"step = {step:.3g} s makes the mean field wrong by {_percent(gap)}; take a smaller one"
        )
    if gap > WARN_BIAS:
        warn(
            f"step = {step:.3g} s makes the mean field wrong by {_percent(gap)} during the run; "
            "take a smaller one",
            StepWarning,
        )


def check_covariance(stepped: Array, exact: Array, step: float, *, offer_twin: bool) -> None:
    """Compare the covariance (times, n, n) of steps of single paths with the moment equations.

    Refuse above 10 %, warn above 1 %. `offer_twin`: whether the remedy may be twin = True, whose
    estimate does not have this error.
    """
    gap = largest_relative_error(stepped, exact)
    message = (
        f"step = {step:.3g} s makes the covariance of single paths differ by {_percent(gap)} from "
        "the moment equations"
    )
    remedy = "take a smaller one"
    if not gap <= REFUSE_BIAS:
        other = ", or twin = True, whose estimate does not have this error"
        raise StepError(f"{message}; {remedy}{other * offer_twin}")
    if gap > WARN_BIAS:
        warn(f"{message}; {remedy}{', or twin = True' * offer_twin}", StepWarning)


def check_cycle(
    model: Model,
    state: Gaussian,
    stepped: tuple[Array, Array],
    exact: Array,
    times: Array,
    step: float,
    *,
    plain: bool,
) -> None:
    """Check steps on a limit cycle, where a drift along the cycle does no harm.

    Three errors count: distance of the stepped mean field from the cycle, its frequency, and for
    single (`plain`) paths the covariance, each compared with the exact one at equal phase. Refuse
    above 10 %, warn above 1 %.

    Parameters
    ----------
    model, state : Model, Gaussian
        The stepped model, and its moments at the first time.
    stepped : (array (times, n), array (times, n, n))
        Exact mean and covariance of the steps.
    exact : array (times, n)
        Exact mean field.
    times, step : array (times,), float
        In s.
    plain : bool
        Whether paths have no twin.
    """
    mean, covariance = stepped
    if not np.isfinite(mean).all():
        raise StepError(f"step = {step:.3g} s makes the mean field diverge; take a smaller one")
    phases = compare_at_equal_phase(model, mean, exact, times)
    errors = {"moves the mean field {} off its cycle": phases.gap}
    errors["makes the frequency of the mean field wrong by {}"] = float(
        np.abs(phases.lag).max() / times[-1]
    )
    nearest_times = times[phases.chosen] + phases.lag
    if plain and np.all(np.diff(nearest_times) > 0):
        _, moments = propagate(model, state, nearest_times, overflow=True)
        errors["makes the covariance of single paths on the cycle wrong by {}"] = _covariance_error(
            covariance[phases.chosen], moments
        )
    what, worst = max(errors.items(), key=lambda item: np.nan_to_num(item[1], nan=np.inf))
    message = f"step = {step:.3g} s {what.format(_percent(worst))}; take a smaller one"
    if not worst <= REFUSE_BIAS:
        raise StepError(message)
    if worst > WARN_BIAS:
        warn(message, StepWarning)


def _covariance_error(V: Array, exact: Array) -> float:
    """Largest ‖V − exact‖/‖exact‖ over times, of covariances (times, n, n).

    Each quadrature is measured in units of its width, averaged over the times.
    """
    width = np.sqrt(np.mean(np.diagonal(exact, axis1=-2, axis2=-1), axis=0))
    scale = np.outer(width, width)
    scale[scale == 0] = np.inf
    errors = np.linalg.norm((V - exact) / scale, axis=(1, 2))
    return float(np.max(errors / np.linalg.norm(exact / scale, axis=(1, 2))))


def check_nonlinear_errors(
    model: Model,
    step_of: Callable[[float], DeterministicStep],
    predictions: Iterable[Sequence[IntervalMoments]],
    step: float,
    trajectories: int,
) -> None:
    """Check the effect of steps on paths away from the mean field.

    Refuse where more than 1 % of the trajectories would diverge; warn where some would, or where
    nonlinear terms make the covariance over 1 % wrong.

    Parameters
    ----------
    model : Model
        The stepped model.
    step_of : callable
        The scheme's step, without noise, of a size in s.
    predictions : iterable of sequences of IntervalMoments
        Ways to predict the distribution. A step passes if it passes with one of them; the last one
        tried gives the message.
    step : float
        In s.
    trajectories : int
        Their number.
    """
    for intervals in predictions:
        found = forecast_nonlinear_errors(model, step_of(step), intervals)
        lost = found.lost * trajectories
        if lost <= WARN_LOST and found.bias <= WARN_BIAS:
            return

    def is_safe(h: float) -> bool:
        ahead = forecast_nonlinear_errors(model, step_of(h), intervals)
        return ahead.bias <= WARN_BIAS and ahead.lost * trajectories <= NO_LOSS

    small = largest_safe_step(is_safe, step)
    remedy = (
        f"below {small:.2g} s this error is under 1 % and no path is lost"
        if small
        else "take a much smaller one"
    )
    if step_of(step).stages == 1:
        remedy += ', and scheme "runge-kutta" takes larger steps'
    if lost > WARN_LOST:
        message = (
            f"step = {step:.3g} s is too large for paths far from the mean field: about "
            f"{100 * found.lost:.2g} % of the trajectories would diverge; {remedy}"
        )
        refused = found.lost > REFUSE_LOST and lost > 1
        if refused and steps_diverge(model, step_of(step), intervals[-1]):
            raise StepError(message)
        warn(message, StepWarning)
        return
    message = (
        f"a step of {step:.3g} s makes the covariance about {100 * found.bias:.2g} % wrong by "
        "nonlinear terms"
    )
    warn(f"{message}; {remedy}", StepWarning)
