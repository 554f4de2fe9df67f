"""Stationary covariances of u ← (1 + E) u + noise of covariance N: E V + V Eᵀ + E V Eᵀ + N = 0 in
O(n³) operations.

With P = (1 + E/2)⁻¹ this is the Lyapunov equation G V + V Gᵀ + P N Pᵀ = 0 of G = E P. V is refined
by residuals of the first form in twice double precision, so that what a slow mode needs of E is not
rounded off beside fast ones: 1 + E is never formed.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array
from .schur import SchurForm, refined
from .twofold import matrix_product, two_sum


def stationary_law(E: Array, N: Array) -> Array:
    """V (n, n), symmetric, for symmetric N; NaN where E is too ill-conditioned for the refinement
    to settle.
    """
    P = np.linalg.inv(np.eye(len(E)) + 0.5 * E)
    form = SchurForm(E @ P)
    return refined(lambda R: form.solve(P @ R @ P.T), lambda V: _residual(E, N, V), len(E))


def _residual(E: Array, N: Array, V: Array) -> Array:
    """E V + V Eᵀ + E V Eᵀ + N in twice double precision, for symmetric N and V."""
    EV, low = matrix_product(E, V)
    EVE, low_too = matrix_product(EV, E.T)
    both, lost = two_sum(EV, EV.T)
    most, lost_next = two_sum(both, N)
    total, lost_last = two_sum(most, EVE)
    total = total + (low + low.T + lost + lost_next + lost_last + low_too + low @ E.T)
    return np.asarray(0.5 * (total + total.T))
