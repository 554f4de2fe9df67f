"""The Lyapunov equation AV + VAᵀ + D = 0 at many points at once, with error bounds."""

from .solver import UnstableError, solve_lyapunov

__all__ = ["UnstableError", "solve_lyapunov"]
