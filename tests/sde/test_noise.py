"""Random numbers: known answers, an independent reference, and the distribution of 2·10⁷ and more draws.

Every statistical test has a fixed seed and a false-alarm rate of at most 10⁻⁴.
"""

import numpy as np
import pytest
from qlangevin.sde.kernels import LANES
from qlangevin.sde.noise import START, STEPS
from scipy import stats

from . import naive
from .draws import compiled_noise, draw

Z_LIMIT = 4.5
"""Standard errors; beyond them with probability 7·10⁻⁶."""


@pytest.fixture(scope="module")
def module():
    return compiled_noise()


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_known_answers_of_its_authors(counter, key, answer):
    assert tuple(int(x) for x in naive.philox(counter, key)) == answer


@pytest.mark.parametrize("seed", [0, 2**63 + 12345])
@pytest.mark.parametrize("purpose", [STEPS, START])
def test_compiled_streams_equal_the_independent_reference(module, seed, purpose):
    """Philox, xoshiro256++ and Box–Muller at once: the reference uses library log, cos and sin."""
    trajectories = 2**33 + np.arange(2 * LANES)
    s = naive.stream(seed, trajectories, 77, int(purpose))
    expected = [n for _ in range(50) for n in naive.normal_pair(naive.xoshiro(s), naive.xoshiro(s))]
    ours = draw(module, seed, 2, 100, first=2**33, chunk=77, purpose=purpose)
    np.testing.assert_allclose(ours, np.array(expected).T, atol=1e-10)


def test_moments_of_a_hundred_million_draws_are_those_of_a_normal(module):
    """First six moments, 4.5 standard errors each: false alarm 4·10⁻⁵ in all."""
    total, n = np.zeros(6), 0
    for part in range(16):
        x = draw(module, 11, 1024, 100, first=part * 1024 * LANES)
        power = np.ones_like(x)
        for k in range(6):
            power *= x
            total[k] += power.sum()
        n += x.size
    assert n > 1e8
    exact, variance = np.array([0, 1, 0, 3, 0, 15]), np.array([1, 2, 15, 96, 945, 10170])
    assert np.all(np.abs(total / n - exact) < Z_LIMIT * np.sqrt(variance / n))


@pytest.mark.parametrize("threshold", [3.0, 4.0, 5.0])
def test_tails_hold_as_many_draws_as_a_normal_has(module, threshold):
    """Two-sided Poisson test at 10⁻⁴."""
    x = draw(module, 12, 4096, 100)
    expected = 2 * stats.norm.sf(threshold) * x.size
    found = np.count_nonzero(np.abs(x) > threshold)
    assert stats.poisson.ppf(5e-5, expected) <= found <= stats.poisson.ppf(1 - 5e-5, expected)


def test_no_draw_lies_beyond_what_52_bits_allow_and_six_sigma_is_reached(module):
    """8·10⁸ draws would be needed for one beyond 6σ with probability 0.8; the bound √(−2 ln 2⁻⁵²) = 8.49 is exact."""
    x = np.abs(draw(module, 13, 8192, 100))
    assert x.max() < 8.5
    assert x.max() > 5.0


@pytest.mark.parametrize("row", [0, 1])
def test_cosines_and_sines_pass_kolmogorov_smirnov(module, row):
    x = draw(module, 14, 16384, 2)[:, row]
    assert stats.kstest(x, "norm").pvalue > 1e-4


def correlation_z(a, b):
    return np.mean(a * b) * np.sqrt(a.size)


def test_draws_are_uncorrelated_between_trajectories_channels_steps_chunks_and_seeds(module):
    """Products and products of squares of paired draws: 12 z-scores within 4.5, false alarm 8·10⁻⁵."""
    x = draw(module, 15, 4096, 8)
    pairs = [
        (x[:-1], x[1:]),
        (x[:-64], x[64:]),
        (x[:, 0::2], x[:, 1::2]),
        (x[:, :-2], x[:, 2:]),
        (x, draw(module, 15, 4096, 8, chunk=1)),
        (x, draw(module, 16, 4096, 8)),
    ]
    for a, b in pairs:
        assert abs(correlation_z(a, b)) < Z_LIMIT
        assert abs(correlation_z(a**2 - 1, b**2 - 1) / 2) < Z_LIMIT
