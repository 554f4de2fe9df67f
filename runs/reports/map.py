"""The report of a map."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.ensemble.jobs import many
from ...sde.support.checks import Array
from ..execution.map import expanded, measured
from ..run_files.grid import MapFile
from ..text import line
from .parameters import describe_parameters

UNPHYSICAL = ": NOT EVERYWHERE A QUANTUM STATE, measures there are no results"
ROUNDING = -1e-9
"""Eigenvalue of V + iΩ/2 below which a state is no quantum state beyond rounding."""


def map_report(description: MapFile, result: xr.Dataset) -> str:
    """The report of a map: axes, branches, stability, and the range of each measure."""
    described = describe_parameters(description.system, description.source)
    lines = [description.title, *described, "", "Grid"]
    for name, values in description.axes.items():
        unit = result[name].attrs["units"]
        lines.append(line(name, f"{values[0]:.6g} … {values[-1]:.6g} {unit}, {len(values)} points"))
    counts = result["exists"].sum("branch").values
    stable = result["stable"].sum("branch").values
    lines.append(line("branches", _shares(counts)))
    lines.append(line("stable branches", _shares(stable)))
    kinds, sizes = np.unique(result["kind"].values[result["exists"].values], return_counts=True)
    counted = ", ".join(f"{kind} {n}" for kind, n in zip(kinds, sizes, strict=True))
    lines.append(line("kinds of branch", counted))
    lines += _unsolved(result)
    lines.append(line("min eig(V + iΩ/2)", _physicality(float(result["physicality"].min()))))
    if "light_physicality" in result:
        least = float(result["light_physicality"].min())
        lines.append(line("min eig(S ± iΩ/2) of light", _physicality(least)))
    lines += ["", "Measures of the steady states"]
    shown = expanded(result)
    return "\n".join([*lines, *(_range(shown, name) for name in measured(shown))])


def _physicality(least: float) -> str:
    """The least eigenvalue of V + iΩ/2 at all points, with a warning if it is negative."""
    if np.isnan(least):
        return "no steady state anywhere"
    return f"{least:.3g} at its least" + ("" if least > ROUNDING else UNPHYSICAL)


def _shares(counts: Array) -> str:
    """Share of the points that has each number of branches, from counts (points, ...)."""
    numbers, sizes = np.unique(counts, return_counts=True)
    return ", ".join(
        f"{n} at {100 * k / counts.size:.3g} % of points"
        for n, k in zip(numbers, sizes, strict=True)
    )


def _range(result: xr.Dataset, name: str) -> str:
    """The least and the largest value of a measure of stable branches, and where it is largest."""
    values = result[name].where(result["stable"])
    if not np.isfinite(values.values).any():
        return line(name, "nowhere defined")
    at = values.argmax(dim=list(values.dims))
    where = ", ".join(
        f"{dim} = {float(values[dim][at[dim]]):.6g}" for dim in values.dims if dim != "branch"
    )
    unit = str(values.attrs.get("units", "1"))
    span = f"{float(values.min()):.6g} … {float(values.max()):.6g}"
    return line(name, f"{span}{'' if unit == '1' else f' {unit}'}, largest at {where}")


def _unsolved(result: xr.Dataset) -> list[str]:
    """How many points could not be solved or have families of fixed points, and why."""
    if "reason" not in result:
        return []
    reasons = result["reason"].values
    lines = []
    for reason in np.unique(reasons[reasons != ""]):
        count = many(int((reasons == reason).any(axis=-1).sum()), "point")
        family = reason.startswith("family")
        name = "families of branches" if family else "could not be solved"
        lines.append(line(name, f"{count}: {reason}"))
    return lines
