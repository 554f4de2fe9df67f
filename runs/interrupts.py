"""Interrupts (Ctrl-C, SIGTERM): the first pauses an integration, any other stops the command.

Python calls a signal's handler between two bytecode instructions, so compiled code and the compiler
can delay it for seconds. A thread of its own therefore receives the signals too, and ends the
process where the main thread has not stopped in time.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and the signal that batch systems send before they kill a process."""
GRACE_PERIOD = 0.5
"""Seconds that the main thread has to stop after an interrupt."""
EXIT_CODE = 130
PAUSING = "pausing: blocks in progress are being finished; interrupt again to stop at once"


class Pause(Event):
    """An event that the first interrupt sets once an integration has begun.

    `interrupts` counts the interrupts that were taken as a request to pause.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enabled = False
        self.interrupts = 0

    def enable(self) -> None:
        """Allow the next interrupt to pause: the integration begins."""
        self.enabled = True

    @property
    def possible(self) -> bool:
        """Whether the next interrupt pauses rather than stops."""
        return self.enabled and not self.is_set()


stop_requested = Event()
"""Set when an interrupt stops the command, even where its KeyboardInterrupt is lost on the way."""
_active_pauses: list[Pause] = []
"""The pauses of all open `with` blocks."""
_cleanups: list[Callable[[], None]] = []
"""Functions that are called before the process is ended."""


def _stop(*_: object) -> None:
    stop_requested.set()
    raise KeyboardInterrupt


@contextmanager
def pause_on_interrupt(announce: Callable[[str], None]) -> Iterator[Pause]:
    """A `Pause` set by the first interrupt in the `with` block; others raise KeyboardInterrupt."""
    pause = Pause()

    def handle(_number: int, _frame: FrameType | None) -> None:
        if not pause.possible:
            _stop()
        pause.interrupts += 1
        pause.set()
        announce(PAUSING)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    _active_pauses.append(pause)
    try:
        yield pause
    finally:
        _active_pauses.remove(pause)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def cleanup_on_exit(cleanup: Callable[[], None]) -> Iterator[None]:
    """Call `cleanup` also where an interrupt ends the process inside the `with` block."""
    _cleanups.append(cleanup)
    try:
        yield
    finally:
        _cleanups.remove(cleanup)


@contextmanager
def exit_on_interrupt(message: str) -> Iterator[None]:
    """End the process where the `with` block runs on for `GRACE_PERIOD` after an interrupt.

    The message is printed on the error stream before the process ends. A pause does not end it.
    """
    if current_thread() is not main_thread():
        yield
        return
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    finished = Event()
    stop_requested.clear()
    usual = signal.getsignal(signal.SIGINT)
    if usual == signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    usual_hook = sys.unraisablehook
    sys.unraisablehook = _ignore_lost_interrupts
    watcher = Thread(target=_watch, args=(receiver, finished, message), daemon=True)
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGINT, usual)
        sys.unraisablehook = usual_hook
        sender.close()
        watcher.join()
        receiver.close()


def _ignore_lost_interrupts(lost: sys.UnraisableHookArgs) -> None:
    """Print nothing about an interrupt that was lost in a callback of the compiler."""
    if not (stop_requested.is_set() and isinstance(lost.exc_value, KeyboardInterrupt)):
        sys.__unraisablehook__(lost)


def _watch(receiver: socket.socket, finished: Event, message: str) -> None:
    """End the process after an interrupt that no pause took and that did not stop the command."""
    interrupts = 0
    while number := receiver.recv(1):
        interrupts += number[0] in SIGNALS
        if finished.wait(GRACE_PERIOD):
            return
        taken = sum(pause.interrupts for pause in _active_pauses)
        if interrupts > taken and not any(pause.possible for pause in _active_pauses):
            _exit(message)


def _exit(message: str) -> None:
    """Clean up, print a message and end this process and its children at once."""
    for cleanup in [*_cleanups]:
        with suppress(OSError):
            cleanup()
    for process in multiprocessing.active_children():
        process.terminate()
    os.write(2, f"{message}\n".encode())
    os._exit(EXIT_CODE)
