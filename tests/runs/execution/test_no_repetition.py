"""A run searches for the fixed points once, and builds its model twice at most."""

import sys

import pytest

from qlangevin.sde.systems.spinning import SpinningResonator
from qlangevin.steady import fixed_points

TEXT = """
system = "spinning"
[run]
trajectories = 128
duration = "2 / mechanical_frequency"
step = "1e-3 / mechanical_frequency"
samples = 10
start = "{start}"
"""


@pytest.fixture
def calls(monkeypatch):
    """How often the fixed points were searched for, and the model was built."""
    count = {"fixed_points": 0, "model": 0}
    build = SpinningResonator.model

    def counted(name, task):
        def call(*arguments, **options):
            count[name] += 1
            return task(*arguments, **options)

        return call

    search = counted("fixed_points", fixed_points)
    for user in ("steady_states", "attractor", "grid"):
        module = sys.modules[f"qlangevin.steady.{user}"]
        monkeypatch.setattr(module, "fixed_points", search, raising=False)
    monkeypatch.setattr(SpinningResonator, "model", counted("model", build))
    return count


@pytest.mark.parametrize("start", ["dark", "steady"])
@pytest.mark.usefixtures("empty_figures")
def test_a_run_finds_the_fixed_points_once(command, calls, tmp_path, start):
    (tmp_path / "mine.toml").write_text(TEXT.format(start=start), encoding="utf-8")
    code, _, said = command("run", "mine.toml")
    assert code in (0, 1), said
    assert calls["fixed_points"] == 1
    assert calls["model"] <= 2
