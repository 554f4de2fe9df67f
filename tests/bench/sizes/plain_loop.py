"""The steps of any model as a plain numba loop: one trajectory after another, sparse sums.

What a user would write who has the arrays of the model, without twins and without error bars.
"""

from __future__ import annotations

from time import process_time

import numba as nb
import numpy as np

from qlangevin.sde import Model

STEPS = 200


def seconds_per_step(model: Model, step: float, seconds: float = 0.3) -> float:
    """CPU seconds for a step of a trajectory; the fastest of runs that take `seconds` together."""
    terms = _sparse(model, step)
    noise = model.B * np.sqrt(step)
    channels = [np.flatnonzero(row) for row in noise]
    starts = np.cumsum([0, *map(len, channels)])
    places = np.concatenate([*channels, np.zeros(0, int)]).astype(np.int64)
    sizes = np.array([noise[i, k] for i in range(len(noise)) for k in channels[i]])
    arguments = *terms, starts, places, sizes, model.B.shape[1]
    _check(model, step, arguments)
    best, began = np.inf, process_time()
    while process_time() - began < seconds:
        before = process_time()
        _run(np.zeros(model.size), STEPS, *arguments)
        best = min(best, process_time() - before)
    return best / STEPS


def _sparse(model: Model, step: float) -> tuple[np.ndarray, ...]:
    """Rows, three factors (n stands for 1), and values times the step, of all terms."""
    n = model.size
    rows = [(i, n, n, n, model.c[i]) for i in np.flatnonzero(model.c)]
    rows += [(i, j, n, n, model.A[i, j]) for i, j in np.argwhere(model.A)]
    rows += [(*at, n, value) for at, value in zip(model.Q.index, model.Q.value, strict=True)]
    rows += [(*at, value) for at, value in zip(model.K.index, model.K.value, strict=True)]
    table = np.array(rows, float)
    return table[:, 0].astype(np.int64), table[:, 1:4].astype(np.int64), step * table[:, 4]


def _check(model: Model, step: float, arguments: tuple) -> None:
    """One step without noise is that of the model's drift."""
    u = np.random.default_rng(0).normal(size=model.size)
    moved = u.copy()
    _run(moved, 1, *arguments[:-2], 0.0 * arguments[-2], arguments[-1])
    np.testing.assert_allclose(moved, u + step * model.drift(u), rtol=1e-12, atol=1e-12)


@nb.njit
def _run(u, steps, rows, factors, values, starts, places, sizes, channels):
    n = len(u)
    extended, change, normals = np.ones(n + 1), np.empty(n), np.empty(channels)
    for _ in range(steps):
        for i in range(n):
            extended[i], change[i] = u[i], 0.0
        for k in range(channels):
            normals[k] = np.random.normal()
        for t in range(len(rows)):
            product = extended[factors[t, 0]] * extended[factors[t, 1]] * extended[factors[t, 2]]
            change[rows[t]] += values[t] * product
        for i in range(n):
            for e in range(starts[i], starts[i + 1]):
                change[i] += sizes[e] * normals[places[e]]
            u[i] += change[i]
