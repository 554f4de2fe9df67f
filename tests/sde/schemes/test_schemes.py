"""Steps of each scheme on linear systems, against closed forms and against many steps."""

from fractions import Fraction
from time import process_time

import numpy as np
import pytest

from qlangevin.sde.schemes.step_forecast import (
    StepError,
    StepWarning,
    check_step,
    forecast,
    largest_step,
)
from qlangevin.sde.schemes.table import (
    SCHEMES,
    linear_step,
    stationary_covariance,
    step_limit,
    weak_order,
)
from qlangevin.steady import solve_lyapunov


def cavity(gamma, omega):
    return np.array([[-gamma, omega], [-omega, -gamma]])


@pytest.mark.parametrize(("gamma", "omega"), [(1.0, 0.0), (0.3, 2.0), (1e-5, 1.0)])
def test_the_step_limit_of_a_cavity_is_2_gamma_over_omega_squared_plus_gamma_squared(gamma, omega):
    assert step_limit(cavity(gamma, omega)) == pytest.approx(
        2 * gamma / (omega**2 + gamma**2), rel=1e-9
    )


def test_an_unstable_mode_has_a_negative_limit_and_a_clock_has_none():
    assert step_limit(cavity(-0.1, 1.0)) < 0
    assert step_limit(np.zeros((2, 2))) == np.inf


@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.9])
def test_the_stationary_variance_of_a_cavity_is_too_large_by_a_factor_of_the_step_over_its_limit(
    fraction,
):
    A, D = cavity(0.3, 2.0), 0.3 * 5 * np.eye(2)
    V = stationary_covariance(A, D, fraction * step_limit(A))
    np.testing.assert_allclose(V, 2.5 / (1 - fraction) * np.eye(2), atol=1e-12)


def test_a_brownian_oscillator_is_biased_as_its_closed_form_says():
    """V_pp = (n+½)/[1 − γh/2 − (ω²h/γ)(1 − ¾γh + ¼ω²h²)].

    V_qq = V_pp(1 − γh/2 + ω²h²/2), V_qp = −ωhV_pp/2.
    """
    omega, gamma, n, h = 1.0, 0.3, 2.0, 0.05
    V = stationary_covariance(
        np.array([[0, omega], [-omega, -gamma]]), np.diag([0, gamma * (2 * n + 1)]), h
    )
    pp = (n + 0.5) / (
        1 - gamma * h / 2 - omega**2 * h / gamma * (1 - 0.75 * gamma * h + 0.25 * omega**2 * h**2)
    )
    exact = pp * np.array(
        [[1 - gamma * h / 2 + (omega * h) ** 2 / 2, -omega * h / 2], [-omega * h / 2, 1]]
    )
    np.testing.assert_allclose(V, exact, rtol=1e-12)


def test_the_forecast_of_the_bias_is_the_closed_form():
    A, D = cavity(0.3, 2.0), 0.3 * np.eye(2)
    assert forecast(A, D, 0.05 * step_limit(A), 100.0).bias == pytest.approx(0.05 / 0.95, rel=1e-9)


@pytest.mark.parametrize("fraction", [0.2, 1.0, 3.0])
def test_a_step_that_cannot_be_right_is_refused_with_the_number(fraction):
    A, D = cavity(0.3, 2.0), 0.3 * np.eye(2)
    with pytest.raises(StepError, match=r"below .* s the error is under 1 %"):
        check_step(A, D, fraction * step_limit(A), 100.0)


def test_a_step_with_a_significant_bias_gives_a_warning_and_a_smaller_one_none():
    A, D = cavity(0.3, 2.0), 0.3 * np.eye(2)
    with pytest.warns(StepWarning, match=r"5\.3 % too large"):
        check_step(A, D, 0.05 * step_limit(A), 100.0)
    check_step(A, D, 0.005 * step_limit(A), 100.0)


def test_a_short_visit_to_a_lightly_damped_mode_passes():
    """γ = 10⁻⁵ω has a limit of 2·10⁻⁵/ω, harmless over a run of 1/ω, for ½ω²h·t is 5·10⁻⁴."""
    check_step(cavity(1e-5, 1.0), np.eye(2), 1e-3, 1.0)
    with pytest.raises(StepError):
        check_step(cavity(1e-5, 1.0), np.eye(2), 1e-3, 1e4)


# --------------------------------------------------------------------------------------------------
# all schemes

STIFF = np.block([[cavity(40.0, 3.0), 0.3 * np.eye(2)], [0.2 * np.eye(2), cavity(0.01, 1.0)]])
NOISE = np.diag([40.0, 40.0, 0.01, 0.03])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("A", [cavity(0.3, 2.0), cavity(1e-3, 1.0), cavity(1.0, 0.0), STIFF])
def test_the_step_limit_is_where_the_spectral_radius_of_a_step_reaches_one(scheme, A):
    limit = step_limit(A, scheme)

    def radius(h):
        E, _ = linear_step(scheme, A, np.eye(len(A)), h)
        return np.abs(1 + np.linalg.eigvals(E)).max()

    if np.isinf(limit):
        assert all(radius(h) < 1 for h in (1e-3, 1.0, 1e3))
    else:
        assert radius(0.999 * limit) < 1 < radius(1.001 * limit)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_unstable_mode_leaves_no_stable_step(scheme):
    assert step_limit(cavity(-0.1, 1.0), scheme) < 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_many_steps_settle_to_the_stationary_covariance(scheme):
    A, D, h = cavity(0.3, 2.0) + np.diag([0.1, -0.05]), np.diag([0.3, 0.8]), 0.05
    E, N = linear_step(scheme, A, D, h)
    V = np.zeros((2, 2))
    for _ in range(3000):
        V = (np.eye(2) + E) @ V @ (np.eye(2) + E).T + N
    np.testing.assert_allclose(stationary_covariance(A, D, h, scheme), V, rtol=1e-11)


@pytest.mark.parametrize("scheme", ["exponential", "implicit-midpoint"])
@pytest.mark.parametrize("step", [0.01, 1.0, 300.0])
def test_semilinear_steps_have_no_stationary_bias_at_any_step(scheme, step):
    exact = solve_lyapunov(STIFF, NOISE)
    np.testing.assert_allclose(
        stationary_covariance(STIFF, NOISE, step, scheme), exact, rtol=1e-9, atol=1e-10
    )


@pytest.mark.parametrize("scheme", ["euler-maruyama", "runge-kutta"])
def test_largest_step_is_where_the_bias_has_the_requested_size(scheme):
    A, D = cavity(0.01, 1.0), 0.01 * np.eye(2)
    step = largest_step(A, D, 0.01, scheme)
    exact = solve_lyapunov(A, D)
    bias = np.abs(stationary_covariance(A, D, step, scheme) - exact).max() / exact[0, 0]
    assert bias == pytest.approx(0.01, rel=1e-6)


def test_runge_kutta_takes_far_larger_steps_than_euler_on_a_lightly_damped_mode():
    """1 % of bias at γ = 10⁻²ω: (ωh)⁴/8 = 0.02γh against ω²h = 0.02γ."""
    A, D = cavity(0.01, 1.0), 0.01 * np.eye(2)
    euler, two_stages = (
        largest_step(A, D, 0.01, scheme) for scheme in ("euler-maruyama", "runge-kutta")
    )
    assert euler == pytest.approx(2e-4, rel=0.02)
    assert two_stages > 300 * euler


@pytest.mark.parametrize("scheme", ["euler-maruyama", "runge-kutta"])
@pytest.mark.parametrize("relaxations", [0.05, 0.5, 5.0])
def test_the_bias_of_a_run_is_forecast_within_a_third(scheme, relaxations):
    """A lightly damped mode starts with its bath's variance; it runs for part of a relaxation."""
    gamma = 1e-3
    A, D = cavity(gamma, 1.0), 2 * gamma * np.eye(2)
    h = 0.2 * largest_step(A, D, 0.1, scheme)
    duration = relaxations / (2 * gamma)
    E, N = linear_step(scheme, A, D, h)
    M = np.eye(2) + E
    one_step = np.block([[np.kron(M, M), N.reshape(4, 1)], [np.zeros((1, 4)), np.ones((1, 1))]])
    V = (np.linalg.matrix_power(one_step, round(duration / h)) @ np.append(np.eye(2), 1.0))[
        :4
    ].reshape(2, 2)
    felt = forecast(A, D, h, duration, scheme).final_bias
    assert felt == pytest.approx(np.abs(V - np.eye(2)).max(), rel=0.33)


def test_a_direction_without_noise_leaves_the_forecast_of_the_others():
    """A noisy cavity beside one without noise: error and step of 1 % are those of the first."""
    A, D = (
        np.kron(np.diag([1, 0]), cavity(0.3, 2.0)) + np.kron(np.diag([0, 1]), cavity(0.2, 0.0)),
        np.zeros((4, 4)),
    )
    D[:2, :2] = 0.3 * np.eye(2)
    h = 0.05 * step_limit(A)
    assert forecast(A, D, h, 100.0).bias == pytest.approx(0.05 / 0.95, rel=1e-9)
    assert largest_step(A, D, 0.01) == pytest.approx(step_limit(A) * 0.01 / 1.01, rel=1e-6)
    assert forecast(A, 0 * D, h, 100.0).bias == 0


def optomechanics(quality_factor):
    """Linearised cavity and oscillator of a given quality factor in a hot bath."""
    kappa, omega, G, detuning = 2 * np.pi * np.array([15e6, 23.4e6, 2e5, 20e6])
    gamma = omega / quality_factor
    A = np.array(
        [
            [-kappa, detuning, 0, 0],
            [-detuning, -kappa, G, 0],
            [0, 0, 0, omega],
            [G, 0, -omega, -gamma],
        ]
    )
    return A, np.diag([kappa, kappa, 0, gamma * 2001])


def by_elimination(E, N, steps=True):
    """E V + V Eᵀ + E V Eᵀ + N = 0 solved in rational numbers, each element rounded once."""
    n, one = len(E), np.eye(len(E))
    E, one = (np.array([[Fraction(x) for x in row] for row in each.tolist()]) for each in (E, one))
    operator = np.kron(E, one) + np.kron(one, E) + np.kron(E, E) * Fraction(steps)
    rows = np.hstack(
        [operator, np.array([[-Fraction(x)] for x in (0.5 * (N + N.T)).ravel().tolist()])]
    )
    for column in range(n * n):
        pivot = next(r for r in range(column, n * n) if rows[r, column])
        rows[[column, pivot]] = rows[[pivot, column]]
        rows[column] /= rows[column, column]
        for r in set(range(n * n)) - {column}:
            if rows[r, column]:
                rows[r] = rows[r] - rows[r, column] * rows[column]
    return rows[:, -1].astype(float).reshape(n, n)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("quality_factor", [1e3, 1e9])
@pytest.mark.parametrize("fraction", [0.01, 0.9])
def test_the_stationary_covariance_of_steps_loses_no_digits_at_high_quality_factors(
    scheme, quality_factor, fraction
):
    A, D = optomechanics(quality_factor)
    step = fraction * min(step_limit(A, scheme), 1e-8)
    exact = by_elimination(*linear_step(scheme, A, D, step))
    V = stationary_covariance(A, D, step, scheme)
    np.testing.assert_allclose(V, exact, rtol=1e-13, atol=1e-15 * np.abs(exact).max())


def chain(modes):
    """Coupled cavities in a row, each with its own bath, every other one lightly damped."""
    slow = np.where(np.arange(modes) % 2, 0.15, 1e-4)
    hopping = 0.2 * (np.eye(modes, k=1) + np.eye(modes, k=-1)) + np.diag(1 + 0.1 * np.arange(modes))
    A = np.kron(-np.diag(slow), np.eye(2)) + np.kron(hopping, [[0, 1], [-1, 0]])
    return A, np.kron(np.diag(slow * (1 + 2 * (np.arange(modes) % 3))), np.eye(2))


def test_steps_of_forty_modes_are_judged_in_seconds():
    A, D = chain(40)
    started = process_time()
    step = largest_step(A, D, 0.01)
    assert process_time() - started < 10
    exact, V = solve_lyapunov(A, D), stationary_covariance(A, D, step)
    widths = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    assert np.max(np.abs(V - exact) / widths) == pytest.approx(0.01, rel=1e-6)
    M = np.eye(len(A)) + step * A
    np.testing.assert_allclose(M @ V @ M.T + step * D, V, rtol=0, atol=1e-13 * V.max())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_run_has_the_weak_order_of_its_scheme_or_of_its_increments(scheme):
    own = SCHEMES[scheme].weak_order
    assert [weak_order(scheme, law) for law in ("gaussian", "three-point", "two-point")] == [
        own,
        min(own, 2),
        1,
    ]
