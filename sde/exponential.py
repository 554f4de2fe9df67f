"""Exponential steps: the linear part exact at any step, the nonlinear rest explicit.

    u ← e^{Ah} u + h φ₁(Ah) r(u) + noise,    f(u) = A u + r(u),    φ₁(z) = (e^z − 1)/z,

with noise of covariance ∫e^{As} D e^{Aᵀs} ds over the step.

Since e^{Ah} − 1 = h φ₁ A, this is u ← u + h φ₁ f(u) + noise: an Euler–Maruyama step of the polynomial model φ₁ f with
that noise. So the same kernels take it, with the same exact law; f and φ₁ f have the same fixed points. Linear models
are exact. With A the drift matrix of a fixed point the linearised fluctuations about it are.

Such schemes and their weak order: Erdoğan and Lord, doi:10.48550/arXiv.2304.09496.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .exact import exact_step
from .model import Model
from .polynomial import Array, Monomials

NEGLIGIBLE = 1e-15
"""Size, relative to the largest of its row, of numbers that rounding leaves where there are none."""


def exponential_model(model: Model, step: float, about: Array) -> Model:
    """The model whose Euler–Maruyama steps are exponential ones of `model`; A is that at the mean `about` (n,)."""
    n, A = model.size, model.jacobian(about)
    _, phi, Q = exact_step(A, np.eye(n), model.diffusion, step)
    phi = _cleared(phi / step)
    return replace(
        model,
        channels=tuple(f"step.{label}" for label in model.quadratures),
        c=phi @ model.c,
        A=_cleared(phi @ model.A),
        Q=_mixed(phi, model.Q),
        K=_mixed(phi, model.K),
        B=_cleared(_root(Q / step)),
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
    """Lower-triangular L with L Lᵀ = Q, which may be singular; rows are scaled to equal variance in between."""
    width = np.sqrt(np.diag(Q))
    safe = np.where(width > 0, width, 1.0)
    values, vectors = np.linalg.eigh(Q / np.outer(safe, safe))
    upper = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T, mode="r")
    signs = np.where(np.diag(upper) < 0, -1.0, 1.0)
    return np.asarray(safe[:, None] * (signs[:, None] * upper).T)


def _cleared(matrix: Array) -> Array:
    return np.where(np.abs(matrix) > NEGLIGIBLE * np.abs(matrix).max(axis=1, keepdims=True), matrix, 0.0)
