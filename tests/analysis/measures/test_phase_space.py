"""Wigner functions against integrals, moments, projections done on a grid, and a second formula."""

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import multivariate_normal

from qlangevin.analysis import gaussian as g
from qlangevin.analysis.phase_space import quadrature_density, wigner, wigner_marginal

from ..states import direct_sum, exact, random_state, seeds, thermal, two_mode_squeezed

WIDE = np.linspace(-20, 20, 401)
"""An axis of over seven standard deviations of every quadrature: sums are integrals to rounding."""
STEP = WIDE[1] - WIDE[0]


def mesh(*axes):
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def state(seed, modes, mean=True):
    rng = np.random.default_rng(seed)
    return random_state(rng, modes, [0.2] * modes), rng.normal(size=2 * modes) if mean else None


@exact
@given(seeds)
def test_the_density_is_the_normal_one(seed):
    V, mean = state(seed, 2)
    points = np.random.default_rng(seed).normal(size=(5, 4))
    np.testing.assert_allclose(
        wigner(V, points, mean), multivariate_normal(mean, V).pdf(points), rtol=1e-9
    )


@pytest.mark.parametrize("modes", [1, 2, 3])
def test_vacuum_peaks_at_pi_to_minus_n(modes):
    """Twice the parity of every mode, over 2π."""
    assert wigner(0.5 * np.eye(2 * modes), np.zeros(2 * modes)) == pytest.approx(
        np.pi**-modes, rel=1e-14
    )


def test_one_mode_integrates_to_one_and_its_square_to_the_purity_over_2_pi():
    V, mean = state(4, 1)
    W = wigner(V, mesh(WIDE, WIDE), mean)
    assert W.sum() * STEP**2 == pytest.approx(1, rel=1e-12)
    assert 2 * np.pi * np.sum(W**2) * STEP**2 == pytest.approx(g.purity(V), rel=1e-12)


@pytest.mark.parametrize(("k", "l"), [(0, 1), (0, 2), (3, 1), (2, 3)])
def test_projections_have_unit_integral_and_the_moments_of_their_block(k, l):  # noqa: E741
    V, mean = state(7, 2)
    density = wigner_marginal(V, k, l, WIDE, WIDE, mean) * STEP**2
    points = mesh(WIDE, WIDE)
    centre = np.einsum("xyk,xy->k", points, density)
    away = points - centre
    assert density.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(centre, mean[[k, l]], atol=1e-12)
    np.testing.assert_allclose(
        np.einsum("xyk,xyl,xy->kl", away, away, density), V[np.ix_([k, l], [k, l])], atol=1e-12
    )


@pytest.mark.parametrize(("k", "l"), [(0, 1), (1, 2), (3, 0)])
def test_projections_are_the_full_function_with_the_others_integrated_out(k, l):  # noqa: E741
    """Sums at half a standard deviation are off by e^{−2π²/0.25} ≈ 10⁻³⁴ of a normal density."""
    V, mean = state(11, 2)
    x = np.array([-0.7, 0.1, 1.2])
    y = np.array([0.3, 0.9])
    rest = np.linspace(-8, 8, 81)
    full = np.zeros((3, 2, 81, 81, 4))
    others = [m for m in range(4) if m not in (k, l)]
    full[..., [k, l, *others]] = mesh(x, y, rest, rest)
    integral = wigner(V, full, mean).sum(axis=(-2, -1)) * (rest[1] - rest[0]) ** 2
    np.testing.assert_allclose(wigner_marginal(V, k, l, x, y, mean), integral, rtol=1e-9)


@pytest.mark.parametrize("k", range(4))
def test_the_density_of_one_quadrature_is_its_projection(k):
    V, mean = state(13, 2)
    x = np.array([-1.0, 0.0, 0.4])
    projected = wigner_marginal(V, k, (k + 1) % 4, x, WIDE, mean).sum(axis=-1) * STEP
    np.testing.assert_allclose(quadrature_density(V, k, x, mean), projected, rtol=1e-10)
    assert quadrature_density(V, k, WIDE).sum() * STEP == pytest.approx(1, rel=1e-12)


def test_exchanged_quadratures_exchange_the_axes():
    V, mean = state(17, 2)
    x = np.linspace(-1, 1, 4)
    y = np.linspace(0, 2, 3)
    exchanged = wigner_marginal(V, 3, 0, y, x, mean).T
    np.testing.assert_allclose(wigner_marginal(V, 0, 3, x, y, mean), exchanged, rtol=1e-12)


def test_squeezing_along_a_quadrature_of_any_strength_costs_no_digits():
    V = np.diag([0.5e-12, 0.5e12])
    assert wigner(V, np.array([1e-6, 1e6])) == pytest.approx(np.exp(-2) / np.pi, rel=1e-12)


def test_far_from_the_mean_the_density_vanishes_without_a_warning():
    assert wigner(0.5 * np.eye(2), np.array([1e3, 0.0])) == 0


def test_axes_of_states_come_before_axes_of_points():
    V = np.array([[two_mode_squeezed(r, n) for r in (0.1, 0.5, 0.9)] for n in (0.0, 1.0)])
    mean = np.arange(12.0).reshape(3, 4) / 10
    points = np.zeros((5, 7, 4))
    x = np.linspace(-1, 1, 4)
    y = np.linspace(-2, 2, 5)
    assert wigner(V, points, mean).shape == (2, 3, 5, 7)
    assert wigner(V, points[0, 0]).shape == (2, 3)
    assert wigner_marginal(V, 0, 2, x, y, mean).shape == (2, 3, 4, 5)
    assert quadrature_density(V, 1, x, mean).shape == (2, 3, 4)
    np.testing.assert_allclose(
        wigner_marginal(V, 0, 2, x, y, mean)[1, 2],
        wigner_marginal(V[1, 2], 0, 2, x, y, mean[2]),
        rtol=1e-13,
    )
    assert quadrature_density(V[0, 0], 0, x, np.zeros((6, 4))).shape == (6, 4)


def test_states_without_a_density_are_nan_and_leave_the_others_alone():
    singular = direct_sum(np.array([[1.0, 1.0], [1.0, 1.0]]), thermal(0))
    V = np.stack(
        [
            thermal(0, 0),
            np.full((4, 4), np.nan),
            np.diag([1, 1, -1.0, 1]),
            singular,
            np.diag([0, 1.0, 1, 1]),
        ]
    )
    assert np.isnan(wigner(V, np.zeros(4))).tolist() == [False, True, True, True, True]
    assert np.isnan(wigner(V[0], np.zeros(4), np.array([np.nan, 0, 0, 0])))
    assert np.isfinite(wigner_marginal(V[3], 0, 2, [0.0], [0.0])).all()


def test_a_covariance_singular_but_for_rounding_has_no_density():
    """Rounding leaves the zero eigenvalue of some of these above zero."""
    half = np.random.default_rng(0).normal(size=(20, 4, 3))
    V = half @ half.swapaxes(-1, -2)
    assert (np.linalg.eigvalsh(V)[:, 0] > 0).any()
    assert np.isnan(wigner(V, np.zeros(4))).all()


def test_points_means_and_axes_of_another_shape_are_refused():
    with pytest.raises(
        ValueError, match=r"points must have shape \(\.\.\., 4\).* \(got \(3, 2\)\)"
    ):
        wigner(np.eye(4), np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"mean must have shape \(\.\.\., 4\).* \(got \(2,\)\)"):
        wigner_marginal(np.eye(4), 0, 1, [0.0], [0.0], np.zeros(2))
    with pytest.raises(ValueError, match=r"y must have one axis \(got shape \(2, 2\)\)"):
        wigner_marginal(np.eye(4), 0, 1, [0.0], np.zeros((2, 2)))


def test_quadratures_that_are_not_there_or_the_same_are_refused():
    with pytest.raises(
        ValueError, match=r"l must lie between 0 and 3, the quadratures of V \(got 4\)"
    ):
        wigner_marginal(np.eye(4), 0, 4, [0.0], [0.0])
    with pytest.raises(ValueError, match=r"k and l must be different quadratures \(got k=1, l=1\)"):
        wigner_marginal(np.eye(4), 1, 1, [0.0], [0.0])
    with pytest.raises(
        ValueError, match=r"quadrature must be a quadrature index \(got 'left.q'\); names need"
    ):
        quadrature_density(np.eye(4), "left.q", [0.0])
