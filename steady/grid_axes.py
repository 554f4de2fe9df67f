"""Axes of a grid or sweep: parameters by name, their values checked, the system at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike

from ..sde.model.model import Model
from ..sde.support.checks import (
    Array,
    shown,
)
from ..sde.system import (
    System,
    as_model,
    has_effective_detuning,
    overwritten,
)

CHUNK = 2048
"""Largest number of points that a thread solves at a time."""
CHUNK_ELEMENTS = 2**20
"""Largest number of matrix elements n² of all these points together."""
INTEGRATED = 16
"""Points that a thread solves at a time where each is integrated from starts."""
EFFECTIVE = "effective_detuning"
"""Name of the axis for systems that can be set to an effective detuning."""


def first_model(system: System, values: Mapping[str, Array]) -> Model:
    """The model of the first point, after the system has accepted all values of each axis.

    Raises ValueError where the values give no model.
    """
    for name, points in values.items():
        if name != EFFECTIVE:
            system.replace(**{name: points})
    with np.errstate(all="ignore"):
        if EFFECTIVE in values:
            at_values(system, {name: points[[0, -1]] for name, points in values.items()})
        try:
            return as_model(first_system(system, values))
        except ValueError as error:
            raise ValueError(
                f"axes {', '.join(values)} give no model ({error}); check their units"
            ) from None


def first_system(system: System, values: Mapping[str, Array]) -> System:
    """The system at the first point, its axes being arrays (1,)."""
    return at_values(system, {name: points[:1] for name, points in values.items()})


def require_axes(axes: Mapping[str, ArrayLike]) -> None:
    """ValueError unless axes is a mapping with at least one parameter."""
    if not isinstance(axes, Mapping):
        raise ValueError(
            f"axes must map parameters to values, such as {{'power': [0.1, 0.2]}} (got "
            f"{shown(axes)})"
        )
    if not axes:
        raise ValueError(
            "axes must name at least one parameter with its values; steady_state takes a single "
            "point"
        )


def axis_values(system: System, name: str, points: ArrayLike) -> Array:
    """The values of one parameter along an axis (points,), checked. Raises ValueError."""
    if not isinstance(name, str):
        raise ValueError(
            f"a parameter is given by name, such as {fields(system)[0].name!r} (got {shown(name)})"
        )
    if not (name == EFFECTIVE and has_effective_detuning(system)):
        _require_numeric(system, name)
    try:
        values = np.asarray(points, float)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values)):
        raise ValueError(
            f"{name} must be a list of finite numbers, at least one (got {shown(points)})"
        )
    if len(np.unique(values)) < len(values):
        raise ValueError(f"{name} must not repeat a value along its axis (got {shown(points)})")
    return values


def _require_numeric(system: System, name: str) -> None:
    """ValueError unless a name is that of a parameter whose values are numbers."""
    known = {field.name: field for field in fields(system)}
    if name not in known:
        system.replace(**{name: None})  # raises, naming the nearest parameter
    options = known[name].metadata.get("options")
    if options is not None:
        raise ValueError(f"{name} takes words, not numbers; make one grid for each of {options}")


def at_values(system: System, part: Mapping[str, Array]) -> System:
    """The system with a list of values (points,) for each parameter.

    Raises ValueError where the effective detuning overwrites one of the parameters.
    """
    changed = system.replace(**{name: points for name, points in part.items() if name != EFFECTIVE})
    if EFFECTIVE not in part:
        return changed
    detuned: System = changed.at_effective_detuning(part[EFFECTIVE])  # type: ignore[attr-defined]
    for name in overwritten(changed, detuned, (name for name in part if name != EFFECTIVE)):
        raise ValueError(
            f"{name} follows from {EFFECTIVE} and cannot be an axis beside it; give one of them"
        )
    return detuned


def points_at_a_time(n: int, *, integrated: bool = False) -> int:
    """Points that a thread solves at a time, for n quadratures."""
    return max(1, min(INTEGRATED if integrated else CHUNK, CHUNK_ELEMENTS // n**2))


def chunks(values: Mapping[str, Array], size: int) -> Iterator[dict[str, Array]]:
    """The points of the grid as lists of at most `size` values of each parameter."""
    shape = tuple(len(points) for points in values.values())
    total = int(np.prod(shape))
    for first in range(0, total, size):
        at = np.unravel_index(np.arange(first, min(first + size, total)), shape)
        yield {
            name: points[index] for (name, points), index in zip(values.items(), at, strict=True)
        }
