"""Taylor series of mean and covariance, order by order: compiled steps of the moment equations.

State S = (V | ū), n rows of `width` numbers: V in columns 0 … n−1, the mean in column n, zeros
beyond. Each order follows from those below it by products of series (Jorba and Zou,
doi:10.1080/10586458.2005.10128904):

    (k + 1) V_{k+1} = G_k + G_kᵀ + D δ_{k0},   (k + 1) ū_{k+1} = g_k + c δ_{k0},   (G | g)_k = Σ_j a_j (V | w ū)_{k−j}

where a runs over the entries of the drift matrix: numbers, and series of terms in ū, ū ū and V. The
weight w makes the slope of the mean out of its Jacobian: ½ for a term linear in ū, ⅓ for a
quadratic one, 1 for one in V.

This file is compiled behind `wide` and `lanes`, so it imports nothing else.
"""

import numpy as np

if __package__:  # otherwise the text of both stands above
    from ..jit.simd import LANES, at, fill, fma, inlined, put, room, spread
    from ..jit.vector_width import prefer_wide_vectors

ORDER = 24
"""Terms of a step: at this order a step of given error costs least, over wide ranges of error and
model.
"""
CONTINUES, FINISHED, DIVERGED = 0, 1, 2
CONSTANT, MOVING, PRODUCTS, PUSHES, END = range(5)
"""Kinds of terms, in the order in which they stand in the table of terms; `bounds` holds where each
begins.
"""
BLOCK = 8
GROWTH = 4.0
"""Largest ratio of a step to the one before it."""


@inlined
def series_of_entries(k, S, size, series, products, places, values, bounds, factors, n, width):
    """Order k of the drift matrix's moving entries; `products` keeps the series of ū_b ū_c."""
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
    for t in range(bounds[PRODUCTS], bounds[PUSHES]):
        series[places[t, 0] * length + k] += values[t] * products[places[t, 1] * length + k]


@inlined
def convolved(k, orders, size, source, series, first):
    """Order k of a series of numbers times a series of rows, in blocks of `BLOCK` orders; zeros
    stand below order 0.
    """
    sum_0, sum_1, sum_2, sum_3 = fill(0.0), fill(0.0), fill(0.0), fill(0.0)
    e = (BLOCK + k) * size + source
    for block in range(0, k + 1, BLOCK):
        for j in range(block, block + BLOCK, 4):
            sum_0 = fma(spread(series, first + j), at(orders, e - j * size), sum_0)
            sum_1 = fma(spread(series, first + j + 1), at(orders, e - (j + 1) * size), sum_1)
            sum_2 = fma(spread(series, first + j + 2), at(orders, e - (j + 2) * size), sum_2)
            sum_3 = fma(spread(series, first + j + 3), at(orders, e - (j + 3) * size), sum_3)
    return (sum_0 + sum_1) + (sum_2 + sum_3)


@inlined
def slopes(k, S, orders, size, G, series, places, values, bounds, entries, weights, n, width):
    """(G | g) of order k."""
    for e in range(0, size, LANES):
        put(G, e, fill(0.0))
    for block in range(0, width, LANES):
        for t in range(bounds[CONSTANT], bounds[MOVING]):
            row = places[t, 0] * width + block
            source = at(S, k * size + places[t, 1] * width + block)
            put(G, row, fma(spread(values, t), source, at(G, row)))
        for e in range(entries.shape[0]):
            row, source = entries[e, 0] * width + block, entries[e, 1] * width + block
            total = convolved(k, orders, size, source, series, e * (ORDER + 1))
            put(G, row, fma(at(weights, e * width + block), total, at(G, row)))
    for t in range(bounds[PUSHES], bounds[END]):
        G[places[t, 0] * width + n] += values[t] * S[k * size + places[t, 1]]


@inlined
def close_order(k, S, size, G, forcing, scale, n, width):
    """Order k + 1 from the slopes of order k, in time units of `scale`; V exactly symmetric."""
    factor = scale / (k + 1)
    present = 1.0 if k == 0 else 0.0
    above = (k + 1) * size
    for i in range(n):
        for j in range(i + 1):
            total = G[i * width + j] + G[j * width + i] + present * forcing[i * width + j]
            S[above + i * width + j] = S[above + j * width + i] = factor * total
        S[above + i * width + n] = factor * (G[i * width + n] + present * forcing[i * width + n])


@inlined
def reach(S, size, tolerance):
    """Step, in units of the series' time, at which its last two terms are as small as the
    tolerance.
    """
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
    """The state at a time x of the series' units."""
    factor = fill(x)
    for e in range(0, size, LANES):
        total = at(S, ORDER * size + e)
        for k in range(ORDER - 1, -1, -1):
            total = fma(factor, total, at(S, k * size + e))
        put(out, e, total)


@inlined
def finite(values):
    """Whether no value is infinite or not a number."""
    total = 0.0
    for value in values:
        total += value - value
    return total == 0.0


@inlined
def record(state, width, n, sample, point, means, covariances):
    """Copy a state into the results."""
    for i in range(n):
        means[sample, point, i] = state[i * width + n]
        for j in range(n):
            covariances[sample, point, i, j] = state[i * width + j]


def advance(
    state, clock, progress, times, point, means, covariances, tolerance, limit,
    forcing, places, values, bounds, entries, weights, factors,
):  # fmt: skip
    """Take steps until all times are reached, at most `limit` of them; CONTINUES, FINISHED or
    DIVERGED.

    state (n·width,) and clock (time, scale of the next step) are advanced in place; progress (1,)
    counts the times reached. Results go to means (times, points, n) and covariances (times, points,
    n, n). Terms: places (terms, 2) and values (terms,) in four kinds: (row, column) of a constant
    entry; (entry, place in the state) of a part of a moving entry; (entry, product) likewise; (row,
    place in the state) of a push of V on the mean. Entries (entries, 2) are (row, column) with
    weights (entries·width,); factors (products, 2) are rows of the mean; forcing (n·width,) is (D |
    c).
    """
    prefer_wide_vectors()
    n, size, length = means.shape[2], state.shape[0], ORDER + 1
    width = size // n
    orders, G, out = (
        room((BLOCK + length) * size // LANES),
        room(size // LANES),
        room(size // LANES),
    )
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
            slopes(
                k, S, orders, size, G, series, places, values, bounds, entries, weights, n, width
            )
            close_order(k, S, size, G, forcing, scale, n, width)
        step = scale * reach(S, size, tolerance)
        then = now + step
        sum_series(S, size, (then - now) / scale, state)
        if not (then > now and finite(state)):
            return DIVERGED
        while progress[0] < times.shape[0] and times[progress[0]] <= then:
            sum_series(S, size, (times[progress[0]] - now) / scale, out)
            record(out, width, n, progress[0], point, means, covariances)
            progress[0] += 1
        if progress[0] == times.shape[0]:
            return FINISHED
        clock[0], clock[1] = then, then - now
    return CONTINUES
