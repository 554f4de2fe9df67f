"""Work that takes far too long is refused within seconds; calls of compiled code are short."""

import re

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model, propagate_moments, sample_paths, simulate
from qlangevin.sde.initial_states import dark_state
from qlangevin.sde.moments import taylor
from qlangevin.sde.moments.propagation import propagate
from qlangevin.sde.support import work_estimates
from qlangevin.sde.support.work_estimates import TimeLimit, WorkError, in_words
from qlangevin.sde.terms import drive, kerr, lose

from ...models import optomechanical_cell, pair_of_cavities


@pytest.fixture
def impatient(monkeypatch):
    """Judge after a twentieth of a second."""
    monkeypatch.setattr(work_estimates, "MEASURED", 0.05)


@pytest.mark.parametrize("function", [simulate, sample_paths])
def test_a_million_million_steps_are_refused_by_the_time_that_their_law_takes(impatient, function):
    with pytest.raises(
        WorkError,
        match=r"the exact law of 1000000000000 steps, .* would take about .*, more than 10",
    ):
        function(
            pair_of_cavities(),
            trajectories=64,
            duration=1e10,
            step=0.01,
            scheme="exponential",
            samples=4,
            threads=1,
        )


def test_too_many_trajectories_are_refused_by_their_core_hours():
    said = (
        r"1e\+04 steps of 100000000000000 trajectories would take about \S+ core-hours, "
        "more than 10000; take fewer"
    )
    settings = {
        "duration": 100.0,
        "step": 0.01,
        "scheme": "exponential",
        "samples": 4,
        "threads": 1,
    }
    with pytest.raises(WorkError, match=said):
        simulate(pair_of_cavities(), trajectories=10**14, **settings)


def test_moments_that_never_come_to_rest_are_refused_by_their_pace(impatient):
    """A lossless Kerr oscillator at about one rotation per second, for the age of the universe."""
    model = Model.build(["a"], [kerr("a", 1.0), drive("a", 1.0)])
    with pytest.raises(
        WorkError, match=r"moment equations over 4e\+17 s would take about .* years, more than 1000"
    ):
        propagate_moments(
            model, start=Gaussian(np.zeros(2), 0.5 * np.eye(2)), duration=4e17, samples=2
        )


def test_moments_that_come_to_rest_are_not_refused_however_long_they_last(impatient):
    model = Model.build(
        ["a"], [kerr("a", 0.1), drive("a", 1.0), lose("a", "port", amplitude_rate=1.0)]
    )
    V = propagate_moments(model, duration=4e17, samples=2)["covariance"].values
    assert np.isfinite(V).all()


def test_work_is_estimated_by_its_speed_since_the_first_check(monkeypatch):
    """What comes before it, such as compiling, does not count; 2 % in 3 hours leave 73 for 48 %."""
    clock = iter([1000.0, 1003.0, 12000.0])
    monkeypatch.setattr(work_estimates, "monotonic", lambda: next(clock))
    limit = TimeLimit("it", 10, "do less")
    limit.check(0.5)
    limit.check(0.51)
    with pytest.raises(
        WorkError, match=re.escape("it would take about 73 h, more than 10 hours; do less")
    ):
        limit.check(0.52)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.21, "0.21 s"),
        (12, "12 s"),
        (600, "10 min"),
        (1e4, "2.8 h"),
        (1e6, "12 days"),
        (1e7, "120 days"),
        (1e12, "32000 years"),
    ],
)
def test_long_times_are_said_in_their_unit(seconds, words):
    assert in_words(seconds) == words


def test_the_pieces_in_which_the_moments_are_integrated_change_no_bit(monkeypatch):
    model, times = optomechanical_cell(), np.linspace(0.0, 30.0, 7)
    whole = propagate(model, dark_state(model), times)
    monkeypatch.setattr(taylor, "FIRST_STEPS", 1)
    monkeypatch.setattr(taylor, "CALL", 0.0)
    for found, expected in zip(propagate(model, dark_state(model), times), whole, strict=True):
        np.testing.assert_array_equal(found, expected)
