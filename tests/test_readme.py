"""What the README shows is what happens."""

import contextlib
import io
import re
import tomllib
from pathlib import Path

import numpy as np

from qlangevin.runs.execution.map import compute_map
from qlangevin.runs.run_files.grid import load_map
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.runs.run_files.sources import shipped_runs
from qlangevin.sde import systems

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language, text=""):
    """The first block of a language that contains a text."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(each for each in found if text in each)


def test_the_first_example_prints_what_the_readme_says():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block("python"), {})
    after = README.split(block("python"))[1]
    assert (
        printed.getvalue() == re.search(r"```\n(.*?)```", after.removeprefix("```"), re.DOTALL)[1]
    )


def test_the_run_file_shown_is_the_one_that_ships():
    shown, shipped = tomllib.loads(block("toml")), tomllib.loads(load_runfile("spinning").text)
    assert shown == shipped


def test_the_map_shown_is_one(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text(block("toml", "[map"), encoding="utf-8")
    result = compute_map(load_map(path), threads=1)
    assert result["transmission_cw_fibre"].shape == (201, 3, 1)
    assert set(load_map(path).axes) == {"effective_detuning", "angle"}


def test_the_sweep_shown_is_the_one_that_ships():
    shown, shipped = (
        tomllib.loads(block("toml", "[sweep"))["sweep"],
        tomllib.loads(load_runfile("spinning-sweep").text)["sweep"],
    )
    assert shown["axes"] == shipped["axes"]
    assert set(shown["quantities"]) <= set(shipped["quantities"])


def test_the_grid_shown_finds_entanglement():
    space = {}
    exec(block("python", "ql.grid"), space)
    assert 0.1 < float(space["map"].log_negativity.sel(spin=8e3).max()) < 0.2


def test_the_output_modes_shown_are_entangled():
    *lines, last = block("python", "ql.output_modes").strip().splitlines()
    space = {}
    exec("\n".join([*lines, f"E_N = {last}"]), space)
    assert float(space["E_N"]) > 0.1


def test_the_light_shown_is_that_of_a_run(tmp_path):
    path = tmp_path / "light.toml"
    path.write_text(block("toml") + block("toml", "[spectra]"), encoding="utf-8")
    assert load_runfile(path).light == ("[spectra]", "[output_modes]")


def test_the_runs_listed_are_those_that_ship():
    table = re.search(r"\| run \| what one sees \|\n(.*?)\n\n", README, re.DOTALL)[1]
    listed = {
        name for row in table.splitlines() for name in re.findall(r"`([\w-]+)`", row.split("|")[1])
    }
    shipped = {name for name, path in shipped_runs().items() if path.parent.name == "runs"}
    assert shipped <= listed <= set(shipped_runs())


def test_the_examples_listed_are_those_that_ship():
    table = README.split("| run | what one sees |\n")[2].split("\n\n")[0]
    listed = {
        name for row in table.splitlines() for name in re.findall(r"`([\w-]+)`", row.split("|")[1])
    }
    assert listed == {n for n, path in shipped_runs().items() if path.parent.name == "examples"}


def test_the_system_tables_shown_give_a_model(tmp_path):
    path = tmp_path / "membrane.toml"
    path.write_text(block("toml", "[system]"), encoding="utf-8")
    model = load_runfile(path).model
    assert model.quadratures == ("cavity.X", "cavity.Y", "membrane.q", "membrane.p")


def test_the_network_shown_has_the_decay_rate_that_it_says():
    space = {}
    exec(block("python", "ql.lattice"), space)
    expected = (1 + np.sqrt(0.5)) / (1 - np.sqrt(0.5)) / 2
    np.testing.assert_allclose(space["looped"].A[0, 0], -expected, rtol=1e-12)
    assert space["ring"].size == 10


def test_the_systems_listed_are_those_there_are():
    listed = dict(re.findall(r"^\| `(\w+)` \| `(\w+)`:", README, re.MULTILINE))
    assert listed == {name: kind.__name__ for name, kind in systems.SYSTEMS.items()}


def test_the_system_shown_builds_a_model(monkeypatch):
    space = {"__name__": "readme"}
    exec(block("python", "ParametricAmplifier"), space)
    model = space["ParametricAmplifier"].published().model()
    assert model.quadratures == ("cavity.X", "cavity.Y")
    assert "ParametricAmplifier" not in vars(systems)


def test_the_files_that_the_readme_names_exist():
    names = set(re.findall(r"tests/[\w/]+\.py", README)) | set(
        re.findall(r"\]\((?!http)([^)#]+)\)", README)
    )
    assert {name for name in names if not (ROOT / name).exists()} == set()
