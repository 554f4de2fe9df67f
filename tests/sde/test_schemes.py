"""What a step does to a linear system, against closed forms."""

import numpy as np
import pytest
from qlangevin.sde.schemes import StepError, StepWarning, check_step, forecast, stationary_covariance, step_limit


def cavity(gamma, omega):
    return np.array([[-gamma, omega], [-omega, -gamma]])


@pytest.mark.parametrize(("gamma", "omega"), [(1.0, 0.0), (0.3, 2.0), (1e-5, 1.0)])
def test_the_step_limit_of_a_cavity_is_2_gamma_over_omega_squared_plus_gamma_squared(gamma, omega):
    assert step_limit(cavity(gamma, omega)) == pytest.approx(2 * gamma / (omega**2 + gamma**2), rel=1e-9)


def test_an_unstable_mode_has_a_negative_limit_and_a_clock_has_none():
    assert step_limit(cavity(-0.1, 1.0)) < 0
    assert step_limit(np.zeros((2, 2))) == np.inf


@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.9])
def test_the_stationary_variance_of_a_cavity_is_too_large_by_one_over_one_minus_the_fraction_of_the_limit(fraction):
    A, D = cavity(0.3, 2.0), 0.3 * 5 * np.eye(2)
    V = stationary_covariance(A, D, fraction * step_limit(A))
    np.testing.assert_allclose(V, 2.5 / (1 - fraction) * np.eye(2), atol=1e-12)


def test_a_brownian_oscillator_is_biased_as_its_closed_form_says():
    """V_pp = (n+½)/[1 − γh/2 − (ω²h/γ)(1 − ¾γh + ¼ω²h²)], V_qq = V_pp(1 − γh/2 + ω²h²/2), V_qp = −ωhV_pp/2."""
    omega, gamma, n, h = 1.0, 0.3, 2.0, 0.05
    V = stationary_covariance(np.array([[0, omega], [-omega, -gamma]]), np.diag([0, gamma * (2 * n + 1)]), h)
    pp = (n + 0.5) / (1 - gamma * h / 2 - omega**2 * h / gamma * (1 - 0.75 * gamma * h + 0.25 * omega**2 * h**2))
    exact = pp * np.array([[1 - gamma * h / 2 + (omega * h) ** 2 / 2, -omega * h / 2], [-omega * h / 2, 1]])
    np.testing.assert_allclose(V, exact, rtol=1e-12)


def test_the_forecast_of_the_bias_is_the_closed_form():
    A, D = cavity(0.3, 2.0), 0.3 * np.eye(2)
    assert forecast(A, D, 0.05 * step_limit(A), 100.0).bias == pytest.approx(0.05 / 0.95, rel=1e-9)


@pytest.mark.parametrize("fraction", [0.2, 1.0, 3.0])
def test_a_step_that_cannot_be_right_is_refused_with_the_number(fraction):
    A, D = cavity(0.3, 2.0), 0.3 * np.eye(2)
    with pytest.raises(StepError, match=r"below .* s the error is under 1 %"):
        check_step(A, D, fraction * step_limit(A), 100.0)


def test_a_step_that_shows_is_warned_of_and_one_that_does_not_passes():
    A, D = cavity(0.3, 2.0), 0.3 * np.eye(2)
    with pytest.warns(StepWarning, match=r"5\.3 % too large"):
        check_step(A, D, 0.05 * step_limit(A), 100.0)
    check_step(A, D, 0.005 * step_limit(A), 100.0)


def test_a_short_visit_to_a_lightly_damped_mode_passes():
    """γ = 10⁻⁵ω has a limit of 2·10⁻⁵/ω, harmless over a run of 1/ω, for ½ω²h·t is 5·10⁻⁴."""
    check_step(cavity(1e-5, 1.0), np.eye(2), 1e-3, 1.0)
    with pytest.raises(StepError):
        check_step(cavity(1e-5, 1.0), np.eye(2), 1e-3, 1e4)
