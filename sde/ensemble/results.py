"""Variables of the results of `simulate` and `sample_paths`, and warnings about trajectories."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import xarray as xr

from ..labels import Q_, Q, Variable
from ..records.recorded_spectrum import BATCH_LIGHT_SUMS
from ..support.checks import Array, shown, warn

P = ParamSpec("P")
R = TypeVar("R")

TIME = "time"
VECTOR = (TIME, Q)
MATRIX = (TIME, Q, Q_)
COUPLED, PLAIN = "coupled", "plain"
"""Values of `estimator`."""


def stderr_of(name: str) -> str:
    """The name of a variable's standard error."""
    return f"{name}_stderr"


def _estimated(name: str, dimensions: tuple[str, ...], meaning: str) -> tuple[Variable, Variable]:
    """An estimate in units of the quadratures, and its standard error."""
    return (
        Variable(name, dimensions, "1", meaning),
        Variable(stderr_of(name), dimensions, "1", f"{meaning}, standard error"),
    )


SAMPLED = (
    *_estimated("mean", VECTOR, "mean, best estimate"),
    *_estimated("covariance", MATRIX, "covariance, best estimate"),
    *_estimated("covariance_sample", MATRIX, "covariance of the nonlinear ensemble"),
    *_estimated("covariance_linear_sample", MATRIX, "covariance of the linearised twins"),
    *_estimated(
        "linearization_error", MATRIX, "covariance of nonlinear paths minus that of their twins"
    ),
    *_estimated("skewness", VECTOR, "third cumulant over the variance to the power 3/2"),
    *_estimated("excess_kurtosis", VECTOR, "fourth cumulant over the variance squared"),
    *_estimated("step_error", MATRIX, "covariance at twice the step minus covariance at the step"),
    *_estimated(
        "strong_step_error",
        VECTOR,
        "root-mean-square distance of paths at twice the step from those at the step",
    ),
    *_estimated(
        "covariance_extrapolated", MATRIX, "covariance, best estimate extrapolated to zero step"
    ),
    Variable(
        "twin_correlation",
        VECTOR,
        "1",
        "correlation over batches of sampled variances, nonlinear paths with their twins",
    ),
)
"""Estimates from trajectories: NaN from the first lost trajectory on."""
EXACT = (
    Variable("covariance_linear", MATRIX, "1", "covariance, moment equation along the mean field"),
    Variable("covariance_step", MATRIX, "1", "covariance, exact law of the twin at this step"),
    Variable(
        "covariance_step_companion",
        MATRIX,
        "1",
        "covariance, exact law of the twin at twice the step",
    ),
    Variable(
        "transition_step", MATRIX, "1", "transition matrix of the twin from the sample before"
    ),
    Variable("mean_field", VECTOR, "1", "mean field"),
    Variable("mean_step", VECTOR, "1", "mean field as stepped"),
    Variable("estimator", (TIME,), "", "which estimate `mean` and `covariance` hold"),
)
"""Variables that do not depend on the trajectories."""
SURVIVING = Variable("surviving", (TIME,), "trajectories", "trajectories that are finite")
BATCH_SUMS = Variable(
    "batch_sums", ("batch", TIME, "statistic"), "1", "sums over the trajectories of a batch"
)
BATCH_TRAJECTORIES = Variable(
    "batch_trajectories", ("batch",), "trajectories", "trajectories in a batch"
)
ENSEMBLE = {
    each.name: each for each in (*SAMPLED, *EXACT, SURVIVING, BATCH_SUMS, BATCH_TRAJECTORIES)
}
"""Variables of the result of `simulate`, by name."""

STATE = Variable("state", (TIME, "trajectory", Q), "1", "state of single paths")
PATHS = {each.name: each for each in (STATE, SURVIVING)}
"""Variables of the result of `sample_paths`, by name."""


def batch_sums(result: xr.Dataset) -> Array:
    """Batch sums (batches, times, statistics) of a result of `simulate`.

    Raises ValueError where they were not read with it.
    """
    if BATCH_SUMS.name not in result:
        raise ValueError(
            "the result has no batch_sums, from which error bars and further trajectories come: "
            "read a result file with qlangevin.open_result, which finds them "
            "in the file beside it"
        )
    return np.asarray(result[BATCH_SUMS.name].values)


def batch_light_sums(result: xr.Dataset, batches: int) -> Array:
    """Sums of recorded light (batches, statistics) of a result of `simulate`, if it has any."""
    if BATCH_LIGHT_SUMS.name not in result:
        return np.zeros((batches, 0))
    return np.asarray(result[BATCH_LIGHT_SUMS.name].values)


def require_earlier(earlier: Any) -> None:
    """ValueError unless it is None or a result of `simulate` with its batch sums."""
    needed = {BATCH_SUMS.name, BATCH_TRAJECTORIES.name}
    if earlier is None or (isinstance(earlier, xr.Dataset) and needed <= set(earlier)):
        return
    remedy = "leave it out"
    if isinstance(earlier, str | Path | xr.Dataset):
        remedy = "qlangevin.open_result reads one from its file"
    raise ValueError(
        f"earlier must be a result of simulate, with batch_sums (got {shown(earlier)}); {remedy}"
    )


class ErrorBarWarning(UserWarning):
    """Too few trajectories for an error bar."""


class LossWarning(UserWarning):
    """Trajectories diverged, so that estimates are NaN from then on.

    The message gives their number, the first of them, and the time.
    """


def attributes(
    provenance: str, times: Array, lost: int, first: Sequence[int] | None
) -> dict[str, Any]:
    """Attributes of a result: provenance and lost trajectories.

    `first` is the sample and the trajectory of the first loss; times (times,) in s.
    """
    about: dict[str, Any] = {"provenance": provenance, "lost_trajectories": lost}
    if first is None:
        return about
    sample, trajectory = first
    return about | {
        "first_lost_trajectory": int(trajectory),
        "first_lost_time": float(times[sample]),
    }


def warn_of_missing_error_bars(counts: Array) -> None:
    """Warn of a result from one cell of trajectories; counts (batches,) of trajectories."""
    if np.count_nonzero(counts) < 2:
        message = "one cell of 64 trajectories has no error bar: run at least 128"
        warn(f"{message}, or 256 in antithetic pairs", ErrorBarWarning)


def warn_of_losses(
    result: xr.Dataset, trajectories: int, consequence: str, step: float, scheme: str
) -> None:
    """Warn, at the caller's line, of a result some of whose trajectories diverged."""
    if lost := result.attrs["lost_trajectories"]:
        number = result.attrs["first_lost_trajectory"]
        time = result.attrs["first_lost_time"]
        other = ', or scheme = "runge-kutta"' * (scheme != "runge-kutta")
        warn(
            f"{lost} of {trajectories} trajectories diverged, the first being number {number} "
            f"at t = {time:.3g} s: {consequence}; take a step below {step:.3g} s{other}, and if as "
            "many diverge then, paths of the model itself diverge",
            LossWarning,
        )


def without_loss_warning(task: Callable[P, R]) -> Callable[P, R]:
    """The function without its LossWarning, for a caller that reports lost trajectories itself."""

    def quietly(*arguments: P.args, **options: P.kwargs) -> R:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LossWarning)
            return task(*arguments, **options)

    return quietly
