"""A short run: the linearised paths of the compiled kernel against the exact law of its steps."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from ....sde import simulate
from ....sde.linear_algebra.covariance_errors import relative_errors
from ....sde.model.gaussian_state import Gaussian
from ....sde.model.model import Model
from ....sde.support.errors import NoResultError, RefusedError
from ...mode_blocks import Array
from ..integrator import FALSE_ALARM, integrator_check
from .results import SystemCheck, failed, judged, not_applicable
from .states import vacuum_beside
from .subject import Subject

TRAJECTORIES = 2048
STEPS = 256
STEP = 0.02
"""Step in units of 1/largest |eigenvalue|: about 1 % of error by Euler–Maruyama."""
SAMPLES = 8
SAME = 1e-8
"""Distance of the compiled law from the one computed here, in widths, that is rounding."""


def linear_twin(subject: Subject) -> SystemCheck:
    """Coupled linear paths of 256 steps, from vacuum beside a stable fixed point or at rest.

    Steps are those of the kernel that `simulate` uses by default, Euler–Maruyama. Their exact law
    is computed twice: by the kernel, and here from the drift and its Jacobian.
    """
    if not subject.model.diffusion.any():
        return not_applicable("The model has no noise.")
    start = _start(subject)
    step = _step(subject.model, np.stack([start.mean, *subject.fixed_points]))
    try:
        result = _short_run(subject.model, start, step)
    except (RefusedError, NoResultError) as error:
        return not_applicable(f"Cannot decide, a short run cannot be made: {error}.")
    V = law_of_steps(subject.model, start, step, STEPS)
    gap = relative_errors(result["covariance_step"].values[-1] - V, V).max()
    if not gap <= SAME:
        return failed(
            f"The law of the compiled steps is {gap:.2g} √(V_ii V_jj) from that of drift(), "
            "jacobian() and diffusion: the kernel, which takes the arrays of the model, steps "
            "another equation. Look at a Model subclass that overrides one of these."
        )
    return judged(
        integrator_check(result).p_value,
        FALSE_ALARM,
        "p-value of the sampled covariances",
        "paths do not follow the law of their steps: this is an error of the compiled kernel.",
        at_least=True,
    )


def law_of_steps(model: Model, start: Gaussian, step: float, steps: int) -> Array:
    """Covariance (n, n) of the linearised equations after Euler steps along the mean field."""
    u, V = start.mean, start.covariance
    for _ in range(steps):
        M = np.eye(model.size) + step * model.jacobian(u, "mean")
        V = M @ V @ M.T + step * model.diffusion
        u = u + step * model.drift(u, "mean")
    return np.asarray(V)


def _start(subject: Subject) -> Gaussian:
    if subject.stable:
        return vacuum_beside(subject.stable[0])
    n = subject.model.size
    return Gaussian(np.zeros(n), 0.5 * np.eye(n))


def _step(model: Model, means: Array) -> float:
    """A step that resolves the largest rate at any of these means (points, n)."""
    rate = np.abs(np.linalg.eigvals(model.jacobian(means, "mean"))).max()
    return float(STEP / rate) if rate > 0 else STEP


def _short_run(model: Model, start: Gaussian, step: float) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the step and of lost paths: twins are linear
        return simulate(
            model,
            trajectories=TRAJECTORIES,
            duration=STEPS * step,
            step=step,
            samples=SAMPLES,
            start=start,
            step_errors="warn",
        )
