"""Ensembles of trajectories: moments with error bars, and single paths."""

from .simulation import simulate
from .single_paths import sample_paths

__all__ = ["sample_paths", "simulate"]
