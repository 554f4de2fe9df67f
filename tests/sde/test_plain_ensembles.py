"""Ensembles without a twin, and weak increments. Seeds are fixed; each statistical test has a false alarm of 10⁻⁴."""

import json

import numpy as np
import pytest
from qlangevin.analysis import validation
from qlangevin.sde import Gaussian, simulate
from qlangevin.sde.emission import INCREMENTS
from scipy import stats

from ..models import KAPPA, pair_of_cavities, spinning

WM = 63e6


def ensemble(system, unit, trajectories=4096, duration=5.0, step=0.008, **options):
    return simulate(
        system, trajectories=trajectories, duration=duration / unit, step=step / unit, samples=20, **options
    )


def scale_and_shape(V, S, count):
    """p-values of χ² for scale and shape of a sample covariance S of `count` draws with mean and covariance V."""
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
    plain, coupled = (ensemble(system(), unit, 200, 8.0, 5e-4, twin=twin, seed=3) for twin in (False, True))
    np.testing.assert_allclose(plain["covariance"], coupled["covariance_sample"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(plain["mean_step"], coupled["mean_step"], rtol=1e-13)
    np.testing.assert_allclose(plain["covariance_linear"], coupled["covariance_linear"])
    assert set(np.unique(plain["estimator"])) == {"plain"}
    assert not [name for name in plain if "twin" in name or "linear_sample" in name or "linearization" in name]


def test_threads_and_blocks_change_no_bit_of_a_plain_ensemble():
    one, two = (ensemble(pair_of_cavities(), KAPPA, 64 * 5 + 9, twin=False, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one["batch_sums"], two["batch_sums"])
    np.testing.assert_array_equal(one["covariance_stderr"], two["covariance_stderr"])


def test_plain_ensembles_have_their_entanglement_with_an_error_bar():
    """128 × 64 trajectories about the fixed point: E_N within five error bars of the moment equation, and its bias."""
    result = ensemble(spinning(), WM, 8192, 4.0, 5e-4, start="steady", twin=False, seed=5)
    E = validation.entanglement(result, 0, 2).isel(time=-1)
    assert 1e-3 < E["log_negativity_stderr"] < 0.02
    assert abs(E["log_negativity"] - E["log_negativity_linear"]) < 5 * E["log_negativity_stderr"]
    assert "log_negativity_step" not in E


@pytest.mark.parametrize("twin", [True, False])
@pytest.mark.parametrize("increments", INCREMENTS)
def test_all_increments_have_the_covariance_law_of_the_step(increments, twin):
    """χ² of scale and shape against the exact law, after 1200 steps; a factor 1.1 in the noise would be seen."""
    result = ensemble(pair_of_cavities(), KAPPA, 20_000, 9.6, increments=increments, twin=twin, seed=7)
    law = ensemble(pair_of_cavities(), KAPPA, 128, 9.6, seed=7)["covariance_step"].values[-1]
    for p in scale_and_shape(law, result["covariance_sample"].values[-1], 20_000):
        assert p > 1e-4
    for p in scale_and_shape(1.1 * law, result["covariance_sample"].values[-1], 20_000)[1:]:
        assert p < 1e-8


@pytest.mark.parametrize("increments", ["two-point", "three-point"])
def test_weak_increments_leave_the_coupled_estimate_within_its_error_bars(increments):
    """Linearisation error of the spinning resonator from two laws of increments: equal within five error bars."""
    gaussian, weak = (
        ensemble(spinning(), WM, 4096, 20.0, 1e-3, increments=law, seed=8).isel(time=-1)
        for law in ("gaussian", increments)
    )
    gap = np.abs((weak["linearization_error"] - gaussian["linearization_error"]).values)
    error = np.hypot(weak["linearization_error_stderr"], gaussian["linearization_error_stderr"]).values
    assert np.all(gap < 5 * error)
    assert np.any(gap > 0)


def test_a_plain_ensemble_without_noise_follows_the_stepped_mean():
    start = Gaussian(np.array([3.0, -1.0, 0.5, 2.0]), np.zeros((4, 4)))
    silent = pair_of_cavities()
    object.__setattr__(silent, "B", np.zeros_like(silent.B))
    result = ensemble(silent, KAPPA, 128, 2.0, start=start, twin=False)
    np.testing.assert_allclose(result["mean"], result["mean_step"], rtol=1e-12)
    np.testing.assert_allclose(result["covariance"], 0, atol=1e-28)


def test_provenance_tells_increments_and_twin():
    result = ensemble(pair_of_cavities(), KAPPA, 128, 1.0, increments="two-point", twin=False)
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
