"""Delete-a-group jackknife: standard error and bias of any estimate from batches.

Batches may differ in size: Busing, Meijer and van der Leeden, doi:10.1023/A:1008800423698.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array


def jackknife(full: Array, left_out: Array, counts: Array) -> Array:
    """Standard error of an estimate (...); NaN for one batch.

    `left_out` (batches, ...) are its values with one batch left out, for the batches that hold any
    of the trajectories; `counts` (batches,) are the sizes of all batches.
    """
    used = counts[counts > 0]
    if len(used) < 2:
        return np.full_like(full, np.nan)
    weight = used.sum() / used - 1
    deviation = (full - left_out).reshape(len(used), -1)
    return np.asarray(np.sqrt(weight @ deviation**2 / len(used))).reshape(full.shape)


def jackknife_bias(full: Array, left_out: Array, counts: Array) -> Array:
    """Small-sample bias of an estimate (...) to leading order; arguments as for `jackknife`."""
    used = counts[counts > 0]
    if len(used) < 2:
        return np.zeros_like(full)
    weight = 1 - used / used.sum()
    return np.asarray(weight @ (left_out - full).reshape(len(used), -1)).reshape(full.shape)


def prefers_coupled(coupled: Array, coupled_stderr: Array, plain_stderr: Array) -> Array:
    """Where the coupled estimate is chosen: finite, with no larger standard error than the plain.

    It is also chosen where the plain standard error is NaN. `coupled` (..., dims), the standard
    errors (...); returns booleans (...).
    """
    axes = tuple(range(np.ndim(coupled_stderr), np.ndim(coupled)))
    return np.asarray(
        np.isfinite(coupled).all(axis=axes)
        & ((coupled_stderr <= plain_stderr) | np.isnan(plain_stderr))
    )
