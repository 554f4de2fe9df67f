"""Compute a map: the steady states at every point of a grid of parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from ...sde.support.callbacks import Progress
from ...sde.system import as_model
from ...steady import grid
from ...steady.grid_axes import at_values, first_model, points_at_a_time
from ...steady.grid_table import grid_memory
from ...steady.roots.search_limits import REMEDY
from ...steady.variables import GRID
from ..run_files.errors import RunFileError
from ..run_files.grid import MapFile, SweepFile
from ..run_files.recorded_systems import made_from
from ..run_files.system_files import place_in_system
from .output import write_dataset, write_figure, write_text

ARRAYS = "the parameters are arrays, so model() must use NumPy, and no if on their values"
"""Remedy for an error that model() of a user's file raises."""


FROM_THE_DARK = (
    'starts = "dark" in [map] computes only the branch that the mean field reaches from the dark'
)
"""Remedy for a search of all branches that takes too long."""


@dataclass(frozen=True)
class MapForecast:
    """What a map will take: its points, those that a thread solves at a time, and the bytes."""

    points: int
    at_once: int
    memory: int


def compute_map(
    description: MapFile,
    threads: int,
    progress: Progress | None = None,
    announce: Callable[[MapForecast], None] | None = None,
) -> xr.Dataset:
    """All steady states of a map. Raises RunFileError for a measure or value that is refused.

    What it will take is announced once nothing is left to refuse.
    """

    def show(done: int, total: int) -> None:
        if announce and not done:  # all else has been checked
            ends = {name: values[[0, -1]] for name, values in description.axes.items()}
            as_model(at_values(description.system, ends))
            announce(forecast_map(description, threads))
        if progress:
            progress(done, total)

    with _refused("map"):
        result = grid(
            description.system,
            description.axes,
            description.named_measures(),
            threads,
            show if announce or progress else None,
            "ignore",
            starts=description.starts,
            **description.light,
        )
    result.attrs |= made_from(description, "map")
    return result


def measures_of_sweep(description: SweepFile) -> xr.Dataset:
    """The measures of the steady states at the points of a sweep, one variable over its axes each.

    They are those of the branch of the [run], else of the branch that an effective detuning
    implies, else of the only stable one; NaN where there is none. Names begin with "steady_";
    light_physicality is that of a grid. Raises RunFileError.
    """
    if not description.measures:
        return xr.Dataset()
    system, axes, light = description.system, description.axes, description.light
    with _refused("sweep"):
        found = grid(system, axes, description.named_measures(), physical="ignore", **light)
    shown = expanded(found)
    chosen = _chosen_branch(shown, description.run.integration.branch)
    names = {name: f"steady_{name}" for name in measured(shown)}
    if "light_physicality" in shown:
        names["light_physicality"] = "light_physicality"
    return xr.Dataset(
        {
            new: shown[name].where(chosen).max("branch").assign_attrs(shown[name].attrs)
            for name, new in names.items()
        }
    )


def _chosen_branch(found: xr.Dataset, branch: int | None) -> xr.DataArray:
    """Whether (axes, branch) a stable branch is the one that is shown."""
    stable = found["stable"]
    if branch is not None:
        return stable & (found["branch"] == branch)
    if "implied_branch" in found:
        return stable & (found["branch"] == found["implied_branch"])
    return stable & (stable.sum("branch") == 1)


@contextmanager
def _refused(table: str) -> Iterator[None]:
    """Errors of a grid as RunFileError of a table of a run file."""
    try:
        yield
    except (TypeError, ValueError) as error:
        place = place_in_system(error)
        if isinstance(error, TypeError) and not place:
            raise
        where = {"map": "in a map", "sweep": "in measures of a sweep"}[table]
        remedy = f"; {where} {ARRAYS}" if place else ""
        text = str(error).replace(REMEDY, FROM_THE_DARK) if table == "map" else str(error)
        raise RunFileError(f"[{table}] {place}{text}{remedy}") from None


def forecast_map(description: MapFile, threads: int) -> MapForecast:
    """What a map will take. Raises ValueError for values that give no model."""
    model = first_model(description.system, description.axes)
    points = math.prod(len(values) for values in description.axes.values())
    at_once = points_at_a_time(model.size, integrated=description.starts is not None)
    memory = grid_memory(points, model, len(description.measures), threads)
    return MapForecast(points, min(points, at_once), memory)


def write_map(description: MapFile, result: xr.Dataset, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures. Raises OutputError."""
    return [
        write_dataset(folder / f"{description.stem}.nc", result.assign_attrs(report=report)),
        write_text(folder / "report.txt", report + "\n"),
        *draw_map(result, folder),
    ]


def draw_map(result: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a map's dataset."""
    from ...analysis.plots import grid_figures

    shown = expanded(result)
    axes = [str(dim) for dim in result["stable"].dims if dim != "branch"]
    return [
        write_figure(folder / f"{name}.{suffix}", figure)
        for name, figure in grid_figures(shown, axes, measured(shown))
        for suffix in ("png", "pdf")
    ]


def expanded(result: xr.Dataset) -> xr.Dataset:
    """The dataset with one variable per mode or eigenvalue: populations_a of populations (mode)."""
    points = set(result["stable"].dims)
    extra: dict[str, xr.DataArray] = {}
    for name, values in result.data_vars.items():
        further = [dim for dim in values.dims if dim not in points]
        if len(further) != 1 or name in GRID:
            continue
        axis = further[0]
        for at, label in enumerate(result[axis].values):
            one = values.isel({axis: at}, drop=True)
            if "label" in one.attrs:
                one.attrs["label"] += f", {label}"
            extra[f"{name}_{label}"] = one
    return result.assign(extra)


def measured(result: xr.Dataset) -> list[str]:
    """The names of the measures: variables over point and branch that not every map has."""
    points = {str(dim) for dim in result["stable"].dims}
    return [
        str(name)
        for name, values in result.data_vars.items()
        if name not in GRID and set(values.dims) == points
    ]
