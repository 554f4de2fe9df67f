"""Runs until an error bar is reached: whole rounds, within the budget, the bits of a plain run."""

import json

import numpy as np
import pytest

from qlangevin.analysis import estimate
from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.ensemble import batches
from qlangevin.sde.ensemble.results import LossWarning
from qlangevin.sde.kernels import kernel
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.sde.terms import detune, exchange, kerr, lose, squeeze

ROUND = 4096
E_N, PURITY, VARIANCE = "log_negativity(a, b)", "purity", "covariance(a.X, a.X)"


def cavities():
    """Squeezed light shared by two cavities, one a Kerr medium: about a tenth of entanglement."""
    return Model.build(
        ["a", "b"],
        [
            kerr("a", 0.3),
            detune("a", 0.3),
            squeeze("a", 0.6),
            exchange("a", "b", 0.8),
            lose("a", "left", amplitude_rate=1.0),
            lose("b", "right", amplitude_rate=1.0),
        ],
    )


def run(count=100_000, model=None, **options):
    arguments = {
        "duration": 1.0,
        "step": 0.02,
        "scheme": "runge-kutta",
        "samples": 2,
        "seed": 3,
    } | options
    return simulate(model or cavities(), trajectories=count, **arguments)


def taken(result):
    return int(result["batch_trajectories"].sum())


def error(result, words):
    return float(estimate(result, words)["stderr"][-1])


@pytest.fixture(scope="module")
def first_round():
    return run(ROUND)


def test_a_target_met_at_once_takes_one_round(first_round):
    result = run(until={E_N: 1.001 * error(first_round, E_N)})
    assert taken(result) == ROUND
    np.testing.assert_array_equal(result["batch_sums"], first_round["batch_sums"])


@pytest.mark.parametrize("twin", [True, False])
@pytest.mark.parametrize("part", [0.99, 0.5, 0.3])
def test_a_run_stops_after_a_whole_round_once_every_error_bar_is_reached(part, twin):
    """A round over all batches takes 4096 trajectories, so that batches stay equal in size."""
    targets = {
        words: part * error(run(ROUND, twin=twin), words) for words in (E_N, PURITY, VARIANCE)
    }
    result = run(until=targets, twin=twin)
    assert ROUND < taken(result) < 100_000
    assert taken(result) % ROUND == 0
    assert len(np.unique(result["batch_trajectories"])) == 1
    for words, target in targets.items():
        assert error(result, words) <= target


def test_the_hardest_of_several_targets_decides(first_round):
    easy, hard = (
        {words: part * error(first_round, words)} for words, part in ((E_N, 0.9), (VARIANCE, 0.4))
    )
    assert taken(run(until=easy)) < taken(run(until=hard)) == taken(run(until=easy | hard))


def test_pairs_stop_after_rounds_of_twice_as_many():
    result = run(
        until={VARIANCE: 0.5 * error(run(2 * ROUND, antithetic=True), VARIANCE)}, antithetic=True
    )
    assert 2 * ROUND < taken(result) < 100_000
    assert taken(result) % (2 * ROUND) == 0


@pytest.mark.parametrize("budget", [1000, 4096, 10_000, 20_010])
def test_a_target_out_of_reach_takes_the_budget_and_no_more(budget):
    result = run(budget, until={E_N: 1e-9})
    assert taken(result) == budget
    np.testing.assert_array_equal(result["batch_sums"], run(budget)["batch_sums"])


@pytest.mark.parametrize("antithetic", [False, True])
def test_bits_are_those_of_a_run_of_that_many_on_any_number_of_threads(antithetic, monkeypatch):
    until = {E_N: 0.4 * error(run(2 * ROUND, antithetic=antithetic), E_N)}
    stopped = run(until=until, antithetic=antithetic, threads=1)
    assert taken(stopped) > 2 * ROUND
    monkeypatch.setattr(batches, "MOST_CELLS", 7)
    for other in (
        run(until=until, antithetic=antithetic, threads=2),
        run(taken(stopped), antithetic=antithetic, threads=2),
    ):
        for name in stopped:
            np.testing.assert_array_equal(other[name], stopped[name], err_msg=name)


def test_an_unused_budget_changes_nothing_but_provenance(first_round):
    until = {VARIANCE: 0.5 * error(first_round, VARIANCE)}
    small, large = (run(budget, until=until) for budget in (80_000, 10**9))
    np.testing.assert_array_equal(small["batch_sums"], large["batch_sums"])
    assert json.loads(large.attrs["provenance"])["until"] == until


def test_progress_counts_up_to_where_the_run_stopped(first_round):
    told = []
    result = run(
        until={VARIANCE: 0.5 * error(first_round, VARIANCE)},
        progress=lambda done, of: told.append((done, of)),
    )
    counts = [done for done, _ in told]
    assert counts == sorted(counts)
    assert counts[-1] == taken(result)
    assert {of for _, of in told} == {100_000}


def test_lost_trajectories_end_the_run_after_their_round():
    """A runaway Kerr medium has no error bar to wait for."""
    start = Gaussian(np.zeros(2), np.diag([4.0, 4.0]))
    runaway = Model.build(["a"], [kerr("a", 5.0), lose("a", "p", amplitude_rate=1.0)])
    with (
        pytest.warns(LossWarning, match=f"of {ROUND} trajectories diverged"),
        pytest.warns(StepWarning),
    ):
        result = run(
            10**7,
            runaway,
            start=start,
            scheme="exponential",
            step=0.5,
            duration=20.0,
            until={VARIANCE: 1e-6},
            step_errors="warn",
        )
    assert result.attrs["lost_trajectories"] > 0
    assert np.isnan(result["covariance_stderr"][-1]).all()
    assert taken(result) == ROUND


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ({"log_negativety(a, b)": 0.1}, "did you mean 'log_negativity'"),
        ({"log_negativity(a, c)": 0.1}, "names 'c': choose from a, b"),
        ({"steering(a)": 0.1}, "must name 2 of a, b"),
        ({E_N: 0.0}, r"until 'log_negativity\(a, b\)' must be positive"),
        ({E_N: -0.1}, "must be positive"),
        ({E_N: np.nan}, "must be positive"),
        ({E_N: 0.1, PURITY: "0.1"}, "until 'purity' must be positive"),
    ],
)
def test_targets_that_cannot_be_are_refused_before_any_work(until, message, monkeypatch):
    monkeypatch.setattr(kernel.Kernel, "warm", lambda _: pytest.fail("a kernel was compiled"))
    with pytest.raises(ValueError, match=message):
        run(until=until)
