"""Light that leaves in the steady state: transfer matrices, response, spectra, displacements."""

from .displacement import displacement_noise
from .frequency_response import response
from .linear_light import LinearLight, linear_light
from .spectra import intracavity_spectrum, output_spectrum

__all__ = [
    "LinearLight",
    "displacement_noise",
    "intracavity_spectrum",
    "linear_light",
    "output_spectrum",
    "response",
]
