"""Where runs start."""

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model
from qlangevin.sde.initial_states import dark_state, start_state
from qlangevin.sde.model.uncertainty import uncertainty_margin
from qlangevin.sde.systems import CascadedResonators, SpinningResonator
from qlangevin.sde.terms import detune, exchange, lose, rub


def test_the_dark_state_is_vacuum_light_and_thermal_motion():
    system = SpinningResonator.published()
    dark = dark_state(system.model())
    thermal = float(system.occupation) + 0.5
    np.testing.assert_array_equal(dark.mean, 0)
    np.testing.assert_allclose(dark.covariance, np.diag([0.5] * 4 + [thermal] * 2), rtol=1e-12)


def test_a_mode_between_two_baths_starts_at_their_weighted_mean():
    terms = [
        lose("a", "p", energy_rate=1.0, occupation=0.0),
        lose("a", "q", energy_rate=3.0, occupation=4.0),
    ]
    np.testing.assert_allclose(dark_state(Model.build(["a"], terms)).covariance, 3.5 * np.eye(2))


def test_couplings_between_modes_do_not_enter_the_dark_state():
    terms = [
        exchange("a", "m", 5.0),
        detune("m", 9.0),
        lose("a", "p", energy_rate=1.0),
        rub("m", 0.1, occupation=2.0),
    ]
    np.testing.assert_allclose(
        dark_state(Model.build(["a", "m"], terms)).covariance, np.diag([0.5, 0.5, 2.5, 2.5])
    )


def test_a_mode_without_damping_has_no_dark_state():
    with pytest.raises(ValueError, match="mode 'a' has no net damping"):
        dark_state(Model.build(["a"], [detune("a", 1.0)]))


def test_steady_states_with_published_noise_may_be_started_from():
    system = CascadedResonators.published(spin_left=0.6e6)
    start = start_state(system, "steady", None)
    assert uncertainty_margin(start.covariance) < -0.1


def test_a_start_of_another_size_is_refused():
    with pytest.raises(ValueError, match="2 quadratures, the model 6"):
        start_state(SpinningResonator.published(), Gaussian(np.zeros(2), np.eye(2)), None)


def test_a_branch_without_a_steady_start_is_refused():
    with pytest.raises(ValueError, match="branch = 7 needs start='steady'"):
        start_state(SpinningResonator.published(), "dark", 7)


def test_many_starts_for_one_model_are_refused():
    many = Gaussian(np.zeros((3, 6)), np.broadcast_to(np.eye(6), (3, 6, 6)))
    with pytest.raises(ValueError, match="give one state"):
        start_state(SpinningResonator.published(), many, None)
