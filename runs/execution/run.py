"""One run from its description to its files: steady states, ensemble, checks, NetCDF, report,
figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import xarray as xr

from ...analysis.physicality import audit_state
from ...analysis.validation import checks
from ...analysis.validation.step_size import StepCheck, step_check
from ...sde.ensemble.jobs import Job, Workers
from ...sde.ensemble.preparation import ensemble_memory, require_ensemble_memory
from ...sde.ensemble.simulation import Progress, prepare_ensemble
from ...sde.initial_states import start_state
from ...sde.jit.background import compile_in_background
from ...sde.kernels.kernel import TRAJECTORY_KERNELS
from ...sde.model.model import Model
from ...sde.moments.linear import LINEAR_KERNELS
from ...sde.moments.taylor import TAYLOR_KERNELS
from ...sde.support.callbacks import Halt
from ...sde.support.checks import Array
from ...sde.support.errors import NoResultError
from ...sde.support.memory import RoomError, available_memory, size_in_words
from ...sde.support.work_estimates import in_words
from ...sde.system import System, as_model
from ...steady import attractor, known_states, leading_correction
from ..reports.description import describe_step
from ..run_files.run import RunFile, RunFileError
from .output import write_figures, write_text
from .sums import write_result

SMALL_BIAS = 0.01
ESTIMATES, MEANS = 20, 12
"""Covariances and means at every sample time in a result, about."""
LONG_CELL = 2.0
"""Seconds a cell above which it is said how long a pause takes."""
MOST_QUADRATURES = 16
"""Quadratures up to which a run is given its leading correction, whose work grows as their ninth
power.
"""


class LostError(NoResultError, ArithmeticError):
    """Trajectories diverged, so there is no ensemble to average."""


@dataclass(frozen=True, eq=False)
class Findings:
    """All that a run found: where the mean field goes, the ensemble, the answers, and the time it
    took.

    `branch` is the fixed point that the run approaches, −1 for none; the checks that need one are
    then None, and so are the leading correction of linearised theory and entanglement; this last
    not in a linear model, where the moment equation is exact at all times. So many trajectories
    were `integrated` in this session, by whom `workers` says.
    """

    run: RunFile
    steady: xr.Dataset
    attractor: xr.Dataset
    ensemble: xr.Dataset
    branch: int
    integrator: checks.IntegratorCheck
    step: StepCheck
    linearization: checks.LinearizationCheck | None
    steady_check: checks.SteadyCheck | None
    correction: xr.Dataset | None
    entanglement: xr.Dataset | None
    integration_seconds: float
    integrated: int
    workers: str

    @property
    def linear(self) -> bool:
        """Whether the model is linear, so that the coupled estimate is the moment equation."""
        return self.run.system.model().linear

    @property
    def physicality(self) -> float:
        """Least eigenvalue of V + iΩ/2 over the run where it is that of no quantum state, beyond
        rounding; else 0.
        """
        return least_violation(self.ensemble["covariance_linear"].values)

    @property
    def step_is_small(self) -> bool:
        """Whether the step biases the linearised covariance by less than 1 %: at the end if there
        is a steady state.
        """
        return (self.step.final_bias if self.steady_check else self.step.bias) < SMALL_BIAS

    @property
    def nanoseconds(self) -> float:
        """Wall time per trajectory and step, ns."""
        steps = round(self.run.duration / self.run.step)
        return self.integration_seconds / (self.integrated * steps) * 1e9

    @property
    def trajectories(self) -> int:
        """Trajectories that were run: all that the run file allows, enough for its error bars, or
        those so far.
        """
        return int(self.ensemble["batch_trajectories"].sum())

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return bool(self.ensemble.attrs["complete"])


@dataclass(frozen=True, eq=False)
class Conduct:
    """How a run is done: by whom, where blocks are kept, what result it goes on from, and what
    pauses it.
    """

    workers: Workers
    checkpoint: Path | None = None
    earlier: xr.Dataset | None = None
    pause: Halt | None = None


def investigate(
    run: RunFile,
    conduct: Conduct,
    progress: Progress | None = None,
    announce: Callable[[str], None] | None = None,
) -> Findings:
    """Do all the work of a run, writing checkpoints alone; `announce` what its steps will do before
    they are taken.

    Raises RunFileError or StepError before the integration, DivergenceError or LostError when there
    is no result, and what `simulate` raises for its checkpoint and its workers.
    """
    _require_start(run)
    require_space(run)
    subject = run.subject
    moments = LINEAR_KERNELS if as_model(subject).linear else TAYLOR_KERNELS
    compile_in_background(moments, TRAJECTORY_KERNELS)
    steady = known_states(subject)
    destination = attractor(subject, run.start, branch=run.branch)
    branch = int(destination["branch"])
    settled = branch >= 0 and bool(steady["stable"][branch])

    prepared = prepare_ensemble(
        subject,
        run.integration,
        checkpoint=conduct.checkpoint,
        earlier=conduct.earlier,
    )
    if announce:
        here = steady.isel(branch=branch) if settled else None
        announce("\n".join(_foretold(run, here, prepared.job, conduct.workers)))
    stopwatch = _Stopwatch(progress)
    complete = prepared.integrate(conduct.workers, stopwatch, conduct.pause)
    ensemble = prepared.result(complete=complete)
    _require_all_trajectories(ensemble)
    i, j = run.pair
    linear = run.system.model().linear
    E = checks.entanglement(ensemble, i, j) if (settled or linear) and i != j else None
    return Findings(
        run=run,
        steady=steady,
        attractor=destination,
        ensemble=ensemble,
        branch=branch,
        integrator=checks.integrator_check(ensemble),
        step=step_check(ensemble, i, j),
        linearization=checks.linearization_check(ensemble, E) if settled and not linear else None,
        steady_check=_settled(ensemble, steady, branch) if settled else None,
        correction=_correction(subject, branch) if settled and not linear else None,
        entanglement=E,
        integration_seconds=stopwatch.seconds,
        integrated=stopwatch.done,
        workers=conduct.workers.name,
    )


def least_violation(V: Array) -> float:
    """Least eigenvalue of V + iΩ/2 of covariances (times, n, n) where they are of no quantum
    states; 0 if all are.
    """
    audit = audit_state(V[np.isfinite(V).all(axis=(1, 2))])
    return 0.0 if audit.physical.all() else float(audit.uncertainty[~audit.physical].min())


def record(findings: Findings) -> xr.Dataset:
    """The one dataset of a run: ensemble, steady states, entanglement where there is any, and the
    run file.
    """
    run, steady = findings.run, findings.steady.drop_attrs(deep=False)
    out = findings.ensemble.assign(
        {f"branch_{name}": values for name, values in steady.data_vars.items()}
    )
    out.attrs |= {
        "title": run.title,
        "run_file": run.text,
        "start": run.start,
        "command": "run",
        "integrator_passed": int(findings.integrator.passed),
        "attractor": str(findings.attractor["kind"].values),
        "entangled_modes": ",".join(run.entanglement),
        "branch": findings.branch,
    }
    if findings.entanglement is not None:
        out = out.merge(findings.entanglement)
        out.attrs["physicality"] = findings.physicality
    if findings.steady_check is None:
        return out
    V = steady["covariance"].values[findings.branch]
    meaning = {"units": "1", "long_name": "Lyapunov covariance"}
    out = out.assign(steady_covariance=(("quadrature", "quadrature_"), V, meaning))
    if findings.entanglement is None:
        return out
    return out.assign(
        steady_log_negativity=((), checks.pair_negativity(V, *run.pair), {"units": "nats"})
    )


def prepare_writing() -> None:
    """Load what `write` needs; meant for a thread beside the integration."""
    from ...analysis.plots.run import prepare

    import_module("h5netcdf")
    prepare()


def write(findings: Findings, report: str, folder: Path) -> list[Path]:
    """Write report, figures and, last, NetCDF, each whole or not at all. Raises OutputError, e.g.
    for a full disk.
    """
    dataset = record(findings).assign_attrs(report=report)
    beside = [write_text(folder / "report.txt", report), *draw_run(dataset, folder)]
    return [*write_result(folder / f"{findings.run.stem}.nc", dataset), *beside]


def draw_run(dataset: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a run's dataset alone."""
    from ...analysis.plots.run import figures

    return write_figures(folder, figures(dataset))


def _require_start(run: RunFile) -> None:
    try:
        start_state(run.subject, run.start, run.branch)
    except ValueError as error:
        raise RunFileError(f"[run] start = {run.start!r}: {error}") from None


def require_space(run: RunFile) -> None:
    """Refuse a run sampled at more times than the memory holds. Raises RunFileError."""
    try:
        require_ensemble_memory(run.system.model().size, run.integration)
    except RoomError as error:
        raise RunFileError(f"[run] {error}") from None


def _require_all_trajectories(ensemble: xr.Dataset) -> None:
    lost = ensemble.attrs["lost_trajectories"]
    if lost:
        total = int(ensemble["batch_trajectories"].sum())
        first, when = ensemble.attrs["first_lost_trajectory"], ensemble.attrs["first_lost_time"]
        raise LostError(
            f"{lost} of {total} trajectories diverged, the first being number {first} at t = {when:.3g} s; "
            "no average is formed: take a smaller step or a weaker drive"
        )


def _correction(subject: System | Model, branch: int) -> xr.Dataset | None:
    """The leading correction at a branch; None for a model whose third cumulants are too many."""
    if as_model(subject).size > MOST_QUADRATURES:
        return None
    return leading_correction(subject).isel(branch=branch)


def _settled(ensemble: xr.Dataset, steady: xr.Dataset, branch: int) -> checks.SteadyCheck:
    here = steady.isel(branch=branch)
    return checks.steady_check(
        ensemble, np.asarray(here["mean"]), np.asarray(here["covariance"]), float(here["margin"])
    )


def _foretold(run: RunFile, here: xr.Dataset | None, job: Job, workers: Workers) -> list[str]:
    """What the steps will do about the fixed point, if there is one, and the memory, files and time
    that it takes.
    """
    steps = (
        describe_step(here, run.step, run.duration, run.scheme, run.increments)
        if here is not None
        else []
    )
    needed = ensemble_memory(run.system.model().size, run.integration)
    memory = (
        f"Memory: {size_in_words(needed)} at most, of {size_in_words(available_memory())}; "
        "trajectories add none to it"
    )
    return [*steps, memory, foretold_files(job), foretold_work(job, workers)]


def foretold_files(job: Job) -> str:
    """How large the files of an ensemble will be, about."""
    times, n = len(job.plan.schedule), job.plan.kernel.pattern.size
    estimates, sums = 8 * times * n * (ESTIMATES * n + MEANS), job.accumulator.sums.nbytes
    return (
        f"Files: about {size_in_words(estimates)}, and {size_in_words(sums)} of batch sums, from "
        "which --extend goes on"
    )


def foretold_work(job: Job, workers: Workers) -> str:
    """How long the integration will take, about, and what a pause has to wait for."""
    seconds = job.most_seconds
    work = (
        f"Work: {int(job.plan.schedule[-1])} steps of {job.plan.trajectories} trajectories, "
        f"{'at most' if job.error_ratio else 'about'} {in_words(seconds / workers.count)} on {workers.name}"
    )
    if job.seconds_per_cell < LONG_CELL:
        return work
    return (
        f"{work}; a pause waits for 64 trajectories, {in_words(job.seconds_per_cell)}, and a second interrupt "
        "stops at once"
    )


class _Stopwatch:
    """Passes progress on and times the integration, from the first report to the last."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.began = self.ended = time.perf_counter()
        self.before: int | None = None
        self.done = 0

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def __call__(self, done: int, total: int) -> None:
        self.ended = time.perf_counter()
        if self.before is None:
            self.before, self.began = done, self.ended
        self.done = done - self.before
        if self.progress:
            self.progress(done, total)
