"""Sums of powers and products over the trajectories of a cell, compiled once for all models.

The additions follow a fixed tree over the trajectories of a row, by halves, written with vectors of
eight doubles: the bits do not depend on the vector width. Indices are unsigned, which avoids
numba's check for negative ones.

Pasted into a generated module after `vector_width`, so it imports nothing else of the package.
"""

import numpy as np
from llvmlite import ir
from numba import njit, uint64
from numba.core import types
from numba.extending import intrinsic

if __package__:  # in a generated module the code of `vector_width` comes before this
    from ..jit.vector_width import prefer_512_bit_vectors

ROW = np.uint64(64)
"""Numbers in a row of a cell's states: a variable of each of its 64 trajectories."""
NONE = np.uint64(0)
separate = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""Decorator of functions that are called from compiled code only: no entry points from Python."""


def _row(context, builder, kind, array, start):
    """The row array[start : start + ROW] as eight vectors."""
    data = builder.extract_value(array, context.data_model_manager[kind].get_field_position("data"))
    vector = ir.VectorType(ir.DoubleType(), 8)
    parts = []
    for number in range(0, 64, 8):
        at = builder.add(start, ir.Constant(ir.IntType(64), number))
        pointer = builder.bitcast(builder.gep(data, [at]), vector.as_pointer())
        parts.append(builder.load(pointer, align=8))
    return parts


def _halved(builder, parts):
    """Sum of vectors: the first half added to the second, until one is left."""
    while len(parts) > 1:
        half = len(parts) // 2
        parts = [builder.fadd(parts[k], parts[k + half]) for k in range(half)]
    return parts[0]


def _total(builder, vector):
    """Sum of the elements of a vector, in the same way."""
    number = ir.IntType(32)
    for width in (4, 2, 1):
        low, high = (
            ir.Constant(ir.VectorType(number, width), list(range(first, first + width)))
            for first in (0, width)
        )
        none = ir.Constant(vector.type, ir.Undefined)
        first = builder.shuffle_vector(vector, none, low)
        vector = builder.fadd(first, builder.shuffle_vector(vector, none, high))
    return builder.extract_element(vector, ir.Constant(number, 0))


@intrinsic
def row_sum(_context, x, i):
    """Sum of the row of x from index i on."""

    def generate(context, builder, signature, arguments):
        parts = _row(context, builder, signature.args[0], *arguments)
        return _total(builder, _halved(builder, parts))

    return types.float64(x, types.uint64), generate


@intrinsic
def product_sum(_context, x, i, y, j):
    """Sum of the products of the row of x from index i on with the row of y from j on."""

    def generate(context, builder, signature, arguments):
        return _total(builder, _products(context, builder, signature.args, arguments))

    return types.float64(x, types.uint64, y, types.uint64), generate


@intrinsic
def two_product_sums(_context, x, i, y, j, v, k, w, l):  # noqa: E741
    """`product_sum(x, i, y, j)` plus `product_sum(v, k, w, l)`, added while each is one vector."""

    def generate(context, builder, signature, arguments):
        first, second = (
            _products(context, builder, signature.args[at : at + 4], arguments[at : at + 4])
            for at in (0, 4)
        )
        return _total(builder, builder.fadd(first, second))

    number = types.uint64
    return types.float64(x, number, y, number, v, number, w, number), generate


def _products(context, builder, kinds, arguments):
    """Products of two rows, added up to one vector."""
    x = _row(context, builder, kinds[0], *arguments[:2])
    y = _row(context, builder, kinds[2], *arguments[2:])
    return _halved(builder, [builder.fmul(a, b) for a, b in zip(x, y, strict=True)])


@separate
def part(x, start, stop):
    """x[start:stop]; the code of a slice is long, so it is compiled once."""
    return x[start:stop]


@separate
def sum_states(x, n, kept, sums):
    """Σ x_i, and Σ x_i x_j of the kept elements (i, j), of the rows x (n·ROW,)."""
    for i in range(n):
        sums[i] = row_sum(x, i * ROW)
    count = uint64(kept.shape[0]) // uint64(3)
    for at in range(count):
        sums[n + kept[count + count + at]] = product_sum(x, kept[at], x, kept[count + at])


@separate
def sum_powers(x, n, squares, sums):
    """Σ x_i³ and Σ x_i⁴ of the rows x (n·ROW,)."""
    for place in range(n * ROW):
        squares[place] = x[place] * x[place]
    for i in range(n):
        sums[i] = product_sum(squares, i * ROW, x, i * ROW)
        sums[n + i] = product_sum(squares, i * ROW, squares, i * ROW)


@separate
def sum_differences(x, r, n, kept, d, sums):
    """Σ d_i, and Σ (x_i x_j − r_i r_j) of the kept elements (i, j), with d = x − r.

    The latter is summed as d_i x_j + r_i d_j, which loses no digits where x and r are close. The
    buffer d keeps the differences for the sums that follow.
    """
    for place in range(n * ROW):
        d[place] = x[place] - r[place]
    for i in range(n):
        sums[i] = row_sum(d, i * ROW)
    count = uint64(kept.shape[0]) // uint64(3)
    for at in range(count):
        i, j = kept[at], kept[count + at]
        sums[n + kept[count + count + at]] = two_product_sums(d, i, x, j, r, i, d, j)


@separate
def sum_power_differences(x, r, d, n, work, sums):
    """Σ (x_i³ − r_i³) and Σ (x_i⁴ − r_i⁴), as products with d = x − r, so nothing cancels."""
    for order in range(2):
        for place in range(n * ROW):
            a, b = x[place], r[place]
            work[place] = a * a + a * b + b * b if order == 0 else (a + b) * (a * a + b * b)
        for i in range(n):
            sums[order * n + i] = product_sum(d, i * ROW, work, i * ROW)


@separate
def sum_squares(d, n, sums):
    """Σ d_i²."""
    for i in range(n):
        sums[i] = product_sum(d, i * ROW, d, i * ROW)


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


def accumulate(X, live, centre, kept, companion, mirrored, sums, lost):
    """Sums over the trajectories of every cell at one sample time.

    X (cells, variables·ROW) holds per cell the full state alone; or the fluctuation x, its linear
    twin y, with `companion` the path z at twice the step, and if `mirrored` the path m = −x₋ of
    opposite noise. live (cells,) is the number of requested trajectories in each cell. kept
    (3·elements,) says which products x_i x_j are summed: all i·ROW, then all j·ROW, then the place
    of each sum among those of the second moments.

    sums (cells, statistics) receives, in the order of `sum_layout.layout`: moments of x up to the
    fourth, for single paths about `centre` (n,); those of y up to the second; of x minus y up to
    the fourth; of z minus x up to the second, and of (z − x)². Mirrored pairs are averaged. lost
    (cells,) receives the bit masks of trajectories that are no longer finite.
    """
    prefer_512_bit_vectors()
    n = uint64(centre.shape[0])
    rows, second = n * ROW, n + uint64(kept.shape[0]) // uint64(3)
    fourth, last = second + uint64(2) * n, uint64(X.shape[1]) - rows
    residue, opposite = np.empty(64), np.empty(fourth)
    d, work, states = np.empty(rows), np.empty(rows), np.empty(X.shape[1])
    two, three, error_end = rows + rows, rows + rows + rows, fourth + fourth + second
    x, y, z = part(states, NONE, rows), part(states, rows, two), part(states, two, three)
    m = part(states, last, uint64(X.shape[1]))
    low, high = part(opposite, NONE, second), part(opposite, second, fourth)
    for cell in range(X.shape[0]):
        asked, found, path = uint64(live[cell]), sums[cell], X[cell]
        full = part(found, NONE, fourth)
        copy_live_states(path, centre, asked, states)
        sum_states(x, n, kept, part(found, NONE, second))
        sum_powers(x, n, work, part(found, second, fourth))
        if mirrored:
            sum_states(m, n, kept, low)
            sum_powers(m, n, work, high)
            average_pairs(n, opposite, full)
        if y.shape[0] > 0:
            twin = part(found, fourth, fourth + second)
            error = part(found, fourth + second, error_end)
            sum_states(y, n, kept, twin)
            sum_differences(x, y, n, kept, d, part(error, NONE, second))
            sum_power_differences(x, y, d, n, work, part(error, second, fourth))
            if mirrored:
                for i in range(n):
                    twin[i] = 0.0
                sum_differences(m, y, n, kept, d, low)
                sum_power_differences(m, y, d, n, work, high)
                average_pairs(n, opposite, error)
        if companion:
            coarse = part(found, error_end, uint64(sums.shape[1]))
            sum_differences(z, x, n, kept, d, part(coarse, NONE, second))
            sum_squares(d, n, part(coarse, second, second + n))
        lost[cell] = lost_trajectories(path, rows, last if mirrored else NONE, asked, residue)
