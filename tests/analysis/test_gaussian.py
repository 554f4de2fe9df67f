"""Measures against closed forms, against second formulas written here, and on covariances hard for
arithmetic.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qlangevin.analysis import gaussian as g

from .states import (
    FLIP,
    direct_sum,
    exact,
    local_symplectic,
    loss,
    random_state,
    seeds,
    thermal,
    two_mode_squeezed,
)

NEITHER_WAY = pytest.approx(0.0, abs=1e-14)


def test_symplectic_form_is_that_of_paired_quadratures():
    omega = g.symplectic_form(2)
    np.testing.assert_array_equal(omega, [[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1], [0, 0, -1, 0]])


def test_reduced_state_keeps_the_order_asked_for():
    V = thermal(1, 2, 3)
    np.testing.assert_array_equal(g.reduced(V, [2, 0]), thermal(3, 1))
    np.testing.assert_array_equal(g.reduced(V, 1), thermal(2))


@pytest.mark.parametrize("r", [0.0, 0.1, 1.0, 3.0])
def test_two_mode_squeezed_vacuum_has_negativity_2r_and_steering_ln_cosh_2r(r):
    """The entries e^{2r}/4 are rounded, and ν⁻ = e^{−2r}/2 is their difference: a condition number
    of e^{4r}.
    """
    V = two_mode_squeezed(r)
    rounding = 4 * np.finfo(float).eps * np.exp(4 * r)
    assert g.log_negativity(V, 0, 1) == pytest.approx(2 * r, abs=rounding)
    assert g.steering(V, 0, 1) == pytest.approx(np.log(np.cosh(2 * r)), abs=rounding)
    assert g.steering(V, 1, 0) == pytest.approx(np.log(np.cosh(2 * r)), abs=rounding)
    assert g.reid(V, 0, 1) == pytest.approx(0.5 / np.cosh(2 * r), rel=1e-10)
    assert g.purity(V) == pytest.approx(1, rel=1e-10)
    assert g.populations(V) == pytest.approx(np.sinh(r) ** 2, abs=1e-13)


@pytest.mark.parametrize("occupation", [0.3, 2.0, 50.0])
def test_two_mode_squeezed_thermal_state_loses_ln_2n_plus_1(occupation):
    V, r = two_mode_squeezed(1.2, occupation), 1.2
    noise = np.log(2 * occupation + 1)
    assert g.log_negativity(V, 0, 1) == pytest.approx(max(0, 2 * r - noise), abs=1e-13)
    assert g.steering(V, 0, 1) == pytest.approx(max(0, np.log(np.cosh(2 * r)) - noise), abs=1e-13)
    assert g.purity(V) == pytest.approx((2 * occupation + 1) ** -2)


@pytest.mark.parametrize("transmission", [0.2, 0.5, 0.8])
def test_loss_on_one_mode_leaves_one_way_steering_below_half_transmission(transmission):
    r = 0.8
    V, c, t = loss(two_mode_squeezed(r), [1.0, transmission]), np.cosh(2 * r), transmission
    det_V = ((t + (1 - t) * c) / 4) ** 2
    forward, backward = (
        np.log(c**2 / (16 * det_V)) / 2,
        np.log((t * c + 1 - t) ** 2 / (16 * det_V)) / 2,
    )
    assert g.steering(V, 0, 1) == pytest.approx(max(0, forward), abs=1e-13)
    assert g.steering(V, 1, 0) == pytest.approx(max(0, backward), abs=1e-13)
    assert g.steering(V, 0, 1) > 0
    assert (g.steering(V, 1, 0) > 1e-12) == (transmission > 0.5)
    assert g.log_negativity(V, 0, 1) > 0


def test_product_states_have_no_correlation_measure():
    V = direct_sum(0.5 * np.diag([4.0, 0.25]), thermal(3), thermal(0))
    for measure in (g.log_negativity, g.steering):
        assert measure(V, 0, 1) == NEITHER_WAY
        assert measure(V, [1, 0], 2) == NEITHER_WAY
    np.testing.assert_allclose(g.conditional(V, 0, [1, 2]), thermal(3, 0))


def test_no_entanglement_is_plus_zero():
    assert not np.signbit(g.log_negativity(0.5 * np.eye(4), 0, 1))


def test_thermal_state_has_eigenvalues_n_plus_half_and_its_own_quanta():
    V = thermal(7, 0, 0.2)
    np.testing.assert_allclose(g.symplectic_eigenvalues(V), [0.5, 0.7, 7.5], rtol=1e-14)
    np.testing.assert_allclose(g.populations(V), [7, 0, 0.2], atol=1e-15)
    assert g.purity(V) == pytest.approx(1 / (15 * 1.4))


def test_populations_count_the_quanta_of_the_mean():
    mean = np.array([3.0, 4.0, 0.0, 2.0])
    np.testing.assert_allclose(g.populations(thermal(1, 0), mean), [1 + 12.5, 2])


def test_populations_broadcast_mean_against_covariance():
    assert g.populations(np.broadcast_to(thermal(1, 0), (5, 4, 4)), np.zeros((3, 1, 4))).shape == (
        3,
        5,
        2,
    )


@exact
@given(seeds, st.integers(1, 4))
def test_symplectic_eigenvalues_are_williamsons(seed, modes):
    rng = np.random.default_rng(seed)
    occupations = np.sort(rng.exponential(size=modes))
    V = random_state(rng, modes, occupations)
    np.testing.assert_allclose(g.symplectic_eigenvalues(V), occupations + 0.5, rtol=1e-9)
    np.testing.assert_allclose(g.purity(V), 0.5**modes / np.sqrt(np.linalg.det(V)), rtol=1e-8)


@exact
@given(seeds)
def test_single_modes_agree_with_the_determinant_formulas(seed):
    V = random_state(np.random.default_rng(seed), 2, [0.1, 0.6])
    A, B, C = V[:2, :2], V[2:, 2:], V[:2, 2:]
    det = np.linalg.det
    sigma = det(A) + det(B) - 2 * det(C)
    least = np.sqrt((sigma - np.sqrt(sigma**2 - 4 * det(V))) / 2)
    np.testing.assert_allclose(g.transposed_eigenvalues(V, 0, 1)[0], least, rtol=1e-7)
    np.testing.assert_allclose(g.log_negativity(V, 0, 1), max(0, -np.log(2 * least)), atol=1e-7)
    np.testing.assert_allclose(
        g.steering(V, 0, 1), max(0, np.log(det(A) / (4 * det(V))) / 2), atol=1e-8
    )
    np.testing.assert_allclose(
        g.conditional(V, 0, 1), B - C.T @ np.linalg.inv(A) @ C, rtol=1e-8, atol=1e-9
    )


@exact
@given(seeds)
def test_many_modes_agree_with_plain_eigenvalues(seed):
    V = random_state(np.random.default_rng(seed), 4)
    turned = np.diag([1.0, 1, 1, -1, 1, -1, 1, 1])
    values = np.abs(np.linalg.eigvals(g.symplectic_form(4) @ turned @ V @ turned))
    np.testing.assert_allclose(
        g.transposed_eigenvalues(V, [1, 2], [0, 3]), np.sort(values)[::2], rtol=1e-8
    )
    inverse = np.linalg.inv(np.linalg.inv(V)[4:, 4:])
    np.testing.assert_allclose(g.conditional(V, [0, 1], [2, 3]), inverse, rtol=1e-7, atol=1e-8)


@exact
@given(seeds)
def test_local_symplectic_operations_change_no_correlation_measure(seed):
    rng = np.random.default_rng(seed)
    V, S = random_state(rng, 3, [0.0, 0.2, 0.4]), local_symplectic(rng, 3)
    moved = S @ V @ S.T
    for i, j in ((0, 1), (2, 0), ([0, 1], 2), (1, [2, 0])):
        for measure in (g.log_negativity, g.steering):
            np.testing.assert_allclose(measure(moved, i, j), measure(V, i, j), atol=1e-8)
    np.testing.assert_allclose(
        g.symplectic_eigenvalues(moved), g.symplectic_eigenvalues(V), rtol=1e-9
    )


@exact
@given(seeds)
def test_negativity_is_symmetric_and_grows_with_the_parties(seed):
    V = random_state(np.random.default_rng(seed), 3, [0.0, 0.2, 0.4])
    np.testing.assert_allclose(
        g.log_negativity(V, 0, [1, 2]), g.log_negativity(V, [2, 1], 0), atol=1e-9
    )
    assert g.log_negativity(V, 0, [1, 2]) >= g.log_negativity(V, 0, 1) - 1e-9
    assert g.steering(V, [0, 1], 2) >= g.steering(V, 0, 2) - 1e-9


@exact
@given(arrays(float, 2, elements=st.floats(0, 1.5)))
def test_two_pairs_across_a_bipartition_add_up(squeezing):
    pairs = direct_sum(*(two_mode_squeezed(r) for r in squeezing))
    np.testing.assert_allclose(
        g.log_negativity(pairs, [0, 2], [1, 3]), 2 * squeezing.sum(), atol=1e-12
    )
    np.testing.assert_allclose(
        g.steering(pairs, [0, 2], [1, 3]), np.log(np.cosh(2 * squeezing)).sum(), atol=1e-12
    )
    assert g.log_negativity(pairs, [0, 1], [2, 3]) == pytest.approx(0.0, abs=1e-12)


def test_a_shared_squeezed_mode_needs_both_partners():
    """Mode 0 of a squeezed pair; its partner spread over modes 1 and 2 by a beam splitter."""
    c = np.sqrt(0.5) * np.eye(2)
    splitter = direct_sum(np.eye(2), np.block([[c, c], [-c, c]]))
    V = splitter @ direct_sum(two_mode_squeezed(1.0), thermal(0)) @ splitter.T
    assert g.log_negativity(V, 0, [1, 2]) == pytest.approx(2.0, abs=1e-13)
    assert 0 < g.log_negativity(V, 0, 1) < 2
    assert g.log_negativity(V, 0, 1) == pytest.approx(g.log_negativity(V, 0, 2))


@exact
@given(seeds)
def test_reid_product_is_at_least_the_root_determinant_and_equal_without_cross_term(seed):
    V = random_state(np.random.default_rng(seed), 3)
    inferred = g.conditional(V, [0, 2], 1)
    product, root = g.reid(V, [0, 2], 1), np.sqrt(np.linalg.det(inferred))
    assert product >= root * (1 - 1e-12)
    np.testing.assert_allclose(product**2 - root**2, inferred[0, 1] ** 2, atol=1e-10)


@pytest.mark.parametrize("exponent", [3, 10, 20])
def test_local_squeezing_of_any_strength_costs_no_digits(exponent):
    """V reaches 10¹² while ν⁻ = e^{−2}/2; scaling by powers of two keeps the entries exact."""
    V, s = two_mode_squeezed(1.0), 2.0**exponent
    scale = np.array([s, 1 / s, 1 / s, s])
    squeezed = V * np.outer(scale, scale)
    assert g.log_negativity(squeezed, 0, 1) == pytest.approx(2.0, rel=1e-14)
    assert g.steering(squeezed, 0, 1) == pytest.approx(np.log(np.cosh(2.0)), rel=1e-14)
    assert g.reid(squeezed, 1, 0) == pytest.approx(0.5 / np.cosh(2.0), rel=1e-14)
    np.testing.assert_allclose(g.symplectic_eigenvalues(squeezed), 0.5, rtol=1e-14)


def hot_correlated(low, high):
    """Entries exact in binary: X₁ − X₂ and P₁ + P₂ over √2 have variance low, the others high; ν⁻ =
    low.

    The conditional variance of either mode given the other is (c² − d²)/c = low·high/c, c = (low +
    high)/2.
    """
    c, d = (low + high) / 2 * np.eye(2), (high - low) / 2 * FLIP
    return np.block([[c, d], [d, c]])


@pytest.mark.parametrize(("low", "high"), [(2.0**-4, 2.0**20), (2.0**-6, 2.0**22)])
def test_negativity_and_reid_survive_variances_of_a_million(low, high):
    V = hot_correlated(low, high)
    rounding = 4 * np.finfo(float).eps * high / low
    product = 2 * low * high / (low + high)
    assert V.max() > 5e5
    assert g.log_negativity(V, 0, 1) == pytest.approx(-np.log(2 * low), abs=rounding)
    assert g.reid(V, 0, 1) == pytest.approx(product, rel=rounding)
    assert g.steering(V, 0, 1) == pytest.approx(-np.log(2 * product), abs=rounding)


def test_a_hot_mode_beside_a_pure_pair_does_not_blur_it():
    V = direct_sum(thermal(1e6), two_mode_squeezed(0.05))
    assert g.log_negativity(V, 1, [2, 0]) == pytest.approx(0.1, abs=1e-12)


def test_unstable_points_give_nan_and_leave_their_neighbours_alone():
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


def test_a_noiseless_quadrature_has_eigenvalue_zero_and_teaches_nothing():
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


@pytest.mark.parametrize("V", [np.eye(3), np.ones(4), np.ones((2, 4)), np.zeros((0, 0))])
def test_covariance_of_another_shape_is_refused_with_the_shape(V):
    with pytest.raises(ValueError, match=r"V must have shape \(\.\.\., 2n, 2n\)") as refusal:
        g.purity(V)
    assert str(V.shape) in str(refusal.value)


def test_asymmetric_covariance_is_refused_with_the_remedy():
    V = np.eye(4)
    V[0, 1] = 0.25
    with pytest.raises(ValueError, match=r"V must be symmetric \(\|V − Vᵀ\| reaches 0\.25\); use"):
        g.log_negativity(V, 0, 1)


@pytest.mark.parametrize(
    ("i", "j", "message"),
    [
        (0, 2, r"j must lie between 0 and 1 for a V of 2 modes \(got 2\)"),
        (-1, 0, r"i must lie between 0 and 1 for a V of 2 modes \(got -1\)"),
        ([0, 1], 1, r"i and j must not share a mode \(got i=\[0, 1\], j=1\)"),
        ([0, 0], 1, r"i must not repeat a mode \(got \[0, 0\]\)"),
        ([], 1, r"i must name at least one mode \(got \[\]\)"),
        (0.5, 1, r"i must be mode indices \(got 0\.5\)"),
        ("driven", 1, r"i must be mode indices \(got 'driven'\); names need a labelled V"),
    ],
)
@pytest.mark.parametrize(
    "measure", [g.log_negativity, g.steering, g.reid, g.conditional, g.transposed_eigenvalues]
)
def test_modes_that_make_no_bipartition_are_refused(measure, i, j, message):
    with pytest.raises(ValueError, match=message):
        measure(np.eye(4), i, j)


def test_reid_of_several_modes_is_refused():
    with pytest.raises(ValueError, match=r"j must be a single mode \(got \[1, 2\]\); use steering"):
        g.reid(np.eye(6), 0, [1, 2])


def test_mean_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"mean must have shape \(\.\.\., 4\).* \(got \(2,\)\)"):
        g.populations(np.eye(4), np.zeros(2))
