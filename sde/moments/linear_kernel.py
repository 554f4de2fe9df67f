"""Exact steps of linear models, eight parameter points at a time, in compiled loops.

The equations are in the docstring of `linear`. A matrix is a part of one flat buffer X of lanes:
entry (i, j) is at index base + (i·columns + j)·8, with a lane per parameter point. Numbers of rows
and columns are rounded up to even numbers; the added entries are zero.

Pasted into a generated module after `vector_width` and `simd`, so it imports nothing else.
"""

import numpy as np

if __package__:  # in a generated module their code comes before this
    from ..jit.simd import (
        LANES,
        aligned_zeros,
        at,
        fill,
        fma,
        inlined,
        never_inline,
        prefetch_for_write,
        put,
        scatter_pairs,
        separate,
        where_below,
    )
    from ..jit.vector_width import prefer_512_bit_vectors

SHORT = 0.5
"""Largest ‖A‖h for which the Taylor series is summed."""
TERMS = 18
"""Terms of the series: SHORT^18/18! is below 1e-21."""


@separate
def multiply(X, left, right, out, n, m):
    """out (n, m) = left (n, n) · right (n, m), two rows and two columns at a time."""
    prefer_512_bit_vectors()
    never_inline()
    for i in range(0, n, 2):
        for j in range(0, m, 2):
            a, b, c, d = fill(0.0), fill(0.0), fill(0.0), fill(0.0)
            for k in range(n):
                upper = at(X, left + (i * n + k) * LANES)
                lower = at(X, left + ((i + 1) * n + k) * LANES)
                first = at(X, right + (k * m + j) * LANES)
                second = at(X, right + (k * m + j + 1) * LANES)
                a, b = fma(upper, first, a), fma(upper, second, b)
                c, d = fma(lower, first, c), fma(lower, second, d)
            above, below = out + (i * m + j) * LANES, out + ((i + 1) * m + j) * LANES
            put(X, above, a)
            put(X, above + LANES, b)
            put(X, below, c)
            put(X, below + LANES, d)


@inlined
def add_to_pair(X, V, EV, N, n, i, j, quadratic):
    """V_ij ← V_ij + (EV)_ij + (EV)_ji + quadratic + N_ij, with (EVEᵀ)_ij given; V_ji likewise."""
    e, mirrored = (i * n + j) * LANES, (j * n + i) * LANES
    drifted = at(X, EV + e) + at(X, EV + mirrored)
    total = at(X, V + e) + (drifted + quadratic + at(X, N + e))
    put(X, V + e, total)
    put(X, V + mirrored, total)


@separate
def propagate_covariance(X, E, V, EV, N, n):
    """V ← (1 + E) V (1 + E)ᵀ + N in place, exactly symmetric; EV is a buffer for E V."""
    prefer_512_bit_vectors()
    never_inline()
    multiply(X, E, V, EV, n, n)
    for i in range(0, n, 2):
        for j in range(i, n, 2):
            a, b, c, d = fill(0.0), fill(0.0), fill(0.0), fill(0.0)
            for k in range(n):
                upper = at(X, EV + (i * n + k) * LANES)
                lower = at(X, EV + ((i + 1) * n + k) * LANES)
                first = at(X, E + (j * n + k) * LANES)
                second = at(X, E + ((j + 1) * n + k) * LANES)
                a, b = fma(upper, first, a), fma(upper, second, b)
                c, d = fma(lower, first, c), fma(lower, second, d)
            add_to_pair(X, V, EV, N, n, i, j, a)
            add_to_pair(X, V, EV, N, n, i, j + 1, b)
            if j > i:
                add_to_pair(X, V, EV, N, n, i + 1, j, c)
            add_to_pair(X, V, EV, N, n, i + 1, j + 1, d)


@inlined
def load_matrices(X, base, rows, columns, source, first, lanes, n, m, factors):
    """Matrices of `lanes` points from `first` on, each times the factor of its lane, into X.

    source (points, n·m), or (1, n·m) for all points; padded by zeros to rows × columns.
    """
    for e in range(base, base + rows * columns * LANES):
        X[e] = 0.0
    for lane in range(lanes):
        point = first + lane if source.shape[0] > 1 else 0
        for i in range(n):
            for j in range(m):
                value = source[point, i * m + j] * factors[lane]
                X[base + (i * columns + j) * LANES + lane] = value


@inlined
def halve_steps(A, first, lanes, n, time, steps, counts):
    """Per lane a step time/2^count with ‖A‖·step ≤ SHORT; returns the largest count."""
    most = 0
    for lane in range(LANES):
        point = first + lane if A.shape[0] > 1 else 0
        norm = 0.0
        for i in range(n * (lane < lanes)):
            total = 0.0
            for j in range(n):
                total += abs(A[point, i * n + j])
            norm = max(norm, total)
        steps[lane], counts[lane] = time, 0.0
        while norm * steps[lane] > SHORT:
            steps[lane] *= 0.5
            counts[lane] += 1.0
        most = max(most, int(counts[lane]))
    return most


@inlined
def add_term(X, sum_base, term, product, count, factor):
    """term ← product · factor, and sum ← sum + term."""
    for e in range(0, count * LANES, LANES):
        value = at(X, product + e) * factor
        put(X, term + e, value)
        put(X, sum_base + e, at(X, sum_base + e) + value)


@separate
def taylor(X, E, g, Q, Ah, power, kick, spread, work, N, M):
    """Sum the Taylor series of E, g and Q over a short step h.

    They hold their first terms, as do power, kick and spread; work is a buffer.
    """
    prefer_512_bit_vectors()
    never_inline()
    for k in range(2, TERMS):
        factor = fill(1.0 / k)
        multiply(X, Ah, power, work, N, N)
        add_term(X, E, power, work, N * N, factor)
        multiply(X, Ah, kick, work, N, M)
        add_term(X, g, kick, work, N * M, factor)
        multiply(X, Ah, spread, work, N, N)
        for i in range(N):
            for j in range(i + 1):
                e, mirrored = (i * N + j) * LANES, (j * N + i) * LANES
                value = (at(X, work + e) + at(X, work + mirrored)) * factor
                put(X, spread + e, value)
                put(X, spread + mirrored, value)
        for e in range(0, N * N * LANES, LANES):
            put(X, Q + e, at(X, Q + e) + at(X, spread + e))


@inlined
def update_active(X, old, new, count, active):
    """old ← new in the lanes that are active."""
    for e in range(0, count * LANES, LANES):
        put(X, old + e, where_below(fill(0.0), active, at(X, new + e), at(X, old + e)))


@inlined
def add_doubled(X, base, product, new, count):
    """new ← 2 base + product."""
    for e in range(0, count * LANES, LANES):
        value = at(X, base + e)
        put(X, new + e, value + (value + at(X, product + e)))


@separate
def double_step(X, E, g, Q, new, work, N, M, active):
    """Double the step in active lanes: E ← 2E + E², g ← 2g + Eg, Q ← 2Q + EQ + QEᵀ + EQEᵀ."""
    prefer_512_bit_vectors()
    never_inline()
    chosen = at(active, 0)
    for e in range(0, N * N * LANES, LANES):
        put(X, new + e, at(X, Q + e))
    propagate_covariance(X, E, new, work, Q, N)
    update_active(X, Q, new, N * N, chosen)
    multiply(X, E, g, work, N, M)
    add_doubled(X, g, work, new, N * M)
    update_active(X, g, new, N * M, chosen)
    multiply(X, E, E, work, N, N)
    add_doubled(X, E, work, new, N * N)
    update_active(X, E, new, N * N, chosen)


@inlined
def copy(X, source, target, count):
    """Copy `count` numbers per lane."""
    for e in range(0, count * LANES, LANES):
        put(X, target + e, at(X, source + e))


@inlined
def buffer(n, m):
    """Even numbers of rows and columns, the size of a matrix, and a buffer for thirteen."""
    rows, columns = n + n % 2, m + m % 2
    size = rows * max(rows, columns) * LANES
    return rows, columns, size, aligned_zeros(13 * size // LANES)


@separate
def discretise(X, A, c, D, first, lanes, n, m, time, steps, counts, size):
    """E, g and Q of a step, of `lanes` points from `first` on, into matrices 1, 2, 3 of X.

    Matrices 4 to 9 are buffers.
    """
    never_inline()
    N, M = n + n % 2, m + m % 2
    E, g, Q, Ah, power = size, 2 * size, 3 * size, 4 * size, 5 * size
    kick, spread, work, new = 6 * size, 7 * size, 8 * size, 9 * size
    most = halve_steps(A, first, lanes, n, time, steps, counts)
    load_matrices(X, Ah, N, N, A, first, lanes, n, n, steps)
    load_matrices(X, g, N, M, c, first, lanes, n, m, steps)
    load_matrices(X, Q, N, N, D, first, lanes, n, n, steps)
    copy(X, Ah, E, N * N)
    copy(X, Ah, power, N * N)
    copy(X, g, kick, N * M)
    copy(X, Q, spread, N * N)
    taylor(X, E, g, Q, Ah, power, kick, spread, work, N, M)
    for _ in range(most):
        double_step(X, E, g, Q, new, work, N, M, counts)
        for lane in range(LANES):
            counts[lane] -= 1.0


def discretise_all(A, c, D, time, E, g, Q):
    """E (points, n²), g (points, n·m) and Q (points, n²) of a step of `time`, in s.

    A, D (points, n²) and c (points, n·m), or one row for all points.
    """
    points = E.shape[0]
    n = int(np.round(np.sqrt(E.shape[1])))
    m = g.shape[1] // n
    N, M, size, X = buffer(n, m)
    steps, counts = np.ones(LANES), np.ones(LANES)
    for first in range(0, points, LANES):
        lanes = min(LANES, points - first)
        discretise(X, A, c, D, first, lanes, n, m, time, steps, counts, size)
        for lane in range(lanes):
            for i in range(n):
                for j in range(n):
                    e = (i * N + j) * LANES + lane
                    E[first + lane, i * n + j] = X[size + e]
                    Q[first + lane, i * n + j] = X[3 * size + e]
                for j in range(m):
                    g[first + lane, i * m + j] = X[2 * size + (i * M + j) * LANES + lane]


@inlined
def prefetch_rows(results, start, count):
    """Fetch the cache lines of `count` results, which are written soon."""
    for e in range(start, start + count, LANES):
        prefetch_for_write(results, e)


@separate
def store_moments(X, mean, V, n, N, row, lanes, means, covariances):
    """Copy mean and V into the flat results, from row (time, point) on."""
    prefer_512_bit_vectors()
    pair = 2 * LANES
    if lanes == LANES and n == N:
        for i in range(0, n, 2):
            first, second = at(X, mean + i * pair), at(X, mean + (i + 1) * pair)
            scatter_pairs(first, second, means, row * n + i, n)
        for e in range(0, n * n, 2):
            first, second = at(X, V + e * LANES), at(X, V + (e + 1) * LANES)
            scatter_pairs(first, second, covariances, row * n * n + e, n * n)
        return
    for lane in range(lanes):
        for i in range(n):
            means[(row + lane) * n + i] = X[mean + i * pair + lane]
            for j in range(n):
                covariances[((row + lane) * n + i) * n + j] = X[V + (i * N + j) * LANES + lane]


def propagate(A, c, D, mean, V, intervals, first, last, points, means, covariances):
    """Moments of the points first … last − 1 at the start and after each interval, in s.

    A, D, V (points, n²) and c, mean (points, n), or one row for all points. Results are flat: means
    (times·points·n,) and covariances (times·points·n·n,). E, g and Q are computed anew only where
    an interval differs from the one before it.
    """
    n = mean.shape[1]
    m = c.shape[1] // n
    N, M, size, X = buffer(n, m)
    steps, counts, ones = np.ones(LANES), np.ones(LANES), np.ones(LANES)
    E, g, Q, work = size, 2 * size, 3 * size, 8 * size
    at_mean, at_V, product = 10 * size, 11 * size, 12 * size
    for group in range(first, last, LANES):
        lanes = min(LANES, last - group)
        load_matrices(X, at_mean, N, M, mean, group, lanes, n, m, ones)
        load_matrices(X, at_V, N, N, V, group, lanes, n, n, ones)
        store_moments(X, at_mean, at_V, n, N, group, lanes, means, covariances)
        length = -1.0
        for sample in range(intervals.shape[0]):
            if intervals[sample] != length:
                length = intervals[sample]
                discretise(X, A, c, D, group, lanes, n, m, length, steps, counts, size)
            row = (sample + 1) * points + group
            prefetch_rows(means, row * n, lanes * n)
            prefetch_rows(covariances, row * n * n, lanes * n * n)
            multiply(X, E, at_mean, product, N, M)
            for e in range(0, N * M * LANES, LANES):
                moved = at(X, product + e) + at(X, g + e)
                put(X, at_mean + e, at(X, at_mean + e) + moved)
            propagate_covariance(X, E, at_V, work, Q, N)
            store_moments(X, at_mean, at_V, n, N, row, lanes, means, covariances)
