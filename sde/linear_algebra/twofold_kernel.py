"""Matrix products and residuals in twice double precision, in compiled loops.

Matrices are flat arrays, row by row; the compiler must not reassociate their sums.

Pasted into a generated module after `simd`, so it imports nothing else of the package.
"""

if __package__:  # in the compiled module their text comes before this
    from ..jit.simd import LANES, at, broadcast, fill, inlined, less_product, put, two_sum


@inlined
def added(a, b):
    """a + b rounded, and its rounding error (exact)."""
    whole = a + b
    part = whole - a
    return whole, (a - (whole - part)) + (b - part)


def product(A, B, rows, inner, width, high, low):
    """high + low = A B, rounded and the rounding error, of A (rows, inner) and B (inner, width).

    `width` is a multiple of `LANES`; the results have the shape (rows, width).
    """
    for i in range(rows):
        for j in range(0, width, LANES):
            whole, lost = fill(0.0), fill(0.0)
            for k in range(inner):
                a, b = broadcast(A, i * inner + k), at(B, k * width + j)
                term = a * b
                whole, rest = two_sum(whole, term)
                lost = lost + (rest - less_product(term, a, b))
            put(high, i * width + j, whole)
            put(low, i * width + j, lost)


def symmetric_sum(high, low, D, n, width, R):
    """R = P + Pᵀ + D, rounded once, of P = high + low (n, width) and symmetric D and R (n, n)."""
    for i in range(n):
        for j in range(i + 1):
            e, mirrored = i * width + j, j * width + i
            both, first = added(high[e], high[mirrored])
            total, second = added(both, D[i * n + j])
            R[i * n + j] = R[j * n + i] = total + (low[e] + low[mirrored] + first + second)
