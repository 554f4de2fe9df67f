"""Distribution of 2³⁰ normals, and correlations of 10⁸ and more.

Every test has a fixed seed and a false-alarm rate of 10⁻⁴, spread over its comparisons
(Bonferroni). Faults that these tests must find are in `test_noise_faults`.
"""

import numpy as np
import pytest
from scipy import stats

from qlangevin.sde.kernels.noise import START, three_point

from . import draws
from .draws import blocks, compiled_noise, words

ALPHA = 1e-4
BILLION, CENSUS_SEED = 2**30, 101
HALF = BILLION // 2
"""As many first numbers of a Box–Muller pair, and as many second ones."""

WITHIN = {
    "neighbouring trajectories": ((0, 0, 1), 0, 1),
    "next trajectories but one": ((0, 0, 2), 0, 1),
    "neighbouring cells": ((1, 0, 0), 0, 1),
    "both of one draw": ((0, 1, 0), 0, 2),
    "first of a draw and the neighbour's second": ((0, 1, 1), 0, 2),
    "second of a draw and the neighbour's first": ((0, -1, 1), 1, 2),
    "second of a draw and the next draw's first": ((0, 1, 0), 1, 2),
    "channels, or second steps of one channel": ((0, 2, 0), 0, 1),
    "next steps of two channels": ((0, 3, 0), 0, 1),
    "second steps of two channels": ((0, 4, 0), 0, 1),
}
"""Pairs of draws of one seed and chunk: shift in cells, rows and lanes; first row and stride."""
ACROSS = {
    "chunks": {"chunk": 6},
    "purposes": {"chunk": 5, "purpose": START},
    "trajectories 2³² apart": {"chunk": 5, "first": 2**32},
    "seeds": {"chunk": 5, "seed": 103},
    "seeds 2³² apart": {"chunk": 5, "seed": 102 + 2**32},
}
"""Pairs of draws with seed 102 and chunk 5, and of draws with these instead."""


@pytest.fixture(scope="module")
def module():
    return compiled_noise()


class Census:
    """Power sums (2, 8), tails (2, 5), histograms (2, BINS) of both normals of each draw."""

    def __init__(self, source):
        self.powers, self.tails = np.zeros((2, 8)), np.zeros((2, draws.THRESHOLDS.size), np.int64)
        self.histogram, self.half = np.zeros((2, draws.BINS), np.int32), 0
        for Z in source:
            draws.add_powers(Z, self.powers)
            draws.add_tails(Z, self.tails)
            draws.add_histogram(Z, self.histogram)
            self.half += Z.size // 2


@pytest.fixture(scope="module")
def census(module):
    return Census(blocks(module, CENSUS_SEED, BILLION))


def normal_limit(comparisons):
    return stats.norm.isf(ALPHA / 2 / comparisons)


def worst_moment(powers):
    """Largest |z| of the moments of firsts, of seconds and of both, over its limit."""
    scores = [
        draws.moment_scores(powers, HALF),
        draws.moment_scores(powers.sum(axis=0, keepdims=True), BILLION),
    ]
    return np.abs(np.concatenate(scores)).max() / normal_limit(24)


CORRELATION_LIMIT = normal_limit(5 * (len(WITHIN) + len(ACROSS)))

# --------------------------------------------------------------------------------------------------
# distribution


def test_eight_moments_of_a_billion_draws_are_those_of_a_normal(census):
    assert census.half == HALF
    assert worst_moment(census.powers) < 1


def test_tails_to_six_sigma_hold_as_many_draws_as_a_normal_has(census):
    """Beyond 3, 4, 5, 5.5, 6σ, with 2.9·10⁶, 68,000, 616, 41 and 2.1 expected; none beyond 8σ."""
    assert draws.tail_chances(census.tails.sum(axis=0), BILLION).min() > ALPHA / 15
    assert draws.tail_chances(census.tails, HALF).min() > ALPHA / 15
    assert not census.histogram[:, [0, -1]].any()


@pytest.mark.parametrize("half", [0, 1], ids=["first", "second"])
def test_both_halves_of_a_draw_pass_kolmogorov_smirnov_and_fill_every_bin(census, half):
    assert census.histogram[half].sum() == HALF
    assert draws.kolmogorov_smirnov_chance(census.histogram[half]) > ALPHA / 2
    assert draws.chi_square_chance(census.histogram[half]) > ALPHA / 2


# --------------------------------------------------------------------------------------------------
# correlations


@pytest.fixture(scope="module")
def scores_within(module):
    sums = {name: np.zeros(6) for name in WITHIN}
    for Z in blocks(module, 102, 220_000_000, chunk=5):
        for name, place in WITHIN.items():
            draws.add_products(Z, Z, *place, sums[name])
    return {name: (draws.correlation_scores(part), part[5]) for name, part in sums.items()}


@pytest.mark.parametrize("pair", WITHIN)
def test_draws_of_one_chunk_are_uncorrelated(scores_within, pair):
    """Values, squares, signs, and values with squares."""
    scores, products = scores_within[pair]
    assert products > 1e8
    assert np.abs(scores).max() < CORRELATION_LIMIT


@pytest.fixture(scope="module")
def scores_across(module):
    sources = {
        name: blocks(module, **{"seed": 102, "draws": 105_000_000, **what})
        for name, what in ACROSS.items()
    }
    sums = {name: np.zeros(6) for name in ACROSS}
    for X, *others in zip(
        blocks(module, 102, 105_000_000, chunk=5), *sources.values(), strict=True
    ):
        for name, Y in zip(ACROSS, others, strict=True):
            draws.add_products(X, Y, (0, 0, 0), 0, 1, sums[name])
    return {name: (draws.correlation_scores(part), part[5]) for name, part in sums.items()}


@pytest.mark.parametrize("pair", ACROSS)
def test_draws_of_different_streams_are_uncorrelated(scores_across, pair):
    """Values, squares, signs, and values with squares."""
    scores, products = scores_across[pair]
    assert products > 1e8
    assert np.abs(scores).max() < CORRELATION_LIMIT


# --------------------------------------------------------------------------------------------------
# bits

CHANGES = {
    "alone": lambda W, _: W,
    "against the next place": lambda W, _: W ^ (W << np.uint64(1) | W >> np.uint64(63)),
    "against the next place but one": lambda W, _: W ^ (W << np.uint64(2) | W >> np.uint64(62)),
    "against the neighbouring trajectory": lambda W, _: W ^ np.roll(W, 1, axis=2),
    "against the next word": lambda W, _: W[:, 1::2] ^ W[:, 0::2],
    "against the next chunk": lambda W, other: W ^ other,
}
"""Functions of words whose bits are fair coins, pairwise independent if those of the words are.

The number of ones among n bits then has variance n/4.
"""


def test_every_bit_is_a_fair_coin_alone_and_against_its_neighbours(module):
    """64 bits of 2²⁴ words, 10⁹ bits, per comparison: what two-point increments use one by one."""
    counts, sizes = {name: np.zeros(64, np.int64) for name in CHANGES}, dict.fromkeys(CHANGES, 0)
    for W, other in zip(words(module, 104, 2**24), words(module, 104, 2**24, chunk=1), strict=True):
        for name, change in CHANGES.items():
            changed = np.ascontiguousarray(change(W, other))
            draws.add_bits(changed, counts[name])
            sizes[name] += changed.size
    for name in CHANGES:
        assert np.abs(draws.bit_scores(counts[name], sizes[name])).max() < normal_limit(
            64 * len(CHANGES)
        ), name


def test_three_point_numbers_fall_as_often_as_they_should_and_in_pairs_independently(module):
    counts = np.zeros((3, 3), np.int64)
    for W in words(module, 105, 105_000_000):
        draws.add_three_points(W, counts)
    assert counts.sum() > 1e8
    assert draws.three_point_chance(counts) > ALPHA


def test_three_point_numbers_have_the_second_and_fourth_moment_of_a_normal():
    """By their one size and their chance, a count of 31-bit numbers."""
    chance, size = 715827883 / 2**31, draws.from_python(three_point)(np.uint64(0), 0)
    assert chance * size**2 == pytest.approx(1, abs=1e-15)
    assert chance * size**4 == pytest.approx(3, abs=1e-8)


def test_a_variance_off_by_three_in_ten_thousand_is_caught(census):
    """Power sums of the same draws, each times √(1 ± 3·10⁻⁴)."""
    for factor in (1 - 3e-4, 1 + 3e-4):
        assert worst_moment(census.powers * factor ** (draws.POWERS / 2)) > 1
