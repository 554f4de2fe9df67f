"""Many trajectories → moments with error bars, from coupled nonlinear and linearised paths.

Every nonlinear path shares its increments with a linearised twin, so the difference of the two ensembles' covariances
has a variance smaller by orders where the nonlinearity is weak. Added to the exact covariance of the linearised
equations it estimates the true covariance with tiny error bars and without the step bias of the linear part.

The 64 batches of trajectories give all error bars (delete-a-group jackknife). Results are bit-identical for any number
of threads and any block size.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from .arguments import available_cores, require_one_of, require_positive, require_whole
from .emission import INCREMENTS, Form
from .estimates import dataset, estimates, warn_of_missing_error_bars
from .kernels import build_kernel
from .labels import provenance
from .law import finite_step_paths
from .model import Array, Model, as_single_model
from .moments import propagate
from .precision import Targets, excess, require_targets
from .schemes import SCHEMES, check_law, check_path, check_step, chosen_scheme, require_scheme
from .semilinear import SEMILINEAR, semilinear_model
from .states import Start, describe_start, start_state
from .system import System
from .trajectories import CHUNK, Plan, Progress, run_blocks

MOST_STEPS = 2**31 * CHUNK
"""Chunks are counted in 32 bits."""
NO_LOSSES = np.zeros((0, 2), np.int64)


def simulate(
    system: System | Model,
    *,
    trajectories: int,
    duration: float,
    step: float,
    scheme: str = "euler-maruyama",
    increments: str = "gaussian",
    twin: bool = True,
    antithetic: bool = False,
    start: Start = "dark",
    branch: int | None = None,
    samples: int = 200,
    seed: int = 0,
    step_check: bool = False,
    until: Targets | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Integrate an ensemble of the full nonlinear Langevin equations, coupled to its linearised twin.

    duration and step in s; the run takes round(duration/step) steps and samples them `samples` times after t = 0.
    `scheme` is one of `schemes.SCHEMES`, or "auto": Euler–Maruyama where its forecast error stays within 1 %, else
    exponential steps. Semilinear schemes are linear about the end of the mean field if it rests there, else its start.
    `increments` are "gaussian", or "two-point" or "three-point" random numbers, cheaper and right for moments only
    (weak order 1 and 2). Without a `twin` the ensemble is a plain one, faster and with plain error bars. `antithetic`
    trajectories come in pairs of opposite noise that share a twin: what is odd in the noise cancels, which leaves of a
    weak nonlinearity s errors of order s² where single ones leave s. `step_check` adds a companion of every path (of
    one of a pair) at twice the step on the same noise, for Euler–Maruyama alone. `until` maps quantities in words,
    such as "log_negativity(a, b)" (see `analysis.estimate`), to standard errors wanted at the end of the run: no more
    than the trajectories needed are then run, in whole rounds of 4096 or 8192. `threads` defaults to all cores.

    Returns over time, quadrature(_): mean, covariance (best estimate: exact linear moments plus the coupled
    difference, or the plain sample where that has the smaller error bar, as `estimator` tells), covariance_sample
    (plain), covariance_linear_sample (twin), covariance_linear (moment equation along the mean field),
    covariance_step (exact law of the twin at this step), linearization_error (nonlinear minus twin), skewness and
    excess_kurtosis, mean_field, mean_step (mean field as the steps take it), each estimate with its standard error
    `*_stderr`; twin_correlation; surviving trajectories; and the batch sums all this came from. Without a twin what is
    sampled of it is absent. `step_check` adds step_error (twice the step minus the step), strong_step_error and
    covariance_extrapolated.
    A path that is not finite makes all estimates from that time on NaN; attrs tell how many and the first.

    Raises ValueError for arguments out of range, StepError for a step too large for the scheme, DivergenceError if
    the mean field itself diverges.
    """
    model = as_single_model(system, "simulate")
    _check_arguments(trajectories, duration, step, samples, seed, threads)
    _check_options(scheme, increments, trajectories, twin=twin, antithetic=antithetic, step_check=step_check)
    until = until or {}
    require_targets(until, model)
    state = start_state(system, start, branch)
    schedule = sample_steps(round(duration / step), samples)
    mean_field, covariance_linear = propagate(model, state, schedule * step, overflow=True)
    scheme, stepped = _stepped(model, scheme, state.mean, mean_field[-1], step, duration)
    form = Form(twin, step_check, antithetic, SCHEMES[scheme].stages, increments)
    kernel = build_kernel(stepped, step, form)
    kernel.warm()
    plan = Plan(kernel, state, schedule, np.uint64(seed), trajectories)
    paths = finite_step_paths(plan)
    if scheme != "euler-maruyama":
        check_path(paths.mean, mean_field, step)
        if not twin:
            check_law(paths.covariance, covariance_linear, step)
    settings = {
        "trajectories": trajectories,
        "duration": duration,
        "step": step,
        "scheme": scheme,
        "increments": increments,
        "twin": twin,
        "antithetic": antithetic,
        "start": describe_start(start),
        "branch": -1 if branch is None else branch,
        "samples": samples,
        "seed": seed,
        "step_check": step_check,
        "until": dict(until),
    }
    made_by = provenance(system, **settings)

    def result(sums: Array, counts: Array, losses: Array = NO_LOSSES) -> xr.Dataset:
        data = estimates(model, sums, counts, antithetic, mean_field, covariance_linear, paths)
        return dataset(model, schedule * step, data, sums, counts, losses, made_by)

    enough = (lambda *sums: excess(until, result(*sums))) if until else None
    sums = run_blocks(plan, paths.mean, threads or available_cores(), progress, enough)
    warn_of_missing_error_bars(sums[1])
    return result(*sums)


def _stepped(model: Model, scheme: str, start: Array, end: Array, step: float, duration: float) -> tuple[str, Model]:
    """The scheme by its own name, and the model that its kernel steps; `start` and `end` of the mean field (n,)."""
    A, settled = model.jacobian(end, "mean"), _at_rest(model, end)
    scheme = chosen_scheme(scheme, A, model.diffusion, step, duration)
    if scheme in SEMILINEAR:
        return scheme, semilinear_model(scheme, model, step, end if settled else start)
    check_step(A, model.diffusion, step, duration, settled, scheme)
    return scheme, model


def _at_rest(model: Model, u: Array) -> bool:
    """Whether A no longer moves: the model is linear, or its mean field's drift has died down to 1 %."""
    moving = np.linalg.norm(model.drift(u, "mean")) > 0.01 * np.abs(model.A).max() * np.linalg.norm(u)
    return model.linear or not moving


def sample_steps(steps: int, samples: int) -> Array:
    """Step numbers to sample at, from 0 to `steps`: even ones where they suffice, at most `samples` intervals."""
    stride = 2 if steps >= 2 * samples else 1
    chosen = stride * np.round(np.linspace(0, steps / stride, samples + 1)).astype(np.int64)
    chosen[-1] = steps
    return np.unique(np.minimum(chosen, steps))


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
