"""Sums over the trajectories of a cell at a sample time, compiled once for all models.

Lanes are folded by a fixed tree and nothing may be reassociated: the same bits for any vector width. Places are
unsigned, so that none is tested for counting from the end.

This file is compiled in a module of its own, behind `wide`, and imports nothing of the package.
"""

import numpy as np
from numba import njit, uint64

if __package__:  # otherwise the text of `wide` stands above
    from .wide import prefer_wide_vectors

CELL, EIGHTH = np.uint64(64), np.uint64(8)
QUARTER, HALF = np.uint64(16), np.uint64(32)


@njit
def fold(x, at):
    """Sum of eight places of x, `EIGHTH` apart, halves added to halves."""
    low, high = x[at] + x[at + HALF], x[at + EIGHTH] + x[at + EIGHTH + HALF]
    at += QUARTER
    return (low + (x[at] + x[at + HALF])) + (high + (x[at + EIGHTH] + x[at + EIGHTH + HALF]))


@njit
def fold_product(x, y, i, j):
    """The same of the products x·y, from the places i and j on."""
    low = x[i] * y[j] + x[i + HALF] * y[j + HALF]
    high = x[i + EIGHTH] * y[j + EIGHTH] + x[i + EIGHTH + HALF] * y[j + EIGHTH + HALF]
    i, j = i + QUARTER, j + QUARTER
    low += x[i] * y[j] + x[i + HALF] * y[j + HALF]
    return low + (high + (x[i + EIGHTH] * y[j + EIGHTH] + x[i + EIGHTH + HALF] * y[j + EIGHTH + HALF]))


@njit
def fold_rest(eighths, sums):
    """The rest of the tree, for all sums at once."""
    for at in range(sums.shape[0]):
        e = eighths[8 * at : 8 * at + 8]
        sums[at] = ((e[0] + e[4]) + (e[2] + e[6])) + ((e[1] + e[5]) + (e[3] + e[7]))


@njit
def sum_states(x, n, eighths, sums):
    """Σ x_i, and Σ x_i x_j for i ≤ j, of the rows x (n·CELL)."""
    row = n * EIGHTH
    for i in range(n):
        for lane in range(EIGHTH):
            eighths[i * EIGHTH + lane] = fold(x, i * CELL + lane)
        for j in range(i, n):
            for lane in range(EIGHTH):
                eighths[row + lane] = fold_product(x, x, i * CELL + lane, j * CELL + lane)
            row += EIGHTH
    fold_rest(eighths, sums)


@njit
def sum_differences(x, r, n, d, eighths, sums):
    """Σ d_i, d = x − r, and Σ (x_i x_j − r_i r_j) = Σ (d_i x_j + r_i d_j) for i ≤ j, so that nothing cancels."""
    for place in range(n * CELL):
        d[place] = x[place] - r[place]
    row = n * EIGHTH
    for i in range(n):
        for lane in range(EIGHTH):
            eighths[i * EIGHTH + lane] = fold(d, i * CELL + lane)
        for j in range(i, n):
            for lane in range(EIGHTH):
                a, b = i * CELL + lane, j * CELL + lane
                eighths[row + lane] = fold_product(d, x, a, b) + fold_product(r, d, a, b)
            row += EIGHTH
    fold_rest(eighths, sums)


@njit
def live_states(states, centre, live, out):
    """Copy the states of a cell, single paths less their `centre`; lanes that were not asked for become zero."""
    rows, single = uint64(states.shape[0]) // CELL, states.shape[0] == 64 * centre.shape[0]
    for row in range(rows):
        shift = centre[row] if single else 0.0
        for lane in range(CELL):
            out[row * CELL + lane] = states[row * CELL + lane] - shift if lane < live else 0.0


@njit
def lost_lanes(states, live, spoiled):
    """Bit mask of the live lanes of a cell with a state that is not finite."""
    spoiled[:] = 0.0
    for row in range(uint64(states.shape[0]) // CELL):
        for lane in range(CELL):
            spoiled[lane] += states[row * CELL + lane] - states[row * CELL + lane]
    lost = np.uint64(0)
    for lane in range(live):
        if spoiled[lane] != 0.0:
            lost |= np.uint64(1) << lane
    return lost


def accumulate(X, live, centre, sums, lost):
    """Sums of one sample time over every cell of a block.

    X (cells, variables·CELL) holds per cell the full state alone; or the fluctuation x, its linear twin y and perhaps
    the coarse companion z. live (cells) counts the trajectories asked for. sums (cells, statistics) receives the sums
    of the state about `centre` (n); or those of y, then those of x against y, then those of z against x; lost (cells)
    the masks of lanes that are no longer finite.
    """
    prefer_wide_vectors()
    n, width = uint64(centre.shape[0]), centre.shape[0] + centre.shape[0] * (centre.shape[0] + 1) // 2
    eighths, spoiled = np.empty(8 * width), np.empty(64)
    d, states, rows = np.empty(64 * centre.shape[0]), np.empty(X.shape[1]), 64 * centre.shape[0]
    x, y, z = states[:rows], states[rows : 2 * rows], states[2 * rows :]
    for cell in range(X.shape[0]):
        asked = uint64(live[cell])
        live_states(X[cell], centre, asked, states)
        if y.shape[0] == 0:
            sum_states(x, n, eighths, sums[cell])
        else:
            sum_states(y, n, eighths, sums[cell, :width])
            sum_differences(x, y, n, d, eighths, sums[cell, width : 2 * width])
        if z.shape[0] > 0:
            sum_differences(z, x, n, d, eighths, sums[cell, 2 * width :])
        lost[cell] = lost_lanes(X[cell], asked, spoiled)
