"""Ensembles against exact finite-step laws, with their error bars, their bits, and their refusals.

Statistical tests have fixed seeds and a false-alarm rate of at most 10⁻⁴ each.
"""

import dataclasses
import itertools
from contextlib import nullcontext

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.ensemble import batches
from qlangevin.sde.ensemble.results import ErrorBarWarning
from qlangevin.sde.sampling import SamplingWarning, is_even
from qlangevin.sde.schemes.table import stationary_covariance
from qlangevin.sde.terms import detune, lose

from ...models import KAPPA, pair_of_cavities, spinning
from .models import cavity, polynomial, run

# --------------------------------------------------------------------------------------------------
# counting steps


@pytest.mark.parametrize(
    ("steps", "samples"), [(1, 1), (2, 7), (7, 3), (333, 10), (1024, 5), (1025, 4), (2049, 10)]
)
@pytest.mark.parametrize("step_check", [False, True])
def test_a_clock_shows_the_time_on_awkward_step_and_sample_counts(steps, samples, step_check):
    """du = dt: mean, mean field and Euler-stepped mean are the time at every sample."""
    clock, start = (
        polynomial([1.0, 0.0], np.zeros((2, 2))),
        Gaussian(np.zeros(2), np.zeros((2, 2)), physical="ignore"),
    )
    with (
        nullcontext()
        if is_even(steps, samples)
        else pytest.warns(SamplingWarning, match="does not divide")
    ):
        result = simulate(
            clock,
            trajectories=128,
            duration=0.1 * steps,
            step=0.1,
            samples=samples,
            start=start,
            step_check=step_check,
        )
    assert result["time"].values[0] == 0
    assert result["time"].values[-1] == pytest.approx(0.1 * steps)
    assert result.sizes["time"] <= samples + 1
    for name in ("mean", "mean_field", "mean_step"):
        np.testing.assert_allclose(result[name].values[:, 0], result["time"], rtol=1e-12)
    np.testing.assert_array_equal(result["covariance"], 0)


# --------------------------------------------------------------------------------------------------
# bits


def sampled(result):
    return result.drop_vars(
        [name for name in result if "step_error" in name or "companion" in name]
    ).drop_attrs()


def test_threads_blocks_and_the_step_check_change_no_bit(monkeypatch):
    reference = run(pair_of_cavities(), trajectories=64 * 21 + 10, duration=12.0, step_check=False)
    for threads, cells, check in itertools.product((1, 2), (1, 3, 16), (False, True)):
        monkeypatch.setattr(batches, "MOST_CELLS", cells)
        other = run(pair_of_cavities(), 64 * 21 + 10, 12.0, threads=threads, step_check=check)
        names = [name for name in reference if name != "batch_sums"]
        for name in names:
            np.testing.assert_array_equal(other[name].values, reference[name].values, err_msg=name)
        width = reference.sizes["statistic"]
        np.testing.assert_array_equal(
            other["batch_sums"].values[..., :width], reference["batch_sums"].values
        )


def test_more_trajectories_leave_the_first_ones_untouched():
    few, many = (run(cavity(), trajectories=n) for n in (64 * 64, 64 * 66))
    np.testing.assert_array_equal(few["batch_sums"][2:], many["batch_sums"][2:])
    assert np.any(few["batch_sums"].values[:2] != many["batch_sums"].values[:2])


def test_another_seed_gives_another_ensemble():
    assert np.any(
        run(cavity(), seed=1)["covariance_sample"].values
        != run(cavity(), seed=2**64 - 1)["covariance_sample"].values
    )


# --------------------------------------------------------------------------------------------------
# the finite-step law


@pytest.mark.parametrize("steps", [1, 7, 100])
def test_the_finite_step_law_of_a_cavity_is_its_closed_form(steps):
    """v_K = v∞ + (v₀ − v∞)[(1 − κh)² + Δ²h²]^K, v∞ = (n + ½)/(1 − h(κ² + Δ²)/2κ)."""
    n, delta, h = 1.0, 1.5, 0.004
    start = Gaussian(np.zeros(2), 5.0 * np.eye(2))
    result = run(cavity(delta, n), 128, steps * h, h, samples=1, start=start)
    limit = (n + 0.5) / (1 - h * (1 + delta**2) / 2)
    exact = limit + (5.0 - limit) * ((1 - h) ** 2 + (delta * h) ** 2) ** steps
    np.testing.assert_allclose(
        result["covariance_step"].values[-1], exact * np.eye(2), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("build", [cavity, pair_of_cavities])
def test_twins_follow_the_exact_law_within_their_error_bars(build):
    """Every element at every time within 4.5 exact standard errors.

    False alarm 26·10·7·10⁻⁶ < 2·10⁻³, seed fixed.
    """
    result = run(build(), seed=4)
    law, sample = result["covariance_step"].values, result["covariance_linear_sample"].values
    width = np.einsum("tii->ti", law)
    spread = np.sqrt((width[:, :, None] * width[:, None, :] + law**2) / 4095)
    assert np.abs((sample - law) / spread).max() < 4.5


def test_spinning_twins_follow_the_exact_law_along_the_moving_mean():
    system = spinning()
    unit = 1 / system.mechanical_frequency
    result = simulate(
        system, trajectories=4096, duration=30 * unit, step=1e-3 * unit, samples=30, seed=1
    )
    law, sample = result["covariance_step"].values, result["covariance_linear_sample"].values
    width = np.einsum("tii->ti", law)
    spread = np.sqrt((width[:, :, None] * width[:, None, :] + law**2) / 4095)
    assert np.abs((sample - law) / spread).max() < 4.5


def test_twice_the_noise_does_not_pass_as_the_law():
    """The planted factor 2 moves every variance by 45 standard errors."""
    model = cavity()
    wrong = run(dataclasses.replace(model, B=np.sqrt(2) * model.B))
    gap = (
        wrong["covariance_linear_sample"].values[-1, 0, 0]
        - run(model)["covariance_step"].values[-1, 0, 0]
    )
    assert gap > 20 * wrong["covariance_linear_sample_stderr"].values[-1, 0, 0]


def test_the_bias_of_the_step_is_of_first_order():
    """Halving the step halves the distance from the moment equation, to the next order in h."""
    biases = []
    for step in (0.004, 0.002):
        result = run(pair_of_cavities(), 128, 8.0, step, samples=4)
        biases.append((result["covariance_step"] - result["covariance_linear"]).values[-1, 0, 0])
    assert biases[0] / biases[1] == pytest.approx(2.0, rel=0.01)


def test_the_law_settles_to_the_stationary_covariance_of_the_step():
    result = run(pair_of_cavities(), 128, 40.0, 0.01, samples=2)
    exact = stationary_covariance(pair_of_cavities().A, pair_of_cavities().diffusion, 0.01 / KAPPA)
    np.testing.assert_allclose(result["covariance_step"].values[-1], exact, rtol=1e-9, atol=1e-12)


def test_the_companion_differs_from_the_path_by_the_exact_difference_of_their_laws():
    """Shared noise resolves the difference; 4.5 standard errors for each of 10 elements."""
    result = run(pair_of_cavities(), duration=8.0, step_check=True, seed=2)
    gap = result["covariance_step_companion"] - result["covariance_step"]
    z = ((result["step_error"] - gap) / result["step_error_stderr"]).values[-1]
    assert np.abs(z).max() < 4.5
    assert np.all(
        result["step_error_stderr"].values[-1] < 0.3 * result["covariance_sample_stderr"].values[-1]
    )


# --------------------------------------------------------------------------------------------------
# error bars


def test_error_bars_are_right_to_ten_percent():
    """z against the exact law over 120 seeds, ten elements each: 64 batches make rms z 1.016.

    Counting the elements of a seed as five independent ones, the rms scatters by 2.9 %: 10 % is 3.4
    of it.
    """
    upper, scores = np.triu_indices(4), []
    for seed in range(120):
        result = run(pair_of_cavities(), duration=3.0, samples=1, seed=seed, step=0.015)
        z = (result["covariance_linear_sample"] - result["covariance_step"]) / result[
            "covariance_linear_sample_stderr"
        ]
        scores.append(z.values[-1][upper])
    assert np.sqrt(np.mean(np.square(scores))) == pytest.approx(1.0, abs=0.1)


def test_one_cell_has_no_error_bar_and_says_so():
    with pytest.warns(ErrorBarWarning, match="at least 128"):
        result = run(cavity(), trajectories=64)
    assert np.isnan(result["covariance_stderr"]).all()


def test_coupling_is_exact_for_a_linear_model():
    """Path and twin coincide, so the best estimate is the moment equation without an error bar."""
    result = run(pair_of_cavities())
    np.testing.assert_allclose(result["linearization_error"], 0, atol=1e-14)
    np.testing.assert_allclose(result["covariance"], result["covariance_linear"], atol=1e-14)


def test_the_symmetric_ordering_half_shows_in_the_mean_force():
    """The shift of a vacuum-lit mirror is −G/2ω·0 exactly; without the ½ it would be G/2ω.

    Vacuum light presses with ⟨|α|²⟩ − ½ = 0: q̄ stays 0 within 4.5 standard errors, 7 times below
    G/2ω.
    """
    from qlangevin.sde.terms import press, rub

    model = Model.build(
        ["light", "motion"],
        [
            detune("motion", KAPPA),
            press("light", "motion", 0.3 * KAPPA),
            lose("light", "p", amplitude_rate=KAPPA),
            rub("motion", 2 * KAPPA, occupation=0.0),
        ],
    )
    result = run(model, trajectories=16384, duration=12.0, step=0.005, samples=4, seed=3)
    mean, stderr = result["mean"].values[-1, 2], result["mean_stderr"].values[-1, 2]
    assert abs(mean) < 4.5 * stderr + 0.01
    assert 4.5 * stderr + 0.01 < 0.15 / 3
