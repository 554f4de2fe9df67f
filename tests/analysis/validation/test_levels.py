"""Levels of theory side by side: differences are found where they are, and chance is called chance.

Seeds are fixed; each statistical test has a false alarm of 10⁻⁴ / 20, spread over what it compares.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.estimation import estimate
from qlangevin.analysis.validation.levels import Sampled, compare, sampled, side_by_side
from qlangevin.sde import Model, propagate_moments, simulate
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.terms import detune, kerr, lose
from qlangevin.steady import leading_correction, steady_state

from ...models import KAPPA, pair_of_cavities, spinning
from ..stepped import stepped_correction

FALSE_ALARM = 1e-4 / 20
BATCHES = 64
SIZE = 3
ELEMENTS = SIZE * (SIZE + 1) // 2
UPPER = np.triu_indices(SIZE)
V = np.array([[2.0, 0.3, -0.1], [0.3, 1.0, 0.2], [-0.1, 0.2, 0.5]])
NO_MEAN = np.zeros(SIZE), np.ones(SIZE)


def whole_and_deviations(parts):
    """Batch means (batches, m) as their mean and the deviations of the jackknife."""
    count = len(parts)
    whole = parts.mean(axis=0)
    left_out = (count * whole - parts) / (count - 1)
    return whole, np.sqrt((count - 1) / count) * (whole - left_out)


def drawn(rng, root, shift=0.0):
    """A covariance sampled in batches with normal errors of covariance root rootᵀ, `shift` (m,) off
    V.
    """
    errors, deviations = whole_and_deviations(
        rng.standard_normal((BATCHES, root.shape[1])) @ root.T
    )
    covariance = np.zeros_like(V)
    covariance[UPPER] = V[UPPER] + errors + shift
    return Sampled(covariance + np.triu(covariance, 1).T, deviations, coupled=True)


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


# ----------------------------------------------------------------------------------------------------------
# Hotelling's


@pytest.mark.parametrize("batches", [BATCHES, 12])
def test_chance_is_hotelling_s_of_the_batch_means(batches):
    """T² = b x̄ᵀ S⁻¹ x̄ of b batch means with sample covariance S, and F = T² (b − m)/(m (b − 1))
    with m and b − m.
    """
    rng = np.random.default_rng(7)
    parts = rng.standard_normal((batches, ELEMENTS)) @ correlated(rng).T
    whole, deviations = whole_and_deviations(parts)
    covariance = np.zeros_like(V)
    covariance[UPPER] = V[UPPER] + whole
    found = compare(
        Sampled(covariance + np.triu(covariance, 1).T, deviations, coupled=True), V, *NO_MEAN
    )
    statistic = batches * whole @ np.linalg.solve(np.cov(parts.T), whole)
    scaled = statistic * (batches - ELEMENTS) / (ELEMENTS * (batches - 1))
    assert found.hotelling == pytest.approx(statistic, rel=1e-5)
    assert found.p_value == pytest.approx(
        stats.f.sf(scaled, ELEMENTS, batches - ELEMENTS), rel=1e-5
    )


def test_chance_follows_the_f_law_for_normal_errors_of_any_correlation():
    """2000 draws; also far out, where the verdict is made."""
    rng = np.random.default_rng(1)
    root = correlated(rng)
    found = [compare(drawn(rng, root), V, *NO_MEAN) for _ in range(2000)]
    assert {each.degrees for each in found} == {ELEMENTS}
    assert_uniform(np.array([each.p_value for each in found]), (0.2, 0.05, 0.01))
    assert np.mean([each.hotelling for each in found]) == pytest.approx(
        63 * 6 / (63 - 6 - 1), rel=0.08
    )


def test_chance_follows_the_f_law_for_simulated_ensembles():
    """Batches of 256 trajectories: covariances are normal enough. Against the exact law of the
    steps.
    """

    def p_value(seed):
        run = simulate(
            pair_of_cavities(), trajectories=2**14, duration=1 / KAPPA, step=0.1 / KAPPA, scheme="exponential",
            samples=1, seed=seed, twin=False,
        )  # fmt: skip
        return compare(
            sampled(run), run["covariance_step"].values[-1], np.zeros(4), np.ones(4)
        ).p_value

    assert_uniform(np.array([p_value(seed) for seed in range(240)]))


def test_a_difference_is_seen_as_the_noncentral_law_says():
    """Of length λ = 40 in the metric of the errors: mean of T² = ν (m + λ)/(ν − m − 1), and all but
    a few rejected.
    """
    rng = np.random.default_rng(2)
    root, length = correlated(rng), 40.0
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
    found = compare(Sampled(covariance, deviations, coupled=True), V, *NO_MEAN)
    assert np.isnan(found.p_value)
    assert found.z_worst > 0


def test_the_largest_differences_are_in_units_of_the_level_s_own_widths():
    difference = np.array([[0.02, 0.0, 0.0], [0.0, 0.0, 0.05], [0.0, 0.05, -0.03]])
    deviations = np.zeros((BATCHES, ELEMENTS))
    deviations[0] = 0.001
    found = compare(
        Sampled(V + difference, deviations, True),
        V,
        np.array([0.1, -0.3, 0.2]),
        np.array([0.01, 0.02, 0.03]),
    )
    assert found.error == pytest.approx(0.05 / np.sqrt(0.5))
    assert found.error_stderr == pytest.approx(0.001 / np.sqrt(0.5))
    assert found.mean_error == pytest.approx(0.3)
    assert found.mean_error_stderr == pytest.approx(0.02)
    assert found.z_worst == pytest.approx(50)


# -----------------------------------------------------------------------------------------------------------
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


def test_an_uncoupled_linear_mode_beside_a_nonlinear_one_counts_for_nothing():
    """Its own three elements have no difference and no error bar; what it shares with the other is
    chance alone.
    """
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


# --------------------------------------------------------------------------------------------------------------
# sampled


def kerr_mode(strength, trajectories=4096, **options):
    """In a warm bath, whose noise turns its phase: twins part from full paths as the strength
    grows.
    """
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
    full, end = sampled(run), run.isel(time=-1)
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
    """Over four relaxation times of V, whose samples then count for three or so: error bars shrink
    by half or so.
    """
    run = kerr_mode(0.01)
    end, late = sampled(run), sampled(run, since=1.0)
    assert 0.3 < np.linalg.norm(late.stderr) / np.linalg.norm(end.stderr) < 0.85
    np.testing.assert_allclose(
        late.covariance, run["covariance"].sel(time=slice(1.0, None)).mean("time"), rtol=1e-12
    )


# ---------------------------------------------------------------------------------------------------------
# side by side


@pytest.mark.parametrize("since", [None, 2.0])
def test_side_by_side_is_what_estimate_says_beside_each_level(since):
    run, words = kerr_mode(0.3), ["purity", "populations(a)", "covariance(a.X, a.Y)"]
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


# -----------------------------------------------------------------------------------------------
# when the closure helps


def stiffening(beta):
    """q̇ = p, ṗ = −q − βq³ − p + noise in the mean field, V = 1: no quadratic term about the fixed
    point.
    """
    lossy = Model.build(["m"], [lose("m", "bath", amplitude_rate=1.0)])
    cubic = Monomials(np.array([[1, 0, 0, 0]]), np.array([-beta]))
    A = np.array([[0.0, 1.0], [-1.0, -1.0]])
    return replace(lossy, A=A, K=cubic, B=np.diag([0.0, np.sqrt(2.0)])).averaged(-0.5 * np.eye(2))


def settled(system, unit, **options):
    """Of a run from the steady state: the sample, V, δV, the closure, and (shift of the mean, its
    error).
    """
    duration = 10 * unit
    common = {"duration": duration, "start": "steady", "branch": 0, "samples": 40}
    run = simulate(system, antithetic=True, seed=1, **common, **options)
    closure = propagate_moments(system, closure="gaussian", **common)["covariance"].values
    V, correction = (
        steady_state(system)["covariance"].values[0],
        leading_correction(system).isel(branch=0),
    )
    late = run["time"].values >= duration / 2
    shift = (run["mean"] - run["mean_field"]).values[-1], run["mean_stderr"].values[-1]
    return run, sampled(run, duration / 2), V, correction, closure[late].mean(axis=0), shift


def test_of_a_cubic_force_the_closure_captures_the_leading_order_and_linear_theory_is_off_by_it():
    """Stiffening of β = 0.003: δ⟨q²⟩ = −(3/2)β here, seen by 50 error bars; what is left is of
    order β².
    """
    beta = 0.003
    _, full, V, correction, closure, shift = settled(
        stiffening(beta), 2.0, trajectories=2**14, step=0.05, scheme="runge-kutta"
    )
    expected = float(correction["relative_correction"])
    assert expected == pytest.approx(1.5 * beta)
    against_linear, against_closure = compare(full, V, *shift), compare(full, closure, *shift)
    assert against_linear.p_value < 1e-12
    assert (
        abs(against_linear.error - expected) < 4.5 * against_linear.error_stderr + 10 * expected**2
    )
    assert against_closure.error < 0.15 * against_linear.error
    assert (
        compare(full, V + correction["covariance_correction"].values, *shift).error
        < 0.15 * against_linear.error
    )


def test_of_radiation_pressure_the_closure_captures_next_to_nothing():
    """Third cumulants, which it leaves out, are of the same order: here it does not help by a
    tenth.
    """
    system = spinning().model().scaled(1000)
    unit = 1 / float(steady_state(system)["margin"][0])
    options = {"trajectories": 8192, "step": 0.002 * unit, "scheme": "exponential"}
    run, full, V, correction, closure, shift = settled(system, unit, **options)
    against_linear, against_closure = compare(full, V, *shift), compare(full, closure, *shift)
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
