"""Measures against closed forms, and against second formulas written here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qlangevin.analysis import gaussian as g

from ..states import (
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


def test_reduced_state_keeps_the_requested_order():
    V = thermal(1, 2, 3)
    np.testing.assert_array_equal(g.reduced(V, [2, 0]), thermal(3, 1))
    np.testing.assert_array_equal(g.reduced(V, 1), thermal(2))


@pytest.mark.parametrize("r", [0.0, 0.1, 1.0, 3.0])
def test_two_mode_squeezed_vacuum_has_negativity_2r_and_steering_ln_cosh_2r(r):
    """ν⁻ = e^{−2r}/2 is a difference of rounded entries e^{2r}/4: a condition number of e^{4r}."""
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
    V = two_mode_squeezed(1.2, occupation)
    r = 1.2
    noise = np.log(2 * occupation + 1)
    assert g.log_negativity(V, 0, 1) == pytest.approx(max(0, 2 * r - noise), abs=1e-13)
    assert g.steering(V, 0, 1) == pytest.approx(max(0, np.log(np.cosh(2 * r)) - noise), abs=1e-13)
    assert g.purity(V) == pytest.approx((2 * occupation + 1) ** -2)


@pytest.mark.parametrize("transmission", [0.2, 0.5, 0.8])
def test_loss_on_one_mode_leaves_one_way_steering_below_half_transmission(transmission):
    r = 0.8
    V = loss(two_mode_squeezed(r), [1.0, transmission])
    c = np.cosh(2 * r)
    t = transmission
    det_V = ((t + (1 - t) * c) / 4) ** 2
    forward = np.log(c**2 / (16 * det_V)) / 2
    backward = np.log((t * c + 1 - t) ** 2 / (16 * det_V)) / 2
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
    A = V[:2, :2]
    B = V[2:, 2:]
    C = V[:2, 2:]
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
    V = random_state(rng, 3, [0.0, 0.2, 0.4])
    S = local_symplectic(rng, 3)
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
    product = g.reid(V, [0, 2], 1)
    root = np.sqrt(np.linalg.det(inferred))
    assert product >= root * (1 - 1e-12)
    np.testing.assert_allclose(product**2 - root**2, inferred[0, 1] ** 2, atol=1e-10)
