"""What the README shows is what happens."""

import contextlib
import io
import re
import tomllib
from pathlib import Path

from qlangevin.runs.runfile import load_runfile
from qlangevin.sde import systems

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_first_example_prints_what_the_readme_says():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(blocks("python")[0], {})
    after = README.split(blocks("python")[0])[1]
    assert printed.getvalue() == re.search(r"```\n(.*?)```", after.removeprefix("```"), re.DOTALL)[1]


def test_the_run_file_shown_is_the_one_that_ships():
    shown, shipped = tomllib.loads(blocks("toml")[0]), tomllib.loads(load_runfile("spinning").text)
    assert shown == shipped


def test_the_system_shown_builds_a_model(monkeypatch):
    space = {"__name__": "readme"}
    exec(blocks("python")[1], space)
    model = space["ParametricAmplifier"].published().model()
    assert model.quadratures == ("cavity.X", "cavity.Y")
    assert "ParametricAmplifier" not in vars(systems)
