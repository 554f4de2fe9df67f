"""Optimal feedback against SciPy's Riccati solver, a simulated loop in moments, and a limit."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_are, solve_continuous_lyapunov

from qlangevin.sde import Model, operators
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import amplify, detune, exchange, jump, lose, squeeze
from qlangevin.steady import (
    Heterodyne,
    Homodyne,
    UnstableError,
    conditional_covariance,
    feedback_cooling,
    optimal_feedback,
)


def measured_oscillator(s):
    (m,) = operators("m")
    return Model.build(["m"], [detune("m", 1.0), jump("light", s * m.x)])


def two_modes(growth=0.0):
    terms = [
        detune("a", 0.8),
        squeeze("a", 0.1),
        detune("m", 1.0),
        exchange("a", "m", 0.3),
        lose("a", "light", amplitude_rate=1.0, occupation=0.2),
        lose("m", "bath", amplitude_rate=0.1, occupation=4.0),
        amplify("m", "gain", amplitude_rate=growth),
    ]
    return Model.build(["a", "m"], terms)


@pytest.mark.parametrize("growth", [0.0, 0.5])
def test_agrees_with_a_loop_of_filter_and_regulator_built_from_scipy(growth):
    """(u, û): dû = (A − bL)û dt + K(dy − C û dt), the light read at 0.7 rad with 60 %."""
    model, cost, angle, efficiency = two_modes(growth), 0.4, 0.7, 0.6
    found = optimal_feedback(
        model, [Homodyne("light", angle)], "m", cost, efficiency={"light": efficiency}
    )
    A, B, port = model.A, model.B, model.ports["light"]
    axis = np.sqrt(efficiency) * np.array([[np.cos(angle), np.sin(angle)]])
    B = np.hstack([B, np.zeros((4, 1))])
    C, D = axis @ port.C, np.hstack([axis @ port.D, [[np.sqrt((1 - efficiency) / 2)]]])
    R, S = D @ D.T, B @ D.T
    estimate = solve_continuous_are(A.T, C.T, B @ B.T, R, s=S)
    K = (estimate @ C.T + S) / R
    b = np.array([[0.0], [0.0], [0.0], [1.0]])
    price = solve_continuous_are(A, b, np.diag([0, 0, 0.5, 0.5]), [[cost]])
    L = b.T @ price / cost
    drift = np.block([[A, -b @ L], [K @ C, A - b @ L - K @ C]])
    noise = np.vstack([B, K @ D])
    V = solve_continuous_lyapunov(drift, -noise @ noise.T)
    np.testing.assert_allclose(found["occupation"], (V[2, 2] + V[3, 3] - 1) / 2, rtol=1e-10)
    reading = np.hstack([np.zeros((1, 4)), L])
    np.testing.assert_allclose(found["force"] ** 2, (reading @ V @ reading.T).item(), rtol=1e-10)


@pytest.mark.parametrize("s", [0.3, 1.5])
def test_a_strong_force_on_the_momentum_keeps_the_estimate_on_a_line(s):
    """p̂ = −q̂ at all times: 2n + 1 = V_qq + V_pp + 2V_qp of the state given the record."""
    model, record = measured_oscillator(s), [Homodyne("light")]
    V = conditional_covariance(model, record).values
    found = optimal_feedback(model, record, "m", [1e-2, 1e-12])
    np.testing.assert_allclose(
        found["occupation"][1], (V[0, 0] + V[1, 1] + 2 * V[0, 1] - 1) / 2, rtol=1e-4
    )
    np.testing.assert_allclose(found["limit"], (np.trace(V) - 1) / 2, rtol=1e-12)
    assert found["occupation"].dims == ("cost",)
    assert found["force"][0] < found["force"][1]


def test_no_filtered_current_cools_better_than_the_optimal_force():
    model, record = two_modes(), Homodyne("light", 0.7)
    best = optimal_feedback(model, [record], "m", 1e-8)["occupation"].item()
    found = feedback_cooling(
        model, record, "m", np.linspace(-2, 2, 41)[:, None], bandwidth=np.array([0.5, 2.0, 8.0])
    )
    assert found["limit"][0, 0] < best < np.nanmin(found["occupation"])


def test_records_of_several_kinds_and_parameter_points():
    system = SpinningResonator.published(detuning=63e6 * np.array([0.5, 1.0]))
    found = optimal_feedback(
        system, [Heterodyne("driven_fibre")], "mechanical", 1e-16 * np.array([[1.0], [1e-3]])
    )
    assert found["occupation"].dims == ("cost", "detuning")
    assert (found["occupation"][0] > found["occupation"][1]).all()
    assert (found["occupation"][1] > found["limit"][1]).all()


def test_growth_that_the_force_does_not_reach_is_refused():
    terms = [
        lose("a", "out", amplitude_rate=1.0),
        lose("b", "seen", amplitude_rate=0.1),
        amplify("b", "pump", amplitude_rate=0.2),
    ]
    model = Model.build(["a", "b"], terms)
    with pytest.raises(UnstableError, match="no force on a stabilises the system"):
        optimal_feedback(model, [Heterodyne("seen")], "a", 1.0)
    with pytest.raises(ValueError, match="cost must be positive"):
        optimal_feedback(model, [Heterodyne("seen")], "b", 0.0)
