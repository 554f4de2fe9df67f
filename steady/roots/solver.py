"""All real roots of a polynomial drift, for many parameter points at once.

Groups of rows that depend on each other are solved one group after the other (a cascade: the first
resonator, then the second for each root of the first). A group is solved by elimination
(`elimination`) where one quadrature, held fixed, makes all rows but one linear, and else by
continuation (`homotopy`), about twenty times slower: for a Kerr term, or radiation pressure on two
oscillators. A drift with a phase symmetry (`symmetry`) has its isolated roots where the amplitudes
that turn are zero, and also curves of other roots (`symmetric_families`), on which paths would end
at arbitrary points. Each real root is then polished by Newton's method on the drift itself and
certified by its residual (`newton`).

Models here have one leading axis, the parameter points; units are those of the model (rad/s).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ...sde.model.model import Model
from ...sde.model.polynomial import Monomials
from ...sde.support.checks import Array
from .elimination import elimination_roots, linearising_quadrature
from .homotopy import approximate_roots
from .newton import CERTIFIED, distinct, polished, residual, rounding_error, solve
from .search_limits import require_few
from .symmetric_families import find_families, provably_damped
from .symmetry import describe_shift, describe_symmetry, free_quadratures, phase_symmetries

BLOCK = 512
"""Parameter points whose roots are continued at a time, which bounds the memory."""


@dataclass(frozen=True)
class Roots:
    """Real roots u (roots, n) and the parameter point of each, origin (roots,), in no order.

    family (roots,): description of the family that a root represents; "" for an isolated root.
    lost (points,): where the continuation lost paths, so that no root is given.
    """

    origin: Array
    u: Array
    family: Array
    lost: Array


def all_roots(model: Model) -> Roots:
    """Every isolated real root of the drift, and one member of each family that is found.

    Raises WorkError where the roots take longer to find than `search_limits` allow.
    """
    rate = np.abs(model.A).max(axis=(-2, -1))
    model = _rescaled(model, 1 / np.where(rate > 0, rate, 1.0))
    if model.linear:
        found = _isolated_roots(model)
    else:
        groups = (
            (points, _symmetric_roots(model.at(points), theta))
            for points, theta in phase_symmetries(model)
        )
        found = _combined(model, groups)
    free = free_quadratures(model)
    for at in np.flatnonzero(free[found.origin].any(axis=1) & (found.family == "")):
        names = np.array(model.quadratures)[free[found.origin[at]]]
        found.family[at] = describe_shift(names.tolist())
    return found


def _combined(model: Model, groups: Iterable[tuple[Array, Roots]]) -> Roots:
    """The roots of groups of points (numbers, roots) as those of all points."""
    lost = np.zeros(len(model.A), bool)
    origin = [np.zeros(0, int)]
    u = [np.zeros((0, model.size))]
    family = [np.zeros(0, object)]
    for points, found in groups:
        lost[points] = found.lost
        origin.append(points[found.origin])
        u.append(found.u)
        family.append(found.family)
    return Roots(np.concatenate(origin), np.concatenate(u), np.concatenate(family), lost)


def _isolated_roots(model: Model) -> Roots:
    """All isolated roots of a drift without a phase symmetry."""
    origin = np.arange(len(model.A))
    u = np.zeros((len(origin), model.size))
    lost = np.zeros(len(origin), bool)
    for rows in _coupled_groups(model):
        require_few(len(origin) / max(1, len(lost)), model.size)
        part = _subsystem(model.at(origin), u, rows)
        which, values, unsure = _roots_of_group(part)
        lost[origin[unsure]] = True
        origin = origin[which]
        u = u[which]
        u[:, rows] = values
    sure = ~lost[origin]
    return Roots(origin[sure], u[sure], np.full(np.count_nonzero(sure), "", object), lost)


def _symmetric_roots(model: Model, theta: Array) -> Roots:
    """Isolated roots of a drift with phase symmetries θ (symmetries, modes), and families found.

    At an isolated root the amplitudes that a symmetry turns are zero; the others have a smaller
    drift.
    """
    idle = free_quadratures(model).all(axis=0).reshape(-1, 2).all(axis=1)
    theta = np.where(idle, 0.0, theta)[np.any(theta[:, ~idle] != 0, axis=1)]
    if not len(theta):
        return _isolated_roots(model)
    turned = np.repeat((theta != 0).any(axis=0), 2)
    inner = _unturned_roots(model, turned)
    u = np.zeros((len(inner.origin), model.size))
    u[:, ~turned] = inner.u
    candidates = np.flatnonzero(~provably_damped(model, np.flatnonzero(turned)) & ~inner.lost)
    which, members = find_families(model.at(candidates), theta)
    notes = np.empty(len(which), object)
    notes[:] = [describe_symmetry(theta, model.modes, member) for member in members]
    return Roots(
        np.concatenate([inner.origin, candidates[which]]),
        np.concatenate([u, members]),
        np.concatenate([inner.family, notes]),
        inner.lost,
    )


def _unturned_roots(model: Model, turned: Array) -> Roots:
    """Roots in the quadratures that no symmetry turns, where the `turned` (n,) ones are zero."""
    points = len(model.A)
    fixed = np.flatnonzero(~turned)
    if len(fixed):
        part = _subsystem(model, np.zeros((points, model.size)), fixed)
        modes = tuple(np.array(model.modes)[~turned[::2]].tolist())
        return all_roots(replace(part, modes=modes))
    return Roots(
        np.arange(points),
        np.zeros((points, 0)),
        np.full(points, "", object),
        np.zeros(points, bool),
    )


def _rescaled(model: Model, factor: Array) -> Model:
    """The drift multiplied by a factor (points,)."""
    Q, K = (Monomials(m.index, m.value * factor[:, None]) for m in (model.Q, model.K))
    return replace(model, c=model.c * factor[:, None], A=model.A * factor[:, None, None], Q=Q, K=K)


def _coupled_groups(model: Model) -> list[Array]:
    """Groups of rows that depend on one another, each after those it depends on."""
    depends = np.eye(model.size) + (model.A != 0).any(axis=0)
    for monomials in (model.Q, model.K):
        live = monomials.index[(monomials.value != 0).any(axis=0)]
        for position in range(1, live.shape[1]):
            depends[live[:, 0], live[:, position]] = 1.0
    reach = np.linalg.matrix_power(depends, model.size) > 0
    groups = {tuple(np.flatnonzero(row)) for row in reach & reach.T}
    ordered = sorted(groups, key=lambda group: int(reach[group[0]].sum()))
    return [np.array(group) for group in ordered]


def _subsystem(model: Model, u: Array, rows: Array) -> Model:
    """The drift of some rows as a model of their own quadratures.

    The others are held at u (points, n), which is zero on the rows.
    """
    place = np.full(model.size, -1)
    place[rows] = np.arange(len(rows))
    local = model.about(u)
    Q, K = (_nonzero_terms(Monomials(place[m.index], m.value)) for m in (local.Q, local.K))
    labels = tuple(model.quadratures[row] for row in rows)
    return replace(
        local, quadratures=labels, c=local.c[:, rows], A=local.A[:, rows[:, None], rows], Q=Q, K=K
    )


def _nonzero_terms(monomials: Monomials) -> Monomials:
    """The terms whose factors are all inside (index ≥ 0) and that do not vanish everywhere."""
    keep = (monomials.index >= 0).all(axis=1) & (monomials.value != 0).any(axis=0)
    return Monomials(monomials.index[keep], monomials.value[..., keep])


def _roots_of_group(part: Model) -> tuple[Array, Array, Array]:
    """Certified roots of one group of rows, each once.

    Returns the point (roots,) of each, the roots (roots, n), and the points at which roots could be
    missing. Where the drift has no constant term, zero is a root, exactly: a residual relative to
    terms that vanish would not certify it.
    """
    unsure = np.zeros(0, int)
    if not (len(part.Q.index) or len(part.K.index)):
        which = np.arange(len(part.A))
        u = solve(part.A, -part.c)
    elif (choice := linearising_quadrature(part)) is not None:
        which, u = elimination_roots(part, *choice)
    else:
        which, u, unsure = _continuation_roots(part)
    here = part.at(which)
    u = polished(here, u)
    undriven = np.all(part.c == 0, axis=1)
    is_zero = np.asarray(undriven)[which] & (np.abs(u) <= rounding_error(here, u)).all(axis=1)
    kept = (residual(here, u) <= CERTIFIED) & ~is_zero
    zeros = np.flatnonzero(undriven)
    which = np.concatenate([which[kept], zeros])
    u = np.concatenate([u[kept], np.zeros((len(zeros), part.size))])
    return *distinct(part, which, u), unsure


def _continuation_roots(part: Model) -> tuple[Array, Array, Array]:
    """Approximate roots of any drift by continuation: points (roots,), roots (roots, n).

    Third, the points with lost paths.
    """
    points = np.arange(len(part.A))
    found = []
    for block in np.split(points, points[BLOCK::BLOCK]):
        which, u, lost = approximate_roots(part.at(block))
        found.append((block[which], u, block[lost]))
    which, u, lost = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return which, u, lost
