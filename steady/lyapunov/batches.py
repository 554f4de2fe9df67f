"""Batches of matrices: a function applied to `BATCH` at a time, which bounds the memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...sde.support.checks import Array

BATCH = 256
"""Matrices solved at a time by a thread; a Kronecker sum has n²/4 times the elements of A."""


def in_batches(kernel: Callable[..., Array], *matrices: Array) -> Array:
    """A kernel's result (..., ...) for matrices (..., n, n) broadcast against each other.

    The kernel takes `BATCH` matrices (points, n, n) at a time.
    """
    together = np.broadcast_arrays(*matrices)
    *leading, n, _ = together[0].shape
    flat = [each.reshape(-1, n, n) for each in together]
    starts = range(0, max(len(flat[0]), 1), BATCH)
    joined = np.concatenate(
        [kernel(*(each[start : start + BATCH] for each in flat)) for start in starts]
    )
    return joined.reshape((*leading, *joined.shape[1:]))
