"""Sums of powers and products over the trajectories of a cell, compiled once for all models.

The additions follow a fixed tree over the trajectories of a row, and the compiler must not
reassociate them: the bits do not depend on the vector width. Indices are unsigned, which avoids
numba's check for negative ones.

Pasted into a generated module after `vector_width`, so it imports nothing else of the package.
"""

import numpy as np
from numba import njit, uint64

if __package__:  # in a generated module the code of `vector_width` comes before this
    from ..jit.vector_width import prefer_512_bit_vectors

ROW = np.uint64(64)
"""Numbers in a row of a cell's states: a variable of each of its 64 trajectories."""
EIGHTH, QUARTER, HALF = np.uint64(8), np.uint64(16), np.uint64(32)
"""Parts of a row."""
NONE, FOUR = np.uint64(0), np.uint64(4)
separate = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""Decorator of functions that are called from compiled code only: no entry points from Python."""


@separate
def part(x, start, stop):
    """x[start:stop]; the code of a slice is long, so it is compiled once."""
    return x[start:stop]


@separate
def fold(x, at):
    """Sum of eight elements of x, `EIGHTH` apart, from index `at` on."""
    low, high = x[at] + x[at + HALF], x[at + EIGHTH] + x[at + EIGHTH + HALF]
    at += QUARTER
    return (low + (x[at] + x[at + HALF])) + (high + (x[at + EIGHTH] + x[at + EIGHTH + HALF]))


@separate
def fold_product(x, y, i, j):
    """Sum of eight products x[i] y[j], `EIGHTH` apart, from the indices i and j on."""
    low = x[i] * y[j] + x[i + HALF] * y[j + HALF]
    high = x[i + EIGHTH] * y[j + EIGHTH] + x[i + EIGHTH + HALF] * y[j + EIGHTH + HALF]
    i, j = i + QUARTER, j + QUARTER
    low += x[i] * y[j] + x[i + HALF] * y[j + HALF]
    return low + (
        high + (x[i + EIGHTH] * y[j + EIGHTH] + x[i + EIGHTH + HALF] * y[j + EIGHTH + HALF])
    )


@separate
def fold_eighths(eighths, sums):
    """Add up the eight partial sums of each sum: the rest of the tree."""
    e = eighths
    for at in range(uint64(sums.shape[0])):
        a = at * EIGHTH
        b, c, d = a + uint64(1), a + uint64(2), a + uint64(3)
        even = (e[a] + e[a + FOUR]) + (e[c] + e[c + FOUR])
        sums[at] = even + ((e[b] + e[b + FOUR]) + (e[d] + e[d + FOUR]))


@separate
def sum_states(x, n, eighths, sums):
    """Σ x_i, and Σ x_i x_j for i ≤ j, of the rows x (n·ROW,)."""
    row = n * EIGHTH
    for i in range(n):
        for lane in range(EIGHTH):
            eighths[i * EIGHTH + lane] = fold(x, i * ROW + lane)
        for j in range(i, n):
            for lane in range(EIGHTH):
                eighths[row + lane] = fold_product(x, x, i * ROW + lane, j * ROW + lane)
            row += EIGHTH
    fold_eighths(eighths, sums)


@separate
def sum_powers(x, n, squares, eighths, sums):
    """Σ x_i³ and Σ x_i⁴ of the rows x (n·ROW,)."""
    for place in range(n * ROW):
        squares[place] = x[place] * x[place]
    for i in range(n):
        for lane in range(EIGHTH):
            place = i * ROW + lane
            eighths[i * EIGHTH + lane] = fold_product(squares, x, place, place)
            eighths[(n + i) * EIGHTH + lane] = fold_product(squares, squares, place, place)
    fold_eighths(eighths, sums)


@separate
def sum_differences(x, r, n, d, eighths, sums):
    """Σ d_i and Σ (x_i x_j − r_i r_j) for i ≤ j, with d = x − r.

    The latter is summed as d_i x_j + r_i d_j, which loses no digits where x and r are close. The
    buffer d keeps the differences for the sums that follow.
    """
    for place in range(n * ROW):
        d[place] = x[place] - r[place]
    row = n * EIGHTH
    for i in range(n):
        for lane in range(EIGHTH):
            eighths[i * EIGHTH + lane] = fold(d, i * ROW + lane)
        for j in range(i, n):
            for lane in range(EIGHTH):
                a, b = i * ROW + lane, j * ROW + lane
                eighths[row + lane] = fold_product(d, x, a, b) + fold_product(r, d, a, b)
            row += EIGHTH
    fold_eighths(eighths, sums)


@separate
def sum_power_differences(x, r, d, n, work, eighths, sums):
    """Σ (x_i³ − r_i³) and Σ (x_i⁴ − r_i⁴), as products with d = x − r, so nothing cancels."""
    for order in range(2):
        for place in range(n * ROW):
            a, b = x[place], r[place]
            work[place] = a * a + a * b + b * b if order == 0 else (a + b) * (a * a + b * b)
        for i in range(n):
            for lane in range(EIGHTH):
                place = i * ROW + lane
                eighths[(order * n + i) * EIGHTH + lane] = fold_product(d, work, place, place)
    fold_eighths(eighths, sums)


@separate
def sum_squares(d, n, eighths, sums):
    """Σ d_i²."""
    for i in range(n):
        for lane in range(EIGHTH):
            eighths[i * EIGHTH + lane] = fold_product(d, d, i * ROW + lane, i * ROW + lane)
    fold_eighths(eighths, sums)


@separate
def average_pairs(n, mirrored, sums):
    """Average moments of x with those of m = −x₋, in place; odd ones change sign with m."""
    width = sums.shape[0]
    for at in range(width):
        odd = at < n or width - 2 * n <= at < width - n
        sums[at] = 0.5 * (sums[at] - mirrored[at] if odd else sums[at] + mirrored[at])


@separate
def copy_live_states(states, centre, live, out):
    """Copy the states (rows·ROW,) of a cell, single paths less their `centre` (n,).

    Trajectories from `live` on are not requested; their states become zero.
    """
    rows, single = uint64(states.shape[0]) // ROW, states.shape[0] == 64 * centre.shape[0]
    for row in range(rows):
        shift = centre[row] if single else 0.0
        for lane in range(ROW):
            out[row * ROW + lane] = states[row * ROW + lane] - shift if lane < live else 0.0


@separate
def lost_trajectories(states, rows, mirrored, live, residue):
    """Bit mask of those live trajectories of a cell that have a non-finite full path.

    Full paths are the first `rows` numbers, and as many from index `mirrored` on. Twins and
    companions may diverge: estimates that use them are then not finite either. residue (64,) is a
    buffer: x − x is 0 for finite x, else NaN.
    """
    for lane in range(residue.shape[0]):
        residue[lane] = 0.0
    for start in (uint64(0), mirrored):
        for row in range(start, start + rows, ROW):
            for lane in range(ROW):
                residue[lane] += states[row + lane] - states[row + lane]
    lost = np.uint64(0)
    for lane in range(live):
        if residue[lane] != 0.0:
            lost |= np.uint64(1) << lane
    return lost


def accumulate(X, live, centre, companion, mirrored, sums, lost):
    """Sums over the trajectories of every cell at one sample time.

    X (cells, variables·ROW) holds per cell the full state alone; or the fluctuation x, its linear
    twin y, with `companion` the path z at twice the step, and if `mirrored` the path m = −x₋ of
    opposite noise. live (cells,) is the number of requested trajectories in each cell.

    sums (cells, statistics) receives, in the order of `sum_layout.layout`: moments of x up to the
    fourth, for single paths about `centre` (n,); those of y up to the second; of x minus y up to
    the fourth; of z minus x up to the second, and of (z − x)². Mirrored pairs are averaged. lost
    (cells,) receives the bit masks of trajectories that are no longer finite.
    """
    prefer_512_bit_vectors()
    n = uint64(centre.shape[0])
    rows, second = n * ROW, n + n * (n + uint64(1)) // uint64(2)
    fourth, last = second + uint64(2) * n, uint64(X.shape[1]) - rows
    eighths, residue, opposite = np.empty(8 * fourth), np.empty(64), np.empty(fourth)
    d, work, states = np.empty(rows), np.empty(rows), np.empty(X.shape[1])
    two, three, error_end = rows + rows, rows + rows + rows, fourth + fourth + second
    x, y, z = part(states, NONE, rows), part(states, rows, two), part(states, two, three)
    m = part(states, last, uint64(X.shape[1]))
    low, high = part(opposite, NONE, second), part(opposite, second, fourth)
    for cell in range(X.shape[0]):
        asked, found, path = uint64(live[cell]), sums[cell], X[cell]
        full = part(found, NONE, fourth)
        copy_live_states(path, centre, asked, states)
        sum_states(x, n, eighths, part(found, NONE, second))
        sum_powers(x, n, work, eighths, part(found, second, fourth))
        if mirrored:
            sum_states(m, n, eighths, low)
            sum_powers(m, n, work, eighths, high)
            average_pairs(n, opposite, full)
        if y.shape[0] > 0:
            twin = part(found, fourth, fourth + second)
            error = part(found, fourth + second, error_end)
            sum_states(y, n, eighths, twin)
            sum_differences(x, y, n, d, eighths, part(error, NONE, second))
            sum_power_differences(x, y, d, n, work, eighths, part(error, second, fourth))
            if mirrored:
                for i in range(n):
                    twin[i] = 0.0
                sum_differences(m, y, n, d, eighths, low)
                sum_power_differences(m, y, d, n, work, eighths, high)
                average_pairs(n, opposite, error)
        if companion:
            coarse = part(found, error_end, uint64(sums.shape[1]))
            sum_differences(z, x, n, d, eighths, part(coarse, NONE, second))
            sum_squares(d, n, eighths, part(coarse, second, second + n))
        lost[cell] = lost_trajectories(path, rows, last if mirrored else NONE, asked, residue)
