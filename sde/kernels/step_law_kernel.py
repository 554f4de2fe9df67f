"""Exact covariance of a run's steps about its moving mean field, in compiled loops.

The matrices of a step are sparse for most models, so sums run over their entries alone, in the
order of the columns. Inner loops run along rows, which the compiler turns into vectors.

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
def transpose(A, out):
    """out = Aᵀ."""
    for i in range(uint64(A.shape[0])):
        for j in range(uint64(A.shape[1])):
            out[j, i] = A[i, j]


@separate
def list_entries(A, starts, columns):
    """The columns of entries of A that are not 0, row after row: those of row i from starts[i]."""
    count = uint64(0)
    for i in range(uint64(A.shape[0])):
        starts[i] = count
        for j in range(uint64(A.shape[1])):
            if A[i, j] != 0.0:
                columns[count] = j
                count += uint64(1)
    starts[A.shape[0]] = count


@separate
def multiply(A, starts, columns, B, out):
    """out = A B, over the listed entries of A."""
    n = uint64(A.shape[0])
    for i in range(n):
        for j in range(n):
            out[i, j] = 0.0
        for e in range(starts[i], starts[i + uint64(1)]):
            k = columns[e]
            a = A[i, k]
            for j in range(n):
                out[i, j] += a * B[k, j]


@separate
def add_sandwich(A, starts, columns, work, factor, out):
    """out += factor · work Aᵀ, over the listed entries of A, for a symmetric work Aᵀ.

    `work` holds the transpose of the matrix that is multiplied; out is symmetric to the bit.
    """
    n = uint64(A.shape[0])
    for j in range(n):
        for e in range(starts[j], starts[j + uint64(1)]):
            k = columns[e]
            a = A[j, k]
            for i in range(j, n):
                out[j, i] += work[k, i] * a * factor
        for i in range(j, n):
            out[i, j] = out[j, i]


@separate
def propagate_covariance(M, starts, columns, V, N, work, flipped):
    """V ← M V Mᵀ + N in place, exactly symmetric."""
    multiply(M, starts, columns, V, work)
    transpose(work, flipped)
    copy(N, V)
    add_sandwich(M, starts, columns, flipped, 1.0, V)


@separate
def add_second_stage(M, S, starts, columns, D, N, work, flipped):
    """Step matrix M and noise covariance N of a two-stage step, in place of M = 1 + E₁.

    M = 1 + ⅓E₁ + ⅔E₂(1 + ¾E₁) and N = D + ½(E₂D + DE₂ᵀ) + ⅓E₂DE₂ᵀ, with S = E₂, whose entries
    are listed.
    """
    n = uint64(M.shape[0])
    for i in range(n):
        M[i, i] -= 1.0
    multiply(S, starts, columns, M, work)
    for i in range(n):
        for j in range(n):
            M[i, j] = (i == j) + M[i, j] / 3.0 + 2.0 * S[i, j] / 3.0 + 0.5 * work[i, j]
    multiply(S, starts, columns, D, work)
    transpose(work, flipped)
    for i in range(n):
        for j in range(n):
            N[i, j] = D[i, j] + 0.5 * (work[i, j] + flipped[i, j])
    add_sandwich(S, starts, columns, flipped, 1.0 / 3.0, N)


@separate
def add_moving_entries(M, rows, columns, T, first):
    """Add T[first], T[first + 1], … to the entries (rows[k], columns[k]) of M."""
    for k in range(rows.shape[0]):
        M[rows[k], columns[k]] += T[first + k]


def step_law(V, P, E, rows, columns, T, width, count, D):
    """Covariance and transition matrix of the twin's steps: V ← M V Mᵀ + D, P ← M P, in place.

    The steps, of one stage, are repeated `count` times: M = 1 + E. V, P, D (n, n), V and D
    symmetric; E (n, n) holds the constant entries of A h. To the entries (rows[k], columns[k]) the
    table T adds the coefficients that move with the mean field, `width` numbers per step.
    """
    n = uint64(V.shape[0])
    M, work, flipped = np.empty_like(V), np.empty_like(V), np.empty_like(V)
    starts, listed = np.empty(n + uint64(1), np.uint64), np.empty(n * n, np.uint64)
    for step in range(count):
        copy(E, M)
        for i in range(n):
            M[i, i] += 1.0
        add_moving_entries(M, rows, columns, T, step * width)
        list_entries(M, starts, listed)
        propagate_covariance(M, starts, listed, V, D, work, flipped)
        multiply(M, starts, listed, P, work)
        copy(work, P)


def two_stage_step_law(V, P, E, rows, columns, T, width, count, D):
    """`step_law` of steps of two stages (`add_second_stage`); T holds `width` numbers per stage."""
    n = uint64(V.shape[0])
    M, work, flipped = np.empty_like(V), np.empty_like(V), np.empty_like(V)
    S, N = np.empty_like(V), np.empty_like(V)
    starts, listed = np.empty(n + uint64(1), np.uint64), np.empty(n * n, np.uint64)
    for step in range(count):
        copy(E, M)
        for i in range(n):
            M[i, i] += 1.0
        add_moving_entries(M, rows, columns, T, 2 * step * width)
        copy(E, S)
        add_moving_entries(S, rows, columns, T, (2 * step + 1) * width)
        list_entries(S, starts, listed)
        add_second_stage(M, S, starts, listed, D, N, work, flipped)
        list_entries(M, starts, listed)
        propagate_covariance(M, starts, listed, V, N, work, flipped)
        multiply(M, starts, listed, P, work)
        copy(work, P)
