"""Single paths of the nonlinear equations, with their states kept.

The paths are those of `simulate(twin=False)`: the same noise, the same steps, the same bits, for
any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

import numpy as np
import xarray as xr

from ..initial_states import Start
from ..kernels.codegen import CELL
from ..labels import Q, provenance, quadrature_coordinates
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..progress import showing
from ..records import Record
from ..records.recorded_spectrum import LIGHT, OUTPUT
from ..support.callbacks import Progress
from ..support.checks import Array, available_cores, require_progress, require_threads
from ..support.memory import require_memory
from ..support.threads import in_order
from ..system import System
from .batches import measure_seconds_per_cell, require_feasible
from .preparation import Preparation, moments_memory, prepare
from .results import STATE, SURVIVING, TIME, attributes, warn_of_losses
from .settings import ENSEMBLE_ONLY, Settings
from .trajectories import MOST_CELLS, TrajectoryPlan, cell_states

SHARE = 0.5
"""Share of the available memory that the paths of one call may take."""


def sample_paths(
    system: System | Model,
    *,
    trajectories: int,
    duration: float,
    step: float,
    scheme: str = Settings.scheme,
    increments: str = Settings.increments,
    start: Start = Settings.start,
    branch: int | None = Settings.branch,
    samples: int = Settings.samples,
    seed: int = Settings.seed,
    step_errors: str = Settings.step_errors,
    record: Sequence[str] = (),
    threads: int | None = None,
    progress: Progress | bool | None = None,
) -> xr.Dataset:
    """Integrate single paths of the nonlinear Langevin equations and keep their states.

    The paths are those of `simulate(twin=False)` with the same arguments.

    Parameters
    ----------
    system : System or Model
        The system to integrate, at one parameter point.
    trajectories : int
        Number of paths.
    duration : float
        Length of the run, in s.
    step : float
        Time step, in s. The run takes round(duration/step) steps.
    scheme : str, default "euler-maruyama"
        Scheme of integration, or "auto", as in `simulate`.
    increments : {"gaussian", "two-point", "three-point"}
        Random numbers of a step, as in `simulate`.
    start : {"dark", "steady"} or Gaussian
        State at t = 0, as in `simulate`.
    branch : int, optional
        Branch of start="steady"; None takes the only stable one.
    samples : int, default 200
        Times after t = 0 at which states are kept, as in `simulate`.
    seed : int, default 0
        Seed of the random numbers, below 2⁶⁴.
    step_errors : {"refuse", "warn"}
        Whether a step that is too large is refused or gives a warning, as in `simulate`.
    record : sequence of str
        Names of ports whose light is kept. The light is not fed on to another port.
    threads : int, optional
        Threads that do the work; all cores by default.
    progress : bool or callable, optional
        True for a bar on the error stream, or a function called with the numbers of finished and of
        requested trajectories.

    Returns
    -------
    Dataset
        state (time, trajectory, quadrature), float64, in units of the quadratures, and surviving
        (time), the number of paths that are finite. A path that is not finite is NaN from that
        sample on; a LossWarning and the attributes give the number of such paths and the first.
        With `record`, light (time, trajectory, output) in √(photons/s): quadratures of the light
        that leaves, averaged from the sample before; NaN at t = 0. A homodyne detector of unit
        efficiency at the angle θ records X cos θ + Y sin θ.

    Raises
    ------
    ValueError
        Arguments out of range.
    RoomError
        Paths that half the available memory does not hold.
    WorkError
        A run of more than 10,000 core-hours.
    StepError
        A step too large for the scheme.
    DivergenceError
        The mean field itself diverges.

    Examples
    --------
    >>> import qlangevin as ql
    >>> system = ql.systems.SpinningResonator.published()
    >>> paths = ql.sample_paths(
    ...     system, trajectories=3, duration=1e-7, step=1e-11, start="steady", samples=4
    ... )
    >>> dict(paths["state"].sizes)
    {'time': 5, 'trajectory': 3, 'quadrature': 6}
    >>> paths["surviving"].values
    array([3, 3, 3, 3, 3])
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
        record=tuple(record) or None,
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
    """The result of `sample_paths` with these settings, which have no twin; raises its errors.

    `state` is the start state of the settings, if the caller has it already.
    """
    require_threads(threads)
    require_progress(progress)
    trajectories = settings.trajectories
    with showing(progress, "trajectories") as show:
        ready = prepare(
            system,
            settings,
            "sample_paths",
            check_memory=lambda size: _require_paths_memory(size, settings),
            state=state,
        )
        require_feasible(ready.plan, measure_seconds_per_cell(ready.plan), ready.plan.cells)
        states = _integrate(ready.plan, threads or available_cores(), show)
    result = _labelled(ready, states, _provenance(system, settings, ready.scheme))
    if settings.light:
        result = _with_light(result, settings.light, states[..., ready.model.size :])
    consequence = "their states are NaN from then on"
    warn_of_losses(result, trajectories, consequence, settings.step, ready.scheme)
    return result


def _provenance(system: System | Model, settings: Settings, scheme: str) -> str:
    """Provenance of single paths, with the scheme that was chosen."""
    kept = {
        name: value for name, value in settings.described().items() if name not in ENSEMBLE_ONLY
    }
    about = kept | {"scheme": scheme, "task": "sample_paths"} | settings.described_start()
    return provenance(system, **about)


def _require_paths_memory(size: int, settings: Settings) -> None:
    """Refuse paths that the memory does not hold. Raises RoomError."""
    trajectories = settings.trajectories
    times = settings.times
    lights = 2 * len(settings.light.ports) if settings.light else 0
    require_memory(
        8 * times * trajectories * (size + lights) / SHARE + moments_memory(size, times),
        f"trajectories = {trajectories} at {times} times, and as much again to work with,",
        "keep fewer samples, or run fewer trajectories at a time, each with its own seed",
    )


def _integrate(plan: TrajectoryPlan, threads: int, progress: Progress | None) -> Array:
    """States (times, trajectories, n), on threads that each fill the part of their cells.

    After the n of the model come the quadratures of light that has left since t = 0.
    """
    states = np.empty((len(plan.schedule), plan.trajectories, plan.kernel.pattern.size))
    size = max(1, min(MOST_CELLS, -(-plan.cells // (2 * threads))))

    def fill(first: int, stop: Event) -> int:
        cells = min(size, plan.cells - first)
        for _, sample, X in cell_states(plan, np.arange(first, first + cells), stop):
            _copy_states(X, states[sample, first * CELL : (first + cells) * CELL])
        return min((first + cells) * CELL, plan.trajectories)

    if progress:
        progress(0, plan.trajectories)
    for done in in_order(fill, range(0, plan.cells, size), threads):
        if progress:
            progress(done, plan.trajectories)
    return states


def _copy_states(X: Array, states: Array) -> None:
    """Copy cells X (cells, n·64) into states (trajectories, n), without the unused lanes."""
    count, n = states.shape
    states[:] = X.reshape(len(X), n, CELL).swapaxes(1, 2).reshape(-1, n)[:count]


def _labelled(ready: Preparation, states: Array, made_by: str) -> xr.Dataset:
    """The result for states (times, trajectories, n); lost paths are NaN from their loss on."""
    model, times = ready.model, ready.times
    lost = np.logical_or.accumulate(~np.isfinite(states).all(axis=-1), axis=0)
    states[lost] = np.nan
    first = np.argwhere(lost)[0] if lost.any() else None
    surviving = np.count_nonzero(~lost, axis=1)
    return xr.Dataset(
        {
            STATE.name: STATE.labelled(states[..., : model.size]),
            SURVIVING.name: SURVIVING.labelled(surviving),
        },
        coords={TIME: (TIME, times, {"units": "s"}), Q: quadrature_coordinates(model)[Q]},
        attrs=attributes(made_by, times, int(lost[-1].sum()), first),
    )


def _with_light(result: xr.Dataset, record: Record, integrated: Array) -> xr.Dataset:
    """The result with the light that left within each interval, over the length of the interval.

    integrated (times, trajectories, outputs) : the light since t = 0.
    """
    light = np.full(integrated.shape, np.nan)
    intervals = np.diff(result[TIME].values)
    light[1:] = np.diff(integrated, axis=0) / intervals[:, None, None]
    return result.assign({LIGHT.name: LIGHT.labelled(light)}).assign_coords(
        {OUTPUT: list(record.outputs)}
    )
