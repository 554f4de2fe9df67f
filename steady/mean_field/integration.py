"""The mean field integrated until it settles: at a stable fixed point or on an attracting cycle."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import expm
from scipy.spatial import KDTree

from ...sde.support.checks import Array
from ..lyapunov.solver import solve_lyapunov
from .flow import BudgetError, Flow
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
BOUND = 1e9
"""Size, relative to that of fixed points and start, above which the outcome is "divergent"."""


@dataclass(frozen=True)
class Outcome:
    """What the mean field settled to: times (samples,) in 1/rate, means (samples, n), and the end.

    `kind` is that of `attractor`.
    """

    kind: str
    times: Array
    means: Array
    point: ReachedPoint | None = None
    cycle: Cycle | None = None


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
    times = [segments[:1]]
    means = [u[None]]
    trap = None
    cycle = None
    settled = False
    budget = EVALUATIONS
    for begin, end in pairwise(segments):
        try:
            solution = flow.integrate(means[-1][-1], np.linspace(begin, end, SAMPLES + 1), budget)
            budget -= solution.nfev
            times.append(solution.t[1:])
            means.append(solution.y.T[1:])
            if solution.status != 0 or not np.abs(means[-1]).max() < BOUND * flow.scale:
                return Outcome("divergent", np.concatenate(times), np.concatenate(means))
            trap = find_trap(means[-1][-1])
            settled = trap is not None and trap.contains(means[-1][-1])
            cycle = None if trap else _approached_cycle(flow, times[-1], means[-1])
        except BudgetError:
            break
        if settled or cycle or (until_rest and flow.at_rest(means[-1][-1])):
            break
    kind = "fixed point" if settled else "limit cycle" if cycle else "undecided"
    point = trap if settled else None
    return Outcome(kind, np.concatenate(times), np.concatenate(means), point, cycle)


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


def _approached_cycle(flow: Flow, times: Array, means: Array) -> Cycle | None:
    """The attracting cycle approached at the end of a segment, or None.

    The segment has times (samples,) and means (samples, n).
    """
    size = float(np.linalg.norm(np.ptp(means, axis=0) / 2))
    back = _last_return(means, size)
    if back is None:
        return None
    cycle = close_orbit(flow, means[-1], float(times[-1] - times[back]), size)
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
