"""Every isolated root of a polynomial drift by continuation in complex numbers, for many parameter
points at once.

The drift is brought into a form with few terms (`sparse`). Then 1. a system with the same terms, a
constant in every row (so that all its roots are regular) and random coefficients is
   solved once, along paths from products of random linear forms, as many as a multihomogeneous
   count of roots: Morgan and Sommese, doi:10.1016/0096-3003(87)90063-4. Random loops of its
   coefficients must permute its roots;
2. its finite roots are followed to each parameter point along a straight line of coefficients, and
every isolated root
   is the end of such a path: Morgan and Sommese, doi:10.1016/0096-3003(89)90099-4.

A path that cannot be followed, or two that end in one regular root, are followed again from other
random numbers. Arrays: homogenised unknowns x (paths, m + 1), so that infinity is a point like any
other; coefficients (paths, terms).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from time import thread_time

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array
from ...sde.support.errors import NoResultError
from .products import StartSystem, most_paths
from .search import conducting, current
from .sparse_system import Support, Terms, sparse_form

Jacobians = Callable[[Array, Array], tuple[Array, Array]]
"""The Jacobians (paths, m, m + 1) of start and end system at x, for paths by number."""

ATTEMPTS = 4
"""Each with new random coefficients and a smaller tolerance than the one before, for the points not
yet complete.
"""
TOLERANCE = 1e-3
"""Largest distance between prediction and path, relative to |x| = 1, in the first attempt."""
CONTRACTION = 0.02
"""Largest ratio of Newton's second correction to the first: far inside the path's own basin."""
ROUNDING = 1e-11
"""A second correction of this size may be rounding."""
STEPS = 1000
"""Most steps of a path."""
STALLED = 1e-7, 1e-3
"""A step shorter than this part of the remaining way is no longer taken, before `NEAR_END` and
after.
"""
NEAR_END = 1e-6
"""Remaining way below which a path that stalls is at a singular end (several paths meet, or
infinity), not lost.
"""
LAST = 1e-13
"""Remaining way at which a singular end is close enough."""
TO_INFINITY = 0.04
"""Exponent in x₀ ~ s^exponent above which an unfinished path goes to infinity."""
NOTHING = 1e-12
"""Size below which an unknown of a root, or x₀ on a path, counts as zero."""
AT_INFINITY = 1e-7
"""Size of x₀ below which an end is at infinity."""
LOOPS = 4
"""Loops of random coefficients that must permute the generic roots."""
NEARLY_REAL = 1e-2
"""Imaginary part, relative to the size of the unknowns, up to which a root is tried as a real one.
"""


TOGETHER = 8192
"""Paths that are followed at a time, which bounds the memory and the time until an interrupt is
seen.
"""
SAMPLE, FEW = 24, 250
"""Paths that are followed to measure what all would take, and paths so few that all are simply
followed.
"""
TYPICAL = 5e-3
"""CPU time of a path, s, where none is followed."""
ENUMERATED = 14
"""Unknowns up to which the paths are counted exactly; beyond, `most_paths` bounds their number."""
DENSE = 30
"""Rows up to which the sparse form, whose derivation takes n⁴ numbers, is derived before the paths
are counted.
"""


class IncompleteError(NoResultError, ArithmeticError):
    """Roots could be missing: paths to them were lost."""


def approximate_roots(part: Model) -> tuple[Array, Array, Array]:
    """The point (roots,) and real part (roots, n) of all roots that are real or nearly so, double
    ones repeated.

    `part` has one leading axis. Third, the points at which paths stay lost, so that roots could be
    missing; of those no root is given. Raises WorkError where the paths take longer than the
    current search allows.
    """
    if part.size > DENSE:
        paths = 3.0 ** len(np.unique(part.K.index[:, 0])) * 2.0 ** len(
            np.unique(part.Q.index[:, 0])
        )
        current().require(TYPICAL * paths, paths)
    support, values, back = sparse_form(part)
    which, x, lost = _roots(support, values)
    x = np.where(np.abs(x) > NOTHING, x, 0)
    u = (back[which] @ (x / x[:, :1])[..., None])[:, 1:, 0]
    unit = np.abs(back[which, 1:, 1:]).sum(axis=-1)
    unit = np.where(unit > 0, unit, 1.0)
    real = np.abs(u.imag / unit).max(axis=-1) <= NEARLY_REAL * (1 + np.abs(u / unit).max(axis=-1))
    return which[real], u[real].real, lost


def _roots(support: Support, values: Array) -> tuple[Array, Array, Array]:
    """All isolated roots: their points (roots,), and they, x (roots, m + 1); and the points where
    paths stay lost.
    """
    left, found, size = np.arange(len(values)), [], Terms(support).unknowns
    current().require(*_forecast(support))
    for attempt in range(ATTEMPTS):
        generic, starts = _generic_roots(support, attempt)
        which, x, complete = _ends(
            Terms(support), generic, starts, values[left], TOLERANCE * 0.1**attempt
        )
        found.append((left[which[complete[which]]], x[complete[which]]))
        left = left[~complete]
        if not len(left):
            break
    found.append((np.zeros(0, int), np.zeros((0, size + 1), complex)))
    which, x = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return which, x, left


@lru_cache(maxsize=256)
def _forecast(support: Support) -> tuple[float, float]:
    """CPU time, in s, that the generic roots take at least, from the first paths to them, and how
    many paths there are.

    Nothing for `FEW` paths.
    """
    terms, random = Terms(support), np.random.default_rng(ATTEMPTS)
    if terms.unknowns > ENUMERATED:
        paths = most_paths(terms)
        return TYPICAL * paths, paths
    start = StartSystem(terms, random)
    if start.count <= FEW:
        return 0.0, start.count
    begun = thread_time()
    x = start.roots(SAMPLE)
    jacobians = _from_products(terms, _phases(random, len(support)), start)
    with conducting(replace(current(), progress=None)):
        _followed(jacobians, start.products.degree, x, TOLERANCE)
    return (thread_time() - begun) * start.count / len(x), start.count


@lru_cache(maxsize=64)
def _generic_roots(support: Support, attempt: int) -> tuple[Array, Array]:
    """Random values (terms,) and all finite roots x (roots, m + 1) of the system that has them;
    none if doubtful.
    """
    terms, random = Terms(support), np.random.default_rng(attempt)
    tolerance = TOLERANCE * 0.1**attempt
    value = _phases(random, len(support))
    start = StartSystem(terms, random)
    x, left, growth = _followed(
        _from_products(terms, value, start), start.products.degree, start.roots(), tolerance
    )
    finite, lost = _arrived(x, left, growth)
    x = x[finite]
    doubtful = (
        lost.any() or np.any(left[finite] > 0) or not _closed(terms, value, x, random, tolerance)
    )
    return value, x[:0] if doubtful else x


def _from_products(terms: Terms, value: Array, start: StartSystem) -> Jacobians:
    """The Jacobians of a path from the start system to the terms with these values, raised to the
    same degree.
    """
    padding = start.products.degree - 3

    def jacobians(x: Array, _: Array) -> tuple[Array, Array]:
        end, first = terms.jacobian(value, x), x[:, :1, None]
        padded = first**padding * end
        if padding:
            padded[..., 0] += padding / 3 * (first ** (padding - 1) * end @ x[..., None])[..., 0]
        return start.products.jacobian(x), padded

    return jacobians


def _phases(random: np.random.Generator, *shape: int) -> Array:
    return np.exp(2j * np.pi * random.uniform(size=shape))


def _closed(
    terms: Terms, value: Array, x: Array, random: np.random.Generator, tolerance: float
) -> bool:
    """Whether random loops of the values permute the roots x: were one missing, most loops would
    lead to it.

    Duff et al., doi:10.1093/imanum/dry017.
    """
    loop = np.repeat(np.arange(LOOPS), len(x))
    far = _phases(random, LOOPS, len(value))[loop]
    out, back = (_phases(random, LOOPS, 1)[loop] * value for _ in range(2))
    end = np.tile(x, (LOOPS, 1))
    for start, goal in ((out, far), (far, back)):

        def jacobians(
            x: Array, path: Array, start: Array = start, goal: Array = goal
        ) -> tuple[Array, Array]:
            return terms.jacobian(start[path], x), terms.jacobian(goal[path], x)

        end, left, _ = _followed(jacobians, 3, end, tolerance)
        if left.any():
            return False
    before, after = np.sort_complex(_mark(x)), np.sort_complex(_mark(end).reshape(LOOPS, -1))
    apart = np.abs(np.diff(before)).min(initial=np.inf)
    return bool(np.all(np.abs(after - before) < min(1e-6, 0.1 * apart)))


def _mark(x: Array) -> Array:
    """A number that tells points of projective space apart."""
    probe = np.exp(1j * np.arange(1, x.shape[-1] + 1) ** 2)
    return (x @ probe.conj()) / (x @ probe)


def _ends(
    terms: Terms, generic: Array, starts: Array, values: Array, tolerance: float
) -> tuple[Array, Array, Array]:
    """Finite ends: their points (roots,), and they, x (roots, m + 1); and which points are complete
    (points,).
    """
    point, x = np.repeat(np.arange(len(values)), len(starts)), np.tile(starts, (len(values), 1))

    def jacobians(x: Array, path: Array) -> tuple[Array, Array]:
        return terms.jacobian(generic, x), terms.jacobian(values[point[path]], x)

    x, left, growth = _followed(jacobians, 3, x, tolerance)
    finite, lost = _arrived(x, left, growth)
    regular = finite & (left == 0)
    complete = np.full(len(values), len(starts) > 0)
    complete[point[lost]] = False
    complete[_shared(terms, values, point[regular], x[regular])] = False
    return point[finite], x[finite], complete


def _shared(terms: Terms, values: Array, point: Array, x: Array) -> Array:
    """Points at which two paths end in one regular root, so that one of them has jumped."""
    mark = _mark(x)
    order = np.lexsort((mark.real, point))
    point, x, mark = point[order], x[order], mark[order]
    matrix, _ = _augmented(terms.jacobian(values[point], x), x)
    alone = np.linalg.svd(matrix, compute_uv=False)[:, -1]
    gap = np.abs(np.diff(mark))
    same = (gap < 1e-5) & (gap <= 1e-2 * np.minimum(alone[1:], alone[:-1])) & (np.diff(point) == 0)
    return point[1:][same]


def _arrived(x: Array, left: Array, growth: Array) -> tuple[Array, Array]:
    """Which paths end at a finite root, and which are lost; the rest go to infinity, where x₀ falls
    to zero.
    """
    first = np.abs(x[:, 0])
    infinite = (left > 0) & ((growth > TO_INFINITY) | (first < AT_INFINITY))
    return ~infinite, (left > NEAR_END) & (first > NOTHING)


def _followed(
    jacobians: Jacobians, degree: int, x: Array, tolerance: float
) -> tuple[Array, Array, Array]:
    """Paths of (1 − s)·end(x) + s·start(x) = 0 from s = 1: their ends x, the s left there, and d
    log|x₀|/d log s.

    A path is finished, s = 0, in one last step that leaves x₀ about as it is: elsewhere it may be
    on its way to zero.
    """
    x, s, step, growth = x.copy(), np.ones(len(x)), np.full(len(x), 0.05), np.zeros(len(x))
    for piece in range(0, len(x), TOGETHER):
        active = np.arange(piece, min(piece + TOGETHER, len(x)))
        _follow(jacobians, degree, active, tolerance, x, s, step, growth)
    return x, s, growth


def _follow(
    jacobians: Jacobians,
    degree: int,
    active: Array,
    tolerance: float,
    x: Array,
    s: Array,
    step: Array,
    growth: Array,
) -> None:
    """Follow the active paths, by number, in place."""
    last = int(active[-1]) + 1
    for _ in range(STEPS):
        current().tell(last - len(active), len(x))
        here, now = x[active], s[active]
        part = np.where(step[active] < 0.95, step[active], 1)
        trial, first, second, slope = _stepped(jacobians, degree, active, here, now, part * now)
        excess = np.maximum(first / tolerance, second / (CONTRACTION * first + ROUNDING))
        settled = np.abs(trial[:, 0]) > np.maximum(0.5 * np.abs(here[:, 0]), AT_INFINITY)
        taken = (excess <= 1) & (settled | (part < 1))
        step[active] = part * np.clip(
            0.8 * (excess + 1e-9) ** -0.2, 0.25, np.where(taken, 2.0, 0.5)
        )
        growth[active] = now * np.abs(slope[:, 0] / here[:, 0])
        x[active[taken]], s[active[taken]] = trial[taken], ((1 - part) * now)[taken]
        shortest = np.where(s[active] > NEAR_END, *STALLED)
        active = active[
            (s[active] > LAST) & (step[active] > shortest) & (np.abs(x[active, 0]) > NOTHING)
        ]
        if not len(active):
            break


def _stepped(
    jacobians: Jacobians, degree: int, path: Array, x: Array, s: Array, h: Array
) -> tuple[Array, Array, Array, Array]:
    """A Runge–Kutta step back in s, two of Newton's: the new x, sizes of the two corrections, dx/ds
    at the old x.
    """

    def change(at: Array, s: Array, along: bool) -> Array:
        start, end = jacobians(at, path)
        now = end + s[:, None, None] * (start - end)
        matrix, size = _augmented(now, x)
        right = ((start - end if along else now) @ at[..., None])[..., 0] / (degree * size)
        return _solved(matrix, np.append(-right, np.zeros((len(x), 1)), axis=1))

    wide = h[:, None]
    k1 = change(x, s, True)
    k2 = change(x - wide / 2 * k1, s - h / 2, True)
    k3 = change(x - wide / 2 * k2, s - h / 2, True)
    k4 = change(x - wide * k3, s - h, True)
    trial = x - wide / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    first = change(trial, s - h, False)
    second = change(trial + first, s - h, False)
    trial = trial + first + second
    length, *sizes = (np.linalg.norm(vector, axis=1) for vector in (trial, first, second))
    return trial / length[:, None], sizes[0], sizes[1], k1


def _augmented(jacobian: Array, x: Array) -> tuple[Array, Array]:
    """The Jacobian, its rows divided by their sizes, above the row x* that fixes the length of x;
    and the sizes.
    """
    size = np.abs(jacobian).max(axis=-1)
    size = np.where(size > 0, size, 1)
    return np.concatenate([jacobian / size[..., None], x.conj()[:, None]], axis=1), size


def _solved(matrix: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.asarray((np.linalg.pinv(matrix) @ right[..., None])[..., 0])
