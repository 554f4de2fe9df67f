"""Matrix products in twice double precision, by error-free sums and products (Ogita et al.,
doi:10.1137/030601818).
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array


def matrix_product(A: Array, B: Array) -> tuple[Array, Array]:
    """A B for real matrices (..., n, k) and (..., k, m): rounded to double precision, and what
    rounding took away.
    """
    (A_high, A_low), (B_high, B_low) = halves(A), halves(B)
    total, low = np.zeros(
        (2, *np.broadcast_shapes(A.shape[:-2], B.shape[:-2]), A.shape[-2], B.shape[-1])
    )
    for k in range(A.shape[-1]):
        product = A[..., :, k, None] * B[..., None, k, :]
        a_high, a_low = A_high[..., :, k, None], A_low[..., :, k, None]
        b_high, b_low = B_high[..., None, k, :], B_low[..., None, k, :]
        rounded_off = a_low * b_low - (
            ((product - a_high * b_high) - a_low * b_high) - a_high * b_low
        )
        total, lost = two_sum(total, product)
        low = low + (rounded_off + lost)
    return total, low


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and what rounding took away."""
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


def halves(a: Array) -> tuple[Array, Array]:
    """Two numbers of 26 bits that add up to a."""
    lifted = (2.0**27 + 1) * a
    high = lifted - (lifted - a)
    return high, a - high


def lyapunov_residual(A: Array, D: Array, V: Array) -> Array:
    """AV + VAᵀ + D (..., n, n) for symmetric D and V."""
    AV, low = matrix_product(A, V)
    both, lost = two_sum(AV, AV.swapaxes(-1, -2))
    total, lost_too = two_sum(both, D)
    return np.asarray(total + (low + low.swapaxes(-1, -2) + lost + lost_too))
