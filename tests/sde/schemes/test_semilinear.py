"""Exponential steps: exact for linear models, unbiased at fixed points, first order elsewhere."""

import json

import numpy as np
import pytest

from qlangevin.analysis.validation import checks
from qlangevin.analysis.validation.step_size import step_check
from qlangevin.sde import Model, simulate
from qlangevin.sde.schemes.semilinear import semilinear_model
from qlangevin.sde.schemes.step_forecast import StepError, StepWarning
from qlangevin.sde.systems import (
    CascadedResonators,
    HybridOscillators,
    Microrings,
    SpinningResonator,
)
from qlangevin.sde.terms import drive, kerr, lose
from qlangevin.steady import fixed_points, steady_state

from ...models import spinning

FALSE_ALARM = 1e-4
WM = 63e6


@pytest.mark.parametrize(
    ("system", "duration", "steps"),
    [(Microrings.published(drive=1e8), 4e-7, 20), (HybridOscillators.published(), 3e-5, 7)],
    ids=["microrings", "hybrid"],
)
def test_linear_systems_are_exact_at_any_step(system, duration, steps):
    """A step of some ten radians: moments of the steps and of the ensemble are the exact ones."""
    result = simulate(
        system,
        trajectories=512,
        duration=duration,
        step=duration / steps,
        scheme="exponential",
        samples=steps,
        seed=2,
    )
    law, moments = result["covariance_step"].values, result["covariance_linear"].values
    np.testing.assert_allclose(law, moments, rtol=1e-11, atol=1e-12 * np.abs(moments).max())
    np.testing.assert_allclose(result["mean_step"], result["mean_field"], rtol=1e-10, atol=1e-9)
    assert checks.integrator_check(result).p_value > FALSE_ALARM


@pytest.mark.parametrize(
    "system",
    [spinning(), CascadedResonators.published(noise="consistent")],
    ids=["spinning", "cascaded"],
)
def test_fixed_points_stay_where_they_are_and_fluctuations_about_them_unbiased(system):
    """At a step of 0.3/ω the map's stationary covariance V = M V Mᵀ + Q is Lyapunov's."""
    steady = steady_state(system).isel(branch=0)
    u, V, step = (
        steady["mean"].values,
        steady["covariance"].values,
        0.3 / float(system.mechanical_frequency),
    )
    stepped = semilinear_model("exponential", system.model(), step, u)
    np.testing.assert_allclose(fixed_points(stepped)["mean"].values[0], u, rtol=1e-9, atol=1e-6)
    M = np.eye(len(u)) + step * stepped.jacobian(u)
    width = np.sqrt(np.outer(np.diag(V), np.diag(V)))
    np.testing.assert_allclose(
        (M @ V @ M.T + step * stepped.diffusion) / width, V / width, atol=1e-8
    )


def test_the_way_from_switch_on_is_first_order_in_the_step():
    """Halving the step halves the errors of mean and covariance on the way; none at the end."""
    errors, ends = [], []
    for step in (4e-2, 2e-2, 1e-2):
        run = simulate(
            spinning(),
            trajectories=128,
            duration=100 / WM,
            step=step / WM,
            scheme="exponential",
            samples=50,
            seed=1,
        )
        check = step_check(run, 0, 2)
        errors.append([check.bias, float(np.abs(run["mean_step"] - run["mean_field"]).max())])
        ends.append(check.final_bias)
    ratios = np.array(errors)[:-1] / np.array(errors)[1:]
    assert np.abs(ratios - 2).max() < 0.1
    assert max(ends) < 1e-5


def test_a_lightly_damped_oscillator_in_weak_light_runs_in_a_few_hundred_steps():
    """γ_m/ω_m = 10⁻⁵: Euler–Maruyama would take some 10¹¹ steps for twenty relaxation times."""
    system = SpinningResonator.published(mechanical_damping=1e-5 * WM, power=2e-7, detuning=WM)
    steady = steady_state(system).isel(branch=0)
    relaxation = 1 / float(steady["margin"])
    assert relaxation > 1e3 / WM
    result = simulate(
        system,
        trajectories=20_000,
        duration=10 * relaxation,
        step=0.05 * relaxation,
        scheme="exponential",
        start="steady",
        samples=20,
        seed=4,
    )
    assert checks.integrator_check(result).p_value > FALSE_ALARM
    V = steady["covariance"].values
    width = np.sqrt(np.outer(np.diag(V), np.diag(V)))
    assert np.abs((result["covariance_step"].values[-1] - V) / width).max() < 1e-8
    spread = 6 * result["covariance_stderr"].values[-1] / width + 1e-6
    assert (np.abs(result["covariance"].values[-1] - V) / width < spread).all()


def test_a_step_that_misses_the_switch_on_is_warned_of_or_refused():
    arguments = {"trajectories": 128, "duration": 20 / WM, "scheme": "exponential", "samples": 10}
    with pytest.warns(StepWarning, match="makes the mean field wrong by .* during the run"):
        simulate(spinning(), step=0.2 / WM, **arguments)
    with pytest.raises(StepError, match=r"makes the mean field wrong by .*; take a smaller one"):
        simulate(spinning(), step=4.0 / WM, **arguments)


def test_a_companion_is_for_euler_steps_alone():
    with pytest.raises(ValueError, match="run again at half the step"):
        simulate(
            spinning(),
            trajectories=128,
            duration=1 / WM,
            step=0.1 / WM,
            scheme="exponential",
            step_check=True,
        )


@pytest.mark.parametrize(("step", "scheme"), [(5e-4, "euler-maruyama"), (2e-2, "exponential")])
def test_auto_takes_euler_steps_where_their_forecast_error_is_within_one_percent(step, scheme):
    result = simulate(
        spinning(), trajectories=128, duration=100 / WM, step=step / WM, scheme="auto", samples=5
    )
    assert json.loads(result.attrs["provenance"])["scheme"] == scheme


# --------------------------------------------------------------------------------------------------
# implicit midpoint, Runge–Kutta


@pytest.mark.parametrize("step", [0.05, 1.0, 20.0])
def test_implicit_midpoint_keeps_the_stationary_covariance_at_any_step(step):
    """The spinning resonator, steps up to 20 radians: V = M V Mᵀ + N has Lyapunov's V."""
    steady = steady_state(spinning()).isel(branch=0)
    u, V = steady["mean"].values, steady["covariance"].values
    stepped = semilinear_model("implicit-midpoint", spinning().model(), step / WM, u)
    M = np.eye(len(u)) + step / WM * stepped.jacobian(u)
    width = np.sqrt(np.outer(np.diag(V), np.diag(V)))
    np.testing.assert_allclose(
        (M @ V @ M.T + step / WM * stepped.diffusion) / width, V / width, atol=1e-8
    )


def test_implicit_midpoint_solves_its_implicit_equation():
    """u′ = u + hA(u + u′)/2 + h r(u) + B ΔW for a nonlinear model, A about the fixed point."""
    model, step = spinning().model(), 0.3 / WM
    u0 = fixed_points(spinning())["mean"].values[0]
    stepped = semilinear_model("implicit-midpoint", model, step, u0)
    A, u = model.jacobian(u0), u0 * 1.01 + 3.0
    kick = np.random.default_rng(0).normal(size=len(model.channels)) * np.sqrt(step)
    after = u + step * stepped.drift(u) + stepped.B @ kick
    rest = model.drift(u) - A @ u
    np.testing.assert_allclose(
        after, u + step * A @ (u + after) / 2 + step * rest + model.B @ kick, rtol=1e-9
    )


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["implicit-midpoint", "runge-kutta"])
def test_ensembles_of_other_schemes_follow_their_exact_law_along_a_moving_mean(scheme):
    run = simulate(
        spinning(),
        trajectories=2048,
        duration=30 / WM,
        step=4e-3 / WM,
        scheme=scheme,
        samples=20,
        seed=9,
    )
    assert checks.integrator_check(run).p_value > FALSE_ALARM
    wrong = run.copy()
    wrong["covariance_linear_sample"] = 1.1 * run["covariance_linear_sample"]
    assert checks.integrator_check(wrong).p_value < 1e-8


def test_runge_kutta_is_as_accurate_in_large_steps_as_euler_in_small_ones():
    """On the way from switch-on: error of the covariance, second order against first."""

    def errors(scheme):
        runs = [
            simulate(
                spinning(),
                trajectories=128,
                duration=40 / WM,
                step=h / WM,
                scheme=scheme,
                samples=20,
                seed=1,
            )
            for h in (8e-4, 4e-4)
        ]
        return [step_check(run, 0, 2).bias for run in runs]

    euler, two_stages = errors("euler-maruyama"), errors("runge-kutta")
    assert euler[0] / euler[1] == pytest.approx(2, abs=0.2)
    assert two_stages[0] / two_stages[1] == pytest.approx(4, abs=0.4)
    assert two_stages[0] < 1e-2 * euler[0]


def test_the_second_stage_includes_the_nonlinearity():
    """Linearisation error of a Kerr mode: two Euler runs, extrapolated, against two stages."""
    model = Model.build(
        ["a"], [kerr("a", 0.3), drive("a", 1.5), lose("a", "p", amplitude_rate=1.0)]
    )

    def error(scheme, step):
        arguments = {
            "trajectories": 100_000,
            "duration": 3.0,
            "step": step,
            "samples": 1,
            "seed": 5,
        }
        end = simulate(model, scheme=scheme, **arguments).isel(time=-1)
        return end["linearization_error"].values, end["linearization_error_stderr"].values

    (coarse, coarse_stderr), (fine, fine_stderr) = (
        error("euler-maruyama", 0.01),
        error("euler-maruyama", 0.005),
    )
    two_stages, stderr = error("runge-kutta", 0.01)
    assert np.all(
        np.abs(2 * fine - coarse - two_stages) < 5 * (2 * fine_stderr + coarse_stderr + stderr)
    )
    assert np.abs(two_stages / stderr).max() > 20
