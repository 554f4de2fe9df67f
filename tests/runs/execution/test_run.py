"""Runs whose trajectories or mean field diverge, and runs with a defect in the code."""

import sys

import pytest
import xarray as xr

from qlangevin.runs import cli
from qlangevin.runs.execution import run
from qlangevin.runs.reports import forecast
from qlangevin.sde.moments.propagation import DivergenceError
from qlangevin.steady.roots.homotopy import IncompleteError


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Run the shipped run with another preparation of its ensemble: exit code and error output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["qlangevin", "run", "spinning"])
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)

    def main(prepare_ensemble):
        monkeypatch.setattr(run, "prepare_ensemble", prepare_ensemble)
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, capsys.readouterr().err

    return main


def test_lost_trajectories_stop_the_run_without_a_result(call, monkeypatch, tmp_path):
    class Diverging:
        job = None

        def integrate(self, *_):
            return True

        def result(self, **_):
            attributes = {
                "lost_trajectories": 3,
                "first_lost_trajectory": 70,
                "first_lost_time": 1.5e-7,
            }
            return xr.Dataset({"batch_trajectories": ("batch", [500, 500])}, attrs=attributes)

    monkeypatch.setattr(forecast, "describe_forecast", lambda _: "")
    monkeypatch.setattr(run, "ensemble_memory", lambda *_: 0)
    code, said = call(lambda *_, **__: Diverging())
    assert code == 3
    assert "3 of 1000 trajectories diverged, the first being number 70 at t = 1.5e-07 s" in said
    assert not (tmp_path / "results").exists()


def test_a_mean_field_that_diverges_stops_the_run_without_a_result(call):
    def prepare_ensemble(*_, **__):
        raise DivergenceError("the moment equations diverge after 1e-06 s")

    code, said = call(prepare_ensemble)
    assert code == 3
    assert "diverge after 1e-06 s" in said


def test_roots_that_could_be_missing_stop_the_run_without_a_result(call, monkeypatch):
    def steady_state(*_, **__):
        raise IncompleteError("fixed points could not all be found")

    monkeypatch.setattr(run, "known_states", steady_state)
    code, said = call(None)
    assert code == 3
    assert "fixed points could not all be found" in said


def test_a_defect_is_not_reported_as_a_refusal(tmp_path, monkeypatch):
    def prepare_ensemble(*_, **__):
        raise KeyError("a defect")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["qlangevin", "run", "spinning"])
    monkeypatch.setattr(run, "prepare_ensemble", prepare_ensemble)
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)
    with pytest.raises(KeyError, match="a defect"):
        cli.main()
