"""The uncertainty relation V + iΩ/2 ≥ 0: margins and checks of covariances and of dynamics.

Ω = ⊕ [[0, 1], [−1, 0]], vacuum variance ½.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array

ROUNDING = 1e-12
"""A violation of the uncertainty relation below this fraction of ‖V‖ (Frobenius) is rounding."""
NEGLIGIBLE = 1e-6
"""V counts as a quantum state when V(1 + this fraction) is one.

No symplectic eigenvalue is then below ½ by a larger fraction.
"""
TOLERATED = 1e-4
"""The same fraction for covariances that may be estimates: starts, and arguments of measures."""
FRICTION = 1.001
"""Violation of commutators that counts as that of friction alone, over `friction_violation`."""


class UnphysicalWarning(UserWarning):
    """A measure was computed from a covariance that breaks the uncertainty relation."""


class UnphysicalError(ValueError):
    """A covariance breaks the uncertainty relation, and physical = "raise" was given."""


def uncertainty_margin(V: Array) -> Array:
    """min eig(V + iΩ/2) (...) of covariances (..., n, n): ≥ 0 for a quantum state."""
    return np.asarray(np.linalg.eigvalsh(V + 0.5j * symplectic_form_of(V))[..., 0])


def commutator_margin(A: Array, D: Array) -> Array:
    """min eig(D − i(AΩ + ΩAᵀ)/2) (...), in the unit of A: ≥ 0 where the dynamics keep commutators.

    A and D are (..., n, n); NaN where either is not finite.
    """
    omega = symplectic_form_of(A)
    bracket = D - 0.5j * (A @ omega + omega @ np.swapaxes(A, -1, -2))
    finite = np.isfinite(bracket).all(axis=(-2, -1))
    values = np.linalg.eigvalsh(np.where(finite[..., None, None], bracket, 0.0))
    return np.asarray(np.where(finite, values[..., 0], np.nan))


def friction_violation(A: Array, D: Array) -> float:
    """γ²/(4D_pp) in the unit of A: how far friction on a momentum alone violates commutators.

    A and D are (n, n). The largest of all modes, whose violations do not add up; 0 without any.
    """
    momenta = [k for k in range(1, len(D), 2) if D[k, k] > 0 and D[k - 1, k - 1] == 0]
    return max((float(A[k, k] ** 2 / (4 * D[k, k])) for k in momenta), default=0.0)


def symplectic_form_of(matrices: Array) -> Array:
    """Ω = ⊕ [[0, 1], [−1, 0]] (n, n) for matrices (..., n, n)."""
    return np.kron(np.eye(matrices.shape[-1] // 2), [[0.0, 1.0], [-1.0, 0.0]])


def is_quantum_state(V: Array, fraction: float = NEGLIGIBLE) -> Array:
    """Whether (...) covariances V (..., n, n) are those of quantum states; False where not finite.

    V passes where V(1 + fraction) keeps the uncertainty relation up to rounding, 10⁻¹²‖V‖. The
    default fraction covers the violation by friction on a momentum alone, 10⁻⁹ or less at the rates
    of optomechanics; `TOLERATED` covers the errors of estimates that share noise. X and Y of each
    mode are first scaled to similar variance: otherwise the small violation of a strongly squeezed
    state with too little noise would count as rounding.
    """
    V = np.asarray(V, float)
    finite = np.isfinite(V).all(axis=(-2, -1))
    balanced = _balanced(np.where(finite[..., None, None], V, np.eye(V.shape[-1])))
    least = uncertainty_margin((1 + fraction) * balanced)
    with np.errstate(over="ignore"):
        size = np.linalg.norm(balanced, axis=(-2, -1))
    return np.asarray(finite & (least >= -ROUNDING * size))


def describe_violation(V: Array) -> str:
    """How finite covariances V (..., n, n) break the uncertainty relation beyond `TOLERATED`.

    "" where none does.
    """
    V = np.asarray(V, float)
    broken = np.isfinite(V).all(axis=(-2, -1)) & ~is_quantum_state(V, TOLERATED)
    return violation_sentence(broken, uncertainty_margin(V[broken])) if broken.any() else ""


def violation_sentence(broken: Array, least: Array) -> str:
    """One sentence on the covariances that are `broken` (...), `least` their min eig(V + iΩ/2)."""
    size = f"min eig(V + iΩ/2) = {least.min():.3g}"
    if broken.size == 1:
        return f"V is the covariance of no quantum state ({size})"
    return (
        f"{np.count_nonzero(broken)} of {broken.size} covariances V are of no quantum state "
        f"({size} at worst)"
    )


def _balanced(V: Array) -> Array:
    """V (..., n, n) with X → sX and Y → Y/s in each mode, so that their variances are similar.

    s is a power of two, so that nothing is rounded.
    """
    variances = np.diagonal(V, axis1=-2, axis2=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.round(np.log2(variances[..., 1::2] / variances[..., 0::2]) / 4)
    s = np.exp2(np.where(np.isfinite(exponent), exponent, 0.0))
    scale = np.stack([s, 1 / s], axis=-1).reshape(variances.shape)
    return np.asarray(V * scale[..., :, None] * scale[..., None, :])
