"""Run `qlangevin spectra`: spectra of the light that leaves, a probe, and filtered modes."""

from .results import compute_light, draw_light, write_light

__all__ = ["compute_light", "draw_light", "write_light"]
