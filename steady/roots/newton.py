"""Newton's method on a polynomial drift: roots polished, certified by residual, and distinguished.

Models here have one leading axis, the parameter points, or none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...sde.model.model import Model
from ...sde.model.polynomial import Monomials
from ...sde.support.checks import Array

CERTIFIED = 1e-13
"""Largest relative residual of a root."""
FAILED_STEPS = 5
"""Steps of Newton's method in a row that may fail before it ends."""
ROUNDING = 64 * np.finfo(float).eps
"""Relative rounding error of a sum of terms of the drift."""


def residual(model: Model, u: Array) -> Array:
    """Largest |drift| over the rows (...), relative to the row's terms, at u (..., n).

    That is relative to the sum of their absolute values, or to a thousandth of the largest such sum
    in rows whose sum is smaller.
    """
    terms = _absolute_terms(model, u)
    floor = np.maximum(1e-3 * terms.max(axis=-1, keepdims=True), np.finfo(float).tiny)
    return np.asarray((np.abs(model.drift(u)) / np.maximum(terms, floor)).max(axis=-1))


def rounding_error(model: Model, u: Array) -> Array:
    """How far rounding of the drift can move a root u (roots, n), shape (roots, n).

    That is |J⁻¹| · (rounding of the terms); ∞ where J is singular.
    """
    identity = np.broadcast_to(np.eye(model.size), (*u.shape, model.size))
    inverse = np.abs(solve(model.jacobian(u), identity))
    shift = (inverse @ (ROUNDING * _absolute_terms(model, u))[..., None])[..., 0]
    return np.nan_to_num(shift, nan=np.inf)


def polished(model: Model, u: Array) -> Array:
    """The best of Newton's iterates from u (roots, n), while the residual falls or may still fall.

    Near a multiple root the first steps can fail: `FAILED_STEPS` of them in a row may raise the
    residual. Roots that are not certified then are tried with steps that leave out the direction in
    which the roots meet, where rounding dominates.
    """
    best = u.copy()
    u = u.copy()
    failed = np.zeros(len(u), int)
    left = residual(model, u)
    for step in (solve, _least_norm_solution):
        active = np.flatnonzero((left > CERTIFIED) | (step is solve))
        u[active] = best[active]
        failed[active] = 0
        while len(active):
            now = model.at(active)
            u[active] -= step(now.jacobian(u[active]), now.drift(u[active]))
            error = residual(now, u[active])
            taken = error <= np.maximum(left[active], ROUNDING)
            falls = error < 0.9 * left[active]
            best[active[taken]] = u[active[taken]]
            left[active] = np.where(taken, error, left[active])
            failed[active] = np.where(falls, 0, failed[active] + 1)
            continues = falls | ((left[active] > ROUNDING) & (failed[active] < FAILED_STEPS))
            active = active[continues & np.isfinite(error)]
    return best


def distinct(part: Model, which: Array, u: Array) -> tuple[Array, Array]:
    """Points (roots,) and roots (roots, n), those that differ by rounding once.

    They are compared by a generic sum of the quadratures.
    """
    weight = np.cos(np.arange(1, part.size + 1) ** 2)
    key = u @ weight
    blur = rounding_error(part.at(which), u) @ np.abs(weight)
    order = np.lexsort((key, which))
    which = which[order]
    u = u[order]
    key = key[order]
    blur = blur[order]
    repeated = (which[1:] == which[:-1]) & (np.diff(key) <= blur[1:] + blur[:-1])
    first = np.concatenate([[True], ~repeated])[: len(which)]
    return which[first], u[first]


def solve(matrix: Array, right: Array) -> Array:
    """matrix⁻¹ · right for vectors (..., n) or matrices (..., n, n); NaN where it is singular."""
    columns = right if right.ndim == matrix.ndim else right[..., None]
    try:
        solution = np.linalg.solve(matrix, columns)
    except np.linalg.LinAlgError:
        singular = ~(np.abs(np.linalg.det(matrix)) > 0)[..., None, None]
        solution = np.linalg.solve(np.where(singular, np.eye(matrix.shape[-1]), matrix), columns)
        solution = np.where(singular, np.nan, solution)
    return solution if right.ndim == matrix.ndim else solution[..., 0]


def _least_norm_solution(matrix: Array, right: Array) -> Array:
    """The shortest solution (roots, n) of matrix · x = right, small singular values left out."""
    return np.asarray((np.linalg.pinv(matrix, rcond=1e-9) @ right[..., None])[..., 0])


def _absolute_terms(model: Model, u: Array) -> Array:
    """Sum of the absolute values of each row's terms (..., n) at u (..., n)."""
    Q, K = (Monomials(m.index, np.abs(m.value)) for m in (model.Q, model.K))
    return replace(model, c=np.abs(model.c), A=np.abs(model.A), Q=Q, K=K).drift(np.abs(u))
