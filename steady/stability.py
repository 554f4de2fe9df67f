"""Stability of du = A u dt, decided twice: by eigenvalues, and by Routh–Hurwitz without them.

Matrices A have shape (..., n, n) and hold rates in rad/s; results keep the leading axes. Every
function raises ValueError for matrices that are not square, real and finite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..sde.linear_algebra.schur import covariance
from ..sde.linear_algebra.twofold import lyapunov_residual
from ..sde.support.checks import Array, common_shape, numeric
from .slow_modes import MARGINAL, MEETING, judged

DIGITS = 16
"""Largest n whose characteristic polynomial is trusted to show stability."""
CLEAR = 1e-11
"""Real parts above this fraction of ‖A‖ (Frobenius) need no closer look (`slow`), unless
eigenvalues meet.
"""


def spectrum(A: ArrayLike, blur: ArrayLike = 0.0) -> tuple[Array, Array]:
    """Eigenvalues (..., n) by falling real part, and the size (..., n) up to which the real part
    counts as zero, rad/s.

    That size is what a relative change of A's elements by `MARGINAL` = 1e-13 could do to the
    eigenvalue, at most 1e-13 ‖A‖, or what a change by ± blur (..., n, n), rad/s, could do, if more
    (see `slow`). A good oscillator is thus not marginal because there are faster modes.
    """
    A = as_matrices("A", A)
    blur = np.broadcast_to(blur, A.shape)
    values = np.linalg.eigvals(A).astype(complex)
    size, blurred = np.linalg.norm(A, axis=(-2, -1)), np.linalg.norm(blur, axis=(-2, -1))
    zero = np.broadcast_to(np.maximum(MARGINAL * size, blurred)[..., None], values.shape).copy()
    for at in map(tuple, np.argwhere(_in_doubt(A, values, size, blurred))):
        scale = binary_scale(A[at])
        values[at], zero[at] = (scale * each for each in judged(A[at] / scale, blur[at] / scale))
    order = np.argsort(-values.real, axis=-1, kind="stable")
    return np.take_along_axis(values, order, axis=-1), np.take_along_axis(zero, order, axis=-1)


def _in_doubt(A: Array, values: Array, size: Array, blurred: Array) -> Array:
    """Where (...) an eigenvalue's real part is so small that it takes a closer look, or may be by
    its rounding.
    """
    rates, n = np.abs(values.real), values.shape[-1]
    doubt = np.asarray(np.any(rates <= np.maximum(CLEAR * size, blurred)[..., None], axis=-1))
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


def decisive(values: Array, zero: Array) -> tuple[Array, Array]:
    """Of a `spectrum`, the eigenvalue (...) that decides whether A is stable, and the real part
    that counts as zero.

    The fastest growing one; else the first whose real part counts as zero; else the slowest.
    """
    growing, marginal = values.real > zero, np.abs(values.real) <= zero
    first = np.where(growing.any(axis=-1), growing.argmax(axis=-1), marginal.argmax(axis=-1))[
        ..., None
    ]
    value, size = (np.take_along_axis(each, first, axis=-1)[..., 0] for each in (values, zero))
    return value, size


def instability_kind(A: ArrayLike) -> Array:
    """How A loses stability (...): by the eigenvalue that is `decisive`, one of these words.

    "stable"      all decay
    "marginal"    its real part counts as zero, and none grows
    "saddle"      it grows and is real
    "hopf"        it grows and is one of a complex pair
    """
    return leading_kind(*decisive(*spectrum(A)))


def leading_kind(leading: Array, zero: Array) -> Array:
    """`instability_kind` from the eigenvalue that is `decisive` and the real part that counts as
    zero.
    """
    growing = np.where(np.abs(leading.imag) > zero, "hopf", "saddle")
    settled = np.where(leading.real < -zero, "stable", "marginal")
    return np.asarray(np.where(leading.real > zero, growing, settled))


def characteristic_polynomial(A: ArrayLike) -> Array:
    """Coefficients (..., n + 1) of det(λI − A), monic, highest power first, coefficient k in
    (rad/s)^k.

    The Faddeev–LeVerrier recursion (Hou, doi:10.1137/S003614459732076X), for which no eigenvalue is
    needed, in `numpy.longdouble`, which the result keeps; rates are scaled by a power of two in
    between, which rounds nothing.
    """
    A = as_matrices("A", A)
    scale = binary_scale(A).astype(np.longdouble)
    scaled = A / scale[..., None, None]
    identity = np.eye(A.shape[-1], dtype=np.longdouble)
    adjugate, coefficients = identity, [np.ones_like(scale)]
    for k in range(1, A.shape[-1] + 1):
        product = scaled @ adjugate
        coefficients.append(-np.trace(product, axis1=-2, axis2=-1) / k)
        adjugate = product + coefficients[k][..., None, None] * identity
    return np.stack([c * scale**k for k, c in enumerate(coefficients)], axis=-1)


def routh_hurwitz(A: ArrayLike) -> Array:
    """Where every eigenvalue has a negative real part, shape (...), by the signs of the Routh
    array's first column.

    The array is built from `characteristic_polynomial` in `numpy.longdouble`. A zero pivot means a
    root that is not strictly stable: False. There is no marginal zone, so for what `spectrum`
    counts as zero the answer is rounding's. The criterion for drift matrices: DeJesus and Kaufman,
    doi:10.1103/PhysRevA.35.5288. Beyond n = `DIGITS` the coefficients do not hold enough digits,
    and Lyapunov's theorem says whether the conditions are met.
    """
    if np.shape(A)[-1] > DIGITS:
        A = as_matrices("A", A)
        return np.array(
            [_has_lyapunov_function(one) for one in A.reshape(-1, *A.shape[-2:])]
        ).reshape(A.shape[:-2])
    coefficients = characteristic_polynomial(A)
    degree = coefficients.shape[-1] - 1
    missing = np.zeros((*coefficients.shape[:-1], 1 + degree % 2), coefficients.dtype)
    padded = np.concatenate([coefficients, missing], axis=-1)[..., : 2 * (degree // 2 + 1)]
    above, row = padded[..., 0::2], padded[..., 1::2]
    stable = np.ones(coefficients.shape[:-1], bool)
    for _ in range(degree):
        pivot = row[..., :1]
        stable &= pivot[..., 0] > 0
        ratio = above[..., :1] / np.where(pivot > 0, pivot, np.inf)
        following = above[..., 1:] - ratio * row[..., 1:]
        above, row = row, np.concatenate([following, np.zeros_like(pivot)], axis=-1)
    return stable


def _has_lyapunov_function(A: Array) -> bool:
    """Whether a W > 0 with A W + W Aᵀ < 0 is found for one A (n, n), without an eigenvalue of A."""
    A, one = A / binary_scale(A), np.eye(len(A))
    W = covariance(A, one)
    variances = np.diagonal(W)
    if not (np.all(variances > 0) and np.linalg.norm(lyapunov_residual(A, one, W)) < 1):
        return False
    scaled = W / np.sqrt(np.outer(variances, variances))
    return bool(np.linalg.eigvalsh(scaled)[0] > len(A) * np.finfo(float).eps)


def as_matrices(name: str, value: ArrayLike) -> Array:
    """The value as an array (..., n, n) of float64; ValueError unless it is square, real and
    finite.
    """
    matrices = as_square(name, value)
    if not np.all(np.isfinite(matrices)):
        raise ValueError(
            f"{name} must be finite (got {np.sum(~np.isfinite(matrices))} elements that are NaN or "
            "∞)"
        )
    return matrices


def as_square(name: str, value: ArrayLike) -> Array:
    """`as_matrices` without a look at the elements: the value itself, where it is such an array of
    float64.
    """
    matrices = numeric(name, value)
    if matrices.ndim < 2 or matrices.shape[-1] != matrices.shape[-2] or matrices.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (..., n, n) with n ≥ 1 (got {matrices.shape})")
    if np.iscomplexobj(matrices):
        raise ValueError(
            f"{name} must be real, on quadratures rather than amplitudes (got {matrices.dtype})"
        )
    return matrices.astype(float, copy=False)


def require_alike(name: str, matrices: Array, A: Array) -> None:
    """ValueError unless matrices are as large as A, and their leading axes broadcast with those of
    A.
    """
    if matrices.shape[-2:] != A.shape[-2:]:
        n = A.shape[-1]
        raise ValueError(f"{name} must have shape (..., {n}, {n}), as A has (got {matrices.shape})")
    common_shape({"A": A.shape[:-2], name: matrices.shape[:-2]})


def binary_scale(A: Array) -> Array:
    """The power of two (...) next above ‖A‖ (Frobenius), by which one can divide A without
    rounding; 1 for A = 0.
    """
    _, exponent = np.frexp(np.linalg.norm(A, axis=(-2, -1)))
    return np.asarray(np.ldexp(1.0, exponent))
