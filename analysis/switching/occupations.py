"""Share of the time that paths spend in each branch, measured and predicted by the rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...sde.support.checks import Array
from .branch_labels import NO_BRANCH
from .jackknife import delete_one_jackknife
from .rates import rates
from .residences import ResidenceCounts


@dataclass(frozen=True, eq=False)
class OccupationCounts:
    """Per trajectory and branch (trajectories, 2): time spent after settling, s, and first branch.

    `first` is one in the branch where the trajectory begins, else zero; `window` is the time from
    settling to the end of the paths, s.
    """

    counts: ResidenceCounts
    time_spent: Array
    first: Array
    window: tuple[float, float]

    @classmethod
    def of(
        cls, labels: Array, times: Array, settling: float, counts: ResidenceCounts
    ) -> OccupationCounts:
        """Count sampling intervals after settling by the branch in which they begin.

        labels are (times, trajectories), times (times,) in s.
        """
        now = labels[:-1]
        then = labels[1:]
        dt = np.diff(times) * (times[:-1] >= settling)
        spent = [dt @ ((now == k) & (then != NO_BRANCH)) for k in (0, 1)]
        begin = np.argmax(labels != NO_BRANCH, axis=0)
        first = [labels[begin, np.arange(labels.shape[1])] == k for k in (0, 1)]
        return cls(
            counts=counts,
            time_spent=np.stack(spent, axis=-1),
            first=np.stack(first, axis=-1).astype(float),
            window=(settling, float(times[-1])),
        )

    def estimate(self, share: Callable[..., Array]) -> tuple[Array, Array]:
        """share(time spent, first branches, rates, window) and its jackknife error, (2,) each."""

        def with_rates(time_spent: Array, first: Array, *rate_counts: Array) -> Array:
            rate = rates(*rate_counts, memory=self.counts.memory)
            return share(time_spent, first, rate, self.window)

        return delete_one_jackknife(
            with_rates, (self.time_spent, self.first, *self.counts.rate_counts)
        )

    def values(self) -> dict[str, Array]:
        """Occupations (2,), measured and from the rates, with their errors."""
        shares: dict[str, Callable[..., Array]] = {
            "occupation": _measured,
            "occupation_expected": _expected,
            "occupation_gap": _measured_less_expected,
            "occupation_steady": _steady,
        }
        out = {}
        for name, share in shares.items():
            out[name], out[f"{name}_stderr"] = self.estimate(share)
        return out


def _measured(time_spent: Array, *_: object) -> Array:
    """Shares (..., 2) of the time spent (..., 2)."""
    return np.asarray(time_spent / time_spent.sum(axis=-1, keepdims=True))


def _steady(time_spent: Array, first: Array, rate: Array, *_: object) -> Array:
    """Steady occupations (..., 2), in the ratio r₂ : r₁, of rates (..., 2)."""
    return np.asarray(rate[..., ::-1] / rate.sum(axis=-1, keepdims=True))


def _expected(time_spent: Array, first: Array, rate: Array, window: tuple[float, float]) -> Array:
    """Mean occupations (..., 2) of dp₁/dt = −r₁p₁ + r₂p₂ over the window, from those at first."""
    total = rate.sum(axis=-1, keepdims=True)
    begin, end = (total * at for at in window)
    left = np.where(total > 0, (np.exp(-begin) - np.exp(-end)) / (end - begin), 1.0)
    steady = np.where(total > 0, _steady(time_spent, first, rate), 0.0)
    return np.asarray(steady + (first / first.sum(axis=-1, keepdims=True) - steady) * left)


def _measured_less_expected(*sums: Any) -> Array:
    """Measured minus expected occupations (..., 2)."""
    return np.asarray(_measured(*sums) - _expected(*sums))
