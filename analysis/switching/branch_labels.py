"""Which of two branches a path is in, sample by sample, by hysteresis between two cores.

The core of a branch is an ellipsoid in phase space, (u − ū)ᵀ V⁻¹ (u − ū) ≤ R², around its mean ū, V
its Lyapunov covariance. R grows with the number of quadratures, so that a core of `core` standard
deviations always holds what ±core standard deviations hold of one normal variable: 68 % of the
branch's Gaussian for one, 95 % for two. A path is in a branch from when it enters the branch's core
until it enters the core of the other. Where a path spirals about its branch it passes through the
far side again and again; that changes nothing while it stays out of the other core.

For drawings, a path is projected on the line between the branches. The line is taken in coordinates
in which the mean of the covariances, W = (V₁ + V₂)/2, is the identity: w ∝ W⁻¹(ū₂ − ū₁) tells the
two Gaussians apart better than any other projection (Fisher,
doi:10.1111/j.1469-1809.1936.tb02137.x). With |w| = 1, w·u is a quadrature: its vacuum variance is
½.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats

from ...sde.model.gaussian_state import Gaussian

Array = np.ndarray[Any, np.dtype[Any]]

NOWHERE = -1
"""Label of samples before the first core, and of lost paths."""
CHUNK = 64
"""Samples in time that are measured at once."""


@dataclass(frozen=True, eq=False)
class Line:
    """The quadrature w·u, w (n,) of length one, with the centres (2,) and standard deviations (2,)
    of the branches.

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
            raise ValueError(
                "first and second must be different branches (got the same mean twice)"
            )
        w /= np.linalg.norm(w)
        variances = [w @ state.covariance @ w for state in (first, second)]
        return cls(w, np.array([w @ first.mean, w @ second.mean]), np.sqrt(variances))


@dataclass(frozen=True, eq=False)
class Cores:
    """Two ellipsoids that do not touch: their centres (2, n), whitening matrices (2, n, n), V⁻¹ =
    WᵀW, and radius R.
    """

    centres: Array
    whitening: Array
    radius: float

    @classmethod
    def around(cls, first: Gaussian, second: Gaussian, core: float = 1.0) -> Cores:
        """The cores of two Gaussian states. Raises ValueError where they overlap or a covariance is
        singular.
        """
        if not np.any(first.mean != second.mean):
            raise ValueError(
                "first and second must be different branches (got the same mean twice)"
            )
        try:
            roots = np.linalg.cholesky([first.covariance, second.covariance])
        except np.linalg.LinAlgError:
            raise ValueError(
                "the covariances of both branches must be positive definite, for cores"
            ) from None
        radius, most = core_radius(core, len(first.mean)), _separation(first, second)
        if not radius < most:
            raise ValueError(
                f"core must be below {_deviations(most, len(first.mean)):.3g} standard deviations, for the branches "
                f"to be apart (got {core:.3g}); take a smaller core, or a weaker nonlinearity"
            )
        return cls(np.stack([first.mean, second.mean]), np.linalg.inv(roots), radius)

    def touched(self, u: Array) -> Array:
        """0 or 1 where a sample lies in that core, else `NOWHERE`; u (times, trajectories, n),
        int8.
        """
        found = np.full(u.shape[:2], NOWHERE, np.int8)
        for k, (centre, whitening) in enumerate(zip(self.centres, self.whitening, strict=True)):
            for first in range(0, len(u), CHUNK):
                z = (u[first : first + CHUNK] - centre) @ whitening.T
                found[first : first + CHUNK][np.einsum("tni,tni->tn", z, z) <= self.radius**2] = k
        return found


def core_radius(core: float, n: int) -> float:
    """R of the ellipsoid that holds as much of an n-dimensional normal law as ±core hold of one
    normal variable.
    """
    return float(np.sqrt(stats.chi2.isf(stats.chi2.sf(core**2, 1), n)))


def _deviations(radius: float, n: int) -> float:
    """The core that has this radius."""
    return float(np.sqrt(stats.chi2.isf(stats.chi2.sf(radius**2, n), 1)))


def _separation(first: Gaussian, second: Gaussian) -> float:
    """The radius at which the ellipsoids of both states touch: maximum over s of δᵀ[V₁/(1 − s) +
    V₂/s]⁻¹δ, its root.
    """
    apart = second.mean - first.mean

    def squared(s: float) -> float:
        return float(
            apart @ np.linalg.solve(first.covariance / (1 - s) + second.covariance / s, apart)
        )

    found = optimize.minimize_scalar(
        lambda s: -squared(s), bounds=(1e-6, 1 - 1e-6), method="bounded"
    )
    return float(np.sqrt(squared(found.x)))


@dataclass(frozen=True, eq=False)
class Spells:
    """Uninterrupted stays (spell,): branch 0 or 1, trajectory, begin and duration in s, and how
    they begin and end.

    `ended` where an exit ends the stay (else the data), `entered` where an entry begins it (else
    the data).
    """

    branch: Array
    trajectory: Array
    begin: Array
    duration: Array
    ended: Array
    entered: Array


def classify(touched: Array, alive: Array) -> Array:
    """The branch of every sample, the last core that was touched; `NOWHERE` before the first and
    for lost paths, int8.

    `touched` (times, trajectories) is what `Cores.touched` gives, `alive` whether the sample is
    finite.
    """
    order = np.arange(len(touched))[:, None]
    last = np.maximum.accumulate(np.where(touched == NOWHERE, 0, order), axis=0)
    labels = np.take_along_axis(touched, last, axis=0)
    labels[~alive] = NOWHERE
    return labels


def spells(labels: Array, times: Array) -> Spells:
    """The stays that labels (times, trajectories) show at times (times,) in s; those cut short by a
    loss have no end.

    A stay lasts from the first sample in its branch to the first in the other, or to its last
    sample.
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
    entered = np.append(False, follows[:-1])
    return Spells(branch, trajectory, times[begin], times[end] - times[begin], follows, entered)
