"""Linearised theory, Gaussian closure and trajectories compared; checks of a run."""

from .checks import (
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
    "IntegratorCheck",
    "LinearizationCheck",
    "SteadyCheck",
    "entanglement",
    "integrator_check",
    "linearization_check",
    "pair_negativity",
    "steady_check",
]
