"""Exact steps of a linear model: mean and covariance after a time, without an ODE solver or an eigendecomposition.

    ū(t + h) = F ū + g,   V(t + h) = F V Fᵀ + Q,   F = e^{Ah},  g = ∫e^{As}c ds,  Q = ∫e^{As} D e^{Aᵀs} ds

by a Taylor series over a time so short that ‖A‖h ≤ ½, and doubling from there (Van Loan, doi:10.1109/TAC.1978.1101743,
whose single exponential fails for fast and slow modes together):

    E(2h) = 2E + E²,   g(2h) = 2g + Eg,   Q(2h) = 2Q + EQ + QEᵀ + EQEᵀ,   E = F − 1

E is carried rather than F, whose rounding would be felt by a slow mode beside fast ones. Errors stay near 1e-16 ‖A‖t.
"""

from __future__ import annotations

import numpy as np

from .polynomial import Array

SHORT = 0.5
"""Largest ‖A‖h of the Taylor series."""
TERMS = 18
"""Terms of the series: SHORT^18/18! is below 1e-21."""


def exact_step(A: Array, c: Array, D: Array, time: float) -> tuple[Array, Array, Array]:
    """E = e^{At} − 1 (..., n, n), g (..., n, k) and Q (..., n, n) for A (..., n, n) in rad/s and a time t in s.

    The columns of c (..., n, k) are constant drifts; with c = 1, g = ∫e^{As} ds = t φ₁(At).
    """
    doublings = max(0, int(np.ceil(np.log2(max(float(np.abs(A).sum(axis=-1).max()) * time / SHORT, 1.0)))))
    E, g, Q = _taylor(A * (time / 2**doublings), c, D, time / 2**doublings)
    for _ in range(doublings):
        E, g, Q = 2 * E + E @ E, 2 * g + E @ g, Q + _carried(E, Q)
    return E, g, Q


def propagate_exactly(A: Array, c: Array, D: Array, mean: Array, V: Array, times: Array) -> tuple[Array, Array]:
    """Mean (times, ..., n) and covariance (times, ..., n, n) of a linear model at given times, the first the start."""
    means, covariances = [mean], [V]
    steps: dict[str, tuple[Array, Array, Array]] = {}
    for interval in np.diff(times):
        length = f"{interval:.13e}"
        if length not in steps:
            steps[length] = exact_step(A, c[..., None], D, float(length))
        E, g, Q = steps[length]
        mean, V = means[-1], covariances[-1]
        means.append(mean + (E @ mean[..., None] + g)[..., 0])
        covariances.append(_carried(E, V) + Q)
    return np.stack(means), np.stack(covariances)


def _taylor(Ah: Array, c: Array, D: Array, h: float) -> tuple[Array, Array, Array]:
    """E, g and Q over a short step: Σ (Ah)^k/k!, h Σ (Ah)^k c/(k + 1)!, h Σ L^k D/(k + 1)! with L X = Ah X + X Ahᵀ."""
    power, kick, spread = Ah, c * h, D * h
    E, g, Q = power, kick, spread
    for k in range(2, TERMS):
        power, kick = Ah @ power / k, Ah @ kick / k
        drifted = Ah @ spread
        spread = (drifted + _transposed(drifted)) / k
        E, g, Q = E + power, g + kick, Q + spread
    return E, g, Q


def _carried(E: Array, V: Array) -> Array:
    """(1 + E) V (1 + E)ᵀ, exactly symmetric: an asymmetry of rounding would grow from step to step."""
    EV = E @ V
    carried = V + EV + _transposed(EV) + EV @ _transposed(E)
    return np.asarray((carried + _transposed(carried)) / 2)


def _transposed(matrices: Array) -> Array:
    return np.swapaxes(matrices, -1, -2)
