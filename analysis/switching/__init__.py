"""Switching between two stable branches: residence times, rates, occupations."""

from .rates import switching

__all__ = [
    "switching",
]
