"""The slow relaxation between two cores, from the transfer operator that the paths sample: no
residence time enters.

Let P_ij(τ) be the probability to be in core j a lag τ after being in core i. Once τ exceeds the
relaxation within the branches, how far apart the two starts still are,

    D(τ) = P₁₁ − P₂₁ + P₂₂ − P₁₂ ∝ e^{−(r₁ + r₂) τ},

decays as the slowest mode of the Fokker–Planck equation. Its logarithmic slope between two lags is
the implied rate (doi:10.1063/1.3565032); where it has no plateau there are no two states, and no
rates between them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from ...sde.labels import variable
from .branch_labels import Array
from .jackknife import delete_one
from .residences import Stays, total_rate

LAGS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
"""Lags of the curve of implied rates, in memories."""
EARLY, LATE, LAST = LAGS.index(1.0), LAGS.index(2.0), LAGS.index(4.0)
"""The slope is taken from the first to the last of them, the plateau tested between its two parts.
"""


def steps_of(times: Array, memory: float) -> Array:
    """The lags in whole sampling intervals (lags,); empty where the paths are too short or too
    coarsely sampled.
    """
    interval = float(np.median(np.diff(times)))
    steps = np.rint(np.array(LAGS) * memory / interval).astype(int)
    useful = memory > 0 and np.all(np.diff(steps, prepend=0) > 0) and steps[-1] < len(times) / 2
    return steps if useful else steps[:0]


def transitions(touched: Array, steps: Array, first: int) -> Array:
    """Per trajectory, samples in core i with what follows after each lag: (trajectories, lags, 2,
    3).

    The last axis counts those that are in core 0 and in core 1 then, and all; `touched` (times,
    trajectories) from the sample `first` on.
    """
    later = touched[first:]
    counts = np.zeros((touched.shape[1], len(steps), 2, 3))
    for at, step in enumerate(steps):
        now, then = later[:-step], later[step:]
        for i in (0, 1):
            here = now == i
            counts[:, at, i, 2] = np.count_nonzero(here, axis=0)
            for j in (0, 1):
                counts[:, at, i, j] = np.count_nonzero(here & (then == j), axis=0)
    return counts


def distance(counts: Array) -> Array:
    """D(τ) (..., lags) of summed counts (..., lags, 2, 3)."""
    P = counts[..., :2] / counts[..., 2:]
    return np.asarray(P[..., 0, 0] - P[..., 1, 0] + P[..., 1, 1] - P[..., 0, 1])


def slopes(lags: Array) -> Callable[[Array], tuple[Array, Array]]:
    """What reads implied rates off summed counts: between successive lags, and over [m, 2m], [2m,
    4m] and [m, 4m].
    """

    def read(counts: Array) -> tuple[Array, Array]:
        decayed = np.log(distance(counts))
        begin, end = [EARLY, LATE, EARLY], [LATE, LAST, LAST]
        wide = -(decayed[..., end] - decayed[..., begin]) / (lags[end] - lags[begin])
        return -np.diff(decayed) / np.diff(lags), wide

    return read


def lags_between(times: Array, memory: float) -> Array:
    """Middles of the intervals of lag over which rates are implied, s."""
    lags = steps_of(times, memory) * float(np.median(np.diff(times)))
    return np.asarray((lags[1:] + lags[:-1]) / 2)


def relaxation_variables(touched: Array, times: Array, stays: Stays) -> dict[str, xr.Variable]:
    """The slow relaxation of the sampled transfer operator, and how far r₁ + r₂ is from it."""
    steps = steps_of(times, stays.memory)
    intervals = max(len(steps) - 1, 0)
    found = np.full((2, intervals + 3), np.nan)
    if intervals and stays.exits.sum(axis=0).min() > 0:
        implied_rates = slopes(steps * float(np.median(np.diff(times))))
        counts = transitions(touched, steps, int(np.searchsorted(times, stays.memory)))

        def read(counts: Array, *parts: Array) -> Array:
            implied, wide = implied_rates(counts)
            early, late, whole = np.moveaxis(wide, -1, 0)
            total = total_rate(*parts, memory=stays.memory)
            return np.concatenate(
                [implied, np.stack([whole, total - whole, late - early], axis=-1)], axis=-1
            )

        found = np.array(delete_one(read, (counts, *stays.parts)))
    rows = {
        "implied_rate": (["lag"], slice(intervals), "slow relaxation rate between two lags"),
        "relaxation_rate": (
            [],
            intervals,
            "slow relaxation rate, r₁ + r₂, of the sampled transfer operator",
        ),
        "relaxation_gap": (
            [],
            intervals + 1,
            "r₁ + r₂ from residence times minus the slow relaxation rate",
        ),
        "plateau_gap": ([], intervals + 2, "slow relaxation rate at long minus at short lags"),
    }
    out = {}
    for name, (dimensions, at, meaning) in rows.items():
        out[name] = variable(dimensions, found[0][at], "1/s", meaning)
        out[f"{name}_stderr"] = variable(
            dimensions, found[1][at], "1/s", f"{meaning}, standard error"
        )
    return out
