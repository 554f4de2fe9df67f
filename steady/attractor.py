"""Long-time behaviour of the mean field from a start: fixed point, limit cycle, or neither.

The mean-field equations are integrated in segments of ten slow oscillations. After each segment the
mean field has settled

* at a fixed point, when a Lyapunov function (`mean_field.trapping`) proves that it stays within 1 %
  of a stable branch: the nonlinear terms cannot undo the decay on the whole level set;
* on a limit cycle, when it nearly returns to itself, Newton's method on the return map
  (`mean_field.limit_cycle`) finds an attracting cycle there, and it comes closer to that cycle.

Stable fixed points and limit cycles may coexist: another start can lead elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from ..sde.initial_states import Start, describe_start, start_state
from ..sde.labels import Q, provenance
from ..sde.model.gaussian_state import Gaussian
from ..sde.model.model import Model
from ..sde.support.checks import Array, require_positive
from ..sde.support.work_estimates import WorkError
from ..sde.system import System, as_single_model
from .fixed_points import fixed_points
from .mean_field.flow import Flow
from .mean_field.integration import (
    EVALUATIONS,
    Outcome,
    distances_from_cycle,
    distances_from_point,
    integrate,
    segment_times,
    solve_linear,
)
from .mean_field.trapping import (
    SETTLED,
    ReachedPoint,
    TrappingRegion,
    trap_among,
    trap_by_newton,
)
from .roots.search_limits import DEFAULT_LIMIT
from .variables import ATTRACTOR, MODE


def attractor(
    system: System | Model,
    start: Start = "dark",
    branch: int | None = None,
    duration: float | None = None,
    *,
    limit: float = DEFAULT_LIMIT,
) -> xr.Dataset:
    """Find what the mean field settles to from a start: a fixed point or a limit cycle.

    Parameters
    ----------
    system : System or Model
        Its parameters are single numbers.
    start : "dark", "steady", Gaussian or array (n,), default "dark"
        Where the mean field starts, as in `simulate`.
    branch : int, default None
        The branch of start="steady", as in `simulate`.
    duration : float, default None
        Longest time in s that is integrated; None stands for a thousand slow oscillations.
    limit : float, default 30
        CPU time in s that the search for all fixed points may be predicted to take. If it would
        take longer, the fixed point is found from the integration itself: it is branch 0 of
        `fixed_points(system, starts=start)`, and the attribute `complete`, otherwise 1, is 0.

    Returns
    -------
    xarray.Dataset
        Variables that do not apply are NaN.

        * kind: "fixed point", "limit cycle", "divergent", or "undecided" within the duration or
          within 200,000 evaluations of the drift. A linear model is solved exactly; one that is not
          stable is "divergent" from any start
        * branch: the fixed point's, −1 if none. Where a symmetry makes a circle of fixed points,
          `mean` is the one of them that is reached, and branch that of the circle in `fixed_points`
        * settling_time, s: the last time farther than 1 % from the end, relative to the norm of
          fixed point or start, or to the cycle's amplitude; extrapolated by the slowest multiplier
          for a cycle recognised before
        * period of the cycle, s
        * mean, amplitude (quadrature): average and half peak-to-peak
        * photon_number (mode): average of (X² + Y²)/2
        * floquet_real, floquet_imag (multiplier): Floquet multipliers of the cycle
        * floquet_error, closure: checks of the cycle: how far the multiplier along the flow is from
          1, and the gap between the ends of the orbit relative to its size
        * reason: str, why the outcome is undecided, and what helps; else ""

    Raises
    ------
    ValueError
        For parameters that are arrays, a duration that is not positive, and as `fixed_points` and
        `start` do.
    IncompleteError
        Where the fixed points could not all be found.

    Examples
    --------
    >>> import qlangevin as ql
    >>> found = ql.attractor(ql.systems.SpinningResonator.published())
    >>> found["kind"].item(), found["branch"].item()
    ('fixed point', 0)
    """
    model = as_single_model(system, "attractor")
    if duration is not None:
        require_positive("duration", duration)
    start = _with_vacuum(start)
    begin = start_state(system, start, branch)
    try:
        found = fixed_points(system, limit=limit)
    except WorkError:
        found = None
    reached = attractor_among(found, model, begin, duration)
    settings = describe_start(start, branch) | {"duration": reached.attrs.pop("duration")}
    return reached.assign_attrs(provenance=provenance(system, **settings))


def _with_vacuum(start: Any) -> Any:
    """A mean (n,) as the coherent state with this mean; any other start as it is."""
    if isinstance(start, np.ndarray | xr.DataArray | list | tuple) and np.ndim(start) == 1:
        mean = np.asarray(start)
        return Gaussian(mean, np.eye(len(mean)) / 2)
    return start


def attractor_among(
    found: xr.Dataset | None, model: Model, start: Gaussian, duration: float | None = None
) -> xr.Dataset:
    """`attractor` of a model from a state, whose fixed points have been found already.

    `found` is a result of `fixed_points` or `known_states`; None or incomplete where finding all of
    them takes too long. The attribute `duration` is the longest time in s.
    """
    complete = 0 if found is None else int(found.attrs["complete"])
    if found is None or not complete:
        flow, times, outcome = _settled_without_fixed_points(model, start.mean, duration)
    else:
        flow, times, outcome = _settled_with_fixed_points(found, model, start.mean, duration)
    return _dataset(model, flow, outcome).assign_attrs(
        complete=complete, duration=times[-1] / flow.rate
    )


def _settled_without_fixed_points(
    model: Model, begin: Array, duration: float | None
) -> tuple[Flow, Array, Outcome]:
    """Flow, segment times and outcome from a mean (n,), without known fixed points."""
    mean = model.mean_level
    flow = Flow.from_start(mean, begin)
    times = segment_times(flow, begin[None], duration)
    return flow, times, integrate(flow, trap_by_newton(mean, flow, begin), begin, times)


def _settled_with_fixed_points(
    found: xr.Dataset, model: Model, begin: Array, duration: float | None
) -> tuple[Flow, Array, Outcome]:
    """Flow, segment times and outcome from a mean (n,), with the `fixed_points` of the model."""
    roots = found["mean"].values[found["exists"].values]
    families = np.flatnonzero(found["kind"] == "family")
    scale = max(1.0, np.linalg.norm(begin), *np.linalg.norm(roots, axis=-1))
    flow = Flow.of(model, float(scale))
    traps = [
        TrappingRegion.of(flow, roots[i], int(i), begin)
        for i in np.flatnonzero(found["stable"].values)
    ]
    times = segment_times(flow, np.delete(roots, families, axis=0), duration)
    if not flow.nonlinear:
        return flow, times, solve_linear(traps, begin)
    outcome = integrate(flow, trap_among(traps), begin, times, until_rest=len(families) > 0)
    return flow, times, _family_outcome(flow, outcome, roots, families)


def _family_outcome(flow: Flow, outcome: Outcome, roots: Array, families: Array) -> Outcome:
    """The outcome; on a family of fixed points, its fixed point is the member that is reached.

    `roots` is (branches, n), `families` (families,) are the branches that represent families. The
    family is that with the same numbers of quanta in each mode.
    """
    last = outcome.means[-1]
    if outcome.kind != "undecided" or not flow.at_rest(last):
        return outcome
    reached = _quanta(last)
    for family in families:
        quanta = _quanta(roots[family])
        if np.abs(quanta - reached).max() <= SETTLED**2 * quanta.max(initial=1.0):
            point = ReachedPoint(int(family), last, float(np.linalg.norm(last)))
            return replace(outcome, kind="fixed point", point=point)
    return outcome


def _quanta(u: Array) -> Array:
    """X² + Y² of each mode (modes,) at u (n,)."""
    return np.asarray((u**2).reshape(-1, 2).sum(axis=-1))


def _settling_time(outcome: Outcome) -> float:
    """Last time (1/rate) farther than `SETTLED` from the end; NaN if there is no end."""
    point = outcome.point
    cycle = outcome.cycle
    if point:
        distances = distances_from_point(outcome.means, point.u) / (point.size or 1.0)
    elif cycle:
        distances = distances_from_cycle(outcome.means, cycle)
    else:
        return np.nan
    far = np.flatnonzero(distances > SETTLED)
    last = float(outcome.times[far[-1]]) if len(far) else 0.0
    if cycle and len(far) and far[-1] == len(distances) - 1:
        last += cycle.period * np.log(distances[-1] / SETTLED) / -np.log(cycle.slowest)
    return last


def _why_undecided(flow: Flow, outcome: Outcome) -> str:
    """Why the outcome is undecided, with the remedy; "" for any other kind."""
    if outcome.kind != "undecided":
        return ""
    reached = f"within {outcome.times[-1] / flow.rate:.3g} s"
    quanta = f"at {_quanta(outcome.means[-1]).max() / 2:.3g} quanta in the fullest mode"
    if outcome.spent:
        return (
            f"undecided: {EVALUATIONS} evaluations of the drift show no fixed point or limit cycle "
            f"{reached}, {quanta}; the motion may be irregular, or slow beside the fastest rate: "
            "check the units of rates and powers, or start nearer to the end"
        )
    return f"undecided: the mean field has not settled {reached}, {quanta}; give a longer duration="


def _samples(outcome: Outcome) -> Array:
    """Samples (times, n) of what the mean field settled to; NaN if it did not settle."""
    if outcome.cycle:
        return outcome.cycle.orbit
    return outcome.point.u[None] if outcome.point else np.full_like(outcome.means[:1], np.nan)


def _dataset(model: Model, flow: Flow, outcome: Outcome) -> xr.Dataset:
    """The result without attributes."""
    samples = _samples(outcome)
    cycle = outcome.cycle
    quanta = (samples.reshape(len(samples), -1, 2) ** 2).sum(axis=-1).mean(axis=0) / 2
    multipliers = cycle.multipliers if cycle else np.full(model.size, np.nan + 0j)
    found = {
        "kind": outcome.kind,
        "branch": outcome.point.branch if outcome.point else -1,
        "settling_time": _settling_time(outcome) / flow.rate,
        "period": cycle.period / flow.rate if cycle else np.nan,
        "mean": samples.mean(axis=0),
        "amplitude": np.ptp(samples, axis=0) / 2,
        "photon_number": quanta,
        "floquet_real": multipliers.real,
        "floquet_imag": multipliers.imag,
        "floquet_error": abs(cycle.multipliers[cycle.trivial] - 1) if cycle else np.nan,
        "closure": cycle.gap if cycle else np.nan,
        "reason": _why_undecided(flow, outcome),
    }
    return xr.Dataset(
        {name: ATTRACTOR[name].labelled(np.asarray(values)) for name, values in found.items()},
        coords={Q: list(model.quadratures), MODE: list(model.modes)},
    )
