"""The commands of `qlangevin`: what is read from the command line and shown on the terminal."""

from .compute import map_grid, reproduce, run, sweep, switching, validate

__all__ = ["map_grid", "reproduce", "run", "sweep", "switching", "validate"]
