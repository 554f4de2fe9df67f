"""Fixed points reached from given starts, by integration or by Newton's method; others may exist.

A root is accepted when its drift is zero to rounding, each once. The Newton-Kantorovich theorem
proves which roots are isolated: with η the size of Newton's last step, rounding of the drift
included, and L a bound on how fast J⁻¹ f′ changes nearby, a root within 2η exists and is the only
one when 2ηL ≤ 1 (Ortega, doi:10.2307/2313800).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...sde.model.gaussian_state import Gaussian
from ...sde.model.model import Model
from ...sde.support.callbacks import Progress
from ...sde.support.checks import Array
from ..roots.newton import CERTIFIED, distinct, polished, residual, rounding_error, solve
from ..roots.search_limits import current_limits
from ..roots.symmetry import breaks_symmetry, describe_symmetry, phase_symmetries
from .flow import Flow
from .integration import integrate, segment_times
from .trapping import trap_by_newton

Start = str | Gaussian | Array | Sequence[float]
Starts = Start | Sequence[Start] | xr.Dataset
NOT_PROVEN_ISOLATED = "marginal: Newton's method does not prove that it is isolated"
"""Note on a root; it begins with the kind of the root."""


def start_means(name: str, starts: Starts, batch: tuple[int, ...], n: int) -> Array:
    """The means (points, starts, n) of `starts` at each parameter point. Raises ValueError.

    `name` is the argument that messages name, `batch` the shape of the parameter points. Means of
    branches that a dataset of `fixed_points` lacks are NaN.
    """
    if isinstance(starts, xr.Dataset):
        means = _branch_means(name, starts, n)
    else:
        means = [_mean(name, each, n) for each in _as_list(starts)]
    if not means:
        raise ValueError(
            f"{name} must give at least one start: 'dark', a Gaussian, or a mean of {n} quadratures"
        )
    try:
        wide = [np.broadcast_to(mean, (*batch, n)).reshape(-1, n) for mean in means]
    except ValueError:
        shapes = ", ".join(str(mean.shape) for mean in means)
        raise ValueError(
            f"{name} must have means of shape ({n},) or {(*batch, n)} (got {shapes})"
        ) from None
    return np.stack(wide, axis=1)


def _branch_means(name: str, found: xr.Dataset, n: int) -> list[Array]:
    """The means (..., n) of each branch of a dataset. Raises ValueError."""
    table = found.get("mean")
    if table is None or not {"branch", "quadrature"} <= set(table.dims):
        raise ValueError(f"{name} must be a dataset of fixed_points or steady_state if it is one")
    if table.sizes["quadrature"] != n:
        raise ValueError(
            f"{name} must have {n} quadratures, as the model (got a dataset with "
            f"{table.sizes['quadrature']})"
        )
    means = table.transpose("branch", ..., "quadrature").values
    return [mean for mean in means if np.isfinite(mean).any()]


def _as_list(starts: Any) -> Iterable[Any]:
    """The starts as a list; a single one need not be in a list."""
    single = isinstance(starts, (str, Gaussian)) or np.ndim(_as_numbers(starts)) == 1
    return [starts] if single else list(starts)


def _as_numbers(value: Any) -> Any:
    """The value as an array of float, or None."""
    try:
        return np.asarray(value, float)
    except (TypeError, ValueError):
        return None


def _mean(name: str, start: Any, n: int) -> Array:
    """The mean (..., n) of a start, checked."""
    if isinstance(start, Gaussian):
        mean: Any = start.mean
    elif isinstance(start, str) and start == "dark":
        mean = np.zeros(n)
    else:
        mean = _as_numbers(start)
    if (
        mean is None
        or np.ndim(mean) == 0
        or np.shape(mean)[-1] != n
        or not np.all(np.isfinite(mean))
    ):
        raise ValueError(
            f"{name} must be 'dark', a Gaussian, or a finite mean of {n} quadratures, or a list of "
            f"them (got {start!r})"
        )
    return np.asarray(mean, float)


def roots_by_newton(mean: Model, starts: Array) -> tuple[Array, Array]:
    """Roots found by Newton's method from starts (points, starts, n).

    Returns the point (roots,) of each, and the roots (roots, n).
    """
    points, number, n = starts.shape
    u = starts.reshape(-1, n)
    given = np.isfinite(u).all(axis=-1)
    return _certified_roots(mean, np.repeat(np.arange(points), number)[given], u[given])


def roots_by_integration(
    mean: Model, starts: Array, progress: Progress | None = None
) -> tuple[Array, Array, dict[tuple[int, int], str]]:
    """Roots to which the mean field leads from starts (points, starts, n).

    Returns the point (roots,) of each, the roots (roots, n), and for each start that reaches none,
    by point and number, the kind of its outcome. `progress` is called with the starts done and all.
    """
    origin = []
    ends = []
    unreached = dict[tuple[int, int], str]()
    given = np.argwhere(np.isfinite(starts).all(axis=-1)).tolist()
    for done, (point, number) in enumerate(given):
        current_limits().check()
        if progress:
            progress(done, len(given))
        end, kind = _final_point(mean.at(point), starts[point, number])
        if end is None:
            unreached[point, number] = kind
        else:
            origin.append(point)
            ends.append(end)
    if progress:
        progress(len(given), len(given))
    which, u = _certified_roots(mean, np.array(origin, int), np.array(ends).reshape(-1, mean.size))
    return which, u, unreached


def _final_point(mean: Model, begin: Array) -> tuple[Array | None, str]:
    """The fixed point (n,) that the mean field of one point reaches, or None; kind of outcome."""
    flow = Flow.from_start(mean, begin)
    times = segment_times(flow, begin[None])
    outcome = integrate(flow, trap_by_newton(mean, flow, begin), begin, times, until_rest=True)
    if outcome.point:
        return outcome.point.u, outcome.kind
    last = outcome.means[-1]
    at_rest = outcome.kind == "undecided" and flow.at_rest(last)
    return last if at_rest else None, outcome.kind


def _certified_roots(mean: Model, which: Array, u: Array) -> tuple[Array, Array]:
    """The roots, each once, to which Newton's method leads from u (roots, n) at points (roots,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        here = mean.at(which)
        u = polished(here, u)
        undriven = (here.c == 0).all(axis=-1) & (np.abs(u) <= rounding_error(here, u)).all(axis=-1)
        u = np.where(undriven[:, None], 0.0, u)
        kept = residual(here, u) <= CERTIFIED
    return distinct(mean, which[kept], u[kept])


def root_notes(mean: Model, which: Array, u: Array) -> Array:
    """Notes (roots,) on special roots: their family, or not proven to be isolated; else "".

    Roots u (roots, n) belong to points `which` (roots,) of the drift.
    """
    isolated = _proven_isolated(mean.at(which), u)
    notes = np.where(isolated, "", NOT_PROVEN_ISOLATED).astype(object)
    for points, theta in phase_symmetries(mean) if not mean.linear else ():
        for root in np.flatnonzero(np.isin(which, points)) if len(theta) else ():
            if breaks_symmetry(theta, u[root]):
                notes[root] = describe_symmetry(theta, mean.modes, u[root])
    return notes


def _proven_isolated(model: Model, u: Array) -> Array:
    """Where (roots,) the Newton-Kantorovich theorem proves a single root near u (roots, n).

    Near means in the ∞-norm.
    """
    n = u.shape[-1]
    inverse = np.abs(solve(model.jacobian(u), np.broadcast_to(np.eye(n), (*u.shape, n))))
    step = np.abs(solve(model.jacobian(u), model.drift(u))) + rounding_error(model, u)
    eta = step.max(axis=-1)
    curvature = np.zeros_like(u)
    reach = np.abs(u).max(axis=-1, initial=0.0) + 2 * eta
    for monomials in (model.Q, model.K):
        order = monomials.order
        second = order * (order - 1) * np.abs(monomials.value) * reach[:, None] ** (order - 2)
        curvature = curvature + monomials.scatter(second, (0,), n)
    slope = (inverse @ curvature[..., None])[..., 0].max(axis=-1)
    return np.asarray(np.nan_to_num(2 * eta * slope, nan=np.inf) <= 1)
