"""The most probable escape path from a branch, and what truncated Wigner drops along it."""

import numpy as np
import pytest

from qlangevin.analysis.switching.escape import escape, moyal_term
from qlangevin.sde import Model
from qlangevin.sde.terms import detune, kerr, lose, press
from qlangevin.steady import steady_state

from .double_well import LENGTH, DoubleWell
from .fokker_planck import slow_rate
from .spirals import duffing_oscillator, kerr_cavity

BOXES = {
    (0.4, 2.4): ((-0.5, -1.0), (0.8, 0.8), (80, 80)),
    (0.15, 3.84): ((-0.5, -2.0), (0.9, 0.9), (100, 100)),
}
"""Centre, scale and levels of the Hermite functions for the Fokker–Planck equation."""


@pytest.mark.parametrize("tilt", [0.0, 0.05])
def test_the_action_of_a_potential_is_its_barrier_over_the_temperature(tilt):
    well = DoubleWell(tilt=tilt)
    a, saddle, b = np.sort(np.roots([-1.0, 0.0, 1.0, tilt]).real)
    for start in (a, b):
        found = escape(
            well.model(), np.array([LENGTH * start, 0.0]), np.array([LENGTH * saddle, 0.0]), 1.0
        )
        assert found.action == pytest.approx(
            (well.energy(saddle) - well.energy(start)) / well.temperature, rel=2e-3
        )


def test_the_action_of_a_spiralling_well_without_noise_on_its_position_is_the_same_barrier():
    """Energy 10/4 at temperature ½, whatever the friction."""
    model = duffing_oscillator(friction=0.4)
    found = escape(model, np.array([np.sqrt(10.0), 0.0]), np.zeros(2), 0.2)
    assert found.action == pytest.approx(2.5 / 0.5, rel=0.02)


def test_the_dropped_moyal_term_is_a_third_derivative():
    """h₃ of (K/2)|α|⁴ and of −G|α|²q, by hand.

    They are (K/8) (Xp_Y − Yp_X)(p_X² + p_Y²) and −(G/8) (p_X² + p_Y²) p_p.
    """
    u, p = np.random.default_rng(1).normal(size=(2, 5, 4))
    model = Model.build(["a", "m"], [kerr("a", 0.7)])
    X, Y, P_X, P_Y = u[:, 0], u[:, 1], p[:, 0], p[:, 1]
    np.testing.assert_allclose(
        moyal_term(model, u, p), 0.7 / 8 * (X * P_Y - Y * P_X) * (P_X**2 + P_Y**2)
    )
    pressed = Model.build(
        ["a", "m"], [press("a", "m", 0.3), detune("m", 1.0), lose("a", "o", energy_rate=1.0)]
    )
    np.testing.assert_allclose(moyal_term(pressed, u, p), -0.3 / 8 * (P_X**2 + P_Y**2) * p[:, 3])


@pytest.mark.parametrize(
    ("parameters", "exact"), [((0.4, 2.4), 0.0038088), ((0.15, 3.84), 2.2747e-6)]
)
def test_the_dropped_term_shows_where_truncated_wigner_fails(parameters, exact):
    """Kerr cavities whose slow rate in truncated Wigner is 3.6 and some 200 times the exact one.

    To first order the logarithm of that factor comes out as 0.77 and 0.38 of what it is.
    """
    model = kerr_cavity(*parameters)
    low, saddle, _ = steady_state(model)["mean"].values
    found = escape(model, low, saddle, 0.5)
    slow, _ = slow_rate(model, *BOXES[parameters])
    assert found.dropped < -0.5
    assert found.dropped == pytest.approx(
        0.5 * np.log(exact / slow), abs=0.3 * abs(np.log(exact / slow))
    )


def test_without_a_saddle_beside_a_stable_branch_there_is_no_escape_path():
    model = kerr_cavity()
    low, saddle, high = steady_state(model)["mean"].values
    assert escape(model, saddle, saddle, 0.5) is None
    assert escape(model, low, high, 0.5) is None
