"""Eigenvalues near the imaginary axis, refined, each with the real part that counts as zero.

An eigenvalue λ with right and left eigenvectors x and y, y†A = λ y†, moves by up to δ
Σ|y_i||A_ij||x_j|/|y†x| when each element of A changes by a fraction δ. This depends neither on the
units of the quadratures nor on their order, nor on rates of modes that do not act on this one: the
error for a weakly damped oscillator follows from its own rates, not from those of a fast cavity.

So that the error of λ is no larger, A is split into strong blocks (`sde.linear_algebra.schur`), and
each is balanced. Eigenvalues that are close to each other are those of S = Y A X, where X spans
their right and Y their left eigenvectors, Y X = 1, and A X in twice double precision makes the
error of S of second order in the residuals A X − X S and Y A − S Y. Where that error is not small,
next to an exceptional point of large matrices, the eigenvalues of LAPACK are kept.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy.linalg import eig, matrix_balance

from ...sde.linear_algebra.schur import strong_blocks
from ...sde.linear_algebra.twofold import matrix_product
from ...sde.support.checks import Array

MARGINAL = 1e-13
"""Relative rounding of A's elements that must not move an eigenvalue across the imaginary axis.

An oscillator of quality factor Q relaxes at ½/Q of its own frequency: Q = 1e12 is distinguished
from no damping, with a factor five to spare.
"""
SLOW = 1e-9
"""Real parts, relative to ‖A‖, below which eigenvectors of close eigenvalues are recomputed."""
CLOSE = 1e-7
"""Distance of eigenvalues, relative to ‖A‖, up to which they are refined together."""
MEETING = 1e-3
"""Distance of eigenvalues, relative to ‖A‖, up to which they may meet if A is rounded."""
EPSILON = float(np.finfo(float).eps)


def refined_eigenvalues(A: Array, element_error: Array) -> tuple[Array, Array]:
    """Eigenvalues (n,) of A (n, n), and the real part (n,) of each that counts as zero.

    The elements of A are known to ± element_error (n, n).
    """
    values = np.empty(len(A), complex)
    zero = np.empty(len(A))
    for block in strong_blocks(A):
        at = np.ix_(block, block)
        values[block], zero[block] = (
            _refined_block(A[at], element_error[at])
            if len(block) > 1
            else _single_element(A[at], element_error[at])
        )
    return values, zero


def _single_element(A: Array, element_error: Array) -> tuple[Array, Array]:
    """`refined_eigenvalues` for a block (1, 1)."""
    return A[0], np.maximum(MARGINAL * np.abs(A[0]), element_error[0])


def _refined_block(A: Array, element_error: Array) -> tuple[Array, Array]:
    """`refined_eigenvalues` for a strong block (n, n) of several quadratures."""
    A, (units, _) = matrix_balance(A, permute=False, separate=True)
    element_error = element_error * units / units[:, None]
    size = np.linalg.norm(A)
    values, y, x = _eigenvectors(A)
    distances = np.abs(values[:, None] - values)
    meeting = np.sum(distances <= MEETING * size, axis=0)
    error = size * _rounding(np.sum(y.conj() * x, axis=0), meeting)
    clusters = strong_blocks(distances <= CLOSE * size)
    for cluster in clusters:
        x[:, cluster], y[:, cluster] = _bases(A, values[cluster], x[:, cluster], y[:, cluster])
    products = matrix_product(A, np.hstack([x.real, x.imag]))
    Ax = [part[:, : len(A)] + 1j * part[:, len(A) :] for part in products]
    zero = np.empty(len(A))
    for cluster in clusters:
        X = x[:, cluster]
        AX = [part[:, cluster] for part in Ax]
        Y = np.linalg.pinv(y[:, cluster].conj().T @ X) @ y[:, cluster].conj().T
        gap = np.abs(values[cluster, None] - np.delete(values, cluster)).min(initial=np.inf)
        refined, X, Y, left = _refined(A, X, Y, AX, 1j * values[cluster].imag.mean(), gap)
        better = left < error[cluster]
        values[cluster] = np.where(better, refined, values[cluster])
        left = np.where(better, left, error[cluster])
        rounded = MARGINAL * _displacement(np.abs(A), X, Y)
        zero[cluster] = np.maximum.reduce([rounded, _displacement(element_error, X, Y), left])
    return values, zero


def _bases(A: Array, values: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Orthonormal bases (n, k) of the right and left eigenvectors of a cluster of eigenvalues (k,).

    x and y (n, k) are the eigenvectors that LAPACK finds.
    """
    right = np.linalg.qr(x)[0]
    left = np.linalg.qr(y)[0]
    if len(values) > 1 and np.abs(values.real).min() <= SLOW * np.linalg.norm(A):
        return _subspaces(A, right, left, values.mean())
    return right, left


def _subspaces(A: Array, x: Array, y: Array, centre: complex) -> tuple[Array, Array]:
    """Orthonormal bases (n, k) of right and left eigenvectors of eigenvalues around a centre.

    By inverse iteration, as those that LAPACK finds for equal eigenvalues may be parallel.
    """
    left, sizes, right = np.linalg.svd(A - centre * np.eye(len(A)))
    inverse = (right.conj().T / np.maximum(sizes, EPSILON * np.linalg.norm(A))) @ left.conj().T
    for _ in range(2):
        x = np.linalg.qr(inverse @ x)[0]
        y = np.linalg.qr(inverse.conj().T @ y)[0]
    return x, y


def _refined(
    A: Array, X: Array, Y: Array, AX: list[Array], centre: complex, gap: float
) -> tuple[Array, Array, Array, Array]:
    """A cluster's eigenvalues (k,), their eigenvectors as columns and rows, and errors left (k,).

    X (n, k) and Y (k, n) with Y X = 1 span the eigenvectors of eigenvalues around a centre. AX is
    A X as a sum of two parts, gap the distance to other eigenvalues.
    """
    S = Y @ AX[0]
    XS = [part[:, : len(S)] + 1j * part[:, len(S) :] for part in _complex_product(X, S)]
    R = (AX[0] - XS[0]) + (AX[1] - XS[1])
    shift = Y @ R
    small = (S - centre * np.eye(len(S))) + shift
    values, left, right = _eigenvectors(small)
    overlap = np.sum(left.conj() * right, axis=0)
    own = np.linalg.norm(small) * (
        _rounding(overlap, len(S)) + np.linalg.norm(Y @ X - np.eye(len(S)))
    )
    overlap = np.where(np.abs(overlap) > EPSILON, overlap, EPSILON)
    rest = np.linalg.norm(R - X @ shift) * np.linalg.norm(Y @ A - (S + shift) @ Y) * len(A) / gap
    return values + centre, X @ right, (left.conj().T @ Y) / overlap[:, None], own + rest


def _rounding(overlap: Array, meeting: Array | int) -> Array:
    """Error of LAPACK's eigenvalues (n,), relative to the matrix, for y†x of the eigenvectors (n,).

    Where `meeting` eigenvalues meet and y†x vanishes, it is that root of the rounding.
    """
    rounding = len(overlap) * EPSILON
    return np.minimum(
        rounding / np.maximum(np.abs(overlap), EPSILON), rounding ** (1 / np.maximum(meeting, 2))
    )


def _eigenvectors(A: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues (n,), and their left and right eigenvectors (n, n) as columns of length 1."""
    values, left, right = cast(tuple[Array, Array, Array], eig(A, left=True, right=True))
    return values, left.astype(complex), right.astype(complex)


def _complex_product(X: Array, S: Array) -> tuple[Array, Array]:
    """X S (n, 2k), real and imaginary parts side by side, in twice double precision."""
    return matrix_product(
        np.hstack([X.real, X.imag]), np.block([[S.real, S.imag], [-S.imag, S.real]])
    )


def _displacement(change: Array, X: Array, Y: Array) -> Array:
    """How far eigenvalues (k,) move if A changes by ± change (n, n), to first order; ≤ ‖change‖."""
    moved = np.sum(np.abs(Y) * (change @ np.abs(X)).T, axis=1)
    return np.asarray(np.minimum(moved, np.linalg.norm(change)))
