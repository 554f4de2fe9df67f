"""The Riccati equation of steady states conditioned on continuous records, by Newton's method.

Records y obey dy = C u dt + D dW, their noise correlated with that of du = A u dt + B dW. The
covariance V of u given the records obeys (Kalman and Bucy, doi:10.1115/1.3658902; quantum: Wiseman
and Doherty, doi:10.1103/PhysRevLett.94.070405)

    A V + V Aᵀ + B Bᵀ − K R Kᵀ = 0,    K = (V Cᵀ + S) R⁻¹,    R = D Dᵀ,    S = B Dᵀ

With the gain K, the error of the estimate of u decays at the eigenvalues of F = A − K C and is
driven by (B − K D) dW. Newton's method computes V from the Lyapunov equation of this error, K from
V, and so on (Kleinman, doi:10.1109/TAC.1968.1098829): from any K with a stable F, V falls
monotonically, in the end quadratically, and F stays stable. The start comes from the sign of the
Hamiltonian matrix (Roberts, doi:10.1080/00207178008922881), for which A need not be stable; K = 0
where rounding makes it useless. V and the residual are kept in `numpy.longdouble`, as one variance
may be 0.1 and another 10⁶.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...sde.support.checks import Array, common_shape, numbers
from ..stability import as_matrices, binary_scale, instability_kind, leading_eigenvalue, spectrum
from .solver import UnstableError, solve_lyapunov

STEPS = 100
"""Steps of Newton's method; V halves at worst, so 100 do for variances that fall by 10³⁰."""
STALLING = 1e-9
"""Relative change of V below which a step that is not half the one before is rounding."""
INDEPENDENT = 1e-12
"""Eigenvalues of the correlations of the records' noise, and commutators, below this are zero."""
DOUBLINGS = 60
"""Iterations for the sign of a matrix; eigenvalues may lie within 1e-12 of the imaginary axis."""


def solve_riccati(A: ArrayLike, B: ArrayLike, C: ArrayLike, D: ArrayLike) -> Array:
    """Solve A V + V Aᵀ + B Bᵀ = K D Dᵀ Kᵀ with K = (V Cᵀ + B Dᵀ)(D Dᵀ)⁻¹ and A − K C stable.

    Parameters
    ----------
    A : array (..., n, n)
        Drift matrix, rad/s. It need not be stable.
    B : array (..., n, channels)
        Noise of the quadratures, √(rad/s); leading axes broadcast.
    C : array (..., records, n)
        Coefficients of the quadratures in the records.
    D : array (..., records, channels)
        Noise of the records, on the same channels as B.

    Returns
    -------
    array (..., n, n)
        V, the covariance given the records, exactly symmetric; vacuum variance ½ with the B of a
        `Model`.

    Raises
    ------
    UnstableError
        Where no K stabilises A − K C; the message names the eigenvalue.
    ValueError
        For shapes that do not match, and records without independent noise.
    ArithmeticError
        If the iteration does not settle.

    References
    ----------
    Kleinman, doi:10.1109/TAC.1968.1098829; Roberts, doi:10.1080/00207178008922881.

    Examples
    --------
    >>> from qlangevin.steady import solve_riccati
    >>> solve_riccati([[-1.0]], [[1.0, 1.0]], [[1.0]], [[1.0, 0.0]]).round(4)
    array([[0.2361]])
    """
    A = as_matrices("A", A)
    B, C, D = _checked_matrices(A, B, C, D)
    C, D = _normalised_records(C, D)
    K = _stabilising_gain(A, B, C, D)
    _refuse_undetectable(A - K @ C)
    return _iterate(A, B, C, D, K)


def _iterate(A: Array, B: Array, C: Array, D: Array, K: Array) -> Array:
    """V (..., n, n) by Newton's method from a gain K (..., n, records) with A − K C stable."""
    V = np.zeros(A.shape, np.longdouble)
    settled = np.zeros(A.shape[:-2], bool)
    last = np.array(np.inf)
    for _ in range(STEPS):
        F, residual = _residual_for_gain(A, B, C, D, K, V)
        step = np.where(settled[..., None, None], 0.0, solve_lyapunov(F, residual))
        V = V + step
        K = _gain(B, C, D, V.astype(float))
        change = _largest(step) / np.maximum(_largest(V), np.finfo(float).tiny)
        settled = settled | (change <= np.finfo(float).eps)
        settled = settled | ((change <= STALLING) & (change >= last / 2))
        if np.all(settled):
            return V.astype(float)
        last = change
    raise ArithmeticError(
        f"the Riccati equation did not settle in {STEPS} steps (last change {np.max(change):.1e})"
    )


def _largest(M: Array) -> Array:
    """The largest |M_ij| (...) of matrices."""
    return np.asarray(np.abs(M).max(axis=(-2, -1)))


def _gain(B: Array, C: Array, D: Array, V: Array) -> Array:
    """K = (V Cᵀ + B Dᵀ)(D Dᵀ)⁻¹, shape (..., n, records)."""
    gathered = C @ V + D @ _transposed(B)
    return _transposed(np.linalg.solve(D @ _transposed(D), gathered))


def _residual_for_gain(
    A: Array, B: Array, C: Array, D: Array, K: Array, V: Array
) -> tuple[Array, Array]:
    """F = A − K C and F V + V Fᵀ + (B − K D)(B − K D)ᵀ (..., n, n), computed like V."""
    exact = K.astype(V.dtype)
    F = A - exact @ C
    noise = B - exact @ D
    FV = F @ V
    return F.astype(float), (FV + _transposed(FV) + noise @ _transposed(noise)).astype(float)


def _stabilising_gain(A: Array, B: Array, C: Array, D: Array) -> Array:
    """A gain K (..., n, records) that stabilises A − K C: nearly the final one if possible, else 0.

    From the sign of the Hamiltonian matrix H = [[Aᵀ, −G], [−Q, −A]], with A, G = Cᵀ R⁻¹ C and Q
    those of K = S R⁻¹: it maps [1; V] to [1; V] Fᵀ with F stable, so that (sign H + 1)[1; V] = 0.
    """
    n = A.shape[-1]
    zero = np.zeros(A.shape)
    F, Q = _residual_for_gain(A, B, C, D, _gain(B, C, D, zero), zero)
    G = _transposed(C) @ np.linalg.solve(D @ _transposed(D), C)
    H = np.concatenate([np.concatenate([_transposed(F), -G], -1), np.concatenate([-Q, -F], -1)], -2)
    decaying = _matrix_sign(H) + np.eye(2 * n)
    V = -np.linalg.pinv(decaying[..., n:]) @ decaying[..., :n]
    K = _gain(B, C, D, 0.5 * (V + _transposed(V)))
    stable = instability_kind(A - K @ C) == "stable"
    return np.where(stable[..., None, None], K, 0.0)


def _matrix_sign(H: Array) -> Array:
    """H (..., m, m) with eigenvalues replaced by the signs of their real parts; 0 if singular."""
    Z = H / binary_scale(H)[..., None, None]
    moving = np.ones(Z.shape[:-2], bool)
    for _ in range(DOUBLINGS):
        sign, size = np.linalg.slogdet(Z)
        singular = np.asarray((sign == 0) | ~np.isfinite(size))[..., None, None]
        scale = np.exp(-np.where(np.isfinite(size), size, 0.0) / Z.shape[-1])[..., None, None]
        inverse = np.linalg.inv(np.where(singular, np.eye(Z.shape[-1]), Z))
        following = np.where(singular, 0.0, 0.5 * (scale * Z + inverse / scale))
        change, size = (np.abs(M).max(axis=(-2, -1)) for M in (following - Z, following))
        Z = np.where(moving[..., None, None], following, Z)
        moving &= change > 1e-12 * size
        if not moving.any():
            break
    return Z


def _refuse_undetectable(F: Array) -> None:
    """UnstableError where an eigenvalue of F (..., n, n) does not decay."""
    leading, zero = leading_eigenvalue(*spectrum(F))
    refused = np.asarray(leading.real >= -zero)
    if np.any(refused):
        place = f" at index {tuple(map(int, np.argwhere(refused)[0]))}" if refused.ndim else ""
        raise UnstableError(
            f"no steady state given these records{place}: they do not contain the fluctuation with "
            f"eigenvalue {leading[refused][0]:.6g} rad/s, which does not decay; measure light that "
            "carries it"
        )


def _checked_matrices(A: Array, *matrices: ArrayLike) -> list[Array]:
    """B, C and D as arrays with the leading axes of all, checked against A (..., n, n)."""
    B, C, D = (numbers(name, matrix) for name, matrix in zip("BCD", matrices, strict=True))
    n = A.shape[-1]
    records = C.shape[-2:-1]
    channels = B.shape[-1:]
    if (B.shape[-2:-1], C.shape[-1:], D.shape[-2:]) != ((n,), (n,), records + channels):
        raise ValueError(
            "B, C and D must have shapes (..., n, channels), (..., records, n) and "
            f"(..., records, channels) with n = {n} (got {B.shape}, {C.shape} and {D.shape})"
        )
    if not all(np.all(np.isfinite(matrix)) for matrix in (B, C, D)):
        raise ValueError("B, C and D must be finite")
    lead = common_shape({name: M.shape[:-2] for name, M in zip("ABCD", (A, B, C, D), strict=True)})
    return [np.broadcast_to(matrix, lead + matrix.shape[-2:]) for matrix in (B, C, D)]


def _normalised_records(C: Array, D: Array) -> tuple[Array, Array]:
    """C and D (..., records, columns) in units of each record's noise.

    Raises ValueError where a record repeats the others.
    """
    noise = np.linalg.norm(D, axis=-1, keepdims=True)
    C, D = (matrix / np.where(noise > 0, noise, 1.0) for matrix in (C, D))
    if np.any(np.linalg.eigvalsh(D @ _transposed(D))[..., 0] <= INDEPENDENT):
        raise ValueError(
            "records must each carry noise of their own (D Dᵀ is singular); leave out those that "
            "repeat"
        )
    return C, D


def _transposed(M: Array) -> Array:
    """Mᵀ (..., m, n) of matrices (..., n, m)."""
    return np.swapaxes(M, -1, -2)
