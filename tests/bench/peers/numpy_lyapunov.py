"""Lyapunov equations in NumPy, for many A at once.

They are the n(n + 1)/2 linear equations for the upper triangle.
"""

from __future__ import annotations

import numpy as np

from ..race import Engine, in_process
from ..workloads import LYAPUNOV_EQUATIONS, Array, stable_equations

PIECE = 1_000
"""Equations assembled at a time, to bound memory."""


def engines(n: int) -> list[Engine]:
    """One engine, for size n."""
    return [in_process("NumPy, half Kronecker", LYAPUNOV_EQUATIONS, lambda: solve_all(n))]


def solve_all(n: int) -> Array:
    """Covariances (LYAPUNOV_EQUATIONS, n, n)."""
    A, _, D = stable_equations(LYAPUNOV_EQUATIONS, n)
    rows, columns = np.triu_indices(n)
    position = np.zeros((n, n), int)
    position[rows, columns] = position[columns, rows] = np.arange(len(rows))
    out = np.empty_like(D)
    for start in range(0, LYAPUNOV_EQUATIONS, PIECE):
        piece = slice(start, start + PIECE)
        K = _kronecker(A[piece], position)
        solution = np.linalg.solve(K, -D[piece, rows, columns][..., None])[..., 0]
        out[piece] = solution[:, position]
    return out


def _kronecker(A: Array, position: Array) -> Array:
    """V ↦ AV + VAᵀ on upper triangles, (count, n(n + 1)/2, n(n + 1)/2)."""
    n = A.shape[-1]
    half = n * (n + 1) // 2
    K = np.zeros((len(A), half, half))
    for row, (i, j) in enumerate(zip(*np.triu_indices(n), strict=True)):
        for k in range(n):
            K[:, row, position[k, j]] += A[:, i, k]
            K[:, row, position[i, k]] += A[:, j, k]
    return K
