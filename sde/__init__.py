"""Stochastic differential equations of open quantum systems, and how they are integrated."""

from . import systems, terms
from .ensemble import simulate
from .model import Model
from .moments import propagate_moments
from .paths import sample_paths
from .states import Gaussian

__all__ = ["Gaussian", "Model", "propagate_moments", "sample_paths", "simulate", "systems", "terms"]
