"""What the memory does not hold is refused before it is computed, from Python as from a command."""

import pytest

from qlangevin.sde import propagate_moments, sample_paths, simulate
from qlangevin.sde.ensemble import preparation
from qlangevin.sde.ensemble.settings import Settings
from qlangevin.sde.moments import propagation
from qlangevin.sde.support import memory as support_memory
from qlangevin.sde.support.memory import RoomError

from ...models import pair_of_cavities

MANY = {"duration": 1e6, "samples": 10**7}
STEPPED = MANY | {"trajectories": 64, "step": 0.01, "scheme": "exponential", "threads": 1}


@pytest.fixture(autouse=True)
def only_refused(monkeypatch):
    """A machine with 4 GiB, on which the moments are not to be computed."""

    def compute(*_, **__):
        raise AssertionError("computed before it was refused")

    monkeypatch.setattr(support_memory, "available_memory", lambda: 2**32)
    monkeypatch.setattr(preparation, "propagate", compute)
    monkeypatch.setattr(propagation, "propagate", compute)


@pytest.mark.parametrize("twin", [False, True])
def test_an_ensemble_at_ten_million_times(twin):
    with pytest.raises(
        RoomError,
        match=r"at 10000001 times take .*, and 4 GiB are available; samples must be fewer",
    ):
        simulate(pair_of_cavities(), twin=twin, **STEPPED)


def test_many_modes_are_told_to_keep_their_blocks():
    """Sums of all products of 128 quadratures take 15 GiB at 200 times, those of the modes fit."""
    settings = {"trajectories": 64, "duration": 1.0, "step": 1e-3, "samples": 200}
    with pytest.raises(RoomError, match='moments = "modes" to keep only the blocks'):
        preparation.require_ensemble_memory(128, Settings(**settings))
    preparation.require_ensemble_memory(128, Settings(**settings, moments="modes"))


def test_single_paths_at_ten_million_times():
    with pytest.raises(
        RoomError, match=r"trajectories = 64 at 10000001 times, .* keep fewer samples"
    ):
        sample_paths(pair_of_cavities(), **STEPPED)


def test_moments_at_a_hundred_million_times():
    with pytest.raises(
        RoomError,
        match=r"moments at 100000001 times take .* samples must be fewer \(got 100000000\)",
    ):
        propagate_moments(pair_of_cavities(), duration=1e6, samples=10**8)


def test_the_estimate_holds_moments_and_laws_beside_the_sums():
    settings = Settings(trajectories=64, duration=1.0, step=1e-4, samples=1000)
    sums = preparation.sums_memory(6, settings)
    assert preparation.ensemble_memory(
        6, settings
    ) > preparation.SHARE_OF_SUMS * sums + 8 * 1001 * (7 * 36 + 3 * 6)
