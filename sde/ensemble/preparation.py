"""What a run of trajectories needs before its first step: checked arguments, moments, scheme,
kernel, law of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..initial_states import Start, start_state
from ..jit.background import compile_in_background
from ..kernels.codegen import INCREMENTS, Form
from ..kernels.kernel import TRAJECTORY_KERNELS, build_kernel
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..moments.propagation import propagate
from ..moments.taylor import DivergenceError
from ..sampling import plan_samples
from ..schemes.limit_cycles import is_limit_cycle
from ..schemes.local_errors import DeterministicStep
from ..schemes.nonlinear_errors import IntervalMoments
from ..schemes.semilinear import SEMILINEAR, stepped_model
from ..schemes.step_checks import (
    REFUSE,
    StepErrorPolicy,
    check_covariance,
    check_cycle,
    check_nonlinear_errors,
    check_path,
    require_step_errors,
)
from ..schemes.step_forecast import check_step, chosen_scheme
from ..schemes.table import SCHEMES, require_scheme
from ..support.checks import Array, require_one_of, require_positive, require_whole, shown
from ..system import System, as_single_model
from .step_law import StepPaths, finite_step_paths
from .trajectories import CHUNK, Plan

MOST_STEPS = 2**31 * CHUNK
"""Chunks are counted in 32 bits."""
INTERVALS = 5
"""Intervals of a run in each of which a step is tried away from the mean field."""


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
    task: str,
    *,
    trajectories: int,
    duration: float,
    step: float,
    scheme: str,
    increments: str,
    start: Start,
    branch: int | None,
    samples: int,
    seed: int,
    threads: int | None,
    twin: bool = False,
    antithetic: bool = False,
    step_check: bool = False,
    step_errors: str = REFUSE,
    room: Callable[[int], None] = lambda times: None,
) -> Preparation:
    """Check everything and do all that comes before the first step; arguments and errors are those
    of `simulate`.

    `room`, given the number of sample times at most, refuses what the memory does not hold, before
    any work.
    """
    model = as_single_model(system, task)
    _check_arguments(trajectories, duration, step, samples, seed, threads)
    compile_in_background(TRAJECTORY_KERNELS)
    room(1 + min(samples, round(duration / step)))
    _check_options(
        scheme, increments, trajectories, twin=twin, antithetic=antithetic, step_check=step_check
    )
    require_step_errors(step_errors)
    state = start_state(system, start, branch)
    sampling = plan_samples(duration, step, samples)
    mean_field, covariance_linear = propagate(model, state, sampling.times, overflow=True)
    policy, settled = StepErrorPolicy(step_errors), _has_settled(model, mean_field[-1])
    scheme = chosen_scheme(
        scheme, model.jacobian(mean_field[-1], "mean"), model.diffusion, step, duration
    )
    about = mean_field[-1 if settled else 0]
    with policy:
        _check_linear(model, scheme, mean_field[-1], step, duration, settled)
    if settled and not model.linear:
        intervals = _interval_moments(model, state, sampling.times, mean_field, covariance_linear)
        with policy:
            check_nonlinear_errors(
                model,
                lambda h: _deterministic_step(model, scheme, about, h),
                intervals,
                step,
                trajectories,
            )
    stages = SCHEMES[scheme].stages
    stepped = stepped_model(scheme, model, step, about)
    kernel = build_kernel(stepped, step, Form(twin, step_check, antithetic, stages, increments))
    kernel.warm()
    plan = Plan(
        kernel, state, state.square_root(), sampling.schedule, np.uint64(seed), trajectories
    )
    law = finite_step_paths(plan)
    with policy:
        if not settled and is_limit_cycle(model, mean_field):
            laws = law.mean, law.covariance
            check_cycle(model, state, laws, mean_field, sampling.times, step, plain=not twin)
        else:
            check_path(law.mean, mean_field, step)
            if not twin and scheme != "euler-maruyama":
                check_covariance(
                    law.covariance, covariance_linear, step, twin_would_do=task == "simulate"
                )
    return Preparation(model, scheme, plan, sampling.times, mean_field, covariance_linear, law)


def _check_linear(
    model: Model, scheme: str, end: Array, step: float, duration: float, settled: bool
) -> None:
    """Check steps by the linearised equations where the mean field ends (n,); semilinear ones are
    exact there.
    """
    if scheme not in SEMILINEAR:
        check_step(model.jacobian(end, "mean"), model.diffusion, step, duration, settled, scheme)


def _deterministic_step(model: Model, scheme: str, about: Array, step: float) -> DeterministicStep:
    return DeterministicStep(
        stepped_model(scheme, model, step, about),
        step,
        SCHEMES[scheme].stages,
        scheme in SEMILINEAR,
    )


def _interval_moments(
    model: Model, state: Gaussian, times: Array, mean_field: Array, covariance: Array
) -> Iterator[list[IntervalMoments]]:
    """Gaussian distributions over the run: linearised moments, then the Gaussian closure."""
    chosen = np.unique(np.linspace(0, len(times) - 1, INTERVALS).round().astype(int))
    borders = np.concatenate(
        [times[:1], 0.5 * (times[chosen][1:] + times[chosen][:-1]), times[-1:]]
    )
    yield list(map(IntervalMoments, mean_field[chosen], covariance[chosen], np.diff(borders)))
    try:
        yield list(
            map(
                IntervalMoments,
                *propagate(model, state, times[chosen], "gaussian"),
                np.diff(borders),
            )
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


def _check_options(
    scheme: str,
    increments: str,
    trajectories: int,
    *,
    twin: bool,
    antithetic: bool = False,
    step_check: bool = False,
) -> None:
    require_scheme(scheme)
    require_one_of("increments", increments, INCREMENTS)
    for name, value in (("twin", twin), ("antithetic", antithetic), ("step_check", step_check)):
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{name} must be True or False (got {shown(value)})")
    if antithetic and not twin:
        raise ValueError(
            "antithetic pairs share a twin: antithetic must be False where twin = False"
        )
    if antithetic and trajectories % 2:
        raise ValueError(f"trajectories must be even for antithetic pairs (got {trajectories})")
    if step_check and scheme != "euler-maruyama":
        raise ValueError(
            f'step_check compares Euler steps (got scheme = {scheme!r}): use scheme = "euler-maruyama", '
            "or step_check = False and run again at half the step"
        )
    if step_check and not twin:
        raise ValueError("step_check compares coupled paths: it must be False where twin = False")


def _check_arguments(
    trajectories: int, duration: float, step: float, samples: int, seed: int, threads: int | None
) -> None:
    wholes = [("trajectories", trajectories, 1), ("samples", samples, 1), ("seed", seed, 0)]
    wholes += [("threads", threads, 1)] if threads is not None else []
    for name, value, least in wholes:
        require_whole(name, value, least)
    if seed >= 2**64:
        raise ValueError(f"seed must be below 2^64 (got {seed})")
    require_positive("duration", duration)
    require_positive("step", step)
    if step > duration * (1 + 1e-9):
        raise ValueError(f"step must not exceed the duration {duration:.3g} s (got {step:.3g} s)")
    if duration / step > MOST_STEPS:
        raise ValueError(
            f"step must leave at most {MOST_STEPS:.0e} steps in the duration {duration:.3g} s (got "
            f"{step!r})"
        )
