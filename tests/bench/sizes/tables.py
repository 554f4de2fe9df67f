"""Tables of all sizes, each row printed as soon as it is measured, and of the targets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from threading import Timer

from ..report import Table, factor
from ..worker import ROOT

SIZES = (1, 2, 4, 8, 16, 32, 64)
KINDS = ("Kerr chain", "optomechanical chain", "dense linear")
COLUMNS = (
    "first call, s",
    "warm, s",
    "twin, ns",
    "plain, ns",
    "numba loop, ns",
    "moments, ms",
    "solve_ivp, ms",
    "Lyapunov, ms",
    "SciPy, ms",
    "attractor, s",
    "MiB",
)
NOTES = (
    "CPU seconds of all threads, each model in a process of its own, with one cache folder that is "
    "empty at the start; twin, plain and numba loop: per trajectory, step and quadrature, "
    "Euler–Maruyama on one thread; first and warm call: simulate, 256 trajectories of 2000 steps; "
    "moments at 200 times; Lyapunov with refinement and error bound; –: took too long.",
)
LYAPUNOV_SIZES = (20, 50, 100)
"""Modes; two quadratures each."""
Costs = dict[str, float]
Say = Callable[[str], None]


def sizes(_rounds: int, say: Say, largest: int = 64, limit: float = 600.0) -> list[Table]:
    """The costs of all models up to `largest` modes, and the targets.

    `limit`, in s of the clock, is for one model; what it does not get to is left out.
    """
    measured = {}
    with tempfile.TemporaryDirectory() as cache:
        for kind in KINDS:
            for modes in (n for n in SIZES if n <= largest):
                if kind == "optomechanical chain" and modes == 1:
                    continue
                found = measure(kind, modes, "costs", cache, limit)
                measured[kind, modes] = found
                cells = ", ".join(f"{name} {_cell(found, name)}" for name in COLUMNS)
                say(f"  {kind}, {modes}: {cells}")
        rows = [
            [f"{kind}, {modes}", *(_cell(found, name) for name in COLUMNS)]
            for (kind, modes), found in measured.items()
        ]
        table = Table("Cost by the number of modes", ["modes", *COLUMNS], rows, NOTES)
        targets = []
        for row in _targets(measured, cache, largest, limit):
            say("  " + ", ".join(row))
            targets.append(row)
    columns = ["target", "at most", "measured"]
    return [table, Table("Targets of many modes", columns, targets)]


def measure(kind: str, modes: int, task: str, cache: str, limit: float) -> Costs:
    """What a process measures of a model, within a number of seconds."""
    command = [sys.executable, "-m", "tests.bench.sizes.measure", kind, str(modes), task]
    environment = os.environ | {"QLANGEVIN_CACHE": cache, "OPENBLAS_NUM_THREADS": "1"}
    found: Costs = {}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        timer = Timer(limit, process.kill)
        timer.start()
        for line in process.stdout or ():
            name, value = json.loads(line)
            found[name] = value
        expired = not timer.is_alive()
        timer.cancel()
    if process.returncode and not expired:
        raise RuntimeError(f"{' '.join(command)} failed")
    return found


def _targets(
    measured: dict[tuple[str, int], Costs], cache: str, largest: int, limit: float
) -> Iterator[Sequence[str]]:
    """Rows of the table of targets."""
    for kind in ("random", "Kerr chain"):
        for modes in (n for n in LYAPUNOV_SIZES if n <= 2 * largest):
            found = measure(kind, modes, "lyapunov", cache, limit)
            ratio = found["Lyapunov, ms"] / found["SciPy, ms"]
            what = f"Lyapunov with bound ÷ SciPy, {kind}, {2 * modes} quadratures"
            yield [what, "2", factor(ratio)]
    for kind in ("Kerr chain", "optomechanical chain"):
        for column in ("twin, ns", "plain, ns"):
            found = {
                modes: costs[column]
                for (name, modes), costs in measured.items()
                if name == kind and modes > 1 and column in costs
            }
            if len(found) > 1:
                base, worst = found[min(found)], max(found.values())
                what = f"a step of 4 to {max(found)} modes ÷ 2 modes, {column[:-4]}, {kind}"
                yield [what, "1.5", factor(worst / base)]
    if largest >= 12:
        for kind in KINDS:
            found = measure(kind, 12, "share", cache, limit)
            yield [f"not integration, 12 modes, {kind}", "20 %", f"{found['percent']:.0f} %"]
    for kind in KINDS:
        found = measure(kind, largest, "whole", cache, limit)
        if found:
            cell = f"{found['min']:.2g} min, {found['GiB']:.2g} GiB"
        else:
            cell = f"over {limit / 60:.2g} min"
        yield [f"all of {largest} modes, {kind}", "3 min, 4 GiB", cell]


def _cell(found: Costs, name: str) -> str:
    return factor(found[name]) if name in found else "–"
