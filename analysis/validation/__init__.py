"""Linearised theory, Gaussian closure and trajectories compared; checks of a run."""

from .checks import (
    RELAXATION_TIMES,
    IntegratorCheck,
    LinearizationCheck,
    SteadyCheck,
    entanglement,
    integrator_check,
    linearization_check,
    pair_negativity,
    steady_check,
)

__all__ = [
    "RELAXATION_TIMES",
    "IntegratorCheck",
    "LinearizationCheck",
    "SteadyCheck",
    "entanglement",
    "integrator_check",
    "linearization_check",
    "pair_negativity",
    "steady_check",
]
