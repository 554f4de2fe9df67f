"""Sideband cooling against the rates of a driven cavity in closed form, and against Lyapunov."""

import numpy as np
import pytest

from qlangevin.sde import Model, operators
from qlangevin.sde.support import RefusedError
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import hamiltonian, lose, rub
from qlangevin.steady import sideband_cooling, steady_state


def cavity(g, detuning, kappa=1.0, damping=1e-6, occupation=9.0, omega=1.0, friction=False, heat=0):
    """A linearised optomechanical cavity, H = Δa†a + ωm†m − g(a + a†)(m + m†)."""
    a, m = operators("a", "m")
    H = detuning * a.dag() * a + omega * m.dag() * m - g * (a + a.dag()) * (m + m.dag())
    if friction:
        bath = rub("m", damping, occupation=occupation)
    else:
        bath = lose("m", "bath", energy_rate=damping, occupation=occupation)
    light = lose("a", "light", amplitude_rate=kappa, occupation=heat)
    return Model.build(["a", "m"], [hamiltonian(H), light, bath])


def scattering_rates(g, detuning, kappa, omega):
    """A₋ and A₊: anti-Stokes and Stokes scattering."""
    return (2 * g**2 * kappa / (kappa**2 + (detuning - s * omega) ** 2) for s in (1, -1))


@pytest.mark.parametrize("friction", [False, True])
@pytest.mark.parametrize(("detuning", "kappa", "omega"), [(1.0, 0.1, 1.0), (0.5, 2.0, 1.0)])
def test_rates_and_limits_of_a_cavity_in_closed_form(friction, detuning, kappa, omega):
    g, damping, occupation = 1e-3, 1e-6, 9.0
    model = cavity(g, detuning, kappa, damping, occupation, omega, friction)
    found = sideband_cooling(model, "m")
    down, up = scattering_rates(g, detuning, kappa, omega)
    if not friction:
        np.testing.assert_allclose(found["cooling_rate"], down, rtol=1e-12)
        np.testing.assert_allclose(found["heating_rate"], up, rtol=1e-12)
        np.testing.assert_allclose(found["limit"], up / (down - up), rtol=1e-12)
        np.testing.assert_allclose(
            found["spring_shift"], shift(g, detuning, kappa, omega), rtol=1e-11
        )
    np.testing.assert_allclose(found["optical_damping"], down - up, rtol=1e-6)
    np.testing.assert_allclose(found["damping"], damping, rtol=1e-9)
    np.testing.assert_allclose(found["bath_occupation"], occupation, rtol=1e-6)
    final = (damping * occupation + up) / (damping + down - up)
    np.testing.assert_allclose(found["occupation"], final, rtol=1e-6)


def shift(g, detuning, kappa, omega):
    """The optical spring: the part of the cavity's response in phase with the motion."""
    return g**2 * sum(
        s * (omega - s * detuning) / (kappa**2 + (omega - s * detuning) ** 2) for s in (1, -1)
    )


def test_least_occupation_lies_at_the_detuning_that_the_theory_gives():
    kappa, omega = 0.7, 1.0
    detunings = np.sqrt(omega**2 + kappa**2) * np.array([0.98, 1.0, 1.02])
    limits = sideband_cooling(cavity(1e-3, detunings, kappa, omega=omega), "m")["limit"].values
    np.testing.assert_allclose(limits[1], (np.sqrt(1 + (kappa / omega) ** 2) - 1) / 2, rtol=1e-12)
    assert limits[1] < min(limits[0], limits[2])


def test_agrees_with_lyapunov_up_to_the_square_of_the_coupling():
    errors = []
    for g in (2e-3, 1e-3):
        found = sideband_cooling(cavity(g, 1.0, kappa=0.5, damping=g**2 / 50), "m")
        exact = found["occupation_lyapunov"].item()
        errors.append(abs(found["occupation"].item() - exact) / exact)
    assert errors[1] < 1e-5
    np.testing.assert_allclose(errors[0] / errors[1], 4, rtol=0.05)


def test_light_on_the_blue_side_heats_and_has_no_limit():
    found = sideband_cooling(cavity(1e-3, -1.0, kappa=0.5, damping=1e-4), "m")
    assert found["optical_damping"] < 0
    assert np.isnan(found["limit"])
    np.testing.assert_allclose(found["occupation"], found["occupation_lyapunov"], rtol=1e-3)


def test_thermal_light_heats_both_ways():
    """A± (n_c + 1) and A∓ n_c: absorption and emission exchange."""
    g, kappa, heat = 1e-3, 0.5, 0.4
    found = sideband_cooling(cavity(g, 1.0, kappa, heat=heat), "m")
    down, up = scattering_rates(g, 1.0, kappa, 1.0)
    np.testing.assert_allclose(found["cooling_rate"], down * (1 + heat) + up * heat, rtol=1e-12)
    np.testing.assert_allclose(found["heating_rate"], up * (1 + heat) + down * heat, rtol=1e-12)


def test_a_system_with_parameter_points_and_one_that_has_no_such_branch():
    detunings = 63e6 * np.array([0.27, 1.0])
    system = SpinningResonator.published(detuning=detunings, power=2e-3)
    found = sideband_cooling(system, "mechanical")
    assert found["occupation"].dims == ("detuning",)
    V = steady_state(system)["covariance"].sel(branch=0).values
    np.testing.assert_array_equal(found["occupation_lyapunov"], (V[:, 4, 4] + V[:, 5, 5] - 1) / 2)
    np.testing.assert_allclose(found["frequency"], 63e6)
    with pytest.raises(RefusedError, match="branch must be stable"):
        sideband_cooling(cavity(0.6, 1.0, kappa=0.1), "m")
    with pytest.raises(ValueError, match="mode must be one of a, m"):
        sideband_cooling(cavity(0.1, 1.0), "b")
