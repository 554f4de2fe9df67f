"""Steady covariances: V with A V + V Aᵀ = −D, for batches and quality factors up to 1e12.

The n(n+1)/2 elements of V are its coordinates in an orthonormal basis of the symmetric matrices, in
which V ↦ AV + VAᵀ is a matrix M, the Kronecker sum of A with itself. V is refined by solving again
for its residual. The slowest mode amplifies the residual's own rounding by the quality factor: at Q
= 1e11, 80-bit residuals leave six digits of V; those in twice double precision, used here, leave
all digits. Eigenvectors are not used, so that defective A are solved as accurately as others.

Compiled code (`kernel`) solves eight equations at a time, and proves without eigenvalues that A is
stable. Where it finds no proof, or V does not settle, eigenvalues decide and NumPy solves.
For n above `COMPILED_SIZE` the Schur form of A replaces M⁻¹ (`order_bounds`), so that n⁶ operations
become n³, with the same refinement. The bits of V depend neither on other
equations in a batch nor on the number of threads.

Matrices have shape (..., n, n), drift A and diffusion D in rad/s, V with vacuum variance ½ for the
A and D of a `Model`; leading axes broadcast. Norms are Frobenius norms.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event

import numpy as np
from numpy.typing import ArrayLike

from ...sde.jit import simd
from ...sde.jit.shared_kernels import Arguments, SharedKernels
from ...sde.linear_algebra import twofold
from ...sde.linear_algebra.schur import ROUNDS, SETTLED, covariance
from ...sde.support.checks import Array, available_cores
from ...sde.support.threads import on_threads
from ..stability import (
    MARGINAL,
    SYMMETRIC,
    as_matrices,
    as_square,
    as_symmetric,
    binary_scale,
    leading_eigenvalue,
    norm,
    require_alike,
    spectrum,
)
from . import batches, kronecker, lu_kernel
from . import kernel as covariances
from .batches import in_batches
from .error_bounds import lyapunov_error_bound
from .kronecker import coordinates, from_coordinates, kronecker_sum
from .order_bounds import solve_large

COMPILED_SIZE = 16
"""Largest n of the compiled code."""


class UnstableError(ValueError):
    """There is no steady state: A is unstable or marginal.

    The message names the eigenvalue, in rad/s, and where it occurs.
    """


def solve_lyapunov(A: ArrayLike, D: ArrayLike) -> Array:
    """Solve A V + V Aᵀ = −D for the steady covariance V, to all but the last digits of ‖V‖.

    Parameters
    ----------
    A : array (..., n, n)
        Drift matrix, rad/s; all eigenvalues must have negative real parts.
    D : array (..., n, n)
        Diffusion matrix, symmetric, rad/s; leading axes broadcast with those of A.

    Returns
    -------
    array (..., n, n)
        V, exactly symmetric; vacuum variance ½ with the D of a `Model`. Its bits depend neither on
        other equations in the batch nor on the number of threads.

    Raises
    ------
    UnstableError
        Where A is unstable or marginal (an eigenvalue's real part is zero to a relative rounding of
        1e-13 of A's elements); the message names λ in rad/s and the index into A's leading axes.
    ValueError
        For matrices that are not square, real and finite, D that is not symmetric, and equations
        too ill-conditioned for the refinement to settle.

    References
    ----------
    Rump, doi:10.1007/s10543-006-0056-1: the proof that A is stable.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> A = np.array([[-1.0, 2.0], [-2.0, -1.0]])
    >>> ql.solve_lyapunov(A, np.eye(2))
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    return _solved(A, D, error_bound=False)[0]


def solve_with_bound(A: ArrayLike, D: ArrayLike) -> tuple[Array, Array]:
    """`solve_lyapunov`, and the `lyapunov_error_bound` (...) of each V.

    For large matrices the bound follows from the solution, at little cost.
    """
    V, bound = _solved(A, D, error_bound=True)
    missing = np.isnan(bound)
    if np.any(missing):
        whole = (np.broadcast_to(np.asarray(each, float), V.shape) for each in (A, D))
        drift, diffusion = (each[missing] for each in whole)
        bound[missing] = lyapunov_error_bound(drift, diffusion, V[missing])
    return V, bound


def _solved(A: ArrayLike, D: ArrayLike, *, error_bound: bool) -> tuple[Array, Array]:
    """V (..., n, n), and bounds (...) on its errors, NaN where there is none yet."""
    A = as_square("A", A)
    D = as_square("D", D)
    require_alike("D", D, A)
    bound = np.full(np.broadcast_shapes(A.shape, D.shape)[:-2], np.nan)
    if A.shape[-1] <= COMPILED_SIZE:
        V, proven = _solve_compiled(A, D)
    else:
        A, D = as_matrices("A", A), as_symmetric("D", D)
        V, bound, proven = _solve_each(A, D, error_bound=error_bound)
    if not np.all(proven):
        A = as_matrices("A", A)
        D = as_symmetric("D", D)
        _refuse_unstable(A, ~proven)
        if A.shape[-1] <= COMPILED_SIZE:
            V[~proven] = in_batches(
                _solve_numpy, *(np.broadcast_to(each, V.shape)[~proven] for each in (A, D))
            )
    unsettled = np.isnan(V).any(axis=(-2, -1))
    if np.any(unsettled):
        where = _index_text(np.argwhere(unsettled)[0])
        raise ValueError(
            f"A{where} is too ill-conditioned for a steady covariance in double precision"
        )
    return V, bound


def _solve_each(A: Array, D: Array, *, error_bound: bool) -> tuple[Array, Array, Array]:
    """V (..., n, n) by Schur forms, bounds (...) on the errors, and where A is proven stable."""
    shape = np.broadcast_shapes(A.shape, D.shape)
    A, D = (np.broadcast_to(each, shape) for each in (A, D))
    V, bound, proven = np.empty(shape), np.full(shape[:-2], np.nan), np.zeros(shape[:-2], bool)
    for at in np.ndindex(shape[:-2]):
        V[at], found, proven[at] = solve_large(A[at], D[at], error_bound=error_bound)
        bound[at] = found if proven[at] and error_bound else np.nan
    return V, bound, proven


def _solve_compiled(A: Array, D: Array) -> tuple[Array, Array]:
    """V (..., n, n) by compiled code, and where (...) it settled for an A proven to be stable.

    Stable means by twice the marginal rate or more.
    """
    shape = np.broadcast_shapes(A.shape, D.shape)
    n = shape[-1]
    V = np.empty(shape)
    proven = np.zeros(shape[:-2], bool)
    whole = (each if each.shape == shape else np.broadcast_to(each, shape) for each in (A, D))
    given = [np.require(each.reshape(-1), requirements=["C", "A", "W"]) for each in whole]
    found = V.reshape(-1)
    settled = proven.reshape(-1)
    compiled = KERNELS.compiled()

    def solve(batch: int, stop: Event) -> None:
        if stop.is_set():
            return
        first = batch * batches.BATCH
        last = first + batches.BATCH
        elements = slice(first * n * n, last * n * n)
        matrices = [each[elements] for each in (*given, found)]
        compiled.covariances(
            *matrices,
            settled[first:last],
            n,
            2 * MARGINAL,
            SYMMETRIC,
            SETTLED,
            ROUNDS,
        )

    on_threads(solve, -(-proven.size // batches.BATCH), available_cores())
    return V, proven


def _refuse_unstable(A: Array, doubtful: Array) -> None:
    """UnstableError for the first unstable or marginal A that a mask (...) marks as doubtful."""
    numbers = np.arange(A[..., 0, 0].size).reshape(A.shape[:-2])
    suspects = np.unique(np.broadcast_to(numbers, doubtful.shape)[doubtful])
    matrices = A.reshape(-1, *A.shape[-2:])[suspects]
    leading, zero = leading_eigenvalue(*spectrum(matrices))
    refused = leading.real >= -zero
    if np.any(refused):
        first = int(np.argmax(refused))
        kind = "unstable" if leading[first].real > zero[first] else "marginal"
        where = _index_text(np.unravel_index(suspects[first], numbers.shape))
        raise UnstableError(
            f"no steady state: A{where} is {kind}, with eigenvalue {leading[first]:.6g} rad/s"
        )


def _index_text(index: Iterable[int]) -> str:
    """The index of a matrix for a message: "" without leading axes."""
    place = tuple(map(int, index))
    return f" at index {place}" if place else ""


def _solve_numpy(A: Array, D: Array) -> Array:
    """V for matrices (points, n, n), NaN where the refinement does not settle."""
    scale = binary_scale(A)[:, None, None]
    A = A / scale
    D = D / scale
    if A.shape[-1] > kronecker.LARGEST:
        return np.array([covariance(*one) for one in zip(A, D, strict=True)])
    M = kronecker_sum(A)
    V = np.zeros_like(D)
    residual = D
    settled = np.zeros(len(D), bool)
    for _ in range(ROUNDS):
        correction = from_coordinates(np.linalg.solve(M, coordinates(residual)))
        V = np.where(settled[:, None, None], V, V - correction)
        settled |= norm(correction) <= SETTLED * norm(V)
        if np.all(settled):
            break
        residual = twofold.lyapunov_residual(A, D, V)
    return np.where(settled[:, None, None], V, np.nan)


def _example() -> list[Arguments]:
    none = np.zeros(0)
    return [(none, none, none, np.zeros(0, bool), 1, 2 * MARGINAL, SYMMETRIC, SETTLED, ROUNDS)]


KERNELS = SharedKernels((simd, lu_kernel, covariances), ("covariances",), _example)
"""Covariances of eight equations at a time."""
