"""The checks of a run pass where they should, and fail when a fault is planted."""

import numpy as np
import pytest
import xarray as xr

from qlangevin import analysis
from qlangevin.analysis.validation import checks
from qlangevin.analysis.validation.levels import compare, sampled
from qlangevin.analysis.validation.step_size import step_check
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.sde.systems import Microrings
from qlangevin.sde.terms import detune
from qlangevin.steady import steady_state

from ...models import KAPPA, pair_of_cavities, spinning


def ensemble(seed=0, step=0.01, samples=60, **options):
    return simulate(
        pair_of_cavities(),
        trajectories=4096,
        duration=6 / KAPPA,
        step=step / KAPPA,
        samples=samples,
        seed=seed,
        **options,
    )


@pytest.fixture(scope="module")
def published():
    """The spinning resonator at the operating point of the main job, settled."""
    resonator = spinning()
    unit = 1 / resonator.mechanical_frequency
    run = simulate(
        resonator,
        trajectories=4096,
        duration=110 * unit,
        step=1e-3 * unit,
        samples=44,
        seed=5,
        step_check=True,
    )
    return resonator, run


def test_p_values_of_a_correct_integrator_are_uniform():
    """40 seeds; the Kolmogorov–Smirnov distance exceeds 0.35 with probability below 10⁻⁴."""
    p = np.sort([checks.integrator_check(ensemble(seed)).p_value for seed in range(40)])
    grid = np.arange(1, 41) / 40
    assert max(np.max(grid - p), np.max(p - grid + 1 / 40)) < 0.35


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_a_wrong_factor_in_the_noise_fails_the_integrator_check(factor):
    run = ensemble()
    run["covariance_linear_sample"] = factor * run["covariance_linear_sample"]
    assert not checks.integrator_check(run).passed


def test_the_continuous_law_in_place_of_the_finite_step_law_fails_the_integrator_check():
    """A step of 0.08/κ makes V 5 % too large, two standard errors per element; χ² sums them all."""
    with pytest.warns(StepWarning, match="too large"):
        run = ensemble(step=0.08, samples=25)
    assert checks.integrator_check(run).passed
    run["covariance_step"] = run["covariance_linear"]
    assert not checks.integrator_check(run).passed


def test_a_wrong_sign_of_a_coupling_fails_the_integrator_check():
    run = ensemble()
    turned = np.diag([1.0, 1.0, -1.0, -1.0])
    run["covariance_linear_sample"] = (
        ("time", "quadrature", "quadrature_"),
        turned @ run["covariance_linear_sample"].values @ turned,
    )
    assert not checks.integrator_check(run).passed


def test_the_published_point_passes_every_check(published):
    resonator, run = published
    steady = steady_state(resonator).isel(branch=0)
    assert checks.integrator_check(run).passed
    assert step_check(run, 0, 2).final_bias < 0.01
    settled = checks.steady_check(
        run, steady["mean"].values, steady["covariance"].values, float(steady["margin"])
    )
    assert settled.settled
    assert settled.relaxation_times > 9


def test_a_transient_is_not_called_settled(published):
    resonator, run = published
    steady = steady_state(resonator).isel(branch=0)
    early = run.isel(time=slice(0, 12))
    check = checks.steady_check(
        early, steady["mean"].values, steady["covariance"].values, float(steady["margin"])
    )
    assert not check.settled


def test_noise_that_carries_paths_to_another_branch_makes_no_steady_state():
    """After 16 relaxation times one path in ten has left the branch: the variance still grows."""
    run = load_runfile("bistable-switching")
    steady = steady_state(run.subject).isel(branch=0)
    result = simulate(
        run.subject,
        trajectories=2048,
        duration=100 / run.system.mechanical_frequency,
        step=run.integration.step,
        scheme=run.integration.scheme,
        start="steady",
        branch=0,
        antithetic=True,
        samples=40,
    )
    state = (steady[name].values for name in ("mean", "covariance"))
    check = checks.steady_check(result, *state, float(steady["margin"]))
    assert check.relaxation_times > 3 * checks.RELAXATION_TIMES
    assert check.transient < 1e-9
    assert check.drift > 5 * check.drift_stderr
    assert not check.settled


def test_coupling_shrinks_the_error_bars_ten_thousandfold_at_the_published_point(published):
    _, run = published
    check = checks.linearization_check(run, checks.entanglement(run, 0, 2))
    assert check.gain > 1e4
    assert check.entanglement_gain > 1e4


def test_the_coupled_entanglement_agrees_with_lyapunov(published):
    """Within 4.5 standard errors (false alarm 10⁻⁵) and what is left of the transient."""
    resonator, run = published
    E = checks.entanglement(run, 0, 2).isel(time=-1)
    steady = analysis.log_negativity(steady_state(resonator)["covariance"].values[0], 0, 2)
    transient = abs(float(E["log_negativity_linear"]) - steady)
    assert abs(float(E["log_negativity"]) - steady) < transient + 4.5 * float(
        E["log_negativity_stderr"]
    )


def test_the_companion_at_twice_the_step_differs_by_the_exact_law(published):
    """rms z over some 22 times × 36 elements: 1.01 for 64 batches, ±0.2 for their correlations."""
    _, run = published
    assert 0.6 < step_check(run, 0, 2).law_z_rms < 1.5


def test_entanglement_of_the_plain_ensemble_is_biased_upwards_before_there_is_any(published):
    _, run = published
    E = checks.entanglement(run, 0, 2)
    assert (
        float(E["log_negativity_sample"][0])
        > float(E["log_negativity"][0])
        == pytest.approx(0.0, abs=1e-12)
    )


@pytest.fixture(scope="module")
def growing():
    """Two rings three times above threshold: V grows from the noise of the first ns to 10¹²⁶."""
    rings = Microrings.published(two_photon_drive=2e6 * np.pi * 300)
    return simulate(
        rings,
        trajectories=256,
        duration=40e-9,
        step=20e-12,
        samples=10,
        scheme="exponential",
        seed=1,
    )


def test_growth_beyond_the_digits_of_doubles_passes_the_integrator_check(growing):
    check = checks.integrator_check(growing)
    assert check.passed
    assert 0 < check.reach < growing["time"].values[-1]
    assert check.degrees_of_freedom < 10 * growing.sizes["time"]


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_fault_where_growth_hides_the_noise_of_a_step_is_seen_in_the_variances_at_the_end(
    growing, factor
):
    late = growing["time"] > checks.integrator_check(growing).reach
    faulty = growing["covariance_linear_sample"] * xr.where(late, factor, 1.0)
    assert not checks.integrator_check(growing.assign(covariance_linear_sample=faulty)).passed


def test_a_model_without_noise_has_no_differences():
    """A lossless mode without noise, as in modulated drives: 0/0 is no difference."""
    clock = Model.build(["a"], [detune("a", 1.0)])
    still = Gaussian(np.array([1.0, 0.0]), np.zeros((2, 2)), physical="ignore")
    run = simulate(
        clock,
        trajectories=256,
        duration=1.0,
        step=0.1,
        samples=2,
        start=still,
        scheme="exponential",
    )
    check = checks.integrator_check(run)
    assert (check.z_rms, check.z_worst, check.degrees_of_freedom, check.p_value) == (
        0.0,
        0.0,
        0,
        1.0,
    )
    assert step_check(run, 0, 0).bias == 0
    assert checks.linearization_check(run, None).error == 0
    against = compare(sampled(run), run["covariance_linear"].values[-1], np.zeros(2), np.zeros(2))
    assert (against.error, against.mean_error, against.z_worst) == (0.0, 0.0, 0.0)
