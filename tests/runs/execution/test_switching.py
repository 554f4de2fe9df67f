"""Switching from the command line: files, report, and one sentence for what is refused."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs import cli
from qlangevin.runs.execution import switching, switching_paths
from qlangevin.runs.execution.switching import run_switching
from qlangevin.runs.reports.switching import switching_report
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.sde.ensemble import single_paths
from qlangevin.sde.support import memory

pytestmark = pytest.mark.usefixtures("empty_figures")

BISTABLE = """
title = "It switches"
system = "spinning"
[parameters]
spin = 0
quality_factor = "optical_frequency / (2 mechanical_frequency)"
detuning = "4 mechanical_frequency"
power = "0.61 W"
[run]
nonlinearity = {nonlinearity}
trajectories = {trajectories}
duration = "{duration} / mechanical_frequency"
step = "0.02 / mechanical_frequency"
scheme = "runge-kutta"
samples = {samples}
seed = 1
start = "steady"
"""


@pytest.fixture
def write(tmp_path):
    def write_run(extra="", nonlinearity=20000, trajectories=96, duration=2000, samples=1000):
        text = BISTABLE.format(
            nonlinearity=nonlinearity, trajectories=trajectories, duration=duration, samples=samples
        )
        path = tmp_path / "switches.toml"
        path.write_text(text + extra, encoding="utf-8")
        return path

    return write_run


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Call the command in this process; its exit code."""

    def call(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["qlangevin", "switching", *map(str, arguments)])
        monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code

    return call


def test_a_run_prints_rates_and_a_verdict_and_writes_its_results(write, command, tmp_path, capsys):
    path = write()
    assert command(path, "--threads", 2, "--liouvillian") == 0
    said = capsys.readouterr().out
    for words in (
        "Two stable branches",
        "branch 0 → branch 2",
        "residence time",
        "early exits",
        "exponential",
        "Slow relaxation of the occupations, r₁ + r₂, from the sampled transfer operator",
        "Rates are those of truncated Wigner, exponentially sensitive to what it drops",
        "over a saddle at",
        "Liouvillian gap             none: the Liouvillian gap takes one mode or two (got 3)",
        "Verdict: both branches",
    ):
        assert words in said
    assert "start half in each branch" in said
    folder = tmp_path / "results" / "switches"
    figures = {f"{name}.pdf" for name in ("paths", "residence", "relaxation", "density")}
    assert {file.name for file in folder.iterdir()} == {
        "switches.nc",
        "report.txt",
        "overview.png",
    } | figures
    with xr.open_dataset(folder / "switches.nc", engine="h5netcdf") as data:
        assert data.attrs["run_file"] == path.read_text(encoding="utf-8")
        assert data.attrs["report"] == (folder / "report.txt").read_text(encoding="utf-8")
        assert data.attrs["report"].strip() in said
        assert list(data["branch"].values) == [0, 2]
        assert data.attrs["exact"] == 1
        assert np.isnan(data["liouvillian_gap"])
        assert (data["exits"] > 200).all()
        made_by = json.loads(data.attrs["paths"])
        assert [(part["branch"], part["trajectories"], part["seed"]) for part in made_by] == [
            (0, 48, 1),
            (2, 48, 1 + 2**63),
        ]
        x = data["state"].values @ data["axis"].values
        np.testing.assert_allclose(x, data["position"].values[:, :4], rtol=1e-5)
        assert (data["label"].values[0] == np.repeat([0, 1], 48)).mean() > 0.6


def test_rates_do_not_depend_on_threads_nor_on_where_the_paths_begin(write):
    """Those from one branch and from the other within four standard errors."""
    short = {"trajectories": 64, "duration": 1000, "samples": 500}
    one, other = (
        run_switching(load_runfile(write(f"branch = {branch}\n", **short)), 1).result
        for branch in (0, 2)
    )
    gap = (one["rate"] - other["rate"]) / np.hypot(one["rate_stderr"], other["rate_stderr"])
    assert np.abs(gap).max() < 4
    again = run_switching(load_runfile(write("branch = 2\n", **short)), 2).result
    np.testing.assert_array_equal(again["position"], other["position"])


def test_a_weak_nonlinearity_gives_bounds_and_a_remedy(write):
    found = run_switching(
        load_runfile(write(nonlinearity=3000, trajectories=16, duration=500, samples=100)), 1
    )
    report = switching_report(found)
    assert report.count("residence time              more than") == 2
    assert "Verdict: no trajectory left its branch; a stronger nonlinearity" in report
    assert "nan" not in report


def test_closures_and_trajectories_approach_the_linearised_branches_where_they_are_weak(write):
    """s = 3000: 1/25 of the corrections at s = 15,000."""
    found = run_switching(
        load_runfile(write(nonlinearity=3000, trajectories=64, duration=500, samples=100)), 1
    )
    for k, (state, closure) in enumerate(zip(found.states, found.closures, strict=True)):
        np.testing.assert_allclose(
            closure.covariance, state.covariance, atol=0.1 * state.covariance.max()
        )
        sampled = found.result.isel(branch=k)["conditional_mean"].values
        np.testing.assert_allclose(sampled, state.mean, atol=1.0)


def test_paths_sampled_too_coarsely_give_no_rates(write):
    report = switching_report(run_switching(load_runfile(write(samples=100)), 1))
    assert "TOO COARSE, short residences are missed" in report
    assert "Verdict: THE PATHS ARE SAMPLED TOO COARSELY" in report


@pytest.mark.filterwarnings("ignore:step = :qlangevin.sde.schemes.step_forecast.StepWarning")
def test_from_the_dark_the_paths_find_their_branches(write):
    path = write()
    path.write_text(
        path.read_text(encoding="utf-8").replace('"steady"', '"dark"'), encoding="utf-8"
    )
    found = run_switching(load_runfile(path), 2)
    assert "start 'dark'" in switching_report(found)
    assert (found.result["label"][-1] >= 0).all()


REFUSED = [
    (
        {"nonlinearity": 3e5},
        "",
        r"nonlinearity = 300000 makes the noise of the branches overlap; make it smaller",
    ),
    (
        {"duration": 100},
        "",
        r"duration = 1.587 µs is too short for the slower branch; take more than 32",
    ),
    ({"trajectories": 1}, "", r"trajectories = 1 gives no error bar; take two at least"),
    ({}, "branch = 1\n", r"branch = 1 must be one of the stable ones, 0 and 2, or left out"),
    ({}, "branch = 7\n", r"branch = 7 must be one of the stable ones, 0 and 2, or left out"),
    (
        {},
        '[run.until]\n"log_negativity(driven, mechanical)" = 1e-3\n',
        "until is for qlangevin run",
    ),
]


@pytest.mark.parametrize(
    ("options", "extra", "message"), REFUSED, ids=[message[:24] for _, _, message in REFUSED]
)
def test_runs_that_cannot_show_switching_are_refused_in_one_sentence(
    write, command, tmp_path, capsys, options, extra, message
):
    assert command(write(extra, **options)) == 2
    said = capsys.readouterr().err
    assert message in said
    assert not list((tmp_path / "results").rglob("*.nc"))


def test_one_stable_branch_is_refused_with_the_remedy(write, command, capsys):
    path = write()
    path.write_text(path.read_text(encoding="utf-8").replace("0.61 W", "0.2 W"), encoding="utf-8")
    assert command(path) == 2
    said = capsys.readouterr().err
    assert (
        "switching needs two stable branches, and there is 1: change the detuning or the power"
        in said
    )


def test_paths_that_do_not_fit_are_refused(write, command, monkeypatch, capsys):
    monkeypatch.setattr(memory, "available_memory", lambda: 10_000)
    assert command(write()) == 2
    assert "keep fewer samples" in capsys.readouterr().err


def test_lost_trajectories_leave_no_result(write, command, monkeypatch, tmp_path, capsys):
    def losing(*arguments, **options):
        return single_paths.integrate_paths(*arguments, **options).assign_attrs(lost_trajectories=3)

    monkeypatch.setattr(switching_paths, "integrate_paths", losing)
    assert command(write(duration=400, samples=50)) == 3
    assert "6 of 96 trajectories diverged" in capsys.readouterr().err
    assert not list((tmp_path / "results").rglob("*.nc"))


def test_the_shipped_run_has_two_branches_that_stand_apart():
    steady, between = switching._two_branches(load_runfile("bistable-switching"))
    assert list(between["branch"].values) == [1]
    assert list(steady["branch"].values) == [0, 2]
    quanta = np.sum(steady["mean"].values[:, :2] ** 2, axis=1) / 2
    assert 100 < quanta[0] < quanta[1] < 500


def test_a_shortened_shipped_run_has_the_slow_rate_of_long_runs():
    """Its r₁ + r₂ is (3.085 ± 0.017)·10⁵/s.

    This value comes from the decay of the correlation of w·u over 3072 paths, without cores.
    """
    run = load_runfile("bistable-switching")
    settings = run.integration
    short = replace(settings, trajectories=128, duration=settings.duration / 4, samples=1250)
    found = run_switching(replace(run, integration=short), 2).result
    assert found.attrs["no_rate"] == ""
    for name in ("rate_total", "relaxation_rate"):
        value, error = float(found[name]), float(found[f"{name}_stderr"])
        assert error < 0.1 * value
        assert abs(value - 3.085e5) < 4 * np.hypot(error, 1.7e3)
