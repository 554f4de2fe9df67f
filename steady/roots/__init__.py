"""All real roots of a polynomial drift."""

from .solver import Roots, all_roots

__all__ = [
    "Roots",
    "all_roots",
]
