"""Runs of linear systems: no linearisation to judge, E_N from the moment equation, growth beyond threshold."""

import sys

import pytest
import xarray as xr
from qlangevin.runs import cli

RUN = """
system = "microrings"
[parameters]
two_photon_drive = "2π × {drive} MHz"
[run]
trajectories = 256
duration = "{duration} / decay_a"
step = "{step} / decay_a"
samples = 20
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)
    monkeypatch.setattr(sys, "argv", ["qlangevin", "run", "rings.toml"])

    def qlangevin(**settings):
        (tmp_path / "rings.toml").write_text(RUN.format(**settings), encoding="utf-8")
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, capsys.readouterr().out, tmp_path / "results" / "rings"

    return qlangevin


def test_a_linear_run_is_exact_and_has_no_error_bars_to_draw(run):
    code, report, folder = run(drive=11.5, duration=14, step=1e-5)
    assert code == 0
    assert "Is the linearisation right? yes, exactly: the model is linear" in report
    assert "Verdict: the integrator is right, the model is linear, and the run has settled." in report
    names = {path.name for path in folder.iterdir()}
    assert names == {"rings.nc", "report.txt", "overview.png", "covariance.pdf", "entanglement.pdf", "wigner.pdf"}


def test_beyond_threshold_fluctuations_grow_and_entanglement_is_that_of_the_moment(run):
    code, report, folder = run(drive=25, duration=2, step=4e-6)
    assert code == 0
    assert "goes to: nowhere: gain exceeds loss" in report
    assert "Lyapunov                    no steady state" in report
    assert "the run grows without bound, so there is no steady state and E_N is that of the moment." in report
    with xr.open_dataset(folder / "rings.nc", engine="h5netcdf") as data:
        assert float(data["log_negativity"][-1]) > 0.5
        assert "steady_covariance" not in data
