"""One run from its description to its files: steady states, ensemble, checks, NetCDF, report, figures."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..analysis import validation
from ..sde import simulate
from ..sde.ensemble import Progress
from ..sde.states import start_state
from ..steady import attractor, steady_state
from .runfile import RunFile, RunFileError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class OutputRefusedError(ValueError):
    """The output folder cannot be written, found out before any work."""


class OutputError(OSError):
    """A result could not be written, e.g. on a full disk; nothing half-written is left."""


class LostError(ArithmeticError):
    """Trajectories diverged, so there is no ensemble to average."""


@dataclass(frozen=True, eq=False)
class Findings:
    """All that a run found: where the mean field goes, the ensemble, the answers, and the time it took.

    `branch` is the fixed point that the run approaches, −1 on a limit cycle; the checks that need one are then None.
    """

    run: RunFile
    steady: xr.Dataset
    attractor: xr.Dataset
    ensemble: xr.Dataset
    branch: int
    integrator: validation.IntegratorCheck
    step: validation.StepCheck
    linearization: validation.LinearizationCheck | None
    settled: validation.SteadyCheck | None
    entanglement: xr.Dataset | None
    integration_seconds: float
    threads: int

    @property
    def nanoseconds(self) -> float:
        """Wall time per trajectory and step, ns."""
        steps = round(self.run.duration / self.run.step)
        return self.integration_seconds / (self.run.trajectories * steps) * 1e9


def investigate(run: RunFile, threads: int, progress: Progress | None = None) -> Findings:
    """Do all the work of a run, without touching the disk.

    Raises RunFileError or StepError before the integration, DivergenceError or LostError when there is no result.
    """
    _require_start(run)
    steady = steady_state(run.system)
    destination = attractor(run.system, run.start, branch=run.branch)
    stopwatch = _Stopwatch(progress)
    ensemble = simulate(
        run.system,
        trajectories=run.trajectories,
        duration=run.duration,
        step=run.step,
        scheme=run.scheme,
        start=run.start,
        branch=run.branch,
        samples=run.samples,
        seed=run.seed,
        step_check=run.step_check,
        threads=threads,
        progress=stopwatch,
    )
    _require_all_trajectories(ensemble)
    branch = int(destination["branch"])
    i, j = run.pair
    settled = branch >= 0 and bool(steady["stable"][branch])
    E = validation.entanglement(ensemble, i, j) if settled else None
    return Findings(
        run=run,
        steady=steady,
        attractor=destination,
        ensemble=ensemble,
        branch=branch,
        integrator=validation.integrator_check(ensemble),
        step=validation.step_check(ensemble, i, j),
        linearization=validation.linearization_check(ensemble, E) if E is not None else None,
        settled=_settled(ensemble, steady, branch) if settled else None,
        entanglement=E,
        integration_seconds=stopwatch.seconds,
        threads=threads,
    )


def record(findings: Findings) -> xr.Dataset:
    """The one dataset of a run: ensemble, steady states, entanglement if there is a steady state, and the run file."""
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
    if findings.entanglement is None:
        return out
    i, j = run.pair
    V = steady["covariance"].values[findings.branch]
    out = out.merge(findings.entanglement)
    return out.assign(
        steady_covariance=(("quadrature", "quadrature_"), V, {"units": "1", "long_name": "Lyapunov covariance"}),
        steady_log_negativity=((), validation.clipped_exponent(V, i, j), {"units": "nats"}),
    )


def prepare_writing() -> None:
    """Load what `write` needs; meant for a thread beside the integration."""
    from ..analysis.plots import prepare

    import_module("h5netcdf")
    prepare()


def prepare_output(folder: Path) -> None:
    """Make the output folder and try it, before any work. Raises OutputRefusedError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputRefusedError(
            f"output folder {str(folder)!r} cannot be written ({error.strerror}); name another with --output"
        ) from None


def write(findings: Findings, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures, each whole or not at all. Raises OutputError, e.g. for a full disk."""
    from ..analysis.plots import figures

    stem, dataset = findings.run.stem, record(findings)
    dataset.attrs["report"] = report
    written = [
        _write_whole(folder / f"{stem}.nc", partial(_write_bytes, dataset.to_netcdf(engine="h5netcdf"))),
        _write_whole(folder / "report.txt", lambda path: path.write_text(report, encoding="utf-8")),
    ]
    for name, figure in figures(dataset):
        path = folder / (f"{name}.png" if name == "overview" else f"{name}.pdf")
        written.append(_write_whole(path, partial(_save, figure, path.suffix[1:])))
    return written


def _write_bytes(content: bytes | memoryview, path: Path) -> None:
    """The dataset is formed in memory: the HDF5 library does not survive a disk that fills up under it."""
    path.write_bytes(content)


def _save(figure: Figure, suffix: str, path: Path) -> None:
    figure.savefig(path, format=suffix, dpi=200)


def _write_whole(path: Path, writer: Callable[[Path], Any]) -> Path:
    """Write beside the target and rename: a reader sees the old file or the new one, never half of one."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        writer(beside)
        os.replace(beside, path)
    except OSError as error:
        raise OutputError(
            f"{str(path)!r} could not be written ({error.strerror or error}); nothing of it was kept"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def _require_start(run: RunFile) -> None:
    try:
        start_state(run.system, run.start, run.branch)
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
