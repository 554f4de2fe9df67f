"""Differences of covariances, element by element, in units of √(V_ii V_jj)."""

from __future__ import annotations

import numpy as np

from ...sde.linear_algebra.covariance_errors import relative_errors
from ..mode_blocks import Array


def over(difference: Array, size: Array) -> Array:
    """Differences over sizes, both (...), with 0/0 = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((difference == 0) & (size == 0), 0.0, difference / size))


def largest(difference: Array, stderr: Array, V: Array) -> tuple[float, float]:
    """The largest |difference_ij|/√(V_ii V_jj) of matrices (n, n), and its standard error."""
    scaled = relative_errors(difference, V)
    worst = np.unravel_index(np.argmax(scaled), scaled.shape)
    return float(scaled[worst]), float(relative_errors(stderr, V)[worst])
