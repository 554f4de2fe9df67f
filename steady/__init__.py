"""Long-time behaviour of systems: fixed points, steady covariances, attractors, critical values."""

from ..sde.support.work_estimates import WorkError
from .attractor import attractor
from .bifurcations import critical_values
from .conditional import conditional_covariance, solve_riccati
from .fixed_points import fixed_points
from .grid import grid
from .lyapunov.solver import UnstableError, solve_lyapunov
from .mean_field.random_starts import random_starts
from .nonlinear_correction import leading_correction
from .roots.homotopy import IncompleteError
from .roots.search_limits import UnsolvedWarning
from .steady_states import branch_state, known_states, reached_states, steady_state

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
    "random_starts",
    "reached_states",
    "solve_lyapunov",
    "solve_riccati",
    "steady_state",
]
