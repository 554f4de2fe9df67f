"""Families of fixed points due to a phase symmetry: one member of each, from random starts.

The Gauss-Newton method with the direction of the symmetry held: the rows of the Jacobian J and of
the generators Gᵀ together determine a step, though J alone is singular along a family. It is not
proven that every family is found. Models here have one leading axis, the parameter points, and
rates near one.
"""

from __future__ import annotations

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array
from .newton import CERTIFIED, residual, solve
from .search_limits import current_limits
from .symmetry import CANCELLED, breaks_symmetry, gauge_fixed, generators

STARTS = 24
"""Random starts for each parameter point."""
STEPS = 60
"""Largest number of steps of the Gauss-Newton method."""
DAMPED = 1e-9
"""Rate, in units of the largest, above which a sum of squares counts as damped."""
SAME = 1e-7
"""Distance, relative to the size, below which two members in one gauge are the same."""


def find_families(model: Model, theta: Array) -> tuple[Array, Array]:
    """The point (families,) and one member (families, n) of each family found.

    `theta` (symmetries, modes) are the generators of `symmetry.phase_symmetries`. The member is
    that of `symmetry.gauge_fixed`.
    """
    if not len(model.A):
        return np.zeros(0, int), np.zeros((0, model.size))
    which = np.repeat(np.arange(len(model.A)), STARTS)
    u = _random_starts(model, which)
    active = np.arange(len(which))
    for _ in range(STEPS):
        current_limits().check()
        here = model.at(which[active])
        with np.errstate(all="ignore"):
            u[active] += _gauss_newton_step(here, theta, u[active])
            off = residual(here, u[active])
        active = active[np.isfinite(off) & (off > CERTIFIED / 10)]
        if not len(active):
            break
    with np.errstate(all="ignore"):
        good = residual(model.at(which), u) <= CERTIFIED
    return _one_of_each(theta, which[good], u[good])


def provably_damped(model: Model, rows: Array) -> Array:
    """Where (points,) no family can be, as Σ u f(u) over these rows is negative: quanta decay.

    This holds where the nonlinear terms conserve the sum of the squares, as those of Kerr shifts
    and of radiation pressure do, and the linear ones decrease it.
    """
    A = model.A[:, rows[:, None], rows]
    falls = np.linalg.eigvalsh(A + np.swapaxes(A, -1, -2))[..., -1] < -DAMPED
    for monomials in (model.Q, model.K):
        inside = np.isin(monomials.index[:, 0], rows)
        places, at = np.unique(
            np.sort(monomials.index[inside], axis=1), axis=0, return_inverse=True
        )
        value = monomials.value[:, inside]
        same = at.reshape(-1, 1) == np.arange(len(places))
        kept = np.abs(value @ same) <= CANCELLED * (np.abs(value) @ same)
        falls &= kept.all(axis=-1)
    return np.asarray(falls)


def _gauss_newton_step(model: Model, theta: Array, u: Array) -> Array:
    """The Gauss-Newton step (roots, n) that solves Jδ = −f and Gᵀδ = 0 in least squares."""
    J = model.jacobian(u)
    f = model.drift(u)
    G = generators(theta, u / np.linalg.norm(u, axis=-1, keepdims=True))
    normal = np.swapaxes(J, -1, -2) @ J + G @ np.swapaxes(G, -1, -2)
    right = -(np.swapaxes(J, -1, -2) @ f[..., None])[..., 0]
    usable = np.isfinite(normal).all(axis=(-2, -1)) & np.isfinite(right).all(axis=-1)
    step = np.full(u.shape, np.nan)
    step[usable] = solve(normal[usable], right[usable])
    return step


def _random_starts(model: Model, which: Array) -> Array:
    """Random starts (starts, n) at points (starts,).

    Their sizes are about those at which constant, linear and nonlinear terms of the drift meet.
    """
    random = np.random.default_rng(len(model.modes))
    sizes = [np.abs(model.c).max(axis=-1)]
    for monomials in (model.Q, model.K):
        largest = np.abs(monomials.value).max(axis=-1, initial=0.0)
        power = 1 / (monomials.order - 1)
        sizes.append(
            np.divide(1.0, largest, out=np.zeros_like(largest), where=largest > 0) ** power
        )
    table = np.where(np.array(sizes) > 0, sizes, np.nan)
    low = np.log(0.1 * np.nanmin(table, axis=0))
    high = np.log(3 * np.nanmax(table, axis=0))
    size = np.exp(low[which] + (high - low)[which] * random.uniform(size=len(which)))
    return np.asarray(size[:, None] * random.normal(size=(len(which), model.size)))


def _one_of_each(theta: Array, which: Array, u: Array) -> tuple[Array, Array]:
    """One member of each family among roots u (roots, n) at points (roots,).

    Roots that the symmetry leaves as they are belong to none.
    """
    found: list[tuple[int, Array]] = []
    for point, root in zip(which.tolist(), u, strict=True):
        if not breaks_symmetry(theta, root):
            continue
        size = np.linalg.norm(root)
        member = gauge_fixed(theta, root)
        if not any(
            at == point and np.linalg.norm(member - other) <= SAME * size for at, other in found
        ):
            found.append((point, member))
    if not found:
        return np.zeros(0, int), np.zeros((0, u.shape[-1]))
    return np.array([point for point, _ in found]), np.array([member for _, member in found])
