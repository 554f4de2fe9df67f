"""Run files with moments = "modes": the reported pair is kept, and what is not is refused."""

from threading import Event

import numpy as np
import pytest

from qlangevin import analysis, open_result
from qlangevin.runs.execution.backends import Session
from qlangevin.runs.execution.results import compare_numbers, read_result, repeat
from qlangevin.runs.execution.run import Execution, execute_run
from qlangevin.runs.execution.run_result import run_dataset
from qlangevin.runs.execution.sums import write_result
from qlangevin.runs.reports.run import run_report
from qlangevin.runs.run_files.run import read_runfile, with_trajectories
from qlangevin.sde.ensemble.jobs import thread_workers
from qlangevin.sde.kept_elements import NotKeptError

from .execution.spinning_runs import DEFAULTS, SPINNING

KEPT = 'moments = "modes"\npairs = [["mechanical", "reflected"]]'
SHORT = {"trajectories": 256, "duration": 4, "more": KEPT}


def test_a_run_keeps_its_reported_pair_and_is_repeated_and_extended(tmp_path):
    """Without its figures, which take longest to write."""
    run = read_runfile("mine", SPINNING.format(**DEFAULTS | SHORT))
    workers = thread_workers(1)
    found = execute_run(run, Execution(workers))
    report = run_report(found)
    assert "of 105 blocks and times" in report
    assert "at its least, of the blocks that are kept" in report
    path = tmp_path / "mine.nc"
    write_result(path, run_dataset(found).assign_attrs(report=report))
    result = open_result(path)
    assert result["covariance"].dims == ("time", "element")
    for pair in ("driven, mechanical", "mechanical, reflected"):
        stderr = analysis.estimate(result, f"log_negativity({pair})", physical="ignore")["stderr"]
        assert np.isfinite(stderr[1:]).all()
    with pytest.raises(NotKeptError, match="'driven' and 'reflected'"):
        analysis.estimate(result, "log_negativity(driven, reflected)")
    again = repeat(read_result(path), Session(workers, Event(), lambda *_: None))
    assert compare_numbers(result, again)[1]
    longer = execute_run(with_trajectories(run, 384), Execution(workers, earlier=result))
    assert (longer.integrated, longer.trajectories) == (128, 384)


@pytest.mark.parametrize(
    ("command", "more", "words"),
    [
        ("run", 'pairs = [["driven", "mechanical"]]', "[run] pairs name what is kept"),
        ("run", 'moments = "modes"\npairs = [["driven", "x"]]', "[run] pairs names 'x'"),
        ("run", 'moments = "modes"\npairs = [["driven"]]', '[run] pairs = ["driven"] is refused'),
        ("run", 'moments = "mode"', '[run] moments = "mode" is refused'),
        ("run", 'moments = "modes"\nuntil = { purity = 0.1 }', "purity needs"),
        ("validate", 'moments = "modes"', '[run] moments must be "full"'),
        (
            "sweep",
            'moments = "modes"\n[sweep]\naxes = { temperature = ["0.1 K", "0.2 K"] }\n'
            'quantities = ["log_negativity(driven, reflected)"]',
            "[sweep] quantities: log_negativity(driven, reflected) needs",
        ),
    ],
)
def test_refusals_name_the_table_and_the_pair(refused_file, command, more, words):
    refused_file(SPINNING.format(**DEFAULTS | SHORT | {"more": more}), [words], command)
