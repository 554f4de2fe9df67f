"""Interrupts: while trajectories are integrated the first one asks for a pause; any other stops the
command at once.

Python runs a signal's handler between two of its own instructions, which compiled code and the
compiler hold up for seconds. A thread that hears of signals by itself then ends the process.
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
"""Ctrl-C, and what batch systems send before they kill."""
PATIENCE = 0.5
"""Seconds that the main thread has for stopping."""
INTERRUPTED = 130


class Pause(Event):
    """Set by the first interrupt once trajectories are being integrated; `taken` counts the
    interrupts that it took.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.taken = False, 0

    def begin(self) -> None:
        """The integration begins: from now on a pause is possible."""
        self.begun = True

    @property
    def possible(self) -> bool:
        """Whether the next interrupt is taken for a pause."""
        return self.begun and not self.is_set()


_pauses: list[Pause] = []
"""Of the `with` blocks that are open."""
stopping = Event()
"""Set once an interrupt stops the command, whatever becomes of the KeyboardInterrupt on its way."""
_undo: list[Callable[[], None]] = []
"""What is to be done before the process is ended."""


def _stop(*_: object) -> None:
    stopping.set()
    raise KeyboardInterrupt


@contextmanager
def pausing(announce: Callable[[str], None]) -> Iterator[Pause]:
    """A pause that the first interrupt in the `with` block sets once it has begun; any other is a
    KeyboardInterrupt.
    """
    pause = Pause()

    def handle(_number: int, _frame: FrameType | None) -> None:
        if not pause.possible:
            _stop()
        pause.taken += 1
        pause.set()
        announce("pausing: blocks in flight are being finished; interrupt again to stop at once")

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    _pauses.append(pause)
    try:
        yield pause
    finally:
        _pauses.remove(pause)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undone(undo: Callable[[], None]) -> Iterator[None]:
    """Have this done also where an interrupt ends the process inside the `with` block."""
    _undo.append(undo)
    try:
        yield
    finally:
        _undo.remove(undo)


@contextmanager
def heard(last_words: str) -> Iterator[None]:
    """End the process with these words where an interrupt has not ended the `with` block within
    `PATIENCE`.
    """
    if current_thread() is not main_thread():
        yield
        return
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    over = Event()
    stopping.clear()
    usual = signal.getsignal(signal.SIGINT)
    if usual == signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    told, sys.unraisablehook = sys.unraisablehook, _unraisable
    listener = Thread(target=_listen, args=(receiver, over, last_words), daemon=True)
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    listener.start()
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGINT, usual)
        sys.unraisablehook = told
        sender.close()
        listener.join()
        receiver.close()


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing of an interrupt that ended in a callback of the compiler."""
    if not (stopping.is_set() and isinstance(lost.exc_value, KeyboardInterrupt)):
        sys.__unraisablehook__(lost)


def _listen(receiver: socket.socket, over: Event, last_words: str) -> None:
    """Count interrupts, until there is one that no pause has taken and that has not stopped the
    command.
    """
    interrupts = 0
    while number := receiver.recv(1):
        interrupts += number[0] in SIGNALS
        if over.wait(PATIENCE):
            return
        if interrupts > sum(pause.taken for pause in _pauses) and not any(
            pause.possible for pause in _pauses
        ):
            _end(last_words)


def _end(last_words: str) -> None:
    for undo in [*_undo]:
        with suppress(OSError):
            undo()
    for process in multiprocessing.active_children():
        process.terminate()
    os.write(2, f"{last_words}\n".encode())
    os._exit(INTERRUPTED)
