"""Stability by eigenvalues and by Routh–Hurwitz, each a check on the other."""

import numpy as np
import pytest

from qlangevin.steady.stability import (
    MARGINAL,
    characteristic_polynomial,
    eigenvalues,
    instability_kind,
    margin,
    routh_hurwitz,
    spectrum,
)

RATE = 1e7
SADDLE = np.diag([0.5, -1.0])
HOPF = np.array([[0.1, -2.0], [2.0, 0.1]])
UNDAMPED = np.array([[0.0, -2.0], [2.0, 0.0]])
DAMPED = np.array([[-0.1, -2.0], [2.0, -0.1]])


def brownian(quality_factor):
    """Oscillator with friction on p, its frequency `RATE`: eigenvalue real part −RATE/(2Q)."""
    return RATE * np.array([[0.0, 1.0], [-1.0, -1 / quality_factor]])


def random_matrices(size, count=2000):
    """Random matrices shifted so that about half are stable, none within 1e-9 ‖A‖ of marginal."""
    rng = np.random.default_rng([2026, size])
    matrices = rng.normal(size=(count, size, size))
    top = np.linalg.eigvals(matrices).real.max(axis=-1)
    matrices -= (top + rng.normal(scale=0.3, size=count))[:, None, None] * np.eye(size)
    decided = np.abs(margin(matrices)) > 1e-9 * np.linalg.norm(matrices, axis=(-2, -1))
    return RATE * matrices[decided]


def test_eigenvalues_fall_in_real_part_and_keep_leading_axes():
    values = eigenvalues(random_matrices(6)[:12].reshape(3, 4, 6, 6))
    assert values.shape == (3, 4, 6)
    assert np.all(np.diff(values.real, axis=-1) <= 0)


def test_eigenvalues_are_complex_even_where_all_are_real():
    values = eigenvalues(SADDLE)
    assert values.dtype == complex
    np.testing.assert_array_equal(values, [0.5, -1.0])


def test_margin_is_the_slowest_relaxation_rate():
    np.testing.assert_allclose(
        margin(RATE * np.stack([DAMPED, SADDLE])), [0.1 * RATE, -0.5 * RATE], rtol=1e-12
    )


@pytest.mark.parametrize(
    ("A", "kind"), [(DAMPED, "stable"), (UNDAMPED, "marginal"), (SADDLE, "saddle"), (HOPF, "hopf")]
)
def test_kind_names_how_stability_is_lost(A, kind):
    assert instability_kind(A) == instability_kind(RATE * A) == kind


def test_kinds_of_a_batch_are_an_array_of_text():
    kinds = instability_kind(np.stack([DAMPED, UNDAMPED, SADDLE, HOPF]))
    assert kinds.dtype.kind == "U"
    assert kinds.tolist() == ["stable", "marginal", "saddle", "hopf"]


def test_most_unstable_eigenvalue_decides_the_kind():
    both = np.block([[HOPF, np.zeros((2, 2))], [np.zeros((2, 2)), SADDLE]])
    assert instability_kind(both) == "saddle"


@pytest.mark.parametrize("quality_factor", [1e2, 1e8, 1e12])
def test_lightly_damped_oscillator_is_stable_and_its_mirror_image_is_not(quality_factor):
    A = brownian(quality_factor)
    assert instability_kind(A) == "stable"
    assert instability_kind(-A) == "hopf"
    assert routh_hurwitz(A)
    assert not routh_hurwitz(-A)


def test_oscillator_within_the_marginal_rate_is_marginal():
    A = brownian(1e13)
    np.testing.assert_allclose(spectrum(A)[1], MARGINAL * RATE, rtol=1e-9)
    assert instability_kind(A) == instability_kind(-A) == "marginal"


def test_no_motion_at_all_is_marginal():
    assert instability_kind(np.zeros((2, 2))) == "marginal"
    assert not routh_hurwitz(np.zeros((2, 2)))


@pytest.mark.parametrize("size", range(1, 9))
def test_routh_hurwitz_agrees_with_the_eigenvalues(size):
    A = random_matrices(size)
    stable = margin(A) > 0
    assert 0.3 < stable.mean() < 0.7
    np.testing.assert_array_equal(routh_hurwitz(A), stable)


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_routh_hurwitz_agrees_near_the_boundary(size):
    A = random_matrices(size)
    edge = A + (margin(A) * (1 - 1e-7))[:, None, None] * np.eye(size)
    clear = np.abs(margin(edge)) > 1e-9 * np.linalg.norm(edge, axis=(-2, -1))
    assert clear.sum() > 1000
    np.testing.assert_array_equal(routh_hurwitz(edge[clear]), margin(edge[clear]) > 0)


def test_zero_pivot_is_not_stable():
    np.testing.assert_array_equal(
        routh_hurwitz(np.stack([UNDAMPED, np.diag([0.0, -1.0])])), [False, False]
    )


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_characteristic_polynomial_equals_that_of_the_eigenvalues(size):
    for A in random_matrices(size)[:50] / RATE:
        expected = np.poly(A)
        scale = np.linalg.norm(A) ** np.arange(size + 1)
        np.testing.assert_allclose(
            np.asarray(characteristic_polynomial(A) / scale, float), expected / scale, atol=1e-13
        )


def test_characteristic_polynomial_of_integers_is_exact():
    companion = np.diag(np.ones(3), -1)
    companion[0] = [10, -35, 50, -24]
    np.testing.assert_array_equal(characteristic_polynomial(companion), [1, -10, 35, -50, 24])


def test_characteristic_polynomial_has_the_units_of_its_matrix():
    A = random_matrices(4)[0]
    faster = characteristic_polynomial(1024 * A)
    np.testing.assert_array_equal(faster, characteristic_polynomial(A) * 1024.0 ** np.arange(5))


def test_batches_equal_single_matrices():
    A = random_matrices(6)[:6]
    for of in (eigenvalues, margin, instability_kind, characteristic_polynomial, routh_hurwitz):
        np.testing.assert_array_equal(
            of(A.reshape(2, 3, 6, 6)).reshape(of(A).shape), [of(one) for one in A]
        )


@pytest.mark.parametrize(
    "of", [eigenvalues, margin, instability_kind, characteristic_polynomial, routh_hurwitz]
)
@pytest.mark.parametrize(
    ("A", "message"),
    [
        (np.zeros((2, 3)), r"A must have shape \(..., n, n\)"),
        (np.zeros(4), r"A must have shape \(..., n, n\)"),
        (1j * np.eye(2), "A must be real"),
        (np.diag([np.nan, -1.0]), r"A must be finite \(got 1 elements"),
    ],
)
def test_bad_matrices_are_refused_by_name(of, A, message):
    with pytest.raises(ValueError, match=message):
        of(A)
