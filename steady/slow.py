"""Eigenvalues close to the imaginary axis, refined, each with the real part that rounding of A could give it.

An eigenvalue λ with right and left eigenvectors x and y, y†A = λ y†, moves by up to δ Σ|y_i||A_ij||x_j|/|y†x| when each
element of A changes by a fraction δ. This depends neither on the units of the quadratures nor on their order, and what
does not act on a mode does not count: a good oscillator is judged by its own rates, not by those of a fast cavity.

So that the error of λ is no larger, A is split into strong blocks (see `sde.schur`), each is balanced, and λ is shifted
by y†(Ax − λx)/y†x with the residual in twice double precision. What remains is of second order in the residuals; close
to an exceptional point, where eigenvalues meet, that of LAPACK's λ is smaller and taken.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eig, matrix_balance

from ..sde.polynomial import Array
from ..sde.schur import strong_blocks
from ..sde.twofold import matrix_product, two_product, two_sum

MARGINAL = 1e-13
"""Relative rounding of A's elements that an eigenvalue must survive on its side of the imaginary axis.

An oscillator of quality factor Q relaxes at ½/Q of its own frequency: Q = 1e12 is told from none, with a factor five to
spare.
"""
EPSILON = float(np.finfo(float).eps)


def judged(A: Array, blur: Array) -> tuple[Array, Array]:
    """Eigenvalues (n,) of A (n, n), and the real part (n,) of each that counts as zero, where A is known to ± blur."""
    parts = [_judged_block(*(each[np.ix_(block, block)] for each in (A, blur))) for block in strong_blocks(A)]
    values, zero = (np.concatenate(each) for each in zip(*parts, strict=True))
    return values, zero


def _judged_block(A: Array, blur: Array) -> tuple[Array, Array]:
    """`judged` for a strong block."""
    if len(A) == 1:
        return A[0].astype(complex), np.maximum(MARGINAL * np.abs(A[0]), blur[0])
    balanced, (units, _) = matrix_balance(A, permute=False, separate=True)
    blur = blur * units / units[:, None]
    values, y, x = eig(balanced, left=True, right=True)
    overlap = np.sum(y.conj() * x, axis=0)
    overlap = np.where(np.abs(overlap) > EPSILON, overlap, EPSILON)
    values, error = _refined(balanced, values, y, x, overlap)
    moved, blurred = (
        np.minimum(np.sum(np.abs(y) * (by @ np.abs(x)), axis=0) / np.abs(overlap), np.linalg.norm(by))
        for by in (np.abs(balanced), blur)
    )
    return values, np.maximum.reduce([MARGINAL * moved, blurred, error])


def _refined(A: Array, values: Array, y: Array, x: Array, overlap: Array) -> tuple[Array, Array]:
    """The eigenvalues of A as it stands, given those of LAPACK, and the error of each that is left."""
    n, size = len(A), np.linalg.norm(A)
    right = _residual(A, values, x)
    shift = np.sum(y.conj() * right, axis=0) / overlap
    left = A.T @ y.conj() - y.conj() * (values + shift)
    gap = np.min(np.abs(values[:, None] - values) + np.diag(np.full(n, np.inf)), axis=1)
    rest = n * np.linalg.norm(right - shift * x, axis=0) * np.linalg.norm(left, axis=0)
    given = size * np.minimum(n * EPSILON / np.abs(overlap), np.sqrt(n * EPSILON))
    better = rest < given * gap * np.abs(overlap)
    error = np.divide(rest, gap * np.abs(overlap), out=given, where=better)
    return np.where(better, values + shift, values), error


def _residual(A: Array, values: Array, x: Array) -> Array:
    """A x − λ x for each eigenvalue and column of x, in twice double precision."""
    (real, imaginary), (real_low, imaginary_low) = (
        np.hsplit(part, 2) for part in matrix_product(A, np.hstack([x.real, x.imag]))
    )
    less = [(values.real, x.real), (-values.imag, x.imag)], [(values.real, x.imag), (values.imag, x.real)]
    return _less(real, real_low, less[0]) + 1j * _less(imaginary, imaginary_low, less[1])


def _less(total: Array, low: Array, pairs: list[tuple[Array, Array]]) -> Array:
    """total + low without the products of pairs, in twice double precision."""
    for a, b in pairs:
        product, rounded_off = two_product(a, b)
        total, lost = two_sum(total, -product)
        low = low + (lost - rounded_off)
    return total + low
