"""Help, version, and what show and systems say of files that are incomplete, damaged or wrong."""

import importlib
from importlib.metadata import version

import pytest
import xarray as xr

from qlangevin.sde import systems

MAP = 'system = "microrings"\n[map.axes]\ncoupling = ["2π × 5 MHz", "2π × 15 MHz"]\n'
RUN = """
system = "microrings"
[run]
trajectories = 128
duration = "2 ns"
step = "20 ps"
scheme = "exponential"
samples = 4
"""


@pytest.fixture
def changed_run(command, tmp_path):
    """Write the result of a short run without one of its variables or attributes."""
    (tmp_path / "small.toml").write_text(RUN, encoding="utf-8")
    assert command("run", "small.toml")[0] in (0, 1)
    path = tmp_path / "results" / "small" / "small.nc"
    with xr.open_dataset(path, engine="h5netcdf") as file:
        data = file.load()

    def without(name):
        less = data.drop_vars(name) if name in data else data.copy()
        less.attrs = {key: value for key, value in less.attrs.items() if key != name}
        less.to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
        return tmp_path / "changed.nc"

    return without


def test_the_version_is_printed(command):
    assert command("--version") == (0, f"qlangevin {version('qlangevin')}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize(
    ("name", "words"), [("map", "[map]"), ("sweep", "[run] and a [sweep]"), ("run", "--output")]
)
def test_help_names_the_tables_of_a_run_file(command, option, name, words):
    code, printed, _ = command(name, option)
    assert code == 0
    assert words in " ".join(printed.replace("│", " ").split())


@pytest.mark.parametrize(
    "name", ["run", "sweep", "validate", "switching", "map", "reproduce", "show"]
)
def test_an_output_folder_without_a_name_is_refused(command, tmp_path, name):
    code, _, said = command(name, "spinning", "--output", "")
    assert code == 2
    assert "'' names no folder; give one, such as results/my-run" in said
    assert not list(tmp_path.iterdir())


def test_show_takes_the_folder_of_a_result(command, tmp_path):
    (tmp_path / "small.toml").write_text(MAP, encoding="utf-8")
    assert command("map", "small.toml")[0] == 0
    folder = tmp_path / "results" / "small"
    code, printed, said = command("show", folder)
    assert code == 0, said
    assert f"Redrawn in {folder}" in printed
    (folder / "other.nc").write_bytes((folder / "small.nc").read_bytes())
    code, _, said = command("show", folder)
    assert (code, "holds other.nc, small.nc: name one of them" in said) == (2, True)
    code, _, said = command("show", tmp_path)
    assert (code, "holds no NetCDF file; name a result" in said) == (2, True)


def test_a_damaged_file_is_refused_without_the_words_of_the_hdf5_library(command, tmp_path):
    (tmp_path / "text.nc").write_text("no netcdf")
    code, _, said = command("show", "text.nc")
    assert code == 2
    assert said == "qlangevin: 'text.nc' is no NetCDF file, or it is damaged; name a result (.nc)\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("covariance", "run has no covariance"),
        ("mean_field", "run has no mean_field"),
        ("entangled_modes", "pair must name the two modes"),
    ],
)
def test_a_result_that_lacks_a_variable_is_refused_by_its_name(command, changed_run, name, words):
    code, _, said = command("show", changed_run(name))
    assert code == 2, said
    assert f"result 'changed' cannot be drawn: {words}" in said


def test_a_result_that_lacks_a_needed_variable_is_not_repeated(command, changed_run):
    code, _, said = command("rerun", changed_run("batch_trajectories"))
    assert code == 2, said
    assert (
        "'changed' lacks 'batch_trajectories': the file was changed, or written by another version"
        in said
    )


def test_a_system_file_with_a_syntax_error_leaves_the_other_systems_usable(monkeypatch, tmp_path):
    (tmp_path / "torn.py").write_text("class Torn(:\n")
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    found, broken = systems.find_systems()
    assert set(found) == set(systems.SYSTEMS)
    assert list(broken) == ["torn"]
    assert broken["torn"].startswith("SyntaxError: invalid syntax")
    with pytest.warns(
        systems.SystemFileWarning, match=r"system 'torn' is left out: torn.py raises SyntaxError"
    ):
        systems.warn_of_broken(broken)
    monkeypatch.setitem(systems.BROKEN, "torn", broken["torn"])
    module = importlib.import_module("qlangevin.runs.run_files.systems")
    with pytest.raises(
        module.RunFileError, match='"torn" cannot be imported: its file raises SyntaxError'
    ):
        module.load_system("torn", {})


@pytest.mark.parametrize(
    ("written", "meant"), [("[plot]\n", "known are"), ("[rum]\n", "did you mean 'run'?")]
)
def test_an_unknown_table_suggests_only_a_name_that_is_near(command, tmp_path, written, meant):
    (tmp_path / "mine.toml").write_text(RUN + written, encoding="utf-8")
    code, _, said = command("run", "mine.toml")
    assert code == 2
    assert meant in said
