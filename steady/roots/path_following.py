"""Paths of the roots of (1 − s)·end(x) + s·start(x) = 0 followed from s = 1 to 0, many at once.

Unknowns are homogenised, x (paths, m + 1) with |x| = 1, so that paths to infinity stay finite.
A Runge–Kutta step predicts, two of Newton's correct; steps of each path are adapted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...sde.support.checks import Array
from .search_limits import current_limits

Jacobians = Callable[[Array, Array], tuple[Array, Array]]
"""Function of x and path numbers: Jacobians (paths, m, m + 1) of start and end system."""
CONTRACTION = 0.02
"""Largest ratio of Newton's second correction to the first, for fast convergence to the path."""
ROUNDING = 1e-11
"""A second correction of this size may be rounding."""
STEPS = 1000
"""Largest number of steps of a path."""
STALLED = (1e-7, 1e-3)
"""Shortest step, as part of the remaining way, before `NEAR_END` and after."""
NEAR_END = 1e-6
"""Remaining way below which a stalled path is at a singular end, not lost.

Several paths meet there, or the path goes to infinity.
"""
END = 1e-13
"""Remaining way at which a singular end is close enough."""
ZERO = 1e-12
"""Size below which an unknown of a root, or x₀ on a path, counts as zero."""
AT_INFINITY = 1e-7
"""Size of x₀ below which an end is at infinity."""


BATCH = 8192
"""Paths followed at a time, which bounds the memory and the time to react to an interrupt."""


def followed_paths(
    jacobians: Jacobians, degree: int, x: Array, tolerance: float
) -> tuple[Array, Array, Array]:
    """Follow paths from x (paths, m + 1): ends x, the s (paths,) left there, and d log|x₀|/d log s.

    `degree` is that of the rows, `tolerance` the largest distance between prediction and path. A
    path is finished, s = 0, in one last step that leaves x₀ almost unchanged: otherwise x₀ may be
    going to zero.
    """
    x = x.copy()
    s = np.ones(len(x))
    step = np.full(len(x), 0.05)
    growth = np.zeros(len(x))
    for piece in range(0, len(x), BATCH):
        active = np.arange(piece, min(piece + BATCH, len(x)))
        _follow_batch(jacobians, degree, active, tolerance, x, s, step, growth)
    return x, s, growth


def _follow_batch(
    jacobians: Jacobians,
    degree: int,
    active: Array,
    tolerance: float,
    x: Array,
    s: Array,
    step: Array,
    growth: Array,
) -> None:
    """Follow the active paths, by number, in place: x, s, step and growth of all paths."""
    last = int(active[-1]) + 1
    for _ in range(STEPS):
        current_limits().report(last - len(active), len(x))
        here = x[active]
        now = s[active]
        part = np.where(step[active] < 0.95, step[active], 1)
        trial, first, second, slope = _predictor_corrector(
            jacobians, degree, active, here, now, part * now
        )
        excess = np.maximum(first / tolerance, second / (CONTRACTION * first + ROUNDING))
        settled = np.abs(trial[:, 0]) > np.maximum(0.5 * np.abs(here[:, 0]), AT_INFINITY)
        taken = (excess <= 1) & (settled | (part < 1))
        step[active] = part * np.clip(
            0.8 * (excess + 1e-9) ** -0.2, 0.25, np.where(taken, 2.0, 0.5)
        )
        growth[active] = now * np.abs(slope[:, 0] / here[:, 0])
        x[active[taken]] = trial[taken]
        s[active[taken]] = ((1 - part) * now)[taken]
        shortest = np.where(s[active] > NEAR_END, *STALLED)
        active = active[
            (s[active] > END) & (step[active] > shortest) & (np.abs(x[active, 0]) > ZERO)
        ]
        if not len(active):
            break


def _predictor_corrector(
    jacobians: Jacobians, degree: int, path: Array, x: Array, s: Array, h: Array
) -> tuple[Array, Array, Array, Array]:
    """One step back in s by h (paths,): Runge–Kutta, then two of Newton's.

    Returns the new x (paths, m + 1), the sizes of the two corrections, and dx/ds at the old x.
    """

    def change(at: Array, s: Array, along: bool) -> Array:
        start, end = jacobians(at, path)
        now = end + s[:, None, None] * (start - end)
        matrix, size = augmented(now, x)
        right = ((start - end if along else now) @ at[..., None])[..., 0] / (degree * size)
        return _solve(matrix, np.append(-right, np.zeros((len(x), 1)), axis=1))

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


def augmented(jacobian: Array, x: Array) -> tuple[Array, Array]:
    """The Jacobian (paths, m, m + 1), rows divided by their sizes, above the row x*; the sizes.

    The row x* fixes the length of x.
    """
    size = np.abs(jacobian).max(axis=-1)
    size = np.where(size > 0, size, 1)
    return np.concatenate([jacobian / size[..., None], x.conj()[:, None]], axis=1), size


def _solve(matrix: Array, right: Array) -> Array:
    """matrix⁻¹ · right (paths, m + 1), by the pseudo-inverse where a matrix is singular."""
    try:
        return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.asarray((np.linalg.pinv(matrix) @ right[..., None])[..., 0])
