"""Whether a measure of a covariance means anything: is it that of a quantum state, and does it hold
enough digits?
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from ..sde.model.uncertainty import (
    TOLERATED,
    UnphysicalError,
    UnphysicalWarning,
    is_quantum_state,
    uncertainty_margin,
    violation_sentence,
)
from ..sde.support.checks import require_one_of, warn
from .mode_blocks import Array, block, finite, mode_indices, rounding

Physical = Literal["warn", "raise", "ignore"]
DOUBTFUL = 1e-3
"""Fraction by which rounding may move symplectic eigenvalues from which it is told."""
STURDY = ("populations", "squeezing_angle")
"""Measures that hold where symplectic eigenvalues are lost."""


class PrecisionWarning(UserWarning):
    """The double-precision entries of a covariance hold too few digits for a measure of it."""


def examine(measure: str, V: Array, modes: Mapping[str, Any], physical: Physical) -> None:
    """Say, in one warning each, that covariances V (..., 2n, 2n) are of no quantum state, or too
    coarse for a measure.

    `modes` are the indices that the measure was asked for; none stands for all. Raises
    UnphysicalError for physical = "raise", and ValueError for another word than the three.
    """
    require_one_of("physical", physical, ("warn", "raise", "ignore"))
    V = np.asarray(V, float)
    sound = is_quantum_state(V, TOLERATED)
    broken = finite(V) & ~sound
    if broken.any() and physical != "ignore":
        said = violation_sentence(broken, uncertainty_margin(V[broken]))
        remedy = "if V was sampled, analysis.estimate gives the measure with its error bar"
        _tell(
            f"{said}, so {measure} gives no result; {remedy}; physical = 'ignore' says nothing",
            physical,
        )
    if measure in STURDY or not sound.any():
        return
    chosen = [
        index for argument, given in modes.items() for index in mode_indices(argument, given, V)
    ]
    doubt = np.where(sound, rounding(block(V, chosen) if chosen else V), 0.0)
    if doubt.max() > DOUBTFUL:
        warn(_too_coarse(measure, doubt), PrecisionWarning)


def examine_moments(words: str, V: Array, physical: Physical) -> None:
    """Say, in one warning, that an estimate is of no quantum state: V (..., 2n, 2n) are the exact
    moments of its run.

    Raises as `examine` does.
    """
    require_one_of("physical", physical, ("warn", "raise", "ignore"))
    broken = np.asarray(finite(V) & ~is_quantum_state(V))
    if broken.any() and physical != "ignore":
        said = violation_sentence(broken, uncertainty_margin(V[broken]))
        _tell(f"{said}, by the moment equation of the run, so {words} gives no result", physical)


def _tell(message: str, physical: Physical) -> None:
    if physical == "raise":
        raise UnphysicalError(message)
    warn(message, UnphysicalWarning)


def _too_coarse(measure: str, doubt: Array) -> str:
    V = (
        f"{np.count_nonzero(doubt > DOUBTFUL)} of {doubt.size} covariances V hold"
        if doubt.size > 1
        else "V holds"
    )
    fraction = f"by a fraction {doubt.max():.1g}" if doubt.max() < 1 else "beyond all their digits"
    return (
        f"{V} too few digits for {measure}: rounding of its entries may move symplectic eigenvalues "
        f"{fraction} (NaN where none is left); so strong "
        "correlations need more than double precision"
    )
