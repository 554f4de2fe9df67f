"""Single paths: the same bits as a plain ensemble; refused where memory is short."""

import json

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model, sample_paths, simulate
from qlangevin.sde.ensemble.preparation import moments_memory
from qlangevin.sde.ensemble.results import LossWarning
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.schemes.step_forecast import StepError
from qlangevin.sde.schemes.table import SCHEMES
from qlangevin.sde.support import memory
from qlangevin.sde.terms import lose

from ...models import KAPPA, pair_of_cavities, spinning

ARGUMENTS = {
    "trajectories": 200,
    "duration": 2.3 / KAPPA,
    "step": 1e-3 / KAPPA,
    "samples": 20,
    "seed": 3,
}


def runaway():
    """dx = x³ dt + noise: some paths leave every bound, at a time of their own."""
    return Model(
        modes=("a",),
        quadratures=("a.X", "a.Y"),
        channels=("only",),
        c=np.zeros(2),
        A=np.diag([-5.5, -1.0]),
        Q=Monomials(np.zeros((0, 3), int), np.zeros(0)),
        K=Monomials(np.array([[0, 0, 0, 0]]), np.array([1.0])),
        B=np.array([[1.4], [1.0]]),
        ports={},
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "increments", ["gaussian", pytest.param("two-point", marks=pytest.mark.slow)]
)
def test_moments_of_the_paths_are_those_of_the_plain_ensemble(scheme, increments):
    """200 paths with an incomplete cell among them; odd sample times split pairs of steps."""
    options = ARGUMENTS | {"duration": 0.03 / KAPPA, "step": 2e-5 / KAPPA, "samples": 60}
    options |= {"scheme": scheme, "increments": increments}
    state = sample_paths(spinning(), **options)["state"].values
    ensemble = simulate(spinning(), twin=False, **options)
    np.testing.assert_allclose(state.mean(axis=1), ensemble["mean"], rtol=1e-9, atol=1e-12)
    d = state - ensemble["mean"].values[:, None]
    V = np.einsum("tnk,tnl->tkl", d, d) / (state.shape[1] - 1)
    np.testing.assert_allclose(V, ensemble["covariance_sample"], rtol=1e-7, atol=1e-7)


def test_threads_and_other_trajectories_change_no_bit():
    one, two = (
        sample_paths(pair_of_cavities(), threads=threads, **ARGUMENTS)["state"]
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one, two)
    many = sample_paths(pair_of_cavities(), **ARGUMENTS | {"trajectories": 64 * 9 + 1})["state"]
    np.testing.assert_array_equal(one, many[:, :200])
    few = sample_paths(pair_of_cavities(), **ARGUMENTS | {"samples": 4})
    np.testing.assert_array_equal(few["state"], one.sel(time=few["time"]))


def test_paths_describe_themselves():
    result = sample_paths(pair_of_cavities(), start=Gaussian(np.zeros(4), np.eye(4)), **ARGUMENTS)
    assert result["state"].dims == ("time", "trajectory", "quadrature")
    assert result["state"].dtype == np.float64
    assert result["state"].attrs["units"] == "1"
    assert list(result["quadrature"].values) == list(pair_of_cavities().quadratures)
    assert result["time"].attrs["units"] == "s"
    made_by = json.loads(result.attrs["provenance"])
    assert (made_by["task"], made_by["seed"], made_by["start"]["mean"]) == (
        "sample_paths",
        3,
        [0.0] * 4,
    )
    assert (result["surviving"] == 200).all()
    assert result.attrs["lost_trajectories"] == 0


@pytest.mark.filterwarnings("ignore:invalid value")
def test_lost_paths_are_nan_from_there_on_and_counted_as_simulate_does():
    options = {"trajectories": 500, "duration": 8.0, "step": 0.004, "samples": 400, "seed": 1}
    options["start"] = Gaussian(np.zeros(2), 0.1 * np.eye(2), physical="ignore")
    with pytest.warns(LossWarning, match="states are NaN from then on") as caught:
        result = sample_paths(runaway(), **options)
    assert [warning.filename for warning in caught] == [__file__]
    with pytest.warns(LossWarning, match="estimates are NaN from then on"):
        ensemble = simulate(runaway(), twin=False, **options)
    for name in ("lost_trajectories", "first_lost_trajectory", "first_lost_time"):
        assert result.attrs[name] == ensemble.attrs[name]
    assert 5 < result.attrs["lost_trajectories"] < 450
    np.testing.assert_array_equal(result["surviving"], ensemble["surviving"])
    lost = result["state"].isnull().any("quadrature").values
    assert (np.diff(lost.astype(int), axis=0) >= 0).all()
    np.testing.assert_array_equal(lost.sum(axis=1), 500 - result["surviving"])


def test_progress_counts_trajectories_to_the_end():
    seen = []
    sample_paths(
        pair_of_cavities(), progress=lambda done, total: seen.append((done, total)), **ARGUMENTS
    )
    assert seen[0] == (0, 200)
    assert seen[-1] == (200, 200)


def test_paths_that_do_not_fit_are_refused_before_any_work(monkeypatch):
    """The states, as much again, and the moments."""
    needed = 2 * 8 * 21 * 200 * 4 + moments_memory(4, 21)
    monkeypatch.setattr(memory, "available_memory", lambda: needed - 2)
    with pytest.raises(
        ValueError, match=r"200 at 21 times, .* take 287 KiB of memory, and .* keep fewer samples"
    ):
        sample_paths(pair_of_cavities(), **ARGUMENTS)
    monkeypatch.setattr(memory, "available_memory", lambda: needed)
    sample_paths(pair_of_cavities(), **ARGUMENTS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trajectories": 0}, "trajectories must be a whole number, at least 1"),
        ({"step": -1.0}, "step must be positive"),
        ({"samples": 1.5}, "samples must be a whole number"),
        ({"scheme": "heun"}, "scheme must be one of"),
        ({"increments": "uniform"}, "increments must be one of"),
        ({"branch": 1}, "branch = 1 needs start='steady'"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        sample_paths(pair_of_cavities(), **ARGUMENTS | changes)


def test_a_step_that_is_too_large_is_refused():
    cavity = Model.build(["a"], [lose("a", "p", amplitude_rate=1.0)])
    with pytest.raises(StepError, match="step must be below 2 s"):
        sample_paths(cavity, trajectories=10, duration=120.0, step=3.0, samples=40)
