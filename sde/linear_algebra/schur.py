"""Lyapunov equations A X + X Aᵀ = R of a large matrix, in O(n³) operations, by Schur forms.

A is first divided into strong blocks: largest sets of quadratures that all act on each other,
directly or through others (strongly connected components). With the blocks ordered so that each is
driven only by itself and by later ones, A is block upper triangular; each block on the diagonal is
balanced by powers of two and brought to its own Schur form. A slow mode is then computed to full
precision even beside a fast mode that does not act on it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import lapack, matrix_balance, schur

from ..support.checks import Array
from .twofold import lyapunov_residual, matrix_product

SLOW = 1e-9
"""Rates relative to ‖A‖ below which rounding errors of the Schur form are corrected."""
ROUNDS = 12
"""Largest number of corrections; two are usual, five at the highest quality factors."""
SETTLED = 1e-14
"""Size of the last correction, relative to V; the next one would be below rounding."""


class SchurForm:
    """A factorisation of A (n, n) for Lyapunov equations.

    order (n,) : quadratures in the order of their strong blocks.
    parts : the slice of each block in that order.
    units (n,) : powers of two that balance A_ij units_j/units_i within blocks.
    T, U (n, n) : T = U⁻¹ A U, of the ordered and balanced A, is block upper triangular.
    """

    def __init__(self, A: Array) -> None:
        blocks = strong_blocks(A)
        self.order = np.concatenate(blocks)
        ends = np.cumsum([len(block) for block in blocks])
        self.parts = [
            slice(int(end) - len(block), int(end)) for block, end in zip(blocks, ends, strict=True)
        ]
        self.units, self.U, forms = np.ones(len(A)), np.eye(len(A)), []
        for block, part in zip(blocks, self.parts, strict=True):
            balanced, (self.units[block], _) = matrix_balance(
                A[np.ix_(block, block)], permute=False, separate=True
            )
            form, self.U[part, part] = schur(balanced)
            forms.append(form + _schur_rounding(balanced, form, self.U[part, part]))
        places = np.ix_(self.order, self.order)
        self.T = self.U.T @ (A * self.units / self.units[:, None])[places] @ self.U
        for part, form in zip(self.parts, forms, strict=True):
            self.T[part, part] = form

    def solve(self, R: Array) -> Array:
        """Symmetric X (n, n) with A X + X Aᵀ = R for a symmetric R, not refined."""
        places = np.ix_(self.order, self.order)
        square = np.outer(self.units, self.units)
        C = self.U.T @ (R / square)[places] @ self.U
        Y = np.zeros_like(C)
        for j, column in reversed(list(enumerate(self.parts))):
            for row in reversed(self.parts[: j + 1]):
                known = self.T[row, row.stop :] @ Y[row.stop :, column]
                known += Y[row, column.stop :] @ self.T[column, column.stop :].T
                Y[row, column] = _sylvester(
                    self.T[row, row], self.T[column, column], C[row, column] - known
                )
                Y[column, row] = Y[row, column].T
        X = np.empty_like(Y)
        X[places] = self.U @ Y @ self.U.T
        return 0.5 * square * (X + X.T)


def covariance(A: Array, D: Array) -> Array:
    """V (n, n) with A V + V Aᵀ + D = 0, refined.

    NaN where A is too ill-conditioned for the refinement to converge.
    """
    return refined(SchurForm(A).solve, lambda V: lyapunov_residual(A, D, V), len(A))


def refined(solve: Callable[[Array], Array], residual: Callable[[Array], Array], n: int) -> Array:
    """V (n, n) with residual(V) = 0, by iterative refinement; NaN if it does not converge.

    solve(R) approximates the change of V that causes the residual R.
    """
    V = np.zeros((n, n))
    for _ in range(ROUNDS):
        correction = solve(residual(V))
        V = V - correction
        if np.linalg.norm(correction) <= SETTLED * np.linalg.norm(V):
            return V
    return np.full((n, n), np.nan)


def strong_blocks(A: Array) -> list[Array]:
    """Indices of each strong block of A (n, n), in an order that makes A block upper triangular."""
    reached = (A != 0) | np.eye(len(A), dtype=bool)
    for _ in range(len(A).bit_length()):
        reached = (reached.astype(float) @ reached) > 0
    first = np.argmax(reached & reached.T, axis=1)
    heads = np.unique(first)
    falling = heads[np.argsort(-reached[heads].sum(axis=1), kind="stable")]
    return [np.flatnonzero(first == head) for head in falling]


def _schur_rounding(A: Array, T: Array, U: Array) -> Array:
    """Rounding errors (n, n) of the Schur form T = UᵀAU of A (n, n), where T is not 0.

    They can be as large as the rate of a slow mode itself.
    """
    if np.abs(np.diagonal(T)).min() > SLOW * np.linalg.norm(T):
        return np.zeros_like(T)
    (AU, AU_low), (UT, UT_low) = matrix_product(A, U), matrix_product(U, T)
    error = U.T @ ((AU - UT) + (AU_low - UT_low))
    return np.triu(error) + np.where(T != 0, np.tril(error, -1), 0.0)


def _sylvester(S: Array, T: Array, C: Array) -> Array:
    """Y (n, m) with S Y + Y Tᵀ = C, for quasi-triangular S (n, n) and T (m, m)."""
    Y, scale, _ = lapack.dtrsyl(S, T, C, tranb="T")
    return np.asarray(Y / scale)
