"""Grids of ensembles: every point is a run; interrupted, refused, repeated, shown from the file."""

import sys

import numpy as np
import pytest
import xarray as xr

from qlangevin.analysis import estimate
from qlangevin.analysis.physicality import least_violation
from qlangevin.analysis.plots import sweep_figures
from qlangevin.runs.execution.backends import process_workers
from qlangevin.runs.execution.sweep import UNFINISHED, run_sweep
from qlangevin.runs.reports.sweep import sweep_report
from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.grid import load_sweep
from qlangevin.sde import simulate
from qlangevin.sde.ensemble import batches
from qlangevin.sde.ensemble.checkpoints import Checkpoint, MismatchError
from qlangevin.sde.ensemble.jobs import thread_workers
from qlangevin.steady import grid

from ..comparisons import same

pytestmark = pytest.mark.usefixtures("empty_figures")

SWEEP = """
title = "A small sweep"
system = "microrings"
[parameters]
coupling = "2π × 15 MHz"
[run]
trajectories = 200
duration = "40 ns"
step = "0.5 ns"
scheme = "exponential"
samples = 8
seed = 7
[sweep]
quantities = ["log_negativity(a, b)", "populations(a)"]
[sweep.axes]
two_photon_drive = ["2π × 5 MHz", "2π × 11.5 MHz"]
detuning_a = {{ start = "2π × 100 MHz", stop = "2π × 130 MHz", points = {points} }}
"""
NAME = "log_negativity_a_b"
FILTERS = """[output_modes.filters.s]
port = "fibre_a"
width = "2π × 1 MHz"
"""


@pytest.fixture
def write(tmp_path):
    def write(points=3, change=("", "")):
        path = tmp_path / "small.toml"
        path.write_text(SWEEP.format(points=points).replace(*change), encoding="utf-8")
        return path

    return write


class Pause:
    """An event that is set after a number of progress reports."""

    def __init__(self, reports):
        self.left = reports

    def is_set(self):
        return self.left <= 0

    def count(self, *_):
        self.left -= 1


def execute(path, folder=None, pause=None, threads=2, progress=None):
    return run_sweep(
        load_sweep(path),
        folder and Checkpoint(folder),
        thread_workers(threads),
        pause or Pause(np.inf),
        progress,
    )


def test_every_point_is_the_run_with_its_parameters_and_seed(write):
    found = execute(write())
    assert found[NAME].dims == ("two_photon_drive", "detuning_a", "time")
    description = load_sweep(write())
    run = description.run
    for number, (i, k) in enumerate(np.ndindex(2, 3)):
        point = {
            "two_photon_drive": float(found["two_photon_drive"][i]),
            "detuning_a": float(found["detuning_a"][k]),
        }
        alone = simulate(
            run.system.replace(**point),
            trajectories=200,
            duration=run.integration.duration,
            step=run.integration.step,
            scheme="exponential",
            samples=8,
            seed=7 + number,
        )
        expected, here = (
            estimate(alone, "log_negativity(a, b)"),
            found.isel(two_photon_drive=i, detuning_a=k),
        )
        np.testing.assert_array_equal(here[NAME], expected["value"])
        np.testing.assert_array_equal(here[f"{NAME}_stderr"], expected["stderr"])
        np.testing.assert_array_equal(here["covariance"], alone["covariance"][-1])


def test_points_whose_states_are_no_quantum_states_are_counted(write):
    description, found = load_sweep(write()), execute(write())
    assert found["physicality"].dims == ("two_photon_drive", "detuning_a")
    assert not found["physicality"].values.any()
    assert "min eig(V + iΩ/2)           that of quantum states" in sweep_report(description, found)
    found["physicality"].values[0, 1:] = -0.17, -0.02
    assert "-0.17 at its least: NO QUANTUM STATES at 2 points" in sweep_report(description, found)


def test_the_violation_of_a_run_is_its_least_eigenvalue():
    V = np.stack([0.5 * np.eye(4), 0.3 * np.eye(4), np.full((4, 4), np.nan), 0.4 * np.eye(4)])
    assert least_violation(V) == pytest.approx(-0.2)
    assert least_violation(V[[0, 2]]) == 0


def test_threads_and_processes_change_no_bit(write):
    expected, description = execute(write(), threads=1), load_sweep(write())
    same(execute(write(), threads=2), expected)
    same(run_sweep(description, None, process_workers(2), Pause(np.inf)), expected)


@pytest.mark.parametrize("reports", [3, 8, 13])
def test_a_paused_sweep_goes_on_to_the_same_bits(write, tmp_path, monkeypatch, reports):
    monkeypatch.setattr(batches, "MOST_CELLS", 1)
    monkeypatch.setattr(batches, "BLOCK_SECONDS", 0.0)
    expected, folder, pause = execute(write()), tmp_path / "parts", Pause(reports)
    part = execute(write(), folder, pause, progress=pause.count)
    assert part.attrs["complete"] == 0
    left = part["outcome"].values == UNFINISHED
    assert left.any()
    assert np.isnan(part[NAME].values[left]).all() if NAME in part else left.all()
    same(execute(write(), folder), expected)
    with pytest.raises(MismatchError, match="seed = 7 there, 8 here"):
        execute(write(change=("seed = 7", "seed = 8")), folder)


def test_a_point_that_cannot_be_run_says_why_and_the_others_are_run(write):
    """At the second value the rings are far above threshold, and light grows without bound."""
    found = execute(write(change=('"2π × 11.5 MHz"]', '"2π × 900 GHz"]')))
    assert (found["outcome"].values[0] == "complete").all()
    assert all("diverge" in words for words in found["outcome"].values[1])
    assert np.isnan(found[NAME].values[1]).all()
    assert "3 points" in sweep_report(load_sweep(write()), found)


@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        (("[sweep]", "[swoop]"), ["[sweep] is missing"]),
        (("log_negativity(a, b)", "log_negativity(a, c)"), ["[sweep] quantities", "'c'"]),
        (
            ("detuning_a =", "detuning_c ="),
            ["[sweep.axes] detuning_c is unknown", "did you mean 'detuning_b'"],
        ),
        (("seed = 7", "seed = 7\nnonlinearity = 2.0"), ["nonlinearity = 2"]),
        (("points = 3", "points = 1"), ["[sweep.axes.detuning_a] points = 1"]),
    ],
)
def test_a_wrong_sweep_is_refused_with_key_and_remedy(write, change, fragments):
    with pytest.raises(RunFileError) as refusal:
        load_sweep(write(change=change))
    if change[1] == "[swoop]":
        fragments = ["swoop is an unknown key", "did you mean 'sweep'"]
    assert [fragment for fragment in fragments if fragment not in str(refusal.value)] == [], (
        refusal.value
    )


def test_results_beyond_the_memory_are_refused_before_the_first_step(write, monkeypatch):
    monkeypatch.setattr(sys.modules["qlangevin.runs.execution.sweep"], "MATRICES", 10**13)
    with pytest.raises(
        RunFileError, match=r"\[sweep\] the results of 6 points take .* fewer points"
    ):
        execute(write())


def test_the_command_writes_repeats_and_shows_a_sweep(command, write, tmp_path):
    code, printed, said = command("sweep", write())
    assert code == 0, said
    folder = tmp_path / "results" / "small"
    figures = {f"{name}.{kind}" for name in (NAME, "populations_a") for kind in ("png", "pdf")}
    names = {"small.nc", "report.txt"} | figures
    assert {path.name for path in folder.iterdir()} == names
    assert "6 points" in printed
    code, again, said = command("sweep", write())
    assert code == 0
    assert "already complete" in said
    assert again.strip() in printed
    code, printed, _ = command("rerun", folder / "small.nc")
    assert code == 0
    assert "identical" in printed
    code, printed, _ = command("show", folder / "small.nc", "--output", tmp_path / "shown")
    assert code == 0
    assert {path.name for path in (tmp_path / "shown").iterdir()} == names - {
        "small.nc",
        "report.txt",
    }
    code, _, said = command("sweep", write(points=4))
    assert code == 2
    assert "holds another run: axis detuning_a" in said


@pytest.mark.parametrize("command_name", ["map", "validate"])
def test_results_of_every_command_are_repeated_and_shown_from_their_files(
    command, command_name, tmp_path
):
    path = tmp_path / "mine.toml"
    path.write_text({"map": MAP, "validate": VALIDATE}[command_name], encoding="utf-8")
    assert command(command_name, path, "--output", "out")[0] in (0, 1)
    (result,) = [file for file in (tmp_path / "out").glob("*.nc") if file.name != "breakdown.nc"]
    figures = {
        file.name for file in (tmp_path / "out").iterdir() if file.suffix in (".png", ".pdf")
    }
    code, printed, _ = command("rerun", result)
    assert (code, "identical" in printed) == (0, True)
    assert command("show", result, "--output", tmp_path / "shown")[0] == 0
    assert {file.name for file in (tmp_path / "shown").iterdir()} == figures


MAP = """
system = "microrings"
[map.axes]
coupling = { start = "2π × 5 MHz", stop = "2π × 35 MHz", points = 5 }
detuning_a = { start = "2π × 100 MHz", stop = "2π × 130 MHz", points = 4 }
"""
VALIDATE = """
system = "spinning"
[run]
trajectories = 256
duration = "2 / mechanical_frequency"
step = "1e-2 / mechanical_frequency"
scheme = "exponential"
samples = 4
"""


def test_numbers_that_differ_are_named_with_their_distance(command, write, tmp_path):
    assert command("sweep", write())[0] == 0
    path = tmp_path / "results" / "small" / "small.nc"
    with xr.open_dataset(path, engine="h5netcdf") as file:
        data = file.load()
    data["mean"] = data["mean"] + 1e-3
    data.to_netcdf(path, engine="h5netcdf")
    code, printed, _ = command("rerun", path)
    assert code == 1
    assert "NOT identical: 1 of" in printed
    assert "mean" in printed


def test_a_file_that_is_no_result_is_refused(command, tmp_path):
    (tmp_path / "text.nc").write_text("no netcdf")
    xr.Dataset({"x": 1.0}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    for name, words in (
        ("text.nc", "is no NetCDF file"),
        ("other.nc", "is no result of qlangevin"),
        ("none.nc", "no file"),
    ):
        for task in ("show", "rerun"):
            code, _, said = command(task, name)
            assert code == 2
            assert words in said


def test_a_sweep_holds_measures_of_the_steady_states_beside_its_ensembles(write):
    measures = 'measures = ["squeezing_db(fibre_a, 2π × 5 MHz)", "log_negativity(s, b)", "purity"]'
    change = ("[sweep.axes]", f"{measures}\n{FILTERS}\n[sweep.axes]")
    description = load_sweep(write(2, change))
    assert description.identity != load_sweep(write(2)).identity
    wider = (change[0], change[1].replace("1 MHz", "2 MHz"))
    assert description.identity != load_sweep(write(2, wider)).identity
    found = run_sweep(description, None, thread_workers(1), Pause(10**9))
    names = ["squeezing_db_fibre_a_2π_5_MHz", "log_negativity_s_b", "purity"]
    assert {f"steady_{name}" for name in names} | {"light_physicality"} <= set(found)
    steady = grid(
        description.system, description.axes, description.named_measures(), **description.light
    )
    for name in names:
        np.testing.assert_array_equal(found[f"steady_{name}"], steady[name].isel(branch=0))
    report = sweep_report(description, found)
    assert " dB, largest at" in report
    figures = dict(sweep_figures(found))
    label = figures["steady_squeezing_db_fibre_a_2π_5_MHz"].axes[1].get_ylabel()
    assert label.replace("\n", " ") == "output squeezing, fibre_a, ω = 2π × 5 MHz (dB)"


@pytest.mark.parametrize(
    ("key", "words", "message"),
    [
        ("measures", "squeezing_db(fibre, 0)", "it emits from fibre_a, fibre_b"),
        ("quantities", "squeezing_db(fibre_a, 0)", r"in measures of \[map\] or \[sweep\]"),
    ],
)
def test_light_that_a_sweep_cannot_have_is_refused(write, key, words, message):
    line = 'quantities = ["log_negativity(a, b)", "populations(a)"]'
    with pytest.raises(RunFileError, match=message):
        load_sweep(write(2, (line, f'{key} = ["{words}"]')))
