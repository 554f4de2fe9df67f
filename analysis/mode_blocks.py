"""Checks of covariances (..., 2n, 2n), the blocks of some of their modes, and their rounding.

Every refusal is a ValueError. `described` and `whole` repeat `sde.support.checks.shown` and
`require_whole`: this file and the array measures need only NumPy, and import nothing of `sde`.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Modes = int | Sequence[int]

LONGEST = 60
"""Characters of a value that an error message shows."""
ASYMMETRY = 1e-9
"""|V − Vᵀ| above this fraction of the largest |V| is a mistake, not rounding."""
ROUNDING = 1e-14
"""An eigenvalue of V between zero and minus this fraction of the largest is zero."""
EPSILON = float(np.finfo(float).eps)
"""Relative spacing of double-precision numbers: the relative error of the entries of V."""
LOST = 0.1
"""Relative rounding error from which a result is replaced by NaN."""


def reals(argument: str, values: Any) -> Array:
    """Values (...) as floats; refused unless they are real numbers."""
    try:
        found: Array = np.asarray(values)
    except (TypeError, ValueError):
        found = np.array(None)
    if found.dtype.kind not in "iuf":
        remedy = (
            "; pass one of its variables, such as dataset.covariance"
            if hasattr(values, "data_vars")
            else ""
        )
        raise ValueError(
            f"{argument} must be an array of real numbers (got {described(values)}){remedy}"
        )
    return found.astype(float, copy=False)


def whole(value: Any) -> int:
    """The value as an index. Raises TypeError for anything else, also for True and False."""
    if isinstance(value, bool | np.bool_):
        raise TypeError(value)
    return operator.index(value)


def described(value: Any) -> str:
    """A value as an error message shows it: on one line, and by its kind where it is long."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    text = repr(value)
    return text if len(text) <= LONGEST and "\n" not in text else f"a {type(value).__name__}"


def covariance(V: Array) -> Array:
    """V as floats; refused unless (..., 2n, 2n) and symmetric."""
    V = reals("V", V)
    if V.ndim < 2 or V.shape[-1] != V.shape[-2] or V.shape[-1] % 2 or V.shape[-1] == 0:
        raise ValueError(
            f"V must have shape (..., 2n, 2n), two quadratures per mode (got {V.shape})"
        )
    with np.errstate(invalid="ignore"):
        gap = np.abs(V - np.swapaxes(V, -1, -2))
        asymmetric = gap > ASYMMETRY * np.abs(V).max(axis=(-2, -1), keepdims=True)
    if asymmetric.any():
        raise ValueError(
            f"V must be symmetric (|V − Vᵀ| reaches {gap[asymmetric].max():.3g}); use (V + Vᵀ)/2"
        )
    return V


def per_quadrature(argument: str, values: Array, V: Array) -> Array:
    """Values (..., 2n) as floats, such as a mean; refused unless as long as V has quadratures."""
    values = reals(argument, values)
    if values.shape[-1:] != V.shape[-1:]:
        wanted = f"(..., {V.shape[-1]}), one entry per quadrature of V"
        raise ValueError(f"{argument} must have shape {wanted} (got {values.shape})")
    return values


def mode_indices(argument: str, modes: Modes, V: Array) -> list[int]:
    """The modes as a list; refused unless V (..., 2n, 2n) has each and none is named twice."""
    count = V.shape[-1] // 2
    try:
        chosen = [whole(mode) for mode in np.ravel(np.asarray(modes, object))]
    except TypeError:
        raise ValueError(
            f"{argument} must be mode indices (got {described(modes)}); names need a labelled V"
        ) from None
    if not chosen:
        raise ValueError(
            f"{argument} must name at least one mode (got {modes!r}); choose from 0 to {count - 1}"
        )
    if min(chosen) < 0 or max(chosen) >= count:
        raise ValueError(
            f"{argument} must lie between 0 and {count - 1} for a V of {count} modes (got "
            f"{modes!r})"
        )
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"{argument} must not repeat a mode (got {modes!r}); name each once")
    return chosen


def split(V: Array, i: Modes, j: Modes) -> tuple[Array, int]:
    """Covariance (..., 2m, 2m) of the m modes i and j, i first; number of quadratures of i."""
    V = covariance(V)
    left = mode_indices("i", i, V)
    right = mode_indices("j", j, V)
    if set(left) & set(right):
        raise ValueError(
            f"i and j must not share a mode (got i={i!r}, j={j!r}); split the modes in two"
        )
    return block(V, left + right), 2 * len(left)


def single_modes(V: Array, **modes: int) -> Array:
    """Covariance (..., 2m, 2m) of m modes, one per argument, in that order."""
    V = covariance(V)
    chosen: list[int] = []
    for argument, mode in modes.items():
        indices = mode_indices(argument, mode, V)
        if len(indices) > 1:
            raise ValueError(f"{argument} must be a single mode (got {mode!r})")
        chosen += indices
    if len(set(chosen)) < len(chosen):
        got = ", ".join(f"{argument}={mode!r}" for argument, mode in modes.items())
        raise ValueError(f"{', '.join(modes)} must be different modes (got {got})")
    return block(V, chosen)


def block(V: Array, chosen: list[int]) -> Array:
    """Covariance (..., 2m, 2m) of the m modes chosen, in their order."""
    at = np.ravel(2 * np.asarray(chosen)[:, None] + np.arange(2))
    return V[..., at[:, None], at]


def diagonal(V: Array) -> Array:
    """The variances (..., n) of covariances (..., n, n)."""
    return np.diagonal(V, axis1=-2, axis2=-1)


def finite(V: Array) -> Array:
    """Whether all entries of V are finite (...)."""
    return np.asarray(np.isfinite(V).all(axis=(-2, -1)))


def rounding(V: Array) -> Array:
    """The fraction δ (...) by which rounding of the entries of V may move its eigenvalues.

    Entries known to a fraction ε = 2⁻⁵² bound V between (1 ± δ)V, δ = ε‖C‖/λ, C being the
    correlations of the quadratures and λ the least eigenvalue of C. That bounds the error of every
    symplectic eigenvalue, of V and of its partial transpose, and of every variance, conditional or
    not. A two-mode squeezed vacuum has δ = ε e^{4r}: no digit is left at r = 9. A quadrature
    without variance is exact. Infinite where C is singular, NaN where V is not finite.
    """
    V = covariance(V)
    usable = finite(V)
    V = np.where(usable[..., None, None], V, np.eye(V.shape[-1]))
    variances = np.abs(diagonal(V))
    s = np.sqrt(np.where(variances == 0, 1.0, variances))
    exact = np.eye(V.shape[-1]) * (variances == 0)[..., None, :]
    C = V / (s[..., :, None] * s[..., None, :]) + exact
    least = np.linalg.eigvalsh(C)[..., 0]
    size = np.abs(C).sum(axis=-1).max(axis=-1, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(usable, np.where(least > 0, EPSILON * size / least, np.inf), np.nan)
