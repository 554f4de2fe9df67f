"""The experiments: their workload, their engines, and the table of results of each."""

from __future__ import annotations

from collections.abc import Callable

from . import accuracy, costs, first_calls, ours
from .peers import (
    cpp,
    diffrax_solve,
    jax_scan,
    numba_loop,
    numpy_blocks,
    numpy_lyapunov,
    numpy_moments,
    ours_narrow,
    scipy_lyapunov,
    scipy_moments,
    xmds,
)
from .race import Engine, Workload, race
from .report import Table, accuracy_table, costs_table, race_table
from .sizes.tables import sizes
from .workloads import lyapunov_deviation, moments_deviation, trajectories_deviation

Say = Callable[[str], None]

TRAJECTORIES = Workload(
    "trajectories", "ns/(trajectory·step)", 1e9, trajectories_deviation, 5.0, "worst z"
)
MOMENTS = Workload("moments", "µs/equation", 1e6, moments_deviation, 1e-3, "error")
LYAPUNOV = Workload("lyapunov", "µs/equation", 1e6, lyapunov_deviation, 1e-12, "residual")
LYAPUNOV_SIZES = (6, 8)


def trajectory_engines() -> list[Engine]:
    """Ours, then all peers."""
    peers = (ours_narrow, cpp, xmds, jax_scan, diffrax_solve, numba_loop, numpy_blocks)
    return [*ours.trajectory_engines(), *(engine for peer in peers for engine in peer.engines())]


def moment_engines() -> list[Engine]:
    """Ours, then all peers."""
    return [ours.moment_engine(), *scipy_moments.engines(), *numpy_moments.engines()]


def lyapunov_engines(n: int) -> list[Engine]:
    """Ours, then all peers, for size n."""
    return [ours.lyapunov_engine(n), *scipy_lyapunov.engines(n), *numpy_lyapunov.engines(n)]


def trajectories(rounds: int, say: Say) -> list[Table]:
    """10,000 trajectories of 5,000 Euler–Maruyama steps."""
    results = race(TRAJECTORIES, trajectory_engines(), rounds, say)
    title = (
        "10,000 trajectories × 5,000 steps of the spinning resonator, moments at 100 times, two "
        "threads"
    )
    return [race_table(title, TRAJECTORIES, results, [cpp.GAUSSIAN, ours.RAW])]


def moments(rounds: int, say: Say) -> list[Table]:
    """2,000 moment equations."""
    results = race(MOMENTS, moment_engines(), rounds, say)
    return [
        race_table("2,000 moment equations of size 6 at 200 times", MOMENTS, results, [ours.OURS])
    ]


def lyapunov(rounds: int, say: Say) -> list[Table]:
    """10,000 Lyapunov equations of each size."""
    tables = []
    for n in LYAPUNOV_SIZES:
        results = race(LYAPUNOV, lyapunov_engines(n), rounds, say)
        tables.append(
            race_table(f"10,000 Lyapunov equations of size {n}", LYAPUNOV, results, [ours.OURS])
        )
    return tables


def to_accuracy(rounds: int, say: Say) -> list[Table]:
    """Coupled against plain."""
    wanted = (ours.RAW, xmds.BEST, "JAX scan")
    engines = [engine for engine in trajectory_engines() if engine.name in wanted]
    results = race(TRAJECTORIES, engines, rounds, say)
    speeds = {name: results.best(name) for name in results.seconds}
    return [accuracy_table(accuracy.measure(speeds, rounds))]


def around(rounds: int, say: Say) -> list[Table]:
    """Warm start, memory, second core."""
    start = costs.warm_start(rounds)
    say(f"  warm start {start:.2f} s")
    few, many = costs.memory()
    say(f"  memory {few:.0f} and {many:.0f} MiB")
    return [costs_table(start, few, many, costs.second_core(rounds))]


def first(rounds: int, _say: Say) -> list[Table]:
    """The first call on a new small model."""
    return [first_calls.measure(rounds)]


EXPERIMENTS: dict[str, Callable[[int, Say], list[Table]]] = {
    "trajectories": trajectories,
    "moments": moments,
    "lyapunov": lyapunov,
    "accuracy": to_accuracy,
    "costs": around,
    "first-calls": first,
    "sizes": sizes,
}
