"""Interleaved runs: every round runs each engine once.

Ratios are formed within rounds, so that slow changes of the load cancel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SHORT = 0.25
"""Seconds; an engine that takes less time runs again within its round, the fastest run counts."""


class MissingError(Exception):
    """A peer is not installed; the message says how to install it."""


class DisagreementError(AssertionError):
    """A result is not that of the workload; the message says by how much."""


@dataclass(frozen=True, eq=False)
class Shot:
    """One run: its seconds, the units of work they were for, and its result."""

    seconds: float
    work: float
    result: Any


Run = Callable[[], Shot]


@dataclass(frozen=True, eq=False)
class Engine:
    """An implementation of a workload.

    `open` prepares it (compiles, starts a process that the stack ends) or raises MissingError.
    """

    name: str
    open: Callable[[ExitStack], Run]


def in_process(name: str, work: float, compute: Callable[[], Any]) -> Engine:
    """The engine that calls a function of this process."""

    def run() -> Shot:
        began = time.perf_counter()
        result = compute()
        return Shot(time.perf_counter() - began, work, result)

    return Engine(name, lambda _stack: run)


@dataclass(frozen=True, eq=False)
class Workload:
    """Work for the engines, the unit of time in tables, and the check of the results.

    `scale` is 1 s in that unit. The `deviation` of a right result is below `limit`; `judged` is the
    name of the deviation.
    """

    name: str
    unit: str
    scale: float
    deviation: Callable[[Any], float]
    limit: float
    judged: str

    def judge(self, engine: str, result: Any) -> float:
        """The deviation of a result from the reference; DisagreementError above the limit."""
        deviation = self.deviation(result)
        if not deviation <= self.limit:
            raise DisagreementError(
                f"{engine}: off by {deviation:.3g}, at most {self.limit:g} is right"
            )
        return deviation


@dataclass(eq=False)
class Results:
    """Seconds per unit of work of every engine in each round, and deviations from the reference."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    deviation: dict[str, float | None] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Median seconds per unit."""
        return float(np.median(self.seconds[name]))

    def best(self, name: str) -> float:
        """Seconds per unit of the fastest run."""
        return min(self.seconds[name])

    def ratio(self, name: str, base: str) -> float:
        """How many times slower than the base an engine is: median of the rounds' ratios."""
        return float(np.median(np.divide(self.seconds[name], self.seconds[base])))

    def best_ratio(self, name: str, base: str) -> float:
        """The same from the fastest run of each, which a busy machine disturbs least."""
        return self.best(name) / self.best(base)


def race(
    workload: Workload,
    engines: Iterable[Engine],
    rounds: int,
    say: Callable[[str], None] = lambda _line: None,
) -> Results:
    """Open the engines there are, check what each computes, then time them in interleaved rounds.

    Raises DisagreementError for an engine whose result is wrong, before any time counts. An engine
    without a result (None) is a bare cost, such as that of filling memory.
    """
    results, runs = Results(), {}
    with ExitStack() as stack:
        for engine in engines:
            try:
                run = engine.open(stack)
            except MissingError as error:
                results.missing[engine.name] = str(error)
                say(f"  {engine.name}: skipped; {error}")
                continue
            result = run().result
            deviation = None if result is None else workload.judge(engine.name, result)
            results.deviation[engine.name], results.seconds[engine.name] = deviation, []
            runs[engine.name] = run
            say(
                f"  {engine.name}: ready"
                + ("" if deviation is None else f", off by {deviation:.2g}")
            )
        for number in range(rounds):
            for name, run in runs.items():
                results.seconds[name].append(_fastest(run))
            say(f"  round {number + 1} of {rounds}")
    return results


def _fastest(run: Run) -> float:
    """Seconds per unit of the fastest of enough runs."""
    until, best = time.perf_counter() + SHORT, np.inf
    while best == np.inf or time.perf_counter() < until:
        shot = run()
        best = min(best, shot.seconds / shot.work)
    return best
