"""Mean field and covariance in time: linearised equations and Gaussian closure.

propagation          propagate_moments, and the choice of the method
linear               exact steps of linear models, compiled in linear_kernel
linear_large         the same in NumPy, for large models and for checks before a run
taylor               Taylor series of nonlinear models, compiled in taylor_kernel
closures             the moment equations as a table of terms
deterministic_flow   the drift alone, over short times
"""

from .propagation import propagate, propagate_moments
from .taylor import DivergenceError

__all__ = [
    "DivergenceError",
    "propagate",
    "propagate_moments",
]
