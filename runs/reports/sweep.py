"""The report of a sweep."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...analysis.measure_names import identifier
from ...sde.ensemble.jobs import many
from ...sde.support.checks import Array
from ..run_files.grid import SweepFile
from ..text import line
from .parameters import describe_parameters


def sweep_report(description: SweepFile, found: xr.Dataset) -> str:
    """The report of a sweep: axes, outcomes, and the range of each quantity at the end."""
    run = description.run
    settings = description.run.integration
    lines = [run.title, *describe_parameters(description.system, run.source), "", "Sweep"]
    for name, values in description.axes.items():
        unit = found[name].attrs["units"]
        lines.append(line(name, f"{values[0]:.6g} … {values[-1]:.6g} {unit}, {len(values)} points"))
    each = f"{settings.trajectories} trajectories at most, seed {settings.seed} + its number"
    lines.append(line("each point", each))
    outcomes, counts = np.unique(found["outcome"].values, return_counts=True)
    lines += [
        line(many(int(count), "point"), str(outcome))
        for outcome, count in zip(outcomes, counts, strict=True)
    ]
    names = [identifier(quantity) for quantity in description.quantities]
    lines += ["", "At the end of the run"]
    lines += [_range(found, name) for name in names if name in found]
    if "physicality" in found:
        lines.append(line("min eig(V + iΩ/2)", _physicality(found["physicality"].values)))
    steady = [str(name) for name in found if "label" in found[name].attrs]
    if "light_physicality" in found:
        least = found["light_physicality"].values
        lines.append(line("min eig(S ± iΩ/2) of light", _physicality(least)))
    if steady:
        lines += ["", "Measures of the steady states", *(_steady(found[name]) for name in steady)]
    return "\n".join(lines) + "\n"


def _range(found: xr.Dataset, name: str) -> str:
    """The least and the largest value of a quantity, with the error and place of the largest."""
    last = found[[name, f"{name}_stderr"]].isel(time=-1)
    values = last[name]
    if not np.isfinite(values.values).any():
        return line(name, "nowhere defined")
    at = values.argmax(dim=list(values.dims))
    where = ", ".join(f"{dim} = {float(values[dim][at[dim]]):.6g}" for dim in values.dims)
    error = float(last[f"{name}_stderr"][at])
    return line(
        name,
        f"{float(values.min()):.6g} … {float(values.max()):.6g} ± {error:.2g}, largest at {where}",
    )


def _steady(values: xr.DataArray) -> str:
    """The least and the largest value of a measure of the steady states, and where."""
    name = str(values.name)
    if not np.isfinite(values.values).any():
        return line(name, "nowhere defined")
    at = values.argmax(dim=list(values.dims))
    where = ", ".join(f"{dim} = {float(values[dim][at[dim]]):.6g}" for dim in values.dims)
    unit = str(values.attrs.get("units", "1"))
    span = f"{float(values.min()):.6g} … {float(values.max()):.6g}"
    return line(name, f"{span}{'' if unit == '1' else f' {unit}'}, largest at {where}")


def _physicality(least: Array) -> str:
    """The least eigenvalue of V + iΩ/2 of all points, with a warning if it is negative."""
    unphysical = int(np.count_nonzero(least < 0))
    if not unphysical:
        return "that of quantum states"
    points = many(unphysical, "point")
    return (
        f"{np.nanmin(least):.3g} at its least: NO QUANTUM STATES at {points}, quantities there are "
        "no results"
    )
