"""The loops that every kernel module shares: sums over a cell at sample times, and the exact finite-step law.

This file is compiled inside every kernel module, so it imports nothing of the package. Lanes are folded by a fixed
tree and nothing may be reassociated: the same bits for any vector width.
"""

import numpy as np
from numba import njit

CELL = 64


@njit
def fold(lanes):
    """Sum of the lanes by a fixed binary tree; the lanes are overwritten."""
    half = CELL // 2
    while half > 0:
        for lane in range(half):
            lanes[lane] += lanes[half + lane]
        half //= 2
    return lanes[0]


@njit
def sum_states(X, n, live, lanes, sums):
    """Σ x_i, and Σ x_i x_j for i ≤ j, of the rows X (n·CELL)."""
    at = n
    for i in range(n):
        for lane in range(CELL):
            lanes[lane] = X[i * CELL + lane] if lane < live else 0.0
        sums[i] = fold(lanes)
        for j in range(i, n):
            for lane in range(CELL):
                lanes[lane] = X[i * CELL + lane] * X[j * CELL + lane] if lane < live else 0.0
            sums[at] = fold(lanes)
            at += 1


@njit
def sum_differences(X, R, n, live, lanes, sums):
    """Σ d_i, d = x − r, and Σ (x_i x_j − r_i r_j) for i ≤ j, formed from d so that nothing cancels."""
    at = n
    for i in range(n):
        for lane in range(CELL):
            lanes[lane] = X[i * CELL + lane] - R[i * CELL + lane] if lane < live else 0.0
        sums[i] = fold(lanes)
        for j in range(i, n):
            for lane in range(CELL):
                r_i, r_j = R[i * CELL + lane], R[j * CELL + lane]
                d_i, d_j = X[i * CELL + lane] - r_i, X[j * CELL + lane] - r_j
                lanes[lane] = d_i * r_j + r_i * d_j + d_i * d_j if lane < live else 0.0
            sums[at] = fold(lanes)
            at += 1


@njit
def lost_lanes(X, live):
    """Bit mask of the live lanes with a state that is not finite."""
    lost = np.uint64(0)
    for lane in range(live):
        total = 0.0
        for row in range(X.shape[0] // CELL):
            value = X[row * CELL + lane]
            total += value - value
        if total != 0.0:
            lost |= np.uint64(1) << np.uint64(lane)
    return lost


def accumulate(X, n, live, sums, lost):
    """Sums of one sample time over every cell of a block.

    X (cells, variables·CELL) holds per cell the fluctuation x, its linear twin y and perhaps the coarse companion z;
    live (cells) counts the trajectories asked for. sums (cells, statistics) receives the sums of y, then those of x
    against y, then those of z against x; lost (cells) the masks of lanes that are no longer finite.
    """
    rows, statistics = n * CELL, n + n * (n + 1) // 2
    lanes = np.empty(CELL)
    for cell in range(X.shape[0]):
        x, y, z = X[cell, :rows], X[cell, rows : 2 * rows], X[cell, 2 * rows :]
        sum_states(y, n, live[cell], lanes, sums[cell, :statistics])
        sum_differences(x, y, n, live[cell], lanes, sums[cell, statistics : 2 * statistics])
        if z.shape[0] > 0:
            sum_differences(z, x, n, live[cell], lanes, sums[cell, 2 * statistics :])
        lost[cell] = lost_lanes(X[cell], live[cell])


def step_law(V, M, rows, columns, T, width, first, count, D):
    """V ← M V Mᵀ + D, `count` times in place: the exact covariance law of the Euler steps of the linear twin.

    M (n, n) holds the constant entries of I + A dt; the entries (rows[k], columns[k]) gain T[step·width + k].
    """
    n = V.shape[0]
    step_matrix, product = np.empty((n, n)), np.empty((n, n))
    for step in range(first, first + count):
        step_matrix[:] = M
        for k in range(rows.shape[0]):
            step_matrix[rows[k], columns[k]] += T[step * width + k]
        for i in range(n):
            for j in range(n):
                total = 0.0
                for k in range(n):
                    total += step_matrix[i, k] * V[k, j]
                product[i, j] = total
        for i in range(n):
            for j in range(i + 1):
                total = D[i, j]
                for k in range(n):
                    total += product[i, k] * step_matrix[j, k]
                V[i, j] = total
                V[j, i] = total


def step_transition(P, M, rows, columns, T, width, first, count):
    """P ← M P, `count` times in place, M as in `step_law`: how a fluctuation of the twin is carried along."""
    n = P.shape[0]
    carried = np.empty((n, n))
    for step in range(first, first + count):
        for i in range(n):
            for j in range(n):
                total = 0.0
                for k in range(n):
                    total += M[i, k] * P[k, j]
                carried[i, j] = total
        for k in range(rows.shape[0]):
            for j in range(n):
                carried[rows[k], j] += T[step * width + k] * P[columns[k], j]
        P[:] = carried
