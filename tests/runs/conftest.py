"""The command line, called in this process."""

import sys

import pytest

from qlangevin.runs import cli
from qlangevin.sde.ensemble import jobs
from qlangevin.sde.jit.cache import COMPILING


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Check that a command is refused with exit code 2 and one line with these fragments.

    Nothing is integrated or written.
    """

    def integrate(*_):
        raise AssertionError("integrated before it refused")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jobs, "advance", integrate)
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)

    def call(arguments, fragments):
        there = sorted(tmp_path.rglob("*"))
        monkeypatch.setattr(sys, "argv", ["qlangevin", *arguments])
        with pytest.raises(SystemExit) as done:
            cli.main()
        said = capsys.readouterr()
        assert done.value.code == 2
        refusal = said.err.removeprefix(f"{COMPILING}\n")
        assert refusal.startswith("qlangevin: ")
        assert refusal.endswith("\n")
        assert len(refusal.splitlines()) == 1
        assert [fragment for fragment in fragments if fragment not in refusal] == [], refusal
        assert len(refusal) < 600
        assert sorted(tmp_path.rglob("*")) == there

    return call


@pytest.fixture
def refused_file(refused, tmp_path):
    """Write a run file and check that a command refuses it."""

    def call(content, fragments, command="run"):
        path = tmp_path / "mine.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        refused([command, "mine.toml"], fragments)

    return call


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Run a command in an empty folder: exit code, standard output, error stream."""

    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)

    def call(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["qlangevin", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            cli.main()
        said = capsys.readouterr()
        return done.value.code, said.out, said.err

    return call


@pytest.fixture
def empty_figures(monkeypatch):
    """Make figures and write their files without rendering, which takes seconds per run."""
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
