"""Compiled moment equations: independent integrations, closed forms, long times, many points."""

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from qlangevin.sde import Gaussian, Model
from qlangevin.sde.initial_states import dark_state
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.moments import propagation, taylor
from qlangevin.sde.moments.propagation import DivergenceError, propagate
from qlangevin.sde.systems import SYSTEMS, SpinningResonator
from qlangevin.steady import solve_lyapunov

CLOSURES = ("linear", "gaussian")


def polynomial_model(seed=0, n=4, strength=0.06, batch=()):
    """Random damped equations with quadratic and cubic terms in every place."""
    r = np.random.default_rng(seed)
    Q = np.array([(i, j, k) for i in range(n) for j in range(n) for k in range(j, n)])
    K = np.array(
        [(i, j, k, m) for i in range(n) for j in range(n) for k in range(j, n) for m in range(k, n)]
    )
    values = [strength * r.normal(size=(*batch, len(index))) / n for index in (Q, K)]
    A = r.normal(size=(*batch, n, n)) / 3 - np.eye(n)
    names = tuple(f"u{i}" for i in range(n))
    return Model(
        names[::2], names, names, r.normal(size=(*batch, n)) / 2, A,
        Monomials(Q, values[0]), Monomials(K, values[1]), r.normal(size=(*batch, n, n)) / 2, {},
    )  # fmt: skip


def growing_model(rate=1e6):
    """u̇ = k u² twice over, whose vacuum average is k(u² + ½)."""
    Q = Monomials(np.array([[0, 0, 0], [1, 1, 1]]), np.array([rate, rate]))
    K = Monomials(np.zeros((0, 4), int), np.zeros(0))
    return Model(("a",), ("x", "y"), (), np.zeros(2), np.zeros((2, 2)), Q, K, np.zeros((2, 0)), {})


def reference(model, state, times, closure):
    """Mean and covariance by SciPy's DOP853 on the model's own drift and Jacobian."""
    n, unit = model.size, 1 / np.abs(model.A).max()

    def slope(_, y):
        u, V = y[:n], y[n:].reshape(n, n)
        about = model.mean_level if closure == "linear" else model.averaged(V)
        AV = about.jacobian(u) @ V
        return unit * np.concatenate([about.drift(u), (AV + AV.T + model.diffusion).ravel()])

    start = np.concatenate([state.mean, state.covariance.ravel()])
    flow = solve_ivp(
        slope, (0, times[-1] / unit), start, "DOP853", times / unit, rtol=3e-13, atol=1e-12
    )
    return flow.y[:n].T, flow.y[n:].T.reshape(-1, n, n)


def assert_close(found, expected, tolerance):
    """Means within a tolerance of their largest, covariances within that of √(V_ii V_jj)."""
    scale = np.sqrt(np.einsum("tii->ti", expected[1]))
    assert np.abs(found[0] - expected[0]).max() <= tolerance * np.abs(expected[0]).max()
    assert (
        np.abs(found[1] - expected[1]) / (scale[:, :, None] * scale[:, None, :])
    ).max() <= tolerance


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_every_system_agrees_with_an_independent_integration(name, closure):
    model = SYSTEMS[name].published().model()
    state = (
        dark_state(model)
        if name != "hybrid"
        else Gaussian(np.zeros(model.size), 0.5 * np.eye(model.size))
    )
    times = np.linspace(0, 8 / np.abs(model.A).max(), 4)
    assert_close(
        propagate(model, state, times, closure), reference(model, state, times, closure), 1e-8
    )


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize(("n", "seed"), [(2, 1), (4, 2), (8, 3)])
def test_quadratic_and_cubic_terms_in_every_place(n, seed, closure):
    model = polynomial_model(seed, n)
    state = Gaussian(np.linspace(-0.3, 0.4, n), 0.2 * np.eye(n) + 0.1, physical="ignore")
    times = np.array([0.0, 0.4, 1.1, 1.1 + 1e-6, 2.0])
    assert_close(
        propagate(model, state, times, closure), reference(model, state, times, closure), 1e-9
    )


def test_a_mean_field_follows_its_closed_form_up_to_the_pole():
    """u̇ = u² + ½ from 0: u = tan(t/√2)/√2; V̇ = 4uV: V = V₀/cos⁴(t/√2)."""
    t = np.array([0.0, 0.5, 1.5, 2.1, 2.2])
    means, V = propagate(growing_model(), Gaussian(np.zeros(2), np.eye(2)), t * 1e-6)
    np.testing.assert_allclose(means[:, 0], np.tan(t / np.sqrt(2)) / np.sqrt(2), rtol=1e-9)
    np.testing.assert_allclose(V[:, 0, 0], np.cos(t / np.sqrt(2)) ** -4, rtol=1e-9)


@pytest.mark.parametrize(
    ("later", "when"), [(0.0, np.pi / np.sqrt(2)), (1.0, np.pi / np.sqrt(2) + 1)]
)
def test_a_divergence_is_named_with_its_time(later, when):
    times = (np.linspace(0, 5, 6) + later) * 1e-6
    with pytest.raises(DivergenceError) as error:
        propagate(growing_model(), Gaussian(np.zeros(2), np.eye(2)), times)
    found = re.search(r"diverge after (\S+) s", str(error.value))
    assert float(found[1]) == pytest.approx(when * 1e-6, rel=2e-3)


def test_the_earliest_divergence_of_a_batch_is_named():
    start = Gaussian(np.array([[0.0, 0.0], [1.0, 0.0]]), np.broadcast_to(np.eye(2), (2, 2, 2)))
    with pytest.raises(DivergenceError, match=r"after 8\.7e-07 s"):
        propagate(growing_model(), start, np.array([0, 1e-5]))


def high_quality(**changes):
    resonator = SpinningResonator.published()
    frequency = resonator.mechanical_frequency
    return resonator.replace(mechanical_damping=1e-4 * frequency, **changes).model(), 1 / frequency


def test_late_covariances_of_a_ringing_resonator_solve_lyapunov():
    """After 3e5 radians of motion, during which the mean field rings: errors must not build up."""
    model, unit = high_quality(power=1e-9)
    times = np.array([0.0, 1.5e5, 3e5]) * unit
    means, V = propagate(model, dark_state(model), times)
    assert np.linalg.norm(means[1] - means[2]) > 1e-7
    late = solve_lyapunov(model.jacobian(means[2], "mean"), model.diffusion)
    np.testing.assert_allclose(V[2], late, rtol=1e-9, atol=1e-9 * np.abs(late).max())


@pytest.mark.parametrize("closure", CLOSURES)
def test_points_of_a_batch_are_those_points_alone_bit_for_bit(closure, monkeypatch):
    model = polynomial_model(5, batch=(3, 2))
    state, times = Gaussian(np.full(4, 0.2), np.eye(4)), np.linspace(0, 3, 7)
    together = propagate(model, state, times, closure)
    for cores in (1, 3):
        monkeypatch.setattr(taylor, "available_cores", lambda cores=cores: cores)
        for found, expected in zip(propagate(model, state, times, closure), together, strict=True):
            np.testing.assert_array_equal(found, expected)
    for number, point in enumerate(np.ndindex(3, 2)):
        alone = propagate(model.at(number), state, times, closure)
        np.testing.assert_array_equal(together[0][(slice(None), *point)], alone[0])
        np.testing.assert_array_equal(together[1][(slice(None), *point)], alone[1])


def test_a_point_that_starts_at_rest_and_one_that_does_not_are_independent():
    model, unit = high_quality(power=1e-9)
    rest = np.zeros(6)
    for _ in range(20):
        rest = rest - np.linalg.solve(model.jacobian(rest, "mean"), model.drift(rest, "mean"))
    starts, V, times = np.stack([rest, 0 * rest]), 3 * np.eye(6), np.linspace(0, 9, 4) * unit
    together = propagate(model, Gaussian(starts, np.stack([V, V])), times)
    assert np.ptp(together[0][:, 0], axis=0).max() == 0
    assert np.ptp(together[0][:, 1], axis=0).max() > 1
    for point in range(2):
        alone = propagate(model, Gaussian(starts[point], V), times)
        np.testing.assert_array_equal(together[0][:, point], alone[0])
        np.testing.assert_array_equal(together[1][:, point], alone[1])


def test_a_mean_field_at_rest_is_continued_by_exact_steps(monkeypatch):
    """With a kernel call of few steps the last times come from exact steps, and are the same."""
    model = polynomial_model(2)
    state, times = Gaussian(np.full(4, 0.3), np.eye(4)), np.array([0.0, 1.0, 60.0, 300.0])
    without = propagate(model, state, times)
    settled = []
    original = propagation._about_fixed_point

    def recorded(*given):
        settled.append(given[3])
        return original(*given)

    monkeypatch.setattr(propagation, "_about_fixed_point", recorded)
    monkeypatch.setattr(taylor, "STEPS", 10)
    found = propagate(model, state, times)
    assert [values[-1] for values in settled] == [300.0]
    assert 1.0 < settled[0][0] < 300.0
    np.testing.assert_allclose(found[0], without[0], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(found[1], without[1], rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("closure", CLOSURES)
def test_results_do_not_depend_on_the_pauses_and_covariances_are_symmetric(closure, monkeypatch):
    model, state, times = (
        polynomial_model(7),
        Gaussian(np.full(4, 0.3), np.eye(4)),
        np.linspace(0, 4, 5),
    )
    at_once = propagate(model, state, times, closure)
    monkeypatch.setattr(taylor, "STEPS", 1)
    monkeypatch.setattr(propagation, "SETTLED", -1.0)
    for found, expected in zip(propagate(model, state, times, closure), at_once, strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(at_once[1], np.swapaxes(at_once[1], -1, -2))


def test_times_may_be_uneven_and_many():
    model, state = polynomial_model(9), Gaussian(np.full(4, 0.3), np.eye(4))
    times = np.sort(np.random.default_rng(0).uniform(0, 3, 40))
    every = propagate(model, state, np.concatenate([[0.0], times]))
    for k in (5, 39):
        some = propagate(model, state, np.array([0.0, times[k]]))
        np.testing.assert_allclose(every[0][k + 1], some[0][1], rtol=1e-13)
        np.testing.assert_allclose(every[1][k + 1], some[1][1], rtol=1e-12, atol=1e-13)
