"""Maps: the steady states of a whole grid, in words, as NetCDF and as figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from ...sde.ensemble.jobs import many
from ...sde.ensemble.simulation import Progress
from ...steady import grid
from ..run_files.errors import RunFileError
from ..run_files.grid import MapFile
from ..text import line
from .output import write_dataset, write_figure, write_text


def survey(description: MapFile, threads: int, progress: Progress | None = None) -> xr.Dataset:
    """All steady states of a map. Raises RunFileError for a measure or value that its system
    refuses.
    """
    try:
        result = grid(
            description.system, description.axes, description.measures, threads, progress, "ignore"
        )
    except ValueError as error:
        raise RunFileError(f"[map] {error}") from None
    result.attrs |= {"title": description.title, "run_file": description.text, "command": "map"}
    return result


def write_map(description: MapFile, result: xr.Dataset, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures; each whole or not at all. Raises OutputError."""
    return [
        write_dataset(folder / f"{description.stem}.nc", result.assign_attrs(report=report)),
        write_text(folder / "report.txt", report + "\n"),
        *draw_map(description, result, folder),
    ]


def draw_map(description: MapFile, result: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a map alone."""
    from ...analysis.plots import grid_figures

    shown = expanded(result)
    return [
        write_figure(folder / f"{name}.{suffix}", figure)
        for name, figure in grid_figures(shown, list(description.axes), _measured(shown))
        for suffix in ("png", "pdf")
    ]


def expanded(result: xr.Dataset) -> xr.Dataset:
    """With measures that have a value per mode or eigenvalue as one variable each: populations as
    populations_a, …
    """
    points = set(result["stable"].dims)
    extra: dict[str, xr.DataArray] = {}
    for name, values in result.data_vars.items():
        (axis, *others) = [dim for dim in values.dims if dim not in points] or [None]
        if axis is not None and not others and name not in ("mean", "light_share"):
            labels = result[axis].values
            extra |= {
                f"{name}_{label}": values.isel({axis: at}, drop=True)
                for at, label in enumerate(labels)
            }
    return result.assign(extra)


def _measured(result: xr.Dataset) -> list[str]:
    """The variables that are measures: those with nothing but points and branches, beyond what
    every grid has.
    """
    usual = {
        "stable",
        "margin",
        "kind",
        "exists",
        "reason",
        "physicality",
        "commutators",
        "implied_branch",
    }
    points = {str(dim) for dim in result["stable"].dims}
    return [
        str(name)
        for name, values in result.data_vars.items()
        if name not in usual and set(values.dims) == points
    ]


def _unsolved(result: xr.Dataset) -> list[str]:
    """How many points could not be solved, or stand for a family of fixed points, and why."""
    if "reason" not in result:
        return []
    reasons = result["reason"].values
    lines = []
    for reason in np.unique(reasons[reasons != ""]):
        count = many(int((reasons == reason).any(axis=-1).sum()), "point")
        name = (
            "circles, lines of branches" if reason.startswith("family") else "could not be solved"
        )
        lines.append(line(name, f"{count}: {reason}"))
    return lines
