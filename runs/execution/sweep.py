"""Run a sweep: an ensemble at every point of a grid of parameters, in one dataset."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...analysis.estimation import estimate
from ...analysis.measure_names import identifier
from ...analysis.physicality import least_violation
from ...sde.ensemble.checkpoints import Checkpoint, MismatchError
from ...sde.ensemble.jobs import Job, Workers, run_jobs
from ...sde.ensemble.preparation import ensemble_memory
from ...sde.ensemble.simulation import Ensemble, Progress, prepare_ensemble
from ...sde.kept_elements import KeptElements
from ...sde.kernels.kernel import generator_hash
from ...sde.labels import axis_attributes, provenance
from ...sde.moments.propagation import DivergenceError
from ...sde.schemes.step_forecast import StepError
from ...sde.support.callbacks import Halt
from ...sde.support.memory import RoomError, require_memory
from ...steady.grid_axes import at_values
from ...steady.roots.homotopy import IncompleteError
from ..run_files.errors import RunFileError
from ..run_files.grid import SweepFile
from ..run_files.recorded_systems import made_from
from .map import measures_of_sweep
from .output import OutputRefusedError, read_dataset, write_dataset, write_figure, write_text
from .run import require_memory_for

COMPLETE = "complete"
UNFINISHED = "unfinished"
"""Outcomes of a point; others say why it has no result."""
MATRICES = 3
"""Matrices (n, n) that are kept of each point."""


@dataclass(frozen=True)
class SweepForecast:
    """What a sweep will take: points in all, kept and at once; bytes with the results of all."""

    points: int
    kept: int
    at_once: int
    memory: int


def run_sweep(
    description: SweepFile,
    checkpoint: Checkpoint | None,
    workers: Workers,
    pause: Halt,
    progress: Progress | None = None,
    announce: Callable[[SweepForecast], None] | None = None,
) -> xr.Dataset:
    """Run all ensembles of a sweep; finished points and blocks are kept in the checkpoint's folder.

    A point where the mean field diverges, the step cannot be right or trajectories are lost is NaN,
    with the reason in `outcome`. Raises RunFileError for too many samples, MismatchError where the
    folder keeps another sweep.
    """
    require_memory_for(description.run)
    sweep = _Sweep(description, checkpoint, progress, measures_of_sweep(description))
    sweep.open_checkpoint()
    sweep.require_memory()
    if announce:
        announce(sweep.forecast(workers.count))
    for job in run_jobs(sweep.jobs(), workers, sweep.report_progress, pause):
        sweep.finish(job)
    return sweep.dataset()


@dataclass(eq=False)
class _Sweep:
    """A sweep in progress: finished and refused points by number, running ensembles by job."""

    description: SweepFile
    checkpoint: Checkpoint | None
    progress: Progress | None
    measures: xr.Dataset
    finished: dict[int, xr.Dataset] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    running: dict[Job, tuple[int, Ensemble]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.description.axes.values())

    @property
    def points(self) -> int:
        return math.prod(self.shape)

    def open_checkpoint(self) -> None:
        """Read the points that are kept. Raises MismatchError."""
        if self.checkpoint is None:
            return
        self.checkpoint.open(self.description.identity | {"code": generator_hash()})
        for number in range(self.points):
            point = self._read(number)
            if point is not None:
                self.finished[number] = point

    def forecast(self, workers: int) -> SweepForecast:
        """Points, those kept, and the memory of those that are run at the same time."""
        run = self.description.run
        at_once = min(self.points, 2 * workers)
        needed = at_once * ensemble_memory(run.model.size, run.integration)
        return SweepForecast(
            self.points, len(self.finished), at_once, needed + self.results_memory()
        )

    def require_memory(self) -> None:
        """Refuse more results than the memory holds. Raises RunFileError."""
        try:
            require_memory(
                self.results_memory(),
                f"the results of {self.points} points",
                "take fewer points or samples, or several sweeps",
            )
        except RoomError as error:
            raise RunFileError(f"[sweep] {error}") from None

    def results_memory(self) -> int:
        """Bytes of the results of all points, which are held twice while they are put together."""
        run = self.description.run
        n = run.model.size
        series = len(self.description.quantities) * 3 * run.integration.times
        return 2 * 8 * self.points * (MATRICES * n * n + 2 * n + series)

    def jobs(self) -> Iterator[Job]:
        """Jobs of the points that are not finished, each prepared when it is needed."""
        for number, values in enumerate(product(*self.description.axes.values())):
            if number in self.finished:
                continue
            point = dict(zip(self.description.axes, values, strict=True))
            try:
                ensemble = self._prepare(number, point)
            except (MismatchError, RoomError):
                raise
            except (StepError, DivergenceError, IncompleteError, ValueError) as error:
                self.refused[number] = str(error)
                continue
            self.running[ensemble.job] = number, ensemble
            yield ensemble.job

    def _prepare(self, number: int, point: dict[str, float]) -> Ensemble:
        """The ensemble of a point, which has the seed of the run plus its number."""
        settings = self.description.run.integration
        values = {name: np.asarray(value) for name, value in point.items()}
        return prepare_ensemble(
            at_values(self.description.system, values),
            replace(settings, seed=(settings.seed + number) % 2**64),
            checkpoint=self._folder(number) if self.checkpoint else None,
            source=self.description.run.source.recorded,
        )

    def report_progress(self, _job: Job) -> None:
        """Report trajectories done and in all."""
        if self.progress:
            done = sum(int(point["trajectories"]) for point in self.finished.values())
            left = self.points - len(self.finished) - len(self.refused)
            running = sum(job.done for job in self.running)
            total = done + left * self.description.run.integration.trajectories
            self.progress(done + running, total)

    def finish(self, job: Job) -> None:
        """Estimate from a finished ensemble; keep the estimates instead of its blocks."""
        number, ensemble = self.running.pop(job)
        self.finished[number] = _estimates(ensemble.result(), self.description.quantities)
        if self.checkpoint:
            write_dataset(self._folder(number).with_suffix(".nc"), self.finished[number])
            Checkpoint(self._folder(number)).remove()

    def _read(self, number: int) -> xr.Dataset | None:
        """A finished point that is kept; None if there is none or its file is damaged."""
        try:
            return read_dataset(self._folder(number).with_suffix(".nc"))
        except OutputRefusedError:
            return None

    def _folder(self, number: int) -> Path:
        """Folder of a point's blocks; its estimates are beside it, as .nc."""
        assert self.checkpoint is not None
        return self.checkpoint.folder / f"point-{number:05d}"

    def dataset(self) -> xr.Dataset:
        """All points, with a dimension per axis; NaN at points without a result."""
        description = self.description
        axes = list(description.axes)
        outcomes = np.full(self.points, UNFINISHED, object)
        for number, why in self.refused.items():
            outcomes[number] = why
        for number, point in self.finished.items():
            outcomes[number] = str(point["outcome"].values)
        data = {name: self._stacked(str(name)) for name in self._first if name != "outcome"}
        data |= {str(name): values.variable for name, values in self.measures.items()}
        data["outcome"] = xr.Variable(axes, np.reshape(outcomes.astype(str), self.shape))
        coordinates = {
            name: (name, values, axis_attributes(description.system, name))
            for name, values in description.axes.items()
        }
        return xr.Dataset(
            data, coords={**self._first.coords, **coordinates}, attrs=self._attributes(outcomes)
        )

    @property
    def _first(self) -> xr.Dataset:
        return next(iter(self.finished.values()), xr.Dataset())

    def _stacked(self, name: str) -> xr.Variable:
        """A variable of the points, stacked along the axes."""
        one = self._first[name]
        empty = 0 if one.dtype.kind in "iu" else np.nan
        stack = np.full((self.points, *one.shape), empty, one.dtype)
        for number, point in self.finished.items():
            stack[number] = point[name].values
        return xr.Variable(
            [*self.description.axes, *one.dims], stack.reshape(*self.shape, *one.shape), one.attrs
        )

    def _attributes(self, outcomes: Iterable[str]) -> dict[str, Any]:
        return {
            **made_from(self.description.run, "sweep"),
            "complete": int(UNFINISHED not in outcomes),
            "provenance": provenance(self.description.system, **self.description.identity),
        }


def _estimates(ensemble: xr.Dataset, quantities: Sequence[str]) -> xr.Dataset:
    """What a sweep keeps of an ensemble: quantities at all times, and the moments at the end."""
    lost = int(ensemble.attrs["lost_trajectories"])
    end = ensemble[
        ["mean", "mean_stderr", "covariance", "covariance_stderr", "covariance_linear"]
    ].isel(time=-1, drop=True)
    found = end.assign(trajectories=ensemble["batch_trajectories"].sum())
    moments = ensemble["covariance_linear"]
    meaning = {
        "units": "1",
        "long_name": "least eigenvalue of V + iΩ/2 over the run, 0 within rounding",
    }
    found["physicality"] = xr.Variable(
        (), least_violation(moments.values, KeptElements.of(moments)), meaning
    )
    for words in quantities:
        values = estimate(ensemble, words, physical="ignore")
        name = identifier(words)
        found[name] = values["value"].assign_attrs(long_name=words)
        found[f"{name}_stderr"] = values["stderr"].assign_attrs(
            long_name=f"{words}, standard error"
        )
        found[f"{name}_linear"] = values["linear"].assign_attrs(
            long_name=f"{words}, moment equation"
        )
    return found.assign(outcome=f"{lost} trajectories diverged" if lost else COMPLETE)


def write_sweep(description: SweepFile, found: xr.Dataset, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures. Raises OutputError."""
    return [
        write_dataset(folder / f"{description.run.stem}.nc", found.assign_attrs(report=report)),
        write_text(folder / "report.txt", report),
        *draw_sweep(found, folder),
    ]


def draw_sweep(found: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a sweep's dataset."""
    from ...analysis.plots import sweep_figures

    return [
        write_figure(folder / f"{name}.{kind}", figure)
        for name, figure in sweep_figures(found)
        for kind in ("png", "pdf")
    ]
