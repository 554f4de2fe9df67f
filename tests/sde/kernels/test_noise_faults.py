"""Faults of random numbers that the tests of `test_noise_statistics` must find.

They are smaller than any that would change a result: a tail cut at 5σ, a bit of a word that sticks.
"""

import numpy as np
import pytest
from numba import njit

from qlangevin.sde.kernels.noise import CELL, normal_pair, xoshiro

from . import draws
from .draws import blocks, compiled_noise, words
from .test_noise_statistics import (
    ALPHA,
    CENSUS_SEED,
    CHANGES,
    CORRELATION_LIMIT,
    WITHIN,
    Census,
    normal_limit,
)


@pytest.fixture(scope="module")
def module():
    return compiled_noise()


def faulty_census(module, fault, size=2**26):
    def spoilt():
        for Z in blocks(module, CENSUS_SEED, size):
            fault(Z)
            yield Z

    return Census(spoilt())


def test_a_tail_cut_at_five_sigma_is_caught(module):
    cut = faulty_census(module, lambda Z: np.clip(Z, -5, 5, out=Z))
    assert draws.tail_chances(cut.tails.sum(axis=0), 2 * cut.half).min() < ALPHA / 15


def test_a_mean_off_by_two_thousandths_is_caught_by_kolmogorov_smirnov(module):
    def fault(Z):
        Z += 2e-3

    for histogram in faulty_census(module, fault, 2**25).histogram:
        assert draws.kolmogorov_smirnov_chance(histogram) < ALPHA / 2


def test_numbers_rounded_to_four_digits_leave_bins_empty(module):
    comb = faulty_census(module, lambda Z: np.round(Z, 4, out=Z), 2**22)
    assert draws.chi_square_chance(comb.histogram[0]) < ALPHA / 2


@njit
def fill_stuck(G, Z, mask_radius, mask_angle):
    """Normals from the package's own functions, the masked bits of either word always 0."""
    for cell in range(G.shape[0]):
        g, z = G[cell], Z[cell]
        for row in range(0, z.size // CELL, 2):
            for lane in range(CELL):
                s0, s1, s2, s3 = g[lane], g[CELL + lane], g[2 * CELL + lane], g[3 * CELL + lane]
                a, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                b, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                g[lane], g[CELL + lane], g[2 * CELL + lane], g[3 * CELL + lane] = s0, s1, s2, s3
                first, second = normal_pair(a & ~mask_radius, b & ~mask_angle)
                z[row * CELL + lane], z[(row + 1) * CELL + lane] = first, second


def stuck_chance(module, radius=None, angle=None):
    """p of 2²⁴ draws whose radius or angle lacks this bit of its word."""
    masks = [np.uint64(0 if place is None else 1 << place) for place in (radius, angle)]
    census = Census(blocks(module, CENSUS_SEED, 2**24, fill=lambda G, Z: fill_stuck(G, Z, *masks)))
    return min(draws.kolmogorov_smirnov_chance(half) for half in census.histogram)


@pytest.mark.parametrize("place", [63, 60, 57])
def test_a_bit_that_sticks_in_radius_or_angle_spoils_the_histogram(module, place):
    """The highest, and those of weight 2⁻⁴ and 2⁻⁷."""
    assert stuck_chance(module, radius=place) < ALPHA / 2
    assert stuck_chance(module, angle=place) < ALPHA / 2


def test_a_reflection_that_sticks_spoils_the_histogram(module):
    """The low bits of the angle's word that turn a pair: whichever below the mantissa change it."""
    a, b = np.uint64(0x5DEECE66D1234567), np.uint64(0x9E3779B97F4A7000)
    pair = draws.from_python(normal_pair)
    turning = [place for place in range(12) if pair(a, b | np.uint64(1 << place)) != pair(a, b)]
    assert turning
    for place in turning:
        assert stuck_chance(module, angle=place) < ALPHA / 2


def test_no_bit_stuck_reproduces_the_draws(module):
    ours = next(
        blocks(module, 1, 1, fill=lambda G, Z: fill_stuck(G, Z, np.uint64(0), np.uint64(0)))
    )
    np.testing.assert_array_equal(ours, next(blocks(module, 1, 1)))


@pytest.mark.parametrize("place", [0, 3, 31, 63])
def test_a_bit_that_sticks_or_is_shared_by_two_neighbours_is_counted(module, place):
    mask, W = np.uint64(1 << place), next(words(module, 106, 1))
    shared = W.copy()
    shared[:, :, 1::2] ^= (W[:, :, 1::2] ^ W[:, :, 0::2]) & mask
    for faulty, change in (
        (W & ~mask, "alone"),
        (W | mask, "alone"),
        (shared, "against the neighbouring trajectory"),
    ):
        counts = np.zeros(64, np.int64)
        draws.add_bits(CHANGES[change](faulty, None), counts)
        scores = np.abs(draws.bit_scores(counts, W.size))
        assert scores[place] > normal_limit(64 * len(CHANGES))
        assert np.delete(scores, place).max() < normal_limit(64 * len(CHANGES))


def test_three_point_numbers_from_one_half_of_a_word_are_caught(module):
    counts = np.zeros((3, 3), np.int64)
    W = next(words(module, 107, 1))
    draws.add_three_points((W >> np.uint64(32)) * np.uint64(2**32 + 1), counts)
    assert draws.three_point_chance(counts) < ALPHA


def neighbours_cosine(Z):
    """The sine is the cosine of the next trajectory."""
    Z[:, 1::2, :-1] = Z[:, 0::2, 1:]
    return "second of a draw and the neighbour's first", 0


def little_of_the_cosine(Z):
    """Values correlated by 2·10⁻³."""
    Z[:, 1::2] += 2e-3 * Z[:, 0::2]
    return "both of one draw", 0


def swelling_with_the_cosine(Z):
    """Squares correlated by 4·10⁻³."""
    Z[:, 1::2] *= 1 + 2e-3 * (Z[:, 0::2] ** 2 - 1)
    return "both of one draw", 1


def signs_of_the_next_row_but_one(Z):
    """One number in 400, the smallest, takes its sign from two rows on."""
    Z[:, :-2] = np.where(np.abs(Z[:, :-2]) < 3e-3, np.copysign(Z[:, :-2], Z[:, 2:]), Z[:, :-2])
    return "channels, or second steps of one channel", 2


FAULTS = [
    neighbours_cosine,
    little_of_the_cosine,
    swelling_with_the_cosine,
    signs_of_the_next_row_but_one,
]


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_pairs_are_caught_by_the_product_that_they_spoil(module, fault):
    sums = np.zeros(6)
    for Z in blocks(module, 108, 2**25):
        pair, product = fault(Z)
        draws.add_products(Z, Z, *WITHIN[pair], sums)
    assert abs(draws.correlation_scores(sums)[product]) > CORRELATION_LIMIT
