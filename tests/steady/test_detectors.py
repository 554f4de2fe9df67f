"""Conditional states of homodyne and heterodyne detectors with losses, in closed form."""

import numpy as np
import pytest

from qlangevin.sde import Model, operators
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import amplify, detune, exchange, guide, jump, lose, mix, squeeze
from qlangevin.steady import (
    Heterodyne,
    Homodyne,
    conditional_covariance,
    fixed_points,
    steady_state,
)

from ..models import pair_of_cavities


def amplifier(chi, occupation=0.0, hidden=0.0):
    """ẋ = −(κ − χ)x, ẏ = −(κ + χ)y with κ = 1 in all, of which the port "hidden" takes a share."""
    return Model.build(
        ["a"],
        [
            squeeze("a", 0.5j * np.asarray(chi)),
            lose("a", "seen", amplitude_rate=1.0 - hidden, occupation=occupation),
            lose("a", "hidden", amplitude_rate=hidden, occupation=occupation),
        ],
    )


def amplifier_variances(chi, efficiency, occupation=0.0):
    """Variances given the record of one quadrature of which η arrives: dx = −(1 ∓ χ)x dt + …

    y = √η(x_in − √2 x) + √(1 − η)v, so that 2(1 ∓ χ)V = 2(n + ½) − 2η(V − n − ½)²/R.
    """
    bath = occupation + 0.5
    R = efficiency * bath + (1 - efficiency) / 2
    found = []
    for decay in (1 - chi, 1 + chi):
        a, b, c = efficiency / R, decay - 2 * efficiency * bath / R, efficiency * bath**2 / R - bath
        found.append((-b + np.sqrt(b**2 - 4 * a * c)) / (2 * a))
    return np.array(found)


@pytest.mark.parametrize("efficiency", [0.2, 0.9, 1.0])
@pytest.mark.parametrize(("chi", "occupation"), [(0.5, 0.0), (0.5, 2.0), (-1.5, 0.3)])
def test_inefficient_homodyne_and_heterodyne_detectors_in_closed_form(chi, efficiency, occupation):
    """Heterodyne detection is homodyne detection of both quadratures with half the efficiency."""
    model = amplifier(chi, occupation)
    share = {"seen": efficiency}
    X, Y = Homodyne("seen"), Homodyne("seen", angle=np.pi / 2)
    alone = amplifier_variances(chi, efficiency, occupation)
    for axis, record in enumerate((X, Y)):
        if abs(chi) < 1 or axis == 1:
            V = conditional_covariance(model, [record], efficiency=share)
            np.testing.assert_allclose(V[axis, axis], alone[axis], rtol=1e-12)
    both = conditional_covariance(model, [Heterodyne("seen")], efficiency=share)
    halved = amplifier_variances(chi, efficiency / 2, occupation)
    np.testing.assert_allclose(both, np.diag(halved), rtol=1e-12, atol=1e-13)


def test_heterodyne_detection_is_a_beam_splitter_with_two_homodyne_detectors():
    terms = [
        detune("a", 0.3),
        squeeze("a", 0.4),
        exchange("a", "b", 0.6),
        lose("a", "out", amplitude_rate=1.0),
        lose("b", "bath", amplitude_rate=0.1, occupation=3.0),
    ]
    split = [guide("other"), mix("out", "other", transmissivity=0.5)]
    np.testing.assert_allclose(
        conditional_covariance(Model.build(["a", "b"], terms), [Heterodyne("out")]),
        conditional_covariance(
            Model.build(["a", "b"], [*terms, *split]), [Homodyne("out"), {"other.Y": 1.0}]
        ),
        rtol=0,
        atol=1e-13,
    )


@pytest.mark.parametrize("efficiency", [0.1, 1.0])
@pytest.mark.parametrize("heat", [0.0, 2.5])
def test_continuous_measurement_of_position_in_closed_form(efficiency, heat):
    """Doherty and Jacobs, doi:10.1103/PhysRevA.60.2700: L = s q, with momentum diffusion heat."""
    omega, s = 1.3, 0.9
    (m,) = operators("m")
    terms = [
        detune("m", omega),
        jump("meter", s * m.x),
        *recoil(heat),
    ]
    V = conditional_covariance(
        Model.build(["m"], terms), [Homodyne("meter")], efficiency={"meter": efficiency}
    )
    D, k = s**2 + heat, 4 * efficiency * s**2
    cross = (np.sqrt(omega**2 + k * D) - omega) / k
    position = np.sqrt(2 * omega * cross / k)
    momentum = position + k * position * cross / omega
    np.testing.assert_allclose(V, [[position, cross], [cross, momentum]], rtol=1e-12)


def recoil(heat):
    """Momentum noise of diffusion `heat`."""
    return [
        lose("m", "heat", energy_rate=heat / 2),
        amplify("m", "heat", energy_rate=heat / 2),
    ]


def test_no_light_at_the_detector_leaves_the_steady_state():
    model = pair_of_cavities()
    V = conditional_covariance(model, [Heterodyne("left")], efficiency={"left": 0.0})
    np.testing.assert_allclose(V, steady_state(model).covariance[0], rtol=0, atol=1e-14)


def test_branch_is_the_number_of_a_fixed_point():
    system = SpinningResonator.published(detuning=63e6)
    mean = fixed_points(system)["mean"][0]
    record = [Homodyne("driven_fibre", angle=0.4)]
    np.testing.assert_array_equal(
        conditional_covariance(system, record, branch=0),
        conditional_covariance(system, record, mean),
    )
    with pytest.raises(ValueError, match="mean or branch, not both"):
        conditional_covariance(system, record, mean, branch=0)
    with pytest.raises(ValueError, match="branch must be below the number of fixed points"):
        conditional_covariance(system, record, branch=7)
