"""Run `qlangevin validate`: levels of theory compared, and where linearised theory breaks down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ...analysis.estimation import late_times
from ...analysis.measure_names import in_words
from ...analysis.validation.breakdown import breakdown, require_study
from ...analysis.validation.levels import Comparison, compare, sampled, side_by_side
from ...sde.ensemble.jobs import thread_workers
from ...sde.ensemble.simulation import Progress
from ...sde.kept_elements import MODES
from ...sde.labels import Q_, Q, Variable
from ...sde.moments.propagation import DivergenceError, propagate
from ...sde.support.checks import Array
from ...steady import attractor
from ..run_files.errors import RunFileError, shown
from ..run_files.recorded_systems import made_from
from ..run_files.run import RunFile
from .output import write_dataset, write_figure, write_text
from .run import Execution, RunForecast, execute_run
from .run_result import RunResult, run_dataset
from .sums import write_result

POINTS = 9
"""Points of a breakdown study by default."""
MOST_POINTS = 1000
LEAST_TRAJECTORIES = 256
"""Trajectories from which a breakdown study has error bars."""
CLOSURE = Variable("covariance_gaussian", ("time", Q, Q_), "1", "covariance, Gaussian closure")
LATE = 0.75
"""Share of a settled run after which its covariances are averaged."""


@dataclass(frozen=True, eq=False)
class Scan:
    """Points of a breakdown study, from the smallest to the largest factor of the nonlinearity."""

    smallest: float
    largest: float
    points: int

    @property
    def nonlinearities(self) -> Array:
        """Factors of the nonlinearity (points,), in geometric progression."""
        return np.geomspace(self.smallest, self.largest, self.points)


@dataclass(frozen=True, eq=False)
class Validation:
    """A run compared with the other levels of theory, and perhaps a breakdown study.

    `since` is the time in s from which covariances are averaged, None for the end alone; `closure`
    (time, n, n) are the covariances of the Gaussian closure, None where it diverges.
    """

    findings: RunResult
    tolerance: float
    since: float | None
    levels: xr.Dataset
    linear: Comparison
    gaussian: Comparison | None
    closure: Array | None
    breakdown: xr.Dataset | None


def read_scan(text: str) -> Scan:
    """Read the points of a breakdown study, "s₁:s₂" or "s₁:s₂:points". Raises RunFileError."""
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


def run_validation(
    run: RunFile,
    scan: Scan | None,
    tolerance: float,
    threads: int,
    progress: Progress | None = None,
    announce: Callable[[RunForecast], None] | None = None,
) -> Validation:
    """Do all the work of a validation; nothing is written.

    Raises what `execute_run` does, and RunFileError for a scan that is refused.
    """
    if run.integration.moments == MODES:
        raise RunFileError(
            'validate compares every element of the covariance: [run] moments must be "full" (got '
            '"modes")'
        )
    if scan:
        _require_study(run)
    findings = execute_run(run, Execution(thread_workers(threads)), progress, announce)
    result = findings.ensemble
    settled = findings.steady_check is not None and findings.steady_check.settled
    since = LATE * run.integration.duration if settled else None
    mean, closure = _closure(findings)
    full = sampled(result, since)
    late = late_times(result, since)
    end = result.isel(time=-1)

    def against(V: Array, level_mean: Array) -> Comparison:
        shift = end["mean"].values - level_mean[-1]
        return compare(full, V[late].mean(axis=0), shift, end["mean_stderr"].values)

    study = None
    if scan:
        study = study_breakdown(
            run, findings.branch, scan.nonlinearities, tolerance, threads, progress
        )
    return Validation(
        findings=findings,
        tolerance=tolerance,
        since=since,
        levels=side_by_side(result, closure, _quantities(run), since),
        linear=against(result["covariance_linear"].values, result["mean_field"].values),
        gaussian=None if closure is None or mean is None else against(closure, mean),
        closure=closure,
        breakdown=study,
    )


def validation_dataset(validation: Validation) -> xr.Dataset:
    """The dataset of the run with the other levels of theory."""
    out = run_dataset(validation.findings).merge(validation.levels)
    out.attrs |= {"command": "validate", "tolerance": validation.tolerance}
    if validation.closure is None:
        return out
    return out.assign({CLOSURE.name: CLOSURE.labelled(validation.closure)})


def write_validation(validation: Validation, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures. Raises OutputError."""
    dataset = validation_dataset(validation).assign_attrs(report=report)
    written = [
        *write_result(folder / "validation.nc", dataset),
        write_text(folder / "report.txt", report),
    ]
    written += draw_levels(dataset, folder)
    if validation.breakdown is not None:
        study = validation.breakdown.assign_attrs(report=report)
        written += [write_dataset(folder / "breakdown.nc", study), *draw_breakdown(study, folder)]
    return written


def draw_levels(dataset: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figure of a validation's levels of theory."""
    from ...analysis.plots import levels_figure
    from ...analysis.plots.run_data import mode_names

    modes = mode_names(dataset)
    first, second = dataset.attrs["entangled_modes"].split(",")
    figure = levels_figure(dataset, (modes.index(first), modes.index(second)))
    return [write_figure(folder / f"levels.{kind}", figure) for kind in ("png", "pdf")]


def draw_breakdown(study: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figure of a breakdown study."""
    from ...analysis.plots import breakdown_figure

    figure = breakdown_figure(study)
    return [write_figure(folder / f"breakdown.{kind}", figure) for kind in ("png", "pdf")]


def _quantities(run: RunFile) -> list[str]:
    """The quantities that are compared, by their names in `analysis.estimate`."""
    first, second = run.entanglement
    of_pair = [
        in_words("log_negativity", first, second),
        in_words("steering", first, second),
        in_words("steering", second, first),
    ]
    populations = [in_words("populations", mode) for mode in run.model.modes]
    return [*(of_pair if first != second else []), "purity", *populations]


def _closure(findings: RunResult) -> tuple[Array | None, Array | None]:
    """Mean (time, n) and covariance (time, n, n) in Gaussian closure; None where it diverges."""
    times = findings.ensemble["time"].values
    try:
        return propagate(findings.run.model, findings.start, times, "gaussian")
    except DivergenceError:
        return None, None


def _require_study(run: RunFile) -> None:
    """Refuse a breakdown study that cannot be made, before any work. Raises RunFileError."""
    settings = run.integration
    branch = int(attractor(run.subject, settings.start, branch=settings.branch)["branch"])
    if branch < 0:
        raise RunFileError(
            "--scale needs a run that goes to a stable fixed point: linearised theory is about one"
        )
    if settings.trajectories < LEAST_TRAJECTORIES:
        raise RunFileError(
            f"--scale needs at least {LEAST_TRAJECTORIES} trajectories for an error bar "
            f"(got {settings.trajectories})"
        )
    try:
        require_study(run.model, branch, settings.duration)
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
    settings = run.integration
    study = breakdown(
        run.subject,
        nonlinearities,
        run.entanglement,
        trajectories=settings.trajectories - settings.trajectories % 2,
        duration=settings.duration,
        step=settings.step,
        branch=branch,
        scheme=settings.scheme,
        seed=settings.seed,
        tolerance=tolerance,
        threads=threads,
        progress=progress,
    )
    about = made_from(run, "breakdown") | {"branch": branch, "tolerance": tolerance}
    return study.assign_attrs(about)
