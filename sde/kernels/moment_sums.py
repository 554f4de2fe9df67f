"""Sums over the trajectories of a cell at a sample time, compiled once for all models.

Lanes are folded by a fixed tree and nothing may be reassociated: the same bits for any vector
width. Places are unsigned, so that none is tested for counting from the end.

This file is compiled in a module of its own, behind `wide`, and imports nothing of the package.
"""

import numpy as np
from numba import njit, uint64

if __package__:  # otherwise the text of `wide` stands above
    from ..jit.vector_width import prefer_wide_vectors

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
    return low + (
        high + (x[i + EIGHTH] * y[j + EIGHTH] + x[i + EIGHTH + HALF] * y[j + EIGHTH + HALF])
    )


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
def sum_powers(x, n, squares, eighths, sums):
    """Σ x_i³ and Σ x_i⁴."""
    for place in range(n * CELL):
        squares[place] = x[place] * x[place]
    for i in range(n):
        for lane in range(EIGHTH):
            place = i * CELL + lane
            eighths[i * EIGHTH + lane] = fold_product(squares, x, place, place)
            eighths[(n + i) * EIGHTH + lane] = fold_product(squares, squares, place, place)
    fold_rest(eighths, sums)


@njit
def sum_differences(x, r, n, d, eighths, sums):
    """Σ d_i, d = x − r, and Σ (x_i x_j − r_i r_j) = Σ (d_i x_j + r_i d_j) for i ≤ j, so that
    nothing cancels.

    d is left for the sums that follow.
    """
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
def sum_power_differences(x, r, d, n, work, eighths, sums):
    """Σ (x_i³ − r_i³) and Σ (x_i⁴ − r_i⁴), as products with d = x − r."""
    for order in range(2):
        for place in range(n * CELL):
            a, b = x[place], r[place]
            work[place] = a * a + a * b + b * b if order == 0 else (a + b) * (a * a + b * b)
        for i in range(n):
            for lane in range(EIGHTH):
                place = i * CELL + lane
                eighths[(order * n + i) * EIGHTH + lane] = fold_product(d, work, place, place)
    fold_rest(eighths, sums)


@njit
def sum_squares(d, n, eighths, sums):
    """Σ d_i²."""
    for i in range(n):
        for lane in range(EIGHTH):
            eighths[i * EIGHTH + lane] = fold_product(d, d, i * CELL + lane, i * CELL + lane)
    fold_rest(eighths, sums)


@njit
def average_pairs(n, mirrored, sums):
    """Average moments of x with those of m = −x₋, in place: odd ones are half the difference."""
    width = sums.shape[0]
    for at in range(width):
        odd = at < n or width - 2 * n <= at < width - n
        sums[at] = 0.5 * (sums[at] - mirrored[at] if odd else sums[at] + mirrored[at])


@njit
def live_states(states, centre, live, out):
    """Copy the states of a cell, single paths less their `centre`; lanes that were not asked for
    become zero.
    """
    rows, single = uint64(states.shape[0]) // CELL, states.shape[0] == 64 * centre.shape[0]
    for row in range(rows):
        shift = centre[row] if single else 0.0
        for lane in range(CELL):
            out[row * CELL + lane] = states[row * CELL + lane] - shift if lane < live else 0.0


@njit
def lost_lanes(states, rows, mirrored, live, spoiled):
    """Bit mask of the live lanes of a cell with a full path that is not finite: the first rows, and
    from `mirrored` on.

    Twins and companions may diverge: what is read off them is then not finite either.
    """
    spoiled[:] = 0.0
    for start in (uint64(0), mirrored):
        for place in range(start, start + rows, CELL):
            for lane in range(CELL):
                spoiled[lane] += states[place + lane] - states[place + lane]
    lost = np.uint64(0)
    for lane in range(live):
        if spoiled[lane] != 0.0:
            lost |= np.uint64(1) << lane
    return lost


def accumulate(X, live, centre, companion, mirrored, sums, lost):
    """Sums of one sample time over every cell of a block.

    X (cells, variables·CELL) holds per cell the full state alone; or the fluctuation x, its linear
    twin y, if there is a companion the coarse z, and if mirrored the path m = −x₋ of opposite
    noise. live (cells) counts the lanes asked for. sums (cells, statistics) receives, in the order
    of `statistics.layout`, the moments of x to the fourth, single paths about `centre` (n); those
    of y to the second; of x against y to the fourth; of z against x to the second, and of z − x
    squared. Mirrored pairs are averaged. lost (cells) gets the masks of lanes that are no longer
    finite.
    """
    prefer_wide_vectors()
    n = uint64(centre.shape[0])
    rows, second = n * CELL, n + n * (n + uint64(1)) // uint64(2)
    fourth, last = second + uint64(2) * n, uint64(X.shape[1]) - rows
    eighths, spoiled, opposite = np.empty(8 * fourth), np.empty(64), np.empty(fourth)
    d, work, states = np.empty(rows), np.empty(rows), np.empty(X.shape[1])
    x, y, z, m = states[:rows], states[rows : 2 * rows], states[2 * rows : 3 * rows], states[last:]
    for cell in range(X.shape[0]):
        asked, full = uint64(live[cell]), sums[cell, :fourth]
        live_states(X[cell], centre, asked, states)
        sum_states(x, n, eighths, full[:second])
        sum_powers(x, n, work, eighths, full[second:])
        if mirrored:
            sum_states(m, n, eighths, opposite[:second])
            sum_powers(m, n, work, eighths, opposite[second:])
            average_pairs(n, opposite, full)
        if y.shape[0] > 0:
            twin, error = (
                sums[cell, fourth : fourth + second],
                sums[cell, fourth + second : 2 * fourth + second],
            )
            sum_states(y, n, eighths, twin)
            sum_differences(x, y, n, d, eighths, error[:second])
            sum_power_differences(x, y, d, n, work, eighths, error[second:])
            if mirrored:
                twin[:n] = 0.0
                sum_differences(m, y, n, d, eighths, opposite[:second])
                sum_power_differences(m, y, d, n, work, eighths, opposite[second:])
                average_pairs(n, opposite, error)
        if companion:
            coarse = sums[cell, 2 * fourth + second :]
            sum_differences(z, x, n, d, eighths, coarse[:second])
            sum_squares(d, n, eighths, coarse[second:])
        lost[cell] = lost_lanes(X[cell], rows, last if mirrored else uint64(0), asked, spoiled)
