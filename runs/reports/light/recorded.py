"""The part of a run's report on light that was recorded along the trajectories."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....analysis.spectra import homodyne, recorded_spectrum, squeezing_spectrum
from ....analysis.spectra.recorded import error_bound
from ....sde.records import Record
from ...text import line

DECIBELS = 10 / np.log(10)


def describe_recorded_light(ensemble: xr.Dataset, record: Record | None) -> list[str]:
    """A section with the squeezing of every port, for a run that records light; else nothing."""
    if record is None:
        return []
    spectrum = recorded_spectrum(ensemble)
    settled = "output_spectrum_linear_real" in ensemble
    linear = recorded_spectrum(ensemble, "linear") if settled else None
    bins = spectrum.sizes["frequency"]
    highest = spectrum["frequency"].values[-1]
    lines = [f"Recorded light: {bins} frequencies up to {highest:.4g} rad/s from the laser"]
    lines += [_squeezing(spectrum, linear, port) for port in record.ports]
    if linear is None:
        lines.append(line("linear theory", "none: the linearised steps have not settled"))
    if not spectrum["physical"].all():
        lines.append(line("S + iΩ/2 ≥ 0", "BROKEN at some frequencies"))
    return ["\n".join(lines)]


def _squeezing(spectrum: xr.Dataset, linear: xr.Dataset | None, port: str) -> str:
    """The squeezing where linear theory has it best, or else the best of all frequencies."""
    guide = squeezing_spectrum(spectrum if linear is None else linear, port).isel(
        frequency=slice(1, None)
    )
    best = int(np.argmax(guide["squeezing"].values))
    omega, angle = guide["frequency"].values[best], guide["angle"].values[best]
    here = spectrum.sel(frequency=[omega])
    S = homodyne(here, port, angle).item()
    error = DECIBELS * error_bound(here, port, np.array([angle])).item() / S
    words = (
        f"{-DECIBELS * np.log(2 * S):.3f} ± {error:.0e} dB at {omega:.4g} rad/s, {angle:.3f} rad"
    )
    if linear is not None:
        words += f"; linear theory {guide['squeezing'].values[best]:.3f} dB"
    return line(f"squeezing, {port}", words)
