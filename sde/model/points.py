"""Parameter points of a model by number, counted through its leading axes (C order)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ..support.checks import Array, shown


def point_numbers(points: ArrayLike | None, batch: tuple[int, ...]) -> Array | slice:
    """The index (points,) or slice that picks `points` from one axis of all parameter points."""
    if points is None:
        return slice(None)
    try:
        numbers = np.asarray(points)
    except (TypeError, ValueError):  # a dataset; lists of unequal lengths
        numbers = np.array(None)
    count = math.prod(batch)
    if numbers.dtype.kind == "b":
        if numbers.shape != batch:
            raise ValueError(
                f"points must be a mask of shape {batch}, as the model's parameter points "
                f"(got one of shape {numbers.shape})"
            )
        return np.flatnonzero(numbers)
    if numbers.size == 0:
        return numbers.astype(int)
    if numbers.dtype.kind not in "iu":
        raise ValueError(f"points must be whole numbers or a mask (got {shown(points)})")
    if numbers.min() < 0 or numbers.max() >= count:
        raise ValueError(
            f"points must be numbers from 0 to {count - 1}, as the model has {count} parameter "
            f"points (got {shown(points)})"
        )
    return numbers


def one_axis(values: Array, axes: int, batch: tuple[int, ...]) -> Array:
    """Values (..., *last), where `last` are `axes` axes, broadcast to a batch: (points, *last)."""
    last = values.shape[values.ndim - axes :]
    whole = (*batch, *last)
    spread = values if values.shape == whole else np.broadcast_to(values, whole)
    return spread if len(batch) == 1 else spread.reshape(math.prod(batch), *last)
