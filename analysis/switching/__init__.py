"""Noise-induced switching between two stable branches: residence times, rates, occupations."""

from .estimation import switching

__all__ = [
    "switching",
]
