"""Stability of du = A u dt, decided twice: by eigenvalues, and by Routh–Hurwitz without them.

Matrices A have shape (..., n, n) and hold rates in rad/s; results keep the leading axes. Every function raises
ValueError for matrices that are not square, real and finite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..sde.arguments import common_shape, numeric
from ..sde.polynomial import Array

MARGINAL = 1e-13
"""A growth or relaxation rate below this fraction of ‖A‖ (Frobenius) is marginal: rounding could change its sign.

Eigenvalues carry errors near 1e-15 ‖A‖. An oscillator of quality factor Q relaxes at 0.35 ‖A‖/Q, so that Q = 1e12
is told from a marginal one, with a factor three to spare.
"""


def eigenvalues(A: ArrayLike) -> Array:
    """Eigenvalues (..., n) by falling real part, complex, in rad/s."""
    values = np.linalg.eigvals(as_matrices("A", A)).astype(complex)
    order = np.argsort(-values.real, axis=-1, kind="stable")
    return np.take_along_axis(values, order, axis=-1)


def margin(A: ArrayLike) -> Array:
    """−max Re λ (...), rad/s: the slowest relaxation rate, negative where A is unstable."""
    return np.asarray(-eigenvalues(A)[..., 0].real)


def marginal_rate(A: ArrayLike) -> Array:
    """The rate (...), rad/s, up to which |max Re λ| counts as zero: `MARGINAL` · ‖A‖."""
    return np.asarray(MARGINAL * np.linalg.norm(as_matrices("A", A), axis=(-2, -1)))


def instability_kind(A: ArrayLike) -> Array:
    """How A loses stability (...): by the eigenvalue of largest real part, one of these words.

    "stable"      it decays
    "marginal"    its real part is within `marginal_rate` of zero
    "saddle"      it grows and is real
    "hopf"        it grows and is one of a complex pair
    """
    return leading_kind(eigenvalues(A)[..., 0], marginal_rate(A))


def leading_kind(leading: Array, zero: Array) -> Array:
    """`instability_kind` from the eigenvalue of largest real part and the rate that counts as zero."""
    growing = np.where(np.abs(leading.imag) > zero, "hopf", "saddle")
    settled = np.where(leading.real < -zero, "stable", "marginal")
    return np.asarray(np.where(leading.real > zero, growing, settled))


def characteristic_polynomial(A: ArrayLike) -> Array:
    """Coefficients (..., n + 1) of det(λI − A), monic, highest power first, coefficient k in (rad/s)^k.

    The Faddeev–LeVerrier recursion (Hou, doi:10.1137/S003614459732076X), for which no eigenvalue is needed, in
    `numpy.longdouble`, which the result keeps; rates are scaled by a power of two in between, which rounds nothing.
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
    """Where every eigenvalue has a negative real part, shape (...), by the signs of the Routh array's first column.

    The array is built from `characteristic_polynomial` in `numpy.longdouble`. A zero pivot means a root that is not
    strictly stable: False. There is no marginal zone, so within `marginal_rate` of zero the answer is rounding's.
    The criterion for drift matrices: DeJesus and Kaufman, doi:10.1103/PhysRevA.35.5288.
    """
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


def as_matrices(name: str, value: ArrayLike) -> Array:
    """The value as an array (..., n, n) of float64; ValueError unless it is square, real and finite."""
    matrices = as_square(name, value)
    if not np.all(np.isfinite(matrices)):
        raise ValueError(f"{name} must be finite (got {np.sum(~np.isfinite(matrices))} elements that are NaN or ∞)")
    return matrices


def as_square(name: str, value: ArrayLike) -> Array:
    """`as_matrices` without a look at the elements: the value itself, where it is such an array of float64."""
    matrices = numeric(name, value)
    if matrices.ndim < 2 or matrices.shape[-1] != matrices.shape[-2] or matrices.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (..., n, n) with n ≥ 1 (got {matrices.shape})")
    if np.iscomplexobj(matrices):
        raise ValueError(f"{name} must be real, on quadratures rather than amplitudes (got {matrices.dtype})")
    return matrices.astype(float, copy=False)


def require_alike(name: str, matrices: Array, A: Array) -> None:
    """ValueError unless matrices are as large as A, and their leading axes broadcast with those of A."""
    if matrices.shape[-2:] != A.shape[-2:]:
        n = A.shape[-1]
        raise ValueError(f"{name} must have shape (..., {n}, {n}), as A has (got {matrices.shape})")
    common_shape({"A": A.shape[:-2], name: matrices.shape[:-2]})


def binary_scale(A: Array) -> Array:
    """The power of two (...) next above ‖A‖ (Frobenius), by which one can divide A without rounding; 1 for A = 0."""
    _, exponent = np.frexp(np.linalg.norm(A, axis=(-2, -1)))
    return np.asarray(np.ldexp(1.0, exponent))
