"""Stationary covariance of the steps u ← (1 + E) u + noise of covariance N, in O(n³) operations.

It solves E V + V Eᵀ + E V Eᵀ + N = 0. With P = (1 + E/2)⁻¹ this is the Lyapunov equation
G V + V Gᵀ + P N Pᵀ = 0 of G = E P. V is refined by residuals of the first equation in twice double
precision; 1 + E is never formed, since that would round off the small entries of E of slow modes.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array
from .schur import SchurForm, refined
from .twofold import matrix_product, two_sum


def solve_discrete_lyapunov(E: Array, N: Array) -> Array:
    """Stationary covariance V (n, n), symmetric, for E (n, n) and a symmetric N (n, n).

    NaN where E is too ill-conditioned for the refinement to converge.
    """
    P = np.linalg.inv(np.eye(len(E)) + 0.5 * E)
    form = SchurForm(E @ P)
    return refined(lambda R: form.solve(P @ R @ P.T), lambda V: _residual(E, N, V), N).V


def _residual(E: Array, N: Array, V: Array) -> Array:
    """E V + V Eᵀ + E V Eᵀ + N (n, n) in twice double precision, for symmetric N and V."""
    EV, EV_low = matrix_product(E, V)
    EVE, EVE_low = matrix_product(EV, E.T)
    total, error_1 = two_sum(EV, EV.T)
    total, error_2 = two_sum(total, N)
    total, error_3 = two_sum(total, EVE)
    total = total + (EV_low + EV_low.T + error_1 + error_2 + error_3 + EVE_low + EV_low @ E.T)
    return np.asarray(0.5 * (total + total.T))
