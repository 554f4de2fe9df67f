"""Conditional states against closed forms, the Riccati flow in time, and bounds of measurement."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_are

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.model.uncertainty import uncertainty_margin
from qlangevin.sde.systems import HybridOscillators, SpinningResonator
from qlangevin.sde.terms import (
    amplify,
    detune,
    exchange,
    feed,
    lose,
    squeeze,
)
from qlangevin.steady import (
    Heterodyne,
    Homodyne,
    UnstableError,
    fixed_points,
    solve_lyapunov,
    steady_state,
)
from qlangevin.steady.conditional import conditional_covariance, solve_riccati

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


def scalar_riccati(decay, seen, total, occupation):
    """The variance v with −2·decay·v + 2·total·(n + ½) = g², g = √(2·seen/(n + ½))·(v − n − ½)."""
    bath = occupation + 0.5
    a = 2 * seen / bath
    b = 2 * decay - 4 * seen
    c = 2 * (seen - total) * bath
    return (-b + np.sqrt(b**2 - 4 * a * c)) / (2 * a)


def random_model(rng, modes=2, channels=5, records=2):
    """Arrays of a stable filter problem with correlated noise."""
    A = rng.normal(size=(2 * modes, 2 * modes)) - 3 * np.eye(2 * modes)
    B = rng.normal(size=(2 * modes, channels))
    C = rng.normal(size=(records, 2 * modes))
    return A, B, C, rng.normal(size=(records, channels))


def riccati_flow(A, B, C, D, V):
    """dV/dt, and the drift A − K C of what is not known."""
    K = (V @ C.T + B @ D.T) @ np.linalg.inv(D @ D.T)
    return A @ V + V @ A.T + B @ B.T - K @ D @ D.T @ K.T, A - K @ C


def homodyne_weights(system, phase):
    """The detector's weights (records, quadratures of all ports)."""
    names = [f"{port}.{axis}" for port in system.model().ports for axis in "XY"]
    return np.array(
        [[record.get(name, 0.0) for name in names] for record in system.homodyne(phase)]
    )


def test_vacuum_stays_vacuum_whatever_is_measured():
    model = Model.build(["a"], [detune("a", 0.3), lose("a", "out", amplitude_rate=1.0)])
    for record in ({"out.X": 1.0}, {"out.Y": 1.0}, {"out.X": 0.6, "out.Y": -0.8}):
        np.testing.assert_allclose(
            conditional_covariance(model, [record]), 0.5 * np.eye(2), atol=1e-15
        )


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.2, 2.0])
@pytest.mark.parametrize("chi", [0.4, 0.999])
def test_state_is_pure_when_all_light_of_an_amplifier_is_measured(chi, angle):
    record = {"seen.X": np.cos(angle), "seen.Y": np.sin(angle)}
    V = conditional_covariance(amplifier(chi), [record])
    assert float(analysis.purity(steady_state(amplifier(chi)).covariance[0])) < 0.95
    np.testing.assert_allclose(analysis.purity(V), 1.0, rtol=1e-12)


@pytest.mark.parametrize("chi", [0.0, 0.7, -0.7, 1.5])
@pytest.mark.parametrize(("occupation", "hidden"), [(0.0, 0.4), (2.5, 0.4), (2.5, 0.0), (1e6, 0.9)])
def test_variances_of_a_measured_thermal_amplifier_in_closed_form(chi, occupation, hidden):
    V = conditional_covariance(amplifier(chi, occupation, hidden), [{"seen.X": 1.0}]).values
    measured = scalar_riccati(1 - chi, 1 - hidden, 1.0, occupation)
    np.testing.assert_allclose(
        V, np.diag([measured, (occupation + 0.5) / (1 + chi)]), rtol=1e-12, atol=1e-12
    )


def test_amplifier_above_threshold_has_a_conditional_state_if_the_record_shows_its_growth():
    model = amplifier(3.0)
    np.testing.assert_allclose(
        conditional_covariance(model, [{"seen.X": 1.0}]), np.diag([2.0, 0.125]), rtol=1e-12
    )
    with pytest.raises(
        UnstableError, match=r"do not contain the fluctuation with eigenvalue 2.* rad/s"
    ):
        conditional_covariance(model, [{"seen.Y": 1.0}])


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scipy_and_solves_the_equation_with_a_stable_filter(seed):
    A, B, C, D = random_model(np.random.default_rng(seed))
    A = A + (seed % 2) * 4 * np.eye(len(A))
    V = solve_riccati(A, B, C, D)
    reference = solve_continuous_are(A.T, C.T, B @ B.T, D @ D.T, s=B @ D.T)
    np.testing.assert_allclose(V, reference, rtol=1e-9, atol=1e-9)
    slope, F = riccati_flow(A, B, C, D, V)
    assert np.abs(slope).max() < 1e-12 * np.abs(A @ V).max()
    assert np.linalg.eigvals(F).real.max() < 0
    np.testing.assert_array_equal(V, V.T)


@pytest.mark.parametrize("seed", range(3))
def test_never_above_the_state_without_records(seed):
    A, B, C, D = random_model(np.random.default_rng(seed))
    A = A - 2 * np.eye(len(A))
    gained = solve_lyapunov(A, B @ B.T) - solve_riccati(A, B, C, D)
    values = np.linalg.eigvalsh(gained)
    assert values[0] > -1e-13
    assert values[-1] > 1e-3


@pytest.mark.parametrize("start", [0.0, 0.5, 50.0])
def test_the_flow_in_time_ends_there_from_any_start(start):
    A, B, C, D = random_model(np.random.default_rng(7))

    def flow(_, v):
        return riccati_flow(A, B, C, D, v.reshape(A.shape))[0].ravel()

    end = solve_ivp(
        flow, (0, 30), start * np.eye(len(A)).ravel(), rtol=1e-10, atol=1e-12, method="LSODA"
    ).y[:, -1]
    np.testing.assert_allclose(
        end.reshape(A.shape), solve_riccati(A, B, C, D), rtol=1e-7, atol=1e-9
    )


def test_records_of_both_ports_leave_a_physical_state_and_more_records_reduce_it():
    model = pair_of_cavities()
    one = conditional_covariance(model, [{"left.X": 1.0}]).values
    both = conditional_covariance(model, [{"left.X": 1.0}, {"right.Y": 1.0}]).values
    assert uncertainty_margin(one) > -1e-14
    assert uncertainty_margin(both) > -1e-14
    assert np.linalg.eigvalsh(one - both)[0] > -1e-13
    assert np.trace(one - both) > 1e-3


def test_scale_of_a_record_and_of_time_is_of_no_consequence():
    A, B, C, D = random_model(np.random.default_rng(3))
    V = solve_riccati(A, B, C, D)
    scale = np.array([[1e-9], [3e4]])
    np.testing.assert_allclose(solve_riccati(A, B, scale * C, scale * D), V, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        solve_riccati(1e8 * A, 1e4 * B, 1e4 * C, D), V, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("phase", [0.0, 0.4, np.pi / 2])
def test_hot_oscillators_at_the_non_demolition_point(phase):
    """V is right to 1e-11 of 2.5·10⁶, the inferred 0.14 to 1e-8.

    Checked by another Newton step with its residual in rationals.
    """
    system = HybridOscillators.published(angle_minus=np.pi / 4, angle_plus=0.27 * np.pi)
    V = conditional_covariance(system, system.homodyne(phase)).values
    without = steady_state(system).covariance[0].values
    model = system.model()
    weights = homodyne_weights(system, phase)
    C, D = (
        weights @ np.concatenate([getattr(port, name) for port in model.ports.values()])
        for name in "CD"
    )
    K = (V @ C.T + model.B @ D.T) @ np.linalg.inv(D @ D.T)
    a, b, c, d, k, v = (
        np.vectorize(Fraction, otypes=[object])(M) for M in (model.A, model.B, C, D, K, V)
    )
    F = a - k @ c
    noise = b - k @ d
    residual = (F @ v + v @ F.T + noise @ noise.T).astype(float)
    better = V + solve_lyapunov(F.astype(float), residual)
    np.testing.assert_allclose(
        V, better, rtol=0, atol=1e8 * float(np.finfo(np.longdouble).eps) * V.max()
    )
    inferred = analysis.reid(V, 1, 0)
    np.testing.assert_allclose(inferred, analysis.reid(better, 1, 0), rtol=1e-8)
    assert without[0, 0] > 2.5e6
    assert inferred < analysis.reid(without, 1, 0)
    assert uncertainty_margin(V) > -1e-9


def test_parameter_points_and_weights_are_batched_and_labelled():
    chi = np.array([0.2, 0.5, 0.8])
    angle = np.array([0.0, 0.5, 1.0])
    model = amplifier(chi)
    V = conditional_covariance(model, [{"seen.X": np.cos(angle), "seen.Y": np.sin(angle)}])
    assert V.dims == ("point_0", "quadrature", "quadrature_")
    for at in range(3):
        record = {"seen.X": np.cos(angle[at]), "seen.Y": np.sin(angle[at])}
        np.testing.assert_allclose(
            V[at], conditional_covariance(amplifier(chi[at]), [record]), rtol=1e-13
        )
    angles = np.linspace(0.3, 0.4, 4) * np.pi
    system = HybridOscillators.published(angle_plus=angles)
    V = conditional_covariance(system, system.homodyne(0.0))
    np.testing.assert_array_equal(V["angle_plus"], angles)


def test_nonlinear_system_about_a_fixed_point():
    system = SpinningResonator.published(detuning=63e6)
    record = [{"driven_fibre.Y": 1.0}]
    with pytest.raises(ValueError, match="mean must be given"):
        conditional_covariance(system, record)
    mean = fixed_points(system)["mean"][0]
    gained = (
        steady_state(system).covariance[0].values
        - conditional_covariance(system, record, mean).values
    )
    assert np.linalg.eigvalsh(gained)[0] > -1e-10
    assert np.linalg.eigvalsh(gained)[-1] > 0.1


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "at least one combination"),
        ([{"lefd.X": 1.0}], "did you mean 'left.X'"),
        ([{"left.X": 1.0}, {"left.Y": 1.0}], "records 0 and 1 do not commute"),
        ([{"left.X": 1.0, "right.X": 1.0}, {"left.Y": 1.0, "right.Y": 1.0}], "do not commute"),
        ([{"left.X": 1.0}, {"left.X": 2.0}], "leave out those that repeat"),
        ([{"left.X": 0.0}], "must each carry noise"),
        ([{"left.X": np.nan}], "finite weights"),
        ([{"0.X": 1.0}, Heterodyne("left")], "record of '0.X', which the model does not emit"),
        ([Homodyne("lefd")], "did you mean 'left"),
        (
            [{"right.X": 1.0}, Heterodyne("left"), Homodyne("left")],
            "records 1 and 2 do not commute",
        ),
        ([{"left.X": 1.0}, "left.X"], "must be a list of detectors"),
    ],
)
def test_records_that_cannot_be_taken_are_refused(records, message):
    with pytest.raises(ValueError, match=message):
        conditional_covariance(pair_of_cavities(), records)


def test_light_that_is_fed_on_cannot_be_measured():
    cavity = [
        lose("a", "first", amplitude_rate=1.0),
        lose("b", "second", amplitude_rate=1.0),
        feed("first", "second"),
    ]
    with pytest.raises(ValueError, match="fed on to port 'second'"):
        conditional_covariance(Model.build(["a", "b"], cavity), [{"first.X": 1.0}])


def test_growth_that_no_port_carries_has_no_steady_state():
    gain = [
        lose("a", "out", amplitude_rate=1.0),
        amplify("b", "pump", amplitude_rate=0.1),
        exchange("a", "b", 0.0),
    ]
    with pytest.raises(UnstableError, match=r"0\.1"):
        conditional_covariance(Model.build(["a", "b"], gain), [{"out.X": 1.0}])


def test_shapes_that_do_not_match_are_refused():
    A, B, C, D = random_model(np.random.default_rng(0))
    with pytest.raises(ValueError, match="must have shapes"):
        solve_riccati(A, B, C, D[:, :-1])


def test_a_point_does_not_depend_on_those_beside_it():
    """Hot oscillators at the edge of stability each settle in their own number of steps."""
    points = {
        "cooperativity_minus": np.array([0.5, 300.0]),
        "cooperativity_plus": np.array([500.0, 307.0200634625638]),
        "angle_minus": np.array([0.7853882634469475, 0.7853981468975308]),
        "angle_plus": np.array([1.570791340210894, 0.8999337611062144]),
    }
    together = HybridOscillators.published(**points)
    both = conditional_covariance(together, together.homodyne(np.pi / 2))
    for k in range(2):
        alone = HybridOscillators.published(**{name: values[k] for name, values in points.items()})
        single = conditional_covariance(alone, alone.homodyne(np.pi / 2))
        np.testing.assert_array_equal(both[k], single)
