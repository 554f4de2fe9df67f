"""Taylor series of mean field and covariance: compiled steps of the moment equations.

The state S = (V | ū | 0) has n rows of `width` numbers: V in columns 0 … n−1, the mean in column n,
zeros beyond. Each order follows from those below it by products of series:

    (k + 1) V_{k+1} = G_k + G_kᵀ + D δ_{k0},   (k + 1) ū_{k+1} = g_k + c δ_{k0}

    (G | g)_k = Σ_j a_j (V | w ū)_{k−j}

where a runs over the entries of the drift matrix: constants, and series of terms in ū, ū ū and V.
The weight w turns the Jacobian into the drift of the mean: ½ for an entry linear in ū, ⅓ for a
quadratic one, 1 for one in V.

Pasted into a generated module after `vector_width` and `simd`, so it imports nothing else.

References
----------
Jorba and Zou, doi:10.1080/10586458.2005.10128904.
"""

import numpy as np

if __package__:  # in a generated module their code comes before this
    from ..jit.simd import LANES, aligned_zeros, at, broadcast, fill, fma, inlined, put
    from ..jit.vector_width import prefer_512_bit_vectors

ORDER = 24
"""Order of the series; the cheapest for a given error, over wide ranges of error and model."""
CONTINUES, FINISHED, DIVERGED = 0, 1, 2
"""Return values of `advance`."""
CONSTANT, MOVING, PRODUCTS, SHIFTS, END = range(5)
"""Kinds of terms, in the order of the table of terms; bounds[kind] is where each begins."""
BLOCK = 8
"""Orders that are multiplied at a time."""
GROWTH = 4.0
"""Largest ratio of a step to the one before it."""


@inlined
def series_of_entries(k, S, size, series, products, places, values, bounds, factors, n, width):
    """Order k of the moving entries of the drift matrix; `products` keeps the series of ū_b ū_c."""
    length = ORDER + 1
    for p in range(factors.shape[0]):
        first, second = factors[p, 0] * width + n, factors[p, 1] * width + n
        total = 0.0
        for j in range(k + 1):
            total += S[j * size + first] * S[(k - j) * size + second]
        products[p * length + k] = total
    for e in range(series.shape[0] // length):
        series[e * length + k] = 0.0
    for t in range(bounds[MOVING], bounds[PRODUCTS]):
        series[places[t, 0] * length + k] += values[t] * S[k * size + places[t, 1]]
    for t in range(bounds[PRODUCTS], bounds[SHIFTS]):
        series[places[t, 0] * length + k] += values[t] * products[places[t, 1] * length + k]


@inlined
def convolution(k, orders, size, source, series, first):
    """Order k of the product of a series of numbers and a series of rows.

    Summed in blocks of `BLOCK` orders; orders below 0 are zero.
    """
    sum_0, sum_1, sum_2, sum_3 = fill(0.0), fill(0.0), fill(0.0), fill(0.0)
    e = (BLOCK + k) * size + source
    for block in range(0, k + 1, BLOCK):
        for j in range(block, block + BLOCK, 4):
            sum_0 = fma(broadcast(series, first + j), at(orders, e - j * size), sum_0)
            sum_1 = fma(broadcast(series, first + j + 1), at(orders, e - (j + 1) * size), sum_1)
            sum_2 = fma(broadcast(series, first + j + 2), at(orders, e - (j + 2) * size), sum_2)
            sum_3 = fma(broadcast(series, first + j + 3), at(orders, e - (j + 3) * size), sum_3)
    return (sum_0 + sum_1) + (sum_2 + sum_3)


@inlined
def matrix_products(
    k, S, orders, size, G, series, places, values, bounds, entries, weights, n, width
):
    """(G | g) of order k: the drift matrix times (V | w ū)."""
    for e in range(0, size, LANES):
        put(G, e, fill(0.0))
    for block in range(0, width, LANES):
        for t in range(bounds[CONSTANT], bounds[MOVING]):
            row = places[t, 0] * width + block
            source = at(S, k * size + places[t, 1] * width + block)
            put(G, row, fma(broadcast(values, t), source, at(G, row)))
        for e in range(entries.shape[0]):
            row, source = entries[e, 0] * width + block, entries[e, 1] * width + block
            total = convolution(k, orders, size, source, series, e * (ORDER + 1))
            put(G, row, fma(at(weights, e * width + block), total, at(G, row)))
    for t in range(bounds[SHIFTS], bounds[END]):
        G[places[t, 0] * width + n] += values[t] * S[k * size + places[t, 1]]


@inlined
def next_order(k, S, size, G, forcing, scale, n, width):
    """Order k + 1 of S from (G | g) of order k, in time units of `scale`; V exactly symmetric."""
    factor = scale / (k + 1)
    present = 1.0 if k == 0 else 0.0
    above = (k + 1) * size
    for i in range(n):
        for j in range(i + 1):
            total = G[i * width + j] + G[j * width + i] + present * forcing[i * width + j]
            S[above + i * width + j] = S[above + j * width + i] = factor * total
        S[above + i * width + n] = factor * (G[i * width + n] + present * forcing[i * width + n])


@inlined
def step_length(S, size, tolerance):
    """Step, in the time units of the series, at which its last two terms reach the tolerance."""
    last, before = 0.0, 0.0
    for e in range(size):
        allowed = tolerance * (1.0 + abs(S[e]))
        last = max(last, abs(S[ORDER * size + e]) / allowed)
        before = max(before, abs(S[(ORDER - 1) * size + e]) / allowed)
    step = GROWTH
    if last > 0.0:
        step = min(step, last ** (-1.0 / ORDER))
    if before > 0.0:
        step = min(step, before ** (-1.0 / (ORDER - 1)))
    return step


@inlined
def sum_series(S, size, x, out):
    """The state at the time x, in the time units of the series."""
    factor = fill(x)
    for e in range(0, size, LANES):
        total = at(S, ORDER * size + e)
        for k in range(ORDER - 1, -1, -1):
            total = fma(factor, total, at(S, k * size + e))
        put(out, e, total)


@inlined
def finite(values):
    """Whether all values are finite."""
    total = 0.0
    for value in values:
        total += value - value
    return total == 0.0


@inlined
def store(state, width, n, sample, point, means, covariances):
    """Copy a state into the results at a sample time."""
    for i in range(n):
        means[sample, point, i] = state[i * width + n]
        for j in range(n):
            covariances[sample, point, i, j] = state[i * width + j]


def advance(
    state, clock, progress, times, point, means, covariances, tolerance, limit,
    forcing, places, values, bounds, entries, weights, factors,
):  # fmt: skip
    """Step until all times are reached, at most `limit` steps: CONTINUES, FINISHED or DIVERGED.

    state (n·width,) and clock (time, scale of the next step) are advanced in place; progress (1,)
    counts the times reached. Results go to means (times, points, n) and covariances (times, points,
    n, n). forcing (n·width,) is (D | c | 0).

    places (terms, 2) and values (terms,) hold the terms of four kinds, places being
    CONSTANT: row and column of the entry of the drift matrix;
    MOVING: a moving entry, and the index in the state of the number that it is proportional to;
    PRODUCTS: a moving entry, and the product ū_b ū_c that it is proportional to;
    SHIFTS: a row of the mean, and the index in the state of the V_ab that shifts it.
    entries (entries, 2) holds row and column of the moving entries, with weights (entries·width,);
    factors (products, 2) the rows b and c of the products.
    """
    prefer_512_bit_vectors()
    n, size, length = means.shape[2], state.shape[0], ORDER + 1
    width = size // n
    orders = aligned_zeros((BLOCK + length) * size // LANES)
    G, out = aligned_zeros(size // LANES), aligned_zeros(size // LANES)
    S = orders[BLOCK * size :]
    series, products = np.zeros(entries.shape[0] * length), np.zeros(factors.shape[0] * length)
    for _ in range(limit):
        now, scale = clock[0], clock[1]
        for e in range(size):  # an assignment of arrays takes seconds to compile
            S[e] = state[e]
        for k in range(ORDER):
            series_of_entries(
                k, S, size, series, products, places, values, bounds, factors, n, width
            )
            matrix_products(
                k, S, orders, size, G, series, places, values, bounds, entries, weights, n, width
            )
            next_order(k, S, size, G, forcing, scale, n, width)
        step = scale * step_length(S, size, tolerance)
        then = now + step
        sum_series(S, size, (then - now) / scale, state)
        if not (then > now and finite(state)):
            return DIVERGED
        while progress[0] < times.shape[0] and times[progress[0]] <= then:
            sum_series(S, size, (times[progress[0]] - now) / scale, out)
            store(out, width, n, progress[0], point, means, covariances)
            progress[0] += 1
        if progress[0] == times.shape[0]:
            return FINISHED
        clock[0], clock[1] = then, then - now
    return CONTINUES
