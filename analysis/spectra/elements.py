"""Elements of labelled spectral matrices, by port or mode."""

from __future__ import annotations

from typing import Any

import xarray as xr

from ...sde.labels import Q_, Q
from ...sde.support.checks import nearest, shown

OWN = {"port": "physical", "mode": "normal_ordered"}
"""A variable that only spectra of ports, or of modes, have."""
LABELS = {"port": "output_spectrum", "mode": "intracavity_spectrum"}
"""What spectra are of, and the function that computes them."""


def block(spectrum: Any, names: list[str], kind: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Real and imaginary parts (..., quadrature, quadrature_) of S between ports, or modes.

    Both quadratures of each, in the order of `names`. Raises ValueError for another dataset, and
    for unknown names.
    """
    parts = ("spectrum_real", "spectrum_imag")
    if not isinstance(spectrum, xr.Dataset) or not {*parts, OWN[kind]} <= set(spectrum):
        raise ValueError(
            f"spectrum must be what {LABELS[kind]} returns (got a {type(spectrum).__name__})"
        )
    labels = [str(label) for label in spectrum[Q].values]
    chosen = [label for name in names for label in _pair(labels, name, kind)]
    real, imaginary = (
        spectrum[part].sel({Q: chosen, Q_: chosen}).transpose(..., Q, Q_) for part in parts
    )
    return real, imaginary


def _pair(labels: list[str], name: Any, kind: str) -> list[str]:
    """The labels of both quadratures of a port or mode."""
    mine = [label for label in labels if isinstance(name, str) and label.rpartition(".")[0] == name]
    if len(mine) != 2:
        known = list(dict.fromkeys(label.rpartition(".")[0] for label in labels))
        hint = nearest(str(name), known, "choose from")
        raise ValueError(f"{kind} {shown(name)} is not in the spectrum: {hint}")
    return mine


def element(part: xr.DataArray, row: int, column: int) -> xr.DataArray:
    """One element of a matrix (..., quadrature, quadrature_)."""
    return part.isel({Q: row, Q_: column}, drop=True)


def result(values: xr.DataArray, name: str, units: str, meaning: str) -> xr.DataArray:
    """Values with a name, a unit and a long name."""
    named = values.rename(name)
    named.attrs = {"units": units, "long_name": meaning}
    return named
