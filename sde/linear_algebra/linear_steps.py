"""Steps u ← (1 + E) u + g + noise of covariance N: covariances after them, and joined steps.

E is kept rather than 1 + E, as rounding of that would make slow modes inaccurate beside fast ones.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array


def next_covariance(E: Array, V: Array) -> Array:
    """(1 + E) V (1 + E)ᵀ (n, n) for a symmetric V (n, n), symmetric to the bit."""
    EV = E @ V
    added = EV + 0.5 * EV @ E.T
    return np.asarray(V + (added + added.T))


def repeated_steps(E: Array, N: Array, count: int) -> tuple[Array, Array]:
    """E and N, each (n, n), of a step taken `count` times, by doubling."""
    total, power = (np.zeros_like(E), np.zeros_like(N)), (E, N)
    for exponent in range(count.bit_length()):
        if exponent:
            power = joined_steps(power, power)
        if count >> exponent & 1:
            total = joined_steps(total, power)
    return total


def joined_steps(first: tuple[Array, Array], then: tuple[Array, Array]) -> tuple[Array, Array]:
    """E and N, each (n, n), of a step and another one after it, given those of each."""
    (E, N), (E_then, N_then) = first, then
    return E + E_then + E_then @ E, next_covariance(E_then, N) + N_then
