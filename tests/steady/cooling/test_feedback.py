"""Feedback of a homodyne current: against classical filter equations, closed forms and limits."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.sde import Model, operators
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, exchange, feed, guide, jump, lose, mix, rub, squeeze
from qlangevin.steady import (
    Heterodyne,
    Homodyne,
    feedback_cooling,
    feedback_loop,
    output_spectrum,
    steady_state,
)

QUARTER = np.pi / 2


def oscillator(s, damping=1e-6, occupation=1e3):
    """An oscillator, ω = 1, whose position is measured: L = s q."""
    (m,) = operators("m")
    bath = rub("m", damping, occupation=occupation)
    return Model.build(["m"], [detune("m", 1.0), jump("light", s * m.x), bath])


def warm_mode(occupation=20.0):
    light = lose("m", "light", amplitude_rate=1.0)
    bath = lose("m", "bath", amplitude_rate=1.0, occupation=occupation)
    return Model.build(["m"], [light, bath])


def classical(A, B, port, angle, row, gain, control, bandwidth, efficiency):
    """The covariance of (u, z), z the filtered current as a number: Gaussian signals in a loop."""
    n, channels = B.shape
    axis = np.array([np.cos(angle), np.sin(angle)])
    c = np.sqrt(efficiency) * axis @ port.C
    d = np.append(np.sqrt(efficiency) * axis @ port.D, np.sqrt((1 - efficiency) / 2))
    of_current, of_filtered = {"direct": (1, 0), "low-pass": (0, 1), "derivative": (1, -1)}[control]
    drift, noise = np.zeros((n + 1, n + 1)), np.zeros((n + 1, channels + 1))
    drift[:n, :n], noise[:n, :channels] = A, B
    drift[row, :n] += gain * of_current * c
    drift[row, n] += gain * of_filtered
    noise[row] += gain * of_current * d
    drift[n, :n], drift[n, n], noise[n] = bandwidth * c, -bandwidth, bandwidth * d
    return solve_continuous_lyapunov(drift, -noise @ noise.T)[:n, :n]


@pytest.mark.parametrize("control", ["direct", "low-pass", "derivative"])
@pytest.mark.parametrize("efficiency", [0.6, 1.0])
def test_the_loop_of_ports_has_the_state_of_classical_signals(control, efficiency):
    terms = [
        detune("a", 0.8),
        squeeze("a", 0.1),
        detune("m", 1.0),
        exchange("a", "m", 0.3),
        lose("a", "light", amplitude_rate=1.0, occupation=0.2),
        lose("m", "bath", amplitude_rate=0.1, occupation=4.0),
    ]
    model = Model.build(["a", "m"], terms)
    angle, gain, bandwidth = 0.7, 0.15, 2.5
    rate = {} if control == "direct" else {"bandwidth": bandwidth}
    options = {"control": control, "efficiency": efficiency, **rate}
    loop = feedback_loop(model, Homodyne("light", angle), "m", gain, **options)
    expected = classical(
        model.A, model.B, model.ports["light"], angle, 3, gain, control, bandwidth, efficiency
    )
    found = steady_state(loop)
    np.testing.assert_allclose(found.covariance[0, :4, :4], expected, rtol=0, atol=1e-13)
    assert found.commutators[0] > -1e-12
    assert found.physicality[0] > -1e-13


def test_nonlinear_system_about_its_fixed_point():
    system = SpinningResonator.published()
    steady = steady_state(system)
    model, A = system.model(), steady.drift_matrix[0].values
    gain, bandwidth, angle = 300.0, 4e8, 0.3
    loop = feedback_loop(
        system, Homodyne("driven_fibre", angle), "mechanical", gain, bandwidth=bandwidth
    )
    port = model.ports["driven_fibre"]
    expected = classical(A, model.B, port, angle, 5, gain, "derivative", bandwidth, 1.0)
    found = feedback_cooling(
        system, Homodyne("driven_fibre", angle), "mechanical", gain, bandwidth=bandwidth
    )
    quanta = (expected[4, 4] + expected[5, 5] - 1) / 2
    np.testing.assert_allclose(found["occupation"], quanta, rtol=1e-9)
    assert found["occupation"] != pytest.approx(found["occupation_open"].item(), rel=1e-3)
    assert not loop.linear
    scale = 63e6 * np.abs(steady["mean"][0]).max().item()
    np.testing.assert_allclose(loop.drift(np.zeros(8), "mean") / scale, 0, atol=1e-15)


@pytest.mark.parametrize("gain", [-1.0, 0.0, 1.0, 5.0])
def test_direct_feedback_in_closed_form(gain):
    """dp = −(2 + √2 k)p dt + (√2 + k)Y_in: Wiseman and Milburn, doi:10.1103/PhysRevLett.70.548."""
    loop = feedback_loop(warm_mode(), Homodyne("light", QUARTER), "m", gain, control="direct")
    V = steady_state(loop).covariance[0]
    noise = (np.sqrt(2) + gain) ** 2 / 2 + 2 * 20.5
    np.testing.assert_allclose(
        np.diag(V), [10.5, noise / (2 * (2 + np.sqrt(2) * gain))], rtol=1e-13
    )


def test_noise_of_the_current_lies_below_that_of_vacuum_in_the_loop_alone():
    """Y in the loop is |(1 + iω)/d|² of vacuum, d = 1 + √(2η)k − iω; a beam split off has more."""
    gain, omega, share = 2.0, np.array([0.0, 0.7, 30.0]), 0.6
    light = lose("m", "light", amplitude_rate=1.0)
    tap = [guide("tap"), mix("light", "tap", transmissivity=share)]
    model = Model.build(["m"], [light, *tap])
    loop = feedback_loop(model, Homodyne("light", QUARTER), "m", gain, control="direct")
    S = output_spectrum(loop, omega)["spectrum_real"]
    current = S.sel(quadrature="loop.out.X", quadrature_="loop.out.X")
    d = 1 + np.sqrt(2 * share) * gain - 1j * omega
    np.testing.assert_allclose(current, 0.5 * np.abs((1 + 1j * omega) / d) ** 2, rtol=1e-12)
    split = np.sqrt(share) + (1 - share) * np.sqrt(2) * gain / d
    outside = 0.5 * (np.abs(split) ** 2 + (1 - share) * np.abs((1 + 1j * omega) / d) ** 2)
    found = S.sel(quadrature="tap.Y", quadrature_="tap.Y")
    np.testing.assert_allclose(found, outside, rtol=1e-12)
    assert current[0] < 0.1
    assert (found > 0.5).all()
    assert "light.X" not in S.quadrature
    assert steady_state(loop).covariance[0].values[1, 1] > 0.5


def test_cold_damping_reaches_half_of_one_over_the_root_of_the_efficiency():
    """Backaction s², imprecision 1/(4ηs²): n = (1/√η_tot − 1)/2, η_tot = ηs²/(s² + γ(2n + 1)).

    The best estimate has the same limit where the measurement is weak.
    """
    s, occupation, efficiency = 0.003, 5e4, 0.8
    damping = s**2 / (4 * (2 * occupation + 1))
    force = s**2 + damping * (2 * occupation + 1)
    rate = np.sqrt(force * 4 * efficiency * s**2)
    bandwidth = 50.0
    # gain·(y − z) ≈ −gain √(2η) s q̇/bandwidth
    gain = bandwidth * rate / (np.sqrt(2 * efficiency) * s)
    found = feedback_cooling(
        oscillator(s, damping, occupation),
        Homodyne("light"),
        "m",
        gain * np.array([0.5, 1.0, 2.0]),
        bandwidth=bandwidth,
        efficiency=efficiency,
    )
    least = (1 / np.sqrt(efficiency * s**2 / force) - 1) / 2
    away = 1.25 * (least + 0.5) - 0.5
    np.testing.assert_allclose(found["limit"], least, rtol=1e-4)
    np.testing.assert_allclose(found["occupation"], [away, least, away], rtol=5e-3)
    assert found["stable"].all()
    assert found["occupation"].dims == ("gain",)


@pytest.mark.parametrize("control", ["low-pass", "derivative"])
def test_no_gain_cools_below_the_state_given_the_record(control):
    gains = np.linspace(-3, 3, 25)
    found = feedback_cooling(
        oscillator(0.7, 0.01, 5.0),
        Homodyne("light", 0.1),
        "m",
        gains,
        control=control,
        bandwidth=1.3,
        efficiency=0.7,
    )
    stable = found["stable"].values
    np.testing.assert_array_equal(np.isfinite(found["occupation"]), stable)
    np.testing.assert_array_equal(found["margin"] > 0, stable)
    assert 0 < stable.sum() < len(gains)
    best = found["occupation"].min()
    assert found["limit"][0] < best < found["occupation_open"][0]
    np.testing.assert_allclose(found["occupation"][12], found["occupation_open"][12], rtol=1e-12)


def test_feedback_stabilises_what_grows():
    model = Model.build(["m"], [squeeze("m", -0.75j), lose("m", "light", amplitude_rate=1.0)])
    grows = "Y" if model.A[1, 1] > 0 else "X"
    assert grows == "Y"
    found = feedback_cooling(
        model, Homodyne("light", QUARTER), "m", np.array([0.0, 2.0]), control="direct"
    )
    np.testing.assert_array_equal(found["stable"], [False, True])
    assert np.isnan(found["occupation_open"]).all()
    assert (found["limit"] < found["occupation"][1]).all()


def fed_on():
    losses = [lose("a", "first", amplitude_rate=1.0), lose("b", "second", amplitude_rate=1.0)]
    return Model.build(["a", "b"], [*losses, feed("first", "second")])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"record": Heterodyne("second")}, "record must be a detector, such as Homodyne"),
        ({"record": Homodyne("first")}, "fed on to port 'second'"),
        ({"record": Homodyne("third")}, "which the model does not have"),
        ({"mode": "c"}, "mode must be one of a, b"),
        ({"gain": np.inf}, "gain must be finite"),
        ({"bandwidth": None}, "bandwidth must be given for control='derivative'"),
        ({"bandwidth": -1.0}, "bandwidth must be positive"),
        ({"control": "direct"}, "bandwidth must be left out"),
        ({"control": "integral"}, "control must be one of derivative, low-pass, direct"),
        ({"efficiency": 2.0}, "efficiency must lie between 0 and 1"),
        ({"branch": 3}, "branch must be below the number of fixed points"),
    ],
)
def test_loops_that_cannot_be_closed_are_refused(changes, message):
    arguments = {"record": Homodyne("second"), "mode": "b", "gain": 1.0, "bandwidth": 1.0}
    arguments |= changes
    with pytest.raises(ValueError, match=message):
        feedback_loop(fed_on(), **arguments)
