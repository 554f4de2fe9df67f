"""The report of spectra and filtered modes of the light that leaves."""

from .report import light_report

__all__ = ["light_report"]
