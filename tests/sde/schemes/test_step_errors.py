"""Checks of steps away from the mean field and on limit cycles, and how to override them."""

import json
from functools import cache

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model, operators, propagate_moments, sample_paths, simulate
from qlangevin.sde.ensemble.preparation import prepare
from qlangevin.sde.ensemble.results import LossWarning
from qlangevin.sde.ensemble.settings import Settings
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.schemes.limit_cycles import compare_at_equal_phase, is_limit_cycle
from qlangevin.sde.schemes.local_errors import DeterministicStep
from qlangevin.sde.schemes.nonlinear_errors import IntervalMoments, forecast_nonlinear_errors
from qlangevin.sde.schemes.semilinear import stepped_model
from qlangevin.sde.schemes.step_forecast import StepError, StepWarning
from qlangevin.sde.schemes.table import SCHEMES
from qlangevin.sde.terms import hamiltonian, kerr, lose

from ...models import spinning

WM = 63e6
CLOUD = 3.5 * np.eye(2)


@cache
def hot_kerr():
    """|α|² is exponential with mean n + ½ = 3.5 at any Kerr rate; a path rotates at 2|α|²."""
    return Model.build(["a"], [kerr("a", 2.0), lose("a", "p", amplitude_rate=0.5, occupation=3)])


def forecast(scheme, step, duration=10.0):
    model = hot_kerr()
    taken = DeterministicStep(
        stepped_model(scheme, model, step, np.zeros(2)),
        step,
        SCHEMES[scheme].stages,
        scheme == "exponential",
    )
    return forecast_nonlinear_errors(model, taken, [IntervalMoments(np.zeros(2), CLOUD, duration)])


def hot(call=simulate, **options):
    settings = {
        "trajectories": 1024,
        "duration": 10.0,
        "samples": 5,
        "step": 5e-4,
        "seed": 3,
    } | options
    return call(hot_kerr(), **settings)


# --------------------------------------------------------------------------------------------------
# away from the mean field


@pytest.mark.parametrize("scheme", ["euler-maruyama", "exponential", "auto"])
@pytest.mark.parametrize("call", [simulate, sample_paths])
def test_a_step_at_which_a_sizeable_share_of_the_paths_would_diverge_is_refused(call, scheme):
    with pytest.raises(
        StepError,
        match=r"about 1\d % of the trajectories would diverge; below 4\.\de-05 s .*\"runge-kutta\"",
    ):
        hot(call, scheme=scheme)


def test_the_recommended_step_is_accurate():
    """No warning, no lost trajectory, and the variance 3.5 of every Kerr rate."""
    end = hot(scheme="runge-kutta", step=2e-3, trajectories=8192, duration=6.0, samples=3).isel(
        time=-1
    )
    assert end.attrs["lost_trajectories"] == 0
    V, stderr = (np.trace(end[name].values) for name in ("covariance", "covariance_stderr"))
    assert abs(V - 7.0) < 4.5 * stderr
    assert stderr < 0.4


@pytest.mark.parametrize(
    ("scheme", "step"), [("euler-maruyama", 5e-4), ("exponential", 5e-4), ("runge-kutta", 8e-3)]
)
def test_the_share_of_lost_paths_is_forecast_within_a_factor_of_two(scheme, step):
    with pytest.warns(LossWarning), pytest.warns(StepWarning, match="step_errors"):
        run = hot(scheme=scheme, step=step, twin=False, step_errors="warn")
    assert 0.5 < forecast(scheme, step).lost / (run.attrs["lost_trajectories"] / 1024) < 2


def test_the_bias_of_euler_steps_of_a_rotating_cloud_is_its_closed_form():
    """d⟨|α|²⟩/dt gains h⟨ω²|α|²⟩, ω = 2|α|², over the damping of 1: h·4·3!·3.5²/(1 − e^{−10})."""
    h = 1e-5
    expected = h * 4 * 6 * 3.5**2
    assert forecast("euler-maruyama", h).bias == pytest.approx(expected, rel=0.2)
    assert forecast("euler-maruyama", h / 2).bias == pytest.approx(
        forecast("euler-maruyama", h).bias / 2, rel=1e-3
    )


def test_two_stages_have_a_bias_of_third_order():
    coarse, fine = (forecast("runge-kutta", h).bias for h in (4e-3, 2e-3))
    assert coarse / fine > 7.5


def test_a_covariance_that_nonlinear_terms_make_wrong_is_warned_of():
    with pytest.warns(
        StepWarning,
        match=r"a step of 6e-05 s makes the covariance about 1\.\d % wrong by nonlinear terms",
    ):
        hot(step=6e-5, trajectories=128, duration=3.0, samples=1)


def test_weak_nonlinearities_are_not_examined():
    """The spinning resonator: even at 5 standard deviations nonlinear errors are negligible."""
    model = spinning().model()
    settings = Settings(trajectories=128, duration=100 / WM, step=5e-4 / WM, samples=5)
    ready = prepare(spinning(), settings, "simulate")
    intervals = [
        IntervalMoments(u, V, 1.0)
        for u, V in zip(ready.mean_field, ready.covariance_linear, strict=True)
    ]
    found = forecast_nonlinear_errors(model, DeterministicStep(model, 5e-4 / WM, 1), intervals)
    assert (found.bias, found.lost) == (0, 0)


# --------------------------------------------------------------------------------------------------
# limit cycles


@cache
def laser(kerr_rate=0.0):
    """ȧ = (½ + 3i) a − (0.005 + iK)|a|² a + noise: a circle of |a|² = 100."""
    places, values = [], []
    for row, column, value in (
        (0, 0, -0.0025),
        (1, 1, -0.0025),
        (0, 1, kerr_rate / 2),
        (1, 0, -kerr_rate / 2),
    ):
        for other in (0, 1):
            places.append((row, column, other, other))
            values.append(value)
    cubic = Monomials(np.array(places), np.array(values))
    none = Monomials(np.zeros((0, 3), int), np.zeros(0))
    A, B = np.array([[0.5, -3.0], [3.0, 0.5]]), np.sqrt(0.5) * np.eye(2)
    return Model(("a",), ("a.X", "a.Y"), ("p.X", "p.Y"), np.zeros(2), A, none, cubic, B, {})


def on_the_circle(call=simulate, kerr_rate=0.0, **options):
    start = Gaussian(np.array([np.sqrt(200.0), 0.0]), 0.5 * np.eye(2))
    return call(
        laser(kerr_rate), trajectories=128, duration=40.0, samples=200, start=start, **options
    )


def ready_on_the_circle(scheme, step):
    start = Gaussian(np.array([np.sqrt(200.0), 0.0]), 0.5 * np.eye(2))
    settings = Settings(128, 40.0, step, scheme, start=start, step_errors="warn")
    return prepare(laser(), settings, "simulate")


@pytest.mark.filterwarnings("ignore::qlangevin.sde.schemes.step_forecast.StepWarning")
def test_on_a_cycle_the_distance_across_and_the_lag_along_are_distinguished():
    """Euler steps widen the circle, r² by hω²/2μ; steps of two stages lag by (ωh)²/6."""
    euler, two_stages = (
        ready_on_the_circle(*way) for way in (("euler-maruyama", 0.01), ("runge-kutta", 0.05))
    )
    assert is_limit_cycle(laser(), euler.mean_field, euler.times)
    wide, late = (
        compare_at_equal_phase(laser(), way.law.mean, way.mean_field, way.times)
        for way in (euler, two_stages)
    )
    assert wide.gap == pytest.approx(np.sqrt(1 + 0.01 * 9 / (2 * 0.5)) - 1, rel=0.05)
    assert np.abs(wide.lag).max() < 0.01
    assert late.gap < 0.005
    assert late.lag[-1] / 40 == pytest.approx((3 * 0.05) ** 2 / 6, rel=0.05)
    assert (
        np.abs(two_stages.law.mean - two_stages.mean_field).max()
        > 0.4 * np.abs(two_stages.mean_field).max()
    )


def test_a_mean_field_that_spirals_into_a_fixed_point_is_on_no_cycle():
    """A Kerr mode whose amplitude e^{−μt/2} decays by half, by e⁻³ and by e⁻⁵ on many turns."""
    (a,) = operators("a")
    turning = hamiltonian(3.0 * a.dag() * a + 0.001 * a.dag() ** 2 * a**2)
    model = Model.build(["a"], [turning, lose("a", "port", energy_rate=1.0)])
    start = Gaussian(np.array([10.0, 0.0]), 0.5 * np.eye(2))
    for duration in (1.4, 6.0, 10.0):
        run = propagate_moments(model, duration=duration, samples=100, start=start)
        mean_field, times = run["mean_field"].values, run["time"].values
        assert not is_limit_cycle(model, mean_field, times)


@pytest.mark.parametrize("call", [simulate, sample_paths])
def test_a_drift_along_a_cycle_is_not_refused(call):
    """Two stages of 0.05 end 44 % away from the exact mean field, and 0.3 % off the circle."""
    on_the_circle(call, scheme="runge-kutta", step=0.05)


@pytest.mark.filterwarnings("ignore:the mean field has not settled")
@pytest.mark.parametrize(("step", "percent"), [(0.01, r"4\.\d"), (0.005, r"2\.\d")])
def test_steps_that_leave_a_cycle_are_warned_of_whatever_the_scheme(step, percent):
    with pytest.warns(StepWarning, match=f"moves the mean field {percent} % off its cycle"):
        on_the_circle(scheme="euler-maruyama", step=step)


@pytest.mark.filterwarnings("ignore:the mean field has not settled")
@pytest.mark.parametrize("scheme", ["euler-maruyama", "exponential"])
def test_phase_diffusion_that_is_off_is_refused_for_single_paths_whatever_the_scheme(scheme):
    step = 0.025 if scheme == "euler-maruyama" else 0.01
    with pytest.raises(StepError, match=r"covariance of single paths on the cycle wrong by 1\d %"):
        on_the_circle(sample_paths, 0.02, scheme=scheme, step=step)


# --------------------------------------------------------------------------------------------------
# override


def cavity():
    return Model.build(["a"], [lose("a", "p", amplitude_rate=1.0)])


@pytest.mark.parametrize("call", [simulate, sample_paths])
def test_step_errors_warn_gives_a_warning_and_is_kept_in_the_provenance(call):
    settings = {"trajectories": 128, "duration": 6.0, "step": 0.3, "samples": 5}
    with pytest.raises(StepError, match="the step must be smaller"):
        call(cavity(), **settings)
    with pytest.warns(
        StepWarning, match=r'the step must be smaller.* step_errors = "warn"'
    ) as caught:
        result = call(cavity(), step_errors="warn", **settings)
    assert [warning.filename for warning in caught] == [__file__]
    assert json.loads(result.attrs["provenance"])["step_errors"] == "warn"
    assert np.isfinite(result["surviving"]).all()


@pytest.mark.parametrize("call", [simulate, sample_paths])
def test_step_errors_are_refused_or_warned_of_and_nothing_else(call):
    with pytest.raises(ValueError, match="step_errors must be one of refuse, warn"):
        call(cavity(), trajectories=128, duration=1.0, step=0.01, step_errors="ignore")


def test_an_ensemble_is_continued_with_either_value_of_step_errors(tmp_path):
    """It changes no number: results and checkpoints with either value continue each other."""
    settings = {"duration": 1.0, "step": 0.01, "samples": 5}
    first = simulate(cavity(), trajectories=128, checkpoint=tmp_path / "kept", **settings)
    simulate(
        cavity(), trajectories=128, checkpoint=tmp_path / "kept", step_errors="warn", **settings
    )
    on = simulate(cavity(), trajectories=256, earlier=first, step_errors="warn", **settings)
    np.testing.assert_array_equal(
        on["batch_sums"], simulate(cavity(), trajectories=256, **settings)["batch_sums"]
    )


def test_single_paths_are_not_advised_to_take_a_twin():
    hot_cavity = Model.build(["a"], [lose("a", "p", amplitude_rate=1.0, occupation=10.0)])
    start = Gaussian(np.zeros(2), 0.5 * np.eye(2))
    with pytest.raises(
        StepError, match=r"step = 5 s .* from the moment equations; take a smaller one$"
    ):
        sample_paths(
            hot_cavity,
            trajectories=2,
            duration=10.0,
            step=5.0,
            scheme="implicit-midpoint",
            samples=2,
            start=start,
        )
