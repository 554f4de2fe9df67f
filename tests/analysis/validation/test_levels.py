"""Levels of theory side by side, and when the Gaussian closure is closer than linearised theory.

Seeds are fixed; each statistical test has a false alarm of 10⁻⁴ / 20, spread over what it compares.
"""

from dataclasses import replace

import numpy as np
import pytest

from qlangevin.analysis.estimation import estimate
from qlangevin.analysis.validation.levels import compare, sampled, side_by_side
from qlangevin.sde import Model, propagate_moments, simulate
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.terms import kerr, lose
from qlangevin.steady import leading_correction, steady_state

from ...models import KAPPA, pair_of_cavities, spinning
from .stepped import stepped_correction

FALSE_ALARM = 1e-4 / 20

# ------------------------------------------------------------------------------
# sampled


def kerr_mode(strength, trajectories=4096, **options):
    """In a warm bath, whose noise turns its phase: twins lose their correlation with strength."""
    model = Model.build(
        ["a"], [kerr("a", strength), lose("a", "p", amplitude_rate=1.0, occupation=2.0)]
    )
    return simulate(
        model,
        trajectories=trajectories,
        duration=4.0,
        step=0.01,
        scheme="runge-kutta",
        samples=16,
        seed=7,
        **options,
    )


@pytest.mark.parametrize("strength", [0.01, 1.0])
def test_the_estimator_of_smaller_error_is_taken_and_its_error_is_the_run_s(strength):
    run = kerr_mode(strength)
    full = sampled(run)
    end = run.isel(time=-1)
    assert full.coupled == (str(end["estimator"].values) == "coupled") == (strength < 0.1)
    np.testing.assert_allclose(full.covariance, end["covariance"], rtol=1e-12)
    np.testing.assert_allclose(full.stderr, end["covariance_stderr"], rtol=1e-9)


def test_without_twins_the_plain_sample_is_taken():
    run = kerr_mode(0.01, twin=False)
    assert not sampled(run).coupled
    np.testing.assert_allclose(sampled(run).stderr, run["covariance_stderr"].values[-1], rtol=1e-9)


def test_batches_of_unequal_size_keep_the_error_bar_of_the_run():
    run = kerr_mode(0.01, trajectories=5000)
    np.testing.assert_allclose(sampled(run).stderr, run["covariance_stderr"].values[-1], rtol=1e-9)


def test_averaging_over_late_times_shrinks_error_bars_and_is_the_mean_of_the_times():
    """Over four relaxation times of V, some three independent samples: error bars halve."""
    run = kerr_mode(0.01)
    end = sampled(run)
    late = sampled(run, since=1.0)
    assert 0.3 < np.linalg.norm(late.stderr) / np.linalg.norm(end.stderr) < 0.85
    np.testing.assert_allclose(
        late.covariance, run["covariance"].sel(time=slice(1.0, None)).mean("time"), rtol=1e-12
    )


# ------------------------------------------------------------------------------
# side by side


@pytest.mark.parametrize("since", [None, 2.0])
def test_side_by_side_has_the_estimates_beside_each_level(since):
    run = kerr_mode(0.3)
    words = ["purity", "populations(a)", "covariance(a.X, a.Y)"]
    closure = 1.01 * run["covariance_linear"].values
    table = side_by_side(run, closure, words, since)
    for name in words:
        row = table.sel(quantity=name)
        found = (
            estimate(run.isel(time=slice(-1, None)), name, 0.0)
            if since is None
            else estimate(run, name, since)
        )
        assert float(row["full"]) == float(found["value"])
        assert float(row["full_stderr"]) == float(found["stderr"])
        assert float(row["linear"]) == pytest.approx(float(found["linear"]), rel=1e-12)
        for level in ("linear", "gaussian"):
            assert float(row[f"{level}_z"]) == pytest.approx(
                float((row["full"] - row[level]) / row["full_stderr"])
            )
    populations = table.sel(quantity="populations(a)")
    assert float(populations["gaussian"]) + 0.5 == pytest.approx(
        1.01 * (float(populations["linear"]) + 0.5)
    )


def test_a_closure_that_diverged_leaves_its_column_empty():
    table = side_by_side(kerr_mode(0.3), None, ["purity"])
    assert np.isnan([float(table[name][0]) for name in ("gaussian", "gaussian_z")]).all()
    assert np.isfinite(table["linear_z"]).all()


def test_a_linear_model_has_no_z():
    run = simulate(
        pair_of_cavities(), trajectories=256, duration=1 / KAPPA, step=0.01 / KAPPA, samples=2
    )
    table = side_by_side(run, run["covariance_linear"].values, ["log_negativity(a, b)"])
    assert float(table["full"][0]) == pytest.approx(float(table["linear"][0]))
    assert np.isnan(table["linear_z"][0])


# ------------------------------------------------------------------------------
# when the closure helps


def stiffening(beta):
    """q̇ = p, ṗ = −q − βq³ − p + noise in the mean field, V = 1.

    There is no quadratic term about the fixed point.
    """
    lossy = Model.build(["m"], [lose("m", "bath", amplitude_rate=1.0)])
    cubic = Monomials(np.array([[1, 0, 0, 0]]), np.array([-beta]))
    A = np.array([[0.0, 1.0], [-1.0, -1.0]])
    return replace(lossy, A=A, K=cubic, B=np.diag([0.0, np.sqrt(2.0)])).averaged(-0.5 * np.eye(2))


def settled(system, unit, **options):
    """A run from the steady state: its sample, V, δV, the closure, and (shift of mean, error)."""
    duration = 10 * unit
    common = {"duration": duration, "start": "steady", "branch": 0, "samples": 40}
    run = simulate(system, antithetic=True, seed=1, **common, **options)
    closure = propagate_moments(system, closure="gaussian", **common)["covariance"].values
    V = steady_state(system)["covariance"].values[0]
    correction = leading_correction(system).isel(branch=0)
    late = run["time"].values >= duration / 2
    shift = (run["mean"] - run["mean_field"]).values[-1], run["mean_stderr"].values[-1]
    return run, sampled(run, duration / 2), V, correction, closure[late].mean(axis=0), shift


def test_of_a_cubic_force_the_closure_captures_the_leading_order_and_linear_theory_is_off_by_it():
    """Stiffening of β = 0.003: δ⟨q²⟩ = −(3/2)β, seen by 50 error bars; the rest is of order β²."""
    beta = 0.003
    _, full, V, correction, closure, shift = settled(
        stiffening(beta), 2.0, trajectories=2**14, step=0.05, scheme="runge-kutta"
    )
    expected = float(correction["relative_correction"])
    assert expected == pytest.approx(1.5 * beta)
    against_linear = compare(full, V, *shift)
    against_closure = compare(full, closure, *shift)
    assert against_linear.p_value < 1e-12
    assert (
        abs(against_linear.error - expected) < 4.5 * against_linear.error_stderr + 10 * expected**2
    )
    assert against_closure.error < 0.15 * against_linear.error
    assert (
        compare(full, V + correction["covariance_correction"].values, *shift).error
        < 0.15 * against_linear.error
    )


def test_the_closure_captures_almost_nothing_of_radiation_pressure():
    """It removes less than a tenth of the error: the third cumulants it omits are as large."""
    system = spinning().model().scaled(1000)
    unit = 1 / float(steady_state(system)["margin"][0])
    options = {"trajectories": 8192, "step": 0.002 * unit, "scheme": "exponential"}
    run, full, V, correction, closure, shift = settled(system, unit, **options)
    against_linear = compare(full, V, *shift)
    against_closure = compare(full, closure, *shift)
    assert 0.9 < against_closure.error / against_linear.error < 1.1
    assert max(against_linear.p_value, against_closure.p_value) < 1e-12
    steps = stepped_correction(system, run["mean_field"].values[0], options["step"])[1]
    assert compare(full, V + steps, *shift).p_value > FALSE_ALARM
    table = side_by_side(
        run,
        np.broadcast_to(closure, (run.sizes["time"], 6, 6)),
        ["log_negativity(driven, mechanical)"],
        5 * unit,
    )
    assert abs(float(table["linear_z"][0])) > 20
    assert abs(float(table["gaussian_z"][0])) > 20
    assert float(correction["relative_correction"]) == pytest.approx(against_linear.error, rel=0.1)
