"""Critical values of a parameter: where fixed points appear or vanish, or one of them gains or
loses stability.

A scan finds the intervals over which the number of branches, or of eigenvalues that grow on them,
changes; they are halved down to rounding, all at once. Two changes between neighbouring points undo
each other. What shows them is a dip of one of the test functions that are smooth along a branch and
vanish where a real eigenvalue, or the sum of two, does (Guckenheimer, Myers and Sturmfels,
doi:10.1137/S0036142993253461):

    det A = Π_i λ_i,        Π_{i<j} (λ_i + λ_j)

The scan is repeated on finer grids around every dip that may reach zero. It does not see what
leaves no trace on its grid: two branches far from all others that exist only between neighbouring
points, or two that cross and exchange their stability.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from ..sde.labels import provenance, variable
from ..sde.support.checks import Array, require_whole
from ..sde.system import System, as_model, as_single_model, require_system
from .fixed_points import LOST, branches, require_limit
from .grid import EFFECTIVE, at_values, axis_values
from .roots.homotopy import IncompleteError
from .roots.search import LIMIT, Search, conducting
from .roots.symmetry import TURNED
from .stability import spectrum

HALVINGS = 60
SPLITTINGS = 20
"""Halvings that keep both halves of an interval where both hold a change; after that rounding may
look like changes.
"""
MOST = 4096
"""Intervals at a time after which the changes are taken for rounding, and the search is given up.
"""
WIDTH = 1e-13
"""Width, relative to the value, at which an interval is halved no further."""
ZOOMS, FINER = 10, 9
"""How often a dip is looked at more closely, each time with so many points over its two intervals.
"""
SHALLOW = 0.1
"""A dip that lies less than this below its neighbours, relative to itself, does not reach zero; a
parabola's: 4.
"""
SAME = 1e-10
"""Values closer than this fraction of the range are one."""
NEAR, FAR = 1e-8, 1e-4
"""Distances from a critical value, in units of that to the next one, that tell a pitchfork from a
fold.
"""


@dataclass(frozen=True)
class _Scan:
    """The branches at values x (points,) of the parameter.

    signature (points,): the number of growing eigenvalues of each branch, in words. existing and
    stable (points,): numbers of branches. tests (points, test functions): their absolute values,
    branch by branch, NaN where there is none. slowest (points,): the least |λ|. frequency
    (points,): |Im λ| of the eigenvalue next to the imaginary axis.
    """

    x: Array
    signature: Array
    existing: Array
    stable: Array
    tests: Array
    slowest: Array
    frequency: Array

    def changes(self) -> tuple[Array, Array]:
        """Ends of the intervals over which the signature changes."""
        changed = self.signature[1:] != self.signature[:-1]
        return self.x[:-1][changed], self.x[1:][changed]

    def dips(self) -> list[Array]:
        """Neighbours of each point at which a test function is least and may reach zero beside it."""
        f = np.pad(self.tests, ((1, 1), (0, 0)), constant_values=np.nan)
        lower, higher = np.fmin(f[:-2], f[2:]), np.fmax(f[:-2], f[2:])
        lowest = ((self.tests <= lower) & (higher - self.tests > SHALLOW * self.tests)).any(axis=1)
        changed = np.pad(self.signature[1:] != self.signature[:-1], 1)
        at = np.flatnonzero(lowest & ~changed[1:] & ~changed[:-1])
        last = len(self.x) - 1
        return list(self.x[np.clip(at[:, None] + [-1, 1], 0, last)])


def critical_values(
    system: System,
    parameter: str,
    start: float,
    stop: float,
    points: int = 200,
    *,
    limit: float = LIMIT,
) -> xr.Dataset:
    """Every value of a parameter from start to stop (SI) at which branches or their stability
    change, rising.

    Along the dimension crossing: value; kind; frequency of the critical eigenvalue, rad/s; and
    branches_below, branches_above, stable_below, stable_above, the numbers of branches and of
    stable ones on either side. Values are right to about 1e-12 of themselves, or as far as growth
    differs from `MARGINAL`; pitchforks, where `fixed_points` cannot tell three roots apart, to
    1e-8. Kinds:

    "fold"        two branches meet and vanish
    "pitchfork"   two branches leave a third, whose stability changes
    "hopf"        a complex pair of eigenvalues begins or ceases to grow
    "saddle"      a real eigenvalue does, and no branch appears
    "parametric"  either, in a linear model, where nothing limits what grows

    Branches are isolated fixed points: circles of them, which a symmetry makes, are not counted.
    The more `points` in the first scan, the narrower the windows that are found. Raises ValueError
    for an unknown parameter, a range that does not rise, and a system with parameters that are
    arrays; WorkError beyond `limit`, as `fixed_points` does; IncompleteError, naming the value,
    where fixed points could be missing.
    """
    require_system(system, "critical_values")
    start, stop = (float(value) for value in axis_values(system, parameter, [start, stop]))
    require_whole("points", points, 3)
    if not start < stop:
        raise ValueError(
            f"start must lie below stop, as {parameter} rises (got {start:g} and {stop:g})"
        )
    linear = as_single_model(system, "critical_values").linear
    with conducting(Search(require_limit(limit), points)):
        return _found(system, parameter, start, stop, points, linear)


def _found(
    system: System, parameter: str, start: float, stop: float, points: int, linear: bool
) -> xr.Dataset:
    first = _scan(system, parameter, np.linspace(start, stop, points))
    values = _merged(
        _halved(system, parameter, *_brackets(system, parameter, first)), SAME * (stop - start)
    )
    between = _scan(system, parameter, _middles(start, values, stop)).signature
    confirmed = values[between[1:] != between[:-1]]
    return _dataset(system, parameter, start, confirmed, stop, linear)


def _scan(system: System, parameter: str, x: Array) -> _Scan:
    found = branches(as_model(at_values(system, {parameter: x})))
    lost = np.broadcast_to((found["reason"] == LOST).any(axis=-1), x.shape)
    if lost.any():
        raise IncompleteError(f"{parameter} = {x[lost][0]:.10g}: {LOST}")
    alone = ~np.char.startswith(found["reason"].astype(str), TURNED)
    exists = np.broadcast_to(found["exists"] & alone, (len(x), *found["exists"].shape[-1:]))
    A = np.where(exists[..., None, None], found["drift_matrix"], 0.0)
    rates, zero = spectrum(A)
    rates = np.where(exists[..., None], rates, np.nan)
    growing = (rates.real > zero).sum(axis=-1)
    first, second = np.triu_indices(rates.shape[-1], 1)
    largest = np.fmax.reduce(np.abs(rates), axis=(-2, -1), keepdims=True)
    scaled = rates * (1 / np.where(largest > 0, largest, 1.0))
    tests = [
        np.abs(np.prod(factors, axis=-1))
        for factors in (scaled, scaled[..., first] + scaled[..., second])
    ]
    flat = rates.reshape(len(x), -1)
    nearest = np.where(np.isnan(flat), np.inf, np.abs(flat.real)).argmin(axis=1)
    frequency = np.where(np.abs(rates.imag) > zero, np.abs(rates.imag), 0.0).reshape(len(x), -1)
    return _Scan(
        x=x,
        signature=np.array(
            [" ".join(sorted(map(str, row[row >= 0]))) for row in np.where(exists, growing, -1)]
        ),
        existing=exists.sum(axis=1),
        stable=(exists & (growing == 0)).sum(axis=1),
        tests=np.concatenate(tests, axis=1),
        slowest=np.fmin.reduce(np.abs(flat), axis=1),
        frequency=frequency[np.arange(len(x)), nearest],
    )


def _brackets(system: System, parameter: str, scan: _Scan) -> tuple[Array, Array]:
    """Low and high ends of the intervals over which the signature changes, hidden ones included."""
    found, dips = [scan.changes()], scan.dips()
    for _ in range(ZOOMS):
        closer = [_scan(system, parameter, np.linspace(ends[0], ends[1], FINER)) for ends in dips]
        found += [scan.changes() for scan in closer]
        dips = [ends for scan in closer for ends in scan.dips()]
    low, high = (np.concatenate(ends) for ends in zip(*found, strict=True))
    return low, high


def _halved(system: System, parameter: str, low: Array, high: Array) -> Array:
    """The values within the intervals at which the signature changes."""
    if not len(low):
        return low
    left, right = (_scan(system, parameter, ends).signature for ends in (low, high))
    for halving in range(HALVINGS):
        if np.all(high - low <= WIDTH * np.maximum(np.abs(low), np.abs(high))):
            break
        middle = (low + high) / 2
        here = _scan(system, parameter, middle).signature
        first = left != here
        second = (here != right) & (~first | (halving < SPLITTINGS))
        low, high = (
            np.concatenate([low[first], middle[second]]),
            np.concatenate([middle[first], high[second]]),
        )
        left, right = (
            np.concatenate([left[first], here[second]]),
            np.concatenate([here[first], right[second]]),
        )
        if len(low) > MOST:
            raise IncompleteError(
                f"branches change at more than {MOST} values of {parameter} between {low.min():.10g} and "
                f"{high.max():.10g}, where rounding decides between them; leave that part of the range out"
            )
    return (low + high) / 2


def _merged(values: Array, width: float) -> Array:
    """The values in rising order, one for each group."""
    values = np.sort(values)
    return values[np.diff(values, prepend=-np.inf) > width]


def _middles(start: float, values: Array, stop: float) -> Array:
    """The middle of each interval between critical values and the ends of the range."""
    edges = np.concatenate([[start], values, [stop]])
    return (edges[:-1] + edges[1:]) / 2


def _dataset(
    system: System, parameter: str, start: float, values: Array, stop: float, linear: bool
) -> xr.Dataset:
    """The result for confirmed critical values."""
    middles = _middles(start, values, stop)
    regions = _scan(system, parameter, middles)
    below, above = regions.existing[:-1], regions.existing[1:]
    kind, frequency = np.zeros(0, "<U10"), np.zeros(0)
    if len(values):
        away = np.where(below < above, middles[:-1], middles[1:]) - values
        near, far = (
            _scan(system, parameter, values + share * away).slowest for share in (NEAR, FAR)
        )
        frequency = np.where(below == above, _scan(system, parameter, values).frequency, 0.0)
        appearing = np.where(near < 0.1 * far, "pitchfork", "fold")
        crossing = np.where(linear, "parametric", np.where(frequency > 0, "hopf", "saddle"))
        kind = np.where(below == above, crossing, appearing)
    units = {field.name: field.metadata["unit"] for field in fields(system)} | {EFFECTIVE: "rad/s"}
    meanings = {
        "value": (values, units[parameter], f"critical value of {parameter}"),
        "kind": (kind, "1", "fold, pitchfork, hopf, saddle or parametric"),
        "frequency": (frequency, "rad/s", "imaginary part of the critical eigenvalue"),
        "branches_below": (below, "1", "number of branches below the value"),
        "branches_above": (above, "1", "number of branches above the value"),
        "stable_below": (regions.stable[:-1], "1", "number of stable branches below the value"),
        "stable_above": (regions.stable[1:], "1", "number of stable branches above the value"),
    }
    return xr.Dataset(
        {name: variable(["crossing"], *meaning) for name, meaning in meanings.items()},
        attrs={"provenance": provenance(system, parameter=parameter, start=start, stop=stop)},
    )
