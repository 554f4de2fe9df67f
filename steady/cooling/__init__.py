"""Cooling of a mode: by light that it scatters (sidebands), and by feedback of a measurement."""

from .sideband import sideband_cooling

__all__ = ["sideband_cooling"]
