"""Entropies of Gaussian states and the information that modes share, in nats.

Arrays, conventions and refusals are those of `gaussian`: V (..., 2n, 2n), any leading axes, vacuum
variance ½.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .gaussian import conditional, reduced, symplectic_eigenvalues
from .mode_blocks import Array, Modes, single_modes, split


def von_neumann_entropy(V: Array) -> Array:
    """S = −Tr ρ ln ρ (...) in nats: Σ f(ν), f(ν) = (ν + ½) ln(ν + ½) − (ν − ½) ln(ν − ½).

    A ν < ½, which rounding or sampling may produce, counts as ½. Holevo, Sohma and Hirota,
    doi:10.1103/PhysRevA.59.1820.
    """
    return np.asarray(_mode_entropy(symplectic_eigenvalues(V)).sum(axis=-1))


def renyi_entropy(V: Array) -> Array:
    """Rényi-2 entropy −ln Tr ρ² (...) in nats: Σ ln 2ν = ½ ln det 2V.

    Adesso, Girolami and Serafini, doi:10.1103/PhysRevLett.109.190502.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(2 * symplectic_eigenvalues(V)).sum(axis=-1))


def mutual_information(V: Array, i: Modes, j: Modes) -> Array:
    """Mutual information S(i) + S(j) − S(ij) (...) in nats, S the von Neumann entropy.

    It measures all correlations of modes i with modes j.
    """
    return _shared(von_neumann_entropy, V, i, j)


def renyi_mutual_information(V: Array, i: Modes, j: Modes) -> Array:
    """Mutual information of Rényi-2 entropies, ½ ln[det V_i det V_j/det V_ij] (...) in nats.

    It is that of the Wigner function taken as a probability density. Adesso, Girolami and Serafini,
    doi:10.1103/PhysRevLett.109.190502.
    """
    return _shared(renyi_entropy, V, i, j)


def discord(V: Array, i: int, j: int) -> Array:
    """Gaussian discord D(i|j) (...) in nats of two single modes, measured on j.

    S(j) − S(ij) + min S(i after the measurement): the mutual information minus the largest
    information about mode i that a Gaussian measurement of mode j can give. Every such measurement
    projects on a squeezed state; its best squeezing has a closed form. Adesso and Datta,
    doi:10.1103/PhysRevLett.105.030501.
    """
    state = single_modes(V, i=i, j=j)
    a, b = (symplectic_eigenvalues(reduced(state, mode))[..., 0] for mode in (0, 1))
    x, y = _relative_variances(conditional(state, 0, 1), reduced(state, 1))
    left = a * np.sqrt(_least_ratio(2 * b, x, y))
    return np.asarray(_mode_entropy(b) - von_neumann_entropy(state) + _mode_entropy(left))


def _mode_entropy(values: Array) -> Array:
    """f(ν) = ln(1 + n) + n ln(1 + 1/n) (...), n = ν − ½, without differences of large numbers."""
    n = np.maximum(values - 0.5, 0.0)
    return np.asarray(
        np.log1p(n) + n * np.log1p(np.divide(1.0, n, out=np.zeros_like(n), where=n > 0))
    )


def _shared(entropy: Callable[[Array], Array], V: Array, i: Modes, j: Modes) -> Array:
    """S(i) + S(j) − S(ij) (...) of modes of V (..., 2n, 2n), for a function S of covariances."""
    state, left = split(V, i, j)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            entropy(state[..., :left, :left]) + entropy(state[..., left:, left:]) - entropy(state)
        )


def _relative_variances(inferred: Array, V: Array) -> tuple[Array, Array]:
    """The eigenvalues x ≤ y (...) of L⁻¹ W L⁻ᵀ for V = LLᵀ, W inferred, both (..., 2, 2).

    They are 1 where nothing is inferred.
    """
    p = V[..., 0, 0]
    q = V[..., 0, 1]
    r = V[..., 1, 1]
    with np.errstate(all="ignore"):
        root = np.sqrt(p * r - q**2)
        inverse = np.zeros_like(V)
        inverse[..., 0, 0] = 1 / np.sqrt(p)
        inverse[..., 1, 0] = -q / (np.sqrt(p) * root)
        inverse[..., 1, 1] = np.sqrt(p) / root
        relative = inverse @ inferred @ np.swapaxes(inverse, -1, -2)
        middle = (relative[..., 0, 0] + relative[..., 1, 1]) / 2
        spread = np.hypot((relative[..., 0, 0] - relative[..., 1, 1]) / 2, relative[..., 0, 1])
    return middle - spread, middle + spread


def _least_ratio(b: Array, x: Array, y: Array) -> Array:
    """The factor (...) by which the best measurement of j shrinks det V_i.

    Where local squeezing has made V_j = b/2 and V_{j|i} = b/2 diag(x, y), projecting on variances
    λ/2 and 1/2λ leaves det V_i times g(λ) = (bx + λ)(byλ + 1)/[(b + λ)(bλ + 1)]. g′ has the sign of
    αλ² + 2βλ + γ, with β ≥ 0 as x ≤ y, and α ≥ 0 as b²y ≥ 1 (the uncertainty relation of one
    quadrature and the inferred other). So g is least at the one positive root, or, where γ ≥ 0, at
    λ = 0: homodyne detection.
    """
    with np.errstate(all="ignore"):
        alpha = b**2 * (1 - x) * y - (1 - y)
        beta = b * (y - x)
        gamma = np.minimum((1 - x) - b**2 * (1 - y) * x, 0.0)
        slope = beta + np.sqrt(np.maximum(beta**2 - alpha * gamma, 0.0))
        best = np.where(slope == 0, 1.0, -gamma / slope)
        return np.asarray((b * x + best) * (b * y * best + 1) / ((b + best) * (b * best + 1)))
