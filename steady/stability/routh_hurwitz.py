"""The Routh–Hurwitz criterion: stability of du = A u dt without eigenvalues."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...sde.linear_algebra.schur import covariance
from ...sde.linear_algebra.twofold import lyapunov_residual
from ...sde.support.checks import Array
from .matrices import as_matrices, binary_scale

DIGITS = 16
"""Largest n whose characteristic polynomial holds enough digits to show stability."""


def characteristic_polynomial(A: ArrayLike) -> Array:
    """Coefficients (..., n + 1) of det(λI − A) for A (..., n, n), monic, highest power first.

    Coefficient k is in (rad/s)^k. The Faddeev–LeVerrier recursion (Hou,
    doi:10.1137/S003614459732076X), which needs no eigenvalue, in `numpy.longdouble`, which the
    result keeps; rates are scaled by a power of two in between, which rounds nothing.
    """
    A = as_matrices("A", A)
    scale = binary_scale(A).astype(np.longdouble)
    scaled = A / scale[..., None, None]
    identity = np.eye(A.shape[-1], dtype=np.longdouble)
    adjugate = identity
    coefficients = [np.ones_like(scale)]
    for k in range(1, A.shape[-1] + 1):
        product = scaled @ adjugate
        coefficients.append(-np.trace(product, axis1=-2, axis2=-1) / k)
        adjugate = product + coefficients[k][..., None, None] * identity
    return np.stack([c * scale**k for k, c in enumerate(coefficients)], axis=-1)


def routh_hurwitz(A: ArrayLike) -> Array:
    """Where (...) every eigenvalue of A (..., n, n) has a negative real part, by the Routh array.

    The array is built from `characteristic_polynomial` in `numpy.longdouble`. A zero pivot means a
    root that is not strictly stable: False. There is no marginal zone, so where `spectrum` counts a
    real part as zero, rounding decides. The criterion for drift matrices: DeJesus and Kaufman,
    doi:10.1103/PhysRevA.35.5288. Beyond n = `DIGITS` the coefficients do not hold enough digits,
    and a Lyapunov function decides.
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
    above = padded[..., 0::2]
    row = padded[..., 1::2]
    stable = np.ones(coefficients.shape[:-1], bool)
    for _ in range(degree):
        pivot = row[..., :1]
        stable &= pivot[..., 0] > 0
        ratio = above[..., :1] / np.where(pivot > 0, pivot, np.inf)
        following = above[..., 1:] - ratio * row[..., 1:]
        above = row
        row = np.concatenate([following, np.zeros_like(pivot)], axis=-1)
    return stable


def _has_lyapunov_function(A: Array) -> bool:
    """Whether a W > 0 with A W + W Aᵀ < 0 is found for one A (n, n), without eigenvalues of A."""
    one = np.eye(len(A))
    A = A / binary_scale(A)
    W = covariance(A, one)
    variances = np.diagonal(W)
    if not (np.all(variances > 0) and np.linalg.norm(lyapunov_residual(A, one, W)) < 1):
        return False
    scaled = W / np.sqrt(np.outer(variances, variances))
    return bool(np.linalg.eigvalsh(scaled)[0] > len(A) * np.finfo(float).eps)
