"""The report of a sweep."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.ensemble.jobs import many
from ...sde.support.checks import Array
from ..execution.sweep import variable_name
from ..run_files.grid import SweepFile
from ..text import line
from .parameters import describe_parameters


def describe_sweep(description: SweepFile, found: xr.Dataset) -> str:
    """What a sweep holds: axes, outcomes, and the range of each quantity at the end of the run,
    with error bars.
    """
    run = description.run
    lines = [run.title, *describe_parameters(description.system), "", "Sweep"]
    for name, values in description.axes.items():
        lines.append(
            line(
                name,
                f"{values[0]:.6g} … {values[-1]:.6g} {found[name].attrs['units']}, {len(values)} "
                "points",
            )
        )
    lines.append(
        line(
            "each point",
            f"{run.integration.trajectories} trajectories at most, seed {run.integration.seed} + its number",
        )
    )
    outcomes, counts = np.unique(found["outcome"].values, return_counts=True)
    lines += [
        line(many(int(count), "point"), str(outcome))
        for outcome, count in zip(outcomes, counts, strict=True)
    ]
    names = [variable_name(words) for words in description.quantities]
    lines += ["", "At the end of the run"]
    lines += [_range(found, name) for name in names if name in found]
    if "physicality" in found:
        lines.append(line("min eig(V + iΩ/2)", _audit(found["physicality"].values)))
    return "\n".join(lines) + "\n"


def _range(found: xr.Dataset, name: str) -> str:
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


def _audit(least: Array) -> str:
    broken = int(np.count_nonzero(least < 0))
    if not broken:
        return "that of quantum states"
    points = many(broken, "point")
    return (
        f"{np.nanmin(least):.3g} at its least: NO QUANTUM STATES at {points}, quantities there are "
        "no results"
    )
