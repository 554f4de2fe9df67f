"""Where the mean field goes from a start: a fixed point, a limit cycle, or out of bounds.

The mean-field equations are integrated in stretches of ten slow oscillations. After each, the orbit has settled
* at a fixed point, when a Lyapunov function δᵀPδ, AᵀP + PA = −1, proves that it stays within 1 % of a stable branch:
  on its whole level set 2‖P‖‖Q‖‖δ‖ < 1, so that the quadratic terms cannot undo the decay;
* on a limit cycle, when it nearly returns to itself, Newton's method on the return map (`cycle`) finds an attracting
  cycle there, and the orbit comes closer to it.
Stable fixed points and limit cycles may coexist: another start can end elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr
from scipy.linalg import expm
from scipy.spatial import KDTree

from ..sde.arguments import require_positive
from ..sde.labels import Q, provenance, variable
from ..sde.model import Model, as_single_model
from ..sde.polynomial import Array
from ..sde.states import Start, describe_start, start_state
from ..sde.system import System
from .cycle import BudgetError, Cycle, Flow, close_orbit
from .fixed_points import fixed_points
from .lyapunov import solve_lyapunov

SETTLED = 0.01
"""Distance from the end, relative to its size, that counts as settled."""
STRETCHES, OSCILLATIONS, SAMPLES, RELAXATION = 100, 10, 2000, 10_000
RETURNING, AWAY = 0.05, 0.5
"""An orbit nearly returns when it comes this close to its last point, in units of its size, after having been away."""
EVALUATIONS = 200_000
"""Evaluations of the drift after which where it goes is left undecided."""
BOUND = 1e9
"""Size, relative to that of fixed points and start, beyond which the mean field is taken to diverge."""


@dataclass(frozen=True)
class Trap:
    """A stable fixed point u (n,), its drift matrix A, the P of its Lyapunov function and the radius it governs."""

    branch: int
    u: Array
    A: Array
    P: Array
    radius: float
    size: float

    @classmethod
    def of(cls, flow: Flow, u: Array, branch: int, start: Array) -> Trap:
        """The trap of a stable fixed point; its size is the larger of the norms of fixed point and start."""
        A = flow.jacobian(u)
        P = solve_lyapunov(A.T, np.eye(len(u)))
        curvature = np.linalg.norm(flow.Q + 3 * flow.K @ u) + flow.scale * np.linalg.norm(flow.K)
        radius = 1 / (2 * np.linalg.norm(P, 2) * curvature) if curvature else np.inf
        return cls(branch, u, A, P, float(radius), float(max(np.linalg.norm(u), np.linalg.norm(start))))

    def farthest(self, u: Array) -> float:
        """Largest distance from the fixed point on the level set of the Lyapunov function through u."""
        delta = u - self.u
        return float(np.sqrt(delta @ self.P @ delta / np.linalg.eigvalsh(self.P)[0]))

    def holds(self, u: Array) -> bool:
        """Whether an orbit at u can never again be farther than `SETTLED` from the fixed point."""
        return self.farthest(u) <= min(self.radius, SETTLED * self.size)


@dataclass(frozen=True)
class Ending:
    """What an orbit settled to, with the orbit: times (samples,) in 1/rate and means (samples, n)."""

    kind: str
    times: Array
    means: Array
    trap: Trap | None = None
    cycle: Cycle | None = None


def attractor(
    system: System | Model, start: Start = "dark", branch: int | None = None, duration: float | None = None
) -> xr.Dataset:
    """What the mean field settles to from a start (as in `simulate`) within a duration in s.

    * kind: "fixed point", "limit cycle", "divergent", or "undecided" within the duration (by default a thousand slow
      oscillations), or within 200,000 evaluations of the drift. A linear model is solved exactly; one that is
      not stable is "divergent" from any start.
    * branch: the fixed point's, −1 if none.
    * mean and amplitude (quadrature): average and half peak-to-peak; photon_number (mode): average of (X² + Y²)/2.
    * settling_time, s: the last time farther than 1 % from the end, relative to the norm of fixed point or start, or
      to the cycle's amplitude; extrapolated by the slowest multiplier for a cycle recognised before.
    * of a cycle: period, s; floquet_real, floquet_imag (multiplier); and as checks floquet_error, how far the
      multiplier along the flow is from 1, and closure, the gap between the ends of the orbit relative to its size.
    What does not apply is NaN. Raises ValueError for parameters that are arrays, a duration that is not positive, and
    as `fixed_points` and `start` do.
    """
    model = as_single_model(system, "attractor")
    if duration is not None:
        require_positive("duration", duration)
    found = fixed_points(system)
    begin = start_state(system, start, branch).mean
    roots = found["mean"].values[found["exists"].values]
    flow = Flow.of(model, float(max(1.0, np.linalg.norm(begin), *np.linalg.norm(roots, axis=-1))))
    traps = [Trap.of(flow, roots[i], int(i), begin) for i in np.flatnonzero(found["stable"].values)]
    stretches = _stretches(flow, roots, duration)
    ending = _follow(flow, traps, begin, stretches) if flow.nonlinear else _relax(traps, begin)
    settings = {**describe_start(start, branch), "duration": stretches[-1] / flow.rate}
    return _dataset(model, flow, ending, provenance(system, **settings))


def _stretches(flow: Flow, roots: Array, duration: float | None) -> Array:
    """Times (1/rate) at which the stretches begin and end: ten turns of the slowest eigenvalue each."""
    speeds = np.abs(np.linalg.eigvals([flow.jacobian(u) for u in roots])) if len(roots) else np.ones(1)
    stretch = OSCILLATIONS * 2 * np.pi / max(speeds.min(), 1e-4 * speeds.max())
    end = STRETCHES * stretch if duration is None else duration * flow.rate
    return np.linspace(0.0, end, int(np.ceil(end / stretch)) + 1)


def _follow(flow: Flow, traps: list[Trap], u: Array, stretches: Array) -> Ending:
    """Integrate stretch by stretch until the end is known."""
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
            trap = next((trap for trap in traps if trap.holds(means[-1][-1])), None)
            cycle = None if trap else _cycle(flow, times[-1], means[-1])
        except BudgetError:
            break
        if trap or cycle:
            break
    kind = "fixed point" if trap else "limit cycle" if cycle else "undecided"
    return Ending(kind, np.concatenate(times), np.concatenate(means), trap, cycle)


def _relax(traps: list[Trap], u: Array) -> Ending:
    """The exact solution of a linear model, for as long as its Lyapunov function lets it be farther than `SETTLED`."""
    if not traps:
        return Ending("divergent", np.zeros(1), u[None])
    trap = traps[0]
    excess = trap.farthest(u) / (SETTLED * trap.size or 1.0)
    times = np.linspace(0.0, 2 * np.log(max(excess, 1.0)) * np.linalg.norm(trap.P, 2), RELAXATION + 1)
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
    distances = _distances(means, cycle)
    turn = len(means) - back
    closer = distances[-turn:].max() < max(SETTLED, distances[:turn].max())
    return cycle if closer else None


def _last_return(means: Array, size: float) -> int | None:
    """Index of the last sample, before the orbit was away, where it was nearest to its end; None if never near."""
    distances = np.linalg.norm(means - means[-1], axis=1)
    away = np.flatnonzero(distances > AWAY * size)
    near = np.flatnonzero(distances[: away[-1]] < RETURNING * size) if len(away) else away
    if not len(near):
        return None
    gaps = np.flatnonzero(np.diff(near) > 1)
    visit = near[gaps[-1] + 1 :] if len(gaps) else near
    return int(visit[distances[visit].argmin()])


def _distances(means: Array, cycle: Cycle) -> Array:
    """Distance of each mean from the cycle, relative to its size."""
    return np.asarray(KDTree(cycle.orbit).query(means)[0]) / cycle.size


def _settling_time(ending: Ending) -> float:
    """Last time (1/rate) farther than `SETTLED` from the end; NaN if there is no end."""
    if ending.trap:
        distances = np.linalg.norm(ending.means - ending.trap.u, axis=1) / (ending.trap.size or 1.0)
    elif ending.cycle:
        distances = _distances(ending.means, ending.cycle)
    else:
        return np.nan
    far = np.flatnonzero(distances > SETTLED)
    last = float(ending.times[far[-1]]) if len(far) else 0.0
    if ending.cycle and len(far) and far[-1] == len(distances) - 1:
        last += ending.cycle.period * np.log(distances[-1] / SETTLED) / -np.log(ending.cycle.slowest)
    return last


def _orbit(ending: Ending) -> Array:
    """Samples (times, n) of what the orbit settled to; NaN if nothing."""
    if ending.cycle:
        return ending.cycle.orbit
    return ending.trap.u[None] if ending.trap else np.full_like(ending.means[:1], np.nan)


def _dataset(model: Model, flow: Flow, ending: Ending, made_by: str) -> xr.Dataset:
    orbit, cycle, branch = _orbit(ending), ending.cycle, ending.trap.branch if ending.trap else -1
    photons = (orbit.reshape(len(orbit), -1, 2) ** 2).sum(axis=-1).mean(axis=0) / 2
    multipliers = cycle.multipliers if cycle else np.full(model.size, np.nan + 0j)
    error = abs(cycle.multipliers[cycle.trivial] - 1) if cycle else np.nan
    return xr.Dataset(
        {
            "kind": variable([], np.asarray(ending.kind), "1", "what the mean field settles to"),
            "branch": variable([], np.asarray(branch), "1", "its branch, −1 for none"),
            "settling_time": _scalar(_settling_time(ending) / flow.rate, "s", "last time farther than 1 % away"),
            "period": _scalar(cycle.period / flow.rate if cycle else np.nan, "s", "period of the limit cycle"),
            "mean": variable([Q], orbit.mean(axis=0), "1", "average of the mean field"),
            "amplitude": variable([Q], np.ptp(orbit, axis=0) / 2, "1", "half the peak-to-peak range"),
            "photon_number": variable(["mode"], photons, "1", "average of (X² + Y²)/2 of the mean field"),
            "floquet_real": variable(["multiplier"], multipliers.real, "1", "Floquet multipliers, real part"),
            "floquet_imag": variable(["multiplier"], multipliers.imag, "1", "Floquet multipliers, imaginary part"),
            "floquet_error": _scalar(error, "1", "distance from 1 of the multiplier along the flow"),
            "closure": _scalar(cycle.gap if cycle else np.nan, "1", "gap between the orbit's ends over its size"),
        },
        coords={Q: list(model.quadratures), "mode": list(model.modes)},
        attrs={"provenance": made_by},
    )


def _scalar(value: float, units: str, meaning: str) -> xr.Variable:
    return variable([], np.asarray(value), units, meaning)
