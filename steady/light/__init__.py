"""Light that leaves in the steady state: transfer matrices, response, spectra, displacements."""

from .displacement import displacement_noise
from .filters import Filter
from .frequency_response import response
from .linear_light import LinearLight, linear_light
from .output_modes import output_modes
from .records import Heterodyne, Homodyne
from .spectra import intracavity_spectrum, output_spectrum

__all__ = [
    "Filter",
    "Heterodyne",
    "Homodyne",
    "LinearLight",
    "displacement_noise",
    "intracavity_spectrum",
    "linear_light",
    "output_modes",
    "output_spectrum",
    "response",
]
