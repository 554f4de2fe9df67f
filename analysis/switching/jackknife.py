"""Error bars of what is read off sums over trajectories: the delete-one jackknife."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def delete_one(read: Callable[..., Array], parts: tuple[Array, ...]) -> tuple[Array, Array]:
    """read(*sums) of sums over the first axis (trajectories) of each part, and its delete-one
    jackknife error.
    """
    totals = [part.sum(axis=0) for part in parts]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = read(*totals)
        others = read(*(total - part for total, part in zip(totals, parts, strict=True)))
        count = len(others)
        return value, np.sqrt((count - 1) / count * np.sum((others - value) ** 2, axis=0))
