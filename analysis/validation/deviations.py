"""Differences of covariances, element by element, in units of √(V_ii V_jj)."""

from __future__ import annotations

import numpy as np

from ...sde.kept_elements import KeptElements
from ...sde.linear_algebra.covariance_errors import relative_errors
from ..mode_blocks import Array


def over(difference: Array, size: Array) -> Array:
    """Differences over sizes, both (...), with 0/0 = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((difference == 0) & (size == 0), 0.0, difference / size))


def relative(difference: Array, V: Array, kept: KeptElements) -> Array:
    """|difference_ij|/√(V_ii V_jj) of the kept elements, each array as results hold them."""
    if kept.matrices:
        return relative_errors(difference, V)
    return over(np.abs(difference), kept.scale(V))


def largest(
    difference: Array, stderr: Array, V: Array, kept: KeptElements | None = None
) -> tuple[float, float]:
    """The largest |difference_ij|/√(V_ii V_jj), and its standard error.

    Of matrices (n, n), or of kept elements as results hold them.
    """
    kept = kept or KeptElements.all([""] * len(V))
    scaled = relative(difference, V, kept)
    worst = np.unravel_index(np.argmax(scaled), scaled.shape)
    return float(scaled[worst]), float(relative(stderr, V, kept)[worst])
