"""How much memory is available, and what does not fit into it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .errors import RefusedError


class RoomError(RefusedError):
    """What is asked for does not fit into the memory; the message gives both numbers and a remedy."""


def require_memory(wanted: float, what: str, remedy: str) -> None:
    """Refuse what does not fit into the available memory. Raises RoomError."""
    there = available_memory()
    if wanted > there:
        raise RoomError(
            f"{what} take {shown(wanted)} of memory, and {shown(there)} are available; {remedy}"
        )


def available_memory() -> int:
    """Bytes that this process may still take: of the machine, and of the container or job that it
    runs in.
    """
    return min(_available())


def shown(size: float) -> str:
    """A size in the unit in which it reads best."""
    power = max(0, min(4, (int(size).bit_length() - 1) // 10))
    return f"{size / 2 ** (10 * power):.3g} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def _available() -> Iterator[int]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        yield next(
            int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")
        )
    except (OSError, StopIteration):
        yield (
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
            if hasattr(os, "sysconf")
            else 2**63
        )
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
