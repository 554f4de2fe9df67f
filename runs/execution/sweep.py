"""Sweeps: an ensemble at every point of a grid of parameters, as one dataset, in words and as
figures.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...analysis.estimation import estimate
from ...sde.ensemble.checkpoints import Checkpoint, MismatchError
from ...sde.ensemble.jobs import Job, Workers, many, run_jobs
from ...sde.ensemble.preparation import ensemble_memory
from ...sde.ensemble.simulation import Ensemble, Progress, prepare_ensemble
from ...sde.kernels.kernel import generator_hash
from ...sde.labels import axis_attributes, provenance
from ...sde.moments.propagation import DivergenceError
from ...sde.schemes.step_forecast import StepError
from ...sde.support.callbacks import Halt
from ...sde.support.memory import RoomError, available_memory, size_in_words
from ...steady.grid import at_values
from ...steady.roots.homotopy import IncompleteError
from ..run_files.grid import SweepFile, read_sweep
from .output import OutputRefusedError, read_dataset, write_dataset, write_figure, write_text
from .run import least_violation, require_space

if TYPE_CHECKING:
    from .results import Result
    from .session import Session

COMPLETE, UNFINISHED = "complete", "unfinished"


def survey_ensembles(
    description: SweepFile,
    kept: Checkpoint | None,
    workers: Workers,
    pause: Halt,
    progress: Progress | None = None,
    announce: Callable[[str], None] | None = None,
) -> xr.Dataset:
    """All ensembles of a sweep; finished points and blocks are kept in a checkpoint's folder, and
    found there again.

    A point where the mean field diverges, the step cannot be right or trajectories are lost is NaN,
    with the reason in `outcome`. Raises RunFileError for too many samples, MismatchError where the
    folder keeps another sweep.
    """
    require_space(description.run)
    survey = _Survey(description, kept, progress)
    survey.open()
    if announce:
        announce(survey.foretold(workers.count))
    for job in run_jobs(survey.jobs(), workers, survey.counted, pause):
        survey.finish(job)
    return survey.dataset()


@dataclass(eq=False)
class _Survey:
    """A sweep on its way: what is found at the points so far, and the ensembles that are running,
    by their jobs.
    """

    description: SweepFile
    kept: Checkpoint | None
    progress: Progress | None
    found: dict[int, xr.Dataset] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    running: dict[Job, tuple[int, Ensemble]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.description.axes.values())

    @property
    def points(self) -> int:
        return math.prod(self.shape)

    def open(self) -> None:
        """Find the points that are kept. Raises MismatchError."""
        if self.kept:
            self.kept.open(self.description.settings | {"code": generator_hash()})
            self.found = {
                number: point
                for number in range(self.points)
                if (point := self._read(number)) is not None
            }

    def foretold(self, workers: int) -> str:
        """How many points are kept, and the memory that those take which are run side by side."""
        run, beside = self.description.run, min(self.points, 2 * workers)
        needed = ensemble_memory(run.system.model().size, run.integration)
        before = (
            f"going on with a sweep of which {len(self.found)} of {self.points} points are kept\n"
        )
        memory = (
            f"Memory: {size_in_words(beside * needed)} at most, of "
            f"{size_in_words(available_memory())}, for {beside} at a time"
        )
        return before * bool(self.found) + memory

    def jobs(self) -> Iterator[Job]:
        """Jobs of the points that are not kept, each prepared when it is asked for."""
        for number, values in enumerate(product(*self.description.axes.values())):
            if number in self.found:
                continue
            try:
                ensemble = self._prepare(
                    number, dict(zip(self.description.axes, values, strict=True))
                )
            except (MismatchError, RoomError):
                raise
            except (StepError, DivergenceError, IncompleteError, ValueError) as error:
                self.refused[number] = str(error)
                continue
            self.running[ensemble.job] = number, ensemble
            yield ensemble.job

    def _prepare(self, number: int, values: dict[str, float]) -> Ensemble:
        run = self.description.run
        return prepare_ensemble(
            at_values(
                self.description.system, {name: np.asarray(value) for name, value in values.items()}
            ),
            replace(run.integration, seed=(run.seed + number) % 2**64),
            checkpoint=self._place(number) if self.kept else None,
        )

    def counted(self, _job: Job) -> None:
        """Show progress."""
        if self.progress:
            done = sum(int(point["trajectories"]) for point in self.found.values())
            left = self.points - len(self.found) - len(self.refused)
            running = sum(job.done for job in self.running)
            self.progress(done + running, done + left * self.description.run.trajectories)

    def finish(self, job: Job) -> None:
        """Read a finished ensemble, and keep what was read in the place of its blocks."""
        number, ensemble = self.running.pop(job)
        self.found[number] = _read_off(ensemble.result(), self.description.quantities)
        if self.kept:
            write_dataset(self._place(number).with_suffix(".nc"), self.found[number])
            Checkpoint(self._place(number)).remove()

    def _read(self, number: int) -> xr.Dataset | None:
        """A finished point; None where there is none, or a damaged one, which is then run again."""
        try:
            return read_dataset(self._place(number).with_suffix(".nc"))
        except OutputRefusedError:
            return None

    def _place(self, number: int) -> Path:
        assert self.kept is not None
        return self.kept.folder / f"point-{number:05d}"

    def dataset(self) -> xr.Dataset:
        """All points, NaN where there is nothing, with axes for dimensions."""
        description, axes = self.description, list(self.description.axes)
        outcomes = np.full(self.points, UNFINISHED, object)
        for number, why in self.refused.items():
            outcomes[number] = why
        for number, point in self.found.items():
            outcomes[number] = str(point["outcome"].values)
        data = {name: self._stacked(str(name)) for name in self._first if name != "outcome"}
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
        return next(iter(self.found.values()), xr.Dataset())

    def _stacked(self, name: str) -> xr.Variable:
        """A variable of all points."""
        one = self._first[name]
        nothing = 0 if one.dtype.kind in "iu" else np.nan
        stack = np.full((self.points, *one.shape), nothing, one.dtype)
        for number, point in self.found.items():
            stack[number] = point[name].values
        return xr.Variable(
            [*self.description.axes, *one.dims], stack.reshape(*self.shape, *one.shape), one.attrs
        )

    def _attributes(self, outcomes: Iterable[str]) -> dict[str, Any]:
        run = self.description.run
        return {
            "title": run.title,
            "run_file": run.text,
            "command": "sweep",
            "complete": int(UNFINISHED not in outcomes),
            "provenance": provenance(self.description.system, **self.description.settings),
        }


def _read_off(ensemble: xr.Dataset, quantities: Sequence[str]) -> xr.Dataset:
    """What a sweep keeps of an ensemble: quantities over time, and the moments at the end."""
    lost = int(ensemble.attrs["lost_trajectories"])
    end = ensemble[
        ["mean", "mean_stderr", "covariance", "covariance_stderr", "covariance_linear"]
    ].isel(time=-1, drop=True)
    found = end.assign(trajectories=ensemble["batch_trajectories"].sum())
    meaning = {
        "units": "1",
        "long_name": "least eigenvalue of V + iΩ/2 over the run, 0 within rounding",
    }
    found["physicality"] = xr.Variable(
        (), least_violation(ensemble["covariance_linear"].values), meaning
    )
    for words in quantities:
        values = estimate(ensemble, words, physical="ignore")
        name = variable_name(words)
        found[name] = values["value"].assign_attrs(long_name=words)
        found[f"{name}_stderr"] = values["stderr"].assign_attrs(
            long_name=f"{words}, standard error"
        )
        found[f"{name}_linear"] = values["linear"].assign_attrs(
            long_name=f"{words}, moment equation"
        )
    return found.assign(outcome=f"{lost} trajectories diverged" if lost else COMPLETE)


def variable_name(words: str) -> str:
    """The name of a quantity in a file: "log_negativity(a, b)" is log_negativity_a_b."""
    return re.sub(r"\W+", "_", words).strip("_")


def _audit(least: np.ndarray[Any, np.dtype[Any]]) -> str:
    broken = int(np.count_nonzero(least < 0))
    if not broken:
        return "that of quantum states"
    points = many(broken, "point")
    return (
        f"{np.nanmin(least):.3g} at its least: NO QUANTUM STATES at {points}, quantities there are "
        "no results"
    )


def write_sweep(description: SweepFile, found: xr.Dataset, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures, each whole or not at all. Raises OutputError."""
    return [
        write_dataset(folder / f"{description.run.stem}.nc", found.assign_attrs(report=report)),
        write_text(folder / "report.txt", report),
        *draw_sweep(found, folder),
    ]


def draw_sweep(found: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a sweep alone."""
    from ...analysis.plots.sweep import figures

    return [
        write_figure(folder / f"{name}.{kind}", figure)
        for name, figure in figures(found)
        for kind in ("png", "pdf")
    ]


def repeat_sweep(result: Result, work: Session) -> xr.Dataset:
    """Compute a sweep again from the text in its file."""
    return survey_ensembles(
        read_sweep(result.stem, result.text), None, work.workers, work.pause, work.show
    )
