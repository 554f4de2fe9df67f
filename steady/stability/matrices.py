"""Checks of matrix arguments (..., n, n), their norm, and their scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...sde.support.checks import Array, common_shape, numeric


def as_matrices(name: str, value: ArrayLike) -> Array:
    """The value as an array (..., n, n) of float64. ValueError unless square, real and finite."""
    matrices = as_square(name, value)
    if not np.all(np.isfinite(matrices)):
        raise ValueError(
            f"{name} must be finite (got {np.sum(~np.isfinite(matrices))} elements that are NaN or "
            "∞)"
        )
    return matrices


def as_square(name: str, value: ArrayLike) -> Array:
    """`as_matrices` (..., n, n) without a check of the elements; no copy of an array of float64."""
    matrices = numeric(name, value)
    if matrices.ndim < 2 or matrices.shape[-1] != matrices.shape[-2] or matrices.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (..., n, n) with n ≥ 1 (got {matrices.shape})")
    if np.iscomplexobj(matrices):
        raise ValueError(
            f"{name} must be real, on quadratures rather than amplitudes (got {matrices.dtype})"
        )
    return matrices.astype(float, copy=False)


def require_alike(name: str, matrices: Array, A: Array) -> None:
    """ValueError unless matrices are as large as A and their leading axes broadcast with A's."""
    if matrices.shape[-2:] != A.shape[-2:]:
        n = A.shape[-1]
        raise ValueError(f"{name} must have shape (..., {n}, {n}), as A has (got {matrices.shape})")
    common_shape({"A": A.shape[:-2], name: matrices.shape[:-2]})


def binary_scale(A: Array) -> Array:
    """The power of two (...) next above ‖A‖; 1 for A = 0. Division by it rounds nothing."""
    _, exponent = np.frexp(np.linalg.norm(A, axis=(-2, -1)))
    return np.asarray(np.ldexp(1.0, exponent))


SYMMETRIC = 1e-12
"""Largest asymmetry of a symmetric matrix, relative to its largest element."""


def as_symmetric(name: str, value: ArrayLike) -> Array:
    """The symmetric part (..., n, n) of matrices. ValueError where they are not symmetric."""
    matrices = as_matrices(name, value)
    transposed = matrices.swapaxes(-1, -2)
    size = np.abs(matrices).max(axis=(-2, -1), keepdims=True)
    if np.any(np.abs(matrices - transposed) > SYMMETRIC * size):
        raise ValueError(
            f"{name} must be symmetric; use ({name} + {name}ᵀ)/2 if the asymmetry is rounding"
        )
    return 0.5 * (matrices + transposed)


def norm(M: Array) -> Array:
    """The Frobenius norm (...) of matrices (..., n, n)."""
    return np.asarray(np.linalg.norm(M, axis=(-2, -1)))
