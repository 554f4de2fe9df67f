"""The drift: its Jacobian against complex steps, and its mean level against a cubature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np

from ....sde.model.drift import Level
from ....sde.model.model import Model
from ...mode_blocks import Array
from .results import SystemCheck, judged
from .subject import Subject

ROUNDING = 1e-12
"""Deviation of a derivative, relative to the largest one, that is rounding."""
ROUNDING_OF_SUMS = 1e-10
"""Deviation of an average, relative to the largest sum of its terms' sizes, that is rounding."""
STEP = 1e-30
"""Imaginary step; the derivative by it has no cancellation."""


def jacobian(subject: Subject) -> SystemCheck:
    """`jacobian` against complex steps of `drift`, at both levels."""
    model = subject.model
    errors = [
        _relative(model.jacobian(u, level), complex_steps(partial(model.drift, level=level), u))
        for level in get_args(Level)
        for u in subject.points
    ]
    return judged(
        max(errors),
        ROUNDING,
        "distance from complex steps of the drift",
        "jacobian() is not the derivative of drift(): look at a Model subclass that overrides "
        "one of them, or at the arrays A, Q and K of a model made by hand.",
    )


def mean_field(subject: Subject) -> SystemCheck:
    """The drift of the mean field against the average of the c-number drift over the vacuum."""
    model = subject.model
    errors = [
        _relative(model.drift(u, "mean"), vacuum_average(model.drift, u), term_sizes(model, u))
        for u in subject.points
    ]
    return judged(
        max(errors),
        ROUNDING_OF_SUMS,
        "distance from the drift's vacuum average",
        "the mean-level drift is not the average of the drift over the vacuum, or one is not "
        "finite: look at a Model subclass that overrides drift() or mean_level, and at the sizes "
        "of the rates.",
    )


def complex_steps(drift: Callable[[Array], Array], u: Array) -> Array:
    """Derivative (n, n) of a drift at u (n,)."""
    return np.asarray(np.imag(drift(u + STEP * 1j * np.eye(len(u)))).T / STEP)


def vacuum_average(drift: Callable[[Array], Array], u: Array) -> Array:
    """Average (n,) of a cubic drift over a Gaussian of variance ½ about u (n,), exact.

    The cubature with 2n points at ±√(n/2) on the axes is exact for polynomials of degree 3.
    """
    n = len(u)
    axes = np.sqrt(n / 2) * np.eye(n)
    return np.asarray(drift(np.concatenate([u + axes, u - axes])).mean(axis=0))


def term_sizes(model: Model, u: Array) -> Array:
    """Sum (n,) of the absolute values of the drift's terms at u (n,)."""
    sizes = np.abs(u) + 1
    Q, K = (replace(terms, value=np.abs(terms.value)) for terms in (model.Q, model.K))
    linear = np.abs(model.c) + np.abs(model.A) @ sizes
    return np.asarray(linear + Q.evaluate(sizes) + K.evaluate(sizes))


def _relative(found: Array, expected: Array, sizes: Array | None = None) -> float:
    """Largest deviation over the largest of the sizes, or of the expected values; NaN for NaN."""
    size = np.abs(expected if sizes is None else sizes).max()
    gap = np.abs(found - expected).max()
    return float(gap / size) if size > 0 else float(gap)
