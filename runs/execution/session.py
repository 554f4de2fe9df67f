"""A session of a command: threads or workers, progress and interrupts."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...sde.ensemble.jobs import Workers
    from ...sde.support.callbacks import Progress


@dataclass(frozen=True, eq=False)
class Session:
    """Who does the work, the event that pauses it, and what shows its progress."""

    workers: Workers
    pause: Event
    show: Progress
