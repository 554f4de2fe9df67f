"""Compiled steady covariances, refined, with a proof that A is stable: eight equations at a time.

The unknowns are the elements V_ij, i ≥ j, and there is an equation for each; those on the diagonal
are halved, so that the matrix K of the equations holds elements of A as they are. V is refined with
the factors of K and residuals in twice double precision.

The same factors give the W with A W + W Aᵀ = −1, and W shows whether A is stable. Let A be scaled
so that ‖A‖ ≤ 1, and let R = A W + W Aᵀ + 1 for the W found, whatever its error. With y†A = λ y†,

    2 Re λ · y†W y = −y†y + y†R y,      so that W > 0 and ‖R‖ ≤ ½ prove  Re λ ≤ −1/(4 tr W)

for every eigenvalue λ. A stable A has W ≥ (1 − ‖R‖)/2, so W − ¼ is factorised, and ¼ is left for
the rounding of R and of the factors, at most (n + 3)ε(2 tr W + n) (Rump,
doi:10.1007/s10543-006-0056-1). No proof does not mean unstable.

The text of this file is compiled after those of `simd` and `lu_kernel`, so it imports nothing else.
Eight matrices (n, n) in the lanes of vectors are an array of n² · LANES numbers, row by row.
"""

import math

import numpy as np

if __package__:  # in the compiled module their text comes before this
    from ...sde.jit.simd import (
        LANES,
        aligned_zeros,
        at,
        fill,
        fma,
        inlined,
        less_product,
        load,
        magnitude,
        put,
        separate,
        total,
        two_sum,
        where_at_most,
        where_below,
    )
    from .lu_kernel import COLUMNS, factorise, substitute_back, substitute_forward

SHIFT, DEFECT = 0.25, 0.25
"""W − `SHIFT` must have positive pivots, and ‖R‖ be below `DEFECT`."""
UNDERFLOW = 1e-280
"""Squares ‖A‖² below this may have lost digits."""


@inlined
def place(i, j):
    """The number of the unknown V_ij."""
    return i * (i + 1) // 2 + j if i >= j else j * (j + 1) // 2 + i


@separate
def prepare(A, D, n, S, asymmetry):
    """Divide A, and the symmetric part S of D, by the power of two above ‖A‖.

    Returns 1 in lanes where this is possible and D is symmetric, else 0.
    """
    square, largest, skew = fill(0.0), fill(0.0), fill(0.0)
    for i in range(n):
        for j in range(n):
            a, d = at(A, (i * n + j) * LANES), at(D, (i * n + j) * LANES)
            size, gap = magnitude(d), magnitude(d - at(D, (j * n + i) * LANES))
            square = fma(a, a, square)
            largest = where_below(largest, size, size, largest)
            skew = where_below(skew, gap, gap, skew)
    put(S, 0, square)
    for lane in range(LANES):
        S[lane] = math.ldexp(1.0, -math.frexp(math.sqrt(S[lane]))[1])
    scale = at(S, 0)
    for i in range(n):
        for j in range(n):
            put(A, (i * n + j) * LANES, scale * at(A, (i * n + j) * LANES))
            if i >= j:
                both = at(D, (i * n + j) * LANES) + at(D, (j * n + i) * LANES)
                put(S, place(i, j) * LANES, scale * (fill(0.5) * both))
    good = where_at_most(skew, fill(asymmetry) * largest, fill(1.0), fill(0.0))
    return where_below(fill(UNDERFLOW), square, good, fill(0.0))


@separate
def assemble(A, S, n, K, stride):
    """The matrix K of the equations, rows `stride` apart, and the right-hand sides for V and W."""
    m = n * (n + 1) // 2
    for e in range(K.shape[0]):
        K[e] = 0.0
    for i in range(n):
        for j in range(i + 1):
            row = place(i, j) * stride
            for k in range(n):
                e = row + place(k, j) * LANES
                put(K, e, at(K, e) + at(A, (i * n + k) * LANES))
                if i != j:
                    e = row + place(i, k) * LANES
                    put(K, e, at(K, e) + at(A, (j * n + k) * LANES))
            put(K, row + m * LANES, fill(-0.5 if i == j else -1.0) * at(S, place(i, j) * LANES))
            put(K, row + (m + 1) * LANES, fill(-0.5 if i == j else 0.0))


@separate
def residual(A, S, V, n, high, low, R):
    """R = AV + VAᵀ + S in twice double precision, halved on the diagonal."""
    for i in range(n):
        for j in range(n):
            whole, lost = fill(0.0), fill(0.0)
            for k in range(n):
                a, v = at(A, (i * n + k) * LANES), at(V, place(k, j) * LANES)
                product = a * v
                whole, rest = two_sum(whole, product)
                lost = lost + (rest - less_product(product, a, v))
            put(high, (i * n + j) * LANES, whole)
            put(low, (i * n + j) * LANES, lost)
    for i in range(n):
        for j in range(i + 1):
            e, mirrored, unknown = (i * n + j) * LANES, (j * n + i) * LANES, place(i, j) * LANES
            whole, lost = two_sum(at(high, e), at(high, mirrored))
            whole, rest = two_sum(whole, at(S, unknown))
            whole = whole + (at(low, e) + at(low, mirrored) + lost + rest)
            put(R, unknown, fill(0.5 if i == j else 1.0) * whole)


@separate
def correct(V, change, m, pending, settled):
    """Subtract the change from V in the pending lanes; 1 where it was too large to be the last."""
    size, step = fill(0.0), fill(0.0)
    for e in range(0, m * LANES, LANES):
        old, by = at(V, e), at(change, e)
        new = where_below(fill(0.0), pending, old - by, old)
        put(V, e, new)
        size, step = size + magnitude(new), step + magnitude(by)
    return where_at_most(step, fill(settled) * size, fill(0.0), pending)


@separate
def solves_for_rate(A, W, n, F, rate):
    """1 where ‖AW + WAᵀ + 1‖ is at most `DEFECT`, and the trace of W proves the rate, else 0."""
    trace = fill(0.0)
    for i in range(n):
        trace = trace + at(W, place(i, i) * LANES)
        for j in range(n):
            element = fill(0.5 if i == j else 0.0)
            for k in range(n):
                element = fma(at(A, (i * n + k) * LANES), at(W, place(k, j) * LANES), element)
            put(F, (i * n + j) * LANES, element)
    square = fill(0.0)
    for i in range(n):
        for j in range(n):
            element = at(F, (i * n + j) * LANES) + at(F, (j * n + i) * LANES)
            square = fma(element, element, square)
    good = where_at_most(fill(4.0 * rate) * trace, fill(1.0), fill(1.0), fill(0.0))
    return where_at_most(square, fill(DEFECT**2), good, fill(0.0))


@separate
def shifted_definite(W, n, F):
    """1 where W − `SHIFT` has positive pivots, else 0."""
    good = fill(1.0)
    for i in range(n):
        for j in range(i + 1):
            put(F, (i * n + j) * LANES, at(W, place(i, j) * LANES) - fill(SHIFT if i == j else 0.0))
    for c in range(n):
        pivot = at(F, c * (n + 1) * LANES)
        good = where_below(fill(0.0), pivot, good, fill(0.0))
        inverse = fill(1.0) / pivot
        for i in range(c + 1, n):
            factor = at(F, (i * n + c) * LANES) * inverse
            for j in range(c + 1, i + 1):
                e = (i * n + j) * LANES
                put(F, e, less_product(at(F, e), factor, at(F, (j * n + c) * LANES)))
    return good


def covariances(A, D, V, proven, n, rate, asymmetry, settled, rounds):
    """Fill V, and `proven` where V has settled and A is stable by more than rate · ‖A‖.

    A, D and V are flat arrays of points · n² elements, D symmetric to within `asymmetry` of its
    largest element; `proven` (points,) is bool. V has settled when one of `rounds` corrections, the
    first solution included, is below `settled` relative to V.
    """
    m, points = n * (n + 1) // 2, len(proven)
    # odd, so that the elements of a column do not fall into few sets of the cache
    stride = ((m + 1 + COLUMNS) | 1) * LANES
    K, pivots, X, W, S = (
        aligned_zeros(m * stride // LANES),
        aligned_zeros(m),
        aligned_zeros(m),
        aligned_zeros(m),
        aligned_zeros(m),
    )
    A_lanes, F, G = aligned_zeros(n * n), aligned_zeros(n * n), aligned_zeros(n * n)
    flags = np.empty(LANES)
    for first in range(0, points, LANES):
        load(A, first, n * n, A_lanes)
        load(D, first, n * n, F)
        good = prepare(A_lanes, F, n, S, asymmetry)
        assemble(A_lanes, S, n, K, stride)
        factorise(K, pivots, m, stride)
        for r in range(m):
            put(X, r * LANES, at(K, r * stride + m * LANES))
            put(W, r * LANES, at(K, r * stride + (m + 1) * LANES))
        substitute_back(K, X, m, stride)
        substitute_back(K, W, m, stride)
        good = good * shifted_definite(W, n, F)
        good = good * solves_for_rate(A_lanes, W, n, F, rate)  # with the line above: stable
        pending = fill(1.0)
        for _ in range(rounds - 1):
            residual(A_lanes, S, X, n, F, G, W)
            substitute_forward(K, pivots, W, m, stride)
            substitute_back(K, W, m, stride)
            pending = correct(X, W, m, pending, settled)
            if total(pending) == 0.0:
                break
        put(flags, 0, good - pending)
        for lane in range(min(LANES, points - first)):
            proven[first + lane] = flags[lane] > 0.0
            start = (first + lane) * n * n
            for i in range(n):
                for j in range(n):
                    V[start + i * n + j] = X[place(i, j) * LANES + lane]
