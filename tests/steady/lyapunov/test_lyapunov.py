"""Steady covariances and error bounds against closed forms, rational arithmetic and SciPy."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.steady.lyapunov.error_bounds import lyapunov_error_bound, lyapunov_residual
from qlangevin.steady.lyapunov.solver import UnstableError, solve_lyapunov
from qlangevin.steady.stability import margin

from .exact import exactly
from .matrices import (
    KAPPA,
    ROUNDING,
    amplifier,
    closed_forms,
    optomechanics,
    relative_error,
    stable_matrices,
    thermal_cavity,
)


@closed_forms
def test_closed_forms_are_met(A, D, V):
    assert relative_error(solve_lyapunov(A, D), V) <= 1e-12


@closed_forms
def test_error_bound_holds_and_is_tight(A, D, V):
    for offered in (solve_lyapunov(A, D), V, V * (1 + 1e-9), V + np.diag(V) * 1e-5):
        symmetric = (offered + offered.T) / 2
        error = np.linalg.norm(symmetric - exactly(A, D)) / np.linalg.norm(symmetric)
        bound = lyapunov_error_bound(A, D, symmetric)
        assert error <= bound + ROUNDING
        assert bound <= 1.5 * error + ROUNDING


@closed_forms
def test_residual_is_at_rounding(A, D, V):
    assert lyapunov_residual(A, D, solve_lyapunov(A, D)) <= ROUNDING


@pytest.mark.parametrize("quality_factor", [1e3, 1e7, 1e11, 4e11])
def test_high_quality_factors_lose_no_digits(quality_factor):
    A, D = optomechanics(quality_factor)
    assert margin(A) > 0
    assert relative_error(solve_lyapunov(A, D), exactly(A, D)) <= ROUNDING


@pytest.mark.parametrize("size", [4, 6])
def test_strongly_mixed_slow_modes_lose_no_digits(size):
    A, D = stable_matrices(size, 3, slowest=1e-11)
    exact = np.array([exactly(*one) for one in zip(A, D, strict=True)])
    assert np.all(relative_error(solve_lyapunov(A, D), exact) <= ROUNDING)


@pytest.mark.parametrize("size", [1, 2, 4, 6, 8, 10])
def test_random_matrices_agree_with_scipy(size):
    A, D = stable_matrices(size, 20)
    expected = np.array([solve_continuous_lyapunov(a, -d) for a, d in zip(A, D, strict=True)])
    V = solve_lyapunov(A, D)
    assert np.all(relative_error(V, expected) <= 1e-9)
    assert np.all(lyapunov_error_bound(A, D, V) <= ROUNDING)


def test_batches_equal_single_matrices_across_pieces(monkeypatch):
    monkeypatch.setattr("qlangevin.steady.lyapunov.batches.BATCH", 4)
    A, D = (each.reshape(3, 5, 6, 6) for each in stable_matrices(6, 15))
    V = solve_lyapunov(A, D)
    bound = lyapunov_error_bound(A, D, V)
    residual = lyapunov_residual(A, D, V)
    for at in np.ndindex(3, 5):
        assert relative_error(V[at], solve_lyapunov(A[at], D[at])) <= ROUNDING
        assert lyapunov_error_bound(A[at], D[at], V[at]) == pytest.approx(
            bound[at], rel=1e-6, abs=1e-16
        )
        assert lyapunov_residual(A[at], D[at], V[at]) == pytest.approx(residual[at], rel=1e-12)


def test_leading_axes_of_drift_and_diffusion_broadcast():
    A, D = stable_matrices(4, 6)
    V = solve_lyapunov(A[:3, None], D[3:])
    assert V.shape == (3, 3, 4, 4)
    assert relative_error(V[2, 1], solve_lyapunov(A[2], D[4])) <= ROUNDING
    assert lyapunov_error_bound(A[:3, None], D[3:], V).shape == (3, 3)


def test_no_points_give_no_covariances():
    empty = np.empty((0, 4, 4))
    assert solve_lyapunov(empty, empty).shape == (0, 4, 4)
    assert lyapunov_error_bound(empty, empty, empty).shape == (0,)


def test_covariances_are_exactly_symmetric():
    V = solve_lyapunov(*stable_matrices(8, 20))
    np.testing.assert_array_equal(V, V.swapaxes(-1, -2))


def test_unit_of_time_changes_nothing():
    A, D = stable_matrices(6, 5)
    np.testing.assert_array_equal(solve_lyapunov(A, D), solve_lyapunov(A * 2.0**-24, D * 2.0**-24))


def test_inputs_are_left_as_they_were():
    A, D, _ = amplifier(0.5, 0.0)
    kept = A.copy(), D.copy()
    solve_lyapunov(A, D)
    np.testing.assert_array_equal((A, D), kept)


def test_no_noise_gives_no_covariance_and_no_error():
    A, D, _ = thermal_cavity(1.0)
    V = solve_lyapunov(A, 0 * D)
    np.testing.assert_array_equal(V, 0 * D)
    assert lyapunov_residual(A, 0 * D, V) == lyapunov_error_bound(A, 0 * D, V) == 0


def test_error_of_a_zero_covariance_that_should_not_be_is_infinite():
    A, D, V = thermal_cavity(1.0)
    assert lyapunov_error_bound(A, D, 0 * V) == np.inf


def test_residual_is_relative_to_the_terms():
    A, D, V = thermal_cavity(0.0)
    assert lyapunov_residual(A, D, V) <= ROUNDING
    assert lyapunov_residual(A, D, 3 * V) == pytest.approx(2 * np.sqrt(2) / (6 + np.sqrt(2)))


def test_error_bound_is_infinite_where_the_equation_has_no_unique_solution():
    regular = thermal_cavity(0.0)
    A = np.stack([np.diag([1.0, -1.0]), regular[0]])
    bound = lyapunov_error_bound(A, regular[1], regular[2])
    assert bound[0] == np.inf
    assert bound[1] <= ROUNDING


def test_amplifier_above_threshold_is_refused_with_its_eigenvalue():
    A, D, _ = amplifier(1.5, 0.0)
    with pytest.raises(
        UnstableError, match=r"A is unstable, with eigenvalue 4\.08407e\+06\+0j rad/s"
    ):
        solve_lyapunov(A, D)


def test_saddle_whose_equation_has_a_perfect_looking_solution_is_refused():
    A = np.diag([0.5, -1.0])
    D = np.diag([0.0, 2.0])
    assert lyapunov_residual(A, D, np.diag([0.0, 1.0])) == 0
    with pytest.raises(UnstableError, match=r"A is unstable, with eigenvalue 0\.5\+0j rad/s"):
        solve_lyapunov(A, D)


@pytest.mark.parametrize("damping", [0.0, 1e-14, -1e-14])
def test_marginal_oscillator_is_refused(damping):
    A = KAPPA * np.array([[0.0, 1.0], [-1.0, -damping]])
    with pytest.raises(UnstableError, match="A is marginal, with eigenvalue"):
        solve_lyapunov(A, np.eye(2))


def test_unstable_point_of_a_batch_is_named():
    A, D = (each.reshape(2, 3, 4, 4) for each in stable_matrices(4, 6))
    A[1, 2] *= -1
    with pytest.raises(UnstableError, match=r"A at index \(1, 2\) is unstable"):
        solve_lyapunov(A, D)


def test_hopeless_conditioning_is_refused_and_has_no_bound():
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    A = np.stack([-np.eye(2), turn @ np.array([[-1.0, 1e6], [0.0, -2.0]]) @ turn.T])
    with pytest.raises(ValueError, match=r"A at index \(1,\) is too ill-conditioned"):
        solve_lyapunov(A, np.eye(2))
    np.testing.assert_array_equal(
        lyapunov_error_bound(A, np.eye(2), np.eye(2) / 2) < np.inf, [True, False]
    )


@pytest.mark.parametrize(
    ("A", "D", "message"),
    [
        (np.diag([np.nan, -1.0]), np.eye(2), "A must be finite"),
        (-np.eye(2), np.diag([np.inf, 1.0]), "D must be finite"),
        (-np.eye(2), np.array([[1.0, 0.5], [0.4, 1.0]]), "D must be symmetric"),
        (-np.eye(2) * 1j, np.eye(2), "A must be real"),
        (-np.ones((2, 3)), np.eye(2), r"A must have shape \(..., n, n\)"),
        (-np.eye(2), np.ones(2), r"D must have shape \(..., n, n\)"),
        (-np.eye(2), np.eye(4), "shape"),
    ],
)
def test_bad_input_is_refused_by_name(A, D, message):
    with pytest.raises(ValueError, match=message):
        solve_lyapunov(A, D)


def test_rounding_in_the_diffusion_is_no_asymmetry():
    A, D, V = thermal_cavity(1.0)
    D[0, 1] += 1e-16 * D[0, 0]
    assert relative_error(solve_lyapunov(A, D), V) <= 1e-12
