"""Fits of errors over the strength of the nonlinearity: exponents, and where a limit is crossed."""

from __future__ import annotations

import numpy as np

from .deviations import Array

SIGNIFICANT = 5.0
"""Standard errors that the error of a point must exceed to enter the fit of the exponent."""
PERTURBATIVE = 0.01
"""Relative error of V, or of E_N, above which higher orders matter and a point is not fitted."""


def fitted_exponent(s: Array, error: Array, stderr: Array) -> tuple[float, float]:
    """The exponent of error ~ s^exponent with its standard error, by least squares; all (points,).

    Points are fitted whose error is significant and small; NaN for fewer than three. The standard
    error is widened where the fit is worse than the error bars allow.
    """
    with np.errstate(invalid="ignore"):
        fit = (error > SIGNIFICANT * stderr) & (error < PERTURBATIVE)
    if np.count_nonzero(fit) < 3:
        return np.nan, np.nan
    x = np.log(s[fit])
    y = np.log(error[fit])
    width = stderr[fit] / error[fit]
    design = np.stack([np.ones_like(x), x], axis=1) / width[:, None]
    solution, *_ = np.linalg.lstsq(design, y / width)
    rest = y / width - design @ solution
    excess = max(1.0, float(rest @ rest) / (len(x) - 2))
    return float(solution[1]), float(np.sqrt(excess * np.linalg.inv(design.T @ design)[1, 1]))


def crossing(s: Array, error: Array, stderr: Array, tolerance: float) -> tuple[float, float]:
    """The s at which an error first exceeds the tolerance, and its standard error; all (points,).

    It lies between two points on logarithmic axes: the first s if the error exceeds it there
    already, NaN if nowhere. Points that are not finite are left out.
    """
    known = np.isfinite(error)
    s = s[known]
    error = error[known]
    stderr = stderr[known]
    above = np.flatnonzero(error > tolerance)
    if not above.size:
        return np.nan, np.nan
    k = int(above[0])
    if k == 0 or error[k - 1] <= 0:
        return float(s[k]), np.nan
    rise = np.log(error[k] / error[k - 1])
    run = np.log(s[k] / s[k - 1])
    share = np.log(tolerance / error[k - 1]) / rise
    relative = np.hypot((1 - share) * stderr[k - 1] / error[k - 1], share * stderr[k] / error[k])
    place = float(s[k - 1] * np.exp(share * run))
    return place, float(place * relative * run / rise)
