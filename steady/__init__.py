"""What a system settles to: fixed points, steady covariances, attractors; over grids, at thresholds, given a record."""

from ..sde.work import WorkError
from .attractor import attractor
from .conditional import conditional_covariance, solve_riccati
from .correction import leading_correction
from .critical import critical_values
from .fixed_points import fixed_points
from .grid import grid
from .homotopy import IncompleteError
from .lyapunov import UnstableError, solve_lyapunov
from .search import UnsolvedWarning
from .state import branch_state, known_states, reached_states, steady_state

__all__ = [
    "IncompleteError",
    "UnsolvedWarning",
    "UnstableError",
    "WorkError",
    "attractor",
    "branch_state",
    "conditional_covariance",
    "critical_values",
    "fixed_points",
    "grid",
    "known_states",
    "leading_correction",
    "reached_states",
    "solve_lyapunov",
    "solve_riccati",
    "steady_state",
]
