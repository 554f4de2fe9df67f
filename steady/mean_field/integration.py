"""The mean field integrated until it settles: at a stable fixed point or on an attracting cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import expm
from scipy.spatial import KDTree

from ...sde.support.checks import Array
from ..lyapunov.solver import solve_lyapunov
from .drift_terms import SparseTerms
from .flow import Budget, BudgetError, Flow
from .limit_cycle import Cycle, close_orbit
from .trapping import SETTLED, FindTrap, ReachedPoint, TrappingRegion

SEGMENTS = 100
"""Number of segments that are integrated if no duration is given."""
OSCILLATIONS = 10
"""Slow oscillations in a segment."""
SAMPLES = 2000
"""Samples of a segment."""
RELAXATION = 10_000
"""Samples of the solution of a linear model."""
RETURNING = 0.05
AWAY = 0.5
"""A mean field returns when it comes within RETURNING of its last point after it was AWAY from it.

Both are in units of the size of the segment.
"""
EVALUATIONS = 200_000
"""Evaluations of the drift after which the outcome is "undecided"."""
STIFF = 20_000
"""Evaluations in a segment by explicit steps, beyond which the equations count as stiff."""
RETRIES = 8
"""Searches for a limit cycle that are made after each segment."""
STEADY = 0.02
"""Change of the size of a segment, relative, up to which it may be that of a limit cycle."""
SHOT_WITH = 16
"""Quadratures whose monodromy matrix takes about as long as the integration itself."""
BOUND = 1e9
"""Size, relative to that of fixed points and start, above which the outcome is "divergent"."""


@dataclass(frozen=True)
class Outcome:
    """What the mean field settled to: times (samples,) in 1/rate, means (samples, n), and the end.

    `kind` is that of `attractor`; `spent` tells that no evaluations of the drift were left.
    """

    kind: str
    times: Array
    means: Array
    point: ReachedPoint | None = None
    cycle: Cycle | None = None
    spent: bool = False


def segment_times(flow: Flow, roots: Array, duration: float | None = None) -> Array:
    """Times (segments + 1,) in 1/rate at which segments begin and end.

    A segment is ten turns of the slowest eigenvalue of the drift at roots (roots, n).
    """
    speeds = (
        np.abs(np.linalg.eigvals([flow.jacobian(u) for u in roots])) if len(roots) else np.ones(1)
    )
    segment = OSCILLATIONS * 2 * np.pi / max(speeds.min(), 1e-4 * speeds.max())
    end = SEGMENTS * segment if duration is None else duration * flow.rate
    return np.linspace(0.0, end, int(np.ceil(end / segment)) + 1)


def integrate(
    flow: Flow, find_trap: FindTrap, u: Array, segments: Array, *, until_rest: bool = False
) -> Outcome:
    """Integrate from u (n,), segment by segment, until the mean field has settled or diverged.

    With `until_rest`, also until the mean field is at rest. `segments` (segments + 1,) are times.
    """
    so_far = _Integration(flow, u, segments[0])
    cycles = _CycleSearch(flow)
    trap = None
    cycle = None
    settled = False
    for end in segments[1:]:
        try:
            bounded = so_far.extend(end)
        except BudgetError:
            so_far.append_last()
            break
        if not bounded:
            return Outcome("divergent", so_far.times, so_far.means)
        trap = find_trap(so_far.last)
        settled = trap is not None and trap.contains(so_far.last)
        cycle = None if trap else cycles.approached(so_far)
        if settled or cycle or (until_rest and flow.at_rest(so_far.last)):
            break
    kind = "fixed point" if settled else "limit cycle" if cycle else "undecided"
    point = trap if settled else None
    return Outcome(kind, so_far.times, so_far.means, point, cycle, so_far.spent)


class _Integration:
    """The mean field so far, from u (n,) at a time."""

    def __init__(self, flow: Flow, u: Array, time: float) -> None:
        self._flow = flow
        self._times = [np.array([time])]
        self._means = [u[None]]
        self._budget = Budget(EVALUATIONS)
        self._stiff = isinstance(flow.terms, SparseTerms)

    @property
    def last(self) -> Array:
        """Where the mean field is (n,)."""
        return self._means[-1][-1]

    @property
    def segment(self) -> tuple[Array, Array]:
        """Times (samples,) and means (samples, n) of the last segment."""
        return self._times[-1], self._means[-1]

    @property
    def times(self) -> Array:
        """All times (samples,)."""
        return np.concatenate(self._times)

    @property
    def means(self) -> Array:
        """All means (samples, n)."""
        return np.concatenate(self._means)

    @property
    def spent(self) -> bool:
        """Whether no evaluations of the drift are left."""
        return self._budget.left <= 0

    def extend(self, end: float) -> bool:
        """Integrate a segment up to a time; False if the mean field diverges. Raises BudgetError.

        A segment that takes too many explicit steps is integrated as a stiff one.
        """
        times = np.linspace(self._times[-1][-1], end, SAMPLES + 1)
        if not self._stiff:
            trial = Budget(min(self._budget.left, STIFF))
            before = trial.left
            try:
                return self._append(self._flow.integrate(self.last, times, trial))
            except BudgetError:
                self._stiff = True
                self._budget.reached = trial.reached
            finally:
                self._budget.left -= before - max(trial.left, 0)
        solution = self._flow.integrate(self.last, times, self._budget, stiff=True)
        if solution.status != 0:  # LSODA fails, so that explicit steps show whether this diverges
            solution = self._flow.integrate(self.last, times, self._budget)
        return self._append(solution)

    def append_last(self) -> None:
        """Append where the mean field was when no evaluations were left."""
        if self._budget.reached:
            time, u = self._budget.reached
            self._times.append(np.array([time]))
            self._means.append(u[None])

    def _append(self, solution: Any) -> bool:
        self._times.append(solution.t[1:])
        self._means.append(solution.y.T[1:])
        return bool(
            solution.status == 0 and np.abs(self._means[-1]).max() < BOUND * self._flow.scale
        )


def solve_linear(traps: list[TrappingRegion], u: Array) -> Outcome:
    """The exact solution of a linear model from u (n,).

    It lasts until the Lyapunov function proves it within `SETTLED` of the fixed point.
    """
    if not traps:
        return Outcome("divergent", np.zeros(1), u[None])
    trap = traps[0]
    P = solve_lyapunov(trap.A.T, np.eye(len(u)))
    delta = u - trap.u
    excess = np.sqrt(delta @ P @ delta / np.linalg.eigvalsh(P)[0]) / (SETTLED * trap.size or 1.0)
    times = np.linspace(0.0, 2 * np.log(max(excess, 1.0)) * np.linalg.norm(P, 2), RELAXATION + 1)
    step = expm(trap.A * times[1])
    deltas = [u - trap.u]
    for _ in range(RELAXATION):
        deltas.append(step @ deltas[-1])
    return Outcome("fixed point", times, trap.u + np.array(deltas), trap)


class _CycleSearch:
    """The search for an attracting cycle that is approached at the end of a segment.

    After some searches in vain, each waits until twice as many segments have passed. With many
    quadratures, where a search takes long, it waits until the size of the segments hardly changes,
    so that it is not made all along the decay to a fixed point.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._budget = Budget(EVALUATIONS // (1 + (len(flow.terms.c) // SHOT_WITH) ** 2))
        self._retries = RETRIES // (1 + len(flow.terms.c) // SHOT_WITH)
        self._segments = self._failed = self._wait_until = 0
        self._size = np.nan

    def approached(self, so_far: _Integration) -> Cycle | None:
        """The attracting cycle, or None."""
        self._segments += 1
        times, means = so_far.segment
        before, self._size = self._size, float(np.linalg.norm(np.ptp(means, axis=0) / 2))
        changing = not abs(self._size - before) <= STEADY * self._size
        if isinstance(self._flow.terms, SparseTerms) and changing:
            return None
        if self._segments < self._wait_until or self._budget.left <= 0:
            return None
        cycle = self._search(times, means, self._size)
        self._failed += cycle is None
        if self._failed >= self._retries:
            self._wait_until = 2 * self._segments
        return cycle

    def _search(self, times: Array, means: Array, size: float) -> Cycle | None:
        """The cycle near a segment with times (samples,) and means (samples, n), or None."""
        back = _last_return(means, size)
        if back is None:
            return None
        period = float(times[-1] - times[back])
        try:
            cycle = close_orbit(self._flow, means[-1], period, size, self._budget)
        except BudgetError:
            return None
        if cycle is None or cycle.slowest >= 1 or cycle.size < size / 2:
            return None
        distances = distances_from_cycle(means, cycle)
        turn = len(means) - back
        closer = distances[-turn:].max() < max(SETTLED, distances[:turn].max())
        return cycle if closer else None


def _last_return(means: Array, size: float) -> int | None:
    """Index of the sample nearest to the last one, on the latest return to it; None if none.

    `means` is (samples, n), size that of the segment.
    """
    distances = np.linalg.norm(means - means[-1], axis=1)
    away = np.flatnonzero(distances > AWAY * size)
    near = np.flatnonzero(distances[: away[-1]] < RETURNING * size) if len(away) else away
    if not len(near):
        return None
    gaps = np.flatnonzero(np.diff(near) > 1)
    visit = near[gaps[-1] + 1 :] if len(gaps) else near
    return int(visit[distances[visit].argmin()])


def distances_from_cycle(means: Array, cycle: Cycle) -> Array:
    """Distance (samples,) of means (samples, n) from the cycle, relative to its size."""
    return np.asarray(KDTree(cycle.orbit).query(means)[0]) / cycle.size


def distances_from_point(means: Array, u: Array) -> Array:
    """Distance (samples,) of means (samples, n) from u (n,), without a copy of all means."""
    blocks = range(0, len(means), SAMPLES)
    return np.concatenate(
        [np.linalg.norm(means[first : first + SAMPLES] - u, axis=1) for first in blocks]
    )
