"""Compiled code on disk."""

import subprocess
import sys
import warnings

import pytest

from qlangevin.sde.jit import cache

SOURCE = """
from numba import njit

@njit(cache=CACHE)
def answer():
    return {value}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("QLANGEVIN_CACHE", str(tmp_path / "kernels"))
    return tmp_path / "kernels"


def test_compiled_code_is_kept_in_the_chosen_folder(home):
    module = cache.load_source(SOURCE.format(value=41))
    assert module.answer() == 41
    assert list(home.glob("qlangevin_kernel_*.py"))
    assert list(home.glob("__pycache__/*.nbc"))


def test_the_same_source_is_loaded_once_and_another_is_another_module(home):
    assert cache.load_source(SOURCE.format(value=42)) is cache.load_source(SOURCE.format(value=42))
    assert cache.load_source(SOURCE.format(value=43)).answer() == 43


def test_a_second_process_finds_the_compiled_code(home):
    cache.load_source(SOURCE.format(value=44)).answer()
    program = (
        "from qlangevin.sde.jit import cache\n"
        f"answer = cache.load_source({SOURCE.format(value=44)!r}).answer\n"
        "answer()\n"
        "print(sum(answer.stats.cache_hits.values()), sum(answer.stats.cache_misses.values()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "0"]


def test_an_unwritable_folder_falls_through_to_the_next(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("QLANGEVIN_CACHE", str(blocked))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert cache.cache_folder() == tmp_path / "user" / "qlangevin"


def test_without_any_folder_code_still_runs_and_says_so(monkeypatch):
    monkeypatch.setattr(cache, "_candidates", lambda: iter(()))
    with pytest.warns(UserWarning, match="no writable cache folder"):
        module = cache.load_source(SOURCE.format(value=45))
    assert module.answer() == 45


def test_source_left_half_written_by_a_crash_is_replaced(home):
    first = cache.load_source(SOURCE.format(value=46))
    path = home / f"{first.__name__}.py"
    path.write_text("half")
    cache.load_source.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.load_source(SOURCE.format(value=46)).answer() == 46
