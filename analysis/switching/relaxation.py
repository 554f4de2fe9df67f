"""The slow relaxation rate r₁ + r₂ from the transfer operator sampled by the paths.

Let P_ij(τ) be the probability to be in core j a lag τ after being in core i. Once τ exceeds the
relaxation within the branches, the difference that the starting core still makes,

    D(τ) = P₁₁ − P₂₁ + P₂₂ − P₁₂ ∝ e^{−(r₁ + r₂) τ},

decays as the slowest mode of the Fokker–Planck equation. Its logarithmic slope between two lags is
the implied rate (doi:10.1063/1.3565032). Where the implied rate has no plateau, there are no two
metastable states and no rates between them. No residence time enters.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...sde.support.checks import Array
from .jackknife import delete_one_jackknife
from .rates import total_rate
from .residences import ResidenceCounts

LAGS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
"""Lags between which rates are implied, in memory times."""
FIRST, MIDDLE, LAST = (LAGS.index(lag) for lag in (1.0, 2.0, 4.0))
"""The relaxation rate is the slope from FIRST to LAST; its two parts test the plateau."""


def lag_steps(times: Array, memory: float) -> Array:
    """The lags (lags,) in whole sampling intervals.

    Empty where the paths are too short or too coarsely sampled; times (times,) and memory in s.
    """
    interval = float(np.median(np.diff(times)))
    steps = np.rint(np.array(LAGS) * memory / interval).astype(int)
    usable = memory > 0 and np.all(np.diff(steps, prepend=0) > 0) and steps[-1] < len(times) / 2
    return steps if usable else steps[:0]


def count_transitions(core: Array, steps: Array, first: int) -> Array:
    """Samples in core i, by the core in which the path is after each lag, per trajectory.

    core (times, trajectories) counts from the sample `first` on. Returns (trajectories, lags, 2,
    3): the last axis counts those that are in core 0 then, those in core 1, and all.
    """
    later = core[first:]
    counts = np.zeros((core.shape[1], len(steps), 2, 3))
    for at, step in enumerate(steps):
        now = later[:-step]
        then = later[step:]
        for i in (0, 1):
            here = now == i
            counts[:, at, i, 2] = np.count_nonzero(here, axis=0)
            for j in (0, 1):
                counts[:, at, i, j] = np.count_nonzero(here & (then == j), axis=0)
    return counts


def difference_of_starts(counts: Array) -> Array:
    """D(τ) (..., lags) of summed counts (..., lags, 2, 3)."""
    P = counts[..., :2] / counts[..., 2:]
    return np.asarray(P[..., 0, 0] - P[..., 1, 0] + P[..., 1, 1] - P[..., 0, 1])


def implied_rates(lags: Array) -> Callable[[Array], tuple[Array, Array]]:
    """The estimator of implied rates, 1/s, from summed counts (..., lags, 2, 3), for lags in s.

    It returns those between successive lags, and those over [m, 2m], [2m, 4m] and [m, 4m].
    """

    def estimator(counts: Array) -> tuple[Array, Array]:
        decay = np.log(difference_of_starts(counts))
        begin = [FIRST, MIDDLE, FIRST]
        end = [MIDDLE, LAST, LAST]
        wide = -(decay[..., end] - decay[..., begin]) / (lags[end] - lags[begin])
        return -np.diff(decay) / np.diff(lags), wide

    return estimator


def lags_between(times: Array, memory: float) -> Array:
    """Middles (lags − 1,) of the intervals between lags, s, for times (times,) in s."""
    lags = lag_steps(times, memory) * float(np.median(np.diff(times)))
    return np.asarray((lags[1:] + lags[:-1]) / 2)


def relaxation_values(core: Array, times: Array, residences: ResidenceCounts) -> dict[str, Array]:
    """The implied rates, the slow relaxation rate, and its difference from r₁ + r₂, with errors.

    core (times, trajectories), times (times,) in s. NaN where a core is never left.
    """
    steps = lag_steps(times, residences.memory)
    intervals = max(len(steps) - 1, 0)
    found = np.full((2, intervals + 3), np.nan)
    if intervals and residences.exits.sum(axis=0).min() > 0:
        rates_of = implied_rates(steps * float(np.median(np.diff(times))))
        settled = int(np.searchsorted(times, residences.memory))

        def estimator(transitions: Array, *rate_counts: Array) -> Array:
            implied, wide = rates_of(transitions)
            early, late, whole = np.moveaxis(wide, -1, 0)
            total = total_rate(*rate_counts, memory=residences.memory)
            rows = np.stack([whole, total - whole, late - early], axis=-1)
            return np.concatenate([implied, rows], axis=-1)

        transitions = count_transitions(core, steps, settled)
        found = np.array(delete_one_jackknife(estimator, (transitions, *residences.rate_counts)))
    columns: dict[str, int | slice] = {
        "implied_rate": slice(intervals),
        "relaxation_rate": intervals,
        "relaxation_gap": intervals + 1,
        "plateau_gap": intervals + 2,
    }
    out = {}
    for name, column in columns.items():
        out[name] = found[0][column]
        out[f"{name}_stderr"] = found[1][column]
    return out
