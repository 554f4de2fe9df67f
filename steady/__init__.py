"""What a system settles to: fixed points, steady covariances, attractors."""

from .attractor import attractor
from .fixed_points import fixed_points
from .grid import grid
from .lyapunov import UnstableError, solve_lyapunov
from .state import branch_state, steady_state

__all__ = ["UnstableError", "attractor", "branch_state", "fixed_points", "grid", "solve_lyapunov", "steady_state"]
