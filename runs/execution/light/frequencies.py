"""The frequencies of spectra: an even range, closer about the resonances that it would miss."""

from __future__ import annotations

import numpy as np

from ....sde.support.checks import Array

FEWEST = 8
"""Points of an even range across a resonance from which none are added."""
REACH = 8.0
"""Half-width of the added points, in spacings of the range."""
HALF = 100
"""Added points on either side of a resonance."""
FINEST = 0.03
"""Least distance of an added point from a resonance, in half-widths of it."""


def with_resonances(even: Array, A: Array) -> Array:
    """Frequencies (points,) with others about the narrow resonances of a drift matrix A (n, n).

    An eigenvalue −γ ± iω has resonances at ±ω of the full width 2γ.
    """
    spacing = even[1] - even[0]
    eigenvalues = np.linalg.eigvals(A)
    half_widths = np.abs(eigenvalues.real)
    narrow = 2 * half_widths < FEWEST * spacing
    centres, widths = eigenvalues.imag[narrow], half_widths[narrow]
    steps = np.geomspace(FINEST * widths, REACH * spacing, HALF, axis=-1)
    offsets = np.concatenate([-steps, 0 * centres[:, None], steps], axis=-1)
    added = (centres[:, None] + offsets).ravel()
    inside = added[(added > even[0]) & (added < even[-1])]
    return np.unique(np.concatenate([even, inside]))


def between_neighbours(frequencies: Array, at: int, points: int) -> Array:
    """Frequencies (points,) from the neighbour below a frequency to the one above."""
    first, last = max(at - 1, 0), min(at + 1, len(frequencies) - 1)
    return np.linspace(frequencies[first], frequencies[last], points)
