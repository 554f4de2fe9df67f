"""Moment equations along a moving mean field: Taylor steps of each parameter point, on threads.

Each point takes its own steps, such that the last terms of its series are below `TOLERANCE` ·
(1 + |value|) for all means and covariances. So its result depends neither on other points nor on
the number of threads. Once a mean field that does not depend on the covariance has come to rest,
the remaining times are reached by exact steps.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic

import numpy as np

from ..jit import simd, vector_width
from ..jit.background import ready
from ..jit.shared_kernels import Arguments, SharedKernels
from ..support.checks import Array, available_cores
from ..support.errors import NoResultError
from ..support.threads import on_threads
from ..support.work_estimates import TimeLimit
from . import taylor_kernel
from .closures import MomentTerms

TOLERANCE = 1e-12
"""Size of the last terms of a step; the truncation error is an order smaller."""
STEPS = 20_000
"""Steps between checks whether the mean field has come to rest."""
FIRST_STEPS = 64
"""Steps in the first call of the kernel."""
CALL = 0.1
"""Seconds that a call of the kernel may take; interrupts are handled between calls."""
MOST_HOURS = 1000.0
"""Hours that a point may take, estimated from its speed so far; many come to rest before."""

Finish = Callable[[int, Array, Array, Array], Array | None]
"""finish(point, mean (n,), covariance (n, n), times), for a mean field that may be at rest.

Gives the covariances (times, n, n) if it is, else None; the first of the times is the present.
"""


class DivergenceError(NoResultError, ArithmeticError):
    """A solution diverges; the message gives the time."""


def integrate(
    terms: MomentTerms,
    mean: Array,
    V: Array,
    times: Array,
    finish: Finish,
    threads: int | None = None,
) -> tuple[Array, Array]:
    """Integrate the moment equations of all points.

    Parameters
    ----------
    terms : MomentTerms
        Equations of every point.
    mean, V : array (points, n), (points, n, n)
        Moments at the first time.
    times : array (times,)
        In s.
    finish : callable
        Gives the remaining covariances of a point whose mean field is at rest; see `Finish`.
    threads : int, optional
        Default: all available cores.

    Returns
    -------
    Means (times, points, n) and covariances (times, points, n, n).

    Raises
    ------
    DivergenceError
        With the earliest time, in s, at which the solution of a point diverges.
    """
    points, n = mean.shape
    means = np.empty((len(times), points, n))
    covariances = np.empty((len(times), points, n, n))
    means[0], covariances[0] = mean, V
    ends = np.full(points, np.inf)

    def run(point: int, stop: Event) -> None:
        ends[point] = _run_point(terms, point, times, means, covariances, finish, stop)

    on_threads(run, points, threads or available_cores())
    if np.isfinite(ends).any():
        raise DivergenceError(f"the moment equations diverge after {ends.min():.3g} s")
    return means, covariances


def _run_point(
    terms: MomentTerms,
    point: int,
    times: Array,
    means: Array,
    covariances: Array,
    finish: Finish,
    stop: Event,
) -> float:
    """Integrate one point into the results; returns the time at which it diverges, or infinity."""
    n = terms.size
    kernel = ready(TAYLOR_KERNELS)
    values = terms.values[point]
    state = terms.state(means[0, point], covariances[0, point])
    forcing = terms.state(terms.c[point], terms.D[point])
    rate = max(np.abs(values).max(initial=0.0), 1 / (times[-1] - times[0]))
    clock = np.array([times[0], 1 / rate])
    reached = np.ones(1, np.int64)

    def advance(steps: int) -> int:
        return int(kernel.advance(
            state, clock, reached, times, point, means, covariances, TOLERANCE, steps, forcing,
            terms.places, values, terms.bounds, terms.entries, terms.weights, terms.factors,
        ))  # fmt: skip

    limit = _time_limit(times)
    calls = _Calls()
    while not stop.is_set():
        status = calls.take_steps(advance, stop)
        if status != taylor_kernel.CONTINUES:
            return float(clock[0]) if status == taylor_kernel.DIVERGED else np.inf
        now = state.reshape(n, -1)
        left = slice(reached[0], None)
        rest = finish(point, now[:, n], now[:, :n], np.append(clock[0], times[left]))
        if rest is not None:
            means[left, point], covariances[left, point] = now[:, n], rest[1:]
            return np.inf
        limit.check((clock[0] - times[0]) / (times[-1] - times[0]))
    return np.inf


class _Calls:
    """Divides `STEPS` steps into calls of the kernel: few steps at first, then about `CALL` s."""

    def __init__(self) -> None:
        self.steps = FIRST_STEPS

    def take_steps(self, advance: Callable[[int], int], stop: Event) -> int:
        """Status after `STEPS` steps, or sooner if the kernel finishes or `stop` is set."""
        left = STEPS
        status = taylor_kernel.CONTINUES
        while left and status == taylor_kernel.CONTINUES and not stop.is_set():
            piece = min(self.steps, left)
            began = monotonic()
            status = advance(piece)
            if monotonic() - began < CALL / 2:
                self.steps *= 2
            left -= piece
        return status


def _time_limit(times: Array) -> TimeLimit:
    return TimeLimit(
        f"the moment equations over {times[-1] - times[0]:.3g} s",
        MOST_HOURS,
        "their fastest rate is too high for so long a time: take a shorter duration, or check the "
        "parameters",
    )


def _example() -> list[Arguments]:
    """Arguments of the kernel for no steps of one number."""
    row, one = np.zeros(simd.LANES), np.ones(1)
    places = np.zeros((1, 2), np.int64)
    moments = np.zeros((1, 1, 1)), np.zeros((1, 1, 1, 1))
    bounds = np.zeros(5, np.int64)
    return [(
        row, np.ones(2), np.ones(1, np.int64), one, 0, *moments, TOLERANCE, 0, row,
        places, one, bounds, places, row, places,
    )]  # fmt: skip


TAYLOR_KERNELS = SharedKernels((vector_width, simd, taylor_kernel), ("advance",), _example)
"""Taylor steps."""
