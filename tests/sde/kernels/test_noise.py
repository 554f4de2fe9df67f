"""Random numbers: known answers and an independent reference.

Their distribution is tested in `test_noise_statistics`.
"""

import numpy as np
import pytest

from qlangevin.sde.kernels.noise import CELL, START, STEPS

from .. import naive
from .draws import compiled_noise, draw


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
    """Philox, xoshiro and Box–Muller at once: the reference uses library log, cos and sin."""
    trajectories = 2**33 + np.arange(2 * CELL)
    s = naive.stream(seed, trajectories, 77, int(purpose))
    expected = [n for _ in range(50) for n in naive.normal_pair(naive.xoshiro(s), naive.xoshiro(s))]
    ours = draw(module, seed, 2, 100, first=2**33, chunk=77, purpose=purpose)
    np.testing.assert_allclose(ours, np.array(expected).T, atol=1e-10)
