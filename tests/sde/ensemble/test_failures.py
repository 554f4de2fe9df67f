"""Ensembles that diverge, have no error bars, or take too large a step."""

import json

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.ensemble.results import LossWarning
from qlangevin.sde.schemes.step_forecast import StepError, StepWarning
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import kerr, lose, squeeze

from ...models import spinning
from .models import cavity, polynomial, run


def test_a_diverging_trajectory_is_counted_named_and_never_averaged():
    """q̇ = −q + 0.4q² runs away from q > 2.5; the start puts some trajectories there."""
    model = polynomial([0, 0], -np.eye(2), [(0, 0, 0, 0.4)])
    start = Gaussian(np.zeros(2), np.diag([2.0, 2.0]))
    with pytest.warns(
        LossWarning, match=r"of 256 trajectories diverged, the first being number \d+ at t = .* s: "
    ):
        result = simulate(
            model, trajectories=256, duration=20.0, step=0.01, samples=50, start=start
        )
    surviving = result["surviving"].values
    lost = surviving < 256
    assert surviving[0] == 256
    assert lost.any()
    assert np.all(np.diff(surviving) <= 0)
    for name in (
        "mean",
        "covariance",
        "covariance_sample",
        "linearization_error",
        "covariance_stderr",
    ):
        assert np.isnan(result[name].values[lost]).all()
        assert np.isfinite(result[name].values[~lost]).all()
    assert np.isfinite(result["covariance_linear"]).all()
    assert result.attrs["lost_trajectories"] == 256 - surviving[-1]
    assert result.attrs["first_lost_time"] == pytest.approx(result["time"].values[lost][0])
    assert 0 <= result.attrs["first_lost_trajectory"] < 256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trajectories": 0}, "trajectories must be"),
        ({"trajectories": 1.5}, "trajectories must be"),
        ({"trajectories": True}, "trajectories must be"),
        ({"samples": 0}, "samples must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**64}, "seed must be below"),
        ({"threads": 0}, "threads must be"),
        ({"duration": -1.0}, "duration must be positive"),
        ({"duration": np.nan}, "duration must be positive"),
        ({"step": 0.0}, "step must be positive"),
        ({"step": 1e3}, "step must not exceed"),
        ({"scheme": "milstein"}, "scheme must be one of"),
        ({"start": "bright"}, "start must be"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(cavity(), **change)


def test_arrays_of_parameters_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="one parameter point"):
        run(SpinningResonator.published(detuning=np.array([1e7, 2e7])))


def test_a_step_beyond_the_limit_is_refused_with_the_limit():
    with pytest.raises(StepError, match=r"below 1e-06 s"):
        run(cavity(detuning=1.0), duration=11, step=1.1)


def test_a_step_with_a_significant_bias_gives_a_warning():
    with pytest.warns(StepWarning, match=r"5\.3 % too large"):
        run(cavity(), trajectories=128, step=0.05)


def test_a_result_has_its_provenance():
    system = spinning()
    unit = 1 / system.mechanical_frequency
    result = simulate(
        system, trajectories=128, duration=0.1 * unit, step=1e-3 * unit, seed=9, samples=2
    )
    made_by = json.loads(result.attrs["provenance"])
    assert made_by["system"] == "SpinningResonator"
    assert made_by["parameters"]["backscattering"] == pytest.approx(float(system.backscattering))
    assert (made_by["seed"], made_by["trajectories"], made_by["scheme"]) == (
        9,
        128,
        "euler-maruyama",
    )
    assert "numba" in made_by["versions"]


def test_starting_from_a_steady_branch_stays_there():
    """Moments from the steady state do not move; the branch is looked up on the steady side."""
    system = spinning()
    unit = 1 / system.mechanical_frequency
    result = simulate(
        system, trajectories=128, duration=5 * unit, step=1e-3 * unit, start="steady", samples=4
    )
    np.testing.assert_allclose(
        result["covariance_linear"][-1], result["covariance_linear"][0], rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(
        result["mean_field"][-1], result["mean_field"][0], rtol=1e-7, atol=1e-3
    )


def test_a_twin_that_overflows_leaves_the_plain_estimate():
    """A Kerr parametric oscillator above threshold: e^{2·900} is no number, two bright states are.

    Its mean stays dark, so E⟨X²⟩ + E⟨Y²⟩ is that of the two states, 2·(√(4Ω² − κ²)/K + 1) + 1 up to
    fluctuations.
    """
    kappa, K = 1e6, 2e4
    terms = [squeeze("a", 1j * kappa), kerr("a", K), lose("a", "p", amplitude_rate=kappa)]
    model = Model.build(["a"], terms)
    with pytest.warns(StepWarning, match="has not settled"):
        run = simulate(
            model,
            trajectories=256,
            duration=900 / kappa,
            step=2e-3 / kappa,
            samples=3,
            antithetic=True,
        )
    assert not np.isfinite(run["covariance_linear"][-1]).any()
    assert run["estimator"].values[-1] == "plain"
    assert run.attrs["lost_trajectories"] == 0
    np.testing.assert_array_equal(run["covariance"][-1], run["covariance_sample"][-1])
    bright = 2 * (np.sqrt(3) * kappa / K + 1)
    assert np.trace(run["covariance"].values[-1]) == pytest.approx(bright, rel=0.02)
    assert run["excess_kurtosis"].values[-1].max() < -1.8
