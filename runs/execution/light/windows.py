"""Transparency windows, gain and absorption in the transmission of a probe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks, peak_widths

from ....sde.support.checks import Array

WINDOW, GAIN = "transparency window", "gain"
RESONANCE, ABSORPTION = "resonance", "absorption"
LEAST_DEPTH = 0.05
"""Least depth, over the range of the transmission, of a feature that is reported."""
FLAT = 1e-3
"""Range of the transmission below which it counts as constant."""


@dataclass(frozen=True)
class Feature:
    """A maximum or minimum of the transmission.

    Its frequency, value and width at half depth, and its depth: the difference from the extremum
    beside it that is nearer in value, or from the edge of the frequencies.
    """

    kind: str
    frequency: float
    value: float
    depth: float
    width: float


def features(frequencies: Array, power: Array) -> list[Feature]:
    """Maxima of the transmission |T|² (points,) over rising frequencies, in their order.

    A maximum between two minima is a transparency window, also one above 1 if both minima absorb
    half of the probe; another one above 1 is gain. Without maxima the minima are given, as
    absorption.
    """
    if np.ptp(power) < FLAT:
        return []
    return _extrema(frequencies, power, 1) or _extrema(frequencies, power, -1)


def _extrema(frequencies: Array, power: Array, sign: int) -> list[Feature]:
    """Maxima, or with sign −1 minima."""
    curve = sign * power
    at, found = find_peaks(curve, prominence=LEAST_DEPTH * np.ptp(power))
    _, _, left, right = peak_widths(curve, at, rel_height=0.5)
    places = np.arange(len(frequencies))
    widths = np.interp(right, places, frequencies) - np.interp(left, places, frequencies)
    bases = zip(found["left_bases"], found["right_bases"], strict=True)
    return [
        Feature(
            _kind(power, int(k), int(first), int(last)) if sign > 0 else ABSORPTION,
            float(frequencies[k]),
            float(power[k]),
            float(depth),
            float(width),
        )
        for k, depth, width, (first, last) in zip(
            at, found["prominences"], widths, bases, strict=True
        )
    ]


def _kind(power: Array, at: int, first: int, last: int) -> str:
    """What a maximum is, of which the lowest points on either side are the `first` and `last`."""
    gain = power[at] > 1 + FLAT
    inside = first > 0 and last < len(power) - 1
    if inside and (not gain or max(power[first], power[last]) < 0.5):
        return WINDOW
    return GAIN if gain else RESONANCE
