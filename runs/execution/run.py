"""Execute one run: steady states, attractor, ensemble and checks; then write its files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import xarray as xr

from ...analysis.validation import checks
from ...analysis.validation.step_size import step_check
from ...sde.ensemble.jobs import Job, Workers
from ...sde.ensemble.preparation import ensemble_memory, require_ensemble_memory
from ...sde.ensemble.simulation import Ensemble, Progress, prepare_ensemble
from ...sde.initial_states import start_state
from ...sde.jit.background import compile_in_background
from ...sde.kernels.kernel import TRAJECTORY_KERNELS
from ...sde.model.gaussian_state import Gaussian
from ...sde.model.model import Model
from ...sde.moments.linear import LINEAR_KERNELS
from ...sde.moments.taylor import TAYLOR_KERNELS
from ...sde.support.callbacks import Halt
from ...sde.support.errors import NoResultError
from ...sde.support.memory import RoomError
from ...steady import known_states
from ...steady.attractor import attractor_among
from ...steady.nonlinear_correction import correction_about
from ...steady.steady_states import chosen_state
from ..run_files.errors import RunFileError
from ..run_files.run import RunFile
from .output import write_figures, write_text
from .run_result import RunResult, run_dataset
from .sums import write_result

MOST_QUADRATURES = 16
"""Quadratures up to which the leading correction is computed: its work grows as n⁹."""


class LostError(NoResultError, ArithmeticError):
    """Trajectories diverged, so there is no ensemble to average."""


@dataclass(frozen=True, eq=False)
class Execution:
    """How a run is executed.

    Workers, folder of the checkpoint, earlier result to extend, and the event that pauses it.
    """

    workers: Workers
    checkpoint: Path | None = None
    earlier: xr.Dataset | None = None
    pause: Halt | None = None


@dataclass(frozen=True, eq=False)
class RunForecast:
    """What a run will take, before its first step.

    `fixed_point` is the stable one that the run approaches, if any; `memory` in bytes.
    """

    run: RunFile
    fixed_point: xr.Dataset | None
    job: Job
    workers: Workers
    memory: int


def execute_run(
    run: RunFile,
    execution: Execution,
    progress: Progress | None = None,
    announce: Callable[[RunForecast], None] | None = None,
) -> RunResult:
    """Do all the work of a run; only checkpoints are written.

    `announce` is called before the first step. Raises RunFileError or StepError before the
    integration, DivergenceError or LostError where there is no result, and what `simulate` raises
    for its checkpoint and its workers.
    """
    steady, start = _steady_states_and_start(run)
    attractor = attractor_among(steady, run.model, start)
    branch = int(attractor["branch"])
    settled = branch >= 0 and bool(steady["stable"][branch])
    prepared = prepare_ensemble(
        run.subject,
        run.integration,
        checkpoint=execution.checkpoint,
        earlier=execution.earlier,
        state=start,
        model=run.model,
        source=run.source.recorded,
    )
    if announce:
        here = steady.isel(branch=branch) if settled else None
        needed = ensemble_memory(run.model.size, run.integration)
        announce(RunForecast(run, here, prepared.job, execution.workers, needed))
    stopwatch = _Stopwatch(progress)
    ensemble = _integrated(prepared, execution, stopwatch)
    i, j = run.pair
    linear = run.model.linear
    E = checks.entanglement(ensemble, i, j) if (settled or linear) and i != j else None
    return RunResult(
        run=run,
        start=start,
        steady=steady,
        attractor=attractor,
        ensemble=ensemble,
        branch=branch,
        integrator=checks.integrator_check(ensemble),
        step=step_check(ensemble, i, j),
        linearization=checks.linearization_check(ensemble, E) if settled and not linear else None,
        steady_check=_steady_check(ensemble, steady, branch) if settled else None,
        correction=_correction(run.model, steady, branch) if settled and not linear else None,
        entanglement=E,
        integration_seconds=stopwatch.seconds,
        integrated=stopwatch.done,
        workers=execution.workers.name,
    )


def prepare_writing() -> None:
    """Load what `write_run` needs; meant for a thread beside the integration."""
    from ...analysis.plots import prepare

    import_module("h5netcdf")
    prepare()


def write_run(result: RunResult, report: str, folder: Path) -> list[Path]:
    """Write report, figures and, last, NetCDF. Raises OutputError, e.g. for a full disk."""
    dataset = run_dataset(result).assign_attrs(report=report)
    others = [write_text(folder / "report.txt", report), *draw_run(dataset, folder)]
    return [*write_result(folder / f"{result.run.stem}.nc", dataset), *others]


def draw_run(dataset: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a run's dataset."""
    from ...analysis.plots import figures

    return write_figures(folder, figures(dataset))


def require_memory_for(run: RunFile) -> None:
    """Refuse a run with more samples than the memory holds. Raises RunFileError."""
    try:
        require_ensemble_memory(run.model.size, run.integration)
    except RoomError as error:
        raise RunFileError(f"[run] {error}") from None


def _steady_states_and_start(run: RunFile) -> tuple[xr.Dataset, Gaussian]:
    """All steady states that can be found, and the state in which the run starts."""
    start = None if run.integration.start == "steady" else _start(run)
    require_memory_for(run)
    compile_in_background(
        LINEAR_KERNELS if run.model.linear else TAYLOR_KERNELS, TRAJECTORY_KERNELS
    )
    steady = known_states(run.model)
    return steady, start or _start(run, steady)


def _start(run: RunFile, steady: xr.Dataset | None = None) -> Gaussian:
    """The start of a run, one of the steady states where these are given. Raises RunFileError."""
    settings = run.integration
    try:
        if steady is not None:
            return chosen_state(steady, settings.branch)
        return start_state(run.subject, settings.start, settings.branch, run.model)
    except ValueError as error:
        raise RunFileError(f"[run] start = {settings.start!r}: {error}") from None


def _integrated(prepared: Ensemble, execution: Execution, progress: Progress) -> xr.Dataset:
    """The ensemble, with all trajectories or those until a pause. Raises LostError."""
    complete = prepared.integrate(execution.workers, progress, execution.pause)
    ensemble = prepared.result(complete=complete)
    lost = ensemble.attrs["lost_trajectories"]
    if lost:
        total = int(ensemble["batch_trajectories"].sum())
        first = ensemble.attrs["first_lost_trajectory"]
        when = ensemble.attrs["first_lost_time"]
        raise LostError(
            f"{lost} of {total} trajectories diverged, the first being number {first} at "
            f"t = {when:.3g} s; no average is formed: take a smaller step or a weaker drive"
        )
    return ensemble


def _correction(model: Model, steady: xr.Dataset, branch: int) -> xr.Dataset | None:
    """The leading correction at a branch; None for a model with too many third cumulants."""
    if model.size > MOST_QUADRATURES:
        return None
    return correction_about(model, steady).isel(branch=branch)


def _steady_check(ensemble: xr.Dataset, steady: xr.Dataset, branch: int) -> checks.SteadyCheck:
    here = steady.isel(branch=branch)
    return checks.steady_check(
        ensemble, np.asarray(here["mean"]), np.asarray(here["covariance"]), float(here["margin"])
    )


class _Stopwatch:
    """Passes progress on, and times the integration from the first report to the last."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.began = self.ended = time.perf_counter()
        self.done_before: int | None = None
        self.done = 0

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def __call__(self, done: int, total: int) -> None:
        self.ended = time.perf_counter()
        if self.done_before is None:
            self.done_before, self.began = done, self.ended
        self.done = done - self.done_before
        if self.progress:
            self.progress(done, total)
