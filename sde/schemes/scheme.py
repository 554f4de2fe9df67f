"""Description of an integration scheme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..support.checks import Array

LinearStep = Callable[[Array, Array, float], tuple[Array, Array]]
OfModes = Callable[[Array], Array]


@dataclass(frozen=True)
class Scheme:
    """A scheme for du = f(u) dt + B dW: its orders, and the effect of its steps on linear systems.

    strong_order, weak_order
        Orders for additive noise.
    stages
        Evaluations of the drift in a step.
    use
        Recommended use.
    linear_step
        (A, D, h) → E, N (n, n): a step takes u to (1 + E) u + noise of covariance N.
    limit
        Eigenvalues λ (modes,) of A → largest stable h of each, in s: ∞ without a limit, negative
        for a mode that is not damped.
    growth
        z = hλ (modes,) → relative increase of the variance of a mode in a step, beyond that of the
        exact flow; None for a scheme that is exact.
    """

    strong_order: float
    weak_order: float
    stages: int
    use: str
    linear_step: LinearStep
    limit: OfModes
    growth: OfModes | None


def unlimited(eigenvalues: Array) -> Array:
    """Limit (modes,) of schemes that treat the linear part stably at any step: ∞."""
    return np.where(eigenvalues.real < 0, np.inf, -1.0)
