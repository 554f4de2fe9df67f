"""Matrix products in twice double precision, by error-free sums and products.

A number is kept as its rounded value and the rounding error.

References
----------
Ogita et al., doi:10.1137/030601818.
"""

from __future__ import annotations

import numpy as np

from ..jit import simd
from ..jit.shared_kernels import SharedKernels
from ..support.checks import Array
from . import twofold_kernel

LARGE = 17
"""Rows and columns from which on matrices are multiplied by compiled code."""
KERNELS = SharedKernels((simd, twofold_kernel), ("product", "symmetric_sum"))


def matrix_product(A: Array, B: Array) -> tuple[Array, Array]:
    """A B (..., n, m) of real A (..., n, k) and B (..., k, m): rounded, and the rounding error.

    Single large matrices are multiplied by compiled code.
    """
    if A.ndim == B.ndim == 2 and min(A.shape + B.shape) >= LARGE:
        total, low = _compiled_product(A, B)
        return total[:, : B.shape[1]], low[:, : B.shape[1]]
    (A_high, A_low), (B_high, B_low) = halves(A), halves(B)
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    total, low = np.zeros((2, *batch, A.shape[-2], B.shape[-1]))
    for k in range(A.shape[-1]):
        product = A[..., :, k, None] * B[..., None, k, :]
        a_high = A_high[..., :, k, None]
        a_low = A_low[..., :, k, None]
        b_high = B_high[..., None, k, :]
        b_low = B_low[..., None, k, :]
        rounded_off = a_low * b_low - (
            ((product - a_high * b_high) - a_low * b_high) - a_high * b_low
        )
        total, error = two_sum(total, product)
        low = low + (rounded_off + error)
    return total, low


def _compiled_product(A: Array, B: Array) -> tuple[Array, Array]:
    """`matrix_product` of single matrices, with columns of zeros up to a multiple of `LANES`."""
    rows, inner = A.shape
    width = -(-B.shape[1] // simd.LANES) * simd.LANES
    padded = np.zeros((inner, width))
    padded[:, : B.shape[1]] = B
    total, low = np.empty((2, rows * width))
    KERNELS.load().product(_flat(A), _flat(padded), rows, inner, width, total, low)
    return total.reshape(rows, width), low.reshape(rows, width)


def _compiled_residual(A: Array, D: Array, V: Array) -> Array:
    """`lyapunov_residual` of single matrices (n, n)."""
    total, low = _compiled_product(A, V)
    R = np.empty(A.size)
    KERNELS.load().symmetric_sum(_flat(total), _flat(low), _flat(D), len(A), total.shape[1], R)
    return R.reshape(A.shape)


def _flat(matrix: Array) -> Array:
    """The elements, row by row."""
    return np.ascontiguousarray(matrix, float).ravel()


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and the rounding error; both have the broadcast shape of a and b."""
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


def halves(a: Array) -> tuple[Array, Array]:
    """Two arrays of 26-bit numbers, of the shape of a, that add up to a."""
    lifted = (2.0**27 + 1) * a
    high = lifted - (lifted - a)
    return high, a - high


def lyapunov_residual(A: Array, D: Array, V: Array) -> Array:
    """AV + VAᵀ + D (..., n, n) for symmetric D and V, accurate to double precision."""
    if A.ndim == D.ndim == V.ndim == 2 and len(A) >= LARGE:
        return _compiled_residual(A, D, V)
    AV, low = matrix_product(A, V)
    both, error_1 = two_sum(AV, AV.swapaxes(-1, -2))
    total, error_2 = two_sum(both, D)
    return np.asarray(total + (low + low.swapaxes(-1, -2) + error_1 + error_2))
