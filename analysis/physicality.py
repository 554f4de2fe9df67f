"""Is this a quantum state, and do these dynamics keep states quantum? Arrays only, any leading
axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..sde.model.uncertainty import is_quantum_state, kept_commutators, uncertainty
from ..sde.support.checks import common_shape
from .gaussian import Array, symplectic_eigenvalues
from .mode_blocks import reals


@dataclass(frozen=True, eq=False)
class StateAudit:
    """What the uncertainty relation says of a covariance V; every field has the leading axes (...)
    of V.

    uncertainty: min eig(V + iΩ/2), which a quantum state has ≥ 0; least_symplectic: the least
    symplectic eigenvalue, which it has ≥ ½ (NaN where V is not even positive semidefinite, or holds
    too few digits to tell); physical: whether the relation holds up to rounding and a fraction 10⁻⁶
    of V, as `is_quantum_state` judges it; never where V is not finite. Of a sampled V the numbers
    are estimates: judge them by their error bars. Simon, Mukunda and Dutta,
    doi:10.1103/PhysRevA.49.1567.
    """

    uncertainty: Array
    least_symplectic: Array
    physical: Array


def audit_state(V: Array) -> StateAudit:
    """Audit covariances V (..., 2n, 2n), vacuum variance ½. Raises ValueError for another shape or
    an asymmetric V.
    """
    least_symplectic = symplectic_eigenvalues(V)[..., 0]
    V = np.asarray(V, float)
    finite = np.isfinite(V).all(axis=(-2, -1))
    least = np.where(finite, uncertainty(np.where(finite[..., None, None], V, 0.0)), np.nan)
    return StateAudit(least, least_symplectic, is_quantum_state(V))


def audit_model(A: Array, D: Array) -> Array:
    """min eig(D − i(AΩ + ΩAᵀ)/2) (...), in the unit of A (rad/s): ≥ 0 when drift and noise keep the
    commutators.

    A and D are (..., 2n, 2n), their leading axes broadcast; NaN gives NaN. With dV/dt = AV + VAᵀ +
    D, d(V + iΩ/2)/dt = A(V + iΩ/2) + (V + iΩ/2)Aᵀ + [D − i(AΩ + ΩAᵀ)/2], so no state leaves the
    quantum ones while the bracket is ≥ 0. A cavity with vacuum noise, A = −κ, D = κ, has exactly 0.
    Brownian friction γ on p alone has [γ(2n+1) − √(γ²(2n+1)² + γ²)]/2 ≈ −γ/(4(2n + 1)): the known
    flaw of that noise, tiny when hot, not an error of the model. Raises ValueError unless both are
    (..., 2n, 2n) of one size.
    """
    A, D = reals("A", A), reals("D", D)
    n = A.shape[-1] if A.ndim else 0
    if n == 0 or n % 2 or A.shape[-2:] != (n, n) or D.shape[-2:] != (n, n):
        raise ValueError(
            f"A and D must both have shape (..., 2n, 2n) with one n (got {A.shape} and {D.shape})"
        )
    common_shape({"A": A.shape[:-2], "D": D.shape[:-2]})
    return kept_commutators(A, D)


def least_violation(V: Array) -> float:
    """Least eigenvalue of V + iΩ/2 among covariances V (times, 2n, 2n) of no quantum state.

    0 where all are quantum states up to rounding; covariances that are not finite are left out.
    """
    audit = audit_state(V[np.isfinite(V).all(axis=(1, 2))])
    return 0.0 if audit.physical.all() else float(audit.uncertainty[~audit.physical].min())
