"""Compilation of shared kernels by a second process, while this one does other work.

A module that holds kernels registers them under its own name. The second process imports these
modules, compiles their kernels into the cache on disk, prints each name when done, and exits; this
process waits for a kernel only where it needs it. Without a second core, a cache folder or a second
process, kernels are compiled where they are needed. To compile by hand:

    python -m qlangevin.sde.jit.background MODULE ...
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from threading import Event, RLock, Thread

from ..support.checks import available_cores
from .cache import cache_folder
from .shared_kernels import SharedKernels

_registered: dict[str, tuple[SharedKernels, Callable[[], None]]] = {}
"""By module name: its kernels, and a function that compiles them by calling each once."""
_finished: dict[str, Event] = {}
"""By module name: set when the second process has compiled its kernels, or has ended."""
_lock = RLock()


def register(name: str, kernels: SharedKernels, warm: Callable[[], None]) -> None:
    """Register the kernels of the module `name`; `warm` compiles them by calling each once."""
    _registered[name] = kernels, warm


def compile_in_background(*names: str) -> None:
    """Start a second process that compiles kernels not yet on disk, in this order."""
    with _lock:
        new = [name for name in names if name not in _finished]
        missing = [name for name in new if not _registered[name][0].cached]
        _finished.update({name: _set_event() for name in new if name not in missing})
        if missing and available_cores() > 1 and cache_folder() is not None and sys.executable:
            _finished.update({name: Event() for name in missing})
            Thread(target=_run_compiler, args=(missing,), daemon=True).start()


def wait_until_compiled(name: str) -> None:
    """Wait for the second process, if it was started for these kernels."""
    if name in _finished:
        _finished[name].wait()


def _set_event() -> Event:
    event = Event()
    event.set()
    return event


def _run_compiler(names: list[str]) -> None:
    """Run the second process and set the event of each name that it prints; at its end, all."""
    command = [sys.executable, "-P", "-W", "ignore", "-m", __name__, *names]
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            process_group=0 if os.name == "posix" else None,
        ) as process:
            for line in process.stdout or ():
                if line.strip() in names:
                    _finished[line.strip()].set()
    except OSError:
        pass
    finally:
        for name in names:
            _finished[name].set()


def _exit_with_parent() -> None:
    """End this process when the parent closes its end of standard input."""
    sys.stdin.read()
    os._exit(1)


def _main(names: list[str]) -> None:
    for name in names:
        import_module(name)  # which registers its kernels
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_exit_with_parent, daemon=True).start()
    for name in names:
        _, warm = _registered[name]
        warm()
        print(name, flush=True)
    os._exit(0)


if __name__ == "__main__":
    from . import background  # the module under its own name, in which kernels are registered

    background._main(sys.argv[1:])
