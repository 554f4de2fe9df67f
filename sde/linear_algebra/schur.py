"""Lyapunov equations A X + X Aᵀ = R of a large matrix, in O(n³) operations, by Schur forms.

A is first divided into strong blocks: largest sets of quadratures that all act on each other,
directly or through others (strongly connected components). With the blocks ordered so that each is
driven only by itself and by later ones, A is block upper triangular; each block on the diagonal is
balanced by powers of two and brought to its own Schur form. A slow mode is then computed to full
precision even beside a fast mode that does not act on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from ..support.checks import Array
from .twofold import lyapunov_residual, matrix_product

SLOW = 1e-9
"""Rates relative to ‖A‖ below which rounding errors of the Schur form are corrected."""
ROUNDS = 12
"""Largest number of corrections; two are usual, five at the highest quality factors."""
SETTLED = 1e-14
"""Size of the last correction, relative to V; the next one would be below rounding."""
FORESEEN = 1e-18
"""Size of the next correction, relative to V and foreseen, that is not made."""
SMALL = 48
"""Rows of matrices that LAPACK solves in one piece."""
TINY = float(np.finfo(float).tiny)


class SchurForm:
    """A factorisation of A (n, n) for Lyapunov equations, in the order and units of its blocks.

    order (n,) : quadratures in the order of their strong blocks.
    parts : the slice of each block in that order.
    units (n,) : powers of two that balance A_ij units_j/units_i within blocks, in that order.
    A (n, n) : the ordered and balanced matrix.
    T, U (n, n) : T = U⁻¹ A U is block upper triangular.
    """

    def __init__(self, A: Array) -> None:
        blocks = strong_blocks(A)
        self.order = np.concatenate(blocks)
        ends = np.cumsum([len(block) for block in blocks])
        self.parts = [
            slice(int(end) - len(block), int(end)) for block, end in zip(blocks, ends, strict=True)
        ]
        self._places = np.ix_(self.order, self.order)
        ordered = A[self._places]
        self.units, self.U, forms = np.ones(len(A)), np.eye(len(A)), []
        for part in self.parts:
            balanced, _, _, self.units[part], _ = lapack.dgebal(ordered[part, part], scale=1)
            form, self.U[part, part] = _real_schur(balanced)
            forms.append(form + _schur_rounding(balanced, form, self.U[part, part]))
        self._moved = bool(np.any(self.units != 1) or len(blocks) > 1)
        self.A = ordered * self.units / self.units[:, None]
        self.T = forms[0]
        if len(forms) > 1:
            self.T = self.U.T @ self.A @ self.U
            for part, form in zip(self.parts, forms, strict=True):
                self.T[part, part] = form

    def inside(self, R: Array) -> Array:
        """A symmetric R (n, n) in the order and units of the blocks; exact."""
        return R[self._places] / self.square if self._moved else R

    def outside(self, R: Array) -> Array:
        """The inverse of `inside`."""
        if not self._moved:
            return R
        found = np.empty_like(R)
        found[self._places] = R * self.square
        return found

    def solve(self, R: Array) -> Array:
        """Symmetric X (n, n) with A X + X Aᵀ = R for a symmetric R, not refined."""
        return self.outside(self.solve_inside(self.inside(R)))

    @cached_property
    def square(self) -> Array:
        """The products (n, n) of the units."""
        return np.outer(self.units, self.units)

    def solve_for_one(self) -> Array:
        """`solve_inside` for R = −1."""
        return self._from_schur_basis(-np.eye(len(self.A)))

    def solve_inside(self, R: Array) -> Array:
        """`solve`, with R and X in the order and units of the blocks."""
        return self._from_schur_basis(self.U.T @ R @ self.U)

    def _from_schur_basis(self, C: Array) -> Array:
        """X = U Y Uᵀ with T Y + Y Tᵀ = C, symmetric."""
        Y = solve_symmetric(self.T, C) if len(self.parts) == 1 else self._by_blocks(C)
        X = self.U @ Y @ self.U.T
        return np.asarray(0.5 * (X + X.T))

    def _by_blocks(self, C: Array) -> Array:
        """Y (n, n) with T Y + Y Tᵀ = C, for a symmetric C, block by block."""
        Y = np.zeros_like(C)
        for j, column in reversed(list(enumerate(self.parts))):
            for row in reversed(self.parts[: j + 1]):
                known = self.T[row, row.stop :] @ Y[row.stop :, column]
                known += Y[row, column.stop :] @ self.T[column, column.stop :].T
                left = C[row, column] - known
                if row is column:
                    Y[row, column] = solve_symmetric(self.T[row, row], left)
                else:
                    Y[row, column] = solve_sylvester(self.T[row, row], self.T[column, column], left)
                Y[column, row] = Y[row, column].T
        return Y


def covariance(A: Array, D: Array) -> Array:
    """V (n, n) with A V + V Aᵀ + D = 0, refined.

    NaN where A is too ill-conditioned for the refinement to converge.
    """
    form = SchurForm(A)
    D = form.inside(D)
    found = refined(form.solve_inside, lambda V: lyapunov_residual(form.A, D, V), D)
    return form.outside(found.V)


@dataclass(frozen=True, eq=False)
class Refinement:
    """V (n, n) by iterative refinement, and its last step: V = before − correction, rounded.

    residual (n, n) is that of `before`.
    """

    V: Array
    before: Array
    correction: Array
    residual: Array


def refined(
    solve: Callable[[Array], Array], residual: Callable[[Array], Array], first: Array
) -> Refinement:
    """V with residual(V) = 0, by iterative refinement; NaN if it does not converge.

    solve(R) approximates the change of V that causes the residual R; `first` is the residual at
    V = 0. The refinement ends when the correction is small, or when the next one would be by the
    ratio of the last two.
    """
    V, R, last_change = np.zeros_like(first), first, 0.0
    for _ in range(ROUNDS):
        before, correction = V, solve(R)
        V = before - correction
        change = frobenius_norm(correction) / max(frobenius_norm(V), TINY)
        if change <= SETTLED or change**2 <= FORESEEN * last_change:
            return Refinement(V, before, correction, R)
        R, last_change = residual(V), change
    return Refinement(np.full_like(first, np.nan), before, correction, R)


def frobenius_norm(M: Array) -> float:
    """‖M‖ of one matrix (n, m)."""
    flat = M.ravel()
    return math.sqrt(flat @ flat)


def strong_blocks(A: Array) -> list[Array]:
    """Indices of each strong block of A (n, n), in an order that makes A block upper triangular."""
    acts = A != 0
    if acts.all():
        return [np.arange(len(A))]
    if len(A) > SMALL:
        count, _ = connected_components(csr_array(acts), connection="strong")
        if count == 1:
            return [np.arange(len(A))]
    reached = acts | np.eye(len(A), dtype=bool)
    for _ in range(len(A).bit_length()):
        reached = (reached.astype(float) @ reached) > 0
    first = np.argmax(reached & reached.T, axis=1)
    heads = np.unique(first)
    falling = heads[np.argsort(-reached[heads].sum(axis=1), kind="stable")]
    return [np.flatnonzero(first == head) for head in falling]


def _real_schur(A: Array) -> tuple[Array, Array]:
    """T and U (n, n) of the real Schur form A = U T Uᵀ, as `scipy.linalg.schur` gives them."""
    n = len(A)
    work = max(3 * n, 64 * n)
    T, _, _, _, U, _, info = lapack.dgees(_unsorted, A, lwork=work, sort_t=0)
    if info:
        raise np.linalg.LinAlgError("the Schur form was not found")
    return T, U


def _unsorted(_real: float, _imaginary: float) -> None:
    """Required by LAPACK, and not called: eigenvalues are left in their order."""


def _schur_rounding(A: Array, T: Array, U: Array) -> Array:
    """Rounding errors (n, n) of the Schur form T = UᵀAU of A (n, n), where T is not 0.

    They can be as large as the rate of a slow mode itself.
    """
    if np.abs(np.diagonal(T)).min() > SLOW * np.linalg.norm(T):
        return np.zeros_like(T)
    (AU, AU_low), (UT, UT_low) = matrix_product(A, U), matrix_product(U, T)
    error = U.T @ ((AU - UT) + (AU_low - UT_low))
    return np.triu(error) + np.where(T != 0, np.tril(error, -1), 0.0)


def solve_symmetric(T: Array, C: Array) -> Array:
    """Symmetric Y (n, n) with T Y + Y Tᵀ = C, for quasi-triangular T and symmetric C (n, n).

    Large matrices are halved, so that most of the work is in products of matrices.
    """
    if len(T) <= SMALL:
        return _lapack_sylvester(T, T, C)
    k = _middle(T)
    Y = np.empty_like(C)
    Y[k:, k:] = solve_symmetric(T[k:, k:], C[k:, k:])
    Y[:k, k:] = solve_sylvester(T[:k, :k], T[k:, k:], C[:k, k:] - T[:k, k:] @ Y[k:, k:])
    Y[k:, :k] = Y[:k, k:].T
    known = T[:k, k:] @ Y[k:, :k]
    Y[:k, :k] = solve_symmetric(T[:k, :k], C[:k, :k] - (known + known.T))
    return Y


def solve_sylvester(S: Array, T: Array, C: Array) -> Array:
    """Y (n, m) with S Y + Y Tᵀ = C, for quasi-triangular S (n, n) and T (m, m)."""
    if max(C.shape) <= SMALL:
        return _lapack_sylvester(S, T, C)
    if len(T) > len(S):
        return solve_sylvester(T, S, C.T).T
    k = _middle(S)
    Y = np.empty_like(C)
    Y[k:] = solve_sylvester(S[k:, k:], T, C[k:])
    Y[:k] = solve_sylvester(S[:k, :k], T, C[:k] - S[:k, k:] @ Y[k:])
    return Y


def _middle(T: Array) -> int:
    """Where to divide a quasi-triangular T (n, n): not within one of its blocks of two."""
    k = len(T) // 2
    return k + int(T[k, k - 1] != 0)


def _lapack_sylvester(S: Array, T: Array, C: Array) -> Array:
    """`solve_sylvester` of small matrices."""
    Y, scale, _ = lapack.dtrsyl(S, T, C, tranb="T")
    return np.asarray(Y if scale == 1 else Y / scale)
