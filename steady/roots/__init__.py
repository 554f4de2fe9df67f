"""All real roots of a polynomial drift."""

from .all_roots import Roots, all_roots

__all__ = [
    "Roots",
    "all_roots",
]
