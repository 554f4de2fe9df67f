"""Semilinear steps: the linear part exact or implicit, so that no fast or little damped mode limits
them.

    exponential        u ← e^{Ah} u + h φ₁(Ah) r(u) + noise,            f(u) = A u + r(u),    φ₁(z) = (e^z − 1)/z
    implicit midpoint  u ← u + h A (u + u_next)/2 + h r(u) + B ΔW

the first with noise of covariance ∫e^{As} D e^{Aᵀs} ds over the step.

Since e^{Ah} − 1 = h φ₁ A, both are u ← u + h φ f(u) + noise with φ = φ₁(Ah), or φ = (1 − Ah/2)⁻¹
and noise φ B ΔW: an Euler–Maruyama step of the polynomial model φ f. So the same kernels take it,
with the same exact law; f and φ f have the same fixed points. Exponential steps of linear models
are exact; implicit midpoint leaves their stationary covariance exact at any step. With A the drift
matrix of a fixed point this holds for the fluctuations about it: a run takes A where its mean field
ends, if it has come to rest there, else where it starts.

Such schemes and their weak order: Erdoğan and Lord, doi:10.48550/arXiv.2304.09496.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..model.model import Model
from ..model.polynomial import Monomials
from ..moments.linear import exact_step
from ..support.checks import Array

SEMILINEAR = ("exponential", "implicit-midpoint")
NEGLIGIBLE = 1e-15
"""Size, relative to the largest of its row, of numbers that rounding leaves where there are none.
"""


def stepped_model(scheme: str, model: Model, step: float, about: Array) -> Model:
    """The model whose drift the steps of a scheme take: its own, or that of a semilinear scheme
    about a point (n,).
    """
    return semilinear_model(scheme, model, step, about) if scheme in SEMILINEAR else model


def semilinear_model(scheme: str, model: Model, step: float, about: Array) -> Model:
    """The model whose Euler–Maruyama steps are those of a semilinear scheme; A is the mean level's
    at `about` (n,).
    """
    n, A = model.size, model.jacobian(about, "mean")
    if scheme == "exponential":
        _, phi, Q = exact_step(A, np.eye(n), model.diffusion, step)
        return _preconditioned(model, phi / step, _cleared(_root(Q / step)))
    phi = np.linalg.inv(np.eye(n) - 0.5 * step * A)
    return _preconditioned(model, phi, _cleared(phi @ model.B))


def _preconditioned(model: Model, phi: Array, B: Array) -> Model:
    """The model of the drift φ f and the noise B."""
    phi = _cleared(phi)
    return replace(
        model,
        channels=tuple(f"step.{k}" for k in range(B.shape[-1])),
        c=phi @ model.c,
        A=_cleared(phi @ model.A),
        Q=_mixed(phi, model.Q),
        K=_mixed(phi, model.K),
        B=B,
        ports={},
    )


def _mixed(phi: Array, terms: Monomials) -> Monomials:
    """φ applied to the rows of monomials."""
    total: dict[tuple[int, ...], float] = {}
    for (row, *factors), value in zip(terms.index.tolist(), terms.value, strict=True):
        for into in np.flatnonzero(phi[:, row]):
            place = (int(into), *factors)
            total[place] = total.get(place, 0.0) + float(phi[into, row] * value)
    index = np.array(list(total), int).reshape(-1, terms.index.shape[1])
    return Monomials(index, np.array(list(total.values())))


def _root(Q: Array) -> Array:
    """Lower-triangular L with L Lᵀ = Q, which may be singular; rows are scaled to equal variance in
    between.
    """
    width = np.sqrt(np.diag(Q))
    safe = np.where(width > 0, width, 1.0)
    values, vectors = np.linalg.eigh(Q / np.outer(safe, safe))
    upper = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T, mode="r")
    signs = np.where(np.diag(upper) < 0, -1.0, 1.0)
    return np.asarray(safe[:, None] * (signs[:, None] * upper).T)


def _cleared(matrix: Array) -> Array:
    return np.where(
        np.abs(matrix) > NEGLIGIBLE * np.abs(matrix).max(axis=1, keepdims=True, initial=0.0),
        matrix,
        0.0,
    )
