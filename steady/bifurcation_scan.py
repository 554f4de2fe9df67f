"""Branches along a parameter, and the intervals over which their number or stability changes.

Two changes between neighbouring points can undo each other. They show as a dip of one of the test
functions that are smooth along a branch and vanish where a real eigenvalue, or the sum of two, does
(Guckenheimer, Myers and Sturmfels, doi:10.1137/S0036142993253461):

    det A = Π_i λ_i,        Π_{i<j} (λ_i + λ_j)

The scan is repeated on finer grids around every dip that may reach zero. It does not find two
branches far from all others that exist only between neighbouring points, nor two branches that
cross and exchange their stability between neighbouring points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..sde.support.checks import Array
from ..sde.system import System, as_model
from .branches import LOST, branches
from .grid_axes import at_values
from .roots.homotopy import IncompleteError
from .roots.symmetry import PHASE_FAMILY
from .stability import spectrum

HALVINGS = 60
"""Largest number of halvings of an interval."""
SPLITTING_HALVINGS = 20
"""Halvings that keep both halves if both hold a change; later, one of them may be rounding."""
MAX_INTERVALS = 4096
"""Number of intervals above which the changes are taken for rounding and the search ends."""
WIDTH = 1e-13
"""Width, relative to the value, at which an interval is halved no further."""
ZOOMS = 10
"""Number of successively finer scans of a dip."""
FINER = 9
"""Points of a finer scan over the two intervals of a dip."""
SHALLOW = 0.1
"""Depth of a dip relative to its value below which it does not reach zero; a parabola has 4."""


@dataclass(frozen=True)
class Scan:
    """The branches at values x (points,) of the parameter.

    signature (points,): the number of growing eigenvalues of each branch, as text. existing and
    stable (points,): numbers of branches. tests (points, test functions): their absolute values,
    branch by branch, NaN where there is none. slowest (points,): the least |λ|, rad/s. frequency
    (points,): |Im λ| of the eigenvalue next to the imaginary axis, rad/s.
    """

    x: Array
    signature: Array
    existing: Array
    stable: Array
    tests: Array
    slowest: Array
    frequency: Array

    def changes(self) -> tuple[Array, Array]:
        """Low and high ends (intervals,) of the intervals over which the signature changes."""
        changed = self.signature[1:] != self.signature[:-1]
        return self.x[:-1][changed], self.x[1:][changed]

    def dips(self) -> list[Array]:
        """Arrays (low, high): neighbours of each point near which a test function may be zero."""
        f = np.pad(self.tests, ((1, 1), (0, 0)), constant_values=np.nan)
        lower = np.fmin(f[:-2], f[2:])
        higher = np.fmax(f[:-2], f[2:])
        lowest = ((self.tests <= lower) & (higher - self.tests > SHALLOW * self.tests)).any(axis=1)
        changed = np.pad(self.signature[1:] != self.signature[:-1], 1)
        at = np.flatnonzero(lowest & ~changed[1:] & ~changed[:-1])
        last = len(self.x) - 1
        return list(self.x[np.clip(at[:, None] + [-1, 1], 0, last)])


def scan_at(system: System, parameter: str, x: Array) -> Scan:
    """The branches at values x (points,) of a parameter. IncompleteError where some are lost."""
    found = branches(as_model(at_values(system, {parameter: x})))
    lost = np.broadcast_to((found["reason"] == LOST).any(axis=-1), x.shape)
    if lost.any():
        raise IncompleteError(f"{parameter} = {x[lost][0]:.10g}: {LOST}")
    isolated = ~np.char.startswith(found["reason"].astype(str), PHASE_FAMILY)
    exists = np.broadcast_to(found["exists"] & isolated, (len(x), *found["exists"].shape[-1:]))
    A = np.where(exists[..., None, None], found["drift_matrix"], 0.0)
    values, zero = spectrum(A)
    values = np.where(exists[..., None], values, np.nan)
    growing = (values.real > zero).sum(axis=-1)
    flat = values.reshape(len(x), -1)
    nearest = np.where(np.isnan(flat), np.inf, np.abs(flat.real)).argmin(axis=1)
    frequency = np.where(np.abs(values.imag) > zero, np.abs(values.imag), 0.0).reshape(len(x), -1)
    return Scan(
        x=x,
        signature=_signature(np.where(exists, growing, -1)),
        existing=exists.sum(axis=1),
        stable=(exists & (growing == 0)).sum(axis=1),
        tests=_test_functions(values),
        slowest=np.fmin.reduce(np.abs(flat), axis=1),
        frequency=frequency[np.arange(len(x)), nearest],
    )


def _signature(growing: Array) -> Array:
    """Numbers of growing eigenvalues (points, branches), −1 for no branch, sorted, as text."""
    return np.array([" ".join(sorted(map(str, row[row >= 0]))) for row in growing])


def _test_functions(values: Array) -> Array:
    """|det A|, |Π_{i<j} (λ_i + λ_j)| (points, 2 branches) for eigenvalues (points, branches, n)."""
    first, second = np.triu_indices(values.shape[-1], 1)
    largest = np.fmax.reduce(np.abs(values), axis=(-2, -1), keepdims=True)
    scaled = values * (1 / np.where(largest > 0, largest, 1.0))
    determinant = np.abs(np.prod(scaled, axis=-1))
    sums = np.abs(np.prod(scaled[..., first] + scaled[..., second], axis=-1))
    return np.concatenate([determinant, sums], axis=1)


def brackets(system: System, parameter: str, scan: Scan) -> tuple[Array, Array]:
    """Low and high ends (intervals,) of all intervals over which the signature changes."""
    found = [scan.changes()]
    dips = scan.dips()
    for _ in range(ZOOMS):
        closer = [scan_at(system, parameter, np.linspace(ends[0], ends[1], FINER)) for ends in dips]
        found += [scan.changes() for scan in closer]
        dips = [ends for scan in closer for ends in scan.dips()]
    low, high = (np.concatenate(ends) for ends in zip(*found, strict=True))
    return low, high


def bisected(system: System, parameter: str, low: Array, high: Array) -> Array:
    """The values at which the signature changes within intervals from low to high (intervals,)."""
    if not len(low):
        return low
    left, right = (scan_at(system, parameter, ends).signature for ends in (low, high))
    for halving in range(HALVINGS):
        if np.all(high - low <= WIDTH * np.maximum(np.abs(low), np.abs(high))):
            break
        middle = (low + high) / 2
        here = scan_at(system, parameter, middle).signature
        first = left != here
        second = (here != right) & (~first | (halving < SPLITTING_HALVINGS))
        low = np.concatenate([low[first], middle[second]])
        high = np.concatenate([middle[first], high[second]])
        left = np.concatenate([left[first], here[second]])
        right = np.concatenate([here[first], right[second]])
        if len(low) > MAX_INTERVALS:
            raise IncompleteError(
                f"branches change at more than {MAX_INTERVALS} values of {parameter} between "
                f"{low.min():.10g} and {high.max():.10g}, where rounding decides between them; "
                "leave that part of the range out"
            )
    return (low + high) / 2


def merged(values: Array, width: float) -> Array:
    """Values (values,) in rising order, one for each group of values closer than a width."""
    values = np.sort(values)
    return values[np.diff(values, prepend=-np.inf) > width]
