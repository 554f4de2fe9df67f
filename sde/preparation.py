"""What a run of trajectories needs before its first step: checked arguments, moments, scheme, kernel, law of steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arguments import require_one_of, require_positive, require_whole
from .emission import INCREMENTS, Form
from .kernels import build_kernel
from .law import StepPaths, finite_step_paths
from .model import Array, Model, as_single_model
from .moments import propagate
from .sampling import plan_samples
from .schemes import SCHEMES, check_law, check_path, check_step, chosen_scheme, require_scheme
from .semilinear import SEMILINEAR, semilinear_model
from .states import Start, start_state
from .system import System
from .trajectories import CHUNK, Plan

MOST_STEPS = 2**31 * CHUNK
"""Chunks are counted in 32 bits."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """A run ready to go: its plan, the moments at the sample times in s, and the exact law of its steps.

    `scheme` is the one chosen; mean_field (times, n) and covariance_linear (times, n, n) solve the moment equations.
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
) -> Preparation:
    """Check everything and do all that comes before the first step; arguments and errors are those of `simulate`."""
    model = as_single_model(system, task)
    _check_arguments(trajectories, duration, step, samples, seed, threads)
    _check_options(scheme, increments, trajectories, twin=twin, antithetic=antithetic, step_check=step_check)
    state = start_state(system, start, branch)
    sampling = plan_samples(duration, step, samples)
    mean_field, covariance_linear = propagate(model, state, sampling.times, overflow=True)
    scheme, stepped = _stepped(model, scheme, state.mean, mean_field[-1], step, duration)
    kernel = build_kernel(stepped, step, Form(twin, step_check, antithetic, SCHEMES[scheme].stages, increments))
    kernel.warm()
    plan = Plan(kernel, state, state.square_root(), sampling.schedule, np.uint64(seed), trajectories)
    law = finite_step_paths(plan)
    if scheme != "euler-maruyama":
        check_path(law.mean, mean_field, step)
        if not twin:
            check_law(law.covariance, covariance_linear, step)
    return Preparation(model, scheme, plan, sampling.times, mean_field, covariance_linear, law)


def _stepped(model: Model, scheme: str, start: Array, end: Array, step: float, duration: float) -> tuple[str, Model]:
    """The scheme by its own name, and the model that its kernel steps; `start` and `end` of the mean field (n,)."""
    A, settled = model.jacobian(end, "mean"), _has_settled(model, end)
    scheme = chosen_scheme(scheme, A, model.diffusion, step, duration)
    if scheme in SEMILINEAR:
        return scheme, semilinear_model(scheme, model, step, end if settled else start)
    check_step(A, model.diffusion, step, duration, settled, scheme)
    return scheme, model


def _has_settled(model: Model, u: Array) -> bool:
    """Whether A no longer moves: the model is linear, or its mean field's drift has died down to 1 %."""
    moving = np.linalg.norm(model.drift(u, "mean")) > 0.01 * np.abs(model.A).max() * np.linalg.norm(u)
    return model.linear or not moving


def _check_options(
    scheme: str, increments: str, trajectories: int, *, twin: bool, antithetic: bool = False, step_check: bool = False
) -> None:
    require_scheme(scheme)
    require_one_of("increments", increments, INCREMENTS)
    for name, value in (("twin", twin), ("antithetic", antithetic), ("step_check", step_check)):
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{name} must be True or False (got {value!r})")
    if antithetic and not twin:
        raise ValueError("antithetic pairs share a twin: antithetic must be False where twin = False")
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
            f"step must leave at most {MOST_STEPS:.0e} steps in the duration {duration:.3g} s (got {step!r})"
        )
