"""What detectors read from spectra: homodyne, heterodyne, squeezing, displacements."""

from .displacements import displacement_spectrum
from .quadratures import homodyne, squeezing_spectrum
from .recorded import recorded_spectrum
from .sidebands import heterodyne

__all__ = [
    "displacement_spectrum",
    "heterodyne",
    "homodyne",
    "recorded_spectrum",
    "squeezing_spectrum",
]
