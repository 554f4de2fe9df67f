"""Costs of a run besides its steps: warm start, memory, and the gain from a second core."""

from __future__ import annotations

import subprocess
import sys
import time

from . import ours
from .worker import ROOT

START = """
from tests.bench import ours
import time
began = time.perf_counter()
ours.run(ours.resonator(), twin=True, trajectories=128, steps=100, samples=2)
print(time.perf_counter() - began)
"""
MEMORY = """
from tests.bench import ours
from pathlib import Path
ours.run(ours.resonator(), twin=True, trajectories={trajectories}, steps=10, samples=2)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
"""VmHWM rather than ru_maxrss, which a child inherits from the process that starts it."""
FEW, MANY = 10_000, 1_000_000


def warm_start(rounds: int) -> float:
    """Seconds of a tiny `simulate` in a fresh process with a warm disk cache, without imports.

    The fastest of `rounds` processes.
    """
    return min(_number(START) for _ in range(rounds + 1))


def memory() -> tuple[float, float]:
    """Peak memory of fresh processes, MiB, for 10⁴ and for 10⁶ trajectories."""
    few, many = (
        _number(MEMORY.format(trajectories=trajectories)) / 1024 for trajectories in (FEW, MANY)
    )
    return few, many


def second_core(rounds: int) -> float:
    """Share of a second core that a run uses: time on one thread over twice the time on two.

    The fastest run of each is taken.
    """
    model, seconds = ours.resonator(), {1: [], 2: []}
    ours.run(model, twin=False)
    for _ in range(rounds):
        for threads, taken in seconds.items():
            began = time.perf_counter()
            ours.run(model, twin=False, threads=threads)
            taken.append(time.perf_counter() - began)
    return min(seconds[1]) / (2 * min(seconds[2]))


def _number(script: str) -> float:
    """What a script prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
