"""Every verb against the complex equation in its docstring."""

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.terms import (
    amplify,
    backscatter,
    detune,
    drive,
    exchange,
    kerr,
    lose,
    press,
    rub,
    squeeze,
)

ALPHA, BETA = 0.7 - 1.1j, -0.4 + 0.9j
U = np.sqrt(2) * np.array([ALPHA.real, ALPHA.imag, BETA.real, BETA.imag])


def slopes(term, level="weyl"):
    """α̇ and β̇ of modes a and b under one term."""
    du = Model.build(["a", "b"], [term]).drift(U, level) / np.sqrt(2)
    return du[0] + 1j * du[1], du[2] + 1j * du[3]


@pytest.mark.parametrize(
    ("term", "level", "expected"),
    [
        (detune("a", 1.5), "weyl", (-1.5j * ALPHA, 0)),
        (
            exchange("a", "b", 0.3 + 0.4j),
            "weyl",
            (-1j * (0.3 + 0.4j) * BETA, -1j * (0.3 - 0.4j) * ALPHA),
        ),
        (
            backscatter("a", "b", 0.3 + 0.4j, 0.1 - 0.2j),
            "weyl",
            (-1j * (0.3 + 0.4j) * BETA, -1j * (0.1 - 0.2j) * ALPHA),
        ),
        (squeeze("a", 0.2 - 0.5j), "weyl", (-2j * (0.2 - 0.5j) * np.conj(ALPHA), 0)),
        (kerr("a", 0.8), "weyl", (-0.8j * (abs(ALPHA) ** 2 - 1) * ALPHA, 0)),
        (kerr("a", 0.8), "mean", (-0.8j * abs(ALPHA) ** 2 * ALPHA, 0)),
        (drive("a", 0.3 - 0.6j), "weyl", (0.3 - 0.6j, 0)),
        (lose("a", "p", amplitude_rate=0.4, phase=1.0), "weyl", (-0.4 * ALPHA, 0)),
        (lose("a", "p", energy_rate=0.8), "weyl", (-0.4 * ALPHA, 0)),
        (amplify("a", "p", amplitude_rate=0.4, phase=1.0), "weyl", (0.4 * ALPHA, 0)),
        (rub("b", 0.3, occupation=1.0), "weyl", (0, -0.3j * BETA.imag)),
    ],
)
def test_a_verb_adds_the_drift_it_says(term, level, expected):
    np.testing.assert_allclose(slopes(term, level), expected, atol=1e-15)


@pytest.mark.parametrize(("level", "half"), [("weyl", 0.5), ("mean", 0.0)])
def test_light_presses_with_its_photon_number_less_a_half(level, half):
    """α̇ = iGαq, ṗ = G(|α|² − ½); q = √2 Re β, p = √2 Im β."""
    light, motion = slopes(press("a", "b", 0.25), level)
    np.testing.assert_allclose(light, 0.25j * ALPHA * np.sqrt(2) * BETA.real)
    np.testing.assert_allclose(np.sqrt(2) * motion, 0.25j * (abs(ALPHA) ** 2 - half))


@pytest.mark.parametrize(
    ("rate", "density"), [({"amplitude_rate": 0.4}, 0.4), ({"energy_rate": 0.4}, 0.2)]
)
def test_diffusion_of_a_loss_is_its_amplitude_rate_times_2n_plus_1(rate, density):
    model = Model.build(["a"], [lose("a", "p", **rate, occupation=1.5, phase=0.3)])
    np.testing.assert_allclose(model.diffusion, density * 4 * np.eye(2), atol=1e-15)


def test_friction_adds_noise_to_the_momentum_alone():
    model = Model.build(["m"], [rub("m", 0.1, occupation=2.0)])
    np.testing.assert_allclose(model.diffusion, np.diag([0, 0.1 * 5]), atol=1e-16)


@pytest.mark.parametrize("rates", [{}, {"amplitude_rate": 1.0, "energy_rate": 2.0}])
def test_a_loss_takes_exactly_one_rate(rates):
    with pytest.raises(ValueError, match="one of the two"):
        lose("a", "p", **rates)


@pytest.mark.parametrize(
    "call",
    [
        lambda: lose("a", "p", energy_rate=-1.0),
        lambda: lose("a", "p", energy_rate=1.0, occupation=-0.1),
        lambda: amplify("a", "p", energy_rate=-1.0),
        lambda: amplify("a", "p", energy_rate=1.0, occupation=-0.1),
        lambda: rub("m", -1.0, occupation=0.0),
        lambda: rub("m", 1.0, occupation=-2.0),
    ],
)
def test_negative_rates_and_occupations_are_refused(call):
    with pytest.raises(ValueError, match="must be zero or positive"):
        call()
