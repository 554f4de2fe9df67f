"""Spectra of recorded light from the sums over trajectories, beside those of linear theory."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr

from ..labels import Variable
from ..support.checks import Array
from .periodograms import unpacked
from .record_plan import RecordPlan

FREQUENCY, OUTPUT, OUTPUT_ = "frequency", "output", "output_"
MATRIX = (FREQUENCY, OUTPUT, OUTPUT_)
PARTS = (("real", "real part"), ("imag", "imaginary part"))
BATCH_LIGHT_SUMS = Variable(
    "batch_light_sums", ("batch", "light_statistic"), "1", "sums of periodograms of a batch"
)
SPECTRA = {
    f"{name}_{part}{suffix}": Variable(
        f"{name}_{part}{suffix}", MATRIX, "1", f"{meaning}, {words}{of_error}"
    )
    for name, meaning, errors in (
        ("output_spectrum", "spectrum of the recorded light", True),
        ("output_spectrum_linear", "the same in linear theory, exact for these steps", False),
    )
    for part, words in PARTS
    for suffix, of_error in (("", ""), ("_stderr", ", standard error"))[: 1 + errors]
}
"""Spectra of recorded light, by name."""
LIGHT = Variable(
    "light",
    ("time", "trajectory", OUTPUT),
    "√(photons/s)",
    "light that leaves, mean since the sample before",
)
"""Light of single paths."""


def spectrum_variables(
    plan: RecordPlan, sums: Array, lanes: int, linear: Array | None
) -> tuple[dict[str, xr.Variable], dict[Hashable, Any]]:
    """Variables and coordinates of a result.

    sums (batches, statistics) as `LightSums` makes them, over `lanes` trajectories or pairs; linear
    (frequencies, outputs, outputs) is the spectrum of the linearised steps, None if they have not
    settled. With it the spectrum is that plus the mean difference of paths and twins.
    """
    outputs, frequencies = len(plan.outputs), len(plan.frequencies)
    total = sums.sum(axis=0).reshape(4, frequencies, outputs**2)
    mean, square = total[0::2] / lanes, total[1::2] / lanes
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(square - mean**2, 0.0) / (lanes - 1 if lanes > 1 else np.nan)
    chosen = 0 if linear is None else 1
    parts = unpacked(mean[chosen])
    errors = [np.abs(part) for part in unpacked(np.sqrt(variance[chosen]))]
    values = {BATCH_LIGHT_SUMS.name: BATCH_LIGHT_SUMS.labelled(sums)}
    for number, (part, _) in enumerate(PARTS):
        exact = np.zeros(()) if linear is None else (linear.real, linear.imag)[number]
        names = [f"output_spectrum_{part}{suffix}" for suffix in ("", "_stderr")]
        for name, array in zip(names, (exact + parts[number], errors[number]), strict=True):
            values[name] = SPECTRA[name].labelled(array)
        if linear is not None:
            name = f"output_spectrum_linear_{part}"
            values[name] = SPECTRA[name].labelled(exact)
    labels = {"units": "rad/s", "long_name": "frequency from the laser"}
    coordinates: dict[Hashable, Any] = {
        FREQUENCY: (FREQUENCY, plan.frequencies, labels),
        OUTPUT: list(plan.outputs),
        OUTPUT_: list(plan.outputs),
    }
    return values, coordinates
