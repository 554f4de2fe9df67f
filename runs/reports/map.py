"""The report of a map."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.ensemble.jobs import many
from ..execution.map import expanded, measured
from ..run_files.grid import MapFile
from ..text import line
from .parameters import describe_parameters


def describe_map(description: MapFile, result: xr.Dataset) -> str:
    """What a map holds: points, branches, stability, and the range of each measure with where it is
    largest.
    """
    lines = [description.title, *describe_parameters(description.system), "", "Grid"]
    for name, values in description.axes.items():
        unit = result[name].attrs["units"]
        lines.append(line(name, f"{values[0]:.6g} … {values[-1]:.6g} {unit}, {len(values)} points"))
    counts, stable = result["exists"].sum("branch").values, result["stable"].sum("branch").values
    lines.append(line("branches", _shares(counts)))
    lines.append(line("stable branches", _shares(stable)))
    kinds, sizes = np.unique(result["kind"].values[result["exists"].values], return_counts=True)
    lines.append(
        line("kinds of branch", ", ".join(f"{k} {n}" for k, n in zip(kinds, sizes, strict=True)))
    )
    lines += _unsolved(result)
    lines.append(line("min eig(V + iΩ/2)", _audit(float(result["physicality"].min()))))
    lines += ["", "Measures of the steady states"]
    shown = expanded(result)
    return "\n".join([*lines, *(_range(shown, name) for name in measured(shown))])


UNPHYSICAL = ": NOT EVERYWHERE A QUANTUM STATE, measures there are no results"


def _audit(worst: float) -> str:
    if np.isnan(worst):
        return "no steady state anywhere"
    return f"{worst:.3g} at its least" + ("" if worst > -1e-9 else UNPHYSICAL)


def _shares(counts: np.ndarray) -> str:
    numbers, sizes = np.unique(counts, return_counts=True)
    return ", ".join(
        f"{n} at {100 * k / counts.size:.3g} % of points"
        for n, k in zip(numbers, sizes, strict=True)
    )


def _range(result: xr.Dataset, name: str) -> str:
    values = result[name].where(result["stable"])
    if not np.isfinite(values.values).any():
        return line(name, "nowhere defined")
    at = values.argmax(dim=list(values.dims))
    where = ", ".join(
        f"{dim} = {float(values[dim][at[dim]]):.6g}" for dim in values.dims if dim != "branch"
    )
    return line(name, f"{float(values.min()):.6g} … {float(values.max()):.6g}, largest at {where}")


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
