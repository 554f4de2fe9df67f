"""Wigner functions of Gaussian states, and their projections: normal densities in the quadratures.

V is (..., 2n, 2n) and a mean (..., 2n), zero unless given; their leading axes broadcast, and those
of the points follow them: every state at every point. ValueError is raised as by `gaussian`. Where
V or the mean of the quadratures in question is not finite, or V is singular there, the density is
NaN. All densities integrate to one.
"""

from __future__ import annotations

import numpy as np

from .mode_blocks import (
    ROUNDING,
    Array,
    covariance,
    described,
    diagonal,
    finite,
    per_quadrature,
    reals,
    whole,
)


def wigner(V: Array, points: Array, mean: Array | None = None) -> Array:
    """Wigner function (..., *P) at the points u (*P, 2n) of phase space.

    W(u) = exp[−½(u − ū)ᵀV⁻¹(u − ū)]/[(2π)ⁿ√det V].
    """
    V = covariance(V)
    points = per_quadrature("points", points, V)
    return _density(V, mean, list(range(V.shape[-1])), points)


def wigner_marginal(
    V: Array,
    k: int,
    l: int,  # noqa: E741
    x: Array,
    y: Array,
    mean: Array | None = None,
) -> Array:
    """Joint density (..., len(x), len(y)) of quadratures k and l on the mesh of x and y.

    The Wigner function with all others integrated out, which leaves the 2×2 block of V. k and l
    need not be conjugate.
    """
    V = covariance(V)
    chosen = [_quadrature("k", k, V), _quadrature("l", l, V)]
    if chosen[0] == chosen[1]:
        raise ValueError(
            f"k and l must be different quadratures (got k={k!r}, l={l!r}); see quadrature_density"
        )
    mesh = np.meshgrid(_axis("x", x), _axis("y", y), indexing="ij")
    return _density(V, mean, chosen, np.stack(mesh, axis=-1))


def quadrature_density(V: Array, quadrature: int, x: Array, mean: Array | None = None) -> Array:
    """Density (..., len(x)) of one quadrature, as homodyne detection finds it.

    The Wigner function with all others integrated out.
    """
    V = covariance(V)
    return _density(V, mean, [_quadrature("quadrature", quadrature, V)], _axis("x", x)[:, None])


def _density(V: Array, mean: Array | None, chosen: list[int], points: Array) -> Array:
    """Normal density (..., *P) of the m quadratures chosen at points (*P, m).

    V is written with the deviations s and the correlations U λ Uᵀ of the quadratures, so that
    their units do not matter.
    """
    centre = np.zeros(V.shape[-1]) if mean is None else per_quadrature("mean", mean, V)
    V = V[..., np.array(chosen)[:, None], chosen]
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.sqrt(diagonal(V))
        correlations = V / (s[..., :, None] * s[..., None, :])
    usable = finite(correlations)[..., None]
    values, vectors = np.linalg.eigh(np.where(usable[..., None], correlations, np.eye(len(chosen))))
    s = np.where(usable & (values[..., :1] > ROUNDING * len(chosen)), s, np.nan)
    away = (points.reshape(-1, len(chosen)) - centre[..., None, chosen]) / s[..., None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.sum((away @ vectors) ** 2 / values[..., None, :], axis=-1)
        volume = np.sum(np.log(2 * np.pi * values) + 2 * np.log(s), axis=-1)
    density = np.exp(-(squares + volume[..., None]) / 2)
    return np.asarray(density.reshape(density.shape[:-1] + points.shape[:-1]))


def _quadrature(argument: str, quadrature: int, V: Array) -> int:
    """The index of a quadrature of V (..., 2n, 2n); refused unless V has it."""
    count = V.shape[-1]
    try:
        index = whole(quadrature)
    except TypeError:
        raise ValueError(
            f"{argument} must be a quadrature index (got {described(quadrature)}); names need a "
            "labelled V"
        ) from None
    if not 0 <= index < count:
        raise ValueError(
            f"{argument} must lie between 0 and {count - 1}, the quadratures of V (got "
            f"{quadrature!r})"
        )
    return index


def _axis(argument: str, values: Array) -> Array:
    """Values (m,) as floats; refused unless they have one axis."""
    values = reals(argument, values)
    if values.ndim != 1:
        raise ValueError(f"{argument} must have one axis (got shape {values.shape})")
    return values
