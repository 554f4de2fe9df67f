"""The line between two branches in phase space, on which paths are drawn.

It is taken in coordinates in which the mean of both covariances, W = (V₁ + V₂)/2, is the identity:
w ∝ W⁻¹(ū₂ − ū₁) separates the two Gaussians better than any other projection (Fisher,
doi:10.1111/j.1469-1809.1936.tb02137.x). |w| = 1, so w·u is a quadrature of vacuum variance ½.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...sde.model.gaussian_state import Gaussian
from ...sde.support.checks import Array


@dataclass(frozen=True, eq=False)
class BranchAxis:
    """The quadrature w·u, with w (n,) of length one.

    `centres` (2,) and `widths` (2,) are the means and standard deviations of both branches along
    it; the second centre is the larger.
    """

    w: Array
    centres: Array
    widths: Array

    @classmethod
    def between(cls, first: Gaussian, second: Gaussian) -> BranchAxis:
        """The axis of two Gaussian states. Raises ValueError where their means coincide."""
        require_different(first, second)
        W = (first.covariance + second.covariance) / 2
        w = np.linalg.solve(W, second.mean - first.mean)
        w /= np.linalg.norm(w)
        variances = [w @ state.covariance @ w for state in (first, second)]
        return cls(w, np.array([w @ first.mean, w @ second.mean]), np.sqrt(variances))


def require_different(first: Gaussian, second: Gaussian) -> None:
    """Raise ValueError unless the means of two states differ."""
    if not np.any(first.mean != second.mean):
        raise ValueError("first and second must be different branches (got the same mean twice)")
