"""Compute the light of a run file, as one dataset, and write its files."""

from __future__ import annotations

import json
import warnings
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ....analysis import heterodyne, homodyne
from ....sde.model.uncertainty import UnphysicalWarning
from ....sde.support.checks import Array
from ....sde.support.memory import require_memory
from ....sde.system import System
from ....steady import known_states
from ....steady.light import linear_light, output_spectrum, response
from ...run_files.errors import RunFileError
from ...run_files.light import DetectedLight, LightFile
from ...run_files.recorded_systems import made_from
from ..output import write_dataset, write_figure, write_text
from .filtered import filtered_variables
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
    found: dict[str, Any] = {}
    axes: dict[Hashable, Any] = {}
    attributes = {**made_from(file, "spectra"), "branch": branch, **_changes(file)}
    if file.detected is not None:
        with _refused("[spectra]"):
            parts = _detected(file.system, branch, file.detected)
        for part in parts:
            found |= {str(name): values for name, values in part.data_vars.items()}
            axes |= {name: axis for name, axis in part.coords.items() if name in part.dims}
            attributes |= part.attrs
    if file.filtered is not None:
        with _refused("[output_modes]"):
            variables, labels = filtered_variables(file.system, branch, file.filtered)
        found |= variables
        axes |= labels
    return xr.Dataset(found, axes, attributes)


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


def _detected(system: System, branch: int, detected: DetectedLight) -> list[xr.Dataset]:
    """The spectrum with what detectors read of it, and the response to a probe if there is one."""
    light = linear_light(system, branch)
    frequencies = detected.frequencies
    if detected.even:
        frequencies = with_resonances(frequencies, light.A)
    needed = 16.0 * len(frequencies) * (2 * len(light.ports)) ** 2 * COPIES
    what = f"{len(frequencies)} frequencies and {len(light.ports)} ports"
    require_memory(needed, what, "take fewer points")
    parts = [_spectrum(system, branch, detected, frequencies)]
    if detected.probe is not None:
        answer = response(system, frequencies, branch)
        own = {"probe": json.dumps(detected.probe)}
        parts.append(answer[list(PROBE)].drop_attrs(deep=False).assign_attrs(own))
    return parts


def _spectrum(
    system: System, branch: int, detected: DetectedLight, frequencies: Array
) -> xr.Dataset:
    """The spectral matrix of the detected ports, and what detectors read of it."""

    def at(places: Array) -> xr.Dataset:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnphysicalWarning)  # the report says it
            return output_spectrum(system, places, branch, detected.efficiency)

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
