"""Critical values of a parameter: fixed points appear, vanish or change their stability.

A scan of the parameter (`bifurcation_scan`) finds the intervals over which the number of branches,
or of eigenvalues that grow on them, changes; they are bisected down to rounding, all at once.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import xarray as xr

from ..sde.labels import provenance
from ..sde.support.checks import Array, require_whole
from ..sde.system import System, as_single_model, require_system
from .bifurcation_scan import Scan, bisected, brackets, merged, scan_at
from .fixed_points import require_limit
from .grid_axes import EFFECTIVE, axis_values
from .roots.search_limits import DEFAULT_LIMIT, SearchLimits, limited_search
from .variables import critical_value_variables

SAME = 1e-10
"""Values closer than this fraction of the range count as one."""
NEAR = 1e-8
FAR = 1e-4
"""Distances from a critical value, relative to that of the next, that distinguish pitchforks."""


def critical_values(
    system: System,
    parameter: str,
    start: float,
    stop: float,
    points: int = 200,
    *,
    limit: float = DEFAULT_LIMIT,
) -> xr.Dataset:
    """Find the values of a parameter at which branches or their stability change.

    Parameters
    ----------
    system : System
        Its parameters are single numbers.
    parameter : str
        The parameter that is varied, or "effective_detuning" where the system has it.
    start, stop : float
        Range of the parameter in SI; start lies below stop.
    points : int, default 200
        Points of the first scan; more points find narrower windows.
    limit : float, default 30
        CPU time in s per point that the search for all fixed points may be predicted to take.

    Returns
    -------
    xarray.Dataset
        Dimension crossing, by rising value.

        * value: in the unit of the parameter; accurate to about 1e-12 of itself, or to the distance
          at which a growth rate exceeds what counts as zero; pitchforks, where `fixed_points`
          cannot distinguish three roots, to 1e-8
        * kind: "fold", two branches meet and vanish; "pitchfork", two branches leave a third, whose
          stability changes; "hopf", a complex pair of eigenvalues begins or ceases to grow;
          "saddle", a real eigenvalue begins or ceases to grow, and no branch appears; "parametric",
          either of the last two in a linear model, where nothing limits the growth
        * frequency: imaginary part of the critical eigenvalue, rad/s
        * branches_below, branches_above, stable_below, stable_above: numbers of branches and of
          stable ones on either side

        Branches are isolated fixed points: circles of them, which a symmetry makes, are not
        counted.

    Raises
    ------
    ValueError
        For an unknown parameter, a range that does not rise, and a system with parameters that are
        arrays.
    WorkError
        Where the search for fixed points takes longer than `limit`.
    IncompleteError
        Where fixed points could be missing; the message names the value.

    References
    ----------
    Guckenheimer, Myers and Sturmfels, doi:10.1137/S0036142993253461: test functions.

    Examples
    --------
    >>> import qlangevin as ql
    >>> resonator = ql.systems.SpinningResonator.published(detuning=63e6)
    >>> found = ql.critical_values(resonator, "power", 0.05, 0.1, points=5)
    >>> found["kind"].values.tolist(), found["value"].values.round(5)
    (['fold', 'hopf', 'fold'], array([0.06553, 0.06881, 0.08563]))
    """
    require_system(system, "critical_values")
    start, stop = (float(value) for value in axis_values(system, parameter, [start, stop]))
    require_whole("points", points, 3)
    if not start < stop:
        raise ValueError(
            f"start must lie below stop, as {parameter} rises (got {start:g} and {stop:g})"
        )
    linear = as_single_model(system, "critical_values").linear
    with limited_search(SearchLimits(require_limit(limit), points)):
        values = _confirmed_values(system, parameter, start, stop, points)
        return _dataset(system, parameter, start, values, stop, linear)


def _confirmed_values(
    system: System, parameter: str, start: float, stop: float, points: int
) -> Array:
    """The critical values (crossings,) with different numbers on their two sides."""
    first = scan_at(system, parameter, np.linspace(start, stop, points))
    crossings = bisected(system, parameter, *brackets(system, parameter, first))
    values = merged(crossings, SAME * (stop - start))
    between = scan_at(system, parameter, _middles(start, values, stop)).signature
    return values[between[1:] != between[:-1]]


def _middles(start: float, values: Array, stop: float) -> Array:
    """Middles (crossings + 1,) of the intervals between critical values and ends of the range."""
    edges = np.concatenate([[start], values, [stop]])
    return (edges[:-1] + edges[1:]) / 2


def _dataset(
    system: System, parameter: str, start: float, values: Array, stop: float, linear: bool
) -> xr.Dataset:
    """The result for confirmed critical values (crossings,)."""
    middles = _middles(start, values, stop)
    regions = scan_at(system, parameter, middles)
    kind, frequency = _kinds(system, parameter, values, middles, regions, linear)
    found = {
        "value": values,
        "kind": kind,
        "frequency": frequency,
        "branches_below": regions.existing[:-1],
        "branches_above": regions.existing[1:],
        "stable_below": regions.stable[:-1],
        "stable_above": regions.stable[1:],
    }
    units = {field.name: field.metadata["unit"] for field in fields(system)} | {EFFECTIVE: "rad/s"}
    variables = critical_value_variables(parameter, units[parameter])
    return xr.Dataset(
        {name: variables[name].labelled(array) for name, array in found.items()},
        attrs={"provenance": provenance(system, parameter=parameter, start=start, stop=stop)},
    )


def _kinds(
    system: System, parameter: str, values: Array, middles: Array, regions: Scan, linear: bool
) -> tuple[Array, Array]:
    """Kind and frequency, rad/s, of critical values (crossings,) between `regions` at `middles`."""
    if not len(values):
        return np.zeros(0, "<U10"), np.zeros(0)
    below = regions.existing[:-1]
    above = regions.existing[1:]
    away = np.where(below < above, middles[:-1], middles[1:]) - values
    near, far = (scan_at(system, parameter, values + share * away).slowest for share in (NEAR, FAR))
    at_values = scan_at(system, parameter, values)
    frequency = np.where(below == above, at_values.frequency, 0.0)
    appearing = np.where(near < 0.1 * far, "pitchfork", "fold")
    crossing = np.where(linear, "parametric", np.where(frequency > 0, "hopf", "saddle"))
    return np.where(below == above, crossing, appearing), frequency
