"""Critical values of a parameter: where branches appear or vanish, and where one gains or loses stability.

The range is scanned, and every interval over which the branches or their numbers of growing eigenvalues change is
halved down to rounding, all at once. Two changes between neighbouring points undo each other and are not seen so; near
every place where an eigenvalue comes closest to growing or decaying, or a mean jumps, the scan is therefore repeated on
a finer grid, until the interval is a millionth of the range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..sde.labels import provenance, variable
from ..sde.polynomial import Array
from ..sde.system import System, require_whole
from .fixed_points import branches
from .grid import EFFECTIVE, at_values, axis_values

HALVINGS = 60
MOST = 32
"""Branches that a signature has room for."""
DIP = 1 - 1e-6
"""A distance that falls by less is level."""
FINER, ROUNDS = 12, 6
"""Points that replace an interval looked at more closely, and how often that is repeated."""
JUMP = 4.0
"""A mean that changes this much more over an interval than over either neighbour may hide a window of bistability."""
SAME = 1e-9
"""Crossings closer than this fraction of the range are one."""


@dataclass(frozen=True)
class _Survey:
    """What the branches are like at values x (..., points).

    A signature (..., points, branches) that changes at critical values only: the numbers of growing eigenvalues of the
    branches, rising, −1 for none; the distance of the nearest eigenvalue from the imaginary axis, and its frequency;
    the mean (..., points, n) of the first branch.
    """

    x: Array
    signature: Array
    distance: Array
    frequency: Array
    first_mean: Array

    def differs(self) -> Array:
        """Whether the signature changes over each interval, shape (..., points − 1)."""
        return np.asarray((self.signature[..., 1:, :] != self.signature[..., :-1, :]).any(axis=-1))

    def suspicious(self) -> Array:
        """Intervals beside a local minimum of the distance, and those over which the mean jumps, without a change."""
        near = np.pad(self.distance, [(0, 0)] * (self.x.ndim - 1) + [(1, 1)], constant_values=np.inf)
        lowest = (near[..., 1:-1] < DIP * near[..., :-2]) & (near[..., 1:-1] < DIP * near[..., 2:])
        jump = np.linalg.norm(np.diff(self.first_mean, axis=-2), axis=-1)
        beside = np.pad(jump, [(0, 0)] * (self.x.ndim - 1) + [(1, 1)])
        jumps = jump > JUMP * np.maximum(beside[..., :-2], beside[..., 2:])
        return np.asarray((lowest[..., :-1] | lowest[..., 1:] | jumps) & ~self.differs())

    def intervals(self, which: Array) -> Array:
        """The ends (chosen, 2) of some intervals."""
        return np.stack([self.x[..., :-1][which], self.x[..., 1:][which]], axis=1)


def critical_values(system: System, parameter: str, start: float, stop: float, points: int = 200) -> xr.Dataset:
    """Every value of a parameter between start and stop (SI) at which the branches or their stability change.

    Along the dimension crossing, rising: value; kind: "fold" (two branches meet and vanish), "hopf" (a complex pair
    starts to grow), "threshold" (a real eigenvalue does), "parametric" (either, in a linear model); frequency of the
    critical eigenvalue, rad/s; and branches_below, branches_above, stable_below, stable_above, the numbers on either
    side. A system with array-valued parameters is refused: ValueError, as for an unknown parameter or a bad range.
    """
    start, stop = axis_values(system, parameter, [start, stop])
    require_whole("points", points, 3)
    if not start < stop:
        raise ValueError(f"start must lie below stop (got {start:g} and {stop:g})")
    if system.model().batch:
        raise ValueError(f"critical_values takes one system (got parameters of shape {system.model().batch})")
    coarse = _survey(system, parameter, np.linspace(start, stop, points))
    brackets = _brackets(system, parameter, coarse)
    width = SAME * (stop - start)
    return _dataset(system, parameter, _merged(_halved(system, parameter, brackets, width), width), width)


def _survey(system: System, parameter: str, x: Array) -> _Survey:
    found = branches(at_values(system, {parameter: x.ravel()}).model())
    most = found["exists"].shape[-1]
    real, imaginary = (
        np.broadcast_to(found[f"eigenvalue_{part}"], (x.size, most, found["mean"].shape[-1]))
        for part in ("real", "imag")
    )
    growing = np.where(found["exists"], (real > 0).sum(axis=-1), -1)
    signature = np.full((x.size, MOST), -1)
    signature[:, MOST - most :] = np.sort(growing, axis=1)
    distances = np.where(np.isnan(real), np.inf, np.abs(real)).reshape(x.size, -1)
    nearest = np.arange(x.size), distances.argmin(axis=1)
    mean = np.broadcast_to(found["mean"], (x.size, *found["mean"].shape[-2:]))[:, 0]
    return _Survey(
        x,
        signature.reshape(*x.shape, MOST),
        distances[nearest].reshape(x.shape),
        np.abs(imaginary.reshape(x.size, -1)[nearest]).reshape(x.shape),
        mean.reshape(*x.shape, -1),
    )


def _brackets(system: System, parameter: str, survey: _Survey) -> Array:
    """Intervals (brackets, 2) over which the signature changes, hidden ones included."""
    found = [survey.intervals(survey.differs())]
    suspects = survey.intervals(survey.suspicious())
    for _ in range(ROUNDS):
        if not len(suspects):
            break
        finer = _survey(system, parameter, np.linspace(suspects[:, 0], suspects[:, 1], FINER, axis=-1))
        found.append(finer.intervals(finer.differs()))
        unchanged = ~finer.differs().any(axis=-1, keepdims=True)
        suspects = finer.intervals(finer.suspicious() & unchanged)
    return np.concatenate(found)


def _halved(system: System, parameter: str, brackets: Array, width: float) -> Array:
    """The first change of signature in each bracket, and those that follow it by more than a width."""
    values: list[float] = []
    while len(brackets):
        low, high = brackets.T.copy()
        left, right = (_survey(system, parameter, end).signature for end in (low, high))
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            same = (_survey(system, parameter, middle).signature == left).all(axis=1)
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        values.extend(high)
        beyond = np.minimum(high + width, brackets[:, 1])
        rest = (_survey(system, parameter, beyond).signature != right).any(axis=1)
        brackets = np.stack([beyond[rest], brackets[rest, 1]], axis=1)
    return np.array(values)


def _merged(values: Array, width: float) -> Array:
    """The first of each group of values that rounding alone tells apart."""
    values = np.sort(values)
    return values[np.diff(values, prepend=-np.inf) > width]


def _dataset(system: System, parameter: str, values: Array, width: float) -> xr.Dataset:
    unit = "rad/s" if parameter == EFFECTIVE else type(system).__dataclass_fields__[parameter].metadata["unit"]
    below, here, above = (_described(system, parameter, values + shift) for shift in (-width, 0.0, width))
    frequency, linear = here[2], system.model().linear
    frequency = np.where(below[0] != above[0], 0.0, frequency)
    kinds = np.where(frequency > 0, "hopf", "threshold")
    kinds = np.where(below[0] != above[0], "fold", kinds)
    counts = {
        "branches_below": below[0],
        "branches_above": above[0],
        "stable_below": below[1],
        "stable_above": above[1],
    }
    return xr.Dataset(
        {
            "value": variable(["crossing"], values, unit, f"critical value of {parameter}"),
            "kind": variable(
                ["crossing"], np.where(linear, "parametric", kinds), "1", "how stability is lost or gained"
            ),
            "frequency": variable(["crossing"], frequency, "rad/s", "of the critical eigenvalue"),
            **{name: variable(["crossing"], number, "1", name.replace("_", " ")) for name, number in counts.items()},
        },
        attrs={"provenance": provenance(system, parameter=parameter)},
    )


def _described(system: System, parameter: str, values: Array) -> tuple[Array, Array, Array]:
    """Numbers of branches and of stable ones, and the frequency of the eigenvalue nearest to growing."""
    if not len(values):
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    survey = _survey(system, parameter, values)
    return (survey.signature >= 0).sum(axis=1), (survey.signature == 0).sum(axis=1), survey.frequency
