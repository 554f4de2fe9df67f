"""Jackknife over batches: standard errors and bias."""

from __future__ import annotations

import numpy as np

from .moment_statistics import Array, Sums


def leave_one_out(size: int, sums: Array, counts: Array, antithetic: bool) -> Sums:
    """All batches but one, along a leading axis over the batches that hold trajectories."""
    used = counts > 0
    with np.errstate(invalid="ignore"):
        others = sums.sum(axis=0) - sums[used]
    return Sums(size, others, (counts.sum() - counts[used]) / (1 + antithetic), antithetic)


def jackknife(full: Array, left_out: Array, counts: Array) -> Array:
    """Standard error of an estimate from its values with one batch left out, along the leading
    axis.

    Batches may differ in size (Busing, Meijer and van der Leeden, doi:10.1023/A:1008800423698); NaN
    for one batch.
    """
    used = counts[counts > 0]
    if len(used) < 2:
        return np.full_like(full, np.nan)
    weight = used.sum() / used - 1
    deviation = (full - left_out).reshape(len(used), -1)
    return np.asarray(np.sqrt(weight @ deviation**2 / len(used))).reshape(full.shape)


def prefers_coupled(coupled: Array, coupled_spread: Array, plain_spread: Array) -> Array:
    """Where the coupled estimate is the one to take: finite, and without a larger standard error
    than the plain one.

    So also where there are no error bars to compare. The spreads (...) are those of the leading
    axes of the estimate.
    """
    axes = tuple(range(np.ndim(coupled_spread), np.ndim(coupled)))
    return np.asarray(
        np.isfinite(coupled).all(axis=axes)
        & ((coupled_spread <= plain_spread) | np.isnan(plain_spread))
    )


def jackknife_bias(full: Array, left_out: Array, counts: Array) -> Array:
    """Small-sample bias of an estimate to leading order, from the same values; the source is the
    same.
    """
    used = counts[counts > 0]
    if len(used) < 2:
        return np.zeros_like(full)
    weight = 1 - used / used.sum()
    return np.asarray(weight @ (left_out - full).reshape(len(used), -1)).reshape(full.shape)
