"""Measures of covariances that are hard for arithmetic: squeezed, hot, missing, or in batches."""

import numpy as np
import pytest

from qlangevin.analysis import gaussian as g

from ..states import FLIP, direct_sum, random_state, thermal, two_mode_squeezed


@pytest.mark.parametrize("exponent", [3, 10, 20])
def test_local_squeezing_of_any_strength_costs_no_digits(exponent):
    """V reaches 10¹² while ν⁻ = e^{−2}/2; scaling by powers of two keeps the entries exact."""
    V = two_mode_squeezed(1.0)
    s = 2.0**exponent
    scale = np.array([s, 1 / s, 1 / s, s])
    squeezed = V * np.outer(scale, scale)
    assert g.log_negativity(squeezed, 0, 1) == pytest.approx(2.0, rel=1e-14)
    assert g.steering(squeezed, 0, 1) == pytest.approx(np.log(np.cosh(2.0)), rel=1e-14)
    assert g.reid(squeezed, 1, 0) == pytest.approx(0.5 / np.cosh(2.0), rel=1e-14)
    np.testing.assert_allclose(g.symplectic_eigenvalues(squeezed), 0.5, rtol=1e-14)


def hot_correlated(low, high):
    """Entries exact in binary; (X₁ − X₂)/√2 and (P₁ + P₂)/√2 have variance low = ν⁻, others high.

    The conditional variance of either mode given the other is (c² − d²)/c = low·high/c, c = (low +
    high)/2.
    """
    c = (low + high) / 2 * np.eye(2)
    d = (high - low) / 2 * FLIP
    return np.block([[c, d], [d, c]])


@pytest.mark.parametrize(("low", "high"), [(2.0**-4, 2.0**20), (2.0**-6, 2.0**22)])
def test_negativity_and_reid_are_accurate_at_variances_of_a_million(low, high):
    V = hot_correlated(low, high)
    rounding = 4 * np.finfo(float).eps * high / low
    product = 2 * low * high / (low + high)
    assert V.max() > 5e5
    assert g.log_negativity(V, 0, 1) == pytest.approx(-np.log(2 * low), abs=rounding)
    assert g.reid(V, 0, 1) == pytest.approx(product, rel=rounding)
    assert g.steering(V, 0, 1) == pytest.approx(-np.log(2 * product), abs=rounding)


def test_a_hot_mode_beside_a_pure_pair_does_not_change_its_measures():
    V = direct_sum(thermal(1e6), two_mode_squeezed(0.05))
    assert g.log_negativity(V, 1, [2, 0]) == pytest.approx(0.1, abs=1e-12)


def test_unstable_points_give_nan_and_do_not_affect_the_others():
    V = np.stack(
        [
            two_mode_squeezed(1.0),
            np.full((4, 4), np.nan),
            two_mode_squeezed(0.5),
            np.full((4, 4), np.inf),
        ]
    )
    V[3] = np.where(np.eye(4), np.inf, 0)
    expected = np.array([1.0, np.nan, 0.5, np.nan])
    np.testing.assert_allclose(g.log_negativity(V, 0, 1), 2 * expected)
    np.testing.assert_allclose(g.steering(V, 0, 1), np.log(np.cosh(2 * expected)))
    np.testing.assert_allclose(g.reid(V, 0, 1), 0.5 / np.cosh(2 * expected))
    np.testing.assert_allclose(g.purity(V), np.where(np.isnan(expected), np.nan, 1.0))
    assert np.isnan(g.symplectic_eigenvalues(V)[[1, 3]]).all()
    assert np.isfinite(g.populations(V)[[0, 2]]).all()


def test_a_matrix_that_is_no_covariance_gives_nan():
    V = np.stack([np.diag([1.0, 1.0, -1.0, 1.0]), 0.5 * np.eye(4)])
    np.testing.assert_allclose(g.log_negativity(V, 0, 1), [np.nan, 0.0])
    np.testing.assert_allclose(g.purity(V), [np.nan, 1.0])


def test_a_noiseless_quadrature_has_eigenvalue_zero_and_is_skipped():
    V = np.diag([0.0, 1.0, 0.5, 0.5])
    np.testing.assert_allclose(g.symplectic_eigenvalues(V), [0.0, 0.5])
    np.testing.assert_allclose(g.conditional(V, 0, 1), 0.5 * np.eye(2))
    assert g.log_negativity(V, 0, 1) == np.inf


def test_leading_axes_pass_through_every_measure():
    rng = np.random.default_rng(5)
    V = np.array([[random_state(rng, 3) for _ in range(4)] for _ in range(2)])
    for measure in (g.log_negativity, g.steering, g.reid):
        values = measure(V, [0, 2], 1)
        assert values.shape == (2, 4)
        assert values[1, 2] == pytest.approx(measure(V[1, 2], [0, 2], 1), rel=1e-12, abs=1e-14)
    assert g.purity(V).shape == (2, 4)
    assert g.symplectic_eigenvalues(V).shape == g.populations(V).shape == (2, 4, 3)
    assert g.conditional(V, 0, [1, 2]).shape == (2, 4, 4, 4)
    assert g.log_negativity(np.zeros((0, 4, 4)), 0, 1).shape == (0,)
