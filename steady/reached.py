"""Fixed points reached from given starts: by the mean field, or by Newton's method. Not all there
are.

A root is taken when its drift is zero to rounding, each once. The Newton-Kantorovich theorem tells
which are proven to be isolated: with η the size of Newton's last step, rounding of the drift
included, and L a bound on how fast J⁻¹ f′ changes nearby, a root within 2η exists and is the only
one when 2ηL ≤ 1 (Ortega, doi:10.2307/2313800).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..sde.model.gaussian_state import Gaussian
from ..sde.model.model import Model
from ..sde.support.checks import Array
from .limit_cycle import Flow
from .orbit import follow, sought_traps, stretches
from .roots.newton import CERTIFIED, distinct, polished, residual, solve, uncertainty
from .roots.symmetry import describe_symmetry, moves, phase_symmetries

Start = str | Gaussian | Array | Sequence[float]
Starts = Start | Sequence[Start]
UNPROVEN = "marginal: Newton's method does not prove that it is isolated"


def start_means(name: str, starts: Starts, batch: tuple[int, ...], n: int) -> Array:
    """The means (points, starts, n) that `starts` names, at each of the flattened points. Raises
    ValueError.
    """
    listed = (
        [starts]
        if isinstance(starts, (str, Gaussian)) or np.ndim(_numbers(starts)) == 1
        else list(starts)
    )
    means = [_mean(name, each, n) for each in listed]
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


def _numbers(value: Any) -> Any:
    try:
        return np.asarray(value, float)
    except (TypeError, ValueError):
        return None


def _mean(name: str, start: Any, n: int) -> Array:
    if isinstance(start, Gaussian):
        mean: Any = start.mean
    elif isinstance(start, str) and start == "dark":
        mean = np.zeros(n)
    else:
        mean = _numbers(start)
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


def newton_roots(mean: Model, starts: Array) -> tuple[Array, Array]:
    """Roots of a drift to which Newton's method leads from starts (points, starts, n): their
    points, and they.
    """
    points, number, n = starts.shape
    return _certified(mean, np.repeat(np.arange(points), number), starts.reshape(-1, n))


def followed_roots(mean: Model, starts: Array) -> tuple[Array, Array, dict[tuple[int, int], str]]:
    """Roots to which the mean field leads from starts (points, starts, n): their points, and they.

    Third, of each start that reaches none, by point and number, the kind of its end.
    """
    origin, ends, elsewhere = [], [], dict[tuple[int, int], str]()
    for point, number in np.ndindex(starts.shape[:2]):
        end, kind = _end(mean.at(point), starts[point, number])
        if end is None:
            elsewhere[point, number] = kind
        else:
            origin.append(point)
            ends.append(end)
    which, u = _certified(mean, np.array(origin, int), np.array(ends).reshape(-1, mean.size))
    return which, u, elsewhere


def _end(mean: Model, begin: Array) -> tuple[Array | None, str]:
    """The fixed point (n,) at which the mean field of one point ends, if it does, and the kind of
    end.
    """
    flow = Flow.from_start(mean, begin)
    times = stretches(flow, begin[None])
    ending = follow(flow, sought_traps(mean, flow, begin), begin, times, to_rest=True)
    if ending.goal:
        return ending.goal.u, ending.kind
    last = ending.means[-1]
    return (
        (last, ending.kind)
        if ending.kind == "undecided" and flow.rests(last)
        else (None, ending.kind)
    )


def _certified(mean: Model, which: Array, u: Array) -> tuple[Array, Array]:
    """The distinct roots, to rounding, at which Newton's method ends from u (roots, n)."""
    with np.errstate(over="ignore", invalid="ignore"):
        here = mean.at(which)
        u = polished(here, u)
        undriven = (here.c == 0).all(axis=-1) & (np.abs(u) <= uncertainty(here, u)).all(axis=-1)
        u = np.where(undriven[:, None], 0.0, u)
        kept = residual(here, u) <= CERTIFIED
    return distinct(mean, which[kept], u[kept])


def describe_reached(mean: Model, which: Array, u: Array) -> Array:
    """What is special about each root (roots,), in words: the family it belongs to, or that it may
    not be isolated.
    """
    words = np.where(_isolated(mean.at(which), u), "", UNPROVEN).astype(object)
    for points, theta in phase_symmetries(mean) if not mean.linear else ():
        for root in np.flatnonzero(np.isin(which, points)) if len(theta) else ():
            if moves(theta, u[root]):
                words[root] = describe_symmetry(theta, mean.modes, u[root])
    return words


def _isolated(model: Model, u: Array) -> Array:
    """Where (roots,) the Newton-Kantorovich theorem proves that there is one root near u (roots,
    n), in the ∞-norm.
    """
    n = u.shape[-1]
    inverse = np.abs(solve(model.jacobian(u), np.broadcast_to(np.eye(n), (*u.shape, n))))
    step = np.abs(solve(model.jacobian(u), model.drift(u))) + uncertainty(model, u)
    eta = step.max(axis=-1)
    curvature = np.zeros_like(u)
    reach = np.abs(u).max(axis=-1, initial=0.0) + 2 * eta
    for monomials in (model.Q, model.K):
        order = monomials.order
        second = order * (order - 1) * np.abs(monomials.value) * reach[:, None] ** (order - 2)
        curvature = curvature + monomials.scatter(second, (0,), n)
    slope = (inverse @ curvature[..., None])[..., 0].max(axis=-1)
    return np.asarray(np.nan_to_num(2 * eta * slope, nan=np.inf) <= 1)
