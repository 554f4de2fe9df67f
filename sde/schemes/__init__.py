"""Integration schemes as data, and forecasts and checks of their steps."""

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
