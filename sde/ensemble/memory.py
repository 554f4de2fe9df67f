"""How much memory an ensemble takes, and how much there is."""

from __future__ import annotations

from ..kernels.sum_layout import statistics
from ..support.checks import available_cores
from ..support.memory import RoomError, available_memory, size_in_words
from .batches import BATCHES, MOST_BYTES

SHARE_OF_SUMS = 6
"""Times the batch sums that estimates, their jackknife and the files of a result take at most;
measured, 3.4 to 5.5.
"""
COVARIANCES, MEANS = 8, 4
"""Covariances and means at every sample time that are held beside the sums: moments, laws of the
steps, and copies.
"""


def ensemble_memory(size: int, times: int, *, twin: bool = True, step_check: bool = False) -> int:
    """Bytes that an ensemble of `size` quadratures takes at most, whatever the number of
    trajectories and steps.
    """
    sums = sums_size(size, times, twin=twin, step_check=step_check)
    return SHARE_OF_SUMS * sums + moments_memory(size, times) + 4 * available_cores() * MOST_BYTES


def sums_size(size: int, times: int, *, twin: bool = True, step_check: bool = False) -> int:
    """Bytes of the batch sums."""
    return 8 * BATCHES * times * statistics(size, twin, step_check)


def moments_memory(size: int, times: int) -> int:
    """Bytes of the moments at the sample times, and of the exact law of the steps."""
    return 8 * times * (COVARIANCES * size**2 + MEANS * size + 4)


def require_room(size: int, times: int, *, twin: bool = True, step_check: bool = False) -> None:
    """Refuse an ensemble sampled at more times than the memory holds. Raises RoomError."""
    wanted, there = (
        ensemble_memory(size, times, twin=twin, step_check=step_check),
        available_memory(),
    )
    if wanted > there:
        raise RoomError(
            f"samples must be fewer: sums and moments at {times} times take "
            f"{size_in_words(wanted)}, and {size_in_words(there)} of memory are available "
            f"(got {times - 1})"
        )
