"""Is this the covariance of a quantum state? The uncertainty relation, and what is said where it is
broken.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

ROUNDING = 1e-12
"""A violation of the uncertainty relation below this fraction of ‖V‖ (Frobenius) is rounding."""
NEGLIGIBLE = 1e-6
"""V that this fraction of itself makes a quantum state is one: no symplectic eigenvalue is farther
off.
"""
TOLERATED = 1e-4
"""The same of what may be an estimate: a start, or the covariance that a measure is asked for."""


class UnphysicalWarning(UserWarning):
    """A measure of a covariance that breaks the uncertainty relation: its value is that of no
    quantum state.
    """


class UnphysicalError(ValueError):
    """The same, where physical = "raise" was asked for."""


def uncertainty(V: Array) -> Array:
    """min eig(V + iΩ/2) of covariances (..., n, n), Ω = ⊕ [[0, 1], [−1, 0]]: a quantum state has it
    ≥ 0.
    """
    return np.asarray(np.linalg.eigvalsh(V + 0.5j * symplectic_form_of(V))[..., 0])


def kept_commutators(A: Array, D: Array) -> Array:
    """min eig(D − i(AΩ + ΩAᵀ)/2) (...), in the unit of A: ≥ 0 where noise D belongs to drift A
    (..., n, n).

    NaN where A or D is not finite.
    """
    omega = symplectic_form_of(A)
    bracket = D - 0.5j * (A @ omega + omega @ np.swapaxes(A, -1, -2))
    finite = np.isfinite(bracket).all(axis=(-2, -1))
    values = np.linalg.eigvalsh(np.where(finite[..., None, None], bracket, 0.0))
    return np.asarray(np.where(finite, values[..., 0], np.nan))


def symplectic_form_of(matrices: Array) -> Array:
    """Ω = ⊕ [[0, 1], [−1, 0]] for the quadratures along the last axis."""
    return np.kron(np.eye(matrices.shape[-1] // 2), [[0.0, 1.0], [-1.0, 0.0]])


def is_quantum_state(V: Array, fraction: float = NEGLIGIBLE) -> Array:
    """Whether covariances V (..., n, n), vacuum variance ½, are those of quantum states; never
    where not finite.

    V passes where V(1 + fraction) keeps the uncertainty relation up to rounding, 10⁻¹²‖V‖: no
    symplectic eigenvalue is then farther off. By default that covers what friction on a momentum
    alone breaks, 10⁻⁹ and less at the rates of optomechanics; `TOLERATED` covers the errors of
    coupled estimates. X and Y of each mode are first scaled to similar variance, which changes no
    answer but that of a strongly squeezed state with too little noise: its small violation would
    pass for rounding.
    """
    V = np.asarray(V, float)
    finite = np.isfinite(V).all(axis=(-2, -1))
    balanced = _balanced(np.where(finite[..., None, None], V, np.eye(V.shape[-1])))
    least = uncertainty((1 + fraction) * balanced)
    with np.errstate(over="ignore"):
        size = np.linalg.norm(balanced, axis=(-2, -1))
    return np.asarray(finite & (least >= -ROUNDING * size))


def violation(V: Array) -> str:
    """How covariances V (..., n, n) break the uncertainty relation, in words; "" where none of the
    finite ones does.

    What `TOLERATED` covers is not told.
    """
    V = np.asarray(V, float)
    broken = np.isfinite(V).all(axis=(-2, -1)) & ~is_quantum_state(V, TOLERATED)
    return in_words(broken, uncertainty(V[broken])) if broken.any() else ""


def in_words(broken: Array, least: Array) -> str:
    """The sentence for states of which some are broken, with min eig(V + iΩ/2) of those."""
    size = f"min eig(V + iΩ/2) = {least.min():.3g}"
    if broken.size == 1:
        return f"V is the covariance of no quantum state ({size})"
    return (
        f"{np.count_nonzero(broken)} of {broken.size} covariances V are of no quantum state "
        f"({size} at worst)"
    )


def _balanced(V: Array) -> Array:
    """V with X and Y of each mode scaled to similar variance, by X → sX, Y → Y/s, s a power of two:
    no rounding.
    """
    variances = np.diagonal(V, axis1=-2, axis2=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.round(np.log2(variances[..., 1::2] / variances[..., 0::2]) / 4)
    s = np.exp2(np.where(np.isfinite(exponent), exponent, 0.0))
    scale = np.stack([s, 1 / s], axis=-1).reshape(variances.shape)
    return np.asarray(V * scale[..., :, None] * scale[..., None, :])
