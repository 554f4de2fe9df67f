"""Runs of linear systems: exact linearisation, E_N of the moments, growth above threshold."""

import json
import sys
import warnings
from dataclasses import replace

import pytest
import xarray as xr

from qlangevin.runs import cli
from qlangevin.runs.text import time_in_words
from qlangevin.sde.ensemble import jobs
from qlangevin.sde.schemes.step_forecast import StepWarning, forecast
from qlangevin.sde.schemes.table import SCHEMES, step_limit
from qlangevin.sde.systems import Microrings

pytestmark = pytest.mark.slow

RUN = """
system = "microrings"
[parameters]
two_photon_drive = "2π × {drive} MHz"
[run]
trajectories = 256
duration = "{duration} / decay_a"
step = "{step} / decay_a"
samples = 20
scheme = "{scheme}"
increments = "{increments}"
{more}
"""
DEFAULTS = {"scheme": "euler-maruyama", "increments": "gaussian", "more": ""}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)
    monkeypatch.setattr(sys, "argv", ["qlangevin", "run", "rings.toml"])

    def qlangevin(**settings):
        (tmp_path / "rings.toml").write_text(RUN.format(**DEFAULTS | settings), encoding="utf-8")
        with pytest.raises(SystemExit) as done:
            cli.main()
        printed = capsys.readouterr()
        return done.value.code, printed.out, printed.err, tmp_path / "results" / "rings"

    return qlangevin


def test_a_linear_run_is_exact_and_has_no_error_bars_to_draw(run):
    code, report, _, folder = run(drive=11.5, duration=14, step=1e-5)
    assert code == 0
    assert "Is the linearisation right? yes, exactly: the model is linear" in report
    assert (
        "Verdict: the integrator is right, the model is linear, and the run has settled." in report
    )
    names = {path.name for path in folder.iterdir() if path.suffix != ".h5"}
    assert names == {
        "rings.nc",
        "report.txt",
        "overview.png",
        "covariance.pdf",
        "entanglement.pdf",
        "wigner.pdf",
    }


def test_a_step_that_is_refused_is_taken_where_the_run_file_says_so(run):
    code, _, said, folder = run(drive=11.5, duration=2, step=1e-3)
    assert code == 2
    assert "the step must be smaller" in said
    with warnings.catch_warnings():
        warnings.simplefilter("always", StepWarning)
        code, report, said, folder = run(
            drive=11.5, duration=2, step=1e-3, more='step_errors = "warn"'
        )
    assert code == 0
    assert "warning: a step of " in said
    assert 'the run continues, since step_errors = "warn"' in said.replace("\n", " ")
    assert "Is the step small enough?   NO" in report
    with xr.open_dataset(folder / "rings.nc", engine="h5netcdf") as data:
        assert json.loads(data.attrs["provenance"])["step_errors"] == "warn"


def test_beyond_threshold_fluctuations_grow_and_entanglement_is_that_of_the_moment(run):
    code, report, _, folder = run(drive=25, duration=2, step=4e-6)
    assert code == 0
    assert "goes to: nowhere: gain exceeds loss" in report
    assert "Lyapunov                    no steady state" in report
    assert (
        "the run grows without bound, so there is no steady state and E_N is that of the moment."
        in report
    )
    with xr.open_dataset(folder / "rings.nc", engine="h5netcdf") as data:
        assert float(data["log_negativity"][-1]) > 0.5
        assert "steady_covariance" not in data


@pytest.mark.parametrize("drive", [80, 100, 300])
def test_growth_beyond_the_digits_of_doubles_is_reported(run, drive):
    """V grows to 10¹⁹ … 10¹²⁶ in 40 ns.

    χ² is formed until rounding hides the noise of a step; there is no E_N afterwards.
    """
    code, report, _, folder = run(drive=80, duration=1.2566, step=6.283e-4, scheme="exponential")
    assert code == 0
    assert "Is the integrator right?    yes" in report
    assert "later, grown fluctuations exceed the noise of a step" in report
    assert "moment equation             not known, too few digits in V" in report
    assert "rounding of a V of size" in report
    assert "nan" not in report
    assert "the run grows without bound, so there is no steady state" in report
    assert {"rings.nc", "overview.png", "entanglement.pdf"} <= {
        path.name for path in folder.iterdir()
    }


@pytest.mark.parametrize("command", ["show", "validate"])
def test_results_beyond_the_digits_of_doubles_are_shown_and_validated(
    run, command, tmp_path, monkeypatch, capsys
):
    growing = {"drive": 100, "duration": 1.2566, "step": 6.283e-4, "scheme": "exponential"}
    run(**growing)
    file = {"show": "results/rings/rings.nc", "validate": "rings.toml"}[command]
    monkeypatch.setattr(sys, "argv", ["qlangevin", command, file])
    with pytest.raises(SystemExit) as done:
        cli.main()
    report = capsys.readouterr().out
    assert done.value.code in (0, None)
    assert "not known" in report
    assert "nan" not in report


@pytest.mark.parametrize("fault", [0.7, 1.4])
def test_a_fault_in_the_noise_of_a_growing_run_is_still_caught(run, monkeypatch, fault):
    advance = jobs.advance

    def noisier(plan, *rest):
        return advance(
            replace(plan, kernel=replace(plan.kernel, amplitudes=fault * plan.kernel.amplitudes)),
            *rest,
        )

    monkeypatch.setattr(jobs, "advance", noisier)
    code, report, _, _ = run(drive=80, duration=1.2566, step=6.283e-4, scheme="exponential")
    assert code == 1
    assert "THE INTEGRATOR CHECK FAILED" in report


def test_limits_and_biases_of_every_scheme_are_printed_before_a_run(run):
    """Limit and bias of each at the end of the run, and which one auto takes."""
    _, report, notes, _ = run(drive=0, duration=2, step=1e-2, scheme="auto")
    before = notes[notes.index("Steps of") :].splitlines()[:5]
    assert [line.split()[0] for line in before[1:]] == list(SCHEMES)
    assert "\n".join(before) in report
    rings = Microrings.published(two_photon_drive=0.0)
    A, D, step = rings.model().A, rings.model().diffusion, 1e-2 / rings.decay_a
    assert f"below {time_in_words(step_limit(A))}" in before[1]
    assert "NOT STABLE" in before[1]
    assert step > step_limit(A)
    assert before[2].split()[1:] == [
        "at",
        "any",
        "step",
        "none",
        "1",
        "this",
        "run,",
        "chosen",
        "by",
        "auto",
    ]
    assert before[3].split()[1:6] == ["at", "any", "step", "none", "1"]
    assert f"{100 * forecast(A, D, step, 1.0, 'runge-kutta').bias:.2g} %" in before[4]


def test_weak_increments_are_named_in_the_report(run):
    code, report, _, _ = run(drive=11.5, duration=2, step=1e-5, increments="two-point")
    assert code == 0
    assert "two-point increments" in report
