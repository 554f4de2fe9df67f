"""Antithetic pairs: same law, same bits for any workers, and what is odd in the noise cancels.

Seeds are fixed; each statistical test has a false alarm of 10⁻⁴.
"""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.validation import checks
from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.ensemble import batches
from qlangevin.sde.ensemble.results import LossWarning
from qlangevin.sde.kernels.codegen import GAUSSIAN, INCREMENTS
from qlangevin.sde.kernels.sum_layout import layout
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.schemes.semilinear import SEMILINEAR
from qlangevin.sde.schemes.table import SCHEMES
from qlangevin.sde.terms import detune, drive, kerr, lose

from ...models import KAPPA, pair_of_cavities

FALSE_ALARM = 1e-4
STEPS = [
    (scheme, increments)
    for scheme, increments in itertools.product(SCHEMES, INCREMENTS)
    if scheme not in SEMILINEAR or increments == GAUSSIAN
]
"""Every code of a step: semilinear schemes are Euler steps of another model, with equal draws."""


def driven_kerr():
    """A Kerr cavity lit so that its fluctuations are skewed."""
    terms = [
        detune("a", 0.5),
        kerr("a", 0.2),
        drive("a", 1.0),
        lose("a", "p", amplitude_rate=1.0, occupation=0.3),
    ]
    return Model.build(["a"], terms)


def bent():
    """A damped oscillator with a force quadratic in its position, resting at zero."""
    linear = Model.build(["m"], [detune("m", 1.0), lose("m", "p", amplitude_rate=1.0)]).mean_level
    return replace(linear, Q=Monomials(np.array([[1, 0, 0]]), np.array([0.1]))).averaged(
        -0.5 * np.eye(2)
    )


def run(model, count=4096, duration=3.0, step=0.01, unit=1.0, **options):
    arguments = {"samples": 6, "antithetic": True, "seed": 2} | options
    return simulate(
        model, trajectories=count, duration=duration / unit, step=step / unit, **arguments
    )


# --------------------------------------------------------------------------------------------------
# law


@pytest.mark.parametrize(("scheme", "increments"), STEPS)
def test_twins_of_pairs_pass_the_integrator_check_and_wrong_noise_does_not(scheme, increments):
    """A tenth too much variance is a planted fault, and so is counting a pair twice."""
    result = run(driven_kerr(), 16_384, scheme=scheme, increments=increments)
    assert checks.integrator_check(result).passed
    wrong = result.assign(covariance_linear_sample=1.1 * result["covariance_linear_sample"])
    assert not checks.integrator_check(wrong).passed


def test_counting_pairs_as_two_fails_the_integrator_check():
    """Over ten seeds χ² is twice its degrees of freedom, each by over 5 standard deviations."""
    for seed in range(10):
        result = run(pair_of_cavities(), 4096, duration=12.0, unit=KAPPA, samples=20, seed=seed)
        assert checks.integrator_check(result).passed
        result.attrs["provenance"] = result.attrs["provenance"].replace(
            '"antithetic": true', '"antithetic": false'
        )
        assert not checks.integrator_check(result).passed


@pytest.mark.parametrize(("scheme", "increments"), STEPS)
def test_pairs_and_single_paths_have_the_same_estimates(scheme, increments):
    """Mean and covariance, plain and coupled, within Student's t of 31 for half the batches."""
    pairs, singles = (
        run(
            driven_kerr(),
            8192,
            scheme=scheme,
            increments=increments,
            antithetic=antithetic,
            seed=seed,
        )
        for antithetic, seed in ((True, 5), (False, 6))
    )
    for name in (
        "mean",
        "covariance",
        "covariance_sample",
        "linearization_error",
        "covariance_linear_sample",
    ):
        gap = (pairs[name] - singles[name]).values[1:]
        error = np.hypot(pairs[f"{name}_stderr"], singles[f"{name}_stderr"]).values[1:]
        assert np.abs(gap / error).max() < stats.t.isf(FALSE_ALARM / 2 / 96, 31), name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pairs_of_a_linear_model_leave_no_difference(scheme):
    """Nor a mean: noise and start of the two cancel."""
    result = run(pair_of_cavities(), unit=KAPPA, scheme=scheme)
    np.testing.assert_allclose(result["linearization_error"], 0, atol=1e-14)
    np.testing.assert_allclose(result["linearization_error_stderr"], 0, atol=1e-14)
    np.testing.assert_allclose(result["mean"], result["mean_field"], atol=1e-13)
    np.testing.assert_allclose(result["covariance"], result["covariance_linear"], atol=1e-14)
    np.testing.assert_array_equal(result["twin_correlation"].round(12), 1.0)


def test_the_plain_part_of_a_pair_counts_as_one_path():
    """The plain error bar is √2 that of as many single paths, to 9 %·√2.

    Squares of opposite paths are the same.
    """
    pairs, singles = (
        run(pair_of_cavities(), 8192, unit=KAPPA, antithetic=pairs) for pairs in (True, False)
    )
    ratio = (pairs["covariance_sample_stderr"] / singles["covariance_sample_stderr"]).values[-1]
    assert np.sqrt(np.mean(ratio**2)) == pytest.approx(np.sqrt(2), rel=0.25)


def test_pairs_shrink_the_error_bar_of_a_covariance_but_not_of_a_mean():
    """At weak nonlinearity a mean is shifted by squares of the noise, the same in both paths."""
    pairs, singles = (
        run(bent().scaled(0.1), 8192, step=0.005, antithetic=pairs) for pairs in (True, False)
    )
    covariance, mean = (
        np.linalg.norm(pairs[name][-1]) / np.linalg.norm(singles[name][-1])
        for name in ("linearization_error_stderr", "mean_stderr")
    )
    assert covariance < 0.2
    assert mean == pytest.approx(np.sqrt(2), rel=0.4)


def test_time_zero_is_exact():
    """The start's covariance as the moment equation has it, though no sample of it is."""
    start = Gaussian(np.array([0.5, -0.2]), np.array([[1.0, 0.3], [0.3, 2.0]]))
    result = run(driven_kerr(), start=start).isel(time=0)
    np.testing.assert_array_equal(result["covariance"], start.covariance)
    np.testing.assert_array_equal(result["linearization_error"], 0)
    np.testing.assert_array_equal(result["covariance_stderr"], 0)
    np.testing.assert_allclose(result["mean"], start.mean, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(result["mean_stderr"], 0)
    assert np.all(result["covariance_sample"] != start.covariance)


# --------------------------------------------------------------------------------------------------
# bits


@pytest.mark.parametrize("step_check", [False, True])
@pytest.mark.parametrize("increments", INCREMENTS)
def test_threads_and_blocks_change_no_bit_of_pairs(increments, step_check, monkeypatch):
    """With a cell that is not full, over more than one chunk of steps."""
    arguments = {
        "count": 2 * (64 * 5 + 9),
        "duration": 12.0,
        "increments": increments,
        "step_check": step_check,
    }
    reference = run(driven_kerr(), threads=1, **arguments)
    for threads, cells in itertools.product((1, 2), (1, 3)):
        monkeypatch.setattr(batches, "MOST_CELLS", cells)
        other = run(driven_kerr(), threads=threads, **arguments)
        for name in reference:
            np.testing.assert_array_equal(other[name], reference[name], err_msg=name)


def test_the_step_check_changes_no_bit_of_pairs():
    with_it, without = (run(driven_kerr(), 256, step_check=check) for check in (True, False))
    for name in set(without) - {"batch_sums"}:
        np.testing.assert_array_equal(with_it[name], without[name], err_msg=name)
    width = without.sizes["statistic"]
    np.testing.assert_array_equal(with_it["batch_sums"][..., :width], without["batch_sums"])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_twin_of_a_pair_is_that_of_a_single_path(scheme):
    """Pairs and paths use the same random numbers: the second moments of twins agree."""
    moments = layout(2, twin=True, companion=False)["twin2"]
    pairs, singles = (
        run(driven_kerr(), 700 * (1 + antithetic), scheme=scheme, antithetic=antithetic)[
            "batch_sums"
        ][..., moments]
        for antithetic in (True, False)
    )
    np.testing.assert_allclose(pairs, singles, rtol=1e-10, atol=1e-12)
    assert np.any(pairs.values)


def test_a_step_check_of_pairs_shows_the_difference_of_the_laws():
    """Ten elements at the end, within Student's t of 63."""
    result = run(pair_of_cavities(), 16_384, 8.0, unit=KAPPA, samples=5, step_check=True).isel(
        time=-1
    )
    gap = result["covariance_step_companion"] - result["covariance_step"]
    z = np.abs((result["step_error"] - gap) / result["step_error_stderr"]).values
    assert z.max() < stats.t.isf(FALSE_ALARM / 2 / 10, 63)
    assert np.abs(gap / result["step_error_stderr"]).max() > 10


# --------------------------------------------------------------------------------------------------
# counting


def test_batches_hold_whole_pairs():
    """Cells of 64 pairs, the last one with what is left."""
    result = run(driven_kerr(), 2 * (64 * 3 + 5))
    np.testing.assert_array_equal(result["batch_trajectories"][:5], [128, 128, 128, 10, 0])
    np.testing.assert_array_equal(result["surviving"], 394)


def test_both_paths_of_a_lost_pair_are_counted_and_named():
    """q̇ = −q + 0.4q² runs away from q > 2.5."""
    empty = Monomials(np.zeros((0, 4), int), np.zeros(0))
    force = Monomials(np.array([[0, 0, 0]]), np.array([0.4]))
    runaway = Model(
        ("m",), ("m.q", "m.p"), (), np.zeros(2), -np.eye(2), force, empty, np.zeros((2, 0)), {}
    )
    with pytest.warns(LossWarning, match="of 512 trajectories diverged"):
        result = run(runaway, 512, 20.0, samples=5, start=Gaussian(np.zeros(2), 2 * np.eye(2)))
    surviving = result["surviving"].values
    assert surviving[0] == 512
    assert surviving[-1] == 512 - result.attrs["lost_trajectories"] < 512
    assert np.all(surviving % 2 == 0)
    assert result.attrs["first_lost_trajectory"] % 2 == 0
    lost = surviving < 512
    assert np.isnan(result["covariance"][lost]).all()
    assert np.isfinite(result["covariance"][~lost]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 129}, r"trajectories must be even for antithetic pairs \(got 129\)"),
        ({"twin": False}, "antithetic must be False where twin = False"),
        ({"antithetic": 1}, "antithetic must be True or False"),
    ],
)
def test_pairs_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        run(driven_kerr(), **options)
