"""An orbit of the mean field followed to its end: a trap around a stable fixed point, or an
attracting limit cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import expm
from scipy.spatial import KDTree

from ..sde.model.model import Model
from ..sde.support.checks import Array
from .limit_cycle import BudgetError, Cycle, Flow, close_orbit
from .lyapunov.solver import UnstableError, solve_lyapunov
from .roots.newton import CERTIFIED, polished, residual
from .stability import instability_kind

SETTLED = 0.01
"""Distance from the end, relative to its size, that counts as settled."""
STRETCHES, OSCILLATIONS, SAMPLES, RELAXATION = 100, 10, 2000, 10_000
RETURNING, AWAY = 0.05, 0.5
"""An orbit nearly returns when it comes this close to its last point, in units of its size, after
having been away.
"""
EVALUATIONS = 200_000
"""Evaluations of the drift after which where it goes is left undecided."""
BOUND = 1e9
"""Size, relative to that of fixed points and start, beyond which the mean field is taken to
diverge.
"""


@dataclass(frozen=True)
class Goal:
    """A fixed point u (n,) where an orbit ends, its branch, and the size of which `SETTLED` is a
    fraction.
    """

    branch: int
    u: Array
    size: float


@dataclass(frozen=True)
class Trap(Goal):
    """A stable fixed point, its drift matrix A, the P of its Lyapunov function and the radius it
    governs.
    """

    A: Array
    P: Array
    radius: float

    @classmethod
    def of(cls, flow: Flow, u: Array, branch: int, start: Array) -> Trap:
        """The trap of a stable fixed point; its size is the larger of the norms of fixed point and
        start.
        """
        A = flow.jacobian(u)
        P = solve_lyapunov(A.T, np.eye(len(u)))
        curvature = np.linalg.norm(flow.Q + 3 * flow.K @ u) + flow.scale * np.linalg.norm(flow.K)
        radius = 1 / (2 * np.linalg.norm(P, 2) * curvature) if curvature else np.inf
        return cls(
            branch, u, float(max(np.linalg.norm(u), np.linalg.norm(start))), A, P, float(radius)
        )

    def farthest(self, u: Array) -> float:
        """Largest distance from the fixed point on the level set of the Lyapunov function through
        u.
        """
        delta = u - self.u
        return float(np.sqrt(delta @ self.P @ delta / np.linalg.eigvalsh(self.P)[0]))

    def holds(self, u: Array) -> bool:
        """Whether an orbit at u can never again be farther than `SETTLED` from the fixed point."""
        return self.farthest(u) <= min(self.radius, SETTLED * self.size)


TrapAt = Callable[[Array], Trap | None]
"""The trap that holds an orbit at u (n,), if one does."""


def known_traps(traps: list[Trap]) -> TrapAt:
    """The traps of all stable fixed points."""
    return lambda u: next((trap for trap in traps if trap.holds(u)), None)


def sought_traps(mean: Model, flow: Flow, begin: Array) -> TrapAt:
    """Traps of the fixed points that Newton's method finds from where the orbit is; `mean` is the
    flow's drift.
    """
    points = mean.deterministic.at()

    def trap_at(u: Array) -> Trap | None:
        root = polished(points, u[None])
        A = flow.jacobian(root[0])
        if not (residual(points, root)[0] <= CERTIFIED and instability_kind(A) == "stable"):
            return None
        try:
            trap = Trap.of(flow, root[0], 0, begin)
        except (UnstableError, ValueError):
            return None
        return trap if trap.holds(u) else None

    return trap_at


@dataclass(frozen=True)
class Ending:
    """What an orbit settled to, with the orbit: times (samples,) in 1/rate and means (samples, n)."""

    kind: str
    times: Array
    means: Array
    goal: Goal | None = None
    cycle: Cycle | None = None


def stretches(flow: Flow, roots: Array, duration: float | None = None) -> Array:
    """Times (1/rate) at which the stretches begin and end: ten turns of the slowest eigenvalue at
    roots (…, n) each.
    """
    speeds = (
        np.abs(np.linalg.eigvals([flow.jacobian(u) for u in roots])) if len(roots) else np.ones(1)
    )
    stretch = OSCILLATIONS * 2 * np.pi / max(speeds.min(), 1e-4 * speeds.max())
    end = STRETCHES * stretch if duration is None else duration * flow.rate
    return np.linspace(0.0, end, int(np.ceil(end / stretch)) + 1)


def follow(
    flow: Flow, trap_at: TrapAt, u: Array, stretches: Array, *, to_rest: bool = False
) -> Ending:
    """Integrate stretch by stretch until the end is known; with `to_rest` also until the mean field
    is at rest.
    """
    times, means = [stretches[:1]], [u[None]]
    trap, cycle, budget = None, None, EVALUATIONS
    for begin, end in pairwise(stretches):
        try:
            solution = flow.follow(means[-1][-1], np.linspace(begin, end, SAMPLES + 1), budget)
            budget -= solution.nfev
            times.append(solution.t[1:])
            means.append(solution.y.T[1:])
            if solution.status != 0 or not np.abs(means[-1]).max() < BOUND * flow.scale:
                return Ending("divergent", np.concatenate(times), np.concatenate(means))
            trap = trap_at(means[-1][-1])
            cycle = None if trap else _cycle(flow, times[-1], means[-1])
        except BudgetError:
            break
        if trap or cycle or (to_rest and flow.rests(means[-1][-1])):
            break
    kind = "fixed point" if trap else "limit cycle" if cycle else "undecided"
    return Ending(kind, np.concatenate(times), np.concatenate(means), trap, cycle)


def relax(traps: list[Trap], u: Array) -> Ending:
    """The exact solution of a linear model, for as long as its Lyapunov function lets it be farther
    than `SETTLED`.
    """
    if not traps:
        return Ending("divergent", np.zeros(1), u[None])
    trap = traps[0]
    excess = trap.farthest(u) / (SETTLED * trap.size or 1.0)
    times = np.linspace(
        0.0, 2 * np.log(max(excess, 1.0)) * np.linalg.norm(trap.P, 2), RELAXATION + 1
    )
    step = expm(trap.A * times[1])
    deltas = [u - trap.u]
    for _ in range(RELAXATION):
        deltas.append(step @ deltas[-1])
    return Ending("fixed point", times, trap.u + np.array(deltas), trap)


def _cycle(flow: Flow, times: Array, means: Array) -> Cycle | None:
    """The attracting cycle that the orbit approaches at the end of a stretch, if there is one."""
    size = float(np.linalg.norm(np.ptp(means, axis=0) / 2))
    back = _last_return(means, size)
    if back is None:
        return None
    cycle = close_orbit(flow, means[-1], float(times[-1] - times[back]), size)
    if cycle is None or cycle.slowest >= 1 or cycle.size < size / 2:
        return None
    distances = distances_from(means, cycle)
    turn = len(means) - back
    closer = distances[-turn:].max() < max(SETTLED, distances[:turn].max())
    return cycle if closer else None


def _last_return(means: Array, size: float) -> int | None:
    """Index of the last sample, before the orbit was away, where it was nearest to its end; None if
    never near.
    """
    distances = np.linalg.norm(means - means[-1], axis=1)
    away = np.flatnonzero(distances > AWAY * size)
    near = np.flatnonzero(distances[: away[-1]] < RETURNING * size) if len(away) else away
    if not len(near):
        return None
    gaps = np.flatnonzero(np.diff(near) > 1)
    visit = near[gaps[-1] + 1 :] if len(gaps) else near
    return int(visit[distances[visit].argmin()])


def distances_from(means: Array, cycle: Cycle) -> Array:
    """Distance of each mean from the cycle, relative to its size."""
    return np.asarray(KDTree(cycle.orbit).query(means)[0]) / cycle.size
