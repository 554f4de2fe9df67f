"""Errors of covariances in units of their widths: |ΔV_ij|/√(V_ii V_jj)."""

from __future__ import annotations

import numpy as np

from ..support.checks import Array


def relative_errors(difference: Array, V: Array, *, skip_zero_variance: bool = False) -> Array:
    """|ΔV_ij|/√(V_ii V_jj) (..., n, n) of differences ΔV (..., n, n) from covariances V.

    Where V_ii V_jj = 0, the error is 0 for ΔV_ij = 0 and infinite otherwise; with
    `skip_zero_variance` it is 0 there in any case.
    """
    width = np.sqrt(np.diagonal(V, axis1=-2, axis2=-1))
    scale = width[..., :, None] * width[..., None, :]
    if skip_zero_variance:
        scale = np.where(scale > 0, scale, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.abs(difference) / scale
    return np.asarray(np.where((difference == 0) & (scale == 0), 0.0, errors))


def largest_relative_error(V: Array, exact: Array) -> float:
    """Largest |V_ij − exact_ij|/√(exact_ii exact_jj) of V (..., n, n), without zero variances."""
    return float(np.max(relative_errors(V - exact, exact, skip_zero_variance=True)))
