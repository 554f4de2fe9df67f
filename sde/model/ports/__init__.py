"""Ports of a model: couplings to light, feeds between ports, beam splitters, loops."""

from .port import Port, channels_of, light_shares, phase_factor

__all__ = ["Port", "channels_of", "light_shares", "phase_factor"]
