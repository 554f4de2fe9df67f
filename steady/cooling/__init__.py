"""Cooling of a mode: by light that it scatters (sidebands), and by feedback of a measurement."""

from .closed_loop import feedback_cooling
from .feedback import feedback_loop
from .optimal import optimal_feedback
from .sideband import sideband_cooling

__all__ = ["feedback_cooling", "feedback_loop", "optimal_feedback", "sideband_cooling"]
