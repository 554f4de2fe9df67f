"""Mean field and covariance in time: linearised theory and Gaussian closure."""

from .propagation import propagate, propagate_moments

__all__ = ["propagate", "propagate_moments"]
