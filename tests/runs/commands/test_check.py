"""`qlangevin check`: its table, its exit codes, and the options that it shares with `steady`."""

import pytest

from qlangevin.analysis.validation.system_checks import battery


@pytest.fixture
def without_run(monkeypatch):
    """Leave out the short run, which compiles a kernel."""
    monkeypatch.delitem(battery.CHECKS, "linear twin")


def test_a_system_that_passes_ends_with_code_0(command):
    code, printed, said = command("check", "microrings", "--set", "drive=2e8 rad/s")
    assert code == 0, printed
    lines = printed.splitlines()
    assert lines[0] == "Checks of microrings (Microrings, doi:10.1103/PhysRevA.109.062423)"
    assert lines[-1] == "13 passed, 0 FAILED, 2 not applicable"
    (twin,) = [line for line in lines if "linear twin" in line]
    assert twin.startswith("passed")
    assert "checks: 15 of 15" in said


def test_a_run_file_is_checked_with_changes_and_reversed(command, without_run, tmp_path):
    (tmp_path / "mine.toml").write_text('system = "cascaded"\n', encoding="utf-8")
    options = ("--set", "noise=consistent", "--reversed")
    code, printed, _ = command("check", "mine.toml", *options)
    assert code == 0, printed


def test_a_check_that_fails_ends_with_code_1_and_says_what_to_look_at(command, without_run):
    code, printed, _ = command("check", "scatterers")
    assert code == 1
    assert "FAILED          vacuum" in printed
    assert "'consistent' has no such flaw" in " ".join(printed.split())


def test_an_unknown_system_is_refused(command):
    code, _, said = command("check", "rings")
    assert (code, "rings" in said) == (2, True)
