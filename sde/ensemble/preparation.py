"""What a run of trajectories needs before its first step: checked arguments, moments, scheme,
kernel, law of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..initial_states import start_state
from ..jit.background import compile_beside
from ..kernels.codegen import Form
from ..kernels.kernel import SHARED_NAME, build_kernel
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..moments.propagation import propagate
from ..moments.taylor import DivergenceError
from ..sampling import plan_samples
from ..schemes.cloud import Cloud, Stepping
from ..schemes.orbits import is_cycle
from ..schemes.semilinear import SEMILINEAR, stepped_model
from ..schemes.step_checks import (
    Judged,
    check_cloud,
    check_cycle,
    check_law,
    check_path,
)
from ..schemes.step_forecast import check_step, chosen_scheme
from ..schemes.table import SCHEMES
from ..support.checks import Array
from ..system import System, as_single_model
from .settings import Settings
from .step_law import StepPaths, finite_step_paths
from .trajectories import Plan

CLOUDS = 5
"""Times at which steps are tried away from the mean field."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """A run ready to go: its plan, the moments at the sample times in s, and the exact law of its
    steps.

    `scheme` is the one chosen; mean_field (times, n) and covariance_linear (times, n, n) solve the
    moment equations.
    """

    model: Model
    scheme: str
    plan: Plan
    times: Array
    mean_field: Array
    covariance_linear: Array
    law: StepPaths


def prepare(
    system: System | Model,
    settings: Settings,
    task: str,
    *,
    require_room: Callable[[int], None] = lambda size: None,
    state: Gaussian | None = None,
) -> Preparation:
    """Do all that comes before the first step of a run; raises what `simulate` does.

    `require_room`, given the number of quadratures, refuses what the memory does not hold, before
    any work. `state` is the one that the settings' start names, for a caller who has it already.
    """
    model = as_single_model(system, task)
    settings.require_targets(model)
    require_room(model.size)
    compile_beside(SHARED_NAME)
    duration, step = settings.duration, settings.step
    state = state or start_state(system, settings.start, settings.branch, model)
    sampling = plan_samples(duration, step, settings.samples)
    mean_field, covariance_linear = propagate(model, state, sampling.times, overflow=True)
    judge, settled = Judged(settings.step_errors), _has_settled(model, mean_field[-1])
    scheme = chosen_scheme(
        settings.scheme, model.jacobian(mean_field[-1], "mean"), model.diffusion, step, duration
    )
    about = mean_field[-1 if settled else 0]
    with judge:
        _check_linear(model, scheme, mean_field[-1], step, duration, settled)
    if settled and not model.linear:
        clouds = _clouds(model, state, sampling.times, mean_field, covariance_linear)
        with judge:
            check_cloud(
                model,
                lambda h: _stepping(model, scheme, about, h),
                clouds,
                step,
                settings.trajectories,
            )
    stepped = stepped_model(scheme, model, step, about)
    kernel = build_kernel(stepped, step, _form(settings, scheme))
    kernel.warm()
    plan = Plan(
        kernel,
        state,
        state.square_root(),
        sampling.schedule,
        np.uint64(settings.seed),
        settings.trajectories,
    )
    law, plain = finite_step_paths(plan), not settings.twin
    with judge:
        if not settled and is_cycle(model, mean_field):
            laws = law.mean, law.covariance
            check_cycle(model, state, laws, mean_field, sampling.times, step, plain=plain)
        else:
            check_path(law.mean, mean_field, step)
            if plain and scheme != "euler-maruyama":
                check_law(law.covariance, covariance_linear, step, twin_would_do=task == "simulate")
    return Preparation(model, scheme, plan, sampling.times, mean_field, covariance_linear, law)


def _form(settings: Settings, scheme: str) -> Form:
    """What the kernel of a run advances, with the scheme that was chosen."""
    return Form(
        settings.twin,
        settings.step_check,
        settings.antithetic,
        SCHEMES[scheme].stages,
        settings.increments,
    )


def _check_linear(
    model: Model, scheme: str, end: Array, step: float, duration: float, settled: bool
) -> None:
    """Judge steps by the linearised equations where the mean field ends (n,); semilinear ones are
    exact there.
    """
    if scheme not in SEMILINEAR:
        check_step(model.jacobian(end, "mean"), model.diffusion, step, duration, settled, scheme)


def _stepping(model: Model, scheme: str, about: Array, step: float) -> Stepping:
    return Stepping(
        stepped_model(scheme, model, step, about),
        step,
        SCHEMES[scheme].stages,
        scheme in SEMILINEAR,
    )


def _clouds(
    model: Model, state: Gaussian, times: Array, mean_field: Array, covariance: Array
) -> Iterator[list[Cloud]]:
    """Clouds at the start, on the way and at the end: of the linearised moments, then of the
    Gaussian closure.
    """
    chosen = np.unique(np.linspace(0, len(times) - 1, CLOUDS).round().astype(int))
    borders = np.concatenate(
        [times[:1], 0.5 * (times[chosen][1:] + times[chosen][:-1]), times[-1:]]
    )
    yield list(map(Cloud, mean_field[chosen], covariance[chosen], np.diff(borders)))
    try:
        yield list(
            map(Cloud, *propagate(model, state, times[chosen], "gaussian"), np.diff(borders))
        )
    except DivergenceError:
        return


def _has_settled(model: Model, u: Array) -> bool:
    """Whether A no longer moves: the model is linear, or its mean field's drift has died down to 1
    %.
    """
    moving = np.linalg.norm(model.drift(u, "mean")) > 0.01 * np.abs(model.A).max() * np.linalg.norm(
        u
    )
    return model.linear or not moving
