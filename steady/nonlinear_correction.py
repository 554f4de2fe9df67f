"""Leading correction of linearised theory by the nonlinearity, at each stable fixed point.

With u = ū + x and f the mean-level drift, f(ū) = 0 and A = ∂f(ū), trajectories follow the Weyl
drift

    −Q:V₀ + (A − 3K:V₀) x + Q(x,x) + K(x,x,x),    V₀ = ½·1,

with Q the quadratic tensor about ū (slices of K included). In powers of the nonlinearity s of
`Model.scaled`, small noise (van Kampen, Can. J. Phys. 39, 551, 1961) gives from A V + V Aᵀ + D = 0
the mean m and third cumulants C at order s, and δV at order s²:

    A m + Q:(V − V₀) = 0
    A_ia C_ajk + A_ja C_iak + A_ka C_ija + S_ijk = 0
    S_ijk = 2 (Q_i^ab V_aj V_bk + Q_j^ab V_ai V_bk + Q_k^ab V_ai V_bj)
    A δV + δV Aᵀ + δA V + V δAᵀ + T + Tᵀ = 0
    δA = 2 Q(m,·) + 3 K:(V − V₀),    T_ij = Q_i^ab C_abj

That is truncated Wigner. The equation of the Wigner function itself also contains the third
derivatives of Moyal's bracket (doi:10.1017/S0305004100000487)

    ∂W/∂t ∋ −(1/24) H_abc Ω_ad Ω_be Ω_cf ∂_d ∂_e ∂_f W

for a Weyl symbol H with third derivatives H_abc at ū. They contribute to the third cumulants alone:
S_ijk gains ¼ H_abc Ω_ai Ω_bj Ω_ck.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from ..sde.labels import Q_, Q, provenance
from ..sde.linear_algebra.covariance_errors import relative_errors
from ..sde.model.model import Model
from ..sde.model.uncertainty import symplectic_form_of
from ..sde.support.checks import Array
from ..sde.system import System, as_single_model
from .lyapunov.solver import solve_lyapunov
from .steady_states import known_states
from .variables import LEADING_CORRECTION, Q__, B

HAMILTONIAN = 1e-12
"""Asymmetry of the derivatives of ∇H, relative to the largest, that rounding can cause."""


def leading_correction(system: System | Model) -> xr.Dataset:
    """Compute the exact leading correction of linearised theory about each stable fixed point.

    In `Model.scaled(s)` the linearised covariance is off by s² δV and the mean-field mean by s
    times its shift, up to errors of order s⁴ and s³; the given model is s = 1. Where
    s² relative_correction is not small, linearised theory is not reliable. Where
    s² relative_truncation exceeds the required accuracy, trajectories are not reliable either: the
    terms that truncation omits do not depend on the noise, so that near the vacuum they are as
    large as the correction itself, while in hot systems they are the smaller part. The expansion is
    asymptotic; it does not include other branches, nor escape from this one.

    Parameters
    ----------
    system : System or Model
        Its parameters are single numbers. The work grows as n⁹ in the number of quadratures.

    Returns
    -------
    xarray.Dataset
        Branches are those of `steady_state`; NaN for branches that are not stable. All without
        unit.

        * mean_shift (branch, quadrature): truncated Wigner, which trajectories sample; the full
          quantum state has the same shift
        * third_cumulant (branch, quadrature, quadrature_, quadrature__): truncated Wigner
        * covariance_correction (branch, quadrature, quadrature_): δV of truncated Wigner
        * covariance_correction_quantum (branch, quadrature, quadrature_): with Moyal's third
          derivatives; NaN unless the nonlinear drift is Ω∇H of a Hamiltonian H. It assumes that
          the noise is that of the drift's damping
        * relative_correction (branch): largest |δV_ij|/√(V_ii V_jj) of truncated Wigner
        * relative_correction_quantum, relative_truncation (branch): the same of the quantum
          correction, and of the difference of the two
        * reason (branch): "" or why a branch has no numbers

    Raises
    ------
    ValueError
        For parameters that are arrays.
    IncompleteError
        Where the fixed points could not all be found.

    References
    ----------
    van Kampen, Can. J. Phys. 39, 551 (1961): expansion in small noise. Moyal,
    doi:10.1017/S0305004100000487: third derivatives. The equations are in the docstring of
    this module.

    Examples
    --------
    >>> import qlangevin as ql
    >>> found = ql.leading_correction(ql.systems.SpinningResonator.published())
    >>> (found["relative_correction"] < 1e-3).values
    array([ True])
    """
    model = as_single_model(system, "leading_correction")
    found = correction_about(model, known_states(system))
    return found.assign_attrs(provenance=provenance(system))


def correction_about(model: Model, steady: xr.Dataset) -> xr.Dataset:
    """`leading_correction` where the steady states have been found already, by `known_states`."""
    V, A, means = (steady[name].values for name in ("covariance", "drift_matrix", "mean"))
    tables = {
        name: np.full((len(V), *[model.size] * (len(declared.dimensions) - 1)), np.nan)
        for name, declared in LEADING_CORRECTION.items()
    }
    hamiltonian = _is_hamiltonian(model)
    for at in np.flatnonzero(steady.stable.values):
        for name, values in _corrections(model.about(means[at]), A[at], V[at], hamiltonian).items():
            tables[name][at] = values
    return xr.Dataset(
        {name: LEADING_CORRECTION[name].labelled(values) for name, values in tables.items()}
        | {"reason": steady.reason},
        coords={B: steady[B], **{axis: list(model.quadratures) for axis in (Q, Q_, Q__)}},
    )


@dataclass(frozen=True, eq=False)
class _Expansion:
    """The equations of the module in units σ of x: A, quadratic and cubic tensors, V, V₀ = V0."""

    A: Array
    quadratic: Array
    cubic: Array
    V: Array
    V0: Array

    @cached_property
    def mean_shift(self) -> Array:
        """m (n,)."""
        return np.linalg.solve(self.A, -np.einsum("iab,ab->i", self.quadratic, self.V - self.V0))

    @cached_property
    def source(self) -> Array:
        """S (n, n, n) of truncated Wigner."""
        one = 2 * np.einsum("iab,aj,bk->ijk", self.quadratic, self.V, self.V)
        return one + one.transpose(1, 0, 2) + one.transpose(1, 2, 0)

    def third_cumulant(self, source: Array) -> Array:
        """C (n, n, n) for a symmetric source."""
        n = len(self.A)
        one = np.eye(n)
        rates = sum(
            (np.kron(np.kron(a, b), c) for a, b, c in _kronecker_factors(self.A, one)),
            np.zeros((n**3, n**3)),
        )
        return np.linalg.solve(rates, -source.ravel()).reshape(n, n, n)

    @cached_property
    def drift_change(self) -> Array:
        """δA V (n, n)."""
        slope = 2 * self.quadratic @ self.mean_shift + 3 * np.einsum(
            "iabc,bc->ia", self.cubic, self.V - self.V0
        )
        return slope @ self.V

    def covariance(self, third_cumulant: Array, drift_change: Array) -> Array:
        """δV (n, n) from C (n, n, n) and δA V (n, n)."""
        half = drift_change + np.einsum("iab,abj->ij", self.quadratic, third_cumulant)
        return solve_lyapunov(self.A, half + half.T)


def _corrections(model: Model, A: Array, V: Array, hamiltonian: bool) -> dict[str, Array]:
    """The variables of one branch, for a model about its fixed point, with A and V (n, n).

    Deviations are in units of the powers of two next to √V_ii, so that scaling rounds nothing. The
    part that truncation omits is solved for separately: in hot systems it is small.
    """
    quadratic, cubic = model.tensors
    variances = np.diagonal(V)
    scale = np.exp2(np.round(np.log2(np.where(variances > 0, variances, 1.0)) / 2))
    pair = np.multiply.outer(scale, scale)
    triple = np.multiply.outer(pair, scale)
    x = _Expansion(
        A=A * scale / scale[:, None],
        quadratic=quadratic * pair / scale[:, None, None],
        cubic=cubic * triple / scale[:, None, None, None],
        V=V / pair,
        V0=0.5 * np.eye(len(A)) / pair,
    )
    C = x.third_cumulant(x.source)
    correction = x.covariance(C, x.drift_change)
    left_out = x.covariance(x.third_cumulant(_moyal_source(quadratic) / triple), np.zeros_like(A))
    if not hamiltonian:
        left_out = np.full_like(A, np.nan)
    return {
        "mean_shift": x.mean_shift * scale,
        "third_cumulant": C * triple,
        "covariance_correction": correction * pair,
        "covariance_correction_quantum": (correction + left_out) * pair,
        "relative_correction": relative_errors(correction, x.V).max(),
        "relative_correction_quantum": relative_errors(correction + left_out, x.V).max(),
        "relative_truncation": relative_errors(left_out, x.V).max(),
    }


def _kronecker_factors(A: Array, one: Array) -> tuple[tuple[Array, Array, Array], ...]:
    """The factors (n, n) of A ⊗ 1 ⊗ 1 + 1 ⊗ A ⊗ 1 + 1 ⊗ 1 ⊗ A."""
    return (A, one, one), (one, A, one), (one, one, A)


def _moyal_source(quadratic: Array) -> Array:
    """¼ H_abc Ω_ai Ω_bj Ω_ck (n, n, n) for a quadratic tensor (n, n, n).

    f = Ω∇H has the second derivatives 2Q, so that H_abc = 2 Ω_ia Q_i^bc.
    """
    omega = symplectic_form_of(quadratic)
    third = 2 * np.tensordot(omega, quadratic, axes=(0, 0))
    return np.asarray(0.25 * np.einsum("abc,ai,bj,ck->ijk", third, omega, omega, omega))


def _is_hamiltonian(model: Model) -> bool:
    """Whether the nonlinear drift is Ω∇H: derivatives of ∇H do not depend on their order."""
    gradients = [
        np.tensordot(symplectic_form_of(tensor), tensor, axes=(0, 0)) for tensor in model.tensors
    ]
    return all(
        np.abs(tensor - tensor.swapaxes(0, 1)).max() <= HAMILTONIAN * np.abs(tensor).max()
        for tensor in gradients
    )
