"""Slow relaxation rates of the Fokker–Planck equation of a model of one mode.

The generator −∂_i f_i + ½ D_ij ∂_i ∂_j is a matrix over Hermite functions in both quadratures.
"""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import eigs

MARGIN = 4
"""Levels beyond the kept ones, so that products up to x³ ∂ have the right elements."""


def ladder(centre, scale, levels):
    """x and ∂ over the Hermite functions about a centre."""
    b = sp.diags(np.sqrt(np.arange(1.0, levels)), 1)
    return centre * sp.eye(levels) + scale * (b + b.T) / np.sqrt(2), (b - b.T) / (
        np.sqrt(2) * scale
    )


def generator(model, centre, scale, levels):
    """The generator over Hermite functions about centre (2,), scaled by scale (2,)."""
    full = [n + MARGIN for n in levels]
    (x, dx), (y, dy) = (ladder(*each) for each in zip(centre, scale, full, strict=True))
    u = [sp.kron(x, sp.eye(full[1])), sp.kron(sp.eye(full[0]), y)]
    d = [sp.kron(dx, sp.eye(full[1])), sp.kron(sp.eye(full[0]), dy)]
    L = 0
    for i in (0, 1):
        f = model.c[i] * sp.eye(np.prod(full)) + model.A[i, 0] * u[0] + model.A[i, 1] * u[1]
        for terms in (model.Q, model.K):
            for index, value in zip(terms.index, terms.value, strict=True):
                if index[0] == i:
                    product = value * sp.eye(np.prod(full))
                    for factor in index[1:]:
                        product = product @ u[factor]
                    f = f + product
        L = L - d[i] @ f
        for j in (0, 1):
            L = L + model.diffusion[i, j] / 2 * d[i] @ d[j]
    kept = np.add.outer(np.arange(levels[0]) * full[1], np.arange(levels[1])).ravel()
    return sp.csc_matrix(L)[kept][:, kept]


def slow_rate(model, centre, scale, levels):
    """The slowest relaxation rate, and the next (its real part)."""
    L = generator(model, centre, scale, levels)
    values = eigs(L, k=6, sigma=1e-3, return_eigenvectors=False)
    zero, slow, following = sorted(-values.real, key=abs)[:3]
    assert abs(zero) < 1e-2 * slow
    return slow, following
