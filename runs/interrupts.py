"""Interrupts: the first one asks for a pause, the second one stops at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what batch systems send before they kill."""


@contextmanager
def pausing(announce: Callable[[str], None]) -> Iterator[Event]:
    """An event that the first interrupt in the `with` block sets; the second raises KeyboardInterrupt."""
    pause = Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        if pause.is_set():
            raise KeyboardInterrupt
        pause.set()
        announce("pausing: blocks in flight are being finished; interrupt again to stop at once")

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield pause
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
