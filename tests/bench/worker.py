"""Peers in separate processes.

A line on standard input requests a run, a line of output answers with its seconds. The moments of
the run are in the file that the last argument names: one row (mean, covariance) per time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import numpy as np

from .race import Engine, MissingError, Run, Shot
from .workloads import STEPS, TIMES, Moments

ROOT = Path(__file__).parent.parent.parent
INTERPRETER = "QLANGEVIN_BENCH_PYTHON"
"""Environment variable that names a Python interpreter with peers which this one lacks."""


def serve(compute: Callable[[], Moments]) -> None:
    """Answer requests until the input ends."""
    for _ in sys.stdin:
        began = time.perf_counter()
        moments = compute()
        seconds = time.perf_counter() - began
        np.savetxt(
            sys.argv[-1],
            np.hstack([moments.mean, moments.covariance.reshape(TIMES, -1)]),
            fmt="%.17g",
        )
        print(seconds, moments.trajectories, flush=True)


def start(
    command: Sequence[str], stack: ExitStack, environment: Mapping[str, str] | None = None
) -> Run:
    """Start a worker that the stack ends; return the function that requests a run."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    rows, log = (
        folder / "moments.txt",
        stack.enter_context((folder / "log.txt").open("w+", encoding="utf-8")),
    )
    process = stack.enter_context(
        subprocess.Popen(
            [*command, str(rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )
    )

    def run() -> Shot:
        process.stdin.write("\n")
        process.stdin.flush()
        answer = process.stdout.readline().split()
        if len(answer) != 2:
            process.wait()
            log.seek(0)
            raise RuntimeError(f"{command[0]} ended: {log.read()[-2000:]}")
        seconds, trajectories = float(answer[0]), int(answer[1])
        table = np.loadtxt(rows)
        moments = Moments(table[:, :6], table[:, 6:].reshape(TIMES, 6, 6), trajectories)
        return Shot(seconds, trajectories * STEPS, moments)

    return run


def python_engine(
    name: str,
    module: str,
    *arguments: str,
    library: str,
    environment: Mapping[str, str] | None = None,
) -> Engine:
    """The engine that a module of `peers` serves, in an interpreter that has the library."""

    def open_worker(stack: ExitStack) -> Run:
        command = [interpreter_with(library), "-m", f"tests.bench.peers.{module}", *arguments]
        return start(command, stack, environment)

    return Engine(name, open_worker)


@cache
def interpreter_with(library: str) -> str:
    """An interpreter that has a library: this one, or that of the environment variable.

    Raises MissingError if neither has it.
    """
    for python in filter(None, (sys.executable, os.environ.get(INTERPRETER))):
        query = (
            f"import importlib.util, sys; sys.exit(importlib.util.find_spec({library!r}) is None)"
        )
        if subprocess.run([python, "-c", query], check=False).returncode == 0:
            return python
    raise MissingError(
        f"pip install {library}, here or for the interpreter that {INTERPRETER} names"
    )
