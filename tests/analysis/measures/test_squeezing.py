"""Squeezing of one mode, and the quadrature in which it shows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlangevin.analysis import gaussian as g

from ..states import direct_sum, exact, passive, random_state, rotation, seeds, thermal

DB = 20 / np.log(10)
"""dB by which e^{−2r} in variance falls per unit of r."""


def squeezed(r, angle=0.0, occupation=0.0):
    R = rotation(angle)
    return R @ np.diag([np.exp(-2 * r), np.exp(2 * r)]) @ R.T * (occupation + 0.5)


@exact
@given(st.floats(0.05, 2), st.floats(-1.5, 1.5), st.floats(0, 10))
def test_a_squeezed_thermal_mode_shows_r_and_its_angle(r, angle, occupation):
    """Rotation rounds entries e^{2r} whose difference is e^{−2r}: a condition number of e^{4r}."""
    V = direct_sum(thermal(3), squeezed(r, angle, occupation))
    rounding = 8 * np.finfo(float).eps * np.exp(4 * r)
    expected = DB * r - 10 * np.log10(2 * occupation + 1)
    assert g.squeezing(V, 1) == pytest.approx(expected, abs=10 * rounding)
    assert g.squeezing_angle(V, 1) == pytest.approx(angle, abs=1e-13)


def test_half_the_vacuum_variance_is_three_decibels():
    assert g.squeezing(np.diag([0.25, 1.0]), 0) == pytest.approx(3.0103, abs=1e-5)


@exact
@given(seeds)
def test_no_quadrature_varies_less(seed):
    V = random_state(np.random.default_rng(seed), 2)
    angles = np.linspace(0, np.pi, 1000)
    direction = np.stack([np.cos(angles), np.sin(angles)])
    variances = np.einsum("ka,kl,la->a", direction, V[2:, 2:], direction)
    theta = g.squeezing_angle(V, 1)
    found = np.array([np.cos(theta), np.sin(theta)]) @ V[2:, 2:] @ [np.cos(theta), np.sin(theta)]
    assert found <= variances.min() * (1 + 1e-12)
    assert g.squeezing(V, 1) == pytest.approx(-10 * np.log10(2 * found), abs=1e-10)


def test_vacuum_and_thermal_states_are_not_squeezed_and_have_angle_zero():
    assert g.squeezing(thermal(0), 0) == 0
    assert not np.signbit(g.squeezing(thermal(0), 0))
    assert g.squeezing(thermal(4.5), 0) == pytest.approx(-10)
    assert g.squeezing_angle(thermal(4.5), 0) == 0


@pytest.mark.parametrize("cross", [0.0, -0.0])
def test_squeezing_along_y_has_angle_plus_half_pi(cross):
    assert g.squeezing_angle(np.array([[1.0, cross], [cross, 0.25]]), 0) == np.pi / 2


def test_strong_squeezing_along_a_quadrature_costs_no_digits():
    assert g.squeezing(np.diag([0.5e-12, 0.5e12]), 0) == pytest.approx(120, rel=1e-14)


@exact
@given(seeds)
def test_interferometers_make_no_squeezing(seed):
    rng = np.random.default_rng(seed)
    U = passive(rng, 2)
    V = U @ direct_sum(squeezed(0.5), thermal(0)) @ U.T
    V = (V + V.T) / 2
    assert max(g.squeezing(V, 0), g.squeezing(V, 1)) <= DB * 0.5 + 1e-12
    assert g.squeezing(U @ thermal(0, 0) @ U.T, 0) == pytest.approx(0, abs=1e-13)


def test_a_missing_state_does_not_affect_the_others():
    V = np.stack(
        [
            np.diag([0.25, 1.0]),
            np.diag([np.inf, 0.5]),
            np.full((2, 2), np.nan),
            np.diag([-1.0, 1.0]),
        ]
    )
    assert np.isnan(g.squeezing(V, 0)).tolist() == [False, True, True, True]
    assert np.isnan(g.squeezing_angle(V, 0)).tolist() == [False, True, True, True]


def test_squeezing_of_several_modes_is_refused():
    with pytest.raises(ValueError, match=r"mode must be a single mode \(got \[0, 1\]\)"):
        g.squeezing(np.eye(4), [0, 1])
    with pytest.raises(ValueError, match=r"mode must lie between 0 and 1"):
        g.squeezing_angle(np.eye(4), 2)
