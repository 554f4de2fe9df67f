"""The parts of the reproduction of a paper: figures, and claims with verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import xarray as xr
from matplotlib.figure import Figure


class Verdict(StrEnum):
    """Whether a claim holds in our computation."""

    REPRODUCED = "reproduced"
    DIFFERENT = "reproduced with a difference"
    NOT = "not reproduced"


@dataclass(frozen=True)
class Finding:
    """Our result, the verdict, and the reason where a claim is not simply reproduced."""

    got: str
    verdict: Verdict
    why: str = ""


Panels = Mapping[str, xr.Dataset]
"""Datasets of a figure's panels and of its runs in time, by name."""
Data = Mapping[str, Panels]
"""Panels of a paper's figures, by the numbers of the figures."""
Check = Callable[[Data], Finding]


@dataclass(frozen=True)
class Claim:
    """A statement of the paper: its number, its text, and the function that checks it."""

    number: str
    says: str
    check: Check


@dataclass(frozen=True)
class PaperFigure:
    """A figure of the paper.

    Parameters
    ----------
    number : str
        Number in the paper.
    size : (int, int)
        Panels across and down.
    compute : callable
        Computes the data on a number of threads.
    draw : callable
        Draws the data on an empty figure.
    note : str
        What the paper does not print and what was chosen instead; what is added to the figure.
    """

    number: str
    size: tuple[int, int]
    compute: Callable[[int], Panels]
    draw: Callable[[Figure, Panels], None]
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """A paper: name on the command line, title, DOI, figures and claims."""

    name: str
    title: str
    reference: str
    figures: tuple[PaperFigure, ...]
    claims: tuple[Claim, ...]


def claim(number: str, says: str) -> Callable[[Check], Claim]:
    """Decorator: the claim that the decorated function checks."""
    return lambda check: Claim(number, says, check)


def by_number(*claims: Claim) -> tuple[Claim, ...]:
    """Claims of several modules in the order of their numbers: a letter and an integer."""
    return tuple(sorted(claims, key=lambda each: int(each.number[1:])))


class Limits(NamedTuple):
    """Largest deviations that count as reproduced, and as reproduced with a difference."""

    reproduced: float
    difference: float


CLOSE = Limits(0.05, 0.2)
"""Relative deviations from a printed number, or between curves said to be equal."""
EXCEPTIONS = Limits(0.005, 0.4)
"""Fractions of points that are exceptions to a claim about all points."""


def finding_if(holds: bool, got: str, why: str = "", *, exactly: bool = True) -> Finding:
    """Finding of a claim that holds or not; one that does not hold `exactly` has a difference."""
    if not holds:
        return Finding(got, Verdict.NOT, why)
    return Finding(got, Verdict.REPRODUCED) if exactly else Finding(got, Verdict.DIFFERENT, why)


def finding_by_deviation(
    deviation: float, limits: tuple[float, float], got: str, why: str
) -> Finding:
    """Finding of a claim from the deviation of our result; NaN is not reproduced."""
    return finding_if(deviation <= limits[1], got, why, exactly=deviation <= limits[0])
