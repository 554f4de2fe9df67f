"""One run from its description to its files: steady states, ensemble, checks, NetCDF, report, figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import xarray as xr

from ..analysis import validation
from ..analysis.physicality import audit_state
from ..analysis.step_size import StepCheck, step_check
from ..sde import simulate
from ..sde.ensemble import Progress
from ..sde.model import Model, as_model
from ..sde.states import start_state
from ..sde.system import System
from ..steady import attractor, leading_correction, steady_state
from .describe import describe_step
from .output import write_dataset, write_figure, write_text
from .runfile import RunFile, RunFileError

SMALL_BIAS = 0.01
MOST_QUADRATURES = 16
"""Quadratures up to which a run is given its leading correction, whose work grows as their ninth power."""


class LostError(ArithmeticError):
    """Trajectories diverged, so there is no ensemble to average."""


@dataclass(frozen=True, eq=False)
class Findings:
    """All that a run found: where the mean field goes, the ensemble, the answers, and the time it took.

    `branch` is the fixed point that the run approaches, −1 for none; the checks that need one are then None, and so are
    the leading correction of linearised theory and entanglement; this last not in a linear model, where the moment
    equation is exact at all times.
    """

    run: RunFile
    steady: xr.Dataset
    attractor: xr.Dataset
    ensemble: xr.Dataset
    branch: int
    integrator: validation.IntegratorCheck
    step: StepCheck
    linearization: validation.LinearizationCheck | None
    steady_check: validation.SteadyCheck | None
    correction: xr.Dataset | None
    entanglement: xr.Dataset | None
    integration_seconds: float
    threads: int

    @property
    def linear(self) -> bool:
        """Whether the model is linear, so that the coupled estimate is the moment equation."""
        return self.run.system.model().linear

    @property
    def physicality(self) -> float:
        """Least eigenvalue of V + iΩ/2 over the run where it is that of no quantum state, beyond rounding; else 0."""
        audit = audit_state(self.ensemble["covariance_linear"].values)
        return 0.0 if audit.physical.all() else float(audit.uncertainty.min())

    @property
    def step_is_small(self) -> bool:
        """Whether the step biases the linearised covariance by less than 1 %: at the end if there is a steady state."""
        return (self.step.final_bias if self.steady_check else self.step.bias) < SMALL_BIAS

    @property
    def nanoseconds(self) -> float:
        """Wall time per trajectory and step, ns."""
        steps = round(self.run.duration / self.run.step)
        return self.integration_seconds / (self.trajectories * steps) * 1e9

    @property
    def trajectories(self) -> int:
        """Trajectories that were run: all that the run file allows, or enough for its error bars."""
        return int(self.ensemble["batch_trajectories"].sum())


def investigate(
    run: RunFile, threads: int, progress: Progress | None = None, announce: Callable[[str], None] | None = None
) -> Findings:
    """Do all the work of a run, without touching the disk; `announce` what its steps will do before they are taken.

    Raises RunFileError or StepError before the integration, DivergenceError or LostError when there is no result.
    """
    _require_start(run)
    subject = run.subject
    steady = steady_state(subject)
    destination = attractor(subject, run.start, branch=run.branch)
    branch = int(destination["branch"])
    settled = branch >= 0 and bool(steady["stable"][branch])
    if settled and announce:
        here = steady.isel(branch=branch)
        announce("\n".join(describe_step(here, run.step, run.duration, run.scheme, run.increments)))
    stopwatch = _Stopwatch(progress)
    ensemble = simulate(
        subject,
        trajectories=run.trajectories,
        duration=run.duration,
        step=run.step,
        scheme=run.scheme,
        increments=run.increments,
        start=run.start,
        branch=run.branch,
        samples=run.samples,
        seed=run.seed,
        antithetic=run.antithetic,
        step_check=run.step_check,
        until=run.until,
        threads=threads,
        progress=stopwatch,
    )
    _require_all_trajectories(ensemble)
    i, j = run.pair
    linear = run.system.model().linear
    E = validation.entanglement(ensemble, i, j) if (settled or linear) and i != j else None
    return Findings(
        run=run,
        steady=steady,
        attractor=destination,
        ensemble=ensemble,
        branch=branch,
        integrator=validation.integrator_check(ensemble),
        step=step_check(ensemble, i, j),
        linearization=validation.linearization_check(ensemble, E) if settled and not linear else None,
        steady_check=_settled(ensemble, steady, branch) if settled else None,
        correction=_correction(subject, branch) if settled and not linear else None,
        entanglement=E,
        integration_seconds=stopwatch.seconds,
        threads=threads,
    )


def record(findings: Findings) -> xr.Dataset:
    """The one dataset of a run: ensemble, steady states, entanglement where there is any, and the run file."""
    run, steady = findings.run, findings.steady.drop_attrs(deep=False)
    out = findings.ensemble.assign({f"branch_{name}": values for name, values in steady.data_vars.items()})
    out.attrs |= {
        "title": run.title,
        "run_file": run.text,
        "start": run.start,
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
    return out.assign(steady_log_negativity=((), validation.pair_negativity(V, *run.pair), {"units": "nats"}))


def prepare_writing() -> None:
    """Load what `write` needs; meant for a thread beside the integration."""
    from ..analysis.plots import prepare

    import_module("h5netcdf")
    prepare()


def write(findings: Findings, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures, each whole or not at all. Raises OutputError, e.g. for a full disk."""
    from ..analysis.plots import figures

    stem, dataset = findings.run.stem, record(findings)
    dataset.attrs["report"] = report
    written = [write_dataset(folder / f"{stem}.nc", dataset), write_text(folder / "report.txt", report)]
    for name, figure in figures(dataset):
        written.append(write_figure(folder / (f"{name}.png" if name == "overview" else f"{name}.pdf"), figure))
    return written


def _require_start(run: RunFile) -> None:
    try:
        start_state(run.subject, run.start, run.branch)
    except ValueError as error:
        raise RunFileError(f"[run] start = {run.start!r}: {error}") from None


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


def _settled(ensemble: xr.Dataset, steady: xr.Dataset, branch: int) -> validation.SteadyCheck:
    here = steady.isel(branch=branch)
    return validation.steady_check(
        ensemble, np.asarray(here["mean"]), np.asarray(here["covariance"]), float(here["margin"])
    )


class _Stopwatch:
    """Passes progress on and times the integration, from the first report to the last."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.began = self.ended = time.perf_counter()

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def __call__(self, done: int, total: int) -> None:
        self.ended = time.perf_counter()
        if done == 0:
            self.began = self.ended
        if self.progress:
            self.progress(done, total)
