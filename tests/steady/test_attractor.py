"""Attractors of the mean field, and a limit cycle in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from qlangevin.sde import Gaussian, Model
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.terms import detune, drive, lose, squeeze
from qlangevin.steady import attractor, fixed_points
from tests import models

OMEGA = 63e6


@pytest.fixture(scope="module")
def reversed_end():
    return attractor(models.spinning().reversed())


def cavity(*terms, rate=1e6):
    return Model.build(
        ["a"],
        [detune("a", 3 * rate), drive("a", 5 * rate), lose("a", "p", amplitude_rate=rate), *terms],
    )


def circle(gain=4.0, turn=3.0, unit=1.0):
    """A circle of radius √g and period 2π/ω on the mean level.

    ẋ = zx − ωy, ẏ = ωx + zy, ż = g − z − x² − y², ẇ = −w.
    """
    A = np.array([[0, -turn, 0, 0], [turn, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, -1.0]])
    Q = Monomials(
        np.array([[0, 0, 2], [1, 1, 2], [2, 0, 0], [2, 1, 1]]),
        unit * np.array([1.0, 1.0, -1.0, -1.0]),
    )
    K = Monomials(np.zeros((0, 4), int), np.zeros(0))
    vacuum = 1.0
    c = unit * np.array([0, 0, gain + vacuum, 0])
    return Model(
        ("a", "b"), ("a.X", "a.Y", "b.X", "b.Y"), ("w",), c, unit * A, Q, K, np.zeros((4, 1)), {}
    )


def kick(mean):
    return Gaussian(np.array(mean, float), np.eye(len(mean)) / 2)


def test_spinning_resonator_forward_settles_at_its_fixed_point(spinning):
    end = attractor(spinning)
    assert (end["kind"].item(), end["branch"].item()) == ("fixed point", 0)
    np.testing.assert_array_equal(end["mean"], fixed_points(spinning)["mean"][0])
    assert 30 < end["settling_time"] * OMEGA < 80
    assert np.all(end["amplitude"] == 0)
    assert end["period"].isnull()


def test_spinning_resonator_reversed_goes_to_a_limit_cycle(reversed_end):
    assert (reversed_end["kind"].item(), reversed_end["branch"].item()) == ("limit cycle", -1)
    np.testing.assert_allclose(
        reversed_end["amplitude"].sel(quadrature="mechanical.q"), 3.575e5, rtol=1e-4
    )
    np.testing.assert_allclose(reversed_end["period"] * OMEGA, 6.2605, rtol=1e-4)


def test_limit_cycle_is_closed_and_attracting(reversed_end):
    multipliers = np.hypot(reversed_end["floquet_real"], reversed_end["floquet_imag"])
    assert reversed_end["closure"] < 1e-8
    assert reversed_end["floquet_error"] < 1e-8
    assert np.sort(multipliers)[-2] < 1


def test_large_cycle_coexists_with_a_stable_fixed_point(spinning):
    kicked = attractor(spinning, start=kick([0, 0, 0, 0, 6e5, 0]))
    assert attractor(spinning)["kind"].item() == "fixed point"
    assert kicked["kind"].item() == "limit cycle"
    assert kicked["amplitude"].sel(quadrature="mechanical.q") > 5e5


@pytest.mark.parametrize("unit", [1.0, 1e7])
def test_circular_limit_cycle_has_its_closed_form(unit):
    gain = 4.0
    turn = 3.0
    end = attractor(circle(gain, turn, unit), start=kick([0.1, 0, 0, 1]))
    period = 2 * np.pi / turn
    radial = np.linalg.eigvals([[0, np.sqrt(gain)], [-2 * np.sqrt(gain), -1]])
    expected = np.exp(period * np.array([0, -1, *radial]))
    multipliers = end["floquet_real"].values + 1j * end["floquet_imag"].values
    assert end["kind"].item() == "limit cycle"
    np.testing.assert_allclose(end["period"] * unit, period, rtol=1e-8)
    np.testing.assert_allclose(
        end["amplitude"], [np.sqrt(gain), np.sqrt(gain), 0, 0], rtol=1e-5, atol=1e-7
    )
    np.testing.assert_allclose(end["mean"], 0, atol=1e-7)
    np.testing.assert_allclose(end["photon_number"], [gain / 2, 0], atol=1e-7)
    np.testing.assert_allclose(np.sort_complex(multipliers), np.sort_complex(expected), atol=1e-7)


def test_a_limit_cycle_among_many_decaying_modes_is_found_with_its_multipliers():
    few = circle()
    modes = tuple("abcdefghij")
    n = 2 * len(modes)
    A = -np.eye(n)
    A[:4, :4] = few.A
    c = np.concatenate([few.c, np.zeros(n - 4)])
    labels = tuple(f"{mode}.{part}" for mode in modes for part in "XY")
    many = Model(modes, labels, ("w",), c, A, few.Q, few.K, np.zeros((n, 1)), {})
    end = attractor(many, start=kick([0.1, 0, 0, 1, *np.ones(n - 4)]))
    period = 2 * np.pi / 3
    assert end["kind"].item() == "limit cycle"
    np.testing.assert_allclose(end["period"], period, rtol=1e-8)
    decays = np.exp(-period)
    close = np.abs(end["floquet_real"] + 1j * end["floquet_imag"] - decays) < 1e-7
    assert close.sum() == n - 3


def test_settling_time_of_a_cavity_is_the_logarithm_of_a_hundred_over_its_decay():
    end = attractor(cavity())
    assert end["kind"].item() == "fixed point"
    np.testing.assert_allclose(end["settling_time"] * 1e6, np.log(100), rtol=1e-3)


def test_a_mean_alone_is_a_start():
    model = Model.build(["a"], [detune("a", 1.0), lose("a", "port", amplitude_rate=0.5)])
    mean = [3.0, -4.0]
    found, same = attractor(model, start=mean), attractor(model, Gaussian(mean, np.eye(2) / 2))
    assert found["settling_time"].item() == same["settling_time"].item() > 0
    with pytest.raises(ValueError, match="start has 4 quadratures, the model 2"):
        attractor(model, start=np.zeros(4))


def test_linear_model_above_threshold_diverges():
    end = attractor(cavity(squeeze("a", 4e6)))
    assert end["kind"].item() == "divergent"
    assert end["mean"].isnull().all()
    assert end["settling_time"].isnull()


def test_steady_start_has_settled_at_once(spinning):
    end = attractor(spinning, start="steady")
    assert end["kind"].item() == "fixed point"
    assert end["settling_time"] == 0


def test_too_short_a_duration_is_undecided(spinning):
    end = attractor(spinning.reversed(), duration=1e-7)
    assert end["kind"].item() == "undecided"
    assert end["branch"].item() == -1


def test_model_and_system_give_the_same(reversed_end, spinning):
    xr.testing.assert_equal(attractor(spinning.reversed().model()), reversed_end)


def test_arrays_of_parameters_and_bad_durations_are_refused(spinning):
    with pytest.raises(ValueError, match="one parameter point"):
        attractor(spinning.replace(power=np.array([0.01, 0.02])))
    with pytest.raises(ValueError, match="duration must be positive"):
        attractor(spinning, duration=0.0)


def test_result_can_be_written_and_read(reversed_end, tmp_path):
    reversed_end.to_netcdf(tmp_path / "end.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "end.nc", engine="h5netcdf") as read:
        assert read["kind"].item() == "limit cycle"
