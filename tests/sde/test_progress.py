"""Progress in a log and on a terminal, by a clock that the test sets."""

import io
import re

import pytest
from rich.console import Console

from qlangevin.sde import progress, sample_paths, simulate
from qlangevin.sde.jit import cache
from qlangevin.sde.systems import Microrings
from qlangevin.steady import grid

from ..models import pair_of_cavities


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress.time, "monotonic", clock.monotonic)
    return clock


def console(terminal):
    return Console(
        file=io.StringIO(), force_terminal=terminal, width=120, highlight=False, soft_wrap=True
    )


def test_a_log_gets_plain_lines_with_rate_and_remaining_time_and_a_summary(clock):
    """1000 of 5000 were kept: they do not count for the rate."""
    log = console(terminal=False)
    with progress.progress(log, "trajectories") as show:
        for done in (1000, 1100, 2000, 3000, 5000):
            show(done, 5000)
            clock.now += 6.0
    assert log.file.getvalue().splitlines() == [
        "trajectories: 2000 of 5000 (40%), 83.3/s, 36 s left",
        "trajectories: 5000 of 5000 (100%), 167/s",
        "trajectories: 5000 of 5000, 1000 of them before, in 24 s",
    ]


def test_a_terminal_gets_a_bar_and_the_same_summary(clock):
    terminal = console(terminal=True)
    with progress.progress(terminal, "points") as show:
        show(0, 10)
        clock.now += 7200
        show(4, 10)
    said = terminal.file.getvalue()
    assert "━" in said
    assert said.splitlines()[-1].endswith("points: 4 of 10, in 2 h 00 min")


def test_work_that_never_began_shows_nothing(clock):
    for terminal in (False, True):
        screen = console(terminal)
        with progress.progress(screen, "points"):
            pass
        assert screen.file.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (61, "1 min 01 s"), (7325, "2 h 02 min")],
)
def test_durations_read_in_their_own_unit(seconds, words):
    assert progress._duration(seconds) == words


# from Python


SHORT = {
    "trajectories": 128,
    "duration": 1.0,
    "step": 0.01,
    "samples": 2,
    "scheme": "exponential",
    "threads": 1,
}


@pytest.mark.parametrize("function", [simulate, sample_paths])
def test_true_shows_progress_on_the_error_stream_and_none_or_false_do_not(capsys, function):
    function(pair_of_cavities(), progress=True, **SHORT)
    assert re.search(r"trajectories: 128 of 128, in \d", capsys.readouterr().err)
    for silent in (None, False):
        function(pair_of_cavities(), progress=silent, **SHORT)
        assert capsys.readouterr().err == ""


def test_a_grid_shows_its_points(capsys):
    grid(Microrings.published(), {"coupling": [1e7, 2e7]}, progress=True)
    assert re.search(r"points: 2 of 2, in \d", capsys.readouterr().err)


def test_progress_that_is_neither_a_word_nor_a_function_is_refused():
    with pytest.raises(ValueError, match=r"progress must be .*function.* \(got 3\)"):
        simulate(pair_of_cavities(), progress=3, **SHORT)


def test_compiling_is_announced_once_and_only_where_something_is_compiled(monkeypatch, tmp_path):
    monkeypatch.setenv("QLANGEVIN_CACHE", str(tmp_path))
    source = "from numba import njit\n\n\n@njit(cache=CACHE)\ndef twice(x):\n    return 2 * x\n"
    twice = cache.load_source(source).twice
    said = []
    with cache.announcing(said.append):
        twice(1)
        twice(1.0)
        twice(2)
    assert said == [cache.COMPILING]
    with cache.announcing(said.append):
        twice(3)
    assert said == [cache.COMPILING]
