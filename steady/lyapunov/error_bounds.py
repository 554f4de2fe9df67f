"""Residual of a steady covariance and bounds on its error, all rounding included."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...sde.linear_algebra import twofold
from ...sde.support.checks import Array
from ..stability import (
    as_matrices,
    as_symmetric,
    binary_scale,
    norm,
    require_alike,
)
from . import kronecker
from .batches import in_batches
from .kronecker import coordinates, kronecker_sum
from .order_bounds import bound_by_order

EPSILON = float(np.finfo(float).eps)


def lyapunov_residual(A: ArrayLike, D: ArrayLike, V: ArrayLike) -> Array:
    """‖AV + VAᵀ + D‖/(2‖A‖‖V‖ + ‖D‖), shape (...), of matrices (..., n, n); 0 for 0/0.

    The numerator is computed in twice double precision.
    """
    A, D, V = _checked_equation(A, D, V)
    return _ratio(norm(twofold.lyapunov_residual(A, D, V)), _equation_size(A, D, V))


def lyapunov_error_bound(A: ArrayLike, D: ArrayLike, V: ArrayLike) -> Array:
    """A bound (...) on ‖V − V_exact‖/‖V‖ for matrices (..., n, n); ∞ where none can be given.

    With the residual R of V, the error E obeys M E = R, and for any X, E = X R + (1 − X M) E, so
    that

        ‖E‖ ≤ ‖X R‖/(1 − ‖1 − X M‖)

    (Rump, doi:10.1017/S096249291000005X). ‖R‖/sep(A) bounds it too, but larger by up to the quality
    factor. This bound holds for unstable A as well: it does not imply stability. Where it is ∞,
    and for n above `kronecker.LARGEST`, see `order_bounds`, which is ∞ for A that are not
    stable.
    """
    return in_batches(_error_bound, *_checked_equation(A, D, V))


def _checked_equation(A: ArrayLike, D: ArrayLike, V: ArrayLike) -> tuple[Array, Array, Array]:
    """The matrices (..., n, n) of an equation and of its solution, checked."""
    drift = as_matrices("A", A)
    diffusion = as_symmetric("D", D)
    covariance = as_symmetric("V", V)
    require_alike("D", diffusion, drift)
    require_alike("V", covariance, drift)
    return drift, diffusion, covariance


def _error_bound(A: Array, D: Array, V: Array) -> Array:
    """`lyapunov_error_bound` for matrices (points, n, n)."""
    bound = np.full(len(A), np.inf)
    if A.shape[-1] <= kronecker.LARGEST:
        bound = _bound_by_inverse(A, D, V)
    left = np.flatnonzero(np.isinf(bound))
    bound[left] = [bound_by_order(A[i], D[i], V[i]) for i in left]
    return bound


def _bound_by_inverse(A: Array, D: Array, V: Array) -> Array:
    """`lyapunov_error_bound` for small matrices (points, n, n)."""
    scale = binary_scale(A)[:, None, None]
    A = A / scale
    D = D / scale
    M = kronecker_sum(A)
    X = _inverse(M)
    R = twofold.lyapunov_residual(A, D, V)
    n = A.shape[-1]
    m = M.shape[-1]
    defect = norm(np.eye(m) - X @ M) + (m + 4) * EPSILON * norm(X) * norm(M)
    twice_rounded = ((n + 1) * EPSILON) ** 2 * _equation_size(A, D, V)
    rounding = norm(X) * (m * EPSILON * norm(R) + twice_rounded)
    error = norm(X @ coordinates(R)) + rounding
    bound = _ratio(error, np.where(defect < 1, 1 - defect, 0.0) * norm(V))
    return np.where(defect < 1, bound, np.inf)


def _inverse(M: Array) -> Array:
    """M⁻¹ (points, m, m) in double precision, NaN where M is exactly singular."""
    singular = np.linalg.slogdet(M)[0] == 0
    identity = np.eye(M.shape[-1])
    return np.where(
        singular[:, None, None],
        np.nan,
        np.linalg.inv(np.where(singular[:, None, None], identity, M)),
    )


def _equation_size(A: Array, D: Array, V: Array) -> Array:
    """2‖A‖‖V‖ + ‖D‖ (...)."""
    return 2 * norm(A) * norm(V) + norm(D)


def _ratio(part: Array, whole: Array) -> Array:
    """part/whole (...), with 0/0 = 0 and part/0 = ∞."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.where(part > 0, np.inf, 0.0), where=whole > 0)
