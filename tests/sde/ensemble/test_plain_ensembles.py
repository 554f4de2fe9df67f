"""Ensembles without a twin, and weak increments.

Seeds are fixed; each statistical test has a false alarm of 10⁻⁴.
"""

import json
import warnings

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.validation import checks
from qlangevin.analysis.validation.step_size import step_check
from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.kernels.codegen import INCREMENTS
from qlangevin.sde.schemes.step_forecast import StepError, StepWarning
from qlangevin.sde.schemes.table import SCHEMES
from qlangevin.sde.terms import detune, drive, lose

from ...models import KAPPA, pair_of_cavities, spinning

WM = 63e6
FALSE_ALARM = 1e-4


def ensemble(system, unit, trajectories=4096, duration=5.0, step=0.008, samples=20, **options):
    return simulate(
        system,
        trajectories=trajectories,
        duration=duration / unit,
        step=step / unit,
        samples=samples,
        **options,
    )


def scale_and_shape(V, S, count):
    """p-values of χ² for scale and shape of a sample covariance S of draws of covariance V."""
    d = len(V)
    W = np.linalg.solve(V, S)
    scale = (count - 1) * np.trace(W)
    rho = 1 - (2 * d**2 + 3 * d - 1) / (6 * (count - 1) * (d + 1))
    shape = rho * (count - 1) * (np.trace(W) - np.linalg.slogdet(W)[1] - d)
    return stats.chi2.sf(shape, d * (d + 1) / 2), 2 * min(
        f(scale, (count - 1) * d) for f in (stats.chi2.sf, stats.chi2.cdf)
    )


@pytest.mark.parametrize("system", [pair_of_cavities, spinning], ids=["cavities", "spinning"])
def test_single_paths_are_the_coupled_ones_without_their_twins(system):
    """The same seed: full states to rounding, so the same plain estimates."""
    unit = KAPPA if system is pair_of_cavities else WM
    plain, coupled = (
        ensemble(system(), unit, 200, 8.0, 5e-4, twin=twin, seed=3) for twin in (False, True)
    )
    np.testing.assert_allclose(
        plain["covariance"], coupled["covariance_sample"], rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(plain["mean_step"], coupled["mean_step"], rtol=1e-13)
    np.testing.assert_allclose(plain["covariance_linear"], coupled["covariance_linear"])
    assert set(np.unique(plain["estimator"])) == {"plain"}
    np.testing.assert_array_equal(plain["covariance_step"], coupled["covariance_step"])
    assert not [name for name in plain if "linear_sample" in name or "linearization" in name]


def test_threads_and_blocks_change_no_bit_of_a_plain_ensemble():
    one, two = (
        ensemble(pair_of_cavities(), KAPPA, 64 * 5 + 9, samples=25, twin=False, threads=threads)
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one["batch_sums"], two["batch_sums"])
    np.testing.assert_array_equal(one["covariance_stderr"], two["covariance_stderr"])


def test_plain_ensembles_have_their_entanglement_with_an_error_bar():
    """8192 trajectories about the fixed point: E_N within Student's t of the moment equation."""
    result = ensemble(spinning(), WM, 8192, 4.0, 5e-4, start="steady", twin=False, seed=5)
    E = checks.entanglement(result, 0, 2).isel(time=-1)
    bound = stats.t.isf(FALSE_ALARM / 2, 63)
    assert 1e-3 < E["log_negativity_stderr"] < 0.02
    assert (
        abs(E["log_negativity"] - E["log_negativity_linear"]) < bound * E["log_negativity_stderr"]
    )


@pytest.mark.parametrize("twin", [True, False])
@pytest.mark.parametrize("increments", INCREMENTS)
def test_all_increments_have_the_covariance_law_of_the_step(increments, twin):
    """χ² of scale and shape against the exact law, which shows a tenth too much noise."""
    result = ensemble(
        pair_of_cavities(), KAPPA, 20_000, 9.6, increments=increments, twin=twin, seed=7
    )
    law = ensemble(pair_of_cavities(), KAPPA, 128, 9.6, seed=7)["covariance_step"].values[-1]
    sample = result["covariance_sample"].values[-1]
    assert min(scale_and_shape(law, sample, 20_000)) > FALSE_ALARM / 2
    turned = law + 0.1 * law[0, 0] * np.diag([1, -1, 1, -1])
    assert scale_and_shape(1.1 * law, sample, 20_000)[1] < 1e-8
    assert scale_and_shape(turned, sample, 20_000)[0] < 1e-8


@pytest.mark.parametrize("increments", ["two-point", "three-point"])
def test_weak_increments_leave_the_coupled_estimate_within_its_error_bars(increments):
    """Linearisation error from two laws of increments: 21 elements, Student's t of 63."""
    gaussian, weak = (
        ensemble(spinning(), WM, 4096, 20.0, 1e-3, increments=law, seed=8).isel(time=-1)
        for law in ("gaussian", increments)
    )
    gap = np.abs((weak["linearization_error"] - gaussian["linearization_error"]).values)
    error = np.hypot(
        weak["linearization_error_stderr"], gaussian["linearization_error_stderr"]
    ).values
    assert np.all(gap < stats.t.isf(FALSE_ALARM / 2 / 21, 63) * error)
    assert np.any(gap > 0)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("increments", INCREMENTS)
@pytest.mark.parametrize("twin", [True, False])
def test_without_noise_every_path_is_the_stepped_mean(scheme, increments, twin):
    """A cavity without a bath: no channels at all."""
    silent = Model.build(["a"], [detune("a", 0.5), drive("a", 0.3)])
    start = Gaussian(np.array([3.0, -1.0]), np.zeros((2, 2)), physical="ignore")
    arguments = {"trajectories": 128, "duration": 2.0, "step": 0.01, "samples": 4, "start": start}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StepWarning)
        result = simulate(silent, scheme=scheme, increments=increments, twin=twin, **arguments)
    np.testing.assert_allclose(
        result["mean"] - result["mean_step" if not twin else "mean_field"], 0, atol=1e-12
    )
    np.testing.assert_allclose(result["covariance"], 0, atol=1e-24)


def test_a_plain_ensemble_whose_covariance_leaves_the_moments_is_warned_of_or_refused():
    """A damped thermal cavity from vacuum, by implicit midpoint: exact only in the steady state."""
    cavity = Model.build(["a"], [lose("a", "p", amplitude_rate=1.0, occupation=10.0)])
    arguments = {
        "trajectories": 128,
        "duration": 10.0,
        "scheme": "implicit-midpoint",
        "samples": 10,
    }
    start = Gaussian(np.zeros(2), 0.5 * np.eye(2))
    with pytest.raises(StepError, match=r"step = 5 s .* take a smaller one, or twin = True"):
        simulate(cavity, step=5.0, twin=False, start=start, **arguments)
    with pytest.warns(StepWarning, match="take a smaller one, or twin = True"):
        simulate(cavity, step=1.0, twin=False, start=start, **arguments)
    simulate(cavity, step=5.0, twin=True, start=start, **arguments)


def test_checks_that_need_a_twin_are_refused_without_one():
    result = ensemble(pair_of_cavities(), KAPPA, 128, 1.0, samples=25, twin=False)
    for check in (checks.integrator_check, lambda r: checks.linearization_check(r, None)):
        with pytest.raises(ValueError, match=r"needs coupled paths .* simulate with twin = True"):
            check(result)
    assert step_check(result, 0, 1).final_bias < 0.02


@pytest.mark.parametrize("increments", INCREMENTS)
def test_the_integrator_check_accepts_weak_increments_in_few_large_steps(increments):
    """Two-point numbers scatter less than normals: a small χ² is then no fault, a large one is."""
    cavity = Model.build(["a"], [lose("a", "p", amplitude_rate=1.0, occupation=1.0)])
    arguments = {
        "trajectories": 20_000,
        "duration": 80.0,
        "step": 2.0,
        "scheme": "exponential",
        "samples": 40,
    }
    result = simulate(cavity, increments=increments, seed=1, **arguments)
    assert checks.integrator_check(result).passed
    result["covariance_linear_sample"] = 1.1 * result["covariance_linear_sample"]
    assert not checks.integrator_check(result).passed


def test_provenance_has_increments_and_twin():
    result = ensemble(
        pair_of_cavities(), KAPPA, 128, 1.0, samples=25, increments="two-point", twin=False
    )
    made_by = json.loads(result.attrs["provenance"])
    assert (made_by["increments"], made_by["twin"]) == ("two-point", False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"increments": "uniform"}, "increments must be one of gaussian, two-point, three-point"),
        ({"twin": 1}, "twin must be True or False"),
        ({"twin": False, "step_check": True}, "step_check compares coupled paths"),
        ({"scheme": "runge-kutta", "step_check": True}, "run again at half the step"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ensemble(pair_of_cavities(), KAPPA, 128, **options)
