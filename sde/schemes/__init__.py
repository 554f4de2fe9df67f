"""Integration schemes, and forecasts and checks of their steps.

table               schemes by name: euler_maruyama, exponential, implicit_midpoint, runge_kutta
semilinear          exponential and implicit midpoint steps of trajectories
step_forecast       error of a step in the linearised equations
local_errors        error of one step away from the mean field
nonlinear_errors    effects of these errors on an ensemble
limit_cycles        comparison of mean fields at equal phase
step_checks         refuse a step, warn of it, or let it pass
"""

from .scheme import Scheme
from .step_forecast import (
    REFUSE_BIAS,
    WARN_BIAS,
    StepError,
    StepForecast,
    StepWarning,
    check_step,
    chosen_scheme,
    forecast,
    largest_step,
)
from .table import (
    AUTO,
    SCHEMES,
    linear_step,
    require_scheme,
    stationary_covariance,
    step_limit,
    weak_order,
)

__all__ = [
    "AUTO",
    "REFUSE_BIAS",
    "SCHEMES",
    "WARN_BIAS",
    "Scheme",
    "StepError",
    "StepForecast",
    "StepWarning",
    "check_step",
    "chosen_scheme",
    "forecast",
    "largest_step",
    "linear_step",
    "require_scheme",
    "stationary_covariance",
    "step_limit",
    "weak_order",
]
