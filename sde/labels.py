"""Labels of results: coordinates of quadratures and parameter points, units, provenance."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from .model.model import Model
from .support.checks import Array
from .system import System

Q = "quadrature"
Q_ = "quadrature_"
LISTED = 1000
"""Largest number of elements of an array that provenance lists; larger ones are kept as bytes."""
TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"), (1e-12, "ps"))
"""Units of time, in s and by name."""


def quadrature_coordinates(model: Model) -> dict[str, list[str]]:
    """Coordinates of the two axes of a covariance: the quadratures."""
    return {Q: list(model.quadratures), Q_: list(model.quadratures)}


def point_dimensions(system: System | Model, model: Model) -> tuple[list[str], dict[Hashable, Any]]:
    """Names of the leading axes of a model's arrays, and the coordinates of axes that have them.

    An axis is named after the first parameter that varies along this axis alone; the values of the
    parameter are the coordinate. If there is none, the axis is named after the first parameter
    that varies along this axis before others, and has no coordinate; else it is point_0, point_1, …
    """
    axes = len(model.batch)
    names: list[str | None] = [None] * axes
    coordinates: dict[Hashable, Any] = {}
    parameters = system.parameters() if isinstance(system, System) else {}
    varying = {name: _varying_axes(value, axes) for name, value in parameters.items()}
    for name, along in sorted(varying.items(), key=lambda item: len(item[1]) != 1):
        if along and names[along[0]] is None:
            names[along[0]] = name
            if len(along) == 1:
                coordinates[name] = np.ravel(parameters[name])
    return [name or f"point_{axis}" for axis, name in enumerate(names)], coordinates


def _varying_axes(value: Any, axes: int) -> list[int]:
    """Numbers of the leading axes, of `axes`, along which a parameter has more than one entry."""
    shape = () if isinstance(value, tuple) else np.shape(value)
    first = axes - len(shape)
    return [first + at for at, length in enumerate(shape) if length > 1 and first + at >= 0]


@dataclass(frozen=True)
class Variable:
    """A variable of a result, declared once: its name, dimensions, unit and meaning.

    `dimensions` follow those of the parameter points, if there are any.
    """

    name: str
    dimensions: tuple[str, ...]
    units: str
    meaning: str

    def labelled(self, values: Array, points: Sequence[str] = ()) -> xr.Variable:
        """Values (*points, *dimensions) with these labels."""
        return variable([*points, *self.dimensions], values, self.units, self.meaning)


def variable(dimensions: list[str], values: Array, units: str, meaning: str) -> xr.Variable:
    """A labelled array with its unit and its meaning in a few words."""
    return xr.Variable(dimensions, values, {"units": units, "long_name": meaning})


def point_coordinates(
    system: System | Model, coordinates: Mapping[Hashable, Any]
) -> dict[Hashable, Any]:
    """Coordinates of parameter points, as `point_dimensions` has them, with unit and symbol."""
    if not isinstance(system, System):
        return dict(coordinates)
    return {
        name: xr.Variable(name, values, axis_attributes(system, str(name)))
        for name, values in coordinates.items()
    }


def axis_attributes(system: System, name: str) -> dict[str, str]:
    """Unit, symbol and meaning of a swept parameter, or of the effective detuning."""
    known = {field.name: field.metadata for field in fields(system)}
    if name not in known:
        return {"units": "rad/s", "symbol": "Δ", "long_name": "effective detuning"}
    return {
        "units": known[name]["unit"],
        "symbol": known[name]["symbol"],
        "long_name": known[name]["meaning"],
    }


def provenance(system: System | Model, **settings: Any) -> str:
    """Provenance of a result, as one JSON string from which it can be computed again.

    It holds the system, its parameters in SI, the settings, and the versions of the packages.
    """
    return json.dumps({**_describe(system), **settings, "versions": _versions()}, default=_plain)


@cache
def _versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    return {name: version(name) for name in ("qlangevin", "numpy", "scipy", "numba", "xarray")}


def _describe(system: System | Model) -> dict[str, Any]:
    """The system by class, reference and parameters, or the arrays of a model."""
    if isinstance(system, System):
        return {
            "system": type(system).__name__,
            "reference": system.REFERENCE,
            "parameters": system.parameters(),
        }
    arrays: Mapping[str, Any] = {
        "c": system.c,
        "A": system.A,
        "B": system.B,
        "Q": {"index": system.Q.index, "value": system.Q.value},
        "K": {"index": system.K.index, "value": system.K.value},
    }
    return {
        "system": "Model",
        "modes": system.modes,
        "quadratures": system.quadratures,
        "parameters": arrays,
    }


def as_plain(description: Mapping[str, Any]) -> Any:
    """A description as it would be read back from JSON: arrays as lists."""
    return json.loads(json.dumps(description, default=_plain))


def _plain(value: Any) -> Any:
    """An array as lists; one of more than `LISTED` numbers as shape and base64 of its bytes."""
    array = np.asarray(value)
    if array.size <= LISTED:
        return array.tolist()
    return {"shape": array.shape, "float64": b64encode(array.astype("<f8").tobytes()).decode()}


def time_unit(duration: float) -> tuple[float, str]:
    """The unit of time, in s and by name, in which a duration is a number from 1 to 1000."""
    return next(((size, name) for size, name in TIME_UNITS if duration >= size), TIME_UNITS[-1])
