"""Moment equations against closed-form transients."""

import base64
import json

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from qlangevin.sde import Gaussian, Model, propagate_moments
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose, press, rub, squeeze

KAPPA = 1e6


def final(model, duration, **options):
    return propagate_moments(model, duration=duration / KAPPA, samples=4, **options)


def test_damped_thermal_cavity_relaxes_and_turns():
    """V(t) = (n + ½)(1 − e^{−2κt}) + e^{−2κt} R V₀ Rᵀ."""
    n, delta, t = 2.0, 0.7, 0.9
    model = Model.build(
        ["a"], [detune("a", delta * KAPPA), lose("a", "p", amplitude_rate=KAPPA, occupation=n)]
    )
    V0 = np.array([[3.0, 0.4], [0.4, 0.6]])
    R = np.array([[np.cos(delta * t), np.sin(delta * t)], [-np.sin(delta * t), np.cos(delta * t)]])
    exact = (n + 0.5) * (1 - np.exp(-2 * t)) * np.eye(2) + np.exp(-2 * t) * R @ V0 @ R.T
    result = final(model, t, start=Gaussian(np.zeros(2), V0))
    np.testing.assert_allclose(result["covariance"].values[-1], exact, rtol=1e-9)


@pytest.mark.parametrize("x", [0.5, 0.9])
def test_degenerate_amplifier_squeezes_at_its_two_rates(x):
    """V_{X,Y}(t) = V∞ + (½ − V∞)e^{−2(κ∓χ)t}, V∞ = ½/(1 ∓ x); squeeze(iχ/2)."""
    t = 1.3
    model = Model.build(
        ["a"], [squeeze("a", 0.5j * x * KAPPA), lose("a", "p", amplitude_rate=KAPPA)]
    )
    V = final(model, t)["covariance"].values[-1]
    for k, sign in ((0, -1), (1, 1)):
        limit = 0.5 / (1 + sign * x)
        assert V[k, k] == pytest.approx(
            limit + (0.5 - limit) * np.exp(-2 * (1 + sign * x) * t), rel=1e-9
        )


def test_an_amplifier_above_threshold_grows_at_its_rate():
    t, x = 2.0, 1.5
    model = Model.build(
        ["a"], [squeeze("a", 0.5j * x * KAPPA), lose("a", "p", amplitude_rate=KAPPA)]
    )
    limit = 0.5 / (1 - x)
    exact = limit + (0.5 - limit) * np.exp(2 * (x - 1) * t)
    assert final(model, t)["covariance"].values[-1, 0, 0] == pytest.approx(exact, rel=1e-9)


def test_nondegenerate_amplifier_entangles_as_its_closed_form_says():
    """ν⁻(t) = ν∞ + (½ − ν∞)e^{−2(κ+g)t}, ν∞ = ½/(1 + x): two squeezed modes on a beam splitter."""
    from qlangevin.analysis import transposed_eigenvalues

    x, t = 0.6, 0.8
    model = Model.build(
        ["a", "b"],
        [
            squeeze("a", 0.5j * x * KAPPA),
            squeeze("b", -0.5j * x * KAPPA),
            lose("a", "p", amplitude_rate=KAPPA),
            lose("b", "q", amplitude_rate=KAPPA),
        ],
    )
    V = final(model, t)["covariance"].values[-1]
    mix = np.kron(np.array([[1, 1], [1, -1]]) / np.sqrt(2), np.eye(2))
    limit = 0.5 / (1 + x)
    exact = limit + (0.5 - limit) * np.exp(-2 * (1 + x) * t)
    assert transposed_eigenvalues(mix @ V @ mix.T, 0, 1)[0] == pytest.approx(exact, rel=1e-9)


def test_two_baths_mix_through_a_beam_splitter():
    """N_a = [κ_aκ_b n_a + J²(κ_a n_a + κ_b n_b)/K]/(κ_aκ_b + J²) at late times, K = κ_a + κ_b."""
    ka, kb, J, na, nb = 1.0, 0.5, 0.8, 0.2, 3.0
    model = Model.build(
        ["a", "b"],
        [
            exchange("a", "b", J * KAPPA),
            lose("a", "p", amplitude_rate=ka * KAPPA, occupation=na),
            lose("b", "q", amplitude_rate=kb * KAPPA, occupation=nb),
        ],
    )
    V = final(model, 40.0)["covariance"].values[-1]
    K = ka + kb
    N_a = (ka * kb * na + J**2 * (ka * na + kb * nb) / K) / (ka * kb + J**2)
    N_b = (ka * kb * nb + J**2 * (ka * na + kb * nb) / K) / (ka * kb + J**2)
    assert V[0, 0] == pytest.approx(N_a + 0.5, rel=1e-8)
    assert abs(V[0, 3]) == pytest.approx(J * (N_b - N_a) / K, rel=1e-8)


def test_brownian_oscillator_thermalises():
    model = Model.build(["m"], [detune("m", KAPPA), rub("m", 0.5 * KAPPA, occupation=7.0)])
    V = final(model, 60.0, start=Gaussian(np.zeros(2), np.eye(2)))["covariance"].values[-1]
    np.testing.assert_allclose(V, 7.5 * np.eye(2), atol=1e-8)


def kerr_mode():
    return Model.build(
        ["a"], [kerr("a", 0.3 * KAPPA), drive("a", KAPPA), lose("a", "p", amplitude_rate=KAPPA)]
    )


def test_in_gaussian_closure_the_covariance_acts_on_the_mean():
    """α̇ = −iK[(|α|² + 2(N − ½))α + Mα*] − κα + ε, N = ⟨|δα|²⟩, M = ⟨δα²⟩, by hand."""

    def slope(_, y):
        alpha, N, M = y[0] + 1j * y[1], y[2], y[3] + 1j * y[4]
        n = abs(alpha) ** 2
        d_alpha = -0.3j * ((n + 2 * N - 1) * alpha + M * np.conj(alpha)) - alpha + 1
        W, m = alpha**2 + M, 2 * (n + N) - 1
        d_N = 2 * np.real(-0.3j * np.conj(M) * W) - 2 * N + 1
        d_M = 2 * (-0.3j * (m * M + W * N)) - 2 * M
        return [d_alpha.real, d_alpha.imag, d_N, d_M.real, d_M.imag]

    exact = solve_ivp(slope, (0, 2), [0, 0, 0.5, 0, 0], rtol=1e-11, atol=1e-12).y[:, -1]
    result = final(kerr_mode(), 2.0, closure="gaussian")
    u, V = result["mean_field"].values[-1], result["covariance"].values[-1]
    np.testing.assert_allclose(u / np.sqrt(2), exact[:2], rtol=1e-8)
    assert (V[0, 0] + V[1, 1]) / 2 == pytest.approx(exact[2], rel=1e-8)
    assert (V[0, 0] - V[1, 1]) / 2 == pytest.approx(exact[3], rel=1e-8)
    assert V[0, 1] == pytest.approx(exact[4], rel=1e-8)


def test_closures_agree_for_linear_models_and_differ_for_a_kerr_mode():
    linear = Model.build(
        ["a"], [squeeze("a", 0.1 * KAPPA), drive("a", KAPPA), lose("a", "p", amplitude_rate=KAPPA)]
    )
    for model, equal in ((linear, True), (kerr_mode(), False)):
        means = [
            final(model, 2.0, closure=c)["mean_field"].values[-1] for c in ("linear", "gaussian")
        ]
        assert np.allclose(*means, rtol=1e-8) is equal


def test_parameter_points_lead_after_time_under_the_name_of_their_field():
    detunings = np.array([1.5e7, 2.0e7])
    unit = 1 / 63e6
    many = propagate_moments(
        SpinningResonator.published(detuning=detunings), duration=3 * unit, samples=3
    )
    assert many["covariance"].dims == ("time", "detuning", "quadrature", "quadrature_")
    np.testing.assert_array_equal(many["detuning"], detunings)
    for k, value in enumerate(detunings):
        one = propagate_moments(
            SpinningResonator.published(detuning=value), duration=3 * unit, samples=3
        )
        np.testing.assert_allclose(
            many["covariance"][:, k], one["covariance"], rtol=1e-6, atol=1e-8
        )


def test_samples_are_equal_intervals_from_zero():
    result = propagate_moments(kerr_mode(), duration=1e-6, samples=5)
    np.testing.assert_allclose(result["time"], np.linspace(0, 1e-6, 6))


@pytest.mark.parametrize("duration", [0.0, -1.0, np.inf, np.nan])
def test_a_duration_that_is_not_positive_is_refused(duration):
    with pytest.raises(ValueError, match="duration must be positive"):
        propagate_moments(kerr_mode(), duration=duration)


def test_optomechanical_batches_and_closures_run_together():
    """The closure's average over V acts point by point."""
    G = np.array([0.0, 0.2]) * KAPPA
    model = Model.build(
        ["light", "motion"],
        [
            detune("motion", KAPPA),
            press("light", "motion", G),
            drive("light", KAPPA),
            lose("light", "p", amplitude_rate=KAPPA),
            rub("motion", 0.5 * KAPPA, occupation=1.0),
        ],
    )
    result = final(model, 3.0, closure="gaussian")
    assert result["mean_field"].values[-1, 0, 2] == pytest.approx(0.0, abs=1e-9)
    assert result["mean_field"].values[-1, 1, 2] > 0.05


def test_provenance_of_many_points_keeps_every_bit_of_the_model():
    """Arrays of more than a thousand numbers stand there as bytes."""
    rates = np.linspace(1.0, 2.0, 300)
    model = Model.build(["a"], [detune("a", 0.3), lose("a", "p", amplitude_rate=rates)])
    made_by = json.loads(propagate_moments(model, duration=1.0, samples=2).attrs["provenance"])
    kept = made_by["parameters"]["A"]
    A = np.frombuffer(base64.b64decode(kept["float64"])).reshape(kept["shape"])
    np.testing.assert_array_equal(A, model.A)
    assert made_by["parameters"]["c"] == np.asarray(model.c).tolist()
