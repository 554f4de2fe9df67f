"""All isolated roots of a polynomial drift by continuation in complex numbers, at many points.

The drift is brought into a form with few terms (`sparse_system`). Then

1. a system with the same terms, a constant in every row (so that all its roots are regular) and
   random coefficients is solved once, along paths from products of random linear forms, as many as
   a multihomogeneous count of roots: Morgan and Sommese, doi:10.1016/0096-3003(87)90063-4. Random
   loops of its coefficients must permute its roots;
2. its finite roots are followed to each parameter point along a straight line of coefficients, and
   every isolated root is the end of such a path: Morgan and Sommese,
   doi:10.1016/0096-3003(89)90099-4.

A path that cannot be followed, or two that end in one regular root, are followed again from other
random numbers. Homogenised unknowns are x (paths, m + 1), coefficients (paths, terms).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from time import thread_time

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array
from ...sde.support.errors import NoResultError
from .path_following import AT_INFINITY, NEAR_END, ZERO, Jacobians, augmented, followed_paths
from .search_limits import current_limits, limited_search
from .sparse_system import Support, Terms, sparse_form
from .start_system import StartSystem, path_bound

ATTEMPTS = 4
"""Attempts for points not yet complete: new random coefficients and a smaller tolerance each."""
TOLERANCE = 1e-3
"""Largest distance between prediction and path, relative to |x| = 1, in the first attempt."""
TO_INFINITY = 0.04
"""Exponent in x₀ ~ s^exponent above which an unfinished path goes to infinity."""
LOOPS = 4
"""Loops of random coefficients that must permute the generic roots."""
NEARLY_REAL = 1e-2
"""Imaginary part, relative to the unknowns, up to which a root is tried as a real one."""
SAMPLE_PATHS = 24
"""Number of paths that are followed to predict the time for all."""
FEW_PATHS = 250
"""Number of paths up to which all are followed without a prediction."""
TYPICAL = 5e-3
"""CPU time of a path, s, where none is measured."""
ENUMERATED = 14
"""Unknowns up to which the paths are counted exactly; beyond, `path_bound` bounds their number."""
DENSE = 30
"""Rows up to which the sparse form, which takes n⁴ numbers, is derived before paths are counted."""


class IncompleteError(NoResultError, ArithmeticError):
    """Roots could be missing: paths to them were lost."""


def approximate_roots(part: Model) -> tuple[Array, Array, Array]:
    """All roots that are real or nearly so: points (roots,) and real parts (roots, n).

    `part` has one leading axis, the parameter points. Double roots are repeated. Third, the points
    at which paths remain lost, so that roots could be missing; no root is given there. Raises
    WorkError where the paths take longer than `search_limits` allow.
    """
    if part.size > DENSE:
        cubic = len(np.unique(part.K.index[:, 0]))
        quadratic = len(np.unique(part.Q.index[:, 0]))
        paths = 3.0**cubic * 2.0**quadratic
        current_limits().require_time(TYPICAL * paths, paths)
    support, values, back = sparse_form(part)
    which, x, lost = _roots(support, values)
    x = np.where(np.abs(x) > ZERO, x, 0)
    u = (back[which] @ (x / x[:, :1])[..., None])[:, 1:, 0]
    unit = np.abs(back[which, 1:, 1:]).sum(axis=-1)
    unit = np.where(unit > 0, unit, 1.0)
    real = np.abs(u.imag / unit).max(axis=-1) <= NEARLY_REAL * (1 + np.abs(u / unit).max(axis=-1))
    return which[real], u[real].real, lost


def _roots(support: Support, values: Array) -> tuple[Array, Array, Array]:
    """All isolated roots: points (roots,) and x (roots, m + 1); and the points with lost paths."""
    left = np.arange(len(values))
    found = []
    size = Terms(support).unknowns
    current_limits().require_time(*_predicted_time(support))
    for attempt in range(ATTEMPTS):
        generic, starts = _generic_roots(support, attempt)
        which, x, complete = _path_ends(
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
def _predicted_time(support: Support) -> tuple[float, float]:
    """CPU time, s, that the generic roots take at least, and the number of paths to them.

    The time is measured on the first paths; it is 0 for `FEW_PATHS`.
    """
    terms = Terms(support)
    random = np.random.default_rng(ATTEMPTS)
    if terms.unknowns > ENUMERATED:
        paths = path_bound(terms)
        return TYPICAL * paths, paths
    start = StartSystem(terms, random)
    if start.count <= FEW_PATHS:
        return 0.0, start.count
    begun = thread_time()
    x = start.roots(SAMPLE_PATHS)
    jacobians = _from_products(terms, _phases(random, len(support)), start)
    with limited_search(replace(current_limits(), progress=None)):
        followed_paths(jacobians, start.products.degree, x, TOLERANCE)
    return (thread_time() - begun) * start.count / len(x), start.count


@lru_cache(maxsize=64)
def _generic_roots(support: Support, attempt: int) -> tuple[Array, Array]:
    """Random values (terms,), and all finite roots x (roots, m + 1) for them; none if doubtful."""
    terms = Terms(support)
    random = np.random.default_rng(attempt)
    tolerance = TOLERANCE * 0.1**attempt
    value = _phases(random, len(support))
    start = StartSystem(terms, random)
    x, left, growth = followed_paths(
        _from_products(terms, value, start), start.products.degree, start.roots(), tolerance
    )
    finite, lost = _classified_ends(x, left, growth)
    x = x[finite]
    doubtful = (
        lost.any()
        or np.any(left[finite] > 0)
        or not _loops_permute(terms, value, x, random, tolerance)
    )
    return value, x[:0] if doubtful else x


def _from_products(terms: Terms, value: Array, start: StartSystem) -> Jacobians:
    """The Jacobians of a path from the start system to the terms with `value` (terms,).

    The terms are raised to the degree of the start system.
    """
    padding = start.products.degree - 3

    def jacobians(x: Array, _: Array) -> tuple[Array, Array]:
        end = terms.jacobian(value, x)
        first = x[:, :1, None]
        padded = first**padding * end
        if padding:
            padded[..., 0] += padding / 3 * (first ** (padding - 1) * end @ x[..., None])[..., 0]
        return start.products.jacobian(x), padded

    return jacobians


def _phases(random: np.random.Generator, *shape: int) -> Array:
    """Random complex numbers of modulus 1, an array of this shape."""
    return np.exp(2j * np.pi * random.uniform(size=shape))


def _loops_permute(
    terms: Terms, value: Array, x: Array, random: np.random.Generator, tolerance: float
) -> bool:
    """Whether random loops of the values permute the roots x (roots, m + 1).

    If one were missing, most loops would lead to it: Duff et al., doi:10.1093/imanum/dry017.
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

        end, left, _ = followed_paths(jacobians, 3, end, tolerance)
        if left.any():
            return False
    before = np.sort_complex(_projective_key(x))
    after = np.sort_complex(_projective_key(end).reshape(LOOPS, -1))
    apart = np.abs(np.diff(before)).min(initial=np.inf)
    return bool(np.all(np.abs(after - before) < min(1e-6, 0.1 * apart)))


def _projective_key(x: Array) -> Array:
    """A complex number (...) that distinguishes points x (..., m + 1) of projective space."""
    probe = np.exp(1j * np.arange(1, x.shape[-1] + 1) ** 2)
    return (x @ probe.conj()) / (x @ probe)


def _path_ends(
    terms: Terms, generic: Array, starts: Array, values: Array, tolerance: float
) -> tuple[Array, Array, Array]:
    """Finite ends: points (roots,), x (roots, m + 1); and which points (points,) are complete."""
    point = np.repeat(np.arange(len(values)), len(starts))
    x = np.tile(starts, (len(values), 1))

    def jacobians(x: Array, path: Array) -> tuple[Array, Array]:
        return terms.jacobian(generic, x), terms.jacobian(values[point[path]], x)

    x, left, growth = followed_paths(jacobians, 3, x, tolerance)
    finite, lost = _classified_ends(x, left, growth)
    regular = finite & (left == 0)
    complete = np.full(len(values), len(starts) > 0)
    complete[point[lost]] = False
    complete[_jumped_points(terms, values, point[regular], x[regular])] = False
    return point[finite], x[finite], complete


def _jumped_points(terms: Terms, values: Array, point: Array, x: Array) -> Array:
    """Points at which two ends x (roots, m + 1) are one regular root, so that a path has jumped."""
    mark = _projective_key(x)
    order = np.lexsort((mark.real, point))
    point = point[order]
    x = x[order]
    mark = mark[order]
    matrix, _ = augmented(terms.jacobian(values[point], x), x)
    alone = np.linalg.svd(matrix, compute_uv=False)[:, -1]
    gap = np.abs(np.diff(mark))
    same = (gap < 1e-5) & (gap <= 1e-2 * np.minimum(alone[1:], alone[:-1])) & (np.diff(point) == 0)
    return point[1:][same]


def _classified_ends(x: Array, left: Array, growth: Array) -> tuple[Array, Array]:
    """Which paths (paths,) end at a finite root, and which are lost; the rest go to infinity."""
    first = np.abs(x[:, 0])
    infinite = (left > 0) & ((growth > TO_INFINITY) | (first < AT_INFINITY))
    return ~infinite, (left > NEAR_END) & (first > ZERO)
