"""Where the mean field goes from a start: a fixed point, a limit cycle, or out of bounds.

The mean-field equations are integrated in stretches of ten slow oscillations. After each, the orbit
has settled * at a fixed point, when a Lyapunov function δᵀPδ, AᵀP + PA = −1, proves that it stays
within 1 % of a stable branch:
  on its whole level set 2‖P‖‖Q‖‖δ‖ < 1, so that the quadratic terms cannot undo the decay;
* on a limit cycle, when it nearly returns to itself, Newton's method on the return map (`cycle`)
finds an attracting
  cycle there, and the orbit comes closer to it.
Stable fixed points and limit cycles may coexist: another start can end elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from ..sde.initial_states import Start, describe_start, start_state
from ..sde.labels import Q, provenance, variable
from ..sde.model.gaussian_state import Gaussian
from ..sde.model.model import Model
from ..sde.support.checks import Array, require_positive
from ..sde.support.work_estimates import WorkError
from ..sde.system import System, as_single_model
from .fixed_points import fixed_points
from .limit_cycle import Flow
from .orbit import (
    SETTLED,
    Ending,
    Goal,
    Trap,
    distances_from,
    follow,
    known_traps,
    relax,
    sought_traps,
    stretches,
)
from .roots.search import LIMIT


def attractor(
    system: System | Model,
    start: Start = "dark",
    branch: int | None = None,
    duration: float | None = None,
    *,
    limit: float = LIMIT,
) -> xr.Dataset:
    """What the mean field settles to from a start (as in `simulate`) within a duration in s.

    * kind: "fixed point", "limit cycle", "divergent", or "undecided" within the duration (by
    default a thousand slow
      oscillations), or within 200,000 evaluations of the drift. A linear model is solved exactly;
      one that is not stable is "divergent" from any start.
    * branch: the fixed point's, −1 if none. Where a symmetry makes a circle of fixed points, `mean`
    is the one of them
      that is reached, and branch that of the circle in `fixed_points`.
    * mean and amplitude (quadrature): average and half peak-to-peak; photon_number (mode): average
    of (X² + Y²)/2. * settling_time, s: the last time farther than 1 % from the end, relative to the
    norm of fixed point or start, or
      to the cycle's amplitude; extrapolated by the slowest multiplier for a cycle recognised
      before.
    * of a cycle: period, s; floquet_real, floquet_imag (multiplier); and as checks floquet_error,
    how far the
      multiplier along the flow is from 1, and closure, the gap between the ends of the orbit
      relative to its size.
    What does not apply is NaN. Where the search for all fixed points takes longer than `limit` (as
    in `fixed_points`), the one that is reached is found from the orbit itself: it is branch 0 of
    `fixed_points(system, starts=start)`, and the attribute `complete`, otherwise 1, is 0. Raises
    ValueError for parameters that are arrays, a duration that is not positive, and as
    `fixed_points` and `start` do.
    """
    model = as_single_model(system, "attractor")
    if duration is not None:
        require_positive("duration", duration)
    begin = start_state(system, start, branch)
    try:
        found = fixed_points(system, limit=limit)
    except WorkError:
        found = None
    reached = attractor_among(model, begin, found, duration)
    settings = describe_start(start, branch) | {"duration": reached.attrs.pop("duration")}
    return reached.assign_attrs(provenance=provenance(system, **settings))


def attractor_among(
    model: Model, start: Gaussian, found: xr.Dataset | None, duration: float | None = None
) -> xr.Dataset:
    """`attractor` from a state, where the fixed points have been found already.

    `found` is what `fixed_points` or `known_states` returned; None, or one that is not complete,
    where finding all of them takes too long. The attribute `duration` is the longest time in s.
    """
    begin = start.mean
    if found is None or not found.attrs["complete"]:
        mean = model.mean_level
        flow = Flow.from_start(mean, begin)
        times = stretches(flow, begin[None], duration)
        ending, complete = follow(flow, sought_traps(mean, flow, begin), begin, times), 0
    else:
        flow, ending, times = _among_all(model, begin, found, duration)
        complete = 1
    attributes = {"complete": complete, "duration": times[-1] / flow.rate}
    return _dataset(model, flow, ending, attributes)


def _among_all(
    model: Model, begin: Array, found: xr.Dataset, duration: float | None
) -> tuple[Flow, Ending, Array]:
    """The flow from a mean (n,) among all fixed points, its ending, and the times integrated to."""
    roots = found["mean"].values[found["exists"].values]
    families = np.flatnonzero(found["kind"] == "family")
    size = float(max(1.0, np.linalg.norm(begin), *np.linalg.norm(roots, axis=-1)))
    flow = Flow.of(model, size)
    traps = [Trap.of(flow, roots[i], int(i), begin) for i in np.flatnonzero(found["stable"].values)]
    times = stretches(flow, np.delete(roots, families, axis=0), duration)
    if not flow.nonlinear:
        return flow, relax(traps, begin), times
    ending = follow(flow, known_traps(traps), begin, times, to_rest=len(families) > 0)
    return flow, _on_family(flow, ending, roots, families), times


def _on_family(flow: Flow, ending: Ending, roots: Array, families: Array) -> Ending:
    """The ending, or at rest on a family of fixed points the one that is reached: of the family's
    numbers of quanta.
    """
    last = ending.means[-1]
    if ending.kind != "undecided" or not flow.rests(last):
        return ending
    quanta = [(u**2).reshape(-1, 2).sum(axis=-1) for u in (last, *roots[families])]
    for family, numbers in zip(families, quanta[1:], strict=True):
        if np.abs(numbers - quanta[0]).max() <= SETTLED**2 * numbers.max(initial=1.0):
            return replace(
                ending,
                kind="fixed point",
                goal=Goal(int(family), last, float(np.linalg.norm(last))),
            )
    return ending


def _settling_time(ending: Ending) -> float:
    """Last time (1/rate) farther than `SETTLED` from the end; NaN if there is no end."""
    if ending.goal:
        distances = np.linalg.norm(ending.means - ending.goal.u, axis=1) / (ending.goal.size or 1.0)
    elif ending.cycle:
        distances = distances_from(ending.means, ending.cycle)
    else:
        return np.nan
    far = np.flatnonzero(distances > SETTLED)
    last = float(ending.times[far[-1]]) if len(far) else 0.0
    if ending.cycle and len(far) and far[-1] == len(distances) - 1:
        last += (
            ending.cycle.period * np.log(distances[-1] / SETTLED) / -np.log(ending.cycle.slowest)
        )
    return last


def _orbit(ending: Ending) -> Array:
    """Samples (times, n) of what the orbit settled to; NaN if nothing."""
    if ending.cycle:
        return ending.cycle.orbit
    return ending.goal.u[None] if ending.goal else np.full_like(ending.means[:1], np.nan)


def _dataset(model: Model, flow: Flow, ending: Ending, attrs: dict[str, Any]) -> xr.Dataset:
    orbit, cycle, branch = _orbit(ending), ending.cycle, ending.goal.branch if ending.goal else -1
    photons = (orbit.reshape(len(orbit), -1, 2) ** 2).sum(axis=-1).mean(axis=0) / 2
    multipliers = cycle.multipliers if cycle else np.full(model.size, np.nan + 0j)
    error = abs(cycle.multipliers[cycle.trivial] - 1) if cycle else np.nan
    return xr.Dataset(
        {
            "kind": variable([], np.asarray(ending.kind), "1", "what the mean field settles to"),
            "branch": variable([], np.asarray(branch), "1", "its branch, −1 for none"),
            "settling_time": _scalar(
                _settling_time(ending) / flow.rate, "s", "last time farther than 1 % away"
            ),
            "period": _scalar(
                cycle.period / flow.rate if cycle else np.nan, "s", "period of the limit cycle"
            ),
            "mean": variable([Q], orbit.mean(axis=0), "1", "average of the mean field"),
            "amplitude": variable(
                [Q], np.ptp(orbit, axis=0) / 2, "1", "half the peak-to-peak range"
            ),
            "photon_number": variable(
                ["mode"], photons, "1", "average of (X² + Y²)/2 of the mean field"
            ),
            "floquet_real": variable(
                ["multiplier"], multipliers.real, "1", "Floquet multipliers, real part"
            ),
            "floquet_imag": variable(
                ["multiplier"], multipliers.imag, "1", "Floquet multipliers, imaginary part"
            ),
            "floquet_error": _scalar(
                error, "1", "distance from 1 of the multiplier along the flow"
            ),
            "closure": _scalar(
                cycle.gap if cycle else np.nan, "1", "gap between the orbit's ends over its size"
            ),
        },
        coords={Q: list(model.quadratures), "mode": list(model.modes)},
        attrs=attrs,
    )


def _scalar(value: float, units: str, meaning: str) -> xr.Variable:
    return variable([], np.asarray(value), units, meaning)
