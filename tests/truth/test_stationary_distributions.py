"""Trajectories against stationary distributions in closed form, far from any Gaussian."""

import numpy as np

from . import cases, checks


def test_a_duffing_oscillator_has_the_second_and_fourth_moments_of_its_canonical_distribution():
    """⟨q²⟩ is half that of β = 0, and q flat-topped; ⟨p²⟩ = n + ½ and p Gaussian for any β."""
    truth, kurtosis = cases.duffing()
    assert truth.covariance[-1, 0, 0] < 0.6 * truth.covariance[-1, 1, 1]
    assert kurtosis[0] < -0.5
    assert checks.duffing_stationary(truth.model) < 1


def test_a_saturated_amplifier_has_the_second_and_fourth_moments_of_its_closed_distribution():
    """Above threshold: an ensemble on a ring, unlike any Gaussian."""
    truth, kurtosis = cases.saturated_amplifier()
    assert np.all(np.linalg.eigvals(truth.model.A) > 0)
    assert np.all(kurtosis < -1)
    assert checks.saturated_amplifier_stationary(truth.model) < 1
