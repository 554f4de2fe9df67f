"""How much memory an ensemble takes, and how much there is."""

from __future__ import annotations

from ..kernels.sum_layout import statistics
from ..support.checks import available_cores
from ..support.memory import require_memory
from .batches import BATCHES, MOST_BYTES
from .settings import Settings

SHARE_OF_SUMS = 6
"""Times the batch sums that estimates, their jackknife and the files of a result take at most;
measured, 3.4 to 5.5.
"""
COVARIANCES, MEANS = 8, 4
"""Covariances and means at every sample time that are held beside the sums: moments, laws of the
steps, and copies.
"""


def ensemble_memory(size: int, settings: Settings) -> int:
    """Bytes that an ensemble of `size` quadratures takes at most, whatever the number of
    trajectories and steps.
    """
    moments = moments_memory(size, settings.times)
    blocks = 4 * available_cores() * MOST_BYTES
    return SHARE_OF_SUMS * sums_size(size, settings) + moments + blocks


def sums_size(size: int, settings: Settings) -> int:
    """Bytes of the batch sums."""
    return 8 * BATCHES * settings.times * statistics(size, settings.twin, settings.step_check)


def moments_memory(size: int, times: int) -> int:
    """Bytes of the moments at the sample times, and of the exact law of the steps."""
    return 8 * times * (COVARIANCES * size**2 + MEANS * size + 4)


def require_room(size: int, settings: Settings) -> None:
    """Refuse an ensemble sampled at more times than the memory holds. Raises RoomError."""
    require_memory(
        ensemble_memory(size, settings),
        f"sums and moments at {settings.times} times",
        f"samples must be fewer (got {settings.times - 1})",
    )
