"""Which of two branches a path is in, sample by sample, by hysteresis along the line between them.

The line is taken in coordinates in which the mean of the branches' covariances, W = (V₁ + V₂)/2, is the identity: there
all directions are equally noisy, and the projection on the line, w·u with w ∝ W⁻¹(ū₂ − ū₁), tells the two Gaussians
apart better than any other (Fisher, doi:10.1111/j.1469-1809.1936.tb02137.x). In plain quadratures a hot mode that
says nothing of the branch would drown what does. With |w| = 1, w·u is a quadrature: its vacuum variance is ½.

A path is in a branch from when it comes within the branch's core, the half-line up to `core` standard deviations inside
its centre, until it comes within the core of the other. Crossing the middle and coming back counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..sde.states import Gaussian

Array = np.ndarray[Any, np.dtype[Any]]

NOWHERE = -1
"""Label of samples before the first core, and of lost paths."""


@dataclass(frozen=True, eq=False)
class Line:
    """The quadrature w·u, w (n,) of length one, with the centres (2,) and standard deviations (2,) of the branches.

    The second centre is the larger.
    """

    w: Array
    centres: Array
    widths: Array

    @classmethod
    def between(cls, first: Gaussian, second: Gaussian) -> Line:
        """The line between two Gaussian states. Raises ValueError where they coincide."""
        W = (first.covariance + second.covariance) / 2
        w = np.linalg.solve(W, second.mean - first.mean)
        if not np.linalg.norm(w) > 0:
            raise ValueError("first and second must be different branches (got the same mean twice)")
        w /= np.linalg.norm(w)
        variances = [w @ state.covariance @ w for state in (first, second)]
        return cls(w, np.array([w @ first.mean, w @ second.mean]), np.sqrt(variances))

    def cores(self, core: float) -> tuple[float, float]:
        """Where the cores begin: up to the one, and from the other on. Raises ValueError where they overlap."""
        low, high = self.centres[0] + core * self.widths[0], self.centres[1] - core * self.widths[1]
        if not low < high:
            most = (self.centres[1] - self.centres[0]) / self.widths.sum()
            raise ValueError(
                f"core must be below {most:.3g} standard deviations, for the branches to be apart (got {core:.3g}); "
                "take a smaller core, or a weaker nonlinearity"
            )
        return float(low), float(high)


@dataclass(frozen=True, eq=False)
class Spells:
    """Uninterrupted stays (spell,): branch 0 or 1, trajectory, duration in s, whether an exit ends it (or the data)."""

    branch: Array
    trajectory: Array
    duration: Array
    ended: Array


def classify(x: Array, line: Line, core: float = 1.0) -> Array:
    """Branch 0 or 1 of every sample, `NOWHERE` where there is none; x (times, trajectories) along the line, int8."""
    low, high = line.cores(core)
    touched = np.full(x.shape, NOWHERE, np.int8)
    touched[x <= low] = 0
    touched[x >= high] = 1
    order = np.arange(len(x))[:, None]
    last = np.maximum.accumulate(np.where(touched == NOWHERE, 0, order), axis=0)
    labels = np.take_along_axis(touched, last, axis=0)
    labels[~np.isfinite(x)] = NOWHERE
    return labels


def spells(labels: Array, times: Array) -> Spells:
    """The stays that labels (times, trajectories) show at times (times,) in s; those cut short by a loss have no end.

    A stay lasts from the first sample in its branch to the first in the other, or to its last sample.
    """
    count = len(times)
    starts = np.diff(labels, axis=0, prepend=np.int8(NOWHERE)) != 0
    starts &= labels != NOWHERE
    trajectory, begin = np.nonzero(starts.T)
    branch = labels[begin, trajectory]
    follows = np.append(trajectory[1:] == trajectory[:-1], False)
    end = np.where(follows, np.append(begin[1:], 0), count - 1)
    alive = np.count_nonzero(np.logical_or.accumulate(labels[::-1] != NOWHERE, axis=0), axis=0) - 1
    end = np.minimum(end, alive[trajectory])
    return Spells(branch, trajectory, times[end] - times[begin], follows)
