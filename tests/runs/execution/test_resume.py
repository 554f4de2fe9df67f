"""A command resumes, extends, reports as complete or refuses what the output folder contains."""

import re
import shutil
import sys

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs import cli
from qlangevin.runs.commands import compute
from qlangevin.runs.execution.output import write_dataset
from qlangevin.runs.execution.sums import open_result
from qlangevin.sde.ensemble import batches
from qlangevin.sde.ensemble.estimates import replicates

RUN = """
system = "spinning"
[run]
trajectories = {trajectories}
duration = "2 / mechanical_frequency"
step = "1e-2 / mechanical_frequency"
scheme = "exponential"
samples = 4
{more}
"""
SWEEP = """
[sweep.axes]
power = ["10 mW", "20 mW"]
"""


pytestmark = pytest.mark.usefixtures("empty_figures")


@pytest.fixture
def qlangevin(monkeypatch, tmp_path, capsys):
    """Write mine.toml and run a command on it: exit code, error stream."""

    def call(command, *options, trajectories=512, more="", sweep=False):
        monkeypatch.chdir(tmp_path)
        text = RUN.format(trajectories=trajectories, more=more) + SWEEP * sweep
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["qlangevin", command, "mine.toml", *map(str, options)])
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, capsys.readouterr().err

    return call


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "results" / "mine"


@pytest.fixture
def paused(monkeypatch):
    """Make the next runs use blocks of few cells and pause after a number of progress reports."""

    def after(reports):
        monkeypatch.setattr(batches, "BLOCK_SECONDS", 0.0)
        monkeypatch.setattr(batches, "MOST_CELLS", 1)
        session = compute.session

        def pausing(*arguments, **options):
            left = [reports]
            context = session(*arguments, **options)
            work = context.__enter__()
            show = work.show

            def count(done, total):
                show(done, total)
                left[0] -= 1
                if left[0] == 0:
                    work.pause.set()

            object.__setattr__(work, "show", count)

            class Wrapped:
                def __enter__(self):
                    return work

                def __exit__(self, *error):
                    return context.__exit__(*error)

            return Wrapped()

        monkeypatch.setattr(compute, "session", pausing if reports else session)
        return lambda: monkeypatch.setattr(compute, "session", session)

    return after


def numbers(folder):
    with xr.open_dataset(folder / "mine.nc", engine="h5netcdf") as file:
        return file.load()


def held(folder):
    return int(numbers(folder)["batch_trajectories"].sum())


def same(result, expected):
    for name in expected.variables:
        np.testing.assert_array_equal(result[name].values, expected[name].values, err_msg=str(name))


def test_a_finished_run_is_extended_repeated_and_shown_from_its_file(
    qlangevin, folder, tmp_path, monkeypatch, capsys
):
    assert qlangevin("run", trajectories=1000)[0] in (0, 1)
    assert "already complete" in qlangevin("run", trajectories=1000)[1]
    code, said = qlangevin("run", trajectories=1600)
    assert code == 2
    assert "add to it with --extend 600" in said
    assert qlangevin("run", "--extend", 600, trajectories=1000)[0] in (0, 1)
    assert qlangevin("run", "--output", tmp_path / "once", trajectories=1600)[0] in (0, 1)
    same(numbers(folder), numbers(tmp_path / "once"))
    (folder / "overview.png").unlink()
    for command, words in (
        ("rerun", "identical: all numbers of"),
        ("show", numbers(folder).attrs["report"].strip()),
    ):
        monkeypatch.setattr(sys, "argv", ["qlangevin", command, str(folder / "mine.nc")])
        with pytest.raises(SystemExit) as done:
            cli.main()
        assert done.value.code == 0
        assert words in capsys.readouterr().out
    assert (folder / "overview.png").exists()


@pytest.mark.slow
def test_batch_sums_stand_beside_the_result_and_extend_it(qlangevin, folder, tmp_path):
    """Sums inside the result file, as in earlier versions, work too; without any, it is refused."""
    assert qlangevin("run")[0] in (0, 1)
    bare, whole = numbers(folder), open_result(folder / "mine.nc")
    assert "batch_sums" not in bare
    with pytest.raises(
        ValueError,
        match=r"no batch_sums, .* read a result file with qlangevin\.open_result",
    ):
        replicates(bare)
    (kept,) = folder.glob("mine.sums-*.h5")
    assert kept.name == bare.attrs["batch_sums_file"]
    kept.rename(tmp_path / "away")
    code, said = qlangevin("run", "--extend", 512)
    assert code == 2
    assert f"{kept.name}', which holds the batch sums to be extended, is missing" in said
    write_dataset(folder / "mine.nc", whole.drop_attrs(deep=False).assign_attrs(bare.attrs))
    assert qlangevin("run", "--extend", 512)[0] in (0, 1)
    assert qlangevin("run", "--output", tmp_path / "once", trajectories=1024)[0] in (0, 1)
    same(open_result(folder / "mine.nc"), open_result(tmp_path / "once" / "mine.nc"))
    assert len(list(folder.glob("mine.sums-*.h5"))) == 1


def test_the_size_of_the_files_is_said_before_the_run(qlangevin, folder):
    said = qlangevin("run")[1]
    assert re.search(r"Files: about \S+ KiB, and \S+ KiB of batch sums, which --extend needs", said)
    assert re.search(r"Work: 200 steps of 512 trajectories, about \S+ s on \d+ threads?", said)


def test_a_finished_run_of_other_settings_is_not_overwritten_by_default(qlangevin):
    assert qlangevin("run", more="seed = 3")[0] in (0, 1)
    code, said = qlangevin("run", more="seed = 4")
    assert code == 2
    assert "holds another run: seed = 3 there, 4 here; name another folder with --output" in said
    assert qlangevin("run", "--overwrite", more="seed = 4")[0] in (0, 1)


@pytest.mark.slow
def test_an_extension_that_would_have_been_run_in_pairs_from_the_start_is_refused(qlangevin):
    """Pairs are the default from 256 trajectories on."""
    assert qlangevin("run", trajectories=200)[0] in (0, 1)
    code, said = qlangevin("run", "--extend", 800, trajectories=200)
    assert code == 2
    assert "write antithetic = false into the run file" in said
    code, said = qlangevin("run", "--extend", 800, trajectories=200, more="antithetic = false")
    assert code in (0, 1), said


@pytest.mark.parametrize("extra", [601, 10**30])
def test_an_extension_is_checked_like_the_run_file(qlangevin, extra):
    assert qlangevin("run")[0] in (0, 1)
    code, said = qlangevin("run", "--extend", extra, more="antithetic = true")
    assert code == 2
    assert "trajectories" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--extend", 100, "--overwrite"), "--overwrite replaces the run"),
        (("--extend", 100), "there is no finished run"),
    ],
)
def test_an_extension_of_nothing_is_refused_and_deletes_nothing(qlangevin, folder, options, words):
    (folder / "mine.parts").mkdir(parents=True)
    (folder / "mine.parts" / "kept").touch()
    code, said = qlangevin("run", *options)
    assert code == 2
    assert words in said
    assert (folder / "mine.parts" / "kept").exists()


@pytest.mark.slow
def test_an_interrupted_extension_of_an_extension_goes_on(qlangevin, paused, folder, tmp_path):
    assert qlangevin("run")[0] in (0, 1)
    assert qlangevin("run", "--extend", 512)[0] in (0, 1)
    release = paused(3)
    code, _ = qlangevin("run", "--extend", 8192)
    release()
    assert code == 130
    assert 1024 < held(folder) < 9216
    assert qlangevin("run", "--extend", 8192)[0] in (0, 1)
    assert held(folder) == 9216
    extended = numbers(folder)
    assert qlangevin("run", "--output", tmp_path / "once", trajectories=9216)[0] in (0, 1)
    same(extended, numbers(tmp_path / "once"))


def test_an_interrupted_overwriting_goes_on_by_the_plain_command(qlangevin, paused, folder):
    assert qlangevin("run", trajectories=8192)[0] in (0, 1)
    release = paused(3)
    assert qlangevin("run", "--overwrite", trajectories=8192, more="seed = 5")[0] == 130
    release()
    (folder / "mine.nc").unlink()
    code, said = qlangevin("run", trajectories=8192, more="seed = 5")
    assert code in (0, 1)
    assert "continuing a run" in said


@pytest.mark.slow
def test_parts_left_beside_a_complete_result_are_cleared_and_hinder_no_extension(
    qlangevin, paused, folder
):
    release = paused(3)
    assert qlangevin("run", trajectories=8192)[0] == 130
    release()
    shutil.copytree(folder / "mine.parts", folder / "saved")
    assert qlangevin("run", trajectories=8192)[0] in (0, 1)
    shutil.copytree(folder / "saved", folder / "mine.parts")
    assert qlangevin("run", "--extend", 512, trajectories=8192)[0] in (0, 1)
    assert held(folder) == 8704
    assert not (folder / "mine.parts").exists()


@pytest.mark.parametrize(("first", "second"), [("run", "sweep"), ("sweep", "run")])
def test_results_of_another_command_are_refused(qlangevin, first, second):
    assert qlangevin(first, sweep=True)[0] in (0, 1)
    code, said = qlangevin(second, sweep=True)
    assert code == 2
    assert f"it is that of qlangevin {first}" in said


@pytest.mark.parametrize("content", ["null", "[1]", "{", ""])
def test_a_checkpoint_that_cannot_be_read_is_refused_in_a_sentence(qlangevin, folder, content):
    (folder / "mine.parts").mkdir(parents=True)
    (folder / "mine.parts" / "run.json").write_text(content)
    code, said = qlangevin("run")
    assert code == 2
    assert "cannot be read" in said
    assert (folder / "mine.parts" / "run.json").exists()


def test_an_interrupted_sweep_with_no_finished_point_leaves_a_file_and_goes_on(
    qlangevin, paused, folder, tmp_path
):
    release = paused(3)
    code, said = qlangevin("sweep", sweep=True, trajectories=8192)
    release()
    assert code == 130, said
    assert set(numbers(folder)["outcome"].values) == {"unfinished"}
    assert qlangevin("sweep", sweep=True, trajectories=8192)[0] == 0
    whole = numbers(folder)
    assert qlangevin("sweep", "--output", tmp_path / "once", sweep=True, trajectories=8192)[0] == 0
    same(whole, numbers(tmp_path / "once"))


def test_a_damaged_point_of_a_sweep_is_run_again_or_refused(qlangevin, paused, folder, tmp_path):
    """A finished point with bits turned is run again; a point whose run is not known is refused."""
    assert qlangevin("sweep", "--output", tmp_path / "once", sweep=True, trajectories=8192)[0] == 0
    release = paused(80)
    assert qlangevin("sweep", sweep=True, trajectories=8192)[0] == 130
    release()
    parts = folder / "mine.parts"
    (finished,) = parts.glob("point-*.nc")
    raw = bytearray(finished.read_bytes())
    for place in range(len(raw) // 3, len(raw) // 3 + 4000, 7):
        raw[place] ^= 4
    finished.write_bytes(bytes(raw))
    (running,) = parts.glob("point-*/run.json")
    text = running.read_text()
    running.write_text(text[: len(text) // 2])
    code, said = qlangevin("sweep", sweep=True, trajectories=8192)
    assert code == 2
    assert "cannot be read" in said
    running.write_text(text)
    assert qlangevin("sweep", sweep=True, trajectories=8192)[0] == 0
    same(numbers(folder), numbers(tmp_path / "once"))
