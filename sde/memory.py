"""How much memory an ensemble takes, and how much there is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .arguments import available_cores
from .blocks import BATCHES, MOST_BYTES
from .statistics import statistics

SHARE_OF_SUMS = 6
"""Times the batch sums that estimates, their jackknife and the files of a result take at most; measured, 3.4 to 5.5."""
COVARIANCES, MEANS = 8, 4
"""Covariances and means at every sample time that are held beside the sums: moments, laws of the steps, and copies."""


class RoomError(ValueError):
    """What is asked for does not fit into the memory; the message gives both numbers and a remedy."""


def ensemble_memory(size: int, times: int, *, twin: bool = True, step_check: bool = False) -> int:
    """Bytes that an ensemble of `size` quadratures takes at most, whatever the number of trajectories and steps."""
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
    wanted, there = ensemble_memory(size, times, twin=twin, step_check=step_check), available_memory()
    if wanted > there:
        raise RoomError(
            f"samples must be fewer: sums and moments at {times} times take {shown(wanted)}, and {shown(there)} of "
            f"memory are available (got {times - 1})"
        )


def require_memory(wanted: float, what: str, remedy: str) -> None:
    """Refuse what does not fit into the available memory. Raises RoomError."""
    there = available_memory()
    if wanted > there:
        raise RoomError(f"{what} take {shown(wanted)} of memory, and {shown(there)} are available; {remedy}")


def available_memory() -> int:
    """Bytes that this process may still take: of the machine, and of the container or job that it runs in."""
    return min(_available())


def shown(size: float) -> str:
    """A size in the unit in which it reads best."""
    power = max(0, min(4, (int(size).bit_length() - 1) // 10))
    return f"{size / 2 ** (10 * power):.3g} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def _available() -> Iterator[int]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        yield next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**63
    for group in _groups():
        try:
            limit = int((group / "memory.max").read_text(encoding="ascii"))
            usage = (group / "memory.stat").read_text(encoding="ascii").split()
            yield limit - int(usage[usage.index("anon") + 1])
        except (OSError, ValueError):
            continue


def _groups() -> Iterator[Path]:
    """The control groups that this process belongs to, from its own up to the root."""
    root = Path("/sys/fs/cgroup")
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
        own = root / next(line for line in lines if line.startswith("0::"))[3:].lstrip("/")
    except (OSError, StopIteration):
        return
    yield from (group for group in (own, *own.parents) if group.is_relative_to(root))
