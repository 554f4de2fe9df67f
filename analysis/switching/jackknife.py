"""Delete-one jackknife over trajectories, for estimates made of sums.

`sde.ensemble.jackknife` weights batches of unequal size; here every trajectory has weight one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...sde.support.checks import Array


def delete_one_jackknife(
    estimator: Callable[..., Array], per_trajectory: tuple[Array, ...]
) -> tuple[Array, Array]:
    """estimator(*sums over trajectories) and its standard error.

    Each array of `per_trajectory` is (trajectories, ...); the estimator takes their sums over
    trajectories, with any leading axes.
    """
    totals = [part.sum(axis=0) for part in per_trajectory]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = estimator(*totals)
        left_out = estimator(
            *(total - part for total, part in zip(totals, per_trajectory, strict=True))
        )
        count = len(left_out)
        return value, np.sqrt((count - 1) / count * np.sum((left_out - value) ** 2, axis=0))
