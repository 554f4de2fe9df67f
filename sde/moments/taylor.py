"""Moment equations along a moving mean field: Taylor steps of each parameter point by itself, on
threads.

Every point has its own steps, chosen so that the last terms of its series are below `TOLERANCE` ·
(1 + |value|) for all means and covariances: its result depends on no other point, and not on the
number of threads. Once a mean field that does not feel the covariance has come to rest, exact steps
do the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from time import monotonic
from types import ModuleType

import numpy as np

from ..jit import simd, vector_width
from ..jit.background import register, wait_for
from ..jit.cache import Shared
from ..support.checks import Array, available_cores
from ..support.errors import NoResultError
from ..support.threads import on_threads
from ..support.work_estimates import Outlook
from . import taylor_kernel
from .closures import MomentTerms

TOLERANCE = 1e-12
"""Size of a step's last terms; what they leave out is an order smaller."""
STEPS = 20_000
"""Steps after which it is asked whether the mean field has come to rest."""
FIRST_STEPS, CALL = 64, 0.1
"""Steps of the first call of the kernel, and the seconds that a call may take: interrupts are seen
between calls.
"""
MOST_HOURS = 1000.0
"""Hours that a point may take; a mean field that comes to rest takes fewer than it seems to."""

Finish = Callable[[int, Array, Array, Array], Array | None]
"""Of a point, its mean (n,), covariance (n, n) and the times from now on: the covariances there if
the mean rests.
"""


class DivergenceError(NoResultError, ArithmeticError):
    """A solution left every bound; the message says when."""


def integrate(
    terms: MomentTerms,
    mean: Array,
    V: Array,
    times: Array,
    finish: Finish,
    threads: int | None = None,
) -> tuple[Array, Array]:
    """Means (times, points, n) and covariances (times, points, n, n) at given times in s, the first
    being the start.

    They start from mean (points, n) and V (points, n, n). Raises DivergenceError with the earliest
    time, in s, at which a point's solution leaves every bound.
    """
    points, n = mean.shape
    means, covariances = np.empty((len(times), points, n)), np.empty((len(times), points, n, n))
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
    """Integrate one point into the results; the time of its divergence, or infinity."""
    n, kernel, values = terms.size, _kernel(), terms.values[point]
    state, forcing = (
        terms.state(means[0, point], covariances[0, point]),
        terms.state(terms.c[point], terms.D[point]),
    )
    rate = max(np.abs(values).max(initial=0.0), 1 / (times[-1] - times[0]))
    clock, reached = np.array([times[0], 1 / rate]), np.ones(1, np.int64)

    def advance(steps: int) -> int:
        return int(kernel.advance(
            state, clock, reached, times, point, means, covariances, TOLERANCE, steps,
            forcing, terms.places, values, terms.bounds, terms.entries, terms.weights, terms.factors,
        ))  # fmt: skip

    outlook, pace = _outlook(times), _Pace()
    while not stop.is_set():
        status = pace.in_pieces(advance, stop)
        if status != taylor_kernel.CONTINUES:
            return float(clock[0]) if status == taylor_kernel.DIVERGED else np.inf
        now, left = state.reshape(n, -1), slice(reached[0], None)
        rest = finish(point, now[:, n], now[:, :n], np.append(clock[0], times[left]))
        if rest is not None:
            means[left, point], covariances[left, point] = now[:, n], rest[1:]
            return np.inf
        outlook.judge((clock[0] - times[0]) / (times[-1] - times[0]))
    return np.inf


class _Pace:
    """Calls of few steps at first, then of about `CALL` seconds; `STEPS` of them together."""

    def __init__(self) -> None:
        self.steps = FIRST_STEPS

    def in_pieces(self, advance: Callable[[int], int], stop: Event) -> int:
        """The status after `STEPS` steps, or before if the kernel ends or `stop` is set."""
        left, status = STEPS, taylor_kernel.CONTINUES
        while left and status == taylor_kernel.CONTINUES and not stop.is_set():
            piece, began = min(self.steps, left), monotonic()
            status = advance(piece)
            if monotonic() - began < CALL / 2:
                self.steps *= 2
            left -= piece
        return status


def _outlook(times: Array) -> Outlook:
    return Outlook(
        f"the moment equations over {times[-1] - times[0]:.3g} s",
        MOST_HOURS,
        "their fastest rate is too high for so long a time: take a shorter duration, or check the "
        "parameters",
    )


def _kernel() -> ModuleType:
    wait_for(MOMENTS)
    return KERNELS.load()


def _warm() -> None:
    """Compile the kernel, by the moments of a small model over a moment."""
    from ..initial_states import dark_state
    from ..model.model import Model
    from ..terms import kerr, lose
    from .propagation import propagate

    model = Model.build(["a"], [kerr("a", 1.0), lose("a", "port", amplitude_rate=1.0)])
    state = replace(dark_state(model), mean=np.ones(2))
    propagate(model, state, np.array([0.0, 1e-3]))


MOMENTS = __name__
KERNELS = Shared((vector_width, simd, taylor_kernel), ("advance",))
register(MOMENTS, KERNELS, _warm)
