"""Many trajectories → moments with error bars, from coupled nonlinear and linearised paths.

Every nonlinear path shares its increments with a linearised twin, so the difference of the two ensembles' covariances
has a variance smaller by orders where the nonlinearity is weak. Added to the exact covariance of the linearised
equations it estimates the true covariance with tiny error bars and without the step bias of the linear part.

The 64 batches of trajectories give all error bars (delete-a-group jackknife). Results are bit-identical for any number
of threads and any block size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from .arguments import available_cores
from .estimates import dataset, warn_of_missing_error_bars
from .labels import provenance
from .model import Array, Model, as_single_model
from .precision import Targets, excess, require_targets
from .preparation import prepare
from .states import Start, describe_start
from .system import System
from .trajectories import Progress, run_blocks

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
    settings: dict[str, Any] = {
        "trajectories": trajectories,
        "duration": duration,
        "step": step,
        "scheme": scheme,
        "increments": increments,
        "twin": twin,
        "antithetic": antithetic,
        "samples": samples,
        "seed": seed,
        "step_check": step_check,
    }
    until = until or {}
    require_targets(until, as_single_model(system, "simulate"))
    ready = prepare(system, "simulate", start=start, branch=branch, threads=threads, **settings)
    settings |= {"scheme": ready.scheme, "until": dict(until)}
    made_by = provenance(system, **describe_start(start, branch), **settings)

    def result(sums: Array, counts: Array, losses: Array = NO_LOSSES) -> xr.Dataset:
        return dataset(ready, sums, counts, losses, made_by)

    enough = (lambda *sums: excess(until, result(*sums))) if until else None
    sums = run_blocks(ready.plan, ready.law.mean, threads or available_cores(), progress, enough)
    warn_of_missing_error_bars(sums[1])
    return result(*sums)
