"""The matrix of V ↦ AV + VAᵀ in an orthonormal basis of the symmetric matrices (Kronecker sum)."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from ...sde.support.checks import Array

LARGEST = 12
"""Largest n whose Kronecker sums are formed; above it Schur forms take less time."""


@lru_cache
def _basis(n: int) -> Array:
    """Orthonormal symmetric matrices (n(n+1)/2, n, n): e_i e_iᵀ and (e_i e_jᵀ + e_j e_iᵀ)/√2."""
    rows, columns = np.triu_indices(n)
    basis = np.zeros((len(rows), n, n))
    each = np.arange(len(rows))
    basis[each, rows, columns] = basis[each, columns, rows] = np.where(
        rows == columns, 1.0, np.sqrt(0.5)
    )
    return basis


@lru_cache
def _places(n: int) -> tuple[Array, Array]:
    """Index into A, flat, of each off-diagonal element of the Kronecker sum; and factors (m, m)."""
    basis = _basis(n)
    factors = 2 * np.einsum("ram,cbm->rcab", basis, basis).reshape(len(basis), len(basis), n * n)
    index = np.abs(factors).argmax(axis=-1)
    return index, np.take_along_axis(factors, index[..., None], axis=-1)[..., 0]


def kronecker_sum(A: Array) -> Array:
    """V ↦ AV + VAᵀ in the coordinates of `_basis`, shape (..., m, m) with m = n(n+1)/2."""
    n = A.shape[-1]
    rows, columns = np.triu_indices(n)
    index, factor = _places(n)
    M = factor * A.reshape(*A.shape[:-2], n * n)[..., index]
    rates = np.diagonal(A, axis1=-2, axis2=-1)
    each = np.arange(len(rows))
    M[..., each, each] = rates[..., rows] + rates[..., columns]
    return M


def coordinates(S: Array) -> Array:
    """Columns (..., m, 1) of the coordinates in `_basis` of symmetric matrices (..., n, n)."""
    rows, columns = np.triu_indices(S.shape[-1])
    return (np.where(rows == columns, 1.0, np.sqrt(2.0)) * S[..., rows, columns])[..., None]


def from_coordinates(column: Array) -> Array:
    """Symmetric matrices (..., n, n) from coordinates (..., m, 1); inverse of `coordinates`.

    Each element is one product, so that the result is exactly symmetric.
    """
    n = math.isqrt(2 * column.shape[-2])
    rows, columns = np.triu_indices(n)
    S = np.empty((*column.shape[:-2], n, n))
    S[..., rows, columns] = S[..., columns, rows] = (
        np.where(rows == columns, 1.0, np.sqrt(0.5)) * column[..., 0]
    )
    return S
