"""Stochastic differential equations of open quantum systems, and how they are integrated."""

from . import systems, terms
from .ensemble.simulation import simulate
from .ensemble.single_paths import sample_paths
from .lattices import lattice
from .model.gaussian_state import Gaussian
from .model.model import Model
from .model.operators import Operator, operators
from .moments.propagation import propagate_moments
from .records import Record

__all__ = [
    "Gaussian",
    "Model",
    "Operator",
    "Record",
    "lattice",
    "operators",
    "propagate_moments",
    "sample_paths",
    "simulate",
    "systems",
    "terms",
]
