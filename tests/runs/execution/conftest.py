"""The command line on a run file of the spinning resonator."""

import sys

import pytest

from qlangevin.runs import cli

from .spinning_runs import DEFAULTS, SPINNING


@pytest.fixture
def qlangevin(tmp_path, monkeypatch, capsys):
    """Run a command on a run file: exit code, standard output, error stream."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)

    def call(command, *options, text=None, **changes):
        (tmp_path / "mine.toml").write_text(
            text or SPINNING.format(**DEFAULTS | changes), encoding="utf-8"
        )
        monkeypatch.setattr(sys, "argv", ["qlangevin", command, "mine.toml", *options])
        with pytest.raises(SystemExit) as done:
            cli.main()
        printed = capsys.readouterr()
        return done.value.code, printed.out, printed.err

    return call
