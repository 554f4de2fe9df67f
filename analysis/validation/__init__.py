"""Linearised theory, Gaussian closure and trajectories compared."""
