"""Types of arguments of long computations: a progress callback, and an event that stops them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Progress = Callable[[int, int], None]
"""progress(done, total): called with the trajectories, points or paths finished, and all."""


class Halt(Protocol):
    """A threading.Event, or any object with its method is_set()."""

    def is_set(self) -> bool:
        """Whether the computation should stop."""


class NeverHalt:
    """An event that is never set."""

    def is_set(self) -> bool:
        """False."""
        return False
