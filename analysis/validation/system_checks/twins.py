"""A short run: the linearised paths of the compiled kernel against the exact law of its steps."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from ....sde import simulate
from ....sde.linear_algebra.covariance_errors import relative_errors
from ....sde.model.gaussian_state import Gaussian
from ....sde.support.errors import NoResultError
from ..integrator import FALSE_ALARM, integrator_check
from .results import SystemCheck, failed, judged, not_applicable
from .states import vacuum_beside
from .subject import Subject

TRAJECTORIES = 2048
STEPS = 256
STEP = 0.02
"""Step in units of 1/largest |eigenvalue|: about 1 % of error by Euler–Maruyama."""
SAMPLES = 8
STEP_BIAS = 0.2
"""Distance of the law of the steps from the moment equation, beyond any error of the step."""


def linear_twin(subject: Subject) -> SystemCheck:
    """Coupled linear paths of 256 steps, from vacuum beside a stable fixed point or at rest.

    Euler–Maruyama steps of the kernel that `simulate` uses by default.
    """
    if not subject.model.diffusion.any():
        return not_applicable("The model has no noise.")
    try:
        result = _short_run(subject)
    except (ValueError, NoResultError) as error:
        return failed(f"A short run cannot be made: {error}.")
    check = integrator_check(result)
    law = result["covariance_step"].values[-1]
    moments = result["covariance_linear"].values[-1]
    bias = float(relative_errors(law - moments, moments, skip_zero_variance=True).max())
    if bias > STEP_BIAS:
        return failed(
            f"The law of the compiled steps is {bias:.2g} √(V_ii V_jj) from the moment equation: "
            "the kernel integrates another equation than that of the model's arrays. Look at a "
            "Model subclass that overrides drift(), jacobian() or diffusion.",
        )
    return judged(
        check.p_value,
        FALSE_ALARM,
        "p-value of the sampled covariances",
        "paths do not follow the law of their steps: this is an error of the compiled kernel.",
        at_least=True,
    )


def _short_run(subject: Subject) -> xr.Dataset:
    """A run that resolves the fastest rate and lasts a few times its inverse."""
    n = subject.model.size
    start = Gaussian(np.zeros(n), 0.5 * np.eye(n))
    if subject.stable:
        start = vacuum_beside(subject.stable[0])
    rate = np.abs(np.linalg.eigvals(subject.model.jacobian(start.mean, "mean"))).max()
    step = STEP / (rate if rate > 0 else 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the step and of lost paths: twins are linear
        return simulate(
            subject.model,
            trajectories=TRAJECTORIES,
            duration=STEPS * step,
            step=step,
            samples=SAMPLES,
            start=start,
            step_errors="warn",
        )
