"""Exact covariance of a run's steps about its moving mean field, in compiled loops.

Pasted into a generated module, so it imports nothing of the package.
"""

import numpy as np
from numba import njit, uint64

separate = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""Decorator of functions that are called from compiled code only: no entry points from Python."""


@separate
def copy(A, out):
    """out = A, in loops, since assignments of whole arrays take seconds to compile."""
    for i in range(uint64(A.shape[0])):
        for j in range(uint64(A.shape[1])):
            out[i, j] = A[i, j]


@separate
def multiply(A, B, out):
    """out = A B."""
    n = uint64(A.shape[0])
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += A[i, k] * B[k, j]
            out[i, j] = total


@separate
def propagate_covariance(M, V, N, work, out):
    """out = M V Mᵀ + N, exactly symmetric."""
    n = uint64(M.shape[0])
    multiply(M, V, work)
    for i in range(n):
        for j in range(i + uint64(1)):
            total = N[i, j]
            for k in range(n):
                total += work[i, k] * M[j, k]
            out[i, j] = out[j, i] = total


@separate
def add_second_stage(M, S, D, N, work):
    """Step matrix M and noise covariance N of a two-stage step, in place of M = 1 + E₁.

    M = 1 + ⅓E₁ + ⅔E₂(1 + ¾E₁) and N = D + ½(E₂D + DE₂ᵀ) + ⅓E₂DE₂ᵀ, with S = E₂.
    """
    n = uint64(M.shape[0])
    for i in range(n):
        M[i, i] -= 1.0
    multiply(S, M, work)
    for i in range(n):
        for j in range(n):
            M[i, j] = (i == j) + M[i, j] / 3.0 + 2.0 * S[i, j] / 3.0 + 0.5 * work[i, j]
    multiply(S, D, work)
    for i in range(n):
        for j in range(i + uint64(1)):
            total = D[i, j] + 0.5 * (work[i, j] + work[j, i])
            for k in range(n):
                total += work[i, k] * S[j, k] / 3.0
            N[i, j] = N[j, i] = total


def step_law(V, P, E, rows, columns, T, width, stages, count, D):
    """Covariance and transition matrix of the twin's steps: V ← M V Mᵀ + N, P ← M P, in place.

    The steps are repeated `count` times. V, P, D (n, n); E (n, n) holds the constant entries of
    A h. To the entries (rows[k], columns[k]) the table T adds the coefficients that move with the
    mean field; T holds `width` numbers per stage of each step. A step of one stage has M = 1 + E
    and N = D; for two stages see `add_second_stage`.
    """
    n = uint64(V.shape[0])
    M, S, N, work = np.empty_like(V), np.empty_like(V), np.empty_like(V), np.empty_like(V)
    copy(D, N)
    for step in range(count):
        copy(E, M)
        copy(E, S)
        for i in range(n):
            M[i, i] += 1.0
        first, last = stages * step * width, (stages * (step + 1) - 1) * width
        for k in range(rows.shape[0]):
            M[rows[k], columns[k]] += T[first + k]
            S[rows[k], columns[k]] += T[last + k]
        if stages == 2:
            add_second_stage(M, S, D, N, work)
        propagate_covariance(M, V, N, work, V)
        multiply(M, P, work)
        copy(work, P)
