"""Photons, transmission, couplings and cooperativities, against the formulas of the papers."""

import numpy as np
import pytest

from qlangevin.analysis import optics
from qlangevin.sde.systems import CascadedResonators, ScattererResonator
from qlangevin.steady import steady_state

from ..models import spinning


@pytest.fixture(scope="module")
def resonator():
    system = spinning()
    return system, steady_state(system).isel(branch=0)


def test_the_effective_coupling_is_sqrt_2_g0_alpha(resonator):
    system, steady = resonator
    photons = float(optics.photon_number(steady, "driven"))
    G = float(optics.effective_coupling(steady, "driven", "mechanical"))
    assert (
        pytest.approx(float(system.single_photon_coupling) * np.sqrt(2 * photons), rel=1e-12) == G
    )


def test_the_cooperativity_is_g_squared_over_both_energy_decay_rates(resonator):
    system, steady = resonator
    G = float(optics.effective_coupling(steady, "reflected", "mechanical"))
    C = float(optics.cooperativity(steady, "reflected", "mechanical"))
    assert (
        pytest.approx(G**2 / (2 * float(system.decay) * system.mechanical_damping), rel=1e-9) == C
    )


def test_for_energy_rates_the_cooperativity_is_4_g_squared_over_kappa_gamma():
    system = CascadedResonators.published()
    steady = steady_state(system).isel(branch=0)
    g = float(system.single_photon_coupling("left")) * np.sqrt(
        float(optics.photon_number(steady, "optical_left"))
    )
    kappa = system.intrinsic_decay + system.external_decay_left
    C = float(optics.cooperativity(steady, "optical_left", "mechanical_left"))
    assert pytest.approx(4 * g**2 / (kappa * system.mechanical_damping), rel=1e-9) == C


def test_the_driven_light_alone_leaves_by_the_fibre_as_in_input_output_theory(resonator):
    """T = |1 − √(2κ) α/a_in|²."""
    system, steady = resonator
    u = steady["mean"].values
    alpha = (u[0] + 1j * u[1]) / np.sqrt(2)
    expected = abs(1 - np.sqrt(2 * system.decay) * alpha / system.input_amplitude) ** 2
    assert float(optics.transmission(steady, "driven_fibre")) == pytest.approx(
        float(expected), rel=1e-9
    )


def test_light_is_neither_lost_nor_gained_in_the_steady_state():
    for system, ends in (
        (spinning(), None),
        (ScattererResonator.published(angle=0.5), None),
        (
            CascadedResonators.published(transmission=1.0),
            ["left_loss", "right_loss", "right_fibre"],
        ),
    ):
        steady = steady_state(system).isel(branch=0)
        total = sum(
            float(optics.transmission(steady, port)) for port in ends or steady["port"].values
        )
        assert total == pytest.approx(1.0, rel=1e-9)


def test_parameter_points_and_branches_stay_labelled():
    system = spinning().replace(power=np.array([1e-3, 20e-3]))
    photons = optics.photon_number(steady_state(system), "driven")
    assert photons.dims == ("power", "branch")
    assert photons.attrs["units"] == "1"


def test_unknown_modes_and_ports_are_refused_with_those_there_are(resonator):
    _, steady = resonator
    with pytest.raises(ValueError, match="mode must be one of driven, reflected, mechanical"):
        optics.photon_number(steady, "moon")
    with pytest.raises(ValueError, match="port must be one of driven_fibre, reflected_fibre"):
        optics.transmission(steady, "moon")
