"""A sample covariance against its law, by the exact distribution of Wishart.

    S = Σ y yᵀ / f,  y normal of covariance V = G Gᵀ:     f G⁻¹ S G⁻ᵀ = T Tᵀ,  T lower triangular

Its elements are independent: T_ii² is distributed as χ² of f − i degrees of freedom (i = 0, 1, …),
and T_ij as a standard normal number (Bartlett's decomposition).

References
----------
T. W. Anderson, An Introduction to Multivariate Statistical Analysis (Wiley 2003), section 7.2.
"""

from __future__ import annotations

import numpy as np
from scipy.special import chdtr, chdtrc, ndtri

from .deviations import Array

DIRECTION = 1e-8
"""Share of the largest variance below which a combination of quadratures does not vary at all."""


def wishart_square(S: Array, V: Array, freedom: float) -> tuple[float, int]:
    """χ² of a sample covariance S (n, n) against its law V (n, n), and its degrees of freedom.

    It is the sum of the squares of independent standard normal numbers, for any number of samples.
    `freedom` is that number, less one where their mean was subtracted. Quadratures without variance
    do not count.
    """
    width = np.sqrt(np.diag(V))
    moving = width > 0
    S, V = (
        part[np.ix_(moving, moving)] / np.outer(width[moving], width[moving]) for part in (S, V)
    )
    values, vectors = np.linalg.eigh(V)
    varies = values > DIRECTION * np.max(values, initial=0.0)
    directions = vectors[:, varies] / np.sqrt(values[varies])
    count = int(np.count_nonzero(varies))
    if count == 0 or freedom < count:
        return 0.0, 0
    try:
        T = np.linalg.cholesky(freedom * directions.T @ S @ directions)
    except np.linalg.LinAlgError:
        return np.inf, count * (count + 1) // 2
    degrees = freedom - np.arange(count)
    z = _normal(np.diag(T) ** 2, degrees)
    below = T[np.tril_indices(count, -1)]
    return float(np.sum(z**2) + np.sum(below**2)), count * (count + 1) // 2


def _normal(square: Array, degrees: Array) -> Array:
    """Standard normal numbers as probable as numbers distributed as χ² of these degrees."""
    lower, upper = chdtr(degrees, square), chdtrc(degrees, square)
    return np.asarray(np.where(lower < 0.5, ndtri(lower), -ndtri(upper)))
