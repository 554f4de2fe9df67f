"""A system in a file outside the package, taken through every command."""

import hashlib
import pickletools
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest
import xarray as xr

from qlangevin.runs import cli
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.sde.ensemble.simulation import prepare_ensemble

from ..systems_in_files import CAVITY, GRID, RUN, write_system

SWEEP = '[sweep]\nquantities = ["purity"]\n[sweep.axes]\ndrive = ["2.3 /s", "2.4 /s"]\n'
ONCE = CAVITY + '\n\n__import__("pathlib").Path(__file__).unlink()\n'
"""The file, which removes itself once it is run, so that no worker can read it."""
RESULTS = {
    "run": "results/short/short.nc",
    "sweep": "results/short-sweep/short-sweep.nc",
    "validate": "results/short-validation/validation.nc",
    "breakdown": "results/short-validation/breakdown.nc",
    "switching": "results/long/long.nc",
    "map": "results/grid/grid.nc",
}


def call(folder, *arguments):
    """Run a command in a folder: exit code, what was printed, what was said on the error stream."""
    printed, said = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(said):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["qlangevin", *map(str, arguments)])
        patch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)
        patch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
        with pytest.raises(SystemExit) as done:
            cli.main()
    return done.value.code, printed.getvalue(), said.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the results of all commands, made with a file that removed itself."""
    folder = tmp_path_factory.mktemp("place")
    short = RUN.format(trajectories=256, duration=20, samples=8, more="branch = 0")
    long = RUN.format(trajectories=32, duration=100, samples=200, more="")
    files = {"short": short, "short-sweep": short + SWEEP, "long": long, "grid": GRID}
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    for arguments in (
        ("run", "short.toml", "--workers", "1"),
        ("sweep", "short-sweep.toml"),
        ("validate", "short.toml", "--scale", "0.1:1:2"),
        ("switching", "long.toml"),
        ("map", "grid.toml"),
    ):
        write_system(folder / "own", ONCE)
        code, _, said = call(folder, *arguments)
        assert code in (0, 1), said
        assert not (folder / "own" / "cavity.py").exists()
    return folder


def test_steady_and_systems_take_a_file(place):
    write_system(place / "plain")
    code, printed, _ = call(place, "steady", "plain/cavity.py:Cavity", "--set", "drive=2/s")
    assert (code, "drive                 ε      2 1/s   (published: 2.4)" in printed) == (0, True)
    code, printed, _ = call(place, "systems", "plain/cavity.py")
    assert code == 0
    assert "cavity.py:Cavity: Cavity (doi:10.1088/0305-4470/13/2/034), modes cavity" in printed
    code, printed, _ = call(place, "steady", "short.toml")
    assert code == 2


@pytest.mark.parametrize("command", RESULTS)
def test_a_result_keeps_the_text_and_the_hash_of_the_file(place, command):
    with xr.open_dataset(place / RESULTS[command], engine="h5netcdf") as result:
        kept = dict(result.attrs)
    assert kept["command"] == command
    assert kept["system_source"] == ONCE
    assert kept["system_sha256"] == hashlib.sha256(ONCE.encode()).hexdigest()
    assert kept["system_name"] == "cavity.py:Cavity"
    assert kept["system_kind"] == "file"


@pytest.mark.parametrize("command", ["run", "validate", "map"])
def test_show_draws_a_result_whose_file_is_gone(place, command):
    code, _, said = call(place, "show", RESULTS[command], "--output", "drawn")
    assert code == 0, said
    shutil.rmtree(place / "drawn")


@pytest.mark.parametrize("command", RESULTS)
def test_a_result_is_repeated_with_its_file_from_another_folder(place, command):
    write_system(place / "elsewhere", ONCE)
    again = ("rerun", RESULTS[command], "--system", "elsewhere/cavity.py")
    code, printed, said = call(place, *again)
    assert (code, "identical: all numbers" in printed) == (0, True), said


def test_a_result_of_a_file_is_not_repeated_without_it(place):
    code, _, said = call(place, "rerun", RESULTS["map"])
    assert code == 2
    assert "a user's file, which is run only when it is named: --system own/cavity.py" in said


def test_another_file_repeats_a_result_only_when_told(place):
    write_system(place / "other", CAVITY.replace("self.shift)", "1.1 * self.shift)"))
    arguments = ("rerun", RESULTS["map"], "--system", "other/cavity.py:Cavity")
    code, _, said = call(place, *arguments)
    assert code == 2
    assert "the file cavity.py is not the one with which 'grid' was made: SHA-256" in said
    code, printed, _ = call(place, *arguments, "--changed-system")
    assert (code, "NOT identical" in printed) == (1, True)


def test_what_workers_are_sent_names_no_module_of_the_user(place):
    write_system(place / "own")
    run = load_runfile(place / "short.toml")
    job = prepare_ensemble(run.subject, run.integration).job
    operations = list(pickletools.genops(job.pickled))
    assert {op.name for op, *_ in operations}.isdisjoint({"GLOBAL", "REDUCE_EX"})
    words = [text for _, text, _ in operations if isinstance(text, str)]
    assert words
    assert type(run.system).__module__ not in words
    assert "Cavity" not in words
    assert not [word for word in words if "cavity.py" in word]


def test_a_run_whose_file_has_changed_is_not_continued(place):
    write_system(place / "own")
    code, _, said = call(place, "run", "short.toml")
    assert code == 2
    assert "results/short/short.nc' is no result of this run (it was made with another" in said
    assert "cavity.py:Cavity has changed since); name another folder with --output" in said
    code, _, said = call(place, "sweep", "short-sweep.toml")
    assert (code, "cavity.py:Cavity has changed since" in said) == (2, True)
    write_system(place / "own", ONCE)
    assert "already complete" in call(place, "run", "short.toml")[2]


def test_an_unfinished_run_whose_file_has_changed_is_not_continued(place):
    write_system(place / "own")
    run = load_runfile(place / "short.toml")
    parts = place / "results" / "broken" / "short.parts"
    parts.parent.mkdir()
    prepare_ensemble(run.subject, run.integration, checkpoint=parts, source=run.source.recorded)
    write_system(place / "own", CAVITY + "\n")
    code, _, said = call(place, "run", "short.toml", "--output", "results/broken")
    assert code == 2
    assert "short.parts' was made with another system: cavity.py:Cavity has changed since" in said
    assert "--overwrite" in said
