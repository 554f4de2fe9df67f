"""Measures of Gaussian states from their covariance V (..., 2n, 2n); any leading axes, vacuum variance ½.

Quadratures stand in pairs, one per mode, (X₁, Y₁, X₂, Y₂, …), and Ω = ⊕ [[0, 1], [−1, 0]]. A mode argument is an index
or a sequence of indices, so every split of the modes is allowed. Covariances are dimensionless; E_N and steering are
in nats. An item of the batch that is not finite (no steady state), or whose V is not positive semidefinite, gives NaN
and leaves the others alone; a V that is singular within rounding has ν = 0. Every function raises ValueError for a V
of another shape or not symmetric, and for modes that V does not have or that are named twice. Only NumPy is needed.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Modes = int | Sequence[int]

ASYMMETRY = 1e-9
"""|V − Vᵀ| above this fraction of the largest |V| is a mistake, not rounding."""
ROUNDING = 1e-14
"""An eigenvalue of V between zero and minus this fraction of the largest is zero."""


def symplectic_form(modes: int) -> Array:
    """Ω (2n, 2n) of n modes, [u_k, u_l] = iΩ_kl."""
    return np.kron(np.eye(modes), np.array([[0.0, 1.0], [-1.0, 0.0]]))


def reduced(V: Array, modes: Modes) -> Array:
    """Covariance (..., 2m, 2m) of m of the modes, in the order given."""
    V = _covariance(V)
    return _block(V, _indices("modes", modes, V))


def conditional(V: Array, i: Modes, j: Modes) -> Array:
    """Covariance (..., 2m, 2m) of the m modes j once all quadratures of i are known: V_j − CᵀV_i⁻¹C.

    The optimal linear inference, with V_i⁻¹ the pseudoinverse where V_i is singular. The quadratures are learnt one by
    one, which no unit of theirs disturbs.
    """
    state, known = _split(V, i, j)
    state = np.where(_finite(state)[..., None, None], state, np.nan)
    for k in range(known):
        state = _learn(state, k)
    return state[..., known:, known:]


def symplectic_eigenvalues(V: Array) -> Array:
    """Symplectic eigenvalues ν (..., n), rising: the moduli of the eigenvalues of iΩV, each once; ½ for vacuum.

    With V = R Rᵀ they are the positive eigenvalues of the Hermitian iRᵀΩR, so that small ν lose no digits to
    differences of large invariants; local squeezing along X or Y costs none either.
    """
    V = _covariance(V)
    n = V.shape[-1] // 2
    R = _root(_unsqueezed(V))
    form = np.swapaxes(R, -1, -2) @ symplectic_form(n) @ R
    values = np.linalg.eigvalsh(1j * np.where(np.isfinite(form), form, 0.0))[..., n:]
    return np.where(_finite(form)[..., None], np.maximum(values, 0.0), np.nan)


def transposed_eigenvalues(V: Array, i: Modes, j: Modes) -> Array:
    """Symplectic eigenvalues ν (..., n), rising, of the partial transpose of the state of the n modes i and j.

    The transpose turns the Y of every mode in i. One ν < ½ means that i and j are entangled.
    Simon, doi:10.1103/PhysRevLett.84.2726.
    """
    state, left = _split(V, i, j)
    turn = np.ones(state.shape[-1])
    turn[1:left:2] = -1.0
    return symplectic_eigenvalues(state * turn[:, None] * turn)


def log_negativity(V: Array, i: Modes, j: Modes) -> Array:
    """E_N (...) in nats between modes i and modes j: the sum of −ln 2ν over all ν < ½ of the partial transpose.

    For one mode each that is max(0, −ln 2ν⁻). Vidal and Werner, doi:10.1103/PhysRevA.65.032314.
    """
    return _nats_below_vacuum(transposed_eigenvalues(V, i, j))


def steering(V: Array, i: Modes, j: Modes) -> Array:
    """Gaussian steering i → j (...) in nats: the sum of −ln 2ν over all ν < ½ of the covariance of j given i.

    For a single mode j that is max(0, ½ ln[det V_i/(4 det V_ij)]). Kogias et al., doi:10.1103/PhysRevLett.114.060403.
    """
    return _nats_below_vacuum(symplectic_eigenvalues(conditional(V, i, j)))


def reid(V: Array, i: Modes, j: int) -> Array:
    """E_{j|i} = Δ_inf X_j · Δ_inf P_j (...): the errors of inferring the single mode j from modes i, optimal gains.

    X_j and P_j are each inferred from all quadratures of i: the root of the product of the diagonal of `conditional`.
    Below ½ i steers j. Where `conditional` has no X–P element it equals √det of that, which below ½ is e^{−steering}/2;
    elsewhere it is larger. Raises ValueError when j is not a single mode. Reid, doi:10.1103/PhysRevA.40.913.
    """
    inferred = conditional(V, i, j)
    if inferred.shape[-1] != 2:
        raise ValueError(f"j must be a single mode (got {j}); use steering for several")
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(inferred[..., 0, 0]) * np.sqrt(inferred[..., 1, 1]))


def purity(V: Array) -> Array:
    """Tr ρ² (...) = Π 1/2ν = 1/(2ⁿ√det V): 1 for a pure state."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.prod(0.5 / symplectic_eigenvalues(V), axis=-1))


def populations(V: Array, mean: Array | None = None) -> Array:
    """Quanta per mode (..., n): fluctuations (V_xx + V_yy − 1)/2, plus |⟨a⟩|² = (x̄² + ȳ²)/2 where a mean is given.

    The mean is (..., 2n); its leading axes broadcast against those of V. Raises ValueError for another length.
    """
    V = _covariance(V)
    squares = np.diagonal(V, axis1=-2, axis2=-1)
    if mean is not None:
        squares = squares + _mean_field(mean, V) ** 2
    return np.asarray((squares[..., 0::2] + squares[..., 1::2] - 1) / 2)


def _covariance(V: Array) -> Array:
    V = np.asarray(V, float)
    if V.ndim < 2 or V.shape[-1] != V.shape[-2] or V.shape[-1] % 2 or V.shape[-1] == 0:
        raise ValueError(f"V must have shape (..., 2n, 2n), two quadratures per mode (got {V.shape})")
    with np.errstate(invalid="ignore"):
        gap = np.abs(V - np.swapaxes(V, -1, -2))
        asymmetric = gap > ASYMMETRY * np.abs(V).max(axis=(-2, -1), keepdims=True)
    if asymmetric.any():
        raise ValueError(f"V must be symmetric (|V − Vᵀ| reaches {gap[asymmetric].max():.3g}); use (V + Vᵀ)/2")
    return V


def _mean_field(mean: Array, V: Array) -> Array:
    mean = np.asarray(mean, float)
    if mean.shape[-1:] != V.shape[-1:]:
        raise ValueError(f"mean must have shape (..., {V.shape[-1]}), one entry per quadrature of V (got {mean.shape})")
    return mean


def _indices(argument: str, modes: Modes, V: Array) -> list[int]:
    count = V.shape[-1] // 2
    try:
        chosen = [operator.index(mode) for mode in np.atleast_1d(np.asarray(modes, object))]
    except TypeError:
        raise ValueError(f"{argument} must be mode indices (got {modes!r}); names need a labelled V") from None
    if not chosen:
        raise ValueError(f"{argument} must name at least one mode (got {modes!r}); choose from 0 to {count - 1}")
    if min(chosen) < 0 or max(chosen) >= count:
        raise ValueError(f"{argument} must lie between 0 and {count - 1} for a V of {count} modes (got {modes!r})")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"{argument} must not repeat a mode (got {modes!r}); name each once")
    return chosen


def _split(V: Array, i: Modes, j: Modes) -> tuple[Array, int]:
    """The state of modes i and j, i first, and the number of quadratures of i."""
    V = _covariance(V)
    left, right = _indices("i", i, V), _indices("j", j, V)
    if set(left) & set(right):
        raise ValueError(f"i and j must not share a mode (got i={i!r}, j={j!r}); split the modes in two")
    return _block(V, left + right), 2 * len(left)


def _block(V: Array, chosen: list[int]) -> Array:
    at = np.ravel(2 * np.asarray(chosen)[:, None] + np.arange(2))
    return V[..., at[:, None], at]


def _learn(V: Array, k: int) -> Array:
    """The covariance once quadrature k is known; one without variance teaches nothing."""
    column, variance = V[..., k], V[..., k, k, None, None]
    with np.errstate(invalid="ignore"):
        products = column[..., :, None] * column[..., None, :]
        return np.asarray(V - np.divide(products, variance, out=np.zeros_like(products), where=variance != 0))


def _unsqueezed(V: Array) -> Array:
    """V with X and Y of each mode scaled to similar variance, by X → sX, Y → Y/s, s a power of two: no rounding."""
    variances = np.diagonal(V, axis1=-2, axis2=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.round(np.log2(variances[..., 1::2] / variances[..., 0::2]) / 4)
    s = np.exp2(np.where(np.isfinite(exponent), exponent, 0.0))
    scale = np.stack([s, 1 / s], axis=-1).reshape(variances.shape)
    return np.asarray(V * scale[..., :, None] * scale[..., None, :])


def _root(V: Array) -> Array:
    """R with R Rᵀ = V; NaN where V is not finite or not positive semidefinite."""
    finite = _finite(V)[..., None]
    values, vectors = np.linalg.eigh(np.where(finite[..., None], V, np.eye(V.shape[-1])))
    allowed = finite & (values >= -ROUNDING * np.abs(values).max(axis=-1, keepdims=True))
    return np.asarray(vectors * np.sqrt(np.where(allowed, np.maximum(values, 0.0), np.nan))[..., None, :])


def _finite(V: Array) -> Array:
    return np.asarray(np.isfinite(V).all(axis=(-2, -1)))


def _nats_below_vacuum(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(0.0 - np.sum(np.minimum(np.log(2 * values), 0.0), axis=-1))
