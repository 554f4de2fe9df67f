"""Checks that covariances and dynamics are physical, and the warnings of the measures.

A measure of a covariance means something if V is that of a quantum state and if its entries, being
double-precision numbers, hold enough digits. Arrays with any leading axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..sde.kept_elements import KeptElements
from ..sde.model.uncertainty import (
    TOLERATED,
    UnphysicalError,
    UnphysicalWarning,
    commutator_margin,
    is_quantum_state,
    uncertainty_margin,
    violation_sentence,
)
from ..sde.support.checks import common_shape, require_one_of, warn
from .gaussian import symplectic_eigenvalues
from .mode_blocks import Array, block, finite, mode_indices, reals, rounding

Physical = Literal["warn", "raise", "ignore"]
PHYSICAL = ("warn", "raise", "ignore")
DOUBTFUL = 1e-3
"""Fraction by which rounding may move symplectic eigenvalues before a measure warns."""
STURDY = ("populations", "squeezing_angle")
"""Measures that stay accurate where symplectic eigenvalues are lost to rounding."""


class PrecisionWarning(UserWarning):
    """The double-precision entries of a covariance hold too few digits for a measure of it."""


@dataclass(frozen=True, eq=False)
class StateAudit:
    """Covariances V (..., 2n, 2n) checked against the uncertainty relation.

    Every field has the leading axes (...) of V. For a sampled V the numbers are estimates with the
    error bars of the sample.

    Attributes
    ----------
    uncertainty : array
        min eig(V + iΩ/2), which a quantum state has ≥ 0; NaN where V is not finite.
    least_symplectic : array
        Least symplectic eigenvalue, which a quantum state has ≥ ½; NaN where V is not even positive
        semidefinite, or holds too few digits to tell.
    physical : array of bool
        Whether the relation holds up to rounding and a fraction 10⁻⁶ of V; never where V is not
        finite.
    """

    uncertainty: Array
    least_symplectic: Array
    physical: Array


def audit_state(V: Array) -> StateAudit:
    """Check covariances against the uncertainty relation V + iΩ/2 ≥ 0.

    Parameters
    ----------
    V : array, shape (..., 2n, 2n)
        Covariances of n modes, vacuum variance ½.

    Returns
    -------
    StateAudit
        uncertainty, min eig(V + iΩ/2); least_symplectic, the least ν; physical, whether V is that
        of a quantum state up to rounding and a fraction 10⁻⁶ of V. Each has shape (...).

    Raises
    ------
    ValueError
        V has another shape or is not symmetric.

    References
    ----------
    R. Simon, N. Mukunda and B. Dutta, doi:10.1103/PhysRevA.49.1567.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> audit = ql.analysis.audit_state(np.diag([0.25, 0.5]))
    >>> print(audit.physical, audit.least_symplectic.round(4))
    False 0.3536
    """
    least_symplectic = symplectic_eigenvalues(V)[..., 0]
    V = np.asarray(V, float)
    usable = finite(V)
    least = np.where(usable, uncertainty_margin(np.where(usable[..., None, None], V, 0.0)), np.nan)
    return StateAudit(least, least_symplectic, is_quantum_state(V))


def least_violation(V: Array, kept: KeptElements | None = None) -> float:
    """min eig(V + iΩ/2) over all covariances (times, n, n) that violate V + iΩ/2 ≥ 0; else 0.

    With `kept`, of all covariances of modes and of pairs that are in an array of a result.
    """
    parts = [V] if kept is None else kept.blocks(V)
    audits = [audit_state(part[finite(part)]) for part in parts]
    return min((float(a.uncertainty[~a.physical].min(initial=0.0)) for a in audits), default=0.0)


def audit_model(A: Array, D: Array) -> Array:
    """Check that drift and noise keep the commutators: min eig(D − i(AΩ + ΩAᵀ)/2), ≥ 0 if they do.

    With dV/dt = AV + VAᵀ + D, d(V + iΩ/2)/dt = A(V + iΩ/2) + (V + iΩ/2)Aᵀ + [D − i(AΩ + ΩAᵀ)/2], so
    quantum states stay quantum states while the bracket is ≥ 0. A cavity with vacuum noise, A = −κ,
    D = κ, has exactly 0. Brownian friction γ on p alone has [γ(2n+1) − √(γ²(2n+1)² + γ²)]/2 ≈
    −γ/(4(2n + 1)): this is the known flaw of Brownian noise, negligible at high temperature, not an
    error of the model.

    Parameters
    ----------
    A, D : array, shape (..., 2n, 2n)
        Drift matrix and diffusion matrix, rad/s; their leading axes broadcast.

    Returns
    -------
    array, shape (...)
        The least eigenvalue, rad/s; NaN where A or D is.

    Raises
    ------
    ValueError
        A and D are not both (..., 2n, 2n) of one size.

    Examples
    --------
    A cavity without its vacuum noise:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.audit_model(-np.eye(2), np.zeros((2, 2))))
    -1.0
    """
    A = reals("A", A)
    D = reals("D", D)
    n = A.shape[-1] if A.ndim else 0
    if n == 0 or n % 2 or A.shape[-2:] != (n, n) or D.shape[-2:] != (n, n):
        raise ValueError(
            f"A and D must both have shape (..., 2n, 2n) with one n (got {A.shape} and {D.shape})"
        )
    common_shape({"A": A.shape[:-2], "D": D.shape[:-2]})
    return commutator_margin(A, D)


def examine(measure: str, V: Array, modes: Mapping[str, Any], physical: Physical) -> None:
    """Warn, once each, of covariances V (..., 2n, 2n) of no quantum state or of too few digits.

    V must be that of a quantum state to a fraction 10⁻⁴: coupled estimates pass, plain samples of
    few trajectories may not. Digits are counted for `modes`, the mode indices given to the measure;
    without any, for all modes. Raises UnphysicalError for physical = "raise", and ValueError for
    another word than the three.
    """
    require_one_of("physical", physical, PHYSICAL)
    V = np.asarray(V, float)
    sound = is_quantum_state(V, TOLERATED)
    remedy = "if V was sampled, analysis.estimate gives the measure with its error bar"
    consequence = f", so {measure} gives no result; {remedy}; physical = 'ignore' gives no warning"
    _report_broken(V, sound, consequence, physical)
    if measure in STURDY or not sound.any():
        return
    chosen = [
        index for argument, given in modes.items() for index in mode_indices(argument, given, V)
    ]
    doubt = np.where(sound, rounding(block(V, chosen) if chosen else V), 0.0)
    if doubt.max() > DOUBTFUL:
        warn(_too_few_digits(measure, doubt), PrecisionWarning)


def examine_moments(words: str, V: Array, physical: Physical) -> None:
    """Warn, once, of an estimate whose V (..., 2n, 2n) of the moment equation is unphysical.

    Raises as `examine` does.
    """
    require_one_of("physical", physical, PHYSICAL)
    consequence = f", by the moment equation of the run, so {words} gives no result"
    _report_broken(V, is_quantum_state(V), consequence, physical)


def _report_broken(V: Array, sound: Array, consequence: str, physical: Physical) -> None:
    """Warn, or raise, of the finite covariances V (..., n, n) that are not sound (...)."""
    broken = np.asarray(finite(V) & ~sound)
    if physical == "ignore" or not broken.any():
        return
    message = violation_sentence(broken, uncertainty_margin(V[broken])) + consequence
    if physical == "raise":
        raise UnphysicalError(message)
    warn(message, UnphysicalWarning)


def _too_few_digits(measure: str, doubt: Array) -> str:
    """The message of a PrecisionWarning; `doubt` (...) is the rounding of each covariance."""
    V = (
        f"{np.count_nonzero(doubt > DOUBTFUL)} of {doubt.size} covariances V hold"
        if doubt.size > 1
        else "V holds"
    )
    fraction = f"by a fraction {doubt.max():.1g}" if doubt.max() < 1 else "beyond all their digits"
    return (
        f"{V} too few digits for {measure}: rounding of its entries may move symplectic "
        f"eigenvalues {fraction} (NaN where none is left); so strong correlations need more than "
        "double precision"
    )
