"""Long-time behaviour of systems: fixed points, steady covariances, attractors, critical values."""

from ..sde.support.work_estimates import WorkError
from .attractor import attractor
from .bifurcations import critical_values
from .conditional import conditional_covariance, solve_riccati
from .cooling import feedback_cooling, feedback_loop, optimal_feedback, sideband_cooling
from .fixed_points import fixed_points
from .grid import grid
from .light import (
    Filter,
    Heterodyne,
    Homodyne,
    displacement_noise,
    intracavity_spectrum,
    output_modes,
    output_spectrum,
    response,
)
from .lyapunov.solver import UnstableError, solve_lyapunov
from .mean_field.random_starts import random_starts
from .nonlinear_correction import leading_correction
from .roots.homotopy import IncompleteError
from .roots.search_limits import UnsolvedWarning
from .steady_states import branch_state, known_states, reached_states, steady_state

__all__ = [
    "Filter",
    "Heterodyne",
    "Homodyne",
    "IncompleteError",
    "UnsolvedWarning",
    "UnstableError",
    "WorkError",
    "attractor",
    "branch_state",
    "conditional_covariance",
    "critical_values",
    "displacement_noise",
    "feedback_cooling",
    "feedback_loop",
    "fixed_points",
    "grid",
    "intracavity_spectrum",
    "known_states",
    "leading_correction",
    "optimal_feedback",
    "output_modes",
    "output_spectrum",
    "random_starts",
    "reached_states",
    "response",
    "sideband_cooling",
    "solve_lyapunov",
    "solve_riccati",
    "steady_state",
]
