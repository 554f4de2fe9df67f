"""Operators of bosonic modes: their algebra, normal order, and Weyl symbols."""

from .operator import Operator, operators
from .weyl import Coefficient, Powers, WeylSymbol, added, degree_of

__all__ = [
    "Coefficient",
    "Operator",
    "Powers",
    "WeylSymbol",
    "added",
    "degree_of",
    "operators",
]
