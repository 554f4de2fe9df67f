"""Semilinear steps: the linear part exact or implicit, so that it sets no limit to the step.

    exponential        u ← e^{Ah} u + h φ₁(Ah) r(u) + noise
    implicit-midpoint  u ← u + h A (u + u_next)/2 + h r(u) + B ΔW

with f(u) = A u + r(u) and φ₁(z) = (e^z − 1)/z; the noise of the first has the covariance
∫e^{As} D e^{Aᵀs} ds over the step.

Since e^{Ah} − 1 = h φ₁ A, both are u ← u + h φ f(u) + noise with φ = φ₁(Ah), or φ = (1 − Ah/2)⁻¹
and noise φ B ΔW: an Euler–Maruyama step of the polynomial model φ f. So it is computed by the same
kernels, with the same exact law of the steps, and f and φ f have the same fixed points. Kernels of
many modes compute f first, and then φ f, since φ f has n times as many terms as f.

Exponential steps of linear models are exact; implicit midpoint steps leave their stationary
covariance exact at any step. With A the drift matrix of a fixed point this holds for fluctuations
about it: a run takes A where its mean field ends, if it has come to rest there, else where it
starts.

References
----------
Such schemes and their weak order: Erdoğan and Lord, doi:10.48550/arXiv.2304.09496.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..model.model import Model
from ..model.polynomial import Monomials
from ..moments.linear import exact_step
from ..support.checks import Array

SEMILINEAR = ("exponential", "implicit-midpoint")
NEGLIGIBLE = 1e-15
"""Size, relative to the largest of its row, below which an entry is rounding error."""


def stepped_model(scheme: str, model: Model, step: float, about: Array) -> Model:
    """Model whose Euler or Runge–Kutta steps are the steps of a scheme.

    The model itself, or for a semilinear scheme that of φ f with A at `about` (n,).
    """
    return semilinear_model(scheme, model, step, about) if scheme in SEMILINEAR else model


def semilinear_model(scheme: str, model: Model, step: float, about: Array) -> Model:
    """Model whose Euler–Maruyama steps are those of a semilinear scheme at a step in s.

    A is the drift matrix of the mean field at `about` (n,).
    """
    taken = semilinear_step(scheme, model, step, about)
    phi = taken.response
    return replace(
        taken.model,
        c=phi @ model.c,
        A=_without_rounding_errors(phi @ model.A),
        Q=_applied_to_rows(phi, model.Q),
        K=_applied_to_rows(phi, model.K),
    )


@dataclass(frozen=True, eq=False)
class SemilinearStep:
    """A semilinear step u ← u + h φ f(u) + noise.

    model : the drift f, and as B/√s the noise of a step. response (n, n) : φ.
    """

    model: Model
    response: Array


def semilinear_step(scheme: str, model: Model, step: float, about: Array) -> SemilinearStep:
    """The step of a scheme, in s, with A the drift matrix of the mean field at `about` (n,)."""
    n = model.size
    A = model.jacobian(about, "mean")
    if scheme == "exponential":
        _, phi, Q = exact_step(A, np.eye(n), model.diffusion, step)
        phi, B = phi / step, _triangular_root(Q / step)
    else:
        phi = np.linalg.inv(np.eye(n) - 0.5 * step * A)
        B = phi @ model.B
    B = _without_rounding_errors(B)
    channels = tuple(f"step.{k}" for k in range(B.shape[-1]))
    driven = replace(model, channels=channels, B=B, ports={})
    return SemilinearStep(driven, _without_rounding_errors(phi))


def _applied_to_rows(phi: Array, terms: Monomials) -> Monomials:
    """φ (n, n) applied to the rows of monomials."""
    total: dict[tuple[int, ...], float] = {}
    for (row, *factors), value in zip(terms.index.tolist(), terms.value, strict=True):
        for new_row in np.flatnonzero(phi[:, row]):
            index = (int(new_row), *factors)
            total[index] = total.get(index, 0.0) + float(phi[new_row, row] * value)
    indices = np.array(list(total), int).reshape(-1, terms.index.shape[1])
    return Monomials(indices, np.array(list(total.values())))


def _triangular_root(Q: Array) -> Array:
    """Lower-triangular L (n, n) with L Lᵀ = Q, which may be singular.

    Computed with all variances scaled to one.
    """
    width = np.sqrt(np.diag(Q))
    scale = np.where(width > 0, width, 1.0)
    values, vectors = np.linalg.eigh(Q / np.outer(scale, scale))
    upper = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T, mode="r")
    signs = np.where(np.diag(upper) < 0, -1.0, 1.0)
    return np.asarray(scale[:, None] * (signs[:, None] * upper).T)


def _without_rounding_errors(matrix: Array) -> Array:
    """The matrix (n, m) with zeros for entries that are rounding errors."""
    largest = np.abs(matrix).max(axis=1, keepdims=True, initial=0.0)
    return np.where(np.abs(matrix) > NEGLIGIBLE * largest, matrix, 0.0)
