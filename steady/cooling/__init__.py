"""Cooling of a mode: by light that it scatters (sidebands), and by feedback of a measurement."""
