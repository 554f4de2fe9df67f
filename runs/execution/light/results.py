"""Compute the light of a run file, as one dataset, and write its files."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ....analysis import heterodyne, homodyne
from ....sde.model.model import Model
from ....sde.model.polynomial import Monomials
from ....sde.model.uncertainty import UnphysicalWarning
from ....sde.support.checks import Array
from ....sde.support.memory import require_memory
from ....steady import known_states
from ....steady.light import LinearLight, linear_light, output_spectrum, response
from ...run_files.errors import RunFileError
from ...run_files.light import DetectedLight, LightFile
from ...run_files.recorded_systems import made_from
from ..output import write_dataset, write_figure, write_text
from .filtered import filtered_states
from .frequencies import with_resonances
from .squeezing import beams, best_variables, squeezing_variables
from .variables import BEAM, PORT, labelled

SPECTRUM = ("spectrum_real", "spectrum_imag", "physical")
"""Variables of `output_spectrum` in a result."""
PROBE = ("transmission_real", "transmission_imag", "idler_real", "idler_imag", "group_delay")
"""Variables of `response` in a result."""
COPIES = 6
"""Arrays of the size of a complex spectrum that its computation holds at a time."""


def compute_light(file: LightFile) -> xr.Dataset:
    """Spectra, a probe's response and filtered modes, as far as the run file names them.

    Raises RunFileError for a branch that is not stable, filters that overlap, and light that has no
    response.
    """
    branch = chosen_branch(file)
    with _refused(" and ".join(file.tables)):
        light = linear_light(file.system, branch)
    model = _linearised(light)
    own = {"branch": branch, "provenance": light.provenance, **_changes(file)}
    parts = [xr.Dataset(attrs={**made_from(file, "spectra"), **own})]
    if file.detected is not None:
        with _refused("[spectra]"):
            parts += _detected(model, file.detected)
    if file.filtered is not None:
        with _refused("[output_modes]"):
            parts.append(filtered_states(model, file.filtered))
    return _together(parts)


def _together(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """All variables and attributes of datasets, of which the first's are not replaced."""
    plain = [part.reset_coords(drop=True) for part in parts]
    found = {name: values for part in plain for name, values in part.data_vars.items()}
    axes = {name: axis for part in plain for name, axis in part.coords.items()}
    attributes = {name: value for part in reversed(plain) for name, value in part.attrs.items()}
    return xr.Dataset(found, axes, attributes)


def _linearised(light: LinearLight) -> Model:
    """The fluctuations about a branch as a model, whose one fixed point need not be searched."""
    none = [Monomials(np.zeros((0, 1 + order), int), np.zeros(0)) for order in (2, 3)]
    c = np.zeros_like(light.model.c)
    return replace(light.model, c=c, A=light.A, Q=none[0], K=none[1])


def chosen_branch(file: LightFile) -> int:
    """The branch that a file names, or else that with its effective detuning, or the first."""
    wanted = file.effective_detuning
    if file.branch is not None or wanted is None:
        return file.branch or 0
    steady = known_states(file.system)
    means = steady["mean"].values[steady["exists"].values]
    distances = [
        np.abs(file.system.effective_detuning(mean) - wanted).max()  # type: ignore[attr-defined]
        for mean in means
    ]
    return int(np.argmin(distances))


@contextmanager
def _refused(table: str) -> Iterator[None]:
    """Name the table of the run file in what is refused."""
    try:
        yield
    except ValueError as error:
        raise RunFileError(f"{table} {error}") from None


def _changes(file: LightFile) -> dict[str, Any]:
    """What the command line has changed, from which the result can be repeated."""
    changes = json.dumps(dict(file.changes), ensure_ascii=False)
    return {"changed_parameters": changes, "reversed": int(file.reverse)}


def _detected(model: Model, detected: DetectedLight) -> list[xr.Dataset]:
    """The spectrum with what detectors read of it, and the response to a probe if there is one."""
    frequencies = detected.frequencies
    if detected.even:
        frequencies = with_resonances(frequencies, model.A)
    needed = 16.0 * len(frequencies) * (2 * len(model.ports)) ** 2 * COPIES
    what = f"{len(frequencies)} frequencies and {len(model.ports)} ports"
    require_memory(needed, what, "take fewer points")
    parts = [_spectrum(model, detected, frequencies)]
    if detected.probe is not None:
        answer = response(model, frequencies)
        own = {"probe": json.dumps(detected.probe)}
        parts.append(answer[list(PROBE)].drop_attrs(deep=False).assign_attrs(own))
    return parts


def _spectrum(model: Model, detected: DetectedLight, frequencies: Array) -> xr.Dataset:
    """The spectral matrix of the detected ports, and what detectors read of it."""

    def at(places: Array) -> xr.Dataset:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnphysicalWarning)  # the report says it
            return output_spectrum(model, places, efficiency=detected.efficiency)

    whole = at(frequencies)
    ports = detected.ports
    values = squeezing_variables(whole, ports)
    best = best_variables(frequencies, values["squeezing"], ports, at, even=detected.even)
    angles = np.array([detected.angles or [angle] for angle in best["best_angle"]])
    values |= best | {
        "homodyne_angle": angles,
        "homodyne": np.stack(
            [
                homodyne(whole, port, own).transpose("angle", "frequency").values
                for port, own in zip(ports, angles, strict=True)
            ]
        ),
        "photon_flux": np.stack([heterodyne(whole, port)["photon_flux"].values for port in ports]),
    }
    quadratures = [f"{port}.{axis}" for port in ports for axis in "XY"]
    kept = whole[list(SPECTRUM)].sel(quadrature=quadratures, quadrature_=quadratures)
    labels = {BEAM: list(beams(ports)), PORT: list(ports), "sideband": ["upper", "lower"]}
    even = {"even_points": len(detected.frequencies) if detected.even else 0}
    return kept.assign(labelled(values)).assign_coords(labels).assign_attrs(even)


def write_light(file: LightFile, result: xr.Dataset, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures. Raises OutputError."""
    result = result.assign_attrs(report=report)
    return [
        write_dataset(folder / f"{file.stem}.nc", result),
        write_text(folder / "report.txt", report),
        *draw_light(result, folder),
    ]


def draw_light(result: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a result on light."""
    from .figures import light_figures

    return [
        write_figure(folder / f"{name}.{suffix}", figure)
        for name, figure in light_figures(result)
        for suffix in ("png", "pdf")
    ]
