"""Steady covariances: the V with A V + V Aᵀ = −D, batched, for quality factors up to 1e12, with a
bound on the error.

The n(n+1)/2 elements of V are its coordinates in an orthonormal basis of the symmetric matrices, in
which V ↦ AV + VAᵀ is a matrix M, the Kronecker sum of A with itself. V is refined by solving again
for its residual. The slowest mode amplifies the residual's own rounding by the quality factor: at Q
= 1e11, 80-bit residuals leave six digits of V, those in twice double precision used here leave all.
No eigenvectors enter, so that defective A are as good as any.

Compiled code does this for eight equations at a time, and proves without eigenvalues that A is
stable (`covariances`). Where it finds no proof, and where V does not settle, eigenvalues decide and
NumPy solves. For n above `DENSE` the Schur form of A stands in for M⁻¹ (`sde.schur`), whose n⁶
operations become n³, with the same refinement. The bits of V depend neither on the neighbours of an
equation in a batch nor on the number of threads.

Matrices have shape (..., n, n), drift A and diffusion D in rad/s, V with vacuum variance ½ wherever
D says so; leading axes broadcast. Every function raises ValueError for matrices that are not
square, real and finite, and for D or V that are not symmetric. Norms are Frobenius norms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from threading import Event
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from ...sde.jit import simd
from ...sde.jit.shared_kernels import load_compiled
from ...sde.linear_algebra import twofold
from ...sde.linear_algebra.schur import ROUNDS, SETTLED, SchurForm, covariance, refined
from ...sde.support.checks import Array, available_cores
from ...sde.support.threads import on_threads
from ..stability import (
    MARGINAL,
    as_matrices,
    as_square,
    binary_scale,
    decisive,
    instability_kind,
    require_alike,
    spectrum,
)
from . import kernel as covariances
from . import lu_kernel

SYMMETRIC = 1e-12
"""Largest asymmetry of D or V, relative to the largest element."""
PIECE = 256
"""Matrices solved at a time by a thread, to bound memory: a Kronecker sum has n²/4 times the
elements of A.
"""
LARGEST, DENSE = 16, 12
"""Largest n of the compiled code, and of Kronecker sums in NumPy; from there on Schur forms take
less time.
"""
EPSILON = float(np.finfo(float).eps)


class UnstableError(ValueError):
    """There is no steady state: A is unstable or marginal. The message names the eigenvalue, in
    rad/s, and where.
    """


def solve_lyapunov(A: ArrayLike, D: ArrayLike) -> Array:
    """V (..., n, n), exactly symmetric, with A V + V Aᵀ = −D, to all but the last digits of ‖V‖.

    Raises UnstableError where A is unstable or marginal (see `stability.spectrum`), naming λ in
    rad/s and the index into the leading axes of A; ValueError where the equation is too
    ill-conditioned for the refinement to settle.
    """
    A, D = as_square("A", A), as_square("D", D)
    require_alike("D", D, A)
    V, proven = _eliminate(A, D)
    if not np.all(proven):
        A, D = as_matrices("A", A), _symmetric("D", D)
        _refuse_unsteady(A, ~proven)
        V[~proven] = _in_pieces(
            _solve, *(np.broadcast_to(each, V.shape)[~proven] for each in (A, D))
        )
        unsettled = np.isnan(V).any(axis=(-2, -1))
        if np.any(unsettled):
            where = _place(np.argwhere(unsettled)[0])
            raise ValueError(
                f"A{where} is too ill-conditioned for a steady covariance in double precision"
            )
    return V


def lyapunov_residual(A: ArrayLike, D: ArrayLike, V: ArrayLike) -> Array:
    """‖AV + VAᵀ + D‖/(2‖A‖‖V‖ + ‖D‖), shape (...), the numerator in twice double precision; 0 for
    0/0.
    """
    A, D, V = _equation(A, D, V)
    return _ratio(_norm(twofold.lyapunov_residual(A, D, V)), _size(A, D, V))


def lyapunov_error_bound(A: ArrayLike, D: ArrayLike, V: ArrayLike) -> Array:
    """A bound on ‖V − V_exact‖/‖V‖, shape (...), all rounding included; ∞ where none can be given.

    With the residual R of V, the error E obeys M E = R, and for any X, E = X R + (1 − X M) E, so
    that

        ‖E‖ ≤ ‖X R‖/(1 − ‖1 − X M‖)

    (Rump, doi:10.1017/S096249291000005X). ‖R‖/sep(A) bounds it too, but larger by up to the quality
    factor. This bound holds for unstable A as well: it says nothing about stability. Where it is ∞,
    and for n above `DENSE`, see `_bound_by_order`, which is ∞ for A that are not stable.
    """
    return _in_pieces(_error_bound, *_equation(A, D, V))


def _equation(A: ArrayLike, D: ArrayLike, V: ArrayLike) -> tuple[Array, Array, Array]:
    """The matrices of an equation with its solution, checked."""
    drift, diffusion, covariance = as_matrices("A", A), _symmetric("D", D), _symmetric("V", V)
    require_alike("D", diffusion, drift)
    require_alike("V", covariance, drift)
    return drift, diffusion, covariance


def _eliminate(A: Array, D: Array) -> tuple[Array, Array]:
    """V (..., n, n), and where (...) it has settled for an A that is stable by twice the marginal
    rate or more.
    """
    shape = np.broadcast_shapes(A.shape, D.shape)
    n, V, proven = shape[-1], np.empty(shape), np.zeros(shape[:-2], bool)
    if n > LARGEST:
        return V, proven
    whole = (each if each.shape == shape else np.broadcast_to(each, shape) for each in (A, D))
    given = [np.require(each.reshape(-1), requirements=["C", "A", "W"]) for each in whole]
    compiled, found, settled = _compiled(), V.reshape(-1), proven.reshape(-1)

    def solve(piece: int, stop: Event) -> None:
        if stop.is_set():
            return
        first = piece * PIECE
        elements = slice(first * n * n, (first + PIECE) * n * n)
        matrices = [each[elements] for each in (*given, found)]
        compiled.covariances(
            *matrices, settled[first : first + PIECE], n, 2 * MARGINAL, SYMMETRIC, SETTLED, ROUNDS
        )

    on_threads(solve, -(-proven.size // PIECE), available_cores())
    return V, proven


def _compiled() -> ModuleType:
    return load_compiled((simd, lu_kernel, covariances), ("covariances",))


def _refuse_unsteady(A: Array, doubtful: Array) -> None:
    """Raise UnstableError for the first unstable or marginal A of those in doubt, a mask after
    broadcasting.
    """
    counted = np.arange(A[..., 0, 0].size).reshape(A.shape[:-2])
    suspects = np.unique(np.broadcast_to(counted, doubtful.shape)[doubtful])
    matrices = A.reshape(-1, *A.shape[-2:])[suspects]
    leading, zero = decisive(*spectrum(matrices))
    refused = leading.real >= -zero
    if np.any(refused):
        first = int(np.argmax(refused))
        kind = "unstable" if leading[first].real > zero[first] else "marginal"
        where = _place(np.unravel_index(suspects[first], counted.shape))
        raise UnstableError(
            f"no steady state: A{where} is {kind}, with eigenvalue {leading[first]:.6g} rad/s"
        )


def _place(index: Iterable[int]) -> str:
    """Where a matrix stands, in words: nothing without leading axes."""
    place = tuple(map(int, index))
    return f" at index {place}" if place else ""


def _symmetric(name: str, value: ArrayLike) -> Array:
    matrices = as_matrices(name, value)
    transposed = matrices.swapaxes(-1, -2)
    size = np.abs(matrices).max(axis=(-2, -1), keepdims=True)
    if np.any(np.abs(matrices - transposed) > SYMMETRIC * size):
        raise ValueError(
            f"{name} must be symmetric; use ({name} + {name}ᵀ)/2 if the asymmetry is rounding"
        )
    return 0.5 * (matrices + transposed)


def _in_pieces(kernel: Callable[..., Array], *matrices: Array) -> Array:
    """The kernel's result for matrices broadcast against each other, `PIECE` at a time on one flat
    leading axis.
    """
    together = np.broadcast_arrays(*matrices)
    *leading, n, _ = together[0].shape
    flat = [each.reshape(-1, n, n) for each in together]
    starts = range(0, max(len(flat[0]), 1), PIECE)
    joined = np.concatenate(
        [kernel(*(each[start : start + PIECE] for each in flat)) for start in starts]
    )
    return joined.reshape((*leading, *joined.shape[1:]))


def _solve(A: Array, D: Array) -> Array:
    """V for matrices (points, n, n), NaN where the refinement does not settle."""
    scale = binary_scale(A)[:, None, None]
    A, D = A / scale, D / scale
    if A.shape[-1] > DENSE:
        return np.array([covariance(*one) for one in zip(A, D, strict=True)])
    M = _kronecker_sum(A)
    V, residual, settled = np.zeros_like(D), D, np.zeros(len(D), bool)
    for _ in range(ROUNDS):
        correction = _from_coordinates(np.linalg.solve(M, _coordinates(residual)))
        V = np.where(settled[:, None, None], V, V - correction)
        settled |= _norm(correction) <= SETTLED * _norm(V)
        if np.all(settled):
            break
        residual = twofold.lyapunov_residual(A, D, V)
    return np.where(settled[:, None, None], V, np.nan)


def _error_bound(A: Array, D: Array, V: Array) -> Array:
    """`lyapunov_error_bound` for matrices (points, n, n)."""
    bound = _bound_by_inverse(A, D, V) if A.shape[-1] <= DENSE else np.full(len(A), np.inf)
    left = np.flatnonzero(np.isinf(bound))
    stable = instability_kind(A[left]) == "stable"
    bound[left[stable]] = [_bound_by_order(A[i], D[i], V[i]) for i in left[stable]]
    return bound


def _bound_by_inverse(A: Array, D: Array, V: Array) -> Array:
    """`lyapunov_error_bound` for small matrices (points, n, n)."""
    scale = binary_scale(A)[:, None, None]
    A, D = A / scale, D / scale
    M, n = _kronecker_sum(A), A.shape[-1]
    X, R, m = _inverse(M), twofold.lyapunov_residual(A, D, V), M.shape[-1]
    defect = _norm(np.eye(m) - X @ M) + (m + 4) * EPSILON * _norm(X) * _norm(M)
    rounding = _norm(X) * (m * EPSILON * _norm(R) + ((n + 1) * EPSILON) ** 2 * _size(A, D, V))
    error = _norm(X @ _coordinates(R)) + rounding
    bound = _ratio(error, np.where(defect < 1, 1 - defect, 0.0) * _norm(V))
    return np.where(defect < 1, bound, np.inf)


def _bound_by_order(A: Array, D: Array, V: Array) -> float:
    """`lyapunov_error_bound` for one stable A (n, n), of any size.

    With L X = AX + XAᵀ and any X, E = X + L⁻¹(R − L X). For stable A, −L⁻¹ keeps the order of
    symmetric matrices. So where L W = −1 + S with ‖S‖₂ < 1, the rest r = R − L X has −w W ≤ L⁻¹ r ≤
    w W with w = ‖r‖₂/(1 − ‖S‖₂) (Hewer and Kenney, doi:10.1137/0326018). All this in balanced
    units, in which slow modes beside fast ones leave W small.
    """
    scale, one = binary_scale(A), np.eye(len(A))
    form, rounding = SchurForm(A / scale), ((len(A) + 1) * EPSILON) ** 2
    units, square = form.units, np.outer(form.units, form.units)
    A, D, V = A / scale * units / units[:, None], D / scale / square, V / square

    def solve(R: Array) -> Array:
        return form.solve(R * square) / square

    R = twofold.lyapunov_residual(A, D, V)
    X = solve(R)
    rest = _norm(twofold.lyapunov_residual(A, -R, X)) + rounding * (_size(A, D, V) + _size(A, R, X))
    W = refined(solve, lambda W: twofold.lyapunov_residual(A, one, W), len(A))
    defect = _norm(twofold.lyapunov_residual(A, one, W)) + rounding * _size(A, one, W)
    if not defect < 1:
        return np.inf
    return float(
        _ratio(_norm(square * X) + rest * _norm(square * W) / (1 - defect), _norm(square * V))
    )


def _inverse(M: Array) -> Array:
    """M⁻¹ (points, m, m) in double precision, NaN where M is exactly singular."""
    singular = np.linalg.slogdet(M)[0] == 0
    identity = np.eye(M.shape[-1])
    return np.where(
        singular[:, None, None],
        np.nan,
        np.linalg.inv(np.where(singular[:, None, None], identity, M)),
    )


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
    """Which element of A, counted flat, each off-diagonal element of the Kronecker sum holds, and
    its factor (m, m).
    """
    basis = _basis(n)
    factors = 2 * np.einsum("ram,cbm->rcab", basis, basis).reshape(len(basis), len(basis), n * n)
    index = np.abs(factors).argmax(axis=-1)
    return index, np.take_along_axis(factors, index[..., None], axis=-1)[..., 0]


def _kronecker_sum(A: Array) -> Array:
    """V ↦ AV + VAᵀ in the coordinates of `_basis`, shape (..., m, m) with m = n(n+1)/2."""
    n = A.shape[-1]
    rows, columns = np.triu_indices(n)
    index, factor = _places(n)
    M = factor * A.reshape(*A.shape[:-2], n * n)[..., index]
    rates = np.diagonal(A, axis1=-2, axis2=-1)
    each = np.arange(len(rows))
    M[..., each, each] = rates[..., rows] + rates[..., columns]
    return M


def _coordinates(S: Array) -> Array:
    """Columns (..., m, 1) of the coordinates in `_basis` of symmetric matrices (..., n, n)."""
    rows, columns = np.triu_indices(S.shape[-1])
    return (np.where(rows == columns, 1.0, np.sqrt(2.0)) * S[..., rows, columns])[..., None]


def _from_coordinates(column: Array) -> Array:
    """The inverse of `_coordinates`; each element is one product, so that the result is exactly
    symmetric.
    """
    n = math.isqrt(2 * column.shape[-2])
    rows, columns = np.triu_indices(n)
    S = np.empty((*column.shape[:-2], n, n))
    S[..., rows, columns] = S[..., columns, rows] = (
        np.where(rows == columns, 1.0, np.sqrt(0.5)) * column[..., 0]
    )
    return S


def _norm(M: Array) -> Array:
    return np.asarray(np.linalg.norm(M, axis=(-2, -1)))


def _size(A: Array, D: Array, V: Array) -> Array:
    return 2 * _norm(A) * _norm(V) + _norm(D)


def _ratio(part: Array, whole: Array) -> Array:
    """part/whole, with 0/0 = 0 and part/0 = ∞."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.where(part > 0, np.inf, 0.0), where=whole > 0)
