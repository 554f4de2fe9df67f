"""Levels of theory side by side for one run file, and where linearised theory breaks down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ...analysis.estimation import late_times
from ...analysis.validation.breakdown import breakdown, require_study
from ...analysis.validation.levels import Comparison, compare, sampled, side_by_side
from ...sde.ensemble.jobs import thread_workers
from ...sde.ensemble.simulation import Progress
from ...sde.initial_states import start_state
from ...sde.labels import Q_, Q, variable
from ...sde.moments.propagation import DivergenceError, propagate
from ...sde.support.checks import Array
from ...sde.system import as_model
from ...steady import attractor
from ..run_files.errors import RunFileError, shown
from ..run_files.run import RunFile
from .output import write_dataset, write_figure, write_text
from .run import Conduct, Findings, investigate, record
from .sums import write_result

POINTS, MOST_POINTS, LEAST = 9, 1000, 256
LATE = 0.75
"""Share of a settled run after which its covariances are averaged."""


@dataclass(frozen=True, eq=False)
class Scan:
    """A breakdown study, from the smallest to the largest factor of the nonlinearity."""

    smallest: float
    largest: float
    points: int

    @property
    def nonlinearities(self) -> Array:
        return np.geomspace(self.smallest, self.largest, self.points)


@dataclass(frozen=True, eq=False)
class Validation:
    """One run, every level of theory beside it, and perhaps a breakdown study.

    `since`: the time in s from which covariances are averaged, None for the end alone; `closure`
    (time, n, n): the covariances of the Gaussian closure, None where it diverges.
    """

    findings: Findings
    tolerance: float
    since: float | None
    levels: xr.Dataset
    linear: Comparison
    gaussian: Comparison | None
    closure: Array | None
    breakdown: xr.Dataset | None


def read_scan(text: str) -> Scan:
    """A scan written "s₁:s₂" or "s₁:s₂:points". Raises RunFileError."""
    try:
        smallest, largest, *rest = (float(part) for part in text.split(":"))
        (points,) = rest or [float(POINTS)]
        if 0 < smallest < largest < np.inf and points == int(points) and 2 <= points <= MOST_POINTS:
            return Scan(smallest, largest, int(points))
    except (ValueError, OverflowError):
        pass
    example = f"such as 1:1e5:{POINTS}, at most {MOST_POINTS} points"
    raise RunFileError(
        f"--scale {shown(text)} must be SMALLEST:LARGEST or SMALLEST:LARGEST:POINTS, {example}"
    )


def validate(
    run: RunFile,
    scan: Scan | None,
    tolerance: float,
    threads: int,
    progress: Progress | None = None,
    announce: Callable[[str], None] | None = None,
) -> Validation:
    """All the work, without touching the disk; raises what `investigate` does, and RunFileError for
    a scan refused.
    """
    if scan:
        _require_study(run)
    findings = investigate(run, Conduct(thread_workers(threads)), progress, announce)
    result = findings.ensemble
    since = LATE * run.duration if findings.steady_check and findings.steady_check.settled else None
    mean, closure = _closure(run, result)
    full, late = sampled(result, since), late_times(result, since)
    end = result.isel(time=-1)

    def beside(V: Array, level_mean: Array) -> Comparison:
        shift = end["mean"].values - level_mean[-1]
        return compare(full, V[late].mean(axis=0), shift, end["mean_stderr"].values)

    return Validation(
        findings=findings,
        tolerance=tolerance,
        since=since,
        levels=side_by_side(result, closure, _quantities(run), since),
        linear=beside(result["covariance_linear"].values, result["mean_field"].values),
        gaussian=None if closure is None or mean is None else beside(closure, mean),
        closure=closure,
        breakdown=study_breakdown(
            run, findings.branch, scan.nonlinearities, tolerance, threads, progress
        )
        if scan
        else None,
    )


def archive(validation: Validation) -> xr.Dataset:
    """The dataset of the run with the levels beside it."""
    out = record(validation.findings).merge(validation.levels)
    out.attrs |= {"command": "validate", "tolerance": validation.tolerance}
    if validation.closure is None:
        return out
    return out.assign(
        covariance_gaussian=variable(
            ["time", Q, Q_], validation.closure, "1", "covariance, Gaussian closure"
        )
    )


def write_validation(validation: Validation, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures, each whole or not at all. Raises OutputError."""
    dataset = archive(validation).assign_attrs(report=report)
    written = [
        *write_result(folder / "validation.nc", dataset),
        write_text(folder / "report.txt", report),
    ]
    written += draw_levels(dataset, validation.findings.run, folder)
    if validation.breakdown is not None:
        study = validation.breakdown.assign_attrs(report=report)
        written += [write_dataset(folder / "breakdown.nc", study), *draw_breakdown(study, folder)]
    return written


def draw_levels(dataset: xr.Dataset, run: RunFile, folder: Path) -> list[Path]:
    """Write the figure of the levels of a validation alone."""
    from ...analysis.plots import levels_figure

    figure = levels_figure(dataset, run.pair)
    return [write_figure(folder / f"levels.{kind}", figure) for kind in ("png", "pdf")]


def draw_breakdown(study: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figure of a breakdown study alone."""
    from ...analysis.plots import breakdown_figure

    figure = breakdown_figure(study)
    return [write_figure(folder / f"breakdown.{kind}", figure) for kind in ("png", "pdf")]


def _quantities(run: RunFile) -> list[str]:
    """What is compared, in words."""
    first, second = run.entanglement
    pairs = [] if first == second else [f"log_negativity({first}, {second})"]
    pairs += (
        [] if first == second else [f"steering({first}, {second})", f"steering({second}, {first})"]
    )
    return [*pairs, "purity", *(f"populations({mode})" for mode in run.system.model().modes)]


def _closure(run: RunFile, result: xr.Dataset) -> tuple[Array | None, Array | None]:
    """Mean (time, n) and covariance (time, n, n) of the Gaussian closure at a result's times; None
    if it diverges.
    """
    start = start_state(run.subject, run.start, run.branch)
    try:
        return propagate(as_model(run.subject), start, result["time"].values, "gaussian")
    except DivergenceError:
        return None, None


def _require_study(run: RunFile) -> None:
    """RunFileError where no breakdown study can be made, before any work."""
    branch = int(attractor(run.subject, run.start, branch=run.branch)["branch"])
    if branch < 0:
        raise RunFileError(
            "--scale needs a run that goes to a stable fixed point: linearised theory is about one"
        )
    if run.trajectories < LEAST:
        raise RunFileError(
            f"--scale needs at least {LEAST} trajectories for an error bar (got {run.trajectories})"
        )
    try:
        require_study(as_model(run.subject), branch, run.duration)
    except ValueError as error:
        raise RunFileError(f"--scale: {error}") from None


def study_breakdown(
    run: RunFile,
    branch: int,
    nonlinearities: Array,
    tolerance: float,
    threads: int,
    progress: Progress | None = None,
) -> xr.Dataset:
    """The breakdown study of a run about a branch, for factors of the nonlinearity (points,)."""
    study = breakdown(
        run.subject,
        nonlinearities,
        run.entanglement,
        trajectories=run.trajectories - run.trajectories % 2,
        duration=run.duration,
        step=run.step,
        branch=branch,
        scheme=run.scheme,
        seed=run.seed,
        tolerance=tolerance,
        threads=threads,
        progress=progress,
    )
    about = {"command": "breakdown", "run_file": run.text, "branch": branch, "tolerance": tolerance}
    return study.assign_attrs(about)
