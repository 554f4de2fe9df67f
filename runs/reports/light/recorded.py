"""The part of a run's report on light that was recorded along the trajectories."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....analysis.spectra.recorded import RecordedNoise, recorded_noise, recorded_spectrum
from ....sde.records import Record
from ...text import line


def describe_recorded_light(ensemble: xr.Dataset, record: Record | None) -> list[str]:
    """A section with the squeezing of every port, for a run that records light; else nothing."""
    if record is None:
        return []
    spectrum = recorded_spectrum(ensemble)
    found = [recorded_noise(ensemble, port) for port in record.ports]
    bins = spectrum.sizes["frequency"]
    highest = spectrum["frequency"].values[-1]
    lines = [f"Recorded light: {bins} frequencies up to {highest:.4g} rad/s from the laser"]
    lines += [
        line(f"squeezing, {port}", _squeezing(noise))
        for port, noise in zip(record.ports, found, strict=True)
    ]
    if found[0].linear is None:
        lines.append(line("linear theory", "none: the linearised steps have not settled"))
    if not spectrum["physical"].all():
        lines.append(line("S + iΩ/2 ≥ 0", "BROKEN at some frequencies"))
    return ["\n".join(lines)]


def _squeezing(found: RecordedNoise) -> str:
    """The squeezing where linear theory has it best, or else the best of all frequencies."""
    guide = found.noise if found.linear is None else found.linear
    best = 1 + int(np.argmin(guide[1:]))  # the first frequency is that of the mean
    words = (
        f"{-found.noise[best]:.3f} ± {found.error[best]:.0e} dB at "
        f"{found.frequencies[best]:.4g} rad/s, {found.angles[best]:.3f} rad"
    )
    if found.linear is not None:
        words += f"; linear theory {-found.linear[best]:.3f} dB"
    return words
