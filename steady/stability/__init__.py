"""Stability of du = A u dt: eigenvalues judged by their rounding error, and Routh–Hurwitz."""

from .matrices import (
    SYMMETRIC,
    as_matrices,
    as_square,
    as_symmetric,
    binary_scale,
    norm,
    require_alike,
)
from .refinement import MARGINAL
from .routh_hurwitz import DIGITS, characteristic_polynomial, routh_hurwitz
from .spectrum import (
    CLEAR,
    eigenvalues,
    instability_kind,
    leading_eigenvalue,
    leading_kind,
    margin,
    spectrum,
)

__all__ = [
    "CLEAR",
    "DIGITS",
    "MARGINAL",
    "SYMMETRIC",
    "as_matrices",
    "as_square",
    "as_symmetric",
    "binary_scale",
    "characteristic_polynomial",
    "eigenvalues",
    "instability_kind",
    "leading_eigenvalue",
    "leading_kind",
    "margin",
    "norm",
    "require_alike",
    "routh_hurwitz",
    "spectrum",
]
