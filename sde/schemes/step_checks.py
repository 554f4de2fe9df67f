"""What the exact law of a run's steps says of them before the first one: refused, warned of, or
nothing.

A caller who knows better passes `step_errors="warn"`: what would be refused is then a warning.
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
from .cloud import Cloud, Stepping, forecast_cloud, largest_safe_step, runs_away
from .orbits import compare_courses
from .step_forecast import REFUSE_BIAS, WARN_BIAS, StepError, StepWarning

REFUSE, WARN = "refuse", "warn"
"""What becomes of a step that cannot be right."""
REFUSE_LOST, WARN_LOST, NO_LOSS = 0.01, 0.5, 0.05
"""Share of the trajectories expected to diverge above which a run is refused; their number above
which it is warned of, and below which none is expected.
"""


def require_step_errors(value: str) -> None:
    """ValueError unless this is one of the two things that a step error may lead to."""
    require_one_of("step_errors", value, [REFUSE, WARN])


@dataclass(frozen=True)
class Judged:
    """A context that lets a StepError pass where steps are refused, and warns of it where the
    caller asks for that.
    """

    step_errors: str

    def __enter__(self) -> None:
        """Begin to judge."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        """Whether the error has been dealt with."""
        if self.step_errors == REFUSE or not isinstance(error, StepError):
            return False
        warn(f'{error} (the run goes on, for step_errors = "warn")', StepWarning)
        return True


def _percent(error: float) -> str:
    """A relative error in words; one that is no number is as large as any."""
    return f"{100 * error:.2g} %" if error < 10 else "more than 1000 %"


def check_path(stepped: Array, exact: Array, step: float) -> None:
    """Refuse steps whose mean field (times, n) leaves the exact one; warn where they differ by over
    1 %.
    """
    gap = np.abs(stepped - exact).max() / max(float(np.abs(exact).max()), 1.0)
    if not gap <= REFUSE_BIAS:
        raise StepError(
            f"step = {step:.3g} s takes the mean field {_percent(gap)} off its course; take a "
            "smaller one"
        )
    if gap > WARN_BIAS:
        message = (
            f"step = {step:.3g} s takes the mean field {_percent(gap)} off its course on the way"
        )
        warn(f"{message}; take a smaller one", StepWarning)


def check_law(law: Array, moments: Array, step: float, *, twin_would_do: bool) -> None:
    """Refuse steps of single paths whose exact law (times, n, n) is over 10 % off the moments; warn
    above 1 %.

    `twin_would_do` tells whether the caller can ask for twins, whose estimate does not carry this
    error.
    """
    gap = largest_relative_error(law, moments)
    message = (
        f"step = {step:.3g} s takes the covariance of plain paths {_percent(gap)} off the moment "
        "equations"
    )
    remedy = "take a smaller one"
    if not gap <= REFUSE_BIAS:
        other = ", or twin = True, whose estimate does not carry this error"
        raise StepError(f"{message}; {remedy}{other * twin_would_do}")
    if gap > WARN_BIAS:
        warn(f"{message}; {remedy}{', or twin = True' * twin_would_do}", StepWarning)


def check_cycle(
    model: Model,
    state: Gaussian,
    law: tuple[Array, Array],
    exact: Array,
    times: Array,
    step: float,
    *,
    plain: bool,
) -> None:
    """Judge steps on a limit cycle, where a drift along it does no harm: refuse above 10 %, warn
    above 1 %.

    What counts is the distance of the stepped mean field from the cycle, its frequency, and of
    single (`plain`) paths the covariance, each compared with the exact one at the same place of the
    cycle. `law` holds the mean (times, n) and covariance (times, n, n) of the steps from `state`
    on, `exact` the mean field (times, n).
    """
    mean, covariance = law
    if not np.isfinite(mean).all():
        raise StepError(
            f"step = {step:.3g} s takes the mean field beyond every bound; take a smaller one"
        )
    courses = compare_courses(model, mean, exact, times)
    errors = {"takes the mean field {} off its cycle": courses.gap}
    errors["puts the frequency of the mean field {} off"] = float(
        np.abs(courses.lag).max() / times[-1]
    )
    places = times[courses.chosen] + courses.lag
    if plain and np.all(np.diff(places) > 0):
        _, moments = propagate(model, state, places, overflow=True)
        errors["takes the covariance of single paths on the cycle {} off the moment equations"] = (
            _spread_error(covariance[courses.chosen], moments)
        )
    what, worst = max(errors.items(), key=lambda item: np.nan_to_num(item[1], nan=np.inf))
    message = f"step = {step:.3g} s {what.format(_percent(worst))}; take a smaller one"
    if not worst <= REFUSE_BIAS:
        raise StepError(message)
    if worst > WARN_BIAS:
        warn(message, StepWarning)


def _spread_error(V: Array, exact: Array) -> float:
    """Largest ‖V − exact‖/‖exact‖ over covariances (times, n, n), each quadrature in units of its
    average width.
    """
    width = np.sqrt(np.mean(np.diagonal(exact, axis1=-2, axis2=-1), axis=0))
    scale = np.outer(width, width)
    scale[scale == 0] = np.inf
    return float(
        np.max(
            np.linalg.norm((V - exact) / scale, axis=(1, 2))
            / np.linalg.norm(exact / scale, axis=(1, 2))
        )
    )


def check_cloud(
    model: Model,
    stepping: Callable[[float], Stepping],
    clouds: Iterable[Sequence[Cloud]],
    step: float,
    trajectories: int,
) -> None:
    """Judge steps by what they do to paths away from the mean field, in clouds that the moments
    predict.

    Refuse where a sizeable share of the trajectories would diverge; warn where some would, or where
    nonlinear terms make the covariance over 1 % wrong. `stepping` gives the steps of a size in s;
    each way of predicting the `clouds` has to agree, and the last one counts.
    """
    for way in clouds:
        found = forecast_cloud(model, stepping(step), way)
        lost = found.lost * trajectories
        if lost <= WARN_LOST and found.bias <= WARN_BIAS:
            return

    def small_enough(h: float) -> bool:
        ahead = forecast_cloud(model, stepping(h), way)
        return ahead.bias <= WARN_BIAS and ahead.lost * trajectories <= NO_LOSS

    small = largest_safe_step(small_enough, step)
    remedy = (
        f"below {small:.2g} s this error is under 1 % and no path is lost"
        if small
        else "take a much smaller one"
    )
    if stepping(step).stages == 1:
        remedy += ', and scheme "runge-kutta" takes larger steps'
    if lost > WARN_LOST:
        message = (
            f"step = {step:.3g} s is too large for paths far from the mean field: about {100 * found.lost:.2g} % of "
            f"the trajectories would diverge; {remedy}"
        )
        if found.lost > REFUSE_LOST and lost > 1 and runs_away(model, stepping(step), way[-1]):
            raise StepError(message)
        warn(message, StepWarning)
        return
    message = (
        f"a step of {step:.3g} s makes the covariance about {100 * found.bias:.2g} % wrong by "
        "nonlinear terms"
    )
    warn(f"{message}; {remedy}", StepWarning)
