"""Exact steps of linear models: closed forms, stiff drifts, high quality factors, uneven times."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from qlangevin.sde.moments import linear
from qlangevin.sde.moments.linear import _intervals, exact_step, propagate_exactly
from qlangevin.sde.moments.linear_large import single_step
from qlangevin.sde.systems import Microrings

STEPS = pytest.mark.parametrize("step", [exact_step, single_step])


def test_a_damped_thermal_cavity_relaxes_as_its_closed_form_says():
    """V(t) = (n+½)(1 − e^{−2κt})1 + e^{−2κt} R V₀ Rᵀ."""
    kappa, delta, n, t = 0.7, 3.0, 2.0, 1.9
    A, D = np.array([[-kappa, delta], [-delta, -kappa]]), kappa * (2 * n + 1) * np.eye(2)
    V0 = np.array([[3.0, 0.4], [0.4, 0.6]])
    _, V = propagate_exactly(A, np.zeros(2), D, np.zeros(2), V0, np.array([0.0, t]))
    R = np.array([[np.cos(delta * t), np.sin(delta * t)], [-np.sin(delta * t), np.cos(delta * t)]])
    decay = np.exp(-2 * kappa * t)
    np.testing.assert_allclose(
        V[-1], (n + 0.5) * (1 - decay) * np.eye(2) + decay * R @ V0 @ R.T, rtol=1e-13
    )


@STEPS
def test_a_defective_drift_has_its_linear_growth(step):
    """Detuned amplifier at χ = Δ: e^{At} = e^{−κt}(1 + tN)."""
    kappa, chi, t = 1.0, 0.8, 3.0
    N = chi * np.array([[0.0, 2.0], [0.0, 0.0]])
    E, _, _ = step(-kappa * np.eye(2) + N, np.zeros((2, 1)), np.eye(2), t)
    np.testing.assert_allclose(
        E + np.eye(2), np.exp(-kappa * t) * (np.eye(2) + t * N), rtol=1e-13, atol=1e-15
    )


@STEPS
def test_a_free_mass_spreads_with_the_cube_of_time(step):
    E, g, Q = step(
        np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0], [2.0]]), np.diag([0.0, 3.0]), 5.0
    )
    np.testing.assert_allclose(E, [[0, 5], [0, 0]], atol=1e-15)
    np.testing.assert_allclose(g, [[25], [10]], rtol=1e-14)
    np.testing.assert_allclose(Q, [[3 * 125 / 3, 3 * 25 / 2], [3 * 25 / 2, 15]], rtol=1e-14)


@pytest.mark.parametrize("quality", [1e3, 1e9])
def test_slow_decay_beside_fast_oscillation_keeps_its_rate(quality):
    """Energy of an oscillator after a time 1/γ, up to thirty doublings: to 1e-15 per radian."""
    gamma = 1 / quality
    A = np.array([[-gamma / 2, 1.0], [-1.0, -gamma / 2]])
    _, V = propagate_exactly(
        A, np.zeros(2), np.zeros((2, 2)), np.zeros(2), np.eye(2), np.array([0.0, quality])
    )
    assert np.trace(V[-1]) / 2 == pytest.approx(np.exp(-1.0), rel=1e-15 * quality + 1e-13)


@STEPS
@pytest.mark.parametrize("seed", range(5))
def test_random_drifts_agree_with_expm_and_an_ode_solver(seed, step):
    r = np.random.default_rng(seed)
    n, t = 6, 2.5
    A, B, c = r.normal(size=(n, n)), r.normal(size=(n, n)), r.normal(size=n)
    A -= (np.linalg.eigvals(A).real.max() + 0.1) * np.eye(n)
    E, g, Q = step(A, c[:, None], B @ B.T, t)
    np.testing.assert_allclose(E, expm(A * t) - np.eye(n), rtol=1e-10, atol=1e-12)
    flow = solve_ivp(
        lambda _, y: _slopes(A, c, B @ B.T, y),
        (0, t),
        np.zeros(n + n * n),
        "DOP853",
        rtol=1e-12,
        atol=1e-13,
    )
    np.testing.assert_allclose(g[:, 0], flow.y[:n, -1], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(Q.ravel(), flow.y[n:, -1], rtol=1e-8, atol=1e-9)


@STEPS
def test_a_stiff_pair_of_modes_is_right_where_one_exponential_is_not(step):
    """κh = 800, slow rate 1: Van Loan's exponential overflows; the slow variance is 1 − e^{−2}."""
    A, D = np.diag([-800.0, -1.0]), np.diag([1600.0, 2.0])
    _, _, Q = step(A, np.zeros((2, 1)), D, 1.0)
    np.testing.assert_allclose(Q, np.diag([1.0, 1 - np.exp(-2.0)]), rtol=1e-13)


def test_a_thousand_steps_lose_no_more_than_one():
    """Microrings over 280 radians: rounding must not build up from step to step."""
    model = Microrings.published(drive=2e8).model()
    start = np.zeros(4), 0.5 * np.eye(4)
    one, many = (
        propagate_exactly(model.A, model.c, model.diffusion, *start, np.linspace(0, 4e-7, points))
        for points in (2, 1001)
    )
    np.testing.assert_allclose(many[0][-1], one[0][-1], rtol=1e-11)
    np.testing.assert_allclose(many[1][-1], one[1][-1], rtol=1e-11, atol=1e-12)


def test_uneven_times_and_parameter_points_are_as_accurate():
    r = np.random.default_rng(7)
    A, c = -np.eye(3) + 0.3 * r.normal(size=(4, 3, 3)), r.normal(size=(4, 3))
    D, V0, m0 = np.eye(3), np.broadcast_to(2 * np.eye(3), (4, 3, 3)), np.ones((4, 3))
    times = np.array([0.0, 0.3, 0.6, 1.1, 1.1 + 1e-3])
    means, covariances = propagate_exactly(A, c, D, m0, V0, times)
    assert (means.shape, covariances.shape) == ((5, 4, 3), (5, 4, 3, 3))
    for point in range(4):
        for k, t in enumerate(times[1:], 1):
            E, g, Q = exact_step(A[point], c[point, :, None], D, t)
            F = E + np.eye(3)
            np.testing.assert_allclose(means[k, point], F @ m0[point] + g[:, 0], rtol=1e-11)
            np.testing.assert_allclose(
                covariances[k, point], F @ V0[point] @ F.T + Q, rtol=1e-11, atol=1e-13
            )


def _random_points(points, n, seed=3):
    """Drifts whose norms span four decades, so that each needs doublings of its own."""
    r = np.random.default_rng(seed)
    A = r.normal(size=(points, n, n)) * 10.0 ** r.uniform(-2, 2, (points, 1, 1)) / n
    A -= (np.linalg.eigvals(A).real.max(-1) + 0.1)[:, None, None] * np.eye(n)
    B = r.normal(size=(points, n, n))
    return (
        A,
        r.normal(size=(points, n)),
        B @ np.swapaxes(B, -1, -2),
        r.normal(size=(points, n)),
        np.eye(n),
    )


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_points_side_by_side_are_those_points_alone_for_any_threads_and_symmetric(n):
    """21 points of lanes of eight: whole groups and a part of one."""
    A, c, D, mean, V = _random_points(21, n)
    times = np.array([0.0, 0.1, 0.2, 0.3, 2.0, 7.0])
    means, covariances = propagate_exactly(A, c, D, mean, V, times, threads=1)
    np.testing.assert_array_equal(covariances, np.swapaxes(covariances, -1, -2))
    for point in range(21):
        alone = propagate_exactly(A[point], c[point], D[point], mean[point], V, times)
        np.testing.assert_array_equal(means[:, point], alone[0])
        np.testing.assert_array_equal(covariances[:, point], alone[1])


def test_results_are_the_same_for_any_number_of_threads():
    given, times = _random_points(403, 4), np.linspace(0, 3, 301)
    one, two, five = (propagate_exactly(*given, times, threads=threads) for threads in (1, 2, 5))
    for other in (two, five):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_steps_of_many_points_agree_with_expm_at_every_norm():
    A, c, D, _, _ = _random_points(21, 6)
    E, g, Q = exact_step(A, c[..., None], D, 0.7)
    for point in range(21):
        np.testing.assert_allclose(
            E[point] + np.eye(6), expm(0.7 * A[point]), rtol=1e-10, atol=1e-12
        )
        balance = A[point] @ Q[point] + Q[point] @ A[point].T + D[point]
        F = E[point] + np.eye(6)
        np.testing.assert_allclose(
            balance, F @ D[point] @ F.T, rtol=1e-9, atol=1e-10 * np.abs(A[point] @ Q[point]).max()
        )
        np.testing.assert_allclose(
            A[point] @ g[point, :, 0], E[point] @ c[point], rtol=1e-9, atol=1e-10
        )


def test_equal_intervals_do_not_drift_from_their_times():
    """10⁶ radians in 700 samples; rounded intervals alone would put the phase off by more."""
    A, times = np.array([[0.0, 1.0], [-1.0, 0.0]]), np.linspace(0, 1e6, 701)
    means, _ = propagate_exactly(
        A, np.zeros(2), np.zeros((2, 2)), np.array([1.0, 0.0]), np.zeros((2, 2)), times
    )
    np.testing.assert_allclose(means[:, 0], np.cos(times), atol=2e-9)
    assert len(set(_intervals(times))) == 1
    np.testing.assert_array_equal(
        _intervals(np.array([0.0, 1.0, 2.0, 2.5, 3.0])), [1.0, 1.0, 0.5, 0.5]
    )


def test_leading_axes_are_broadcast_against_each_other():
    A = -np.array([1.0, 2.0, 3.0])[:, None, None, None] * np.eye(2)
    mean = np.array([[1.0, 2.0], [3.0, 4.0]])
    means, V = propagate_exactly(
        A, np.zeros(2), np.eye(2), mean, np.zeros((2, 2)), np.array([0.0, 0.5])
    )
    assert (means.shape, V.shape) == ((2, 3, 2, 2), (2, 3, 2, 2, 2))
    np.testing.assert_allclose(means[1], np.exp(0.5 * A[..., 0, 0])[..., None] * mean, rtol=1e-14)


def _slopes(A, c, D, y):
    n = len(c)
    V = y[n:].reshape(n, n)
    return np.concatenate([A @ y[:n] + c, (A @ V + V @ A.T + D).ravel()])


@pytest.mark.parametrize("batch", [(), (3,)])
def test_large_models_are_propagated_alike(batch, monkeypatch):
    """Products of NumPy, here of small matrices, against the compiled loops."""
    r = np.random.default_rng(7)
    n = 6
    A, B = r.normal(size=(*batch, n, n)), r.normal(size=(*batch, n, n))
    A = A - 2.5 * np.eye(n)
    c, D, V = r.normal(size=n), B @ B.swapaxes(-1, -2), np.eye(n)
    arguments = A, c, D, np.zeros(n), V, np.array([0.0, 1.0, 2.0, 2.5])
    loops = *propagate_exactly(*arguments), *exact_step(A, c[:, None], D, 40.0)
    monkeypatch.setattr(linear, "LARGE", n)
    large = *propagate_exactly(*arguments), *exact_step(A, c[:, None], D, 40.0)
    for ours, theirs in zip(large, loops, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(large[1], large[1].swapaxes(-1, -2))
