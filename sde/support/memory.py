"""Available memory, and refusal of requests that exceed it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .errors import RefusedError


class RoomError(RefusedError):
    """The request does not fit into the memory; the message gives both sizes and a remedy."""


def require_memory(wanted: float, what: str, remedy: str) -> None:
    """Raise RoomError if `wanted` bytes exceed the available memory.

    `what` is the subject of the message, a plural; `remedy` its end.
    """
    available = available_memory()
    if wanted > available:
        raise RoomError(
            f"{what} take {size_in_words(wanted)} of memory, and {size_in_words(available)} are "
            f"available; {remedy}"
        )


def available_memory() -> int:
    """Bytes that this process may still take, of the machine and of its container or job."""
    return min(_limits())


def size_in_words(size: float) -> str:
    """A size, given in bytes, to three digits in a readable unit."""
    power = max(0, min(4, (int(size).bit_length() - 1) // 10))
    return f"{size / 2 ** (10 * power):.3g} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def _limits() -> Iterator[int]:
    """Available bytes of the machine, and of each control group with a limit."""
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
    for group in _control_groups():
        try:
            limit = int((group / "memory.max").read_text(encoding="ascii"))
            usage = (group / "memory.stat").read_text(encoding="ascii").split()
            yield limit - int(usage[usage.index("anon") + 1])
        except (OSError, ValueError):
            continue


def _control_groups() -> Iterator[Path]:
    """Control groups of this process (Linux cgroups v2), from its own up to the root."""
    root = Path("/sys/fs/cgroup")
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
        own = root / next(line for line in lines if line.startswith("0::"))[3:].lstrip("/")
    except (OSError, StopIteration):
        return
    yield from (group for group in (own, *own.parents) if group.is_relative_to(root))
