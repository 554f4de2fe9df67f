"""Bias of estimates, what antithetic pairs do to their error bars, and which estimate is taken.

Seeds are fixed. Each test has a false alarm of at most 10⁻⁴, counted over everything it compares.
Error bars come from 64 batches, so intervals are Student's t of 63 degrees of freedom.
"""

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.estimation import estimate, quantity
from qlangevin.sde import Model, simulate
from qlangevin.sde.terms import kerr, lose, squeeze
from qlangevin.steady import leading_correction

from ..models import optomechanical_cell
from .ensembles import FALSE_ALARM, WORDS, first, run, saturated, two_cavities

# ------------------------------------------------------------------------------
# small-sample bias


def tangent(measure, V, S, step=1e-5):
    """The first-order change of a measure from V to the samples S (..., n, n), zero on average."""
    slopes = np.zeros_like(V)
    for i, j in np.ndindex(V.shape):
        bump = np.zeros_like(V)
        bump[i, j] += step / 2
        bump[j, i] += step / 2
        slopes[i, j] = (measure(V + bump) - measure(V - bump)) / (2 * step)
    return np.einsum("ij,...ij->...", slopes, S - V)


@pytest.mark.parametrize("words", ["log_negativity(a, b)", "purity"])
def test_estimates_of_few_trajectories_lose_nearly_all_of_their_bias(words):
    """1024 trajectories in 16 batches, 100 seeds; the part linear in the sample is taken off."""
    model = two_cavities()
    measure = quantity(words, model.quadratures).measure
    results = [run(model, seed, trajectories=1024, twin=False) for seed in range(100)]
    V = results[0]["covariance_step"].values[-1]
    S = np.array([result["covariance_sample"].values[-1] for result in results])
    raw = measure(S) - measure(V) - tangent(measure, V, S)
    unbiased = (
        [first(estimate(result, words)["value"]) for result in results]
        - measure(V)
        - tangent(measure, V, S)
    )
    error, left = (np.std(part, ddof=1) / 10 for part in (raw, unbiased))
    bound = stats.t.isf(FALSE_ALARM / 4, 99)
    assert abs(raw.mean()) > 2 * bound * error
    assert abs(unbiased.mean()) < bound * left
    assert abs(unbiased.mean()) < 0.2 * abs(raw.mean())


# ------------------------------------------------------------------------------
# antithetic pairs


@pytest.mark.parametrize(("antithetic", "power"), [(False, 1), (True, 2)])
def test_pairs_remove_one_power_of_the_nonlinearity_from_error_bars(antithetic, power):
    """The same noise at both strengths, so the slope hardly scatters."""
    results = [run(saturated(s), 3, antithetic=antithetic) for s in (0.02, 0.04)]
    weak, strong = (np.linalg.norm(result["linearization_error_stderr"]) for result in results)
    assert np.log2(strong / weak) == pytest.approx(power, abs=0.05)


def test_pairs_and_single_paths_agree_at_moderate_nonlinearity():
    """Ten elements of the linearisation error, within Student's t of 63."""
    one, two = (
        run(saturated(0.5), seed, antithetic=pairs) for seed, pairs in ((1, False), (2, True))
    )
    gap = (one["linearization_error"] - two["linearization_error"]).values
    error = np.hypot(one["linearization_error_stderr"], two["linearization_error_stderr"]).values
    assert np.abs(gap / error).max() < stats.t.isf(FALSE_ALARM / 2 / 10, 63)
    assert np.abs(one["linearization_error"].values / error).max() > 10


def test_pairs_measure_the_leading_correction():
    """An optomechanical cell in its steady state; what is left is of order s⁴ and of the step."""
    cell = optomechanical_cell()
    s = 0.1
    expected = s**2 * leading_correction(cell)["covariance_correction"].values[0]
    result = run(
        cell.scaled(s),
        5,
        trajectories=16384,
        duration=30.0,
        step=0.05,
        start="steady",
        antithetic=True,
        threads=2,
    )
    found, error = (
        result[name].values[0] for name in ("linearization_error", "linearization_error_stderr")
    )
    assert np.all(
        np.abs(found - expected)
        < stats.t.isf(FALSE_ALARM / 2 / 10, 63) * error + 0.01 * np.abs(expected).max()
    )
    assert np.abs(expected / error).max() > 20


# ------------------------------------------------------------------------------
# choosing an estimator


def amplifier(pump):
    """A parametric amplifier with growth rate 2 pump − 1, which a Kerr nonlinearity limits."""
    terms = [squeeze("a", pump), kerr("a", 0.2), lose("a", "p", amplitude_rate=1.0)]
    return Model.build(["a"], terms)


def amplified(pump, duration, seed=1, **options):
    """An ensemble of it; its twins grow beyond the law of any step, which gives a warning."""
    with pytest.warns(UserWarning, match="step"):
        return simulate(
            amplifier(pump),
            trajectories=8192,
            duration=duration,
            step=0.01,
            samples=1,
            seed=seed,
            **options,
        ).isel(time=slice(-1, None))


def test_for_a_weak_nonlinearity_the_coupled_estimate_is_taken():
    result = run(saturated(0.05), 1)
    assert result["twin_correlation"].values.min() > 0.99
    assert result["estimator"].item() == "coupled"
    for words in WORDS:
        judged = estimate(result, words)
        assert set(judged["estimator"].values.ravel()) == {"coupled"}
        np.testing.assert_array_equal(judged["value"], judged["coupled"])


@pytest.mark.parametrize("duration", [20.0, 60.0, 150.0, 300.0])
def test_for_a_diverging_twin_the_plain_estimate_is_taken(duration):
    """Fourth powers overflow, then its variance, then the moment equation's; against no twins.

    Correlations of 64 batches scatter by 0.13. Seven numbers, within Student's t of 63.
    """
    coupled = amplified(1.5, duration)
    alone = amplified(1.5, 20.0, seed=2, twin=False)
    assert not np.any(np.abs(coupled["twin_correlation"].values) > 0.6)
    assert coupled["estimator"].item() == "plain"
    for name in ("mean", "covariance", "excess_kurtosis"):
        found, expected = (result[name].values for result in (coupled, alone))
        error = np.hypot(*(result[f"{name}_stderr"].values for result in (coupled, alone)))
        assert np.abs((found - expected) / error).max() < stats.t.isf(FALSE_ALARM / 2 / 9, 63)
        assert error.max() < 0.2


@pytest.mark.parametrize("words", ["purity", "squeezing(a)", "populations"])
@pytest.mark.parametrize("duration", [3.0, 20.0])
def test_a_measure_of_a_meaningless_covariance_is_not_preferred_for_its_small_error_bar(
    words, duration
):
    """A huge coupled covariance has a purity of zero with an error bar of zero, which is wrong."""
    judged = estimate(amplified(1.5, duration), words)
    assert judged["estimator"].item() == "plain"
    np.testing.assert_array_equal(judged["value"], judged["plain"])
