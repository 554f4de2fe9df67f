"""Ensembles against exact answers that show a miscounted step, wrong noise or nonlinearity.

Every statistical test fixes its seeds and spreads a false-alarm rate of α = 10⁻⁴ over its
comparisons (Bonferroni).
"""

import dataclasses
from contextlib import nullcontext
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.ensemble import batches, trajectories
from qlangevin.sde.ensemble.results import LossWarning
from qlangevin.sde.initial_states import dark_state
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.sampling import SamplingWarning, is_even
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, kerr, lose, press, squeeze

from .. import naive

ALPHA = 1e-4
BATCHES = 64


def normal_limit(comparisons):
    """Two-sided, for z scores with an exact standard error."""
    return stats.norm.isf(ALPHA / 2 / comparisons)


def student_limit(comparisons):
    """Two-sided, for z scores with a jackknife standard error of 64 equal batches."""
    return stats.t.isf(ALPHA / 2 / comparisons, BATCHES - 1)


def squeezed_cavity():
    return Model.build(
        ["a"],
        [detune("a", 0.5), squeeze("a", 0.2), lose("a", "p", amplitude_rate=1.0, occupation=0.5)],
    )


def law_of_the_model(model, V, step, times):
    """V ← M V Mᵀ + D h at the sample times from the arrays of a linear model alone.

    `covariance_step` takes its numbers from the kernel and would follow a fault in them.
    """
    M, out = np.eye(model.size) + step * model.A, []
    taken = 0
    for steps in np.round(times / step).astype(int):
        for _ in range(steps - taken):
            V = M @ V @ M.T + step * model.diffusion
        taken = steps
        out.append(V)
    return np.array(out)


def worst_score(result, law):
    """Largest |z| of the twin's covariance against a law at t > 0, and the number of elements."""
    V, S = law[1:], result["covariance_linear_sample"].values[1:]
    n, trajectories = V.shape[-1], int(result["batch_trajectories"].sum())
    width = np.einsum("tii->ti", V)
    spread = np.sqrt((width[:, :, None] * width[:, None, :] + V**2) / (trajectories - 1))
    z = np.abs((S - V) / spread)[:, *np.triu_indices(n)]
    return z.max(), z.size


# --------------------------------------------------------------------------------------------------
# every step is taken


@pytest.mark.parametrize(
    ("steps", "samples"),
    [(1, 1), (2, 5), (3, 3), (7, 3), (333, 10), (1024, 5), (1025, 10), (2049, 10), (2050, 7)],
)
def test_the_half_photon_drives_a_momentum_that_counts_every_step_of_the_kernel(steps, samples):
    """ṗ = G(|α|² − ½) without light is −G/2, all of it in the fluctuation: p = −t for G = 2.

    (A drift c alone would move only the mean field and show no lost step.) Step and sums are exact
    in binary. With the companion only: that it changes no bit of path and twin is a test of its
    own, and a kernel costs 5 s.
    """
    clock, h = Model.build(["light", "motion"], [press("light", "motion", 2.0)]), 2.0**-4
    with (
        nullcontext()
        if is_even(steps, samples)
        else pytest.warns(SamplingWarning, match="does not divide")
    ):
        result = simulate(
            clock,
            trajectories=128,
            duration=steps * h,
            step=h,
            samples=samples,
            start=Gaussian(np.zeros(4), np.zeros((4, 4)), physical="ignore"),
            step_check=True,
        )
    time, n = result["time"].values, 4
    np.testing.assert_array_equal(result["mean"].values[:, 3], -time)
    assert time[0] == 0
    assert time[-1] == steps * h
    assert len(time) <= samples + 1
    even, width = (
        np.round(time / h) % 2 == 0,
        n + n * (n + 1) // 2,
    )  # the companion's sums Σ(z − x), at even steps
    np.testing.assert_array_equal(
        result["batch_sums"].values[:, even, 2 * width : 2 * width + n], 0
    )


# --------------------------------------------------------------------------------------------------
# the noise is right


def test_an_ensemble_passes_its_step_law_and_is_rejected_by_the_continuous_one():
    """Steps of 0.06/κ bias the variances by more than 5σ of 262,144 trajectories.

    The bias is several percent, the resolution 0.3 %.
    """
    with pytest.warns(StepWarning):
        result = simulate(
            squeezed_cavity(), trajectories=262144, duration=6.0, step=0.06, samples=10, seed=1
        )
    model = squeezed_cavity()
    law = law_of_the_model(model, dark_state(model).covariance, 0.06, result["time"].values)
    np.testing.assert_allclose(result["covariance_step"], law, rtol=1e-12, atol=1e-13)
    worst, comparisons = worst_score(result, law)
    assert worst < normal_limit(comparisons)
    worst, _ = worst_score(result, result["covariance_linear"].values)
    assert worst > normal_limit(comparisons) + 5


@pytest.mark.parametrize("factor", [0.5, 2.0, 1.05, 0.95])
def test_a_wrong_diffusion_is_rejected(factor):
    """A factor in D; 5 % is 9 standard errors of a variance from 65,536 trajectories."""
    model = squeezed_cavity()
    faulty = dataclasses.replace(model, B=np.sqrt(factor) * model.B)
    start = Gaussian(np.zeros(2), 0.5 * np.eye(2))
    options = {"duration": 5.0, "step": 0.005, "samples": 5, "start": start, "seed": 2}
    law = simulate(model, trajectories=128, **options)["covariance_step"].values
    worst, comparisons = worst_score(simulate(faulty, trajectories=65536, **options), law)
    assert worst > normal_limit(comparisons)


def test_a_wrong_rotation_is_rejected():
    """Δ of the wrong sign leaves the variances of X and Y alone and flips their correlation."""
    model = squeezed_cavity()
    A = model.A.copy()
    A[0, 1], A[1, 0] = A[0, 1] - 2 * 0.5, A[1, 0] + 2 * 0.5
    options = {"duration": 5.0, "step": 0.005, "samples": 5, "seed": 3}
    law = simulate(model, trajectories=128, **options)["covariance_step"].values
    faulty = simulate(dataclasses.replace(model, A=A), trajectories=65536, **options)
    worst, comparisons = worst_score(faulty, law)
    assert worst > normal_limit(comparisons)


def test_spinning_twins_pass_the_law_of_the_moving_mean_within_the_stated_rate():
    """Through switch-on, 20 times; the mean goes from 0 to 5·10⁴, twins stay of order 1 to 20."""
    system = SpinningResonator.published()
    system, unit = system.replace(backscattering=system.decay / 4), 1 / system.mechanical_frequency
    result = simulate(
        system, trajectories=4096, duration=40 * unit, step=1e-3 * unit, samples=20, seed=4
    )
    worst, comparisons = worst_score(result, result["covariance_step"].values)
    assert worst < normal_limit(comparisons)


def test_the_mean_of_a_thermal_cavity_decays_and_turns_within_its_error():
    """⟨y⟩ is zero with variance V/N, and the mean is e^{At}u₀ within 10⁻¹⁰."""
    model = Model.build(
        ["a"], [detune("a", 1.0), lose("a", "p", amplitude_rate=0.5, occupation=1.0)]
    )
    start = Gaussian(np.array([3.0, -1.0]), 2.0 * np.eye(2))
    result = simulate(
        model, trajectories=16384, duration=4.0, step=0.004, samples=8, start=start, seed=5
    )
    t = result["time"].values
    alpha = (3.0 - 1.0j) * np.exp((-1j - 0.5) * t)
    np.testing.assert_allclose(result["mean"], np.stack([alpha.real, alpha.imag], -1), atol=1e-8)
    twin = result["batch_sums"].values.sum(axis=0)[:, :2] / 16384
    z = twin / np.sqrt(np.einsum("tii->ti", result["covariance_step"].values) / 16384)
    assert np.abs(z).max() < normal_limit(z.size)


# --------------------------------------------------------------------------------------------------
# the nonlinearity is right


def test_a_lossless_kerr_mode_loses_its_mean_as_truncated_wigner_says():
    """⟨α⟩ = e^{iθ}β(1 + iθ/2)⁻² exp[−iθβ²/(1 + iθ/2)], θ = Kt, from a coherent β.

    Exact for α̇ = −iK(|α|² − 1)α. Euler's amplitude grows by ½(K(|α|² − 1))²h per unit time: below
    10⁻³ of the mean here, an eighth of a 4σ error.
    """
    beta, h = 1.5, 2e-4
    model = Model.build(["a"], [kerr("a", 1.0)])
    start = Gaussian(np.sqrt(2) * np.array([beta, 0.0]), 0.5 * np.eye(2))
    result = simulate(
        model, trajectories=8192, duration=0.6, step=h, samples=3, start=start, seed=6
    )
    theta = result["time"].values[1:]
    w = 1 + 0.5j * theta
    exact = np.sqrt(2) * np.exp(1j * theta) * beta / w**2 * np.exp(-1j * theta * beta**2 / w)
    gap = result["mean"].values[1:] - np.stack([exact.real, exact.imag], -1)
    allowed = student_limit(gap.size) * result["mean_stderr"].values[1:] + 1e-3
    assert np.all(np.abs(gap) < allowed)
    linear = result["mean_field"].values[1:] - np.stack([exact.real, exact.imag], -1)
    assert np.abs(linear).max() > 10 * allowed.max()


def test_a_warm_kerr_mode_keeps_its_thermal_covariance():
    """With loss and heat |α|² stays exponential with mean n + ½ for every K; V stays (n + ½)·1.

    Euler adds about h(κ² + ω²)/2κ, ω = K(|α|² − 1), below 2 % of an error bar's 4σ at this step.
    """
    n = 1.0
    model = Model.build(["a"], [kerr("a", 0.5), lose("a", "p", amplitude_rate=1.0, occupation=n)])
    result = simulate(model, trajectories=16384, duration=3.0, step=1e-3, samples=3, seed=7)
    gap = (result["covariance"].values[1:] - (n + 0.5) * np.eye(2))[:, *np.triu_indices(2)]
    stderr = result["covariance_stderr"].values[1:][:, *np.triu_indices(2)]
    assert np.all(np.abs(gap) < student_limit(gap.size) * stderr + 0.005)
    assert stderr.max() < 0.05


def test_error_bars_of_the_linearization_error_match_its_scatter_over_seeds():
    """rms of (estimate − mean over 60 seeds)/stderr, within 0.36 of 1: 4σ.

    Three elements count as one: the rms scatters by 9 %.
    """
    model = Model.build(["a"], [kerr("a", 0.3), lose("a", "p", amplitude_rate=1.0)])
    start = Gaussian(np.array([1.0, 0.0]), 0.5 * np.eye(2))
    runs = [
        simulate(
            model, trajectories=4096, duration=1.0, step=0.01, samples=1, start=start, seed=seed
        )
        for seed in range(60)
    ]
    values, errors = (
        np.array([r[name].values[-1][np.triu_indices(2)] for r in runs])
        for name in ("linearization_error", "linearization_error_stderr")
    )
    z = (values - values.mean(axis=0)) / errors * np.sqrt(60 / 59)
    assert np.sqrt(np.mean(z**2)) == pytest.approx(1.0, abs=0.36)


# --------------------------------------------------------------------------------------------------
# divergence


def runaway():
    """q̇ = −q + 0.4q²: lost beyond q = 2.5."""
    quadratic = Monomials(np.array([[0, 0, 0]]), np.array([0.4]))
    cubic = Monomials(np.zeros((0, 4), int), np.zeros(0))
    return Model(
        ("m",), ("m.q", "m.p"), (), np.zeros(2), -np.eye(2), quadratic, cubic, np.zeros((2, 0)), {}
    )


def test_the_first_lost_trajectory_is_the_one_that_the_naive_twin_loses(monkeypatch):
    """512 paths from a broad start: a naive loop finds the same survivors and first loss."""
    model, h, N = runaway(), 0.01, 512
    start = Gaussian(np.zeros(2), 2.0 * np.eye(2))
    monkeypatch.setattr(batches, "MOST_CELLS", 3)
    with pytest.warns(LossWarning, match=f"of {N} trajectories diverged"):
        result = simulate(
            model, trajectories=N, duration=8.0, step=h, samples=8, start=start, seed=8
        )
    assert 0 < result["surviving"].values[-1] < N
    arguments = {"step": h, "trajectories": np.arange(N), "seed": 8, "chunk": trajectories.CHUNK}
    finite = []
    with np.errstate(all="ignore"):
        for steps in np.round(result["time"].values / h).astype(int):
            states = naive.paths(
                model, start.mean, start.square_root(), steps=int(steps), **arguments
            )
            finite.append(np.isfinite(states["x"]).all(axis=0))
    finite = np.array(finite)
    np.testing.assert_array_equal(result["surviving"], finite.sum(axis=1))
    first = int(np.argmax(~finite.all(axis=1)))
    assert result.attrs["first_lost_time"] == result["time"].values[first]
    assert result.attrs["first_lost_trajectory"] == int(np.argmin(finite[first]))
    assert result.attrs["lost_trajectories"] == N - finite[-1].sum()


# --------------------------------------------------------------------------------------------------
# arguments and progress


@pytest.mark.parametrize("step", [1.2, 1.49, 1.9])
def test_a_step_longer_than_the_run_is_refused(step):
    """Even where duration/step rounds to one step, whose end would lie beyond the duration."""
    slow = Model.build(["a"], [detune("a", 1e-3), lose("a", "p", amplitude_rate=1e-3)])
    with pytest.raises(ValueError, match="step must not exceed"):
        simulate(slow, trajectories=128, duration=1.0, step=step)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("duration", "1 s"),
        ("duration", None),
        ("step", None),
        ("threads", 1.5),
        ("threads", "two"),
        ("step", 1e-300),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused_by_name(argument, value):
    settings = {"trajectories": 128, "duration": 1.0, "step": 0.01, argument: value}
    with pytest.raises(ValueError, match=argument):
        simulate(squeezed_cavity(), **settings)


def test_progress_counts_from_zero_to_all_trajectories():
    seen = []
    simulate(
        squeezed_cavity(),
        trajectories=1000,
        duration=0.1,
        step=0.01,
        samples=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[0] == (0, 1000)
    assert seen[-1] == (1000, 1000)
    assert all(a[0] < b[0] for a, b in pairwise(seen))
