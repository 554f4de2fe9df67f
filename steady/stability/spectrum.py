"""Stability of du = A u dt by eigenvalues, each judged by its own rounding error.

Matrices A have shape (..., n, n) and hold rates in rad/s; results keep the leading axes. Every
function raises ValueError for matrices that are not square, real and finite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...sde.support.checks import Array
from .matrices import as_matrices, binary_scale
from .refinement import MARGINAL, MEETING, refined_eigenvalues

CLEAR = 1e-11
"""Real parts above this fraction of ‖A‖ need no refinement, unless eigenvalues meet."""


def spectrum(A: ArrayLike, element_error: ArrayLike = 0.0) -> tuple[Array, Array]:
    """Eigenvalues (..., n) by falling real part, and the size (..., n) up to which that is zero.

    Both are in rad/s. The size is the shift of the eigenvalue by a relative change of A's elements
    by `MARGINAL` = 1e-13, at most 1e-13 ‖A‖, or by a change of ± element_error (..., n, n), rad/s,
    if that is larger (see `refinement`). So a weakly damped oscillator does not count as marginal
    merely because there are faster modes.
    """
    A = as_matrices("A", A)
    element_error = np.broadcast_to(element_error, A.shape)
    values = np.linalg.eigvals(A).astype(complex)
    size = np.linalg.norm(A, axis=(-2, -1))
    error_size = np.linalg.norm(element_error, axis=(-2, -1))
    zero = np.broadcast_to(np.maximum(MARGINAL * size, error_size)[..., None], values.shape).copy()
    for at in map(tuple, np.argwhere(_in_doubt(A, values, size, error_size))):
        scale = binary_scale(A[at])
        values[at], zero[at] = (
            scale * each for each in refined_eigenvalues(A[at] / scale, element_error[at] / scale)
        )
    order = np.argsort(-values.real, axis=-1, kind="stable")
    return np.take_along_axis(values, order, axis=-1), np.take_along_axis(zero, order, axis=-1)


def _in_doubt(A: Array, values: Array, size: Array, error_size: Array) -> Array:
    """Where (...) a real part is so small, or its rounding so large, that it must be refined."""
    rates = np.abs(values.real)
    n = values.shape[-1]
    doubt = np.asarray(np.any(rates <= np.maximum(CLEAR * size, error_size)[..., None], axis=-1))
    distances = np.abs(values[..., :, None] - values[..., None, :])
    distances[..., np.arange(n), np.arange(n)] = np.inf
    close = (MEETING * size)[..., None]
    slowest = np.where((rates <= close) & (distances.min(axis=-1) <= close), rates, np.inf).min(
        axis=-1
    )
    meeting = ~doubt & np.isfinite(slowest)
    if np.any(meeting):
        error = (
            n * np.finfo(float).eps * np.linalg.cond(np.linalg.eig(A[meeting])[1]) * size[meeting]
        )
        doubt[meeting] = ~(100 * error < slowest[meeting])
    return doubt & (size > 0)


def eigenvalues(A: ArrayLike) -> Array:
    """Eigenvalues (..., n) by falling real part, complex, in rad/s."""
    return spectrum(A)[0]


def margin(A: ArrayLike) -> Array:
    """−max Re λ (...), rad/s: the slowest relaxation rate, negative where A is unstable."""
    return np.asarray(-eigenvalues(A)[..., 0].real)


def leading_eigenvalue(values: Array, zero: Array) -> tuple[Array, Array]:
    """The eigenvalue (...) of a `spectrum` that decides whether A is stable, and its size of zero.

    The fastest growing one; else the first whose real part counts as zero; else the slowest.
    """
    growing = values.real > zero
    marginal = np.abs(values.real) <= zero
    first = np.where(growing.any(axis=-1), growing.argmax(axis=-1), marginal.argmax(axis=-1))[
        ..., None
    ]
    value, size = (np.take_along_axis(each, first, axis=-1)[..., 0] for each in (values, zero))
    return value, size


def instability_kind(A: ArrayLike) -> Array:
    """How A loses stability (...), by its leading eigenvalue:

    "stable"      all decay
    "marginal"    its real part counts as zero, and none grows
    "saddle"      it grows and is real
    "hopf"        it grows and is one of a complex pair
    """
    return leading_kind(*leading_eigenvalue(*spectrum(A)))


def leading_kind(leading: Array, zero: Array) -> Array:
    """`instability_kind` (...) from a leading eigenvalue and its size of zero."""
    growing = np.where(np.abs(leading.imag) > zero, "hopf", "saddle")
    settled = np.where(leading.real < -zero, "stable", "marginal")
    return np.asarray(np.where(leading.real > zero, growing, settled))
