"""Sample times: the same at every level, at equal intervals where possible, else with a warning."""

import numpy as np
import pytest
from scipy.signal import welch

from qlangevin.sde import Gaussian, Model, propagate_moments, sample_paths, simulate
from qlangevin.sde.sampling import SamplingWarning, is_even, plan_samples, sample_steps
from qlangevin.sde.terms import detune, lose

CAVITY = Model.build(["a"], [detune("a", 1.0), lose("a", "p", amplitude_rate=0.05)])


def test_trajectories_paths_and_moments_share_their_times_to_the_bit():
    """So that xarray subtracts all 41 times of one level from another's."""
    slow = Model.build(["a"], [lose("a", "p", amplitude_rate=1e5)])
    moments = propagate_moments(slow, duration=1e-6, samples=40)
    run = simulate(slow, trajectories=128, duration=1e-6, step=1e-9, samples=40)
    paths = sample_paths(slow, trajectories=2, duration=1e-6, step=1e-9, samples=40)
    np.testing.assert_array_equal(run["time"], moments["time"])
    np.testing.assert_array_equal(paths["time"], moments["time"])
    assert (run["covariance_sample"] - moments["covariance"]).sizes["time"] == 41
    np.testing.assert_array_equal(run["covariance_linear"], moments["covariance"])


@pytest.mark.parametrize("rate", [1.0, 2 * np.pi * 5e6, 63e6, 1 / 3])
@pytest.mark.parametrize(
    ("steps", "samples"), [(100, 20), (30_000, 240), (999, 27), (7, 7), (64, 1)]
)
def test_times_are_those_of_the_moments_where_samples_divide_the_steps(rate, steps, samples):
    duration = steps / rate
    plan = plan_samples(duration, 1 / rate, samples)
    np.testing.assert_array_equal(plan.times, np.linspace(0, duration, samples + 1))
    np.testing.assert_array_equal(np.diff(plan.schedule), steps // samples)


def test_an_odd_number_of_steps_between_samples_is_kept():
    paths = sample_paths(CAVITY, trajectories=1, duration=1.0, step=0.01, samples=20)
    np.testing.assert_allclose(np.diff(paths["time"]), 0.05, rtol=1e-13)


def test_the_spectrum_of_a_unit_oscillator_peaks_at_its_frequency():
    """Five steps of 0.02 a sample; sampled unevenly, Welch's method puts the peak elsewhere."""
    paths = sample_paths(
        CAVITY,
        trajectories=16,
        duration=200.0,
        step=0.02,
        samples=2000,
        scheme="exponential",
        seed=1,
    )
    time, X = paths["time"].values, paths["state"].sel(quadrature="a.X").values
    frequency, power = welch(X, fs=1 / np.diff(time)[:10].mean(), axis=0, nperseg=1000)
    omega = 2 * np.pi * frequency
    assert omega[np.argmax(power.mean(axis=1))] == pytest.approx(1.0, abs=2 * np.pi / 100)


def test_every_step_is_sampled_where_there_are_fewer_than_samples():
    plan = plan_samples(0.7, 0.1, 200)
    np.testing.assert_array_equal(plan.schedule, np.arange(8))
    np.testing.assert_array_equal(plan.times, np.linspace(0, 0.7, 8))


@pytest.mark.parametrize("call", [simulate, sample_paths])
def test_samples_that_do_not_divide_the_steps_are_warned_of_with_those_that_do(call):
    message = (
        r"samples = 30 does not divide the 100 steps, .* 2 to 4 steps apart: samples = 25 or 50"
    )
    with pytest.warns(SamplingWarning, match=message) as caught:
        call(CAVITY, trajectories=128, duration=1.0, step=0.01, samples=30, scheme="exponential")
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("call", [simulate, sample_paths])
def test_a_duration_of_no_whole_number_of_steps_is_warned_of_with_where_the_run_ends(call):
    with pytest.warns(
        SamplingWarning, match=r"duration = 1 s is 33.3333 steps .* ends at 0.99 s: step = 0.030303"
    ):
        found = call(
            CAVITY, trajectories=128, duration=1.0, step=0.03, samples=11, scheme="exponential"
        )
    np.testing.assert_allclose(found["time"], 0.09 * np.arange(12), rtol=1e-13)


@pytest.mark.parametrize(("steps", "samples"), [(7, 3), (333, 10), (1025, 4), (2050, 7), (13, 12)])
def test_uneven_samples_begin_and_end_with_the_run_and_are_never_more_than_requested(
    steps, samples
):
    schedule = sample_steps(steps, samples)
    assert not is_even(steps, samples)
    assert (schedule[0], schedule[-1]) == (0, steps)
    assert len(schedule) <= samples + 1
    assert np.ptp(np.diff(schedule)) <= 3


def test_the_same_bits_at_the_times_that_two_samplings_share():
    """Half-pairs at odd steps change no number."""
    start = Gaussian(np.array([1.0, 0.0]), 0.5 * np.eye(2))
    odd, even = (
        sample_paths(CAVITY, trajectories=3, duration=1.0, step=0.01, samples=samples, start=start)[
            "state"
        ].values
        for samples in (20, 10)
    )
    np.testing.assert_array_equal(odd[::2], even)
