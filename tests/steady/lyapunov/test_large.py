"""Steady covariances of many modes: exact values, error bounds, memory and time."""

import tracemalloc
from time import process_time

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.sde.linear_algebra.schur import SchurForm, covariance, strong_blocks
from qlangevin.steady import UnstableError, solve_lyapunov
from qlangevin.steady.lyapunov import kronecker, solve_with_bound, solver
from qlangevin.steady.lyapunov.error_bounds import lyapunov_error_bound, lyapunov_residual
from qlangevin.steady.stability import instability_kind, margin, routh_hurwitz

from .exact import exactly
from .matrices import (
    ROUNDING,
    optomechanics,
    relative_error,
    stable_matrices,
)


def chain(modes, quality_factor, quanta, seed=0):
    """Oscillators in a row, every other one well damped, that exchange quanta with neighbours.

    V = (n + ½) 1 where all baths are equally hot.
    """
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.5, 2.0, modes)
    rates = 0.5 * frequency / np.where(np.arange(modes) % 2, quality_factor, 10.0)
    hopping = np.diag(0.3 / np.sqrt(quality_factor) * rng.uniform(0.5, 1.0, modes - 1), 1)
    A = np.kron(-np.diag(rates), np.eye(2)) + np.kron(
        hopping + hopping.T + np.diag(frequency), [[0, 1], [-1, 0]]
    )
    return A, np.diag(np.repeat(rates * (2 * np.broadcast_to(quanta, modes) + 1), 2))


@pytest.mark.parametrize("modes", [9, 20, 40])
@pytest.mark.parametrize("quality_factor", [1e2, 1e7, 1e12])
def test_a_chain_in_equally_hot_baths_is_as_hot_as_they_are(modes, quality_factor):
    A, D = chain(modes, quality_factor, 3.0)
    V = solve_lyapunov(A, D)
    assert relative_error(V, 3.5 * np.eye(2 * modes)) <= 1e-15
    assert lyapunov_residual(A, D, V) <= ROUNDING
    assert lyapunov_error_bound(A, D, V) <= 1e-13


@pytest.mark.parametrize("modes", [12, 64])
def test_unequal_baths_agree_with_scipy(modes):
    A, D = chain(modes, 1e3, np.arange(modes) % 3)
    V = solve_lyapunov(A, D)
    assert relative_error(V, solve_continuous_lyapunov(A, -D)) <= 1e-10
    assert lyapunov_error_bound(A, D, V) <= ROUNDING


@pytest.mark.parametrize("quality_factor", [1e2, 1e7, 1e12])
def test_the_bound_that_comes_with_a_solution_holds(quality_factor):
    A, D = chain(20, quality_factor, 3.0)
    V, bound = solve_with_bound(A, D)
    np.testing.assert_array_equal(V, solve_lyapunov(A, D))
    assert relative_error(V, 3.5 * np.eye(40)) <= bound + 3e-16  # the rounding of A and D
    assert bound <= 1e-13
    assert bound <= 10 * lyapunov_error_bound(A, D, V) + 1e-16


@pytest.mark.parametrize("modes", [2, 12])
def test_many_equations_with_bounds(modes):
    """Those of small matrices, and of ones without a proof of stability, are found separately."""
    A = np.array([chain(modes, quality, 1.0)[0] for quality in (30.0, 1e12)])
    D = np.array([chain(modes, quality, 1.0)[1] for quality in (30.0, 1e12)])
    V, bound = solve_with_bound(A, D)
    assert np.all(relative_error(V, np.broadcast_to(1.5 * np.eye(2 * modes), V.shape)) <= 1e-15)
    assert bound.shape == (2,)
    assert np.all(bound <= 1e-13)
    with pytest.raises(UnstableError, match="at index"):
        solve_with_bound(np.stack([A[0], -A[1]]), D)


def test_a_hundred_modes_take_seconds():
    A, D = chain(100, 1e6, np.arange(100) % 3)
    started = process_time()
    V = solve_lyapunov(A, D)
    bound = lyapunov_error_bound(A, D, V)
    assert process_time() - started < 30
    assert bound <= 1e-15


@pytest.mark.parametrize("modes", [16, 40])
def test_memory_grows_as_that_of_the_matrix(modes):
    A, D = chain(modes, 1e6, np.arange(modes) % 3)
    lyapunov_error_bound(A, D, solve_lyapunov(A, D))
    tracemalloc.start()
    lyapunov_error_bound(A, D, solve_lyapunov(A, D))
    assert tracemalloc.get_traced_memory()[1] < 60 * A.nbytes
    tracemalloc.stop()


@pytest.mark.parametrize("quality_factor", [1e2, 1e9])
@pytest.mark.parametrize("units", [1.0, 1e3])
def test_the_bound_of_a_wrong_covariance_holds_and_is_tight(quality_factor, units):
    """In unequal units as well, where the error is known because V is."""
    modes = 16
    A, D = chain(modes, quality_factor, 3.0)
    scale = units ** np.linspace(-1, 1, 2 * modes)
    A = scale[:, None] * A / scale
    D = scale[:, None] * D * scale
    exact = np.diag(3.5 * scale**2)
    noise = np.random.default_rng(0).normal(size=exact.shape)
    for wrong in (exact * (1 + 1e-9), exact + 1e-6 * scale[:, None] * (noise + noise.T) * scale):
        error = np.linalg.norm(wrong - exact) / np.linalg.norm(wrong)
        assert 0.999 * error <= lyapunov_error_bound(A, D, wrong) <= 1.5 * error


@pytest.mark.parametrize("size", [2, 4, 6, 9])
def test_schur_forms_and_kronecker_sums_agree(size, monkeypatch):
    A, D = stable_matrices(size, 6)
    D = (D + D.swapaxes(-1, -2)) / 2
    V = solve_lyapunov(A, D)
    bound = lyapunov_error_bound(A, D, 1.001 * solve_lyapunov(A, D))
    monkeypatch.setattr(solver, "COMPILED_SIZE", 0)
    monkeypatch.setattr(kronecker, "LARGEST", 0)
    assert np.all(relative_error(solve_lyapunov(A, D), V) <= 3e-16)
    np.testing.assert_allclose(lyapunov_error_bound(A, D, 1.001 * V), bound, rtol=1e-6)


@pytest.mark.parametrize("quality_factor", [1e3, 1e7, 1e11, 4e11])
def test_schur_forms_lose_no_digits_at_high_quality_factors(quality_factor):
    A, D = optomechanics(quality_factor)
    assert relative_error(covariance(A, D), exactly(A, D)) <= ROUNDING


def test_a_large_defective_matrix_is_solved():
    """A chain of one-way couplings, one Jordan block, in mixed quadratures: V is not large."""
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(20, 20)))[0]
    A = turn @ (0.5 * np.eye(20, k=1) - np.eye(20)) @ turn.T
    V = solve_lyapunov(A, np.eye(20))
    assert lyapunov_error_bound(A, np.eye(20), V) <= ROUNDING
    assert relative_error(V, solve_continuous_lyapunov(A, -np.eye(20))) <= 1e-13


def test_a_batch_of_large_matrices_equals_each_alone():
    A, D = (
        np.array(each)
        for each in zip(*(chain(10, 1e4, 1.0, seed) for seed in range(4)), strict=True)
    )
    V = solve_lyapunov(A.reshape(2, 2, 20, 20), D.reshape(2, 2, 20, 20))
    np.testing.assert_array_equal(
        V.reshape(4, 20, 20), [solve_lyapunov(*one) for one in zip(A, D, strict=True)]
    )
    np.testing.assert_array_equal(V, V.swapaxes(-1, -2))
    assert lyapunov_error_bound(A, D[0], V[0, 0]).shape == (4,)


def test_an_uncoupled_slow_mode_keeps_its_digits_beside_many_fast_ones():
    A = np.zeros((22, 22))
    D = np.zeros((22, 22))
    A[:20, :20], D[:20, :20] = chain(10, 1e2, 2.0)
    A[20:, 20:] = -1e-18 * np.eye(2)
    D[20:, 20:] = 2e-18 * 7.5 * np.eye(2)
    order = np.random.default_rng(2).permutation(22)
    V = solve_lyapunov(A[np.ix_(order, order)], D[np.ix_(order, order)])
    expected = np.diag(np.repeat([2.5, 7.5], [20, 2]))[np.ix_(order, order)]
    np.testing.assert_allclose(V, expected, rtol=1e-15, atol=1e-15)


def test_a_large_matrix_that_is_not_stable_has_neither_covariance_nor_bound():
    A, D = chain(12, 1e3, 1.0)
    A[5, 5] += 1.0
    assert instability_kind(A) == "hopf"
    with pytest.raises(UnstableError, match="A is unstable, with eigenvalue"):
        solve_lyapunov(A, D)
    assert lyapunov_error_bound(A, D, np.eye(24)) == np.inf


def test_strong_blocks_come_in_an_order_that_makes_the_matrix_block_triangular():
    rng = np.random.default_rng(5)
    A = np.triu(rng.normal(size=(12, 12)) * (rng.random((12, 12)) < 0.3), 1)
    A += np.diag(rng.normal(size=12))
    A[4, 3] = A[3, 4] = A[9, 7] = A[7, 8] = A[8, 9] = 1.0
    order = rng.permutation(12)
    A = A[np.ix_(order, order)]
    blocks = strong_blocks(A)
    assert sorted(map(len, blocks))[-2:] == [2, 3]
    np.testing.assert_array_equal(np.sort(np.concatenate(blocks)), range(12))
    for i, later in enumerate(blocks):
        for earlier in blocks[:i]:
            assert not A[np.ix_(later, earlier)].any()


def test_a_matrix_of_several_strong_blocks_is_solved_by_its_schur_form():
    rng = np.random.default_rng(6)
    A = np.triu(rng.normal(size=(8, 8))) - 4 * np.eye(8)
    A[1, 0] = A[5, 4] = 0.7
    order = rng.permutation(8)
    A = A[np.ix_(order, order)]
    X = rng.normal(size=(8, 8))
    X = X + X.T
    np.testing.assert_allclose(SchurForm(A).solve(A @ X + X @ A.T), X, rtol=1e-12, atol=1e-13)
    assert margin(A) > 0


@pytest.mark.parametrize("modes", [24, 40])
@pytest.mark.parametrize("quality_factor", [1e2, 1e9])
def test_routh_hurwitz_agrees_with_the_eigenvalues_of_many_modes(modes, quality_factor):
    A, _ = chain(modes, quality_factor, 0.0)
    shifted = A + (margin(A) * (1 + 1e-3)) * np.eye(len(A))
    np.testing.assert_array_equal(routh_hurwitz(np.stack([A, -A, shifted])), [True, False, False])
