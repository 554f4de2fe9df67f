"""The branch of every sample of a path, by hysteresis between the cores of two branches.

The core of a branch is the ellipsoid (u − ū)ᵀ V⁻¹ (u − ū) ≤ R² in phase space, ū the mean and V the
Lyapunov covariance of the branch. R grows with the number of quadratures, so that a core of `core`
standard deviations holds as much of the branch's Gaussian as ±core standard deviations hold of one
normal variable: 68 % for one, 95 % for two. A path is in a branch from when it enters the core of
this branch until it enters the core of the other one. A path that spirals about its branch often
crosses to the far side; its label changes only if it enters the other core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from ...sde.model.gaussian_state import Gaussian
from ...sde.support.checks import Array
from .branch_axis import require_different

NO_CORE = -1
"""Index of a sample outside both cores."""
NO_BRANCH = -1
"""Label of samples before a path enters its first core, and of lost paths."""
TIMES_AT_ONCE = 64
"""Sample times whose distances from the cores are computed at once."""


@dataclass(frozen=True, eq=False)
class Cores:
    """Two ellipsoids that do not overlap.

    `centres` (2, n); `whitening` (2, n, n), W with V⁻¹ = WᵀW; `radius` R.
    """

    centres: Array
    whitening: Array
    radius: float

    @classmethod
    def around(cls, first: Gaussian, second: Gaussian, core: float = 1.0) -> Cores:
        """The cores of two Gaussian states, of `core` standard deviations.

        Raises ValueError where they overlap or a covariance is singular.
        """
        require_different(first, second)
        try:
            roots = np.linalg.cholesky([first.covariance, second.covariance])
        except np.linalg.LinAlgError:
            raise ValueError(
                "the covariances of both branches must be positive definite, to define cores"
            ) from None
        n = len(first.mean)
        radius = core_radius(core, n)
        largest = _touching_radius(first, second)
        if not radius < largest:
            raise ValueError(
                f"core must be below {_standard_deviations(largest, n):.3g} standard deviations, "
                f"for the branches to be apart (got {core:.3g}); take a smaller core, or a weaker "
                "nonlinearity"
            )
        return cls(np.stack([first.mean, second.mean]), np.linalg.inv(roots), radius)

    def containing(self, u: Array) -> Array:
        """Index of the core that holds each sample, 0 or 1, else `NO_CORE`.

        u (times, trajectories, n) → (times, trajectories), int8.
        """
        found = np.full(u.shape[:2], NO_CORE, np.int8)
        for k, (centre, whitening) in enumerate(zip(self.centres, self.whitening, strict=True)):
            for first in range(0, len(u), TIMES_AT_ONCE):
                z = (u[first : first + TIMES_AT_ONCE] - centre) @ whitening.T
                inside = np.einsum("tni,tni->tn", z, z) <= self.radius**2
                found[first : first + TIMES_AT_ONCE][inside] = k
        return found


def core_radius(core: float, n: int) -> float:
    """R of the n-dimensional core of `core` standard deviations.

    It holds as much of an n-dimensional normal distribution as ±core hold of one normal variable.
    """
    return float(np.sqrt(stats.chi2.isf(stats.chi2.sf(core**2, 1), n)))


def _standard_deviations(radius: float, n: int) -> float:
    """The size of the n-dimensional core with this radius, in standard deviations."""
    return float(np.sqrt(stats.chi2.isf(stats.chi2.sf(radius**2, n), 1)))


def _touching_radius(first: Gaussian, second: Gaussian) -> float:
    """The radius at which the ellipsoids of both states touch.

    It is the root of the maximum over s of δᵀ[V₁/(1 − s) + V₂/s]⁻¹δ.
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


def branch_of_last_core(core: Array, alive: Array) -> Array:
    """The branch of every sample: the last core that the path was in, else `NO_BRANCH`.

    `core` (times, trajectories), int8, is what `Cores.containing` returns, `alive` (times,
    trajectories) whether the sample is finite. Returns (times, trajectories), int8.
    """
    order = np.arange(len(core))[:, None]
    last = np.maximum.accumulate(np.where(core == NO_CORE, 0, order), axis=0)
    labels = np.take_along_axis(core, last, axis=0)
    labels[~alive] = NO_BRANCH
    return labels
