"""Joint covariance of a stationary linear system and of filtered modes of its light, exactly.

A Lorentzian filter is a one-sided cavity that the light enters: it enlarges A and B, and one
Lyapunov equation gives its correlations. Filters of finite duration collect light of this enlarged
system (see `windows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...sde.model.ports.port import two_by_two
from ...sde.support.checks import Array, Shape
from ..lyapunov.solver import solve_lyapunov
from .filters import Exponentials
from .windows import Emitter, collected


@dataclass(frozen=True, eq=False)
class Fluctuations:
    """du = A u dt + B dW, and for each filter the light C u + D dW/dt that enters it.

    A (..., n, n) in rad/s, B (..., n, channels), C (filters, ..., 2, n), D (filters, ..., 2,
    channels).
    """

    A: Array
    B: Array
    C: Sequence[Array]
    D: Sequence[Array]


def joint_covariance(light: Fluctuations, filters: Sequence[Exponentials]) -> Array:
    """Covariance (..., n + 2 filters, n + 2 filters) of the quadratures and the filtered modes.

    UnstableError where A is not stable.
    """
    endless = [k for k, each in enumerate(filters) if each.endless]
    timed = [k for k, each in enumerate(filters) if not each.endless]
    n = light.A.shape[-1]
    A, B = _with_cavities(light, filters, endless)
    V = solve_lyapunov(A, B @ _transposed(B))
    if timed:
        V = _with_windows(light, [filters[k] for k in timed], timed, (A, B, V))
    found = endless + timed
    first = [n + 2 * found.index(k) for k in range(len(filters))]
    order = [*range(n), *(at + axis for at in first for axis in (0, 1))]
    return V[..., order, :][..., order]


def _with_cavities(
    light: Fluctuations, filters: Sequence[Exponentials], endless: Sequence[int]
) -> tuple[Array, Array]:
    """A and B of the quadratures and of the cavities that stand for Lorentzian filters."""
    n, channels = light.B.shape[-2:]
    lead = _common_lead(light, filters)
    size = n + 2 * len(endless)
    A, B = np.zeros((*lead, size, size)), np.zeros((*lead, size, channels))
    A[..., :n, :n] = light.A
    B[..., :n, :] = light.B
    for k, first in zip(endless, range(n, size, 2), strict=True):
        own = slice(first, first + 2)
        scale = filters[k].scale[..., None]
        A[..., own, :n] = scale * light.C[k]
        A[..., own, own] = -two_by_two(filters[k].rates[..., 0])
        B[..., own, :] = scale * light.D[k]
    return A, B


def _common_lead(light: Fluctuations, filters: Sequence[Exponentials]) -> Shape:
    matrices = [light.A, light.B, *light.C, *light.D]
    return np.broadcast_shapes(
        *(M.shape[:-2] for M in matrices), *(each.duration.shape for each in filters)
    )


def _with_windows(
    light: Fluctuations,
    filters: Sequence[Exponentials],
    numbers: Sequence[int],
    known: tuple[Array, Array, Array],
) -> Array:
    """The covariance of `known` A, B and V (..., m, m), with filters of finite duration added.

    `numbers` are those of the filters among the lights of `light`.
    """
    A, B, V = known
    lead, m, n = A.shape[:-2], A.shape[-1], light.A.shape[-1]
    pieces = [k for k, each in enumerate(filters) for _ in each.coefficients]
    C = np.zeros((*lead, 2 * len(pieces), m))
    D = np.zeros((*lead, 2 * len(pieces), B.shape[-1]))
    for row, k in enumerate(pieces):
        scale = filters[k].scale[..., None]
        C[..., 2 * row : 2 * row + 2, :n] = scale * light.C[numbers[k]]
        D[..., 2 * row : 2 * row + 2, :] = scale * light.D[numbers[k]]
    emitter = Emitter(
        A,
        V @ _transposed(C) + B @ _transposed(D),
        C,
        D @ _transposed(D),
        _along_pieces([each.rates.imag for each in filters], lead),
    )
    durations = [np.repeat(each.duration[..., None], each.rates.shape[-1], -1) for each in filters]
    M, P = collected(emitter, _along_pieces(durations, lead))
    add = _sums(filters)
    return _blocks(V, M @ add.T, add @ P @ add.T)


def _along_pieces(values: Sequence[Array], lead: Shape) -> Array:
    """Values (..., pieces) of each filter, one after the other, as one array."""
    return np.concatenate([np.broadcast_to(v, (*lead, v.shape[-1])) for v in values], axis=-1)


def _sums(filters: Sequence[Exponentials]) -> Array:
    """The matrix (2 filters, 2 pieces) that adds up the exponentials of each filter."""
    out = np.zeros((len(filters), sum(len(each.coefficients) for each in filters)))
    first = 0
    for row, each in enumerate(filters):
        out[row, first : first + len(each.coefficients)] = each.coefficients
        first = first + len(each.coefficients)
    return np.kron(out, np.eye(2))


def _blocks(V: Array, M: Array, P: Array) -> Array:
    """[[V, M], [Mᵀ, P]]."""
    upper = np.concatenate([V, M], axis=-1)
    lower = np.concatenate([_transposed(M), 0.5 * (P + _transposed(P))], axis=-1)
    return np.concatenate([upper, lower], axis=-2)


def _transposed(M: Array) -> Array:
    return np.asarray(np.swapaxes(M, -1, -2))
