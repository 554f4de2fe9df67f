"""The light that leaves a model, recorded along trajectories, and its spectra."""

from .record import Record

__all__ = ["Record"]
