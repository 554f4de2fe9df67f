"""Random numbers from a compiled kernel module, and statistics of 10⁸ and more of them.

A block (CELLS, ROWS, CELL) holds consecutive trajectories, cell by cell; even rows are the first
of a Box–Muller pair, odd ones the second. Compiled sums are reassociated: their rounding is far
below any statistical error.
"""

import numpy as np
from numba import njit
from scipy import special, stats

from qlangevin.sde import Model
from qlangevin.sde.kernels.codegen import Form
from qlangevin.sde.kernels.kernel import build_kernel
from qlangevin.sde.kernels.noise import CELL, STEPS, three_point, xoshiro
from qlangevin.sde.terms import lose

CELLS, ROWS = 8, 128
BLOCK = CELLS * ROWS * CELL
POWERS = np.arange(1, 9)
THRESHOLDS = np.array([3.0, 4.0, 5.0, 5.5, 6.0])
BINS, EDGE = 2**18, 8.0
"""Equal bins of a histogram between ∓EDGE; what lies beyond goes into the outermost ones."""
BYTES = np.uint64(0x0101010101010101)


def compiled_noise():
    return build_kernel(
        Model.build(["a"], [lose("a", "p", amplitude_rate=1.0)]), 0.01, Form()
    ).shared


def from_python(function):
    """An entry point from Python for a function that only compiled code calls."""
    return njit(lambda *arguments: function(*arguments))


def draw(module, seed, cells, rows, first=0, chunk=0, purpose=STEPS):
    """Normals (trajectories, rows)."""
    G, Z = np.zeros((cells, 4 * CELL), np.uint64), np.empty((cells, rows * CELL))
    module.reseed(G, np.uint64(seed), first, chunk, purpose)
    module.fill_normals(G, Z)
    return Z.reshape(cells, rows, CELL).transpose(0, 2, 1).reshape(-1, rows)


def blocks(module, seed, draws, *, first=0, chunk=0, purpose=STEPS, fill=None):
    """Yield at least `draws` normals, block by block in one buffer, by the module or by `fill`."""
    G, Z = np.zeros((CELLS, 4 * CELL), np.uint64), np.empty((CELLS, ROWS * CELL))
    fill = fill or module.fill_normals
    for number in range(-(-draws // BLOCK)):
        module.reseed(G, np.uint64(seed), first + number * CELLS * CELL, chunk, purpose)
        fill(G, Z)
        yield Z.reshape(CELLS, ROWS, CELL)


def words(module, seed, draws, *, chunk=0):
    """Yield at least `draws` outputs of the generators, block by block in one buffer."""
    G, W = np.zeros((CELLS, 4 * CELL), np.uint64), np.empty((CELLS, ROWS, CELL), np.uint64)
    for number in range(-(-draws // BLOCK)):
        module.reseed(G, np.uint64(seed), number * CELLS * CELL, chunk, STEPS)
        fill_words(G, W)
        yield W


# --------------------------------------------------------------------------------------------------
# compiled sums


@njit(fastmath=True)
def add_powers(Z, sums):
    """sums (2, 8) of x … x⁸, of even and of odd rows."""
    for cell in range(Z.shape[0]):
        for row in range(Z.shape[1]):
            z, total = Z[cell, row], sums[row % 2]
            s1, s2, s3, s4, s5, s6, s7, s8 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for lane in range(CELL):
                x = z[lane]
                x2, x3 = x * x, x * x * x
                x4 = x2 * x2
                s1 += x
                s2 += x2
                s3 += x3
                s4 += x4
                s5 += x4 * x
                s6 += x3 * x3
                s7 += x4 * x3
                s8 += x4 * x4
            for power, part in enumerate((s1, s2, s3, s4, s5, s6, s7, s8)):
                total[power] += part


@njit
def add_tails(Z, counts):
    """counts (2, thresholds) of |x| beyond the thresholds, of even and of odd rows."""
    for cell in range(Z.shape[0]):
        for row in range(Z.shape[1]):
            z, total = Z[cell, row], counts[row % 2]
            for k in range(THRESHOLDS.size):
                found = 0
                for lane in range(CELL):
                    found += abs(z[lane]) > THRESHOLDS[k]
                total[k] += found


@njit
def add_histogram(Z, counts):
    """counts (2, BINS), of even and of odd rows."""
    for cell in range(Z.shape[0]):
        for row in range(Z.shape[1]):
            z, total = Z[cell, row], counts[row % 2]
            for lane in range(CELL):
                place = int((z[lane] + EDGE) * (0.5 * BINS / EDGE))
                total[min(max(place, 0), BINS - 1)] += 1


@njit(fastmath=True)
def add_products(X, Y, shift, start, stride, sums):
    """Sums (6,) of products xy, squares, signs, mixed products, and how many there are.

    y lies `shift` (cells, rows, lanes) further on than x.

    Rows of x run from `start` by `stride`: 0, 2 for the first of each draw alone.
    """
    cells, rows, lanes = shift
    for cell in range(X.shape[0] - cells):
        for row in range(start, X.shape[1] - max(rows, 0), stride):
            x, y = X[cell, row], Y[cell + cells, row + rows]
            values, squares, signs, left, right = 0.0, 0.0, 0.0, 0.0, 0.0
            for lane in range(CELL - lanes):
                a, b = x[lane], y[lane + lanes]
                c, d = a * a - 1.0, b * b - 1.0
                values += a * b
                squares += c * d
                signs += np.copysign(1.0, a) * np.copysign(1.0, b)
                left += c * b
                right += a * d
            for k, part in enumerate((values, squares, signs, left, right, float(CELL - lanes))):
                sums[k] += part


@njit
def fill_words(G, W):
    """Outputs of the generators; advances them."""
    for cell in range(W.shape[0]):
        g = G[cell]
        for row in range(W.shape[1]):
            w = W[cell, row]
            for lane in range(CELL):
                s0, s1, s2, s3 = g[lane], g[CELL + lane], g[2 * CELL + lane], g[3 * CELL + lane]
                w[lane], s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                g[lane], g[CELL + lane], g[2 * CELL + lane], g[3 * CELL + lane] = s0, s1, s2, s3


@njit
def add_bits(W, counts):
    """Count the ones of each bit (64,) of words, eight bits at a time in a byte, as ROWS < 256."""
    packed = np.empty((8, CELL), np.uint64)
    for cell in range(W.shape[0]):
        packed[:] = np.uint64(0)
        for row in range(W.shape[1]):
            w = W[cell, row]
            for shift in range(8):
                total = packed[shift]
                for lane in range(CELL):
                    total[lane] += (w[lane] >> np.uint64(shift)) & BYTES
        for place in range(64):
            for lane in range(CELL):
                counts[place] += (packed[place % 8, lane] >> np.uint64(place // 8 * 8)) & np.uint64(
                    255
                )


@njit
def add_three_points(W, counts):
    """counts (3, 3) of the signs of both three-point numbers of each word."""
    for cell in range(W.shape[0]):
        for row in range(W.shape[1]):
            for lane in range(CELL):
                first, second = (
                    three_point(W[cell, row, lane], 0),
                    three_point(W[cell, row, lane], 32),
                )
                counts[1 + int(np.sign(first)), 1 + int(np.sign(second))] += 1


# --------------------------------------------------------------------------------------------------
# statistics


def moments(power):
    """⟨xᵏ⟩ of a normal."""
    return np.where(power % 2 == 0, special.factorial2(power - 1), 0.0)


def moment_scores(sums, draws):
    """z of each power sum (..., 8) of a number of draws."""
    exact = moments(POWERS)
    return (sums / draws - exact) / np.sqrt((moments(2 * POWERS) - exact**2) / draws)


def tail_chances(counts, draws):
    """Two-sided Poisson p of each count beyond THRESHOLDS."""
    expected = 2 * stats.norm.sf(THRESHOLDS) * draws
    return np.minimum(
        1.0,
        2 * np.minimum(stats.poisson.cdf(counts, expected), stats.poisson.sf(counts - 1, expected)),
    )


def kolmogorov_smirnov_chance(histogram):
    """p of the largest gap between the distribution and Φ at the bins' edges.

    That gap is at most the one over all x, so a test on it alarms at most as often as stated. What
    it can miss lies within one bin: 2.4·10⁻⁵ of all draws, a quarter of the gap that 5·10⁸ draws
    refuse at 10⁻⁴.
    """
    n = histogram.sum()
    edges = np.linspace(-EDGE, EDGE, BINS + 1)[1:-1]
    gap = np.abs(np.cumsum(histogram)[:-1] / n - special.ndtr(edges)).max()
    return float(stats.kstwobign.sf(gap * np.sqrt(n)))


def chi_square_chance(histogram):
    """p value of χ² over bins that expect a hundred draws; the rest of each side is one bin."""
    edges = np.linspace(-EDGE, EDGE, BINS + 1)
    edges[[0, -1]] = -np.inf, np.inf
    expected = histogram.sum() * np.abs(np.diff(special.ndtr(-np.abs(edges))))
    first = int(np.argmax(expected[1:-1] >= 100)) + 1
    starts = np.r_[0, first : BINS - first + 1]
    found, expected = (np.add.reduceat(part, starts) for part in (histogram, expected))
    return float(stats.chi2.sf(np.sum((found - expected) ** 2 / expected), found.size - 1))


def correlation_scores(sums):
    """z of each of the five mean products of `add_products`."""
    return sums[:5] / np.sqrt(np.array([1.0, 4.0, 1.0, 2.0, 2.0]) * sums[5])


def bit_scores(counts, draws):
    """z of the number of ones in each place of a number of words."""
    return (counts - draws / 2) / np.sqrt(draws / 4)


def three_point_chance(counts):
    """p of χ² of the nine outcomes of a pair of three-point numbers."""
    taken = 715827883 / 2**31
    chances = np.array([taken / 2, 1 - taken, taken / 2])
    expected = counts.sum() * np.outer(chances, chances)
    return float(stats.chi2.sf(np.sum((counts - expected) ** 2 / expected), 8))
