"""Distribution of residence times that the data may cut short (censored)."""

from __future__ import annotations

import numpy as np
from scipy import stats

from ...sde.support.checks import Array
from .residences import Residences

FEWEST_EXITS = 5
"""Exits below which residence times are not tested."""


def exponential_test(
    duration: Array, ended: Array, memory: float = 0.0, interval: float = 0.0
) -> tuple[float, float]:
    """Kolmogorov–Smirnov test of residence times against an exponential law.

    Residences that have not `ended` are censored: with a constant hazard the exits, in order of
    age, lie evenly in the total time on test Σ min(duration, age) (Barlow and Campo, 1975), from
    the age `memory` on. Durations in whole sampling intervals are spread within them.

    Parameters
    ----------
    duration, ended : Array
        Residence times (residences,) in s, and whether an exit ended them.
    memory, interval : float
        Age from which on the law is tested, and time between samples, s.

    Returns
    -------
    tuple of float
        Distance from the exponential law, and its p-value; NaN for under five exits.
    """
    order = np.lexsort((~ended, duration))
    t = duration[order].astype(float)
    exit_here = ended[order]
    values, inverse = np.unique(t[exit_here], return_inverse=True)
    rank = np.arange(len(inverse)) - np.searchsorted(t[exit_here], values)[inverse]
    equal = np.bincount(inverse, minlength=len(values))[inverse]
    t[exit_here] -= interval * (1 - (rank + 0.5) / equal)
    order = np.argsort(t, kind="stable")
    excess = t[order] - memory
    exit_here = exit_here[order]
    excess, exit_here = excess[excess > 0], exit_here[excess > 0]
    at_risk = np.arange(len(excess), 0, -1)
    on_test = np.cumsum(at_risk * np.diff(excess, prepend=0.0))
    inner = on_test[exit_here][: -1 if exit_here[-1:].any() else None]
    if len(inner) < FEWEST_EXITS:
        return np.nan, np.nan
    found = stats.kstest(inner / on_test[-1], "uniform")
    return float(found.statistic), float(found.pvalue)


def survival(duration: Array, ended: Array) -> tuple[Array, Array]:
    """Ages (exits,) in s, and the share of residences (exits,) that last longer.

    The Kaplan–Meier estimate, doi:10.1080/01621459.1958.10501452; residences (residences,) that
    have not `ended` are censored.
    """
    order = np.lexsort((~ended, duration))
    at_risk = np.arange(len(order), 0, -1)
    left = np.cumprod(1 - ended[order] / at_risk)
    return duration[order][ended[order]], left[ended[order]]


def exponential_test_values(
    residences: Residences, memory: float, interval: float
) -> dict[str, Array]:
    """Results (2,) of the test for both branches beyond the memory; memory and interval in s."""
    tests = []
    for k in (0, 1):
        here = residences.branch == k
        tests.append(
            exponential_test(residences.duration[here], residences.ended[here], memory, interval)
        )
    distance, p = np.array(tests).T
    return {"exponential_distance": distance, "exponential_p": p}
