"""What long work is called with: progress, and an event that halts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Progress = Callable[[int, int], None]
"""Called with the trajectories finished and the trajectories asked for."""


class Halt(Protocol):
    """An event, or what stands for one where none is shared."""

    def is_set(self) -> bool:
        """Whether to give up."""


class NeverHalt:
    """An event that is never set."""

    def is_set(self) -> bool:
        """False."""
        return False
