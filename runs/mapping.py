"""Maps: the steady states of a whole grid, in words, as NetCDF and as figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from ..sde.ensemble import Progress
from ..sde.workers import many
from ..steady import grid
from .describe import describe_parameters, line
from .errors import RunFileError
from .gridfile import MapFile
from .output import write_dataset, write_figure, write_text


def survey(description: MapFile, threads: int, progress: Progress | None = None) -> xr.Dataset:
    """All steady states of a map. Raises RunFileError for a measure or value that its system refuses."""
    try:
        result = grid(description.system, description.axes, description.measures, threads, progress, "ignore")
    except ValueError as error:
        raise RunFileError(f"[map] {error}") from None
    result.attrs |= {"title": description.title, "run_file": description.text, "command": "map"}
    return result


def describe_map(description: MapFile, result: xr.Dataset) -> str:
    """What a map holds: points, branches, stability, and the range of each measure with where it is largest."""
    lines = [description.title, *describe_parameters(description.system), "", "Grid"]
    for name, values in description.axes.items():
        unit = result[name].attrs["units"]
        lines.append(line(name, f"{values[0]:.6g} … {values[-1]:.6g} {unit}, {len(values)} points"))
    counts, stable = result["exists"].sum("branch").values, result["stable"].sum("branch").values
    lines.append(line("branches", _shares(counts)))
    lines.append(line("stable branches", _shares(stable)))
    kinds, sizes = np.unique(result["kind"].values[result["exists"].values], return_counts=True)
    lines.append(line("kinds of branch", ", ".join(f"{k} {n}" for k, n in zip(kinds, sizes, strict=True))))
    lines += _unsolved(result)
    lines.append(line("min eig(V + iΩ/2)", _audit(float(result["physicality"].min()))))
    lines += ["", "Measures of the steady states"]
    shown = expanded(result)
    return "\n".join([*lines, *(_range(shown, name) for name in _measured(shown))])


UNPHYSICAL = ": NOT EVERYWHERE A QUANTUM STATE, measures there are no results"


def write_map(description: MapFile, result: xr.Dataset, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures; each whole or not at all. Raises OutputError."""
    return [
        write_dataset(folder / f"{description.stem}.nc", result.assign_attrs(report=report)),
        write_text(folder / "report.txt", report + "\n"),
        *draw_map(description, result, folder),
    ]


def draw_map(description: MapFile, result: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a map alone."""
    from ..analysis.maps import figures

    shown = expanded(result)
    return [
        write_figure(folder / f"{name}.{suffix}", figure)
        for name, figure in figures(shown, list(description.axes), _measured(shown))
        for suffix in ("png", "pdf")
    ]


def expanded(result: xr.Dataset) -> xr.Dataset:
    """With measures that have a value per mode or eigenvalue as one variable each: populations as populations_a, …"""
    points = set(result["stable"].dims)
    extra: dict[str, xr.DataArray] = {}
    for name, values in result.data_vars.items():
        (axis, *others) = [dim for dim in values.dims if dim not in points] or [None]
        if axis is not None and not others and name not in ("mean", "light_share"):
            labels = result[axis].values
            extra |= {f"{name}_{label}": values.isel({axis: at}, drop=True) for at, label in enumerate(labels)}
    return result.assign(extra)


def _audit(worst: float) -> str:
    if np.isnan(worst):
        return "no steady state anywhere"
    return f"{worst:.3g} at its least" + ("" if worst > -1e-9 else UNPHYSICAL)


def _measured(result: xr.Dataset) -> list[str]:
    """The variables that are measures: those with nothing but points and branches, beyond what every grid has."""
    usual = {"stable", "margin", "kind", "exists", "reason", "physicality", "commutators", "implied_branch"}
    points = {str(dim) for dim in result["stable"].dims}
    return [str(name) for name, values in result.data_vars.items() if name not in usual and set(values.dims) == points]


def _unsolved(result: xr.Dataset) -> list[str]:
    """How many points could not be solved, or stand for a family of fixed points, and why."""
    if "reason" not in result:
        return []
    reasons = result["reason"].values
    lines = []
    for reason in np.unique(reasons[reasons != ""]):
        count = many(int((reasons == reason).any(axis=-1).sum()), "point")
        name = "circles, lines of branches" if reason.startswith("family") else "could not be solved"
        lines.append(line(name, f"{count}: {reason}"))
    return lines


def _shares(counts: np.ndarray) -> str:
    numbers, sizes = np.unique(counts, return_counts=True)
    return ", ".join(f"{n} at {100 * k / counts.size:.3g} % of points" for n, k in zip(numbers, sizes, strict=True))


def _range(result: xr.Dataset, name: str) -> str:
    values = result[name].where(result["stable"])
    if not np.isfinite(values.values).any():
        return line(name, "nowhere defined")
    at = values.argmax(dim=list(values.dims))
    where = ", ".join(f"{dim} = {float(values[dim][at[dim]]):.6g}" for dim in values.dims if dim != "branch")
    return line(name, f"{float(values.min()):.6g} … {float(values.max()):.6g}, largest at {where}")
