"""Compiled steady covariances: exact, proven, independent of lanes, threads and layout."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.steady.lyapunov import batches, solver
from qlangevin.steady.lyapunov.error_bounds import lyapunov_error_bound, lyapunov_residual
from qlangevin.steady.lyapunov.solver import UnstableError, solve_lyapunov
from qlangevin.steady.stability import MARGINAL, margin

from .exact import exactly, routh_stable
from .matrices import ROUNDING, relative_error, stable_matrices

SIZES = range(1, 9)


def oscillators(size, quality_factor, seed=0):
    """Oscillators of one quality factor in separate baths, barely coupled, in random order."""
    rng = np.random.default_rng([seed, size])
    A = 0.01 / quality_factor * rng.normal(size=(size, size))
    D = np.zeros((size, size))
    for i in range(0, size - 1, 2):
        omega = rng.uniform(0.5, 2.0)
        A[i, i + 1] = omega
        A[i + 1, i] = -omega
        A[i + 1, i + 1] = -1 / quality_factor
        D[i + 1, i + 1] = rng.uniform(1, 10) / quality_factor
    if size % 2:
        A[-1, -1] = -1.0
        D[-1, -1] = 1.0
    order = rng.permutation(size)
    return A[np.ix_(order, order)], D[np.ix_(order, order)]


def mixture(size):
    """Stable matrices of every kind in one batch.

    Usual, badly scaled, defective, of high quality factor, undriven.
    """
    A, D = stable_matrices(size, 13)
    scales = 10.0 ** np.linspace(-3, 3, size)
    similar = scales[:, None] * A[:4] / scales, scales[:, None] * D[:4] * scales
    jordan = np.eye(size, k=1) - np.eye(size)
    kept = [oscillators(size, Q, seed) for seed, Q in enumerate((1e3, 1e7, 1e11, 1e12))]
    singular = D[:3] * np.outer(np.eye(size)[0], np.eye(size)[0])
    pairs = [*zip(A, D, strict=True), *zip(*similar, strict=True), (jordan, np.eye(size)), *kept]
    pairs += [
        *zip(A[:3], singular, strict=True),
        (A[0], 0 * D[0]),
        (1e-200 * A[1], 1e-200 * D[1]),
        (1e90 * A[2], D[2]),
    ]
    order = np.random.default_rng(size).permutation(len(pairs))
    return tuple(np.array([pairs[k][which] for k in order]) for which in (0, 1))


@pytest.fixture(autouse=True)
def pieces_of_eleven(monkeypatch):
    """Small batches, so that several threads work, and lanes are not all in use."""
    monkeypatch.setattr(batches, "BATCH", 11)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_compiled_covariances_are_exact_to_rounding(size):
    A, D = stable_matrices(size, 9)
    V, proven = solver._solve_compiled(A, D)
    assert np.all(proven)
    exact = np.array([exactly(a, (d + d.T) / 2) for a, d in zip(A, D, strict=True)])
    assert np.all(relative_error(V, exact) <= ROUNDING)


@pytest.mark.parametrize("quality_factor", [1e2, 1e7, 1e10])
@pytest.mark.parametrize("size", [2, 4, 5])
def test_each_lane_has_pivots_of_its_own(size, quality_factor):
    A, D = (
        np.array(each)
        for each in zip(
            *(oscillators(size, quality_factor, seed) for seed in range(8)), strict=True
        )
    )
    V, proven = solver._solve_compiled(A, D)
    assert np.all(proven)
    exact = np.array([exactly(a, (d + d.T) / 2) for a, d in zip(A, D, strict=True)])
    assert np.all(relative_error(V, exact) <= ROUNDING)


@pytest.mark.parametrize("size", [6, 7, 8, 12, solver.COMPILED_SIZE])
def test_larger_compiled_covariances_keep_their_error_bound(size):
    A, D = stable_matrices(size, 9)
    V, proven = solver._solve_compiled(A, D)
    assert np.all(proven)
    assert np.all(lyapunov_error_bound(A, D, V) <= ROUNDING)
    assert np.all(lyapunov_residual(A, D, V) <= ROUNDING)


@pytest.mark.parametrize("size", SIZES)
def test_compiled_code_and_numpy_agree(size, monkeypatch):
    A, D = mixture(size)
    V = solve_lyapunov(A, D)
    monkeypatch.setattr(solver, "COMPILED_SIZE", 0)
    np.testing.assert_array_less(
        relative_error(V[np.any(V, (1, 2))], solve_lyapunov(A, D)[np.any(V, (1, 2))]), 1e-15
    )


@pytest.mark.parametrize("size", SIZES)
def test_neighbours_do_not_change_a_bit(size):
    A, D = mixture(size)
    V = solve_lyapunov(A, D)
    alone = np.array([solve_lyapunov(*one) for one in zip(A, D, strict=True)])
    np.testing.assert_array_equal(V, alone)
    order = np.random.default_rng(size).permutation(len(A))
    np.testing.assert_array_equal(V[order], solve_lyapunov(A[order], D[order]))
    np.testing.assert_array_equal(V[5:], solve_lyapunov(A[5:], D[5:]))


def test_threads_do_not_change_a_bit(monkeypatch):
    A, D = mixture(6)
    results = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(solver, "available_cores", lambda threads=threads: threads)
        results.append(solve_lyapunov(A, D))
    np.testing.assert_array_equal(results[1:], [results[0]] * 2)


def test_usual_matrices_are_solved_without_numpy(monkeypatch):
    monkeypatch.delattr(solver, "_solve_numpy")
    monkeypatch.delattr(solver, "spectrum")
    for size in SIZES:
        solve_lyapunov(*stable_matrices(size, 3))
    solve_lyapunov(*oscillators(4, 1e10))


def test_matrices_without_a_proof_are_decided_by_eigenvalues():
    A, D = oscillators(4, 1e12)
    assert not solver._solve_compiled(A, D)[1]
    assert relative_error(solve_lyapunov(A, D), exactly(A, D)) <= ROUNDING


def test_large_matrices_are_left_to_schur_forms(monkeypatch):
    A, D = stable_matrices(solver.COMPILED_SIZE + 1, 1)
    monkeypatch.setattr(solver, "_solve_compiled", None)
    assert lyapunov_residual(A, D, solve_lyapunov(A, D)) <= ROUNDING


@pytest.mark.parametrize("size", [2, 3, 6])
@pytest.mark.parametrize("rate", [1e-1, 1e-6, 1e-11, 1e-13, 1e-14, 0.0])
def test_no_growth_is_taken_for_decay(size, rate):
    A = np.concatenate([stable_matrices(size, 20, slowest=slowest)[0] for slowest in (rate, -rate)])
    proven = solver._solve_compiled(A, np.broadcast_to(np.eye(size), A.shape))[1]
    assert not np.any(proven[margin(A) <= MARGINAL * np.linalg.norm(A, axis=(1, 2))])
    assert np.all(proven[:20]) or rate < 1e-10


def judge(A, W, rate):
    """Whether eight W prove the rate of their A, both (8, n, n): 1 or 0."""
    module = solver.KERNELS.compiled()
    n = A.shape[-1]
    put = module.put
    definite = module.shifted_definite
    solves = module.solves_for_rate

    @njit
    def write(A, W, F, verdict):
        put(verdict, 0, definite(W, n, F) * solves(A, W, n, F, rate))

    verdict = np.full(8, np.nan)
    lower = W[:, *np.tril_indices(n)]
    write(A.reshape(8, -1).T.ravel(), lower.T.ravel(), np.zeros(8 * n * n), verdict)
    return verdict


def test_a_proof_needs_a_definite_solution_that_is_neither_wrong_nor_too_large():
    A = np.array(
        [[[a, 0.5], [0.0, -0.5]] for a in (-0.5, -0.5, -0.5, -0.5, 0.25, 0.25, 0.25, -1e-4)]
    )
    W = np.array([solve_continuous_lyapunov(a, -np.eye(2)) for a in A])
    W[1] *= 1.1
    W[2] *= 1.3
    W[3] *= -1
    W[5:7] = np.eye(2), 1e3 * np.eye(2)
    np.testing.assert_array_equal(judge(A, W, 1e-3), [1, 1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(judge(A, W, 1e-5), [1, 1, 0, 0, 0, 0, 0, 1])


def test_drifts_whose_squares_underflow_are_left_to_numpy():
    A, D = stable_matrices(3, 2)
    assert np.all(solver._solve_compiled(1e-100 * A, 1e-100 * D)[1])
    assert not np.any(solver._solve_compiled(1e-150 * A, 1e-150 * D)[1])


entries = st.floats(-4, 4).map(lambda x: round(x, 2)) | st.sampled_from(
    [0.0, 1e-9, -1e-9, 1e5, -1e5]
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 4))
def test_a_proof_is_never_wrong(data, size):
    """Decided in rational numbers: the characteristic polynomial of A by Routh's array."""
    A = np.array(data.draw(st.lists(entries, min_size=size**2, max_size=size**2))).reshape(
        size, size
    )
    V, proven = solver._solve_compiled(A, np.eye(size))
    stable = routh_stable(A)
    assert stable or not proven
    if stable and margin(A) > 1e-3 * np.linalg.norm(A) and np.linalg.norm(A) < 1e3:
        assert proven
        assert lyapunov_error_bound(A, np.eye(size), V) <= ROUNDING


@pytest.mark.parametrize(("change", "kind"), [(-1, "unstable"), (0, "marginal")])
def test_the_first_refused_of_a_mixture_is_named(change, kind):
    A, D = mixture(6)
    A[[17, 20]] *= change
    with pytest.raises(UnstableError, match=rf"A at index \(17,\) is {kind}"):
        solve_lyapunov(A, D)


def test_the_index_is_that_of_the_drift_before_broadcasting():
    A, D = stable_matrices(4, 3)
    A[1] *= -1
    with pytest.raises(UnstableError, match=r"A at index \(1, 0\) is unstable"):
        solve_lyapunov(A[:, None], D[1:])
    with pytest.raises(UnstableError, match="A is unstable"):
        solve_lyapunov(A[1], D)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (2, 1)])
@pytest.mark.parametrize("which", [0, 1])
def test_an_element_that_is_not_finite_is_refused_in_any_lane(which, place, bad):
    matrices = [each.copy() for each in stable_matrices(4, 21)]
    for lane in range(8):
        broken = [each.copy() for each in matrices]
        for i, j in {place, place[::-1]}:
            broken[which][8 + lane, i, j] = bad
        with pytest.raises(ValueError, match=f"{'AD'[which]} must be finite"):
            solve_lyapunov(*broken)


def test_an_asymmetric_diffusion_is_refused_in_any_lane():
    A, D = stable_matrices(4, 21)
    for lane in range(8):
        broken = D.copy()
        broken[8 + lane, 2, 1] += 1e-11 * np.abs(D[8 + lane]).max()
        with pytest.raises(ValueError, match="D must be symmetric"):
            solve_lyapunov(A, broken)


def test_layout_and_type_of_the_input_change_nothing_and_compile_nothing():
    A, D = (np.round(each / 1e4) for each in stable_matrices(4, 6))
    A -= 400 * np.eye(4)
    V = solve_lyapunov(A, D)
    fixed = A.copy()
    fixed.flags.writeable = False
    for offered in (
        fixed,
        np.asfortranarray(A),
        A.astype(int),
        A.astype(np.float32),
        A.astype(">f8"),
        A.tolist(),
    ):
        np.testing.assert_array_equal(solve_lyapunov(offered, D), V)
    np.testing.assert_array_equal(solve_lyapunov(np.repeat(A, 2, axis=0)[::2], D), V)
    np.testing.assert_array_equal(solve_lyapunov(A[:, None], D[None, :1])[:, 0][:1], V[:1])
    assert len(solver.KERNELS.compiled().covariances.signatures) == 1
