"""Error bars of estimates cover the truth as often as they should, whichever estimate is taken.

Seeds are fixed. Each test has a false alarm of at most 10⁻⁴, counted over everything it compares.
Error bars come from 64 batches, so intervals are Student's t of 63 degrees of freedom.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.estimation import estimate, quantity
from qlangevin.sde import Model

from .ensembles import FALSE_ALARM, WORDS, dephasing, first, run, saturated, two_cavities

SEEDS = 200
LEVELS = (0.6827, 0.95)


def readings(result):
    """(estimate, standard error) by quantity and estimator; one-mode numbers are those of a."""
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
    """(estimate − truth)/error (seeds,) by quantity and estimator; errors include the truth's."""
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
    """Best estimates of 200 times as many trajectories, without those that pairs make exact."""
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
    """A model and its run; for a strong nonlinearity intervals cover less, by up to `shortfall`.

    Over 2000 seeds 65.6 … 71 of 68.3 % and 94 … 96 of 95 %, but 65.0 … 66.1 and 93.8 … 94.3 for
    E_N, steering and purity at the crossover of entanglement, where tails are heavy. Choosing the
    smaller of two like error bars alone costs 1.5 … 2.3 and 0.6 … 1.1: variances at their
    crossover, from 70.7 and 96.0 to 68.4 and 94.9 %.
    """

    model: Model
    antithetic: bool = False
    twin: bool = True
    shortfall: float = 0.0
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
    "crossover of variances": Case(saturated(1.7), shortfall=0.03),
    "crossover of entanglement": Case(dephasing(1.0), shortfall=0.03, duration=0.1),
    "crossover, antithetic": Case(dephasing(1.1), antithetic=True, shortfall=0.03, duration=0.1),
}


@cache
def case_scores(name):
    return CASES[name].scores(SEEDS)


SLOW = (
    "weak",
    "weak, antithetic",
    "crossover of variances",
    "crossover of entanglement",
    "crossover, antithetic",
)
"""Cases that run with the slow tests; the linear one runs with the others."""
EACH_CASE = [
    pytest.param(
        name,
        marks=[pytest.mark.xdist_group(f"estimates, {name}"), *[pytest.mark.slow] * (name in SLOW)],
    )
    for name in CASES
]
"""Each case is one group, run in one process, which keeps its scores."""


KURTOSIS_SHORTFALL = 0.06
"""Of fourth powers: over 2000 seeds 61.9 … 67.4 of 68.3 %, 90.8 … 95.2 of 95 % are covered."""


def misses(name, every):
    """Quantities that cover the truth too seldom or too often, each or all of them together.

    Each is tested by the binomial law. For all together, every seed is one independent draw of the
    share of quantities that is covered.
    """
    found = []
    chance = FALSE_ALARM / 2 / (len(CASES) * len(LEVELS) * (len(every) + 1))
    for level in LEVELS:
        inside = {key: np.abs(z) < stats.t.isf((1 - level) / 2, 63) for key, z in every.items()}
        for key, hits in inside.items():
            shortfall = KURTOSIS_SHORTFALL if key[0] == "excess_kurtosis" else CASES[name].shortfall
            low = stats.binom.cdf(hits.sum(), SEEDS, level - shortfall)
            high = stats.binom.sf(hits.sum() - 1, SEEDS, level)
            found += [f"{key}: {hits.mean():.3f} for {level}"] if min(low, high) < chance else []
        together = np.mean(list(inside.values()), axis=0)
        far = stats.t.isf(chance, SEEDS - 1) * together.std(ddof=1) / np.sqrt(SEEDS)
        fine = level - CASES[name].shortfall - far < together.mean() < level + far
        found += [] if fine else [f"together: {together.mean():.3f} for {level}"]
    return found


@pytest.mark.parametrize("name", EACH_CASE)
def test_intervals_cover_the_truth_as_often_as_they_should(name):
    every = case_scores(name)
    assert len(every) >= 12
    assert not misses(name, every)


@pytest.mark.parametrize("factor", [0.7, 1.4])
@pytest.mark.parametrize("name", EACH_CASE)
def test_error_bars_wrong_by_forty_percent_would_be_noticed(name, factor):
    assert misses(name, {key: factor * z for key, z in case_scores(name).items()})
