"""What is said of trajectories that diverged."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import xarray as xr

from ..support.checks import warn

P = ParamSpec("P")
R = TypeVar("R")


class LossWarning(UserWarning):
    """Trajectories diverged, so that estimates are NaN from then on; the message says how many, and
    when the first.
    """


def warn_of_losses(
    result: xr.Dataset, trajectories: int, consequence: str, step: float, scheme: str
) -> None:
    """Warn, at the caller's line, of a result of so many trajectories some of which diverged."""
    if lost := result.attrs["lost_trajectories"]:
        number, time = result.attrs["first_lost_trajectory"], result.attrs["first_lost_time"]
        other = ', or scheme = "runge-kutta"' * (scheme != "runge-kutta")
        warn(
            f"{lost} of {trajectories} trajectories diverged, the first being number {number} at t = {time:.3g} s: "
            f"{consequence}; take a step below {step:.3g} s{other}, and if as many are lost then, the model itself has "
            "paths that run away",
            LossWarning,
        )


def without_loss_warning(task: Callable[P, R]) -> Callable[P, R]:
    """A task such as `simulate` for a caller that itself says what lost trajectories mean."""

    def quietly(*arguments: P.args, **options: P.kwargs) -> R:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LossWarning)
            return task(*arguments, **options)

    return quietly
