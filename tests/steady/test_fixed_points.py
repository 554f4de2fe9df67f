"""Fixed points: every root, once, certified; each with its own stability and covariance."""

from __future__ import annotations

import numpy as np
import pytest

from qlangevin.sde import Model, operators
from qlangevin.sde.systems import CascadedResonators, ScattererResonator, SpinningResonator
from qlangevin.sde.terms import (
    detune,
    drive,
    exchange,
    hamiltonian,
    jump,
    kerr,
    lose,
    press,
    rub,
    squeeze,
)
from qlangevin.steady import fixed_points, steady_state

from .bistable import PULL, bistable, shifts, turning_points

OMEGA = 63e6


def test_three_roots_of_the_bistable_cubic_in_closed_form():
    np.testing.assert_allclose(
        shifts(bistable(3.0, 4.0)), [2 - np.sqrt(2), 2, 2 + np.sqrt(2)], rtol=1e-14
    )


def test_middle_branch_is_a_saddle_and_both_criteria_agree_on_it():
    found = fixed_points(bistable(3.0, 4.0))
    assert found["kind"].values[1] == "saddle"
    assert found["margin"].values[1] < 0
    np.testing.assert_array_equal(found["stable"], found["stable_routh_hurwitz"])


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("off", [0.0, 1e-15, -1e-15])
def test_turning_point_within_rounding_is_one_marginal_branch(fold, off):
    y, F = turning_points(3.0)
    model = bistable(3.0, F[fold] * (1 + off))
    found = fixed_points(model)
    other = 2 * (3.0 - y[fold])
    np.testing.assert_allclose(shifts(model), np.sort([y[fold], other]), rtol=1e-6)
    assert "marginal" in found["kind"].values
    assert not found["stable"].values[found["kind"].values == "marginal"].any()


@pytest.mark.parametrize(("off", "count"), [(-1e-10, 3), (1e-10, 1)])
def test_roots_near_a_turning_point_are_neither_lost_nor_invented(off, count):
    _, F = turning_points(3.0)
    assert len(shifts(bistable(3.0, F[0] * (1 + off)))) == count


def test_cusp_is_one_marginal_branch():
    x = np.sqrt(3.0)
    y = 2 * x / 3
    found = fixed_points(bistable(x, y * (1 + (y - x) ** 2)))
    assert found["kind"].values.tolist() == ["marginal"]


def test_residual_is_certified_where_the_spinning_resonator_has_three_roots(spinning):
    found = fixed_points(spinning.replace(detuning=1.02 * OMEGA, power=0.0811))
    assert found.sizes["branch"] == 3
    assert found["residual"].max() <= 1e-12


def test_branches_are_ordered_by_the_amplitude_of_the_first_mode(spinning):
    found = fixed_points(spinning.replace(detuning=1.02 * OMEGA, power=0.0811))
    amplitude = np.hypot(*found["mean"].values[:, :2].T)
    assert np.all(np.diff(amplitude) > 0)


def test_published_operating_points(spinning):
    forward = fixed_points(spinning)
    backward = fixed_points(spinning.reversed())
    positions = [
        float(found["mean"].sel(quadrature="mechanical.q").squeeze())
        for found in (forward, backward)
    ]
    np.testing.assert_allclose(positions, [32593, 37746], atol=0.5)
    np.testing.assert_allclose(forward["margin"] / OMEGA, [0.0862], atol=5e-5)
    assert backward["kind"].values.tolist() == ["hopf"]


def two_mode_balance(p, q):
    """ω_m q − G(|α₁|² + |α₂|²) with the light at its steady value for the position q."""
    first = p["kappa_a"] + 1j * (p["delta_a"] - p["pull"] * q)
    second = p["kappa_b"] + 1j * (p["delta_b"] - p["pull"] * q)
    a = p["strength"] / (first + p["J"] ** 2 / second)
    b = -1j * p["J"] * a / second
    return q - p["pull"] * (np.abs(a) ** 2 + np.abs(b) ** 2)


def scan_grid(p, farthest):
    """Positions from 0 on, dense around the resonances of the two coupled modes."""
    response = np.array(
        [[p["delta_a"] - 1j * p["kappa_a"], p["J"]], [p["J"], p["delta_b"] - 1j * p["kappa_b"]]]
    )
    poles = np.linalg.eigvals(response) / p["pull"]
    around = [
        pole.real + side * np.geomspace(1e-3, 1e5, 4001) * pole.imag
        for pole in poles
        for side in (1, -1)
    ]
    grid = np.unique(
        np.concatenate(
            [np.geomspace(1e-20, 1, 8001) * 3 * (farthest + np.abs(poles).max()), *around]
        )
    )
    return grid[grid > 0]


def test_root_counts_agree_with_a_sign_scan_of_the_scalar_balance():
    rng = np.random.default_rng(5)
    points = 300
    p = {
        "kappa_a": 10 ** rng.uniform(-3, 1, points),
        "kappa_b": 10 ** rng.uniform(-3, 1, points),
        "delta_a": 2 * rng.normal(size=points),
        "delta_b": 2 * rng.normal(size=points),
        "J": 10 ** rng.uniform(-3, 1, points) * rng.integers(0, 2, points),
        "pull": 10 ** rng.uniform(-6, 0, points),
    }
    p["strength"] = (
        10 ** rng.uniform(-1, 3, points) * np.minimum(p["kappa_a"], 1) / np.sqrt(p["pull"])
    )
    found = fixed_points(
        Model.build(
            ("a", "b", "m"),
            [
                detune("a", p["delta_a"]),
                detune("b", p["delta_b"]),
                detune("m", 1.0),
                exchange("a", "b", p["J"]),
                press("a", "m", p["pull"]),
                press("b", "m", p["pull"]),
                drive("a", p["strength"]),
                lose("a", "left", amplitude_rate=p["kappa_a"]),
                lose("b", "right", amplitude_rate=p["kappa_b"]),
                rub("m", 0.01, occupation=0),
            ],
        )
    )
    positions = found["mean"].sel(quadrature="m.q").values
    counts = found["exists"].sum("branch").values
    assert set(counts.tolist()) >= {1, 3}
    for i in range(points):
        here = {name: values[i] for name, values in p.items()}
        balance = two_mode_balance(here, scan_grid(here, np.nanmax(positions[i])))
        assert np.count_nonzero(np.diff(np.sign(balance))) == counts[i]


def test_arrays_of_parameters_give_what_a_loop_gives(spinning):
    detunings = np.linspace(0.5, 1.5, 5) * OMEGA
    powers = np.array([0.02, 0.0811])
    swept = steady_state(spinning.replace(detuning=detunings[:, None], power=powers))
    assert swept["mean"].dims == ("detuning", "power", "branch", "quadrature")
    for i, j in np.ndindex(5, 2):
        single = steady_state(spinning.replace(detuning=detunings[i], power=powers[j]))
        here = swept.isel(detuning=i, power=j, branch=slice(single.sizes["branch"]))
        for name in ("mean", "covariance", "margin", "eigenvalue_real"):
            np.testing.assert_allclose(
                here[name], single[name], rtol=1e-9, atol=1e-9 * np.abs(single[name]).max().item()
            )
        assert here["kind"].values.tolist() == single["kind"].values.tolist()
        assert not swept["exists"].isel(detuning=i, power=j)[single.sizes["branch"] :].any()


def test_unit_of_time_changes_no_mean_and_scales_the_rates():
    fast, slow = (fixed_points(bistable(3.0, 4.0, unit)) for unit in (1.0, 1e-6))
    np.testing.assert_allclose(fast["mean"], slow["mean"], rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(fast["margin"] * 1e-6, slow["margin"], rtol=1e-9)


def test_linear_model_has_the_one_fixed_point_of_its_equations():
    model = Model.build(
        ["a"],
        [detune("a", 3.0), squeeze("a", 0.2), drive("a", 2.0), lose("a", "p", amplitude_rate=1.0)],
    )
    found = fixed_points(model)
    np.testing.assert_allclose(
        found["mean"].values[0], np.linalg.solve(model.A, -model.c), rtol=1e-14
    )


def test_cascade_takes_the_downstream_roots_for_each_upstream_root():
    upstream = bistable(3.0, 4.0)
    feeds = np.zeros((8, 8))
    A = np.kron(np.eye(2), upstream.A)
    feeds[4:6, 0:2] = -0.1 * np.eye(2)
    Q = type(upstream.Q)(
        np.concatenate([upstream.Q.index, upstream.Q.index + 4]), np.tile(upstream.Q.value, 2)
    )
    K = type(upstream.K)(upstream.K.index, upstream.K.value)
    names = ("light", "spring", "light_right", "spring_right")
    quadratures = tuple(f"{name}.{axis}" for name in names for axis in "XY")
    model = Model(
        names, quadratures, ("w",), np.tile(upstream.c, 2), A + feeds, Q, K, np.zeros((8, 1)), {}
    )
    found = fixed_points(model)
    left = found["mean"].sel(quadrature="spring.X").values * PULL
    assert found["residual"].max() <= 1e-12
    np.testing.assert_allclose(
        np.unique(left.round(9)), [2 - np.sqrt(2), 2, 2 + np.sqrt(2)], atol=1e-8
    )
    assert found.sizes["branch"] >= 5


def test_bistable_kerr_cavity_has_a_saddle_between_two_stable_branches():
    strength = 2 / 0.01
    rate = -1e-4
    model = Model.build(
        ["a"],
        [
            detune("a", 3.0),
            kerr("a", rate),
            drive("a", strength),
            lose("a", "p", amplitude_rate=1.0),
        ],
    )
    found = fixed_points(model)
    shift = -rate * np.sum(found["mean"].values ** 2, axis=1) / 2
    np.testing.assert_allclose(shift, [2 - np.sqrt(2), 2, 2 + np.sqrt(2)], rtol=1e-13)
    assert found["kind"].values.tolist() == ["stable", "saddle", "stable"]


def test_two_springs_on_one_cavity_act_as_one_of_their_summed_compliance():
    pulls = (0.01, 0.02)
    stiffnesses = (2.0, 0.5)
    strength = 2.0
    compliance = sum(
        pull**2 / stiffness for pull, stiffness in zip(pulls, stiffnesses, strict=True)
    )
    springs = [
        term
        for name, pull, stiffness in zip("mn", pulls, stiffnesses, strict=True)
        for term in (detune(name, stiffness), press("a", name, pull), rub(name, 0.1, occupation=0))
    ]
    light = [
        detune("a", 3.0),
        drive("a", strength / np.sqrt(compliance)),
        lose("a", "p", amplitude_rate=1.0),
    ]
    found = fixed_points(Model.build(("a", "m", "n"), [*light, *springs]))
    q = found["mean"].sel(quadrature=["m.q", "n.q"]).values
    np.testing.assert_allclose(q @ pulls, [2 - np.sqrt(2), 2, 2 + np.sqrt(2)], rtol=1e-13)


def test_the_undriven_root_is_found_beside_a_pitchfork():
    """Detuned parametric oscillator with Kerr shift, within 1e-4 of where branches appear.

    Zero is a root beside two or four more.
    """
    kappa = 2e6
    K = 1e3
    for chi in kappa * np.sqrt(2) * (1 + np.linspace(-1e-4, 1e-4, 41)):
        model = Model.build(
            ["a"],
            [
                detune("a", -kappa),
                kerr("a", K),
                squeeze("a", chi / 2),
                lose("a", "p", amplitude_rate=kappa),
            ],
        )
        means = fixed_points(model)["mean"].values
        assert (means == 0).all(axis=-1).sum() == 1
        assert (
            np.abs(np.sort(means, axis=0) + np.sort(means, axis=0)[::-1]).max()
            < 1e-6 * np.abs(means).max()
        )


@pytest.mark.parametrize("system", [SpinningResonator, ScattererResonator, CascadedResonators])
@pytest.mark.parametrize("power", [1e8, 1e10, 1e14, 1e30])
def test_a_light_pressed_oscillator_has_a_fixed_point_at_any_power(system, power):
    """Its position is a root of a real polynomial of odd degree, also far from the usual size."""
    found = fixed_points(system.published(power=power))
    assert int(found["exists"].sum()) % 2 == 1
    assert found["residual"].max() < 1e-13


def test_a_mean_field_without_fixed_points_is_given_with_the_reason():
    """H = 0.3X³ + a†a with loss 1: 0.9X² + 1.25X + 0.45 = 0 has no real root."""
    (a,) = operators("a")
    model = Model.build(["a"], [hamiltonian(0.3 * a.x**3 + a.dag() * a), jump("fibre", a)])
    for find in (fixed_points, steady_state):
        found = find(model)
        assert found["reason"].values.tolist() == ["the mean field has no fixed point"]
        assert not found["exists"].any()
        assert found.attrs["complete"] == 1
