"""Residences of paths in two branches: begin, duration, and counts per trajectory and branch.

A residence is an uninterrupted stay in one branch. The data cut short the one in which a path ends
(it counts as at risk until then) and the one in which it begins (no arrival is seen).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...sde.support.checks import Array
from .branch_labels import NO_BRANCH, NO_CORE, branch_of_last_core
from .jackknife import delete_one_jackknife


@dataclass(frozen=True, eq=False)
class Residences:
    """All residences of all trajectories, each array (residences,).

    `branch` 0 or 1, `trajectory`, `begin` and `duration` in s; `ended` where an exit ends the
    residence (else the data do), `entered` where an arrival begins it (else the data do).
    """

    branch: Array
    trajectory: Array
    begin: Array
    duration: Array
    ended: Array
    entered: Array

    @classmethod
    def of(cls, labels: Array, times: Array) -> Residences:
        """The residences in labels (times, trajectories) at times (times,) in s.

        A residence lasts from the first sample in its branch to the first in the other, or to the
        last sample; that of a lost path has no end.
        """
        count = len(times)
        starts = np.diff(labels, axis=0, prepend=np.int8(NO_BRANCH)) != 0
        starts &= labels != NO_BRANCH
        trajectory, begin = np.nonzero(starts.T)
        branch = labels[begin, trajectory]
        followed = np.append(trajectory[1:] == trajectory[:-1], False)
        end = np.where(followed, np.append(begin[1:], 0), count - 1)
        seen = np.logical_or.accumulate(labels[::-1] != NO_BRANCH, axis=0)
        last_sample = np.count_nonzero(seen, axis=0) - 1
        end = np.minimum(end, last_sample[trajectory])
        return cls(
            branch=branch,
            trajectory=trajectory,
            begin=times[begin],
            duration=times[end] - times[begin],
            ended=followed,
            entered=np.append(False, followed[:-1]),
        )

    def values(self) -> dict[str, Array]:
        """The residences as variables of a result."""
        return {
            "residence": self.duration,
            "spell_branch": self.branch,
            "spell_ended": self.ended,
            "spell_entered": self.entered,
        }


@dataclass(frozen=True, eq=False)
class ResidenceCounts:
    """Counts and times (s) per trajectory and branch, each array (trajectories, 2).

    `exits` and `time_spent` are those of all residences; `late_exits` and `time_at_risk` those
    beyond the memory; `arrivals` are entries whose first `memory` seconds lie within the data, and
    `stayed` those of them that stayed so long; `short_exits` are exits within the memory.
    """

    exits: Array
    time_spent: Array
    late_exits: Array
    time_at_risk: Array
    arrivals: Array
    stayed: Array
    short_exits: Array
    memory: float

    @classmethod
    def of(
        cls, residences: Residences, trajectories: int, last: float, memory: float
    ) -> ResidenceCounts:
        """Count the residences of paths that end at the time `last`; memory and last in s."""

        def per_trajectory(chosen: Array, weight: Array | None = None) -> Array:
            counts = []
            for k in (0, 1):
                here = chosen & (residences.branch == k)
                weights = None if weight is None else weight[here]
                counts.append(np.bincount(residences.trajectory[here], weights, trajectories))
            return np.stack(counts, axis=-1).astype(float)

        duration = residences.duration
        ended = residences.ended
        beyond = duration > memory
        arrived = residences.entered & (residences.begin <= last - memory)
        return cls(
            exits=per_trajectory(ended),
            time_spent=per_trajectory(np.ones(len(beyond), bool), duration),
            late_exits=per_trajectory(beyond & ended),
            time_at_risk=per_trajectory(beyond, duration - memory),
            arrivals=per_trajectory(arrived),
            stayed=per_trajectory(arrived & beyond),
            short_exits=per_trajectory(~beyond & ended),
            memory=memory,
        )

    @property
    def rate_counts(self) -> tuple[Array, ...]:
        """The counts that `rates` takes, (trajectories, 2) each."""
        return self.late_exits, self.time_at_risk, self.arrivals, self.stayed

    def estimate(self, estimator: Callable[..., Array]) -> tuple[Array, Array]:
        """estimator(*sums of the rate counts, memory=…) and its jackknife error."""
        return delete_one_jackknife(
            lambda *sums: estimator(*sums, memory=self.memory), self.rate_counts
        )

    def values(self) -> dict[str, Array]:
        """The counts as variables of a result, (2,) each, summed over trajectories.

        Among them the share of exits within the memory, and its value for an exponential law.
        """
        exits = self.exits.sum(axis=0)
        late = self.late_exits.sum(axis=0)
        at_risk = self.time_at_risk.sum(axis=0)
        short = self.short_exits.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = short / exits
            by_law = 1 - np.exp(-late / at_risk * self.memory)
        return {
            "exits": exits.astype(int),
            "time_spent": self.time_spent.sum(axis=0),
            "exits_late": late.astype(int),
            "time_at_risk": at_risk,
            "short_share": share,
            "short_share_expected": by_law,
        }


def crossing_values(core: Array, labels: Array, times: Array) -> dict[str, Array]:
    """Mean crossing time of each branch, s, and the share of samples in the transition region.

    A crossing lasts from the last sample in one core to the first in the other; the transition
    region is what lies outside both. core and labels are (times, trajectories).
    """
    next_core = branch_of_last_core(core[::-1], labels[::-1] != NO_BRANCH)[::-1][:-1]
    dt = np.diff(times)
    crossing = []
    for k in (0, 1):
        under_way = (labels[:-1] == k) & (next_core == 1 - k) & (core[:-1] == NO_CORE)
        crossing.append(float((dt @ under_way).sum()))
    exits = [np.count_nonzero((labels[:-1] == k) & (labels[1:] == 1 - k)) for k in (0, 1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.array(crossing) / np.array(exits)
    return {"crossing_time": mean, "outside": np.mean(core == NO_CORE)}
