"""Trajectories against stationary distributions in closed form, far from any Gaussian."""

import numpy as np

from . import cases, checks


def test_a_duffing_oscillator_has_the_variances_of_its_canonical_distribution():
    """⟨q²⟩ by quadrature is little over half that of β = 0; ⟨p²⟩ = n + ½ whatever β."""
    truth = cases.duffing()
    assert truth.covariance[-1, 0, 0] < 0.6 * truth.covariance[-1, 1, 1]
    assert checks.duffing_stationary(truth.model) < 1


def test_a_saturated_amplifier_has_the_radius_of_its_closed_distribution():
    truth = cases.saturated_amplifier()
    linear = truth.model.A[0, 0]
    assert linear > 0
    assert checks.saturated_amplifier_stationary(truth.model) < 1
    assert np.trace(truth.covariance[-1]) > linear
