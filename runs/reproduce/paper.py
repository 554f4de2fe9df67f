"""What reproducing a paper consists of: figures, computed and drawn, and claims, judged by the data
of the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ...sde.support.checks import Array


class Verdict(StrEnum):
    """Whether a claim holds in our computation; a difference is given and explained, a failure
    explained and tested.
    """

    REPRODUCED = "reproduced"
    DIFFERENT = "reproduced with a difference"
    NOT = "not reproduced"


@dataclass(frozen=True)
class Finding:
    """What we get, in words with numbers, the verdict, and why it is so where it is not simply
    reproduced.
    """

    got: str
    verdict: Verdict
    why: str = ""


Panels = Mapping[str, xr.Dataset]
"""The datasets of a figure's panels, and of its runs in time, by name."""
Data = Mapping[str, Panels]
"""The panels of a paper's figures, by the numbers of the figures."""


@dataclass(frozen=True)
class Claim:
    """A numbered statement of the paper, and how the data judge it."""

    number: str
    says: str
    find: Callable[[Data], Finding]


@dataclass(frozen=True)
class Plate:
    """A figure of the paper: `compute` on so many threads, `draw` on an empty figure of `size` in
    columns and rows.

    `note` says what the paper does not print and what was chosen instead.
    """

    number: str
    size: tuple[int, int]
    compute: Callable[[int], Panels]
    draw: Callable[[Figure, Panels], None]
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """A paper: its name on the command line, its title, DOI, its figures and claims."""

    name: str
    title: str
    reference: str
    plates: tuple[Plate, ...]
    claims: tuple[Claim, ...]


def judged(holds: bool, got: str, why: str = "") -> Finding:
    """Reproduced if it holds, else not, with the reason."""
    return graded(0.0 if holds else 1.0, (0.5, 0.5), got, why)


def graded(distance: float, limits: tuple[float, float], got: str, why: str) -> Finding:
    """Reproduced up to the first limit of a distance from the claim, with a difference up to the
    second, else not.
    """
    if distance <= limits[0]:
        return Finding(got, Verdict.REPRODUCED)
    return Finding(got, Verdict.DIFFERENT if distance <= limits[1] else Verdict.NOT, why)


def claims(*finders: Callable[[Data], Finding]) -> tuple[Claim, ...]:
    """Claims from functions named after their numbers, whose docstrings are what the paper says."""
    return tuple(
        Claim(find.__name__.upper(), (find.__doc__ or "").rstrip("."), find) for find in finders
    )


CLOSE = (0.05, 0.2)
"""Relative distances from a printed number, or of curves said to be equal: reproduced, with a
difference.
"""
EXCEPTIONS = (0.005, 0.4)
"""Shares of points that do not do what all are said to do: reproduced, with a difference."""


def bound(value: float, least: float = 1e-9) -> str:
    """A small number as a power of ten that it does not exceed, no less than `least`: rounding
    errors say nothing.
    """
    return f"{10.0 ** np.ceil(np.log10(max(abs(value), least)) - 1e-9):.0e}"


def crossings(x: Array, y: Array, level: float = 0.0) -> Array:
    """Where the broken line through the points (x, y) crosses a level, by rising place; NaNs break
    it.
    """
    above = y - level
    begin = np.flatnonzero(
        (np.sign(above[:-1]) * np.sign(above[1:]) < 0) | (above[1:] == 0) & (above[:-1] != 0)
    )
    share = above[begin] / (above[begin] - above[begin + 1])
    return np.asarray(x[begin] + share * (x[begin + 1] - x[begin]))


def peak(curve: xr.DataArray, axis: str) -> tuple[float, float]:
    """Where a curve is largest, and how large."""
    best = int(np.nanargmax(curve.values))
    return float(curve[axis][best]), float(curve[best])


def rises(values: Array, axis: int) -> float:
    """Share of neighbours along an axis, both with a steady state, between which values rise or
    stay.
    """
    steps = np.diff(values, axis=axis)
    return float(np.mean(steps[np.isfinite(steps)] >= -1e-12))
