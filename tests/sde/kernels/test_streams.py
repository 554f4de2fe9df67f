"""Parts of the generator one by one.

Compiled Philox, xoshiro in Python integers, the tails, and statistics of 2·10⁷ draws.

Statistical tests have fixed seeds and a false-alarm rate of 10⁻⁴ each.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import special, stats

from qlangevin.sde.kernels.codegen import CELL
from qlangevin.sde.kernels.noise import START, STEPS

from .draws import compiled_noise, draw, from_python

MASK = 2**64 - 1
ALPHA = 1e-4


@pytest.fixture(scope="module")
def module():
    """Generators and normals, the inner functions with entry points from Python."""
    module = compiled_noise()
    inner = ("philox", "xoshiro", "normal_pair")
    return SimpleNamespace(
        reseed=module.reseed,
        fill_normals=module.fill_normals,
        **{name: from_python(getattr(module, name)) for name in inner},
    )


def xoshiro(s):
    """xoshiro256+ of Blackman and Vigna on Python integers: the output and the next state."""

    def rotl(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    out = (s[0] + s[3]) & MASK
    t = (s[1] << 17) & MASK
    s = list(s)
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 45)
    return out, s


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0), 0, (0xE169C58D6627E8D5, 0x9B00DBD8BC57AC4C)),
        ((MASK, MASK), MASK, (0x41C83B0E408F276D, 0x6D5451FDA20BC7C6)),
        (
            (0x85A308D3243F6A88, 0x0370734413198A2E),
            0x299F31D0A4093822,
            (0x94FDCCEBD16CFE09, 0x24126EA15001E420),
        ),
    ],
)
def test_the_compiled_philox_gives_the_known_answers_of_its_authors(module, counter, key, answer):
    """Random123's kat_vectors, words packed in pairs, low word first."""
    low, high = module.philox(np.uint64(counter[0]), np.uint64(counter[1]), np.uint64(key))
    assert (int(low), int(high)) == answer


def test_the_compiled_xoshiro_follows_a_pure_python_one(module):
    s = [0x0123456789ABCDEF, 0xFEDCBA9876543210, 0xDEADBEEFCAFEBABE, 1]
    state = tuple(np.uint64(x) for x in s)
    for _ in range(200):
        expected, s = xoshiro(s)
        out, *state = (np.uint64(int(x) & MASK) for x in module.xoshiro(*state))
        assert int(out) == expected
        assert [int(x) for x in state] == s


@pytest.mark.parametrize("purpose", [STEPS, START])
def test_streams_are_philox_of_trajectory_chunk_and_purpose(module, purpose):
    """The four words of state: counter (chunk·2³² | purpose·2 | half, trajectory), key seed."""
    G = np.zeros((1, 4 * CELL), np.uint64)
    module.reseed(G, np.uint64(99), 2**35 + 5, 2**20 + 3, purpose)
    for lane in (0, 17, 63):
        place = (2**20 + 3) << 32 | int(purpose) << 1
        words = [
            int(w)
            for half in (0, 1)
            for w in module.philox(
                np.uint64(place | half), np.uint64(2**35 + 5 + lane), np.uint64(99)
            )
        ]
        assert [int(G[0, row * CELL + lane]) for row in range(4)] == words


def test_the_purposes_streams_and_chunks_and_trajectories_never_share_a_state(module):
    seen = set()
    for seed, chunk, purpose in [(0, 0, STEPS), (0, 0, START), (0, 1, STEPS), (1, 0, STEPS)]:
        G = np.zeros((16, 4 * CELL), np.uint64)
        module.reseed(G, np.uint64(seed), 0, chunk, purpose)
        words = G.reshape(16, 4, CELL).transpose(0, 2, 1).reshape(-1, 4)
        seen |= {tuple(w) for w in words.tolist()}
    assert len(seen) == 4 * 16 * CELL


def tolerance(radius):
    """Error bound of a normal: 5·10⁻¹¹ of the logarithm in √(−2 ln u), 5·10⁻¹¹ of sine or cosine.

    Below 10⁻⁹ for radii above 0.05; at the least radii, met once in 10¹⁰ draws, √(5·10⁻¹¹).
    """
    return 5e-11 / (2 * max(radius, 5e-11**0.5 / 2)) + 5e-11 * (1 + radius)


def test_normal_pairs_equal_library_functions_on_the_same_bits(module):
    """20,000 draws: u = 1 − (a ≫ 12)/2⁵², t = (b ≫ 12)/2⁵² − ½; bits 11 and 10 of b reflect."""
    bits = np.random.default_rng(0).integers(0, 2**64, (20000, 2), dtype=np.uint64)
    for a, b in bits:
        radius = math.sqrt(-2 * math.log(1 - (int(a) >> 12) * 2.0**-52))
        t = (int(b) >> 12) * 2.0**-52 - 0.5
        sign = -1 if int(b) >> 11 & 1 else 1
        along, across = module.normal_pair(a, b)[:: -1 if int(b) >> 10 & 1 else 1]
        assert along == pytest.approx(
            sign * radius * math.cos(math.pi * t / 2), abs=tolerance(radius)
        )
        assert across == pytest.approx(radius * math.sin(math.pi * t / 2), abs=tolerance(radius))


@pytest.mark.parametrize("k", [1, 2, 3, 10, 1000, 2**20, 2**30, 2**40, 2**51, 2**52 - 1])
def test_tails_reach_eight_sigma_and_are_as_long_as_the_logarithm_says(module, k):
    """The k-th rarest radius, √(2 ln(2⁵²/k)), from chosen bits: 8.49 for k = 1, down to 0."""
    a = ((2**52 - k) << 12) & MASK
    radius = math.sqrt(2 * math.log(2.0**52 / k))
    b = (2**51) << 12  # t = 0: the whole radius goes into the cosine
    cosine, sine = module.normal_pair(np.uint64(a), np.uint64(b))
    assert cosine == pytest.approx(radius, rel=0, abs=tolerance(radius))
    assert sine == pytest.approx(0.0, abs=1e-10)
    flipped, _ = module.normal_pair(np.uint64(a), np.uint64(b | 1 << 11))
    assert flipped == -cosine
    turned = module.normal_pair(np.uint64(a), np.uint64(b | 1 << 10))
    assert turned == (sine, cosine)


def test_the_least_radius_is_zero_and_not_a_nan(module):
    cosine, sine = module.normal_pair(np.uint64(0), np.uint64(12345 << 12))
    assert (abs(cosine), abs(sine)) == (0.0, 0.0)


def test_twenty_million_draws_fill_equally_likely_bins_equally(module):
    """χ² over 2048 bins of Φ(x), for both of a pair; over 64×64 bins of pairs, successive draws."""
    x = draw(module, 21, 5120, 64)
    assert x.size >= 2e7
    u = special.ndtr(x)
    found = np.bincount((u * 2048).astype(np.int64).ravel(), minlength=2048)
    expected = x.size / 2048
    assert np.sum((found - expected) ** 2) / expected < stats.chi2.isf(ALPHA / 3, 2047)
    coarse = (u * 64).astype(np.int64)
    for first, second in ((coarse[:, 0::2], coarse[:, 1::2]), (coarse[:-1], coarse[1:])):
        joint = np.bincount((64 * first + second).ravel(), minlength=4096)
        expected = first.size / 4096
        assert np.sum((joint - expected) ** 2) / expected < stats.chi2.isf(ALPHA / 3, 4095)


def test_successive_chunks_of_one_trajectory_are_independent_of_each_other(module):
    """z scores of correlations of values, squares and products; 2.1·10⁷ pairs of chunks 0 and 1."""
    a, b = (draw(module, 22, 5120, 64, chunk=chunk) for chunk in (0, 1))
    assert a.size >= 2e7
    scores = [
        np.mean(a * b),
        np.mean((a**2 - 1) * (b**2 - 1)) / 2,
        np.mean(a * (b**2 - 1)) / np.sqrt(2),
    ]
    assert np.abs(scores).max() * np.sqrt(a.size) < stats.norm.isf(ALPHA / 2 / 3)
