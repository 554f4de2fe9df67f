"""Steady states given a record of the output light: closed forms, order, purity, and the Riccati flow itself."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
from qlangevin.analysis import audit_state, purity, reid
from qlangevin.sde import Model
from qlangevin.sde.systems import HybridOscillators
from qlangevin.sde.terms import detune, exchange, feed, lose, squeeze
from qlangevin.steady import UnstableError, conditional_covariance, solve_riccati, steady_state
from scipy.integrate import solve_ivp


def amplifier(chi=0.3, occupation=0.0, efficiency=1.0):
    """A degenerate amplifier, κ = 1, of whose output a part can be measured."""
    return Model.build(
        ["a"],
        [
            squeeze("a", 0.5j * chi),
            lose("a", "seen", amplitude_rate=efficiency, occupation=occupation),
            lose("a", "unseen", amplitude_rate=1 - efficiency, occupation=occupation),
        ],
    )


def unconditional(model):
    return steady_state(model)["covariance"].values[0]


def test_measuring_all_light_of_a_squeezed_cavity_leaves_a_pure_state():
    V = conditional_covariance(amplifier(), [{"seen.X": 0.6, "seen.Y": 0.8}])
    assert purity(V) == pytest.approx(1.0, abs=1e-12)
    assert purity(unconditional(amplifier())) < 0.97


def test_a_record_of_vacuum_says_nothing_of_a_passive_cavity():
    model = Model.build(["a"], [detune("a", 0.7), lose("a", "p", amplitude_rate=1.0)])
    np.testing.assert_allclose(conditional_covariance(model, [{"p.X": 1.0}]), 0.5 * np.eye(2), atol=1e-14)


@pytest.mark.parametrize("efficiency", [0.3, 1.0])
@pytest.mark.parametrize("n", [0.2, 50.0])
def test_a_hot_cavity_read_out_in_one_quadrature_is_the_scalar_riccati_equation(n, efficiency):
    """ẋ = −κx + √(2κ₁)x₁ + √(2κ₂)x₂, out = x₁ − √(2κ₁)x; only the second bath is hot."""
    k1, k2 = efficiency, 1.0
    model = Model.build(
        ["a"], [lose("a", "seen", amplitude_rate=k1), lose("a", "hot", amplitude_rate=k2, occupation=n)]
    )
    V = conditional_covariance(model, [{"seen.X": 1.0}])
    # −2(k1 + k2)v + k1 + k2(2n+1) − (−√(2k1)v + √(2k1)/2)²/(1/2) = 0
    a, b, c = -4 * k1, -2 * (k1 + k2) + 4 * k1, k1 + k2 * (2 * n + 1) - k1
    expected = (-b - np.sqrt(b * b - 4 * a * c)) / (2 * a)
    assert V[0, 0] == pytest.approx(expected, rel=1e-12)
    assert V[1, 1] == pytest.approx((k1 + k2 * (2 * n + 1)) / (2 * (k1 + k2)), rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_record_never_widens_a_state_and_leaves_it_physical(seed):
    r = np.random.default_rng(seed)
    model = Model.build(
        ["a", "b"],
        [
            detune("a", r.normal()),
            squeeze("a", 0.2),
            exchange("a", "b", r.normal()),
            lose("a", "left", amplitude_rate=1.0, phase=r.normal()),
            lose("b", "right", amplitude_rate=r.uniform(0.5, 2)),
            lose("b", "bath", amplitude_rate=0.3, occupation=2.0),
            feed("left", "right", transmission=0.8),
        ],
    )
    V, given = unconditional(model), conditional_covariance(model, [{"right.X": r.normal(), "right.Y": r.normal()}])
    assert np.linalg.eigvalsh(V - given)[0] > -1e-12
    assert np.trace(V - given) > 1e-4
    assert audit_state(given).physical


def test_the_riccati_flow_ends_where_the_solution_is():
    """dV/dt = AV + VAᵀ + BBᵀ − KRKᵀ integrated by an ODE solver from vacuum."""
    model = amplifier(chi=0.5, occupation=0.4, efficiency=0.6)
    port = model.ports["seen"]
    C, D = port.C[:1], port.D[:1]

    def flow(_, v):
        V = v.reshape(2, 2)
        gain = (V @ C.T + model.B @ D.T) @ np.linalg.inv(D @ D.T)
        return (model.A @ V + V @ model.A.T + model.diffusion - gain @ (D @ D.T) @ gain.T).ravel()

    end = solve_ivp(flow, (0, 60), 0.5 * np.eye(2).ravel(), rtol=1e-11, atol=1e-13).y[:, -1].reshape(2, 2)
    np.testing.assert_allclose(conditional_covariance(model, [{"seen.X": 1.0}]), end, atol=1e-9)


@pytest.mark.parametrize("changes", [{}, {"angle_plus": 0.3 * np.pi}, {"transmission_loss": 0.2}])
def test_the_hybrids_light_improves_steering_both_ways(changes):
    """E with the record is never above E without, at any phase of the detector."""
    system = HybridOscillators.published(**changes)
    V = unconditional(system)
    given = conditional_covariance(system, system.homodyne(np.linspace(0, np.pi, 19)))
    assert audit_state(given).physical.all()
    for i, j in ((0, 1), (1, 0)):
        improvement = (reid(V, i, j) - reid(given, i, j).min()) / reid(V, i, j)
        assert 0 < improvement < 0.3


def test_small_inferred_variances_survive_beside_large_ones():
    """θ_− = π/4, hot: V ~ 10⁶, E ~ 0.1. At φ = π/2 all is one quadrature per mode: solved in 40-digit arithmetic."""
    getcontext().prec = 60
    system = HybridOscillators.published(angle_minus=np.pi / 4, angle_plus=0.27 * np.pi)
    given = conditional_covariance(system, system.homodyne(np.pi / 2))
    model = system.model()
    A, B, C, D = _first_sector(model, system.homodyne(np.pi / 2))
    V = _newton_decimal(A, B, C, D, given[np.ix_([0, 2], [0, 2])])
    exact = [V[1][1] - V[0][1] ** 2 / V[0][0], V[0][0] - V[0][1] ** 2 / V[1][1]]
    ours = [reid(given, 0, 1), reid(given, 1, 0)]
    np.testing.assert_allclose(ours, [float(x) for x in exact], rtol=1e-8)


def test_phases_and_parameter_points_lead():
    systems = HybridOscillators.published(cooperativity_plus=np.array([[20.0], [50.0]]))
    given = conditional_covariance(systems, systems.homodyne(np.array([0.0, 0.4, np.pi / 2])))
    assert given.shape == (2, 3, 4, 4)
    alone = HybridOscillators.published(cooperativity_plus=20.0)
    np.testing.assert_allclose(given[0, 1], conditional_covariance(alone, alone.homodyne(0.4)), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "at least one record of seen.X, seen.Y"),
        ([{"see.X": 1.0}], "did you mean 'seen.X'"),
        ([{"seen.X": 1.0}, {"seen.Y": 1.0}], "records 0 and 1 do not commute"),
        ([{"seen.X": 1.0}, {"seen.X": 2.0}], "must carry independent noise"),
    ],
)
def test_impossible_records_are_refused(records, message):
    with pytest.raises(ValueError, match=message):
        conditional_covariance(amplifier(), records)


def test_light_that_is_fed_on_cannot_be_measured():
    system = HybridOscillators.published()
    with pytest.raises(ValueError, match="light is fed on to 'upper'"):
        conditional_covariance(system, [{"between_upper.X": 1.0}])


def test_without_a_steady_state_there_is_no_conditional_one():
    with pytest.raises(UnstableError):
        conditional_covariance(amplifier(chi=1.2), [{"seen.X": 1.0}])


def test_riccati_without_gain_from_the_record_is_lyapunov():
    A, B = np.array([[-1.0, 0.3], [0.0, -2.0]]), np.array([[1.0, 0.0], [0.5, 2.0]])
    V = solve_riccati(A, np.hstack([B, np.zeros((2, 1))]), np.zeros((1, 2)), np.array([[0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(A @ V + V @ A.T, -B @ B.T, atol=1e-14)


def _first_sector(model, records):
    """The X₋, X₊ rows of drift, noise and record, which the rest leaves alone at φ = π/2."""
    names = [f"{port}.{axis}" for port in model.ports for axis in "XY"]
    weights = np.array([[record.get(name, 0.0) for name in names] for record in records])
    C = weights @ np.concatenate([port.C for port in model.ports.values()])
    D = weights @ np.concatenate([port.D for port in model.ports.values()])
    rows = [0, 2]
    touching = np.abs(C[:, rows]).max(axis=1) > 1e-9 * np.abs(C).max()
    return model.A[np.ix_(rows, rows)], model.B[rows], C[touching][:, rows], D[touching]


def _newton_decimal(A, B, C, D, guess):
    """Newton's method on the three elements of a 2×2 Riccati equation with one record, in `decimal` arithmetic."""
    A, B, C, D = ([[Decimal(float(x)) for x in row] for row in M] for M in (A, B, C, D))
    R = sum(x * x for x in D[0])
    S = [sum(b * x for b, x in zip(row, D[0], strict=True)) for row in B]
    Q = [[sum(x * y for x, y in zip(r, s, strict=True)) for s in B] for r in B]
    V = [[Decimal(float(x)) for x in row] for row in guess]
    for _ in range(12):
        K = [(V[i][0] * C[0][0] + V[i][1] * C[0][1] + S[i]) / R for i in (0, 1)]
        F = [[A[i][j] - K[i] * C[0][j] for j in (0, 1)] for i in (0, 1)]
        W = [
            [sum(A[i][k] * V[k][j] + V[i][k] * A[j][k] for k in (0, 1)) + Q[i][j] - K[i] * R * K[j] for j in (0, 1)]
            for i in (0, 1)
        ]
        rows = [
            [2 * F[0][0], 2 * F[0][1], Decimal(0), -W[0][0]],
            [F[1][0], F[0][0] + F[1][1], F[0][1], -W[0][1]],
            [Decimal(0), 2 * F[1][0], 2 * F[1][1], -W[1][1]],
        ]
        for k in range(3):
            for m in range(3):
                if m != k:
                    factor = rows[m][k] / rows[k][k]
                    rows[m] = [x - factor * y for x, y in zip(rows[m], rows[k], strict=True)]
        a, b, c = (rows[k][3] / rows[k][k] for k in range(3))
        V = [[V[0][0] + a, V[0][1] + b], [V[1][0] + b, V[1][1] + c]]
    return V
