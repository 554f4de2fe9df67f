"""Trajectories against a level of theory: Hotelling's T² finds differences, and no others.

Seeds are fixed; each statistical test has a false alarm of 10⁻⁴ / 20, spread over what it compares.
"""

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.validation.levels import Sampled, compare, sampled
from qlangevin.sde import Model, simulate
from qlangevin.sde.kept_elements import KeptElements
from qlangevin.sde.terms import detune, kerr, lose

from ...models import KAPPA, pair_of_cavities

FALSE_ALARM = 1e-4 / 20
BATCHES = 64
SIZE = 3
ELEMENTS = SIZE * (SIZE + 1) // 2
UPPER = np.triu_indices(SIZE)
V = np.array([[2.0, 0.3, -0.1], [0.3, 1.0, 0.2], [-0.1, 0.2, 0.5]])
ALL = KeptElements.all(["a.X", "a.Y", "b.X"])
NO_MEAN = np.zeros(SIZE), np.ones(SIZE)


def whole_and_deviations(parts):
    """Batch means (batches, m) as their mean and the deviations of the jackknife."""
    count = len(parts)
    whole = parts.mean(axis=0)
    left_out = (count * whole - parts) / (count - 1)
    return whole, np.sqrt((count - 1) / count) * (whole - left_out)


def drawn(rng, root, shift=0.0):
    """A sample of V + shift (m,), in batches, with normal errors of covariance root rootᵀ."""
    errors, deviations = whole_and_deviations(
        rng.standard_normal((BATCHES, root.shape[1])) @ root.T
    )
    covariance = np.zeros_like(V)
    covariance[UPPER] = V[UPPER] + errors + shift
    return Sampled(covariance + np.triu(covariance, 1).T, deviations, True, ALL)


def correlated(rng):
    """Errors of elements that differ in size by four orders and are all but collinear."""
    return np.geomspace(1e-6, 1e-2, ELEMENTS)[:, None] * (
        np.ones((ELEMENTS, ELEMENTS)) + 0.1 * rng.standard_normal((ELEMENTS, ELEMENTS))
    )


def assert_uniform(p, levels=(0.2, 0.05)):
    """Kolmogorov–Smirnov, and the counts below each level."""
    share = FALSE_ALARM / (1 + len(levels))
    assert stats.kstest(p, "uniform").pvalue > share
    for level in levels:
        assert stats.binomtest(int(np.sum(p < level)), len(p), level).pvalue > share


# ------------------------------------------------------------------------------
# Hotelling's


@pytest.mark.parametrize("batches", [BATCHES, 12])
def test_chance_is_hotelling_s_of_the_batch_means(batches):
    """T² = b x̄ᵀ S⁻¹ x̄ of b batch means with sample covariance S; F = T² (b − m)/(m (b − 1))."""
    rng = np.random.default_rng(7)
    parts = rng.standard_normal((batches, ELEMENTS)) @ correlated(rng).T
    whole, deviations = whole_and_deviations(parts)
    covariance = np.zeros_like(V)
    covariance[UPPER] = V[UPPER] + whole
    found = compare(
        Sampled(covariance + np.triu(covariance, 1).T, deviations, True, ALL), V, *NO_MEAN
    )
    statistic = batches * whole @ np.linalg.solve(np.cov(parts.T), whole)
    scaled = statistic * (batches - ELEMENTS) / (ELEMENTS * (batches - 1))
    assert found.hotelling == pytest.approx(statistic, rel=1e-5)
    assert found.p_value == pytest.approx(
        stats.f.sf(scaled, ELEMENTS, batches - ELEMENTS), rel=1e-5
    )


def test_chance_follows_the_f_law_for_normal_errors_of_any_correlation():
    """2000 draws; also in the tail, where decisions are made."""
    rng = np.random.default_rng(1)
    root = correlated(rng)
    found = [compare(drawn(rng, root), V, *NO_MEAN) for _ in range(2000)]
    assert {each.degrees for each in found} == {ELEMENTS}
    assert_uniform(np.array([each.p_value for each in found]), (0.2, 0.05, 0.01))
    assert np.mean([each.hotelling for each in found]) == pytest.approx(
        63 * 6 / (63 - 6 - 1), rel=0.08
    )


def test_chance_follows_the_f_law_for_simulated_ensembles():
    """Batches of 256 trajectories, nearly normal, against the exact law of the steps."""

    def p_value(seed):
        run = simulate(
            pair_of_cavities(),
            trajectories=2**14,
            duration=1 / KAPPA,
            step=0.1 / KAPPA,
            scheme="exponential",
            samples=1,
            seed=seed,
            twin=False,
        )
        return compare(
            sampled(run), run["covariance_step"].values[-1], np.zeros(4), np.ones(4)
        ).p_value

    assert_uniform(np.array([p_value(seed) for seed in range(240)]))


def test_a_difference_is_found_as_often_as_the_noncentral_law_predicts():
    """Of length λ = 40 in the metric of the errors: mean of T² = ν (m + λ)/(ν − m − 1)."""
    rng = np.random.default_rng(2)
    root = correlated(rng)
    length = 40.0
    shift = root @ stats.norm.rvs(size=ELEMENTS, random_state=3)
    shift *= np.sqrt(length / BATCHES) / np.linalg.norm(np.linalg.solve(root, shift))
    found = [compare(drawn(rng, root, shift), V, *NO_MEAN) for _ in range(1000)]
    mean = 63 * (ELEMENTS + length) / (63 - ELEMENTS - 1)
    assert np.mean([each.hotelling for each in found]) == pytest.approx(mean, rel=0.05)
    expected = stats.ncf.sf(stats.f.isf(0.01, ELEMENTS, 58), ELEMENTS, 58, length)
    seen = sum(each.p_value < 0.01 for each in found)
    assert stats.binomtest(seen, len(found), expected).pvalue > FALSE_ALARM


def test_a_difference_hidden_in_correlations_is_seen_though_no_element_shows_it():
    """Errors all but collinear, a difference across them: z of each below 2, and p below 10⁻⁶."""
    rng = np.random.default_rng(4)
    root = np.ones((ELEMENTS, ELEMENTS)) + 0.01 * np.eye(ELEMENTS)
    found = compare(drawn(rng, root, 0.05 * np.array([1, -1, 1, -1, 1, -1])), V, *NO_MEAN)
    assert found.z_worst < 2
    assert found.p_value < 1e-6


def test_elements_without_error_and_combinations_without_variance_are_no_degrees_of_freedom():
    rng = np.random.default_rng(5)
    root = correlated(rng)
    root[1] = 0
    root[4] = 3 * root[3]
    found = compare(drawn(rng, root), V, *NO_MEAN)
    assert found.degrees == ELEMENTS - 2
    assert found.p_value > FALSE_ALARM
    assert np.isfinite([found.z_rms, found.z_worst, found.hotelling]).all()


def test_as_many_elements_as_batches_give_no_probability():
    rng = np.random.default_rng(6)
    whole, deviations = whole_and_deviations(rng.standard_normal((ELEMENTS, ELEMENTS)))
    covariance = V + np.diag(whole[[0, 3, 5]])
    found = compare(Sampled(covariance, deviations, True, ALL), V, *NO_MEAN)
    assert np.isnan(found.p_value)
    assert found.z_worst > 0


def test_the_largest_differences_are_in_units_of_the_level_s_own_widths():
    difference = np.array([[0.02, 0.0, 0.0], [0.0, 0.0, 0.05], [0.0, 0.05, -0.03]])
    deviations = np.zeros((BATCHES, ELEMENTS))
    deviations[0] = 0.001
    found = compare(
        Sampled(V + difference, deviations, True, ALL),
        V,
        np.array([0.1, -0.3, 0.2]),
        np.array([0.01, 0.02, 0.03]),
    )
    assert found.error == pytest.approx(0.05 / np.sqrt(0.5))
    assert found.error_stderr == pytest.approx(0.001 / np.sqrt(0.5))
    assert found.mean_error == pytest.approx(0.3)
    assert found.mean_error_stderr == pytest.approx(0.02)
    assert found.z_worst == pytest.approx(50)


# ------------------------------------------------------------------------------
# degenerate


def test_trajectories_of_a_linear_model_differ_in_nothing_from_the_moment_equation():
    run = simulate(
        pair_of_cavities(), trajectories=512, duration=3 / KAPPA, step=0.01 / KAPPA, samples=4
    )
    full = sampled(run)
    found = compare(
        full, run["covariance_linear"].values[-1], np.zeros(4), run["mean_stderr"].values[-1]
    )
    assert full.coupled
    assert (found.error, found.error_stderr, found.z_rms, found.z_worst, found.degrees) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert np.isnan(found.p_value)


def test_an_uncoupled_linear_mode_beside_a_nonlinear_one_does_not_count():
    """Its own three elements have no difference and no error bar; the cross terms are chance."""
    modes = [detune("a", 0.3), kerr("a", 0.2), lose("a", "p", amplitude_rate=1.0, occupation=1.0)]
    model = Model.build(["a", "b"], [*modes, detune("b", 0.7), lose("b", "q", amplitude_rate=0.8)])
    run = simulate(
        model, trajectories=2**14, duration=8.0, step=0.05, scheme="runge-kutta", samples=4, seed=2
    )
    found = compare(
        sampled(run),
        run["covariance_linear"].values[-1],
        np.zeros(4),
        run["mean_stderr"].values[-1],
    )
    assert found.degrees == 7
    assert found.p_value > FALSE_ALARM
