"""What the nonlinearity adds to linearised theory, to leading order, about each stable fixed point.

With u = ū + x and f the mean-level drift, f(ū) = 0 and A = ∂f(ū), trajectories follow the Weyl drift

    −Q:V₀ + (A − 3K:V₀) x + Q(x,x) + K(x,x,x),    V₀ = ½·1,

with Q the quadratic tensor about ū (slices of K included). In powers of the nonlinearity s of `Model.scaled`, small
noise (van Kampen, doi:10.1139/p61-056) gives from A V + V Aᵀ + D = 0 the mean m and the third cumulants C at order s,
and δV at order s²:

    A m + Q:(V − V₀) = 0
    A_ia C_ajk + A_ja C_iak + A_ka C_ija + S_ijk = 0
    S_ijk = 2 (Q_i^ab V_aj V_bk + Q_j^ab V_ai V_bk + Q_k^ab V_ai V_bj)
    A δV + δV Aᵀ + δA V + V δAᵀ + T + Tᵀ = 0,    δA = 2 Q(m,·) + 3 K:(V − V₀),    T_ij = Q_i^ab C_abj

That is truncated Wigner. The Wigner function itself also obeys the third derivatives of Moyal's bracket
(doi:10.1017/S0305004100000487), ∂W/∂t ∋ −(1/24) H_abc Ω_ad Ω_be Ω_cf ∂_d ∂_e ∂_f W for a Weyl symbol H with third
derivatives H_abc at ū, which feed the third cumulants alone: S_ijk gains ¼ H_abc Ω_ai Ω_bj Ω_ck.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from ..sde.labels import Q_, Q, provenance, variable
from ..sde.model import Model, as_single_model
from ..sde.polynomial import Array
from ..sde.states import symplectic_form_of
from ..sde.system import System
from .fixed_points import B
from .lyapunov import solve_lyapunov
from .state import steady_state

Q__ = "quadrature__"
HAMILTONIAN = 1e-12
"""Asymmetry of the derivatives of ∇H, relative to the largest, up to which rounding accounts for it."""
MEANINGS = {
    "mean_shift": ([B, Q], "leading shift of the mean from the fixed point, order s"),
    "third_cumulant": ([B, Q, Q_, Q__], "leading third cumulants, truncated Wigner, order s"),
    "covariance_correction": ([B, Q, Q_], "leading correction of the covariance, truncated Wigner, order s²"),
    "covariance_correction_quantum": ([B, Q, Q_], "the same of the full quantum state, order s²"),
}
"""Dimensions and meaning of each array."""


def leading_correction(system: System | Model) -> xr.Dataset:
    """The exact leading correction of linearised theory about each stable fixed point; NaN about the others.

    mean_shift (branch, quadrature), third_cumulant (branch, quadrature, quadrature_, quadrature__) and
    covariance_correction (branch, quadrature, quadrature_) of truncated Wigner, which is what trajectories sample;
    covariance_correction_quantum, which keeps Moyal's third derivatives; relative_correction, the largest
    |δV_ij|/√(V_ii V_jj), and relative_truncation, the same of the difference between quantum and truncated Wigner.
    All without unit. Branches are those of `steady_state`, as is reason, "" or why a branch has no numbers.

    In `system.model().scaled(s)` the linearised covariance is off by s² δV, the mean by s times its shift, with errors
    of order s⁴ and s³. Where s² relative_correction is not small, linearised theory fails; where s² relative_truncation
    exceeds the accuracy that is wanted, trajectories are doubtful. At s = 1 that is the model as it stands. The quantum
    correction is NaN unless the nonlinear drift is Ω∇H of a Hamiltonian H, and presumes noise that belongs to the
    drift. Equations: see the module; they are asymptotic, and know nothing of other branches, tunnelling or escape.

    Raises ValueError for parameters that are arrays.
    """
    model = as_single_model(system, "leading_correction")
    steady = steady_state(system)
    branches, n = steady.sizes[B], model.size
    tables = {name: np.full((branches, *[n] * (len(dims) - 1)), np.nan) for name, (dims, _) in MEANINGS.items()}
    hamiltonian = _is_hamiltonian(model)
    V, A, means = (steady[name].values for name in ("covariance", "drift_matrix", "mean"))
    for at in np.flatnonzero(steady.stable.values):
        for name, values in _corrections(model.about(means[at]), A[at], V[at], hamiltonian).items():
            tables[name][at] = values
    classical, quantum = (tables[f"covariance_correction{kind}"] for kind in ("", "_quantum"))
    largest = {
        "relative_correction": (classical, "largest |δV_ij|/√(V_ii V_jj), truncated Wigner"),
        "relative_truncation": (quantum - classical, "largest |δV_ij|/√(V_ii V_jj) that truncated Wigner leaves out"),
    }
    arrays = {name: variable(dims, tables[name], "1", meaning) for name, (dims, meaning) in MEANINGS.items()}
    scalars = {name: variable([B], _relative(part, V), "1", meaning) for name, (part, meaning) in largest.items()}
    return xr.Dataset(
        {**arrays, **scalars, "reason": steady.reason},
        coords={B: steady[B], **{axis: list(model.quadratures) for axis in (Q, Q_, Q__)}},
        attrs={"provenance": provenance(system)},
    )


@dataclass(frozen=True, eq=False)
class _Expansion:
    """The equations of the module in coordinates x/σ: A, quadratic and cubic tensors, V and V₀ = V0."""

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
        rates = sum((np.kron(np.kron(a, b), c) for a, b, c in _slots(self.A, one)), np.zeros((n**3, n**3)))
        return np.linalg.solve(rates, -source.ravel()).reshape(n, n, n)

    def covariance_correction(self, third_cumulant: Array) -> Array:
        """δV (n, n)."""
        slope = 2 * self.quadratic @ self.mean_shift + 3 * np.einsum("iabc,bc->ia", self.cubic, self.V - self.V0)
        one = slope @ self.V + np.einsum("iab,abj->ij", self.quadratic, third_cumulant)
        return solve_lyapunov(self.A, one + one.T)


def _corrections(model: Model, A: Array, V: Array, hamiltonian: bool) -> dict[str, Array]:
    """The arrays of `MEANINGS` for a model about its fixed point, with drift matrix A (n, n) and covariance V (n, n).

    Deviations are measured in powers of two next to √V_ii, which rounds nothing.
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
    moyal = _moyal_source(quadratic) / triple
    dV = x.covariance_correction(C)
    quantum = x.covariance_correction(x.third_cumulant(x.source + moyal)) if hamiltonian else np.full_like(dV, np.nan)
    return {
        "mean_shift": x.mean_shift * scale,
        "third_cumulant": C * triple,
        "covariance_correction": dV * pair,
        "covariance_correction_quantum": quantum * pair,
    }


def _slots(A: Array, one: Array) -> tuple[tuple[Array, Array, Array], ...]:
    return (A, one, one), (one, A, one), (one, one, A)


def _moyal_source(quadratic: Array) -> Array:
    """¼ H_abc Ω_ai Ω_bj Ω_ck, where f = Ω∇H has second derivatives 2Q: H_abc = 2 Ω_ia Q_i^bc, shape (n, n, n)."""
    omega = symplectic_form_of(quadratic)
    third = 2 * np.einsum("ia,ibc->abc", omega, quadratic)
    return np.asarray(0.25 * np.einsum("abc,ai,bj,ck->ijk", third, omega, omega, omega))


def _is_hamiltonian(model: Model) -> bool:
    """Whether the nonlinear drift is Ω∇H: derivatives of ∇H do not depend on their order."""
    gradients = [np.tensordot(symplectic_form_of(tensor), tensor, axes=(0, 0)) for tensor in model.tensors]
    return all(
        np.abs(tensor - tensor.swapaxes(0, 1)).max() <= HAMILTONIAN * np.abs(tensor).max() for tensor in gradients
    )


def _relative(part: Array, V: Array) -> Array:
    """The largest |part_ij|/√(V_ii V_jj) (branch,), with 0/0 = 0."""
    sigma = np.sqrt(np.diagonal(V, axis1=-2, axis2=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(part) / (sigma[:, :, None] * sigma[:, None, :])
    return np.asarray(np.where(part == 0, 0.0, ratio).max(axis=(-2, -1)))
