"""Duan's sum of variances, and entanglement of three modes."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from qlangevin.analysis import gaussian as g

from ..states import (
    direct_sum,
    exact,
    local_phases,
    local_symplectic,
    loss,
    random_separable,
    random_state,
    rotation,
    seeds,
    thermal,
    two_mode_squeezed,
)


@pytest.mark.parametrize("occupation", [0.0, 0.7])
@pytest.mark.parametrize("r", [0.0, 0.3, 2.0])
def test_duan_of_two_mode_squeezing_is_the_noise_times_e_to_minus_2r(r, occupation):
    expected = (2 * occupation + 1) * np.exp(-2 * r)
    rounding = 4 * np.finfo(float).eps * (2 * occupation + 1) * np.cosh(2 * r)
    assert g.duan(two_mode_squeezed(r, occupation), 0, 1) == pytest.approx(expected, abs=rounding)


def sum_of_variances(V, t, first, second):
    """Duan's sum relative to its bound, for quadratures turned by two angles and scaled by t."""
    R = direct_sum(rotation(first), rotation(second))
    X = np.array([t, 0, -1 / t, 0]) @ R
    Y = np.array([0, t, 0, 1 / t]) @ R
    return (X @ V @ X + Y @ V @ Y) / (t**2 + 1 / t**2)


@pytest.mark.parametrize("seed", range(8))
def test_duan_is_the_least_sum_over_scalings_and_phases(seed):
    """A search to 10⁻⁴ in the arguments misses the minimum by 10⁻⁸."""
    V = random_state(np.random.default_rng(seed), 2)
    starts = [(0.0, first, second) for first in (0.0, 2.0, 4.0) for second in (0.5, 3.0)]
    sums = [
        minimize(lambda p: sum_of_variances(V, np.exp(p[0]), *p[1:]), start, method="Nelder-Mead")
        for start in starts
    ]
    assert g.duan(V, 0, 1) == pytest.approx(min(search.fun for search in sums), abs=1e-6)


def test_duan_scales_the_modes_where_only_one_is_lossy():
    V = loss(two_mode_squeezed(1.0), [1.0, 0.3])
    assert g.duan(V, 0, 1) < 0.95 * min(
        sum_of_variances(V, 1.0, phase, 0) for phase in np.linspace(0, 6.3, 200)
    )
    assert g.duan(V, 0, 1) < 1


@exact
@given(seeds)
def test_duan_never_takes_a_separable_state_for_entangled(seed):
    assert g.duan(random_separable(np.random.default_rng(seed), 2), 0, 1) >= 1 - 1e-12


@exact
@given(seeds)
def test_duan_depends_on_neither_phases_nor_order(seed):
    rng = np.random.default_rng(seed)
    V = random_state(rng, 3)
    R = local_phases(rng, 3)
    moved = R @ V @ R.T
    np.testing.assert_allclose(g.duan((moved + moved.T) / 2, 2, 0), g.duan(V, 0, 2), rtol=1e-10)


def test_local_squeezing_hides_entanglement_from_duan_alone():
    scale = np.exp([1.0, -1.0, 1.0, -1.0])
    V = two_mode_squeezed(0.5) * np.outer(scale, scale)
    assert g.duan(V, 0, 1) > 1
    assert g.log_negativity(V, 0, 1) == pytest.approx(1.0)


def ghz(r, noise=1.0):
    """One mode squeezed in Y and two in X, mixed evenly: the same for any two modes exchanged.

    Van Loock and Braunstein, doi:10.1103/PhysRevLett.84.3482.
    """
    even = np.full((3, 3), 1 / 3)
    X = np.exp(2 * r) * even + np.exp(-2 * r) * (np.eye(3) - even)
    Y = np.exp(-2 * r) * even + np.exp(2 * r) * (np.eye(3) - even)
    return noise * (np.kron(X, np.diag([1.0, 0.0])) + np.kron(Y, np.diag([0.0, 1.0]))) / 2


def symmetric_contangle(b):
    """Minimum residual contangle of a pure state of three equal modes, each with det V_i = b²/4.

    Adesso and Illuminati, doi:10.1088/1367-2630/8/1/015.
    """
    pair = (3 * b**2 - 1 - np.sqrt(9 * b**4 - 10 * b**2 + 1)) / 2
    return np.arcsinh(np.sqrt(b**2 - 1)) ** 2 - np.log(pair) ** 2 / 2


@pytest.mark.parametrize("r", [0.1, 0.5, 1.5])
def test_symmetric_pure_states_have_the_closed_residual_contangle(r):
    """The closed form cancels too, so both lose e^{4r}."""
    b = np.sqrt(4 * np.cosh(4 * r) + 5) / 3
    rounding = 1e-13 * np.exp(4 * r)
    assert g.symplectic_eigenvalues(ghz(r)[:2, :2]) == pytest.approx(b / 2)
    assert g.residual_contangle(ghz(r), 0, 1, 2) == pytest.approx(
        symmetric_contangle(b), abs=rounding
    )
    assert g.residual_contangle(ghz(r), 0, 1, 2) > 0


def test_noise_destroys_entanglement_of_three():
    values = [g.residual_contangle(ghz(0.5, noise), 0, 1, 2) for noise in (1.0, 1.2, 1.5, 4.0)]
    assert values[0] > values[1] > values[2] > values[3] == 0


@exact
@given(seeds)
def test_residual_contangle_does_not_depend_on_the_order_of_modes(seed):
    V = random_state(np.random.default_rng(seed), 4, [0.0, 0.0, 0.1, 0.2])
    values = [g.residual_contangle(V, *order) for order in permutations((0, 1, 3))]
    np.testing.assert_allclose(values, values[0], atol=1e-9)


@exact
@given(seeds)
def test_residual_contangle_does_not_change_under_local_symplectics(seed):
    rng = np.random.default_rng(seed)
    V = random_state(rng, 3, [0.0, 0.05, 0.1])
    S = local_symplectic(rng, 3)
    np.testing.assert_allclose(
        g.residual_contangle(S @ V @ S.T, 0, 1, 2), g.residual_contangle(V, 0, 1, 2), atol=1e-7
    )


@exact
@given(st.floats(0.0, 1.5), st.floats(0.0, 2.0))
def test_a_pair_beside_a_third_mode_is_not_entanglement_of_three(r, occupation):
    V = direct_sum(two_mode_squeezed(r), thermal(occupation))
    assert g.residual_contangle(V, 2, 0, 1) == pytest.approx(0.0, abs=1e-12)


@exact
@given(seeds)
def test_separable_states_have_no_residual_contangle(seed):
    assert g.residual_contangle(random_separable(np.random.default_rng(seed), 3), 0, 1, 2) == 0


@exact
@given(seeds)
def test_pure_states_obey_monogamy(seed):
    assert (
        g.residual_contangle(random_state(np.random.default_rng(seed), 3, [0.0] * 3), 0, 1, 2)
        > -1e-9
    )


def test_leading_axes_and_missing_states_pass_through():
    V = np.stack([ghz(0.5), np.full((6, 6), np.nan), ghz(0.2)])[None]
    V[0, 2, 0, 0] = np.inf
    for values, alone in (
        (g.duan(V, 0, 2), g.duan(ghz(0.5), 0, 2)),
        (g.residual_contangle(V, 0, 1, 2), g.residual_contangle(ghz(0.5), 0, 1, 2)),
    ):
        np.testing.assert_allclose(values, [[alone, np.nan, np.nan]], rtol=1e-12)


def test_duan_of_a_matrix_that_is_no_covariance_is_nan():
    assert np.isnan(g.duan(np.diag([1.0, -1.0, 1.0, 1.0]), 0, 1))


def test_modes_that_are_not_single_and_different_are_refused():
    with pytest.raises(ValueError, match=r"i, j must be different modes \(got i=1, j=1\)"):
        g.duan(np.eye(4), 1, 1)
    with pytest.raises(ValueError, match=r"j must be a single mode \(got \[1, 2\]\)"):
        g.duan(np.eye(6), 0, [1, 2])
    with pytest.raises(ValueError, match=r"i, j, k must be different modes \(got i=0, j=1, k=0\)"):
        g.residual_contangle(np.eye(6), 0, 1, 0)
    with pytest.raises(ValueError, match=r"k must lie between 0 and 1"):
        g.residual_contangle(np.eye(4), 0, 1, 2)
