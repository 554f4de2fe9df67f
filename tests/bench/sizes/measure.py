"""Measures the costs of one model: python -m tests.bench.sizes.measure KIND MODES [TASK].

Prints a line of JSON for each cost as it is measured. Seconds are those of the processor, all
threads and child processes included, which other work on the machine disturbs least.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_lyapunov

import qlangevin as ql
from qlangevin.sde import Model
from qlangevin.sde.ensemble import jobs
from qlangevin.steady.lyapunov import solve_with_bound

from .models import MODELS
from .plain_loop import seconds_per_step

STEP, DURATION = 0.005, 10.0
STEPS, SAMPLES = 2000, 200
FEW = 256
QUICK = 1e-9
"""Seconds that a step of a quadrature takes at least."""
MEASURED = 0.5
"""Seconds of stepping from which its cost is measured."""
AGREE = 1e-6
"""Largest difference of covariances from those of an ODE solver, relative to the largest."""


def processor_seconds() -> float:
    """Seconds of the processor so far, of this process and its finished children."""
    return sum(os.times()[:4])


def seconds(work: Callable[[], Any], together: float = 0.0) -> float:
    """Seconds of a piece of work; the least of as many runs as fit into `together`."""
    best, began = np.inf, processor_seconds()
    while best == np.inf or processor_seconds() - began < together:
        before = time.process_time(), processor_seconds()
        work()
        fine, coarse = time.process_time() - before[0], processor_seconds() - before[1]
        best = min(best, fine if coarse < 1 else coarse)
    return best


def simulate(model: Model, trajectories: int, **changes: Any) -> Any:
    """`simulate` on one thread, at the step of the benchmark."""
    arguments = {"samples": 1, "duration": STEPS * STEP, "step": STEP, "threads": 1, "seed": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ql.simulate(model, trajectories=trajectories, **arguments | changes)


def stepping(model: Model, *, twin: bool) -> float:
    """Seconds per trajectory, step and quadrature: more trajectories against few of them."""
    simulate(model, 64, twin=twin)
    few = seconds(lambda: simulate(model, FEW, twin=twin), MEASURED)
    more = 64 * max(1, int(MEASURED / (QUICK * STEPS * model.size)) // 64)
    many = seconds(lambda: simulate(model, FEW + more, twin=twin), 2 * MEASURED)
    return (many - few) / (more * STEPS * model.size)


def memory() -> float:
    """Largest memory of this process so far, MiB; NaN where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return np.nan
    return float(status.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]) / 1024


def costs(model: Model) -> Iterator[tuple[str, float]]:
    """Every cost of a model, named as the columns of the table."""
    yield "first call, s", seconds(lambda: simulate(model, FEW, samples=20))
    yield "warm, s", seconds(lambda: simulate(model, FEW, samples=20), MEASURED)
    yield "twin, ns", 1e9 * stepping(model, twin=True)
    yield "plain, ns", 1e9 * stepping(model, twin=False)
    yield "numba loop, ns", 1e9 * seconds_per_step(model, STEP) / model.size
    moments = ql.propagate_moments(model, duration=DURATION, samples=SAMPLES)
    yield (
        "moments, ms",
        1e3 * seconds(lambda: ql.propagate_moments(model, duration=DURATION, samples=SAMPLES), 0.2),
    )
    mean = moments["mean_field"].values[-1]
    yield from lyapunov(model.jacobian(mean, "mean"), model.diffusion)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield "attractor, s", seconds(lambda: ql.attractor(model, limit=1.0))
    yield "MiB", memory()
    yield "solve_ivp, ms", 1e3 * seconds(lambda: integrated(model, moments))


def lyapunov(A: np.ndarray, D: np.ndarray) -> Iterator[tuple[str, float]]:
    """A solution with its bound, and SciPy's solution, which has none; without compilation."""
    solve_with_bound(A, D)
    yield "Lyapunov, ms", 1e3 * seconds(lambda: solve_with_bound(A, D), 0.3)
    yield "SciPy, ms", 1e3 * seconds(lambda: solve_continuous_lyapunov(A, -D), 0.3)


def integrated(model: Model, moments: Any) -> None:
    """The moment equations by an ODE solver; AssertionError where the results differ."""
    n = model.size

    def slope(_time: float, state: np.ndarray) -> np.ndarray:
        mean, V = state[:n], state[n:].reshape(n, n)
        AV = model.jacobian(mean, "mean") @ V
        return np.concatenate([model.drift(mean, "mean"), (AV + AV.T + model.diffusion).ravel()])

    mean, V = (moments[name].values for name in ("mean_field", "covariance"))
    start = np.concatenate([mean[0], V[0].ravel()])
    times = moments["time"].values
    found = (
        solve_ivp(slope, (0, times[-1]), start, "DOP853", t_eval=times, rtol=1e-8, atol=1e-10)
        .y[n:]
        .T
    )
    error = np.abs(found.reshape(V.shape) - V).max() / np.abs(V).max()
    assert error <= AGREE, f"moments differ from those of solve_ivp by {error:.2g}"


def share(model: Model) -> Iterator[tuple[str, float]]:
    """What of a run of 8192 trajectories is not the integration, in percent."""
    advance, stepped = jobs.advance, [0.0]

    def timed(*arguments: Any) -> Any:
        began = time.thread_time()
        block = advance(*arguments)
        stepped[0] += time.thread_time() - began
        return block

    simulate(model, FEW, samples=SAMPLES)
    jobs.advance = timed
    shares = []
    for _ in range(3):
        stepped[0] = 0.0
        whole = seconds(lambda: simulate(model, 8192, samples=SAMPLES))
        shares.append(100 * (1 - stepped[0] / whole))
    jobs.advance = advance
    yield "percent", min(shares)


def whole(model: Model) -> Iterator[tuple[str, float]]:
    """Minutes and GiB of everything that one does with a model, first calls included."""
    began = time.perf_counter()
    first, second, *_ = model.modes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ql.steady_state(model, starts="dark")
        ql.propagate_moments(model, duration=DURATION, samples=SAMPLES)
        run = ql.simulate(
            model, trajectories=4096, duration=STEPS * STEP, step=STEP, samples=20, seed=1
        )
        ql.analysis.estimate(run, f"log_negativity({first}, {second})")
    yield "min", (time.perf_counter() - began) / 60
    yield "GiB", memory() / 1024


def lyapunov_of_size(modes: int) -> Iterator[tuple[str, float]]:
    """The equation of a random stable matrix of two rows for each mode."""
    rng = np.random.default_rng(modes)
    A, B = rng.normal(size=(2, 2 * modes, 2 * modes)) / np.sqrt(2 * modes)
    A -= (np.linalg.eigvals(A).real.max() + 0.1) * np.eye(2 * modes)
    return lyapunov(A, B @ B.T)


TASKS = {"costs": costs, "share": share, "whole": whole}


def main(kind: str, modes: str, task: str = "costs") -> None:
    """Print the costs of a model as they are measured."""
    if task == "lyapunov" and kind == "random":
        found = lyapunov_of_size(int(modes))
    else:
        model = MODELS[kind](int(modes))
        A = model.jacobian(np.ones(model.size), "mean")
        found = lyapunov(A, model.diffusion) if task == "lyapunov" else TASKS[task](model)
    for name, value in found:
        print(json.dumps([name, value]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
