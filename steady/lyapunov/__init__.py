"""The Lyapunov equation AV + VAᵀ + D = 0 at many points at once, with error bounds."""

from .error_bounds import lyapunov_error_bound, lyapunov_residual
from .solver import UnstableError, solve_lyapunov, solve_with_bound

__all__ = [
    "UnstableError",
    "lyapunov_error_bound",
    "lyapunov_residual",
    "solve_lyapunov",
    "solve_with_bound",
]
