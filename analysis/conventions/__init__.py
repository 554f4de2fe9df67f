"""Conventions of Gaussian states in other programs: order of the quadratures, and ħ."""

from .conversion import CONVENTIONS, Convention, convert

__all__ = ["CONVENTIONS", "Convention", "convert"]
