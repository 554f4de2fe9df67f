"""Redraw or repeat a result from its file, and compare the numbers bit by bit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from ..run_files.grid import read_map, read_sweep
from ..run_files.light import Changes, read_light
from ..run_files.recorded_systems import system_of_result
from ..run_files.run import RunFile, read_runfile
from ..run_files.system_sources import Found
from ..text import line
from .backends import Session
from .light import compute_light, draw_light
from .map import compute_map, draw_map
from .output import OutputRefusedError
from .run import Execution, draw_run, execute_run
from .run_result import run_dataset
from .sums import SUMS, open_result
from .sweep import draw_sweep, run_sweep
from .switching import draw_switching, run_switching, switching_dataset
from .validate import (
    draw_breakdown,
    draw_levels,
    run_validation,
    study_breakdown,
    validation_dataset,
)

QUOTED = re.compile(r"'(\w+)'")
"""Finds the name in a KeyError of a dictionary or of xarray."""


@dataclass(frozen=True, eq=False)
class Result:
    """The dataset of a file, the stem of its name, and the text of the run file.

    `found` is the system with which it is repeated, where the run file alone does not determine it.
    """

    dataset: xr.Dataset
    stem: str
    text: str
    found: Found | None = None

    @property
    def run(self) -> RunFile:
        """The run of its run file. Raises RunFileError."""
        return read_runfile(self.stem, self.text, self.found)

    @property
    def trajectories(self) -> int:
        """Number of trajectories in the ensemble."""
        return int(self.dataset["batch_trajectories"].sum())


def read_result(path: Path) -> Result:
    """Read a result by its file, or by the folder that it is in. Raises OutputRefusedError."""
    path = _file_of(path)
    dataset = open_result(path)
    missing = [name for name in ("command", "run_file", "report") if name not in dataset.attrs]
    if missing or dataset.attrs["command"] not in COMMANDS:
        raise OutputRefusedError(
            f"{str(path)!r} is no result of qlangevin run, sweep, map, spectra, validate or "
            "switching"
        )
    return Result(dataset, path.stem, dataset.attrs["run_file"])


def _file_of(path: Path) -> Path:
    """The file itself, or the only NetCDF file of a folder."""
    if not path.is_dir():
        return path
    names = sorted(each.name for each in path.glob("*.nc"))
    if len(names) != 1:
        held = (
            f"holds {', '.join(names)}: name one of them"
            if names
            else "holds no NetCDF file; name a result"
        )
        raise OutputRefusedError(f"folder {str(path)!r} {held}")
    return path / names[0]


@contextmanager
def _missing_refused(result: Result) -> Iterator[None]:
    """Raise OutputRefusedError, with its name, for a variable or attribute missing in the file."""
    try:
        yield
    except KeyError as error:
        name = QUOTED.search(f"{error.args[0]!r}" if error.args else "")
        kept = {*map(str, result.dataset.variables), *result.dataset.attrs}
        if name is None or name[1] in kept:
            raise
        raise OutputRefusedError(
            f"result {result.stem!r} lacks {name[1]!r}: the file was changed, or written by "
            "another version; run it again"
        ) from error


def redraw(result: Result, folder: Path) -> list[Path]:
    """Write the figures of a result again.

    Raises OutputError, and OutputRefusedError for a file that lacks a variable.
    """
    draw, _ = COMMANDS[result.dataset.attrs["command"]]
    with _missing_refused(result):
        try:
            return draw(result, folder)
        except OutputRefusedError:
            raise
        except ValueError as error:
            raise OutputRefusedError(f"result {result.stem!r} cannot be drawn: {error}") from error


def with_system(result: Result, given: str | None, *, changed: bool) -> Result:
    """The result with the system to repeat it; a user's file is run only if it is `given`.

    Raises RunFileError where it is missing, or was changed and `changed` does not allow it.
    """
    attributes = result.dataset.attrs
    return replace(result, found=system_of_result(result.stem, attributes, given, changed=changed))


def repeat(result: Result, work: Session) -> xr.Dataset:
    """Compute a result again from its run file.

    Raises OutputRefusedError for one that was interrupted or lacks a variable, and what its command
    raises.
    """
    if not result.dataset.attrs.get("complete", 1):
        raise OutputRefusedError(
            f"{result.stem} was interrupted, and a partial result cannot be repeated; finish it"
        )
    _, compute = COMMANDS[result.dataset.attrs["command"]]
    with _missing_refused(result):
        again = compute(result, work)
    return again if SUMS in result.dataset else again.drop_vars(SUMS, errors="ignore")


def compare_numbers(kept: xr.Dataset, again: xr.Dataset) -> tuple[list[str], bool]:
    """Lines that say which numbers of two datasets differ, and whether all are identical."""
    names = [str(name) for name in {**kept.variables, **again.variables}]
    differing = {
        name: _distance(kept, again, name) for name in names if not _identical(kept, again, name)
    }
    if not differing:
        return [
            f"identical: all numbers of {len(names)} variables are the same to the last bit"
        ], True
    lines = [
        f"NOT identical: {len(differing)} of {len(names)} variables differ; largest difference "
        "over largest value"
    ]
    return [*lines, *(line(name, words) for name, words in differing.items())], False


def _identical(kept: xr.Dataset, again: xr.Dataset, name: str) -> bool:
    """Whether a variable is in both datasets with identical values; NaN equals NaN."""
    if name not in kept.variables or name not in again.variables:
        return False
    old = kept[name].values
    new = again[name].values
    return old.shape == new.shape and bool(
        np.array_equal(old, new, equal_nan=old.dtype.kind == "f")
    )


def _distance(kept: xr.Dataset, again: xr.Dataset, name: str) -> str:
    """How a variable of two datasets differs, as text."""
    if name not in kept.variables or name not in again.variables:
        return f"only in the {'result' if name in kept.variables else 'repetition'}"
    old = kept[name].values
    new = again[name].values
    if old.shape != new.shape:
        return f"shape {old.shape} there, {new.shape} here"
    if old.dtype.kind not in "fiu":
        return f"{np.count_nonzero(old != new)} of {old.size} entries differ"
    with np.errstate(invalid="ignore", divide="ignore"):
        return f"{np.nanmax(np.abs(new - old)) / np.nanmax(np.abs(old)):.2g}"


def _run(result: Result, work: Session) -> xr.Dataset:
    run = result.run
    if not run.integration.until:
        settings = replace(run.integration, trajectories=result.trajectories)
        run = replace(run, integration=settings)
    return run_dataset(execute_run(run, Execution(work.workers), work.show))


def _validation(result: Result, work: Session) -> xr.Dataset:
    tolerance = float(result.dataset.attrs["tolerance"])
    return validation_dataset(
        run_validation(result.run, None, tolerance, work.workers.count, work.show)
    )


def _breakdown(result: Result, work: Session) -> xr.Dataset:
    kept = result.dataset
    return study_breakdown(
        result.run,
        int(kept.attrs["branch"]),
        kept["nonlinearity"].values,
        float(kept.attrs["tolerance"]),
        work.workers.count,
        work.show,
    )


def _switching(result: Result, work: Session) -> xr.Dataset:
    exact = bool(result.dataset.attrs.get("exact", 0))
    found = run_switching(result.run, work.workers.count, work.show, exact=exact)
    return switching_dataset(found, "")


def _map(result: Result, work: Session) -> xr.Dataset:
    description = read_map(result.stem, result.text, result.found)
    return compute_map(description, work.workers.count, work.show)


def _sweep(result: Result, work: Session) -> xr.Dataset:
    description = read_sweep(result.stem, result.text, result.found)
    return run_sweep(description, None, work.workers, work.pause, work.show)


def _spectra(result: Result, work: Session) -> xr.Dataset:
    kept = result.dataset.attrs
    changes = Changes(
        json.loads(kept["changed_parameters"]), bool(kept["reversed"]), int(kept["branch"])
    )
    return compute_light(read_light(result.stem, result.text, changes, result.found))


Draw = Callable[[Result, Path], list[Path]]
Compute = Callable[[Result, Session], xr.Dataset]
COMMANDS: dict[str, tuple[Draw, Compute]] = {
    "run": (lambda result, folder: draw_run(result.dataset, folder), _run),
    "validate": (lambda result, folder: draw_levels(result.dataset, folder), _validation),
    "breakdown": (lambda result, folder: draw_breakdown(result.dataset, folder), _breakdown),
    "switching": (lambda result, folder: draw_switching(result.dataset, folder), _switching),
    "map": (lambda result, folder: draw_map(result.dataset, folder), _map),
    "sweep": (lambda result, folder: draw_sweep(result.dataset, folder), _sweep),
    "spectra": (lambda result, folder: draw_light(result.dataset, folder), _spectra),
}
"""By command: the function that draws the figures of a result, and the one that repeats it."""
