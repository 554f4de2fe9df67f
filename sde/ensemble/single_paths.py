"""Single paths of the full nonlinear equations, kept as they are: who needs each trajectory and not
their moments.

The paths are those of `simulate(twin=False)`: the same noise, the same steps, the same bits, for
any number of threads.
"""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import Any

import numpy as np
import xarray as xr

from ..initial_states import Start, describe_start
from ..kernels.codegen import CELL
from ..labels import Q, provenance, quadrature_coordinates, variable
from ..model.model import Model
from ..progress import showing
from ..support.callbacks import Progress
from ..support.checks import Array, available_cores, require_progress
from ..support.memory import require_memory
from ..support.threads import in_order
from ..support.work_estimates import require_core_hours
from ..system import System, as_single_model
from .batches import seconds_per_cell
from .losses import warn_of_losses
from .memory import moments_memory
from .preparation import prepare
from .trajectories import MOST_CELLS, Plan, cell_states

SHARE = 0.5
"""Of the machine's available memory that the paths of one call may take."""


def sample_paths(
    system: System | Model,
    *,
    trajectories: int,
    duration: float,
    step: float,
    scheme: str = "euler-maruyama",
    increments: str = "gaussian",
    start: Start = "dark",
    branch: int | None = None,
    samples: int = 200,
    seed: int = 0,
    step_errors: str = "refuse",
    threads: int | None = None,
    progress: Progress | bool | None = None,
) -> xr.Dataset:
    """Integrate single paths of the full nonlinear Langevin equations and keep their states.

    Arguments are those of `simulate`, `progress=True` for a bar included; duration and step in s.
    Returns state (time, trajectory, quadrature), float64, and surviving (time). A path that is not
    finite is NaN from that sample on; a LossWarning and attrs tell how many and the first.

    Raises ValueError for arguments out of range, and for paths that half the available memory does
    not hold; StepError for a step too large for the scheme, DivergenceError if the mean field
    itself diverges.
    """
    settings: dict[str, Any] = {
        "trajectories": trajectories,
        "duration": duration,
        "step": step,
        "scheme": scheme,
        "increments": increments,
        "samples": samples,
        "seed": seed,
        "step_errors": step_errors,
    }
    require_progress(progress)
    model = as_single_model(system, "sample_paths")
    room = partial(_require_memory, model.size, trajectories)
    with showing(progress, "trajectories") as show:
        ready = prepare(
            system,
            "sample_paths",
            start=start,
            branch=branch,
            threads=threads,
            room=room,
            **settings,
        )
        require_core_hours(
            seconds_per_cell(ready.plan) * ready.plan.cells,
            f"{int(ready.plan.schedule[-1]):.3g} steps of {trajectories} trajectories",
            "take fewer trajectories, a shorter duration or a longer step",
        )
        states = _run(ready.plan, threads or available_cores(), show)
    settings |= {"task": "sample_paths", "scheme": ready.scheme, **describe_start(start, branch)}
    result = _labelled(ready.model, ready.times, states, provenance(system, **settings))
    warn_of_losses(result, trajectories, "their states are NaN from then on", step, ready.scheme)
    return result


def _require_memory(size: int, trajectories: int, times: int) -> None:
    """Refuse paths that the memory does not hold. Raises RoomError."""
    require_memory(
        8 * times * trajectories * size / SHARE + moments_memory(size, times),
        f"trajectories = {trajectories} at {times} times, and as much again to work with,",
        "keep fewer samples, or run fewer trajectories at a time, each with its own seed",
    )


def _run(plan: Plan, threads: int, progress: Progress | None) -> Array:
    """States (times, trajectories, n); each block of cells fills its own part."""
    states = np.empty((len(plan.schedule), plan.trajectories, plan.kernel.pattern.size))
    size = max(1, min(MOST_CELLS, -(-plan.cells // (2 * threads))))

    def run(first: int, stop: Event) -> int:
        cells = min(size, plan.cells - first)
        for sample, X in cell_states(plan, np.arange(first, first + cells), stop):
            _keep(X, states[sample, first * CELL : (first + cells) * CELL])
        return min((first + cells) * CELL, plan.trajectories)

    if progress:
        progress(0, plan.trajectories)
    for done in in_order(run, range(0, plan.cells, size), threads):
        if progress:
            progress(done, plan.trajectories)
    return states


def _keep(X: Array, states: Array) -> None:
    """Copy cells X (cells, n·64) into states (trajectories, n), leaving out the lanes beyond the
    last trajectory.
    """
    count, n = states.shape
    states[:] = X.reshape(len(X), n, CELL).swapaxes(1, 2).reshape(-1, n)[:count]


def _labelled(model: Model, times: Array, states: Array, made_by: str) -> xr.Dataset:
    """The labelled result: a lost path is NaN from the first sample on at which it is not finite."""
    lost = np.logical_or.accumulate(~np.isfinite(states).all(axis=-1), axis=0)
    states[lost] = np.nan
    attributes: dict[str, Any] = {"provenance": made_by, "lost_trajectories": int(lost[-1].sum())}
    if lost.any():
        sample, trajectory = np.argwhere(lost)[0]
        attributes |= {
            "first_lost_trajectory": int(trajectory),
            "first_lost_time": float(times[sample]),
        }
    surviving = np.count_nonzero(~lost, axis=1)
    return xr.Dataset(
        {
            "state": variable(["time", "trajectory", Q], states, "1", "state of single paths"),
            "surviving": variable(
                ["time"], surviving, "trajectories", "trajectories that are finite"
            ),
        },
        coords={"time": ("time", times, {"units": "s"}), Q: quadrature_coordinates(model)[Q]},
        attrs=attributes,
    )
