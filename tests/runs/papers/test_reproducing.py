"""Papers by name; verdicts from deviations and conditions."""

import sys

import pytest

from qlangevin.runs import cli
from qlangevin.runs.execution import reproduce
from qlangevin.runs.papers.paper import Verdict, finding_by_deviation, finding_if
from qlangevin.runs.run_files.errors import RunFileError


def test_an_unknown_paper_is_refused_with_the_nearest_name():
    with pytest.raises(RunFileError, match="did you mean 'microrings'"):
        reproduce.load_papers("microring")


def test_the_command_refuses_an_unknown_paper_before_any_work(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["qlangevin", "reproduce", "nature"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert "there is no paper" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("deviation", "verdict"),
    [
        (0.1, Verdict.REPRODUCED),
        (0.2, Verdict.DIFFERENT),
        (0.31, Verdict.NOT),
        (float("nan"), Verdict.NOT),
    ],
)
def test_a_verdict_follows_from_the_deviation(deviation, verdict):
    assert finding_by_deviation(deviation, (0.1, 0.3), "", "").verdict is verdict


@pytest.mark.parametrize(
    ("holds", "exactly", "verdict"),
    [
        (True, True, Verdict.REPRODUCED),
        (True, False, Verdict.DIFFERENT),
        (False, True, Verdict.NOT),
        (False, False, Verdict.NOT),
    ],
)
def test_a_verdict_follows_from_what_holds(holds, exactly, verdict):
    finding = finding_if(holds, "got", "why", exactly=exactly)
    assert finding.verdict is verdict
    assert finding.why == ("" if verdict is Verdict.REPRODUCED else "why")
