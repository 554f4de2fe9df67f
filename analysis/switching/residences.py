"""Rates from residence times: how often a branch is left, and how often an arrival stays.

A path that enters a core may leave it again at once, and one that has just left cannot arrive at
once. Both spoil a count of exits. Beyond a `memory` m of some relaxation times a path has forgotten
how it came. There the residence times of branch i must be exponential, and two numbers describe
them, the hazard and the commitment,

    h_i = exits beyond m / time at risk beyond m,        κ_i = e^{h_i m} · share of the arrivals that stay beyond m.

The survival of arrivals is κ_i e^{−h_i t} at t > m: recrossings make κ < 1, the time that a
crossing takes makes κ > 1. Stays that follow one another at random relax at the rate r₁ + r₂, and
occupations settle at r₂ : r₁, with

    r₁ = h₁ κ₂ / (κ₁ + κ₂ − κ₁κ₂),        r₂ = h₂ κ₁ / (κ₁ + κ₂ − κ₁κ₂).

(Renewal theory: s = −(r₁ + r₂) solves f̂₁(s) f̂₂(s) = 1 for the Laplace transforms of the two laws,
to first order in r m. To first order in 1 − κ it is the transmission coefficient of reactive flux,
doi:10.1063/1.440484.) Neither the size of the cores nor the memory enters, as long as both are
within their range.

A stay that the data cut short is at risk until then; one with which a path begins counts beyond the
memory as others do, and is no arrival.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import stats

from ...sde.labels import variable
from .branch_labels import NOWHERE, Array, Spells, classify
from .jackknife import delete_one

BRANCH = "branch"
LEVEL = 0.95
"""Of the Poisson interval of a rate."""
FEWEST = 5
"""Exits below which no law of residence times can be told."""


@dataclass(frozen=True, eq=False)
class Stays:
    """Per trajectory and branch (trajectories, 2): all exits and the time spent, s; then what the
    rates are made of.

    Those are exits beyond the memory and the time at risk there, s, and arrivals whose first
    `memory` s lie within the data, with how many of them stayed so long; `brief` are exits within
    the memory.
    """

    exits: Array
    spent: Array
    late_exits: Array
    at_risk: Array
    arrivals: Array
    stayed: Array
    brief: Array
    memory: float

    @classmethod
    def of(cls, spells: Spells, trajectories: int, last: float, memory: float) -> Stays:
        """Count the spells of paths that are known until `last`, s."""

        def per_trajectory(chosen: Array, weight: Array | None = None) -> Array:
            counts = []
            for k in (0, 1):
                here = chosen & (spells.branch == k)
                weights = None if weight is None else weight[here]
                counts.append(np.bincount(spells.trajectory[here], weights, trajectories))
            return np.stack(counts, axis=-1).astype(float)

        beyond, seen = spells.duration > memory, spells.entered & (spells.begin <= last - memory)
        everything = np.ones(len(beyond), bool)
        return cls(
            exits=per_trajectory(spells.ended),
            spent=per_trajectory(everything, spells.duration),
            late_exits=per_trajectory(beyond & spells.ended),
            at_risk=per_trajectory(beyond, spells.duration - memory),
            arrivals=per_trajectory(seen),
            stayed=per_trajectory(seen & beyond),
            brief=per_trajectory(~beyond & spells.ended),
            memory=memory,
        )

    @property
    def parts(self) -> tuple[Array, ...]:
        """What `rates` takes, per trajectory."""
        return self.late_exits, self.at_risk, self.arrivals, self.stayed

    def estimate(self, read: Callable[..., Array]) -> tuple[Array, Array]:
        """read(*parts, memory=…) of the sums over trajectories, with its jackknife error."""
        return delete_one(lambda *parts: read(*parts, memory=self.memory), self.parts)


def hazard(late_exits: Array, at_risk: Array, *_: Array, memory: float) -> Array:
    """h (..., 2), 1/s."""
    return np.asarray(late_exits / at_risk)


def commitment(
    late_exits: Array, at_risk: Array, arrivals: Array, stayed: Array, *, memory: float
) -> Array:
    """κ (..., 2); one where there is no arrival."""
    share = np.where(arrivals > 0, stayed / np.where(arrivals > 0, arrivals, 1), 1.0)
    grown = np.where(arrivals > 0, np.exp(late_exits / at_risk * memory), 1.0)
    return np.asarray(share * grown)


def rates(
    late_exits: Array, at_risk: Array, arrivals: Array, stayed: Array, *, memory: float
) -> Array:
    """r (..., 2), 1/s."""
    kappa = commitment(late_exits, at_risk, arrivals, stayed, memory=memory)
    both = kappa.sum(axis=-1) - kappa.prod(axis=-1)
    return np.asarray(late_exits / at_risk * kappa[..., ::-1] / both[..., None])


def total_rate(*parts: Array, memory: float) -> Array:
    """r₁ + r₂ (...), 1/s."""
    return np.asarray(rates(*parts, memory=memory).sum(axis=-1))


def exponential_test(
    duration: Array, ended: Array, memory: float = 0.0, interval: float = 0.0
) -> tuple[float, float]:
    """Kolmogorov–Smirnov distance of residence times from exponential law, and its p-value; NaN for
    under five exits.

    Stays that have not `ended` are censored: with a constant hazard the exits, in order of age, lie
    evenly in the total time on test Σ min(duration, age) (Barlow and Campo, 1975), from the age
    `memory` on. Durations in whole sampling intervals are spread within them. Times in s, duration
    and ended (spells,).
    """
    order = np.lexsort((~ended, duration))
    t, exit_here = duration[order].astype(float), ended[order]
    values, inverse = np.unique(t[exit_here], return_inverse=True)
    rank = np.arange(len(inverse)) - np.searchsorted(t[exit_here], values)[inverse]
    t[exit_here] -= interval * (
        1 - (rank + 0.5) / np.bincount(inverse, minlength=len(values))[inverse]
    )
    order = np.argsort(t, kind="stable")
    excess, exit_here = t[order] - memory, exit_here[order]
    excess, exit_here = excess[excess > 0], exit_here[excess > 0]
    at_risk = np.arange(len(excess), 0, -1)
    on_test = np.cumsum(at_risk * np.diff(excess, prepend=0.0))
    inner = on_test[exit_here][: -1 if exit_here[-1:].any() else None]
    if len(inner) < FEWEST:
        return np.nan, np.nan
    found = stats.kstest(inner / on_test[-1], "uniform")
    return float(found.statistic), float(found.pvalue)


def survival(duration: Array, ended: Array) -> tuple[Array, Array]:
    """Ages (exits,) and the share of stays that last longer, stays that have not `ended` being
    censored.

    Kaplan and Meier, doi:10.1080/01621459.1958.10501452.
    """
    order = np.lexsort((~ended, duration))
    at_risk = np.arange(len(order), 0, -1)
    left = np.cumprod(1 - ended[order] / at_risk)
    return duration[order][ended[order]], left[ended[order]]


def count_variables(stays: Stays) -> dict[str, xr.Variable]:
    """Exits, time spent and time at risk of each branch, and the share of short stays beside the
    exponential law's.
    """
    exits, late, risk, brief = (
        part.sum(axis=0) for part in (stays.exits, stays.late_exits, stays.at_risk, stays.brief)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        short, law = brief / exits, 1 - np.exp(-late / risk * stays.memory)
    return {
        "exits": variable(
            [BRANCH], exits.astype(int), "1", "exits to the other branch, from core to core"
        ),
        "time_spent": variable(
            [BRANCH], stays.spent.sum(axis=0), "s", "time of all trajectories in the branch"
        ),
        "exits_late": variable(
            [BRANCH], late.astype(int), "1", "exits after stays longer than the memory"
        ),
        "time_at_risk": variable(
            [BRANCH], risk, "s", "time of all trajectories beyond the memory of their stays"
        ),
        "short_share": variable([BRANCH], short, "1", "share of the exits within the memory"),
        "short_share_expected": variable([BRANCH], law, "1", "the same by an exponential law"),
    }


def crossing_variables(touched: Array, labels: Array, times: Array) -> dict[str, xr.Variable]:
    """How long paths are on their way from core to core, from the last sample in the one to the
    first in the other.
    """
    following = classify(touched[::-1], labels[::-1] != NOWHERE)[::-1][:-1]
    dt, crossing = np.diff(times), []
    for k in (0, 1):
        under_way = (labels[:-1] == k) & (following == 1 - k) & (touched[:-1] == NOWHERE)
        crossing.append(float((dt @ under_way).sum()))
    exits = [np.count_nonzero((labels[:-1] == k) & (labels[1:] == 1 - k)) for k in (0, 1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.array(crossing) / np.array(exits)
    return {
        "crossing_time": variable(
            [BRANCH], mean, "s", "mean time from the last sample in the core to the other core"
        ),
        "outside": variable(
            [], np.mean(touched == NOWHERE), "1", "share of the samples outside both cores"
        ),
    }


def rate_variables(stays: Stays) -> dict[str, xr.Variable]:
    """Hazard, commitment and rate of each branch, and the rate of relaxation, with their errors."""
    exits, risk = stays.late_exits.sum(axis=0), stays.at_risk.sum(axis=0)
    (h, h_error), (kappa, kappa_error) = stays.estimate(hazard), stays.estimate(commitment)
    (rate, error), (total, total_error) = stays.estimate(rates), stays.estimate(total_rate)
    tail = (1 - LEVEL) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(exits > 0, rate / h, 1.0) / risk
        poisson = np.where(exits > 0, rate / np.sqrt(exits), np.nan)
        low = np.where(exits > 0, stats.chi2.ppf(tail, 2 * exits) / 2, 0.0) * factor
        high = stats.chi2.isf(tail, 2 * exits + 2) / 2 * factor
    some = exits > 0
    return {
        "hazard": variable([BRANCH], h, "1/s", "exits beyond the memory over time at risk there"),
        "hazard_stderr": variable(
            [BRANCH], np.where(some, h_error, np.nan), "1/s", "its error over trajectories"
        ),
        "commitment": variable(
            [BRANCH], kappa, "1", "arrivals that stay beyond the memory, over the exponential law"
        ),
        "commitment_stderr": variable([BRANCH], kappa_error, "1", "its error over trajectories"),
        "rate": variable([BRANCH], rate, "1/s", "rate to the other branch"),
        "rate_stderr": variable(
            [BRANCH], np.where(some, error, np.nan), "1/s", "its error over trajectories"
        ),
        "rate_total": variable([], total, "1/s", "rate at which the occupations relax, r₁ + r₂"),
        "rate_total_stderr": variable(
            [], np.where(some.all(), total_error, np.nan), "1/s", "its error over trajectories"
        ),
        "rate_stderr_poisson": variable(
            [BRANCH], poisson, "1/s", "its error if exits are a Poisson process"
        ),
        "rate_low": variable([BRANCH], low, "1/s", "lower end of its 95 % Poisson interval"),
        "rate_high": variable([BRANCH], high, "1/s", "upper end of its 95 % Poisson interval"),
    }


def law_variables(stays: Spells, memory: float, interval: float) -> dict[str, xr.Variable]:
    """The test of each branch's residence times beyond the memory against an exponential law;
    interval in s.
    """
    tests = []
    for k in (0, 1):
        chosen = stays.branch == k
        tests.append(
            exponential_test(stays.duration[chosen], stays.ended[chosen], memory, interval)
        )
    distance, p = np.array(tests).T
    return {
        "exponential_distance": variable(
            [BRANCH], distance, "1", "Kolmogorov–Smirnov distance from exponential law"
        ),
        "exponential_p": variable(
            [BRANCH], p, "1", "p-value of the residence times under an exponential law"
        ),
    }
