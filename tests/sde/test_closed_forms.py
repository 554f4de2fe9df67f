"""Moment equations against closed forms that the physics page lists, and their invariances."""

import dataclasses
from itertools import product

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm, solve_continuous_lyapunov

from qlangevin.sde import Gaussian, Model, propagate_moments
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose, press, rub, squeeze


def last(model, duration, **options):
    result = propagate_moments(model, duration=duration, samples=2, **options)
    return result["mean_field"].values[-1], result["covariance"].values[-1]


def amplifier(kappa, delta, chi, n=0.0):
    """Ẋ = (χ − κ)X + ΔY, Ẏ = −ΔX − (κ + χ)Y."""
    return Model.build(
        ["a"],
        [
            detune("a", delta),
            squeeze("a", 0.5j * chi),
            lose("a", "p", amplitude_rate=kappa, occupation=n),
        ],
    )


@pytest.mark.parametrize(("delta", "chi"), [(0.7, 0.4), (0.5, 0.5), (0.2, 0.9)])
def test_the_detuned_amplifier_reaches_its_closed_form_also_at_its_exceptional_point(delta, chi):
    """V∞ = (n+½)/(κ²+Δ²−χ²)·[[Δ²+κ²+κχ, −Δχ], [−Δχ, Δ²+κ²−κχ]]; A is defective at χ = Δ."""
    n, kappa, t = 0.5, 1.0, 0.8
    exact = np.array(
        [
            [delta**2 + kappa**2 + kappa * chi, -delta * chi],
            [-delta * chi, delta**2 + kappa**2 - kappa * chi],
        ]
    )
    exact *= (n + 0.5) / (kappa**2 + delta**2 - chi**2)
    start = Gaussian(np.zeros(2), np.array([[2.0, 0.3], [0.3, 0.7]]))
    # e^{At} = e^{−κt}[cosh(st) + N sinh(st)/s], s² = χ² − Δ², N = A + κ
    s = np.sqrt(complex(chi**2 - delta**2))
    N = np.array([[chi, delta], [-delta, -chi]])
    sinhc = t if s == 0 else np.sinh(s * t) / s
    P = np.exp(-kappa * t) * (np.cosh(s * t) * np.eye(2) + sinhc * N).real
    _, V = last(amplifier(kappa, delta, chi, n), t, start=start)
    np.testing.assert_allclose(V, exact + P @ (start.covariance - exact) @ P.T, rtol=1e-8)
    _, V = last(amplifier(kappa, delta, chi, n), 300.0, start=start)
    np.testing.assert_allclose(V, exact, rtol=1e-8)


def test_a_free_mass_spreads_as_the_cube_of_time():
    """V_pp = Dt, V_qp = ωDt²/2, V_qq = ω²Dt³/3 from a point."""
    omega, D, t = 0.7, 2.0, 3.0
    mass = Model(
        modes=("m",),
        quadratures=("m.q", "m.p"),
        channels=("m.force",),
        c=np.zeros(2),
        A=np.array([[0.0, omega], [0.0, 0.0]]),
        Q=Monomials(np.zeros((0, 3), int), np.zeros(0)),
        K=Monomials(np.zeros((0, 4), int), np.zeros(0)),
        B=np.array([[0.0], [np.sqrt(D)]]),
        ports={},
    )
    _, V = last(mass, t, start=Gaussian(np.zeros(2), np.zeros((2, 2)), physical="ignore"))
    exact = D * np.array([[omega**2 * t**3 / 3, omega * t**2 / 2], [omega * t**2 / 2, t]])
    np.testing.assert_allclose(V, exact, rtol=1e-9)


def test_a_driven_cavity_rings_up_to_its_steady_mean():
    """α(t) = ε/(κ + iΔ)·(1 − e^{−(κ+iΔ)t}), its covariance never leaving the vacuum."""
    model = Model.build(
        ["a"], [detune("a", 0.7), drive("a", 2.0 - 1.0j), lose("a", "p", amplitude_rate=0.5)]
    )
    u, V = last(model, 2.5)
    alpha = (2 - 1j) / (0.5 + 0.7j) * (1 - np.exp(-(0.5 + 0.7j) * 2.5))
    np.testing.assert_allclose(u / np.sqrt(2), [alpha.real, alpha.imag], rtol=1e-9)
    np.testing.assert_allclose(V, 0.5 * np.eye(2), atol=1e-10)


@pytest.mark.parametrize("sign", [1, -1])
def test_light_through_a_beam_splitter_correlates_x_with_y_in_the_sign_of_the_coupling(sign):
    """V[X_a, Y_b] = J(N_b − N_a)/K, N the occupations n_a, n_b after mixing; from V̇ = 0."""
    ka, kb, J, na, nb = 1.0, 0.5, 0.8 * sign, 0.2, 3.0
    model = Model.build(
        ["a", "b"],
        [
            exchange("a", "b", J),
            lose("a", "p", amplitude_rate=ka, occupation=na),
            lose("b", "q", amplitude_rate=kb, occupation=nb),
        ],
    )
    _, V = last(model, 60.0)
    K, down = ka + kb, ka * kb + J**2
    N = [(ka * kb * n + J**2 * (ka * na + kb * nb) / K) / down for n in (na, nb)]
    np.testing.assert_allclose(np.diag(V), 0.5 + np.repeat(N, 2), rtol=1e-8)
    assert V[0, 3] == pytest.approx(J * (N[1] - N[0]) / K, rel=1e-8)
    assert V[1, 2] == pytest.approx(-V[0, 3], rel=1e-8)
    assert abs(V[0, 1]) + abs(V[0, 2]) < 1e-9


def coupled_model(G=0.2):
    return Model.build(
        ["a", "m"],
        [
            detune("a", 0.4),
            detune("m", 1.0),
            press("a", "m", G),
            kerr("a", 0.05),
            drive("a", 0.8),
            lose("a", "p", amplitude_rate=0.6),
            rub("m", 0.3, occupation=1.0),
        ],
    )


def test_late_moments_are_scipys_lyapunov_solution():
    model = coupled_model()
    u, V = last(model, 200.0)
    A = model.jacobian(u, "mean")
    np.testing.assert_allclose(model.drift(u, "mean"), 0, atol=1e-8)
    assert np.linalg.eigvals(A).real.max() < 0
    np.testing.assert_allclose(
        V, solve_continuous_lyapunov(A, -model.diffusion), rtol=1e-7, atol=1e-8
    )


def test_gaussian_closure_of_an_optomechanical_model_equals_its_hand_written_isserlis_average():
    """dū = f(ū) + ½f″:V and Ā = ∂f(ū) + ½f‴:V, derivatives by exact finite differences."""
    model, n = coupled_model(), 4

    def derivatives(u):
        """f″ of a cubic by central differences, which are exact for it."""
        e = np.eye(n)
        second = np.empty((n, n, n))
        for j, k in product(range(n), repeat=2):
            second[:, j, k] = (
                model.drift(u + e[j] + e[k]) - model.drift(u + e[j] - e[k])
                - model.drift(u - e[j] + e[k]) + model.drift(u - e[j] - e[k])
            ) / 4  # fmt: skip
        return second

    def slope(_, y):
        u, V = y[:n], y[n:].reshape(n, n)
        hessian = derivatives(u)
        du = model.drift(u) + 0.5 * np.einsum("ijk,jk->i", hessian, V)
        eps = np.eye(n)
        third = [(derivatives(u + d) - derivatives(u - d)) / 2 for d in eps]
        A = model.jacobian(u) + 0.5 * np.einsum("ijkl,kl->ij", np.stack(third, axis=1), V)
        return np.concatenate([du, (A @ V + V @ A.T + model.diffusion).ravel()])

    start = Gaussian(np.array([0.5, -0.2, 0.3, 0.1]), np.diag([0.5, 0.5, 1.5, 1.5]))
    y0 = np.concatenate([start.mean, start.covariance.ravel()])
    exact = solve_ivp(slope, (0, 1.0), y0, method="DOP853", rtol=1e-9, atol=1e-10).y[:, -1]
    u, V = last(model, 1.0, start=start, closure="gaussian")
    np.testing.assert_allclose(u, exact[:n], rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(V, exact[n:].reshape(n, n), rtol=1e-7, atol=1e-8)
    linear, _ = last(model, 1.0, start=start)
    assert np.abs(linear - u).max() > 1e-3


def test_changing_the_unit_of_time_changes_nothing():
    """Rates up, durations down by 10⁶: the same moments at every sample, to tolerance."""
    model, f = coupled_model(), 1e6
    fast = dataclasses.replace(
        model,
        c=model.c * f,
        A=model.A * f,
        B=model.B * np.sqrt(f),
        Q=dataclasses.replace(model.Q, value=model.Q.value * f),
        K=dataclasses.replace(model.K, value=model.K.value * f),
    )
    slow, quick = (
        propagate_moments(m, duration=d, samples=8) for m, d in ((model, 10.0), (fast, 10.0 / f))
    )
    np.testing.assert_allclose(slow["mean_field"], quick["mean_field"], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(slow["covariance"], quick["covariance"], rtol=1e-8, atol=1e-9)


def test_the_propagator_of_a_linear_model_is_the_matrix_exponential():
    """V(t) = e^{At}V₀e^{Aᵀt} + ∫e^{As}De^{Aᵀs}ds, the integral by the block exponential."""
    model = Model.build(
        ["a", "b"],
        [
            detune("a", 0.7),
            exchange("a", "b", 0.5 + 0.2j),
            squeeze("a", 0.2),
            lose("a", "p", amplitude_rate=0.6),
            lose("b", "q", amplitude_rate=0.9, occupation=1.0),
        ],
    )
    t, V0 = 1.7, np.diag([0.6, 0.9, 1.2, 0.5])
    block = expm(np.block([[-model.A, model.diffusion], [np.zeros((4, 4)), model.A.T]]) * t)
    P = block[4:, 4:].T
    exact = P @ V0 @ P.T + P @ block[:4, 4:]
    _, V = last(model, t, start=Gaussian(np.zeros(4), V0))
    np.testing.assert_allclose(V, exact, rtol=1e-8, atol=1e-9)


def test_a_batch_of_starts_and_parameters_equals_a_loop():
    spins = np.array([-8e3, 0.0, 8e3])
    unit = 1 / 63e6
    many = propagate_moments(SpinningResonator.published(spin=spins), duration=4 * unit, samples=3)
    for k, spin in enumerate(spins):
        one = propagate_moments(
            SpinningResonator.published(spin=spin), duration=4 * unit, samples=3
        )
        np.testing.assert_allclose(
            many["mean_field"].values[:, k], one["mean_field"].values, rtol=1e-6, atol=1e-4
        )


@pytest.mark.parametrize("samples", [1, 2, 7, 200])
def test_there_are_samples_plus_one_times_from_zero_to_the_duration(samples):
    result = propagate_moments(coupled_model(), duration=1.5, samples=samples)
    assert result.sizes["time"] == samples + 1
    assert result["time"].values[0] == 0
    assert result["time"].values[-1] == 1.5


@pytest.mark.parametrize("samples", [0, -1, 1.5, True])
def test_samples_that_are_no_whole_number_are_refused_by_name(samples):
    with pytest.raises(ValueError, match="samples"):
        propagate_moments(coupled_model(), duration=1.0, samples=samples)


def test_an_unknown_closure_is_refused_by_name():
    with pytest.raises(ValueError, match="closure"):
        propagate_moments(coupled_model(), duration=1.0, closure="cubic")


def test_a_mean_field_that_runs_away_raises_with_its_time():
    """q̇ = q² from q = 1 ends at t = 1."""
    none4 = Monomials(np.zeros((0, 4), int), np.zeros(0))
    square = Monomials(np.array([[0, 0, 0]]), np.array([1.0]))
    model = Model(
        ("m",),
        ("m.q", "m.p"),
        (),
        np.array([-0.5, 0.0]),
        np.zeros((2, 2)),
        square,
        none4,
        np.zeros((2, 0)),
        {},
    )
    with pytest.raises(ArithmeticError, match="diverge"):
        propagate_moments(
            model,
            duration=3.0,
            start=Gaussian(np.array([1.0, 0.0]), np.zeros((2, 2)), physical="ignore"),
        )
