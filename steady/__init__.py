"""What a system settles to: fixed points, steady covariances, attractors; over grids, at thresholds, given a record."""

from .attractor import attractor
from .conditional import conditional_covariance, solve_riccati
from .correction import leading_correction
from .critical import critical_values
from .fixed_points import fixed_points
from .grid import grid
from .lyapunov import UnstableError, solve_lyapunov
from .state import branch_state, steady_state

__all__ = [
    "UnstableError",
    "attractor",
    "branch_state",
    "conditional_covariance",
    "critical_values",
    "fixed_points",
    "grid",
    "leading_correction",
    "solve_lyapunov",
    "solve_riccati",
    "steady_state",
]
