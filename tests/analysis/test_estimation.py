"""Error bars of estimates: they cover the truth as often as they say, whichever estimator they come
from.

Seeds are fixed. Each test has a false alarm of at most 10⁻⁴, counted over everything it compares.
Error bars come from 64 batches, so intervals are Student's t of 63 degrees of freedom.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.estimation import estimate, quantity
from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.terms import detune, exchange, kerr, lose, squeeze
from qlangevin.steady import leading_correction

from ..models import optomechanical_cell
from .states import two_mode_squeezed

FALSE_ALARM = 1e-4
SEEDS = 200
LEVELS = (0.6827, 0.95)
ENTANGLED = Gaussian(np.zeros(4), two_mode_squeezed(0.8))
WORDS = ("log_negativity(a, b)", "steering(a, b)", "purity", "populations")


def two_cavities(*terms):
    losses = [lose(mode, mode, amplitude_rate=1.0) for mode in "ab"]
    return Model.build(["a", "b"], [detune("a", 1.0), exchange("a", "b", 0.5), *losses, *terms])


def saturated(s):
    """Quadratic forces, and friction that grows with each quadrature's square; the mean field rests
    at zero.
    """
    linear = two_cavities().mean_level
    Q = Monomials(np.array([[1, 0, 0], [3, 2, 2]]), np.array([1.0, 0.7]))
    K = Monomials(np.repeat(np.arange(4), 4).reshape(4, 4), np.full(4, -0.3))
    return replace(linear, Q=Q, K=K).averaged(-0.5 * np.eye(4)).scaled(s)


def dephasing(s):
    """Two Kerr cavities, which turn a two-mode squeezed state by angles of their own light."""
    return two_cavities(kerr("a", 1.0), kerr("b", 1.0)).scaled(s)


def run(model, seed, trajectories=8192, duration=0.2, **options):
    """By a scheme whose step bias is far below all error bars."""
    arguments = {"step": 0.02, "samples": 1, "start": ENTANGLED, "threads": 1} | options
    result = simulate(
        model,
        trajectories=trajectories,
        duration=duration,
        scheme="runge-kutta",
        seed=seed,
        **arguments,
    )
    return result.isel(time=slice(-1, None))


# ------------------------------------------------------------------------------------------------------------
# coverage


def first(values):
    return float(np.ravel(values)[0])


def readings(result):
    """(estimate, standard error) by quantity and estimator; skewness, kurtosis and population are
    those of a.
    """
    data = {
        name: values.values[0]
        for name, values in result.items()
        if values.ndim > 1 and "time" in values.dims[:1]
    }
    found = {}
    for name in ("skewness", "excess_kurtosis"):
        found[name, "chosen"] = data[name][0], data[f"{name}_stderr"][0]
    for place in ((0, 0), (0, 3)):
        for name, how in (
            ("covariance", "chosen"),
            ("covariance_sample", "plain"),
            ("linearization_error", "coupled"),
        ):
            if name in data:
                linear = data["covariance_linear"][place] if how == "coupled" else 0.0
                found[f"V{place}", how] = linear + data[name][place], data[f"{name}_stderr"][place]
    for words in WORDS:
        judged = estimate(result, words)
        for name, error, how in (
            ("value", "stderr", "chosen"),
            ("coupled", "coupled_stderr", "coupled"),
            ("plain", "plain_stderr", "plain"),
        ):
            found[words, how] = first(judged[name].values), first(judged[error].values)
    return {key: pair for key, pair in found.items() if np.isfinite(pair).all()}


def scores(model, truth, seeds, **options):
    """(estimate − truth)/error (seeds,) by quantity and estimator; a truth of its own error bar
    widens the other.
    """
    every = [readings(run(model, seed, **options)) for seed in range(seeds)]
    return {
        key: np.array(
            [
                (each[key][0] - truth[key[0]][0]) / np.hypot(each[key][1], truth[key[0]][1])
                for each in every
            ]
        )
        for key in every[0]
        if key[0] in truth
    }


def reference(model, **timing):
    """Best estimates of 200 times as many trajectories: error bars 14 times smaller. Without what
    pairs make exact.
    """
    big = readings(run(model, 10**6, trajectories=200 * 8192, antithetic=True, threads=2, **timing))
    return {
        words: pair for (words, how), pair in big.items() if how == "chosen" and pair[1] > 1e-12
    }


def exact(model, **timing):
    """Of a linear model: the finite-step law itself, which is Gaussian."""
    law = run(model, 0, trajectories=128, twin=False, **timing)["covariance_step"].values
    known = {
        words: (first(quantity(words, model.quadratures).measure(law)), 0.0) for words in WORDS
    }
    known |= {f"V{place}": (law[0][place], 0.0) for place in ((0, 0), (0, 3))}
    return known | {"skewness": (0.0, 0.0), "excess_kurtosis": (0.0, 0.0)}


@dataclass(frozen=True)
class Case:
    """A model and how it is run; where it is strongly nonlinear, intervals cover less, by up to
    `toll`.

    Over 2000 seeds 65.6 … 71 of 68.3 % and 94 … 96 of 95 %, but 65.0 … 66.1 and 93.8 … 94.3 for
    E_N, steering and purity at the crossover of entanglement, where tails are heavy. Choosing the
    smaller of two like error bars alone costs 1.5 … 2.3 and 0.6 … 1.1: variances at their
    crossover, from 70.7 and 96.0 to 68.4 and 94.9 %.
    """

    model: Model
    antithetic: bool = False
    twin: bool = True
    toll: float = 0.0
    duration: float = 0.2

    def scores(self, seeds):
        timing = {"duration": self.duration, "step": self.duration / 10}
        truth = reference(self.model, **timing) if self.twin else exact(self.model, **timing)
        return scores(
            self.model, truth, seeds, antithetic=self.antithetic, twin=self.twin, **timing
        )


CASES = {
    "linear": Case(two_cavities(), twin=False),
    "weak": Case(saturated(0.1)),
    "weak, antithetic": Case(saturated(0.1), antithetic=True),
    "crossover of variances": Case(saturated(1.7), toll=0.03),
    "crossover of entanglement": Case(dephasing(1.0), toll=0.03, duration=0.1),
    "crossover, antithetic": Case(dephasing(1.1), antithetic=True, toll=0.03, duration=0.1),
}


@cache
def case_scores(name):
    return CASES[name].scores(SEEDS)


SLOW = ("crossover of variances", "crossover, antithetic")
EACH_CASE = [
    pytest.param(
        name,
        marks=[pytest.mark.xdist_group(f"estimates, {name}"), *[pytest.mark.slow] * (name in SLOW)],
    )
    for name in CASES
]
"""In one process each, which keeps the scores of its case."""


KURTOSIS_TOLL = 0.06
"""Fourth powers leave 64 batches too few extremes: over 2000 seeds 61.9 … 67.4 of 68.3 %, 90.8 …
95.2 of 95 %.
"""


def misses(name, every):
    """What covers the truth too seldom or too often: a quantity, by binomial chances, or all of
    them together.

    Together, a seed is one independent draw of the part of all quantities that is covered.
    """
    found = []
    chance = FALSE_ALARM / 2 / (len(CASES) * len(LEVELS) * (len(every) + 1))
    for level in LEVELS:
        inside = {key: np.abs(z) < stats.t.isf((1 - level) / 2, 63) for key, z in every.items()}
        for key, hits in inside.items():
            toll = KURTOSIS_TOLL if key[0] == "excess_kurtosis" else CASES[name].toll
            low, high = (
                stats.binom.cdf(hits.sum(), SEEDS, level - toll),
                stats.binom.sf(hits.sum() - 1, SEEDS, level),
            )
            found += [f"{key}: {hits.mean():.3f} for {level}"] if min(low, high) < chance else []
        together = np.mean(list(inside.values()), axis=0)
        far = stats.t.isf(chance, SEEDS - 1) * together.std(ddof=1) / np.sqrt(SEEDS)
        fine = level - CASES[name].toll - far < together.mean() < level + far
        found += [] if fine else [f"together: {together.mean():.3f} for {level}"]
    return found


@pytest.mark.parametrize("name", EACH_CASE)
def test_intervals_cover_the_truth_as_often_as_they_say(name):
    every = case_scores(name)
    assert len(every) >= 12
    assert not misses(name, every)


@pytest.mark.parametrize("factor", [0.7, 1.4])
@pytest.mark.parametrize("name", EACH_CASE)
def test_error_bars_wrong_by_forty_percent_would_be_noticed(name, factor):
    assert misses(name, {key: factor * z for key, z in case_scores(name).items()})


# ---------------------------------------------------------------------------------------------------
# small-sample bias


def tangent(measure, V, S, step=1e-5):
    """The first-order change of a measure from V to the samples S (..., n, n), whose average
    vanishes exactly.
    """
    slopes = np.zeros_like(V)
    for i, j in np.ndindex(V.shape):
        bump = np.zeros_like(V)
        bump[i, j] += step / 2
        bump[j, i] += step / 2
        slopes[i, j] = (measure(V + bump) - measure(V - bump)) / (2 * step)
    return np.einsum("ij,...ij->...", slopes, S - V)


@pytest.mark.parametrize("words", ["log_negativity(a, b)", "purity"])
def test_estimates_of_few_trajectories_lose_nearly_all_of_their_bias(words):
    """1024 trajectories in 16 batches, 100 seeds; what is linear in the sample averages to zero and
    is taken off.
    """
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


# -----------------------------------------------------------------------------------------------------
# antithetic pairs


@pytest.mark.parametrize(("antithetic", "power"), [(False, 1), (True, 2)])
def test_pairs_take_one_power_of_the_nonlinearity_out_of_error_bars(antithetic, power):
    """The same noise at both strengths, so the slope hardly scatters."""
    results = [run(saturated(s), 3, antithetic=antithetic) for s in (0.02, 0.04)]
    weak, strong = (np.linalg.norm(result["linearization_error_stderr"]) for result in results)
    assert np.log2(strong / weak) == pytest.approx(power, abs=0.05)


def test_pairs_and_single_paths_agree_at_moderate_nonlinearity():
    """Ten elements of the linearisation error, each the larger in pairs' favour or not, within
    Student's t of 63.
    """
    one, two = (
        run(saturated(0.5), seed, antithetic=pairs) for seed, pairs in ((1, False), (2, True))
    )
    gap = (one["linearization_error"] - two["linearization_error"]).values
    error = np.hypot(one["linearization_error_stderr"], two["linearization_error_stderr"]).values
    assert np.abs(gap / error).max() < stats.t.isf(FALSE_ALARM / 2 / 10, 63)
    assert np.abs(one["linearization_error"].values / error).max() > 10


def test_pairs_measure_the_leading_correction():
    """An optomechanical cell in its steady state: nine tenths of the way, what is left is of order
    s⁴ and the step.
    """
    cell, s = optomechanical_cell(), 0.1
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


# ------------------------------------------------------------------------------------------------
# choosing an estimator


def amplifier(pump):
    """A parametric amplifier, above threshold for pump > ½: linear growth at the rate 2 pump − 1,
    held by the Kerr.
    """
    terms = [squeeze("a", pump), kerr("a", 0.2), lose("a", "p", amplitude_rate=1.0)]
    return Model.build(["a"], terms)


def amplified(pump, duration, seed=1, **options):
    """Its twin runs away from any step's law, which is warned of."""
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


def test_a_weak_nonlinearity_is_left_to_the_twins():
    result = run(saturated(0.05), 1)
    assert result["twin_correlation"].values.min() > 0.99
    assert result["estimator"].item() == "coupled"
    for words in WORDS:
        judged = estimate(result, words)
        assert set(judged["estimator"].values.ravel()) == {"coupled"}
        np.testing.assert_array_equal(judged["value"], judged["coupled"])


@pytest.mark.parametrize("duration", [20.0, 60.0, 150.0, 300.0])
def test_a_twin_that_runs_away_leaves_the_plain_estimate(duration):
    """Fourth powers of it overflow, then its variance, then that of the moment equation; against a
    seed without twins.

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
    """A huge coupled covariance has a purity near zero with an error bar near zero: exact, and
    wrong.
    """
    judged = estimate(amplified(1.5, duration), words)
    assert judged["estimator"].item() == "plain"
    np.testing.assert_array_equal(judged["value"], judged["plain"])
