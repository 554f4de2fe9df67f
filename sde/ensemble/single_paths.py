"""Single paths of the full nonlinear equations, kept as they are: who needs each trajectory and not
their moments.

The paths are those of `simulate(twin=False)`: the same noise, the same steps, the same bits, for
any number of threads.
"""

from __future__ import annotations

from threading import Event
from typing import Any

import numpy as np
import xarray as xr

from ..initial_states import Start
from ..kernels.codegen import LANES
from ..labels import Q, provenance, quadrature_coordinates, variable
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..progress import showing
from ..support.callbacks import Progress
from ..support.checks import Array, available_cores, require_progress, require_threads
from ..support.memory import require_memory
from ..support.threads import in_order
from ..support.work_estimates import require_core_hours
from ..system import System
from .batches import seconds_per_cell
from .losses import warn_of_losses
from .memory import moments_memory
from .preparation import prepare
from .settings import COUPLED_ONLY, Settings
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
    settings = Settings(
        trajectories=trajectories,
        duration=duration,
        step=step,
        scheme=scheme,
        increments=increments,
        twin=False,
        start=start,
        branch=branch,
        samples=samples,
        seed=seed,
        step_errors=step_errors,
    )
    return integrate_paths(system, settings, threads=threads, progress=progress)


def integrate_paths(
    system: System | Model,
    settings: Settings,
    *,
    threads: int | None = None,
    progress: Progress | bool | None = None,
    state: Gaussian | None = None,
) -> xr.Dataset:
    """The result of `sample_paths` with these settings, which have no twin; raises what it does.

    `state` is the one that the settings' start names, for a caller who has it already.
    """
    require_threads(threads)
    require_progress(progress)
    trajectories = settings.trajectories
    with showing(progress, "trajectories") as show:
        ready = prepare(
            system,
            settings,
            "sample_paths",
            require_room=lambda size: _require_memory(size, settings),
            state=state,
        )
        require_core_hours(
            seconds_per_cell(ready.plan) * ready.plan.cells,
            f"{int(ready.plan.schedule[-1]):.3g} steps of {trajectories} trajectories",
            "take fewer trajectories, a shorter duration or a longer step",
        )
        states = _run(ready.plan, threads or available_cores(), show)
    result = _labelled(ready.model, ready.times, states, _made_by(system, settings, ready.scheme))
    consequence = "their states are NaN from then on"
    warn_of_losses(result, trajectories, consequence, settings.step, ready.scheme)
    return result


def _made_by(system: System | Model, settings: Settings, scheme: str) -> str:
    """Provenance of single paths, with the scheme that was chosen."""
    kept = {name: value for name, value in settings.described().items() if name not in COUPLED_ONLY}
    about = kept | {"scheme": scheme, "task": "sample_paths"} | settings.described_start()
    return provenance(system, **about)


def _require_memory(size: int, settings: Settings) -> None:
    """Refuse paths that the memory does not hold. Raises RoomError."""
    trajectories, times = settings.trajectories, settings.times
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
            _keep(X, states[sample, first * LANES : (first + cells) * LANES])
        return min((first + cells) * LANES, plan.trajectories)

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
    states[:] = X.reshape(len(X), n, LANES).swapaxes(1, 2).reshape(-1, n)[:count]


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
