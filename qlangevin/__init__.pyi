from . import analysis, runs, sde, steady
from .analysis import estimate, log_negativity
from .runs.execution.backends import start_workers
from .runs.execution.sums import open_result
from .sde import (
    Gaussian,
    Model,
    Operator,
    lattice,
    operators,
    propagate_moments,
    sample_paths,
    simulate,
    systems,
    terms,
)
from .sde.support import NoResultError, RefusedError
from .sde.system import System, choice, parameter, quantity
from .steady import (
    attractor,
    conditional_covariance,
    critical_values,
    fixed_points,
    grid,
    leading_correction,
    random_starts,
    solve_lyapunov,
    steady_state,
)

__version__: str
__all__ = [
    "Gaussian",
    "Model",
    "NoResultError",
    "Operator",
    "RefusedError",
    "System",
    "analysis",
    "attractor",
    "choice",
    "conditional_covariance",
    "critical_values",
    "estimate",
    "fixed_points",
    "grid",
    "lattice",
    "leading_correction",
    "log_negativity",
    "open_result",
    "operators",
    "parameter",
    "propagate_moments",
    "quantity",
    "random_starts",
    "runs",
    "sample_paths",
    "sde",
    "simulate",
    "solve_lyapunov",
    "start_workers",
    "steady",
    "steady_state",
    "systems",
    "terms",
]
