"""Labels of leading axes that belong to parameter points or to an argument such as the gain."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from ...sde.labels import point_coordinates, point_dimensions
from ...sde.model.model import Model
from ...sde.system import System


def labelled_points(
    system: System | Model,
    model: Model,
    count: int,
    arguments: Mapping[str, tuple[Any, Mapping[str, str]]],
) -> tuple[list[str], dict[Hashable, Any]]:
    """Names of `count` leading axes of results, and the coordinates of those that have them.

    They are those of the system's parameter points. An axis before these, along which one of the
    `arguments` alone varies, is named after it; arguments are (values, attributes) by name.
    """
    known, coordinates = point_dimensions(system, model)
    names = [f"point_{axis}" for axis in range(count - len(known))] + known
    found = point_coordinates(system, coordinates)
    for name, (values, attributes) in arguments.items():
        shape = np.shape(values)
        along = [count - len(shape) + at for at, length in enumerate(shape) if length > 1]
        if len(along) == 1 and along[0] < count - len(known) and names[along[0]] not in found:
            names[along[0]] = name
            found[name] = xr.Variable(name, np.ravel(np.asarray(values, float)), attributes)
    return names, found
