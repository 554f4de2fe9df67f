"""Covariances of filtered light by quadrature over time, from the two-time correlations of light.

⟨y(t) y(t − s)ᵀ⟩ = C e^{As} N for s > 0, N = V Cᵀ + B Dᵀ, besides D Dᵀ δ(s).
"""

import numpy as np
from scipy.linalg import expm

from qlangevin.steady import solve_lyapunov

NODES, WEIGHTS = np.polynomial.legendre.leggauss(18)
PANELS = 2


def nodes(start, stop, panels):
    """Nodes and weights of ∫ from start to stop."""
    edges = np.linspace(start, stop, panels + 1)
    half = np.diff(edges)[:, None] / 2
    middle = (edges[1:] + edges[:-1])[:, None] / 2
    return (middle + half * NODES).ravel(), (half * WEIGHTS).ravel()


def as_matrices(g):
    """Complex amplitudes (times,) of z = X + iY as matrices (times, 2, 2)."""
    rows = [np.stack([g.real, -g.imag], -1), np.stack([g.imag, g.real], -1)]
    return np.stack(rows, axis=-2)


def with_system(A, B, light, g, duration):
    """⟨u fᵀ⟩ of f = ∫ g(τ) y(t − τ) dτ over a duration."""
    C, D = light
    N = solve_lyapunov(A, B @ B.T) @ C.T + B @ D.T
    times, weights = nodes(0, duration, PANELS)
    G = as_matrices(g(times))
    return np.einsum("t,tij,jk,tlk->il", weights, expm(A * times[:, None, None]), N, G)


def between(A, B, first, second):
    """⟨f f′ᵀ⟩ of two filters, each (C, D, g, duration)."""
    V = solve_lyapunov(A, B @ B.T)
    (C, D, g, T), (C_, D_, g_, T_) = first, second
    common, weights = nodes(0, min(T, T_), PANELS)
    white = np.einsum(
        "t,tij,jk,tlk->il", weights, as_matrices(g(common)), D @ D_.T, as_matrices(g_(common))
    )
    N, N_ = V @ C.T + B @ D.T, V @ C_.T + B @ D_.T
    return white + _later(A, (C, g, T), (N_, g_, T_)) + _later(A, (C_, g_, T_), (N, g, T)).T


def _later(A, newer, older):
    """∫∫ G(τ) C e^{As} N G′(τ + s)ᵀ dτ ds over s > 0: the first light is the newer."""
    (C, g, T), (N, g_, T_) = newer, older
    corner = max(0.0, T_ - T)
    total = np.zeros((2, 2))
    for start, stop in ((0.0, corner), (corner, T_)):
        for s, weight in zip(*nodes(start, stop, PANELS), strict=True):
            tau, weights = nodes(0, min(T, T_ - s), PANELS)
            G, G_ = as_matrices(g(tau)), as_matrices(g_(tau + s))
            kernel = C @ expm(A * s) @ N
            total += weight * np.einsum("t,tij,jk,tlk->il", weights, G, kernel, G_)
    return total
