"""Gaussian elimination with partial pivoting, eight systems K x = b in the lanes of vectors.

K (m, m) is an array of lanes with rows `stride` apart; to its right are the columns of right-hand
sides that are eliminated with it, and at least three more columns. K = LU in place, two columns at
a time, so that each element is loaded and stored half as often. Every lane has pivots of its own,
with row numbers as floating-point numbers: an exchange is a choice between two operands, made while
the row is being eliminated. The part of L that is already computed is not exchanged.

The text of this file is compiled after that of `simd`, so it imports nothing else.
"""

if __package__:  # in the compiled module the text of `simd` comes before this
    from ...sde.jit.simd import (
        LANES,
        at,
        fill,
        gather,
        inlined,
        less_product,
        magnitude,
        put,
        separate,
        where_below,
        where_equal,
    )

COLUMNS = 4
"""Columns to the right of the panel that are eliminated together."""


@inlined
def find_pivot(K, c, m, stride):
    """The row of the largest element of column c on or below the diagonal, and that element."""
    row, pivot = fill(float(c)), at(K, c * (stride + LANES))
    best = magnitude(pivot)
    for r in range(c + 1, m):
        x = at(K, r * stride + c * LANES)
        size = magnitude(x)
        row = where_below(best, size, fill(float(r)), row)
        pivot = where_below(best, size, x, pivot)
        best = where_below(best, size, size, best)
    return row, pivot


@inlined
def factorise_panel(K, c, m, stride):
    """Columns c and c + 1 of the factors.

    Returns both pivot rows, and column c of L in row c + 1 and in the second pivot row.
    """
    corner = c * (stride + LANES)
    first, pivot = find_pivot(K, c, m, stride)
    inverse, old, old_right = fill(1.0) / pivot, at(K, corner), at(K, corner + LANES)
    u = gather(K, first, stride, (c + 1) * LANES)
    for r in range(c + 1, m):
        e, row = r * stride + c * LANES, fill(float(r))
        factor = where_equal(first, row, old, at(K, e)) * inverse
        put(K, e, factor)
        put(
            K,
            e + LANES,
            less_product(where_equal(first, row, old_right, at(K, e + LANES)), factor, u),
        )
    put(K, corner, inverse)
    put(K, corner + LANES, u)
    second, pivot = find_pivot(K, c + 1, m, stride)
    inverse, old = fill(1.0) / pivot, at(K, corner + stride + LANES)
    for r in range(c + 2, m):
        e = r * stride + (c + 1) * LANES
        put(K, e, where_equal(second, fill(float(r)), old, at(K, e)) * inverse)
    put(K, corner + stride + LANES, inverse)
    return first, second, at(K, corner + stride), gather(K, second, stride, c * LANES)


@inlined
def exchange(K, c, k, stride, panel):
    """Column k of the two rows of U of a panel, each with the element whose place it took."""
    first, second, factor, factor_second = panel
    e = c * stride + k * LANES
    u, old = gather(K, first, stride, k * LANES), at(K, e)
    old_next = less_product(
        where_equal(first, fill(float(c + 1)), old, at(K, e + stride)), factor, u
    )
    taken = where_equal(first, second, old, gather(K, second, stride, k * LANES))
    u_next = less_product(taken, factor_second, u)
    put(K, e, u)
    put(K, e + stride, u_next)
    return u, old, u_next, old_next


@inlined
def eliminate(K, e, row, panel, factor, factor_next, column):
    """Subtract the two rows of U from an element below, exchanged first if it is in a pivot row."""
    u, old, u_next, old_next = column
    x = less_product(where_equal(panel[0], row, old, at(K, e)), factor, u)
    put(K, e, less_product(where_equal(panel[1], row, old_next, x), factor_next, u_next))


@separate
def factorise(K, pivots, m, stride):
    """LU in place, U's diagonal inverted, L not exchanged; right-hand sides become those of U."""
    for c in range(0, m - 1, 2):
        panel = factorise_panel(K, c, m, stride)
        put(pivots, c * LANES, panel[0])
        put(pivots, (c + 1) * LANES, panel[1])
        for k in range(c + 2, m + 2, COLUMNS):
            k0, k1 = exchange(K, c, k, stride, panel), exchange(K, c, k + 1, stride, panel)
            k2, k3 = exchange(K, c, k + 2, stride, panel), exchange(K, c, k + 3, stride, panel)
            for r in range(c + 2, m):
                e, row = r * stride + k * LANES, fill(float(r))
                factor, factor_next = (
                    at(K, r * stride + c * LANES),
                    at(K, r * stride + (c + 1) * LANES),
                )
                eliminate(K, e, row, panel, factor, factor_next, k0)
                eliminate(K, e + LANES, row, panel, factor, factor_next, k1)
                eliminate(K, e + 2 * LANES, row, panel, factor, factor_next, k2)
                eliminate(K, e + 3 * LANES, row, panel, factor, factor_next, k3)
    if m % 2:
        corner = (m - 1) * (stride + LANES)
        put(pivots, (m - 1) * LANES, fill(float(m - 1)))
        put(K, corner, fill(1.0) / at(K, corner))


@separate
def substitute_forward(K, pivots, b, m, stride):
    """b ← L⁻¹ b, exchanged as the rows of K were."""
    for c in range(m):
        pivot, old = at(pivots, c * LANES), at(b, c * LANES)
        x = gather(b, pivot, LANES, 0)
        put(b, c * LANES, x)
        for r in range(c + 1, m):
            y = where_equal(pivot, fill(float(r)), old, at(b, r * LANES))
            put(b, r * LANES, less_product(y, at(K, r * stride + c * LANES), x))


@separate
def substitute_back(K, b, m, stride):
    """b ← U⁻¹ b, the sums in two parts."""
    for c in range(m - 1, -1, -1):
        x, rest, row = at(b, c * LANES), fill(0.0), c * stride
        for k in range(m - 1, c + 1, -2):
            x = less_product(x, at(K, row + k * LANES), at(b, k * LANES))
            rest = less_product(rest, at(K, row + (k - 1) * LANES), at(b, (k - 1) * LANES))
        if (m - 1 - c) % 2:
            x = less_product(x, at(K, row + (c + 1) * LANES), at(b, (c + 1) * LANES))
        put(b, c * LANES, (x + rest) * at(K, row + c * LANES))
