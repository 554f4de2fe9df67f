"""Kernels that all models share, compiled by a second process while the first one compiles others.

The second process fills the cache on disk and ends. What it was asked for is waited for where it is
needed; where there is no second core, no cache folder or no second process, everything is compiled
where it is needed.

    python -m qlangevin.sde.jit.background MODULE ...

compiles the kernels that these modules register, and prints the name of each module that is done.
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
from .cache import Shared, folder

_parts: dict[str, tuple[Shared, Callable[[], None]]] = {}
"""Kernels by name: where they are on disk, and what compiles them."""
_done: dict[str, Event] = {}
"""Of the kernels that a second process was asked for, whether they are there."""
_lock = RLock()


def register(name: str, kernels: Shared, warm: Callable[[], None]) -> None:
    """Make kernels known under a name; `warm` compiles them."""
    _parts[name] = kernels, warm


def compile_beside(*names: str) -> None:
    """Have those of these kernels compiled that are not on disk, in this order, while other work
    goes on.
    """
    with _lock:
        unknown = [name for name in names if name not in _done]
        lacking = [name for name in unknown if not _parts[name][0].cached]
        _done.update({name: _there() for name in unknown if name not in lacking})
        if lacking and available_cores() > 1 and folder() is not None and sys.executable:
            _done.update({name: Event() for name in lacking})
            Thread(target=_follow, args=(lacking,), daemon=True).start()


def _there() -> Event:
    """Of kernels that are on disk."""
    event = Event()
    event.set()
    return event


def wait_for(name: str) -> None:
    """Wait until kernels are on disk, if a second process was asked for them."""
    if name in _done:
        _done[name].wait()


def _follow(names: list[str]) -> None:
    """Run the second process and hear what it has done; whatever it has not done by its end is not
    waited for.
    """
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
                    _done[line.strip()].set()
    except OSError:
        pass
    finally:
        for name in names:
            _done[name].set()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def _main(names: list[str]) -> None:
    for name in names:
        import_module(name)  # which registers its kernels
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    for name in names:
        _parts[name][1]()
        print(name, flush=True)
    os._exit(0)


if __name__ == "__main__":
    from . import background  # the module under its own name, in which kernels are made known

    background._main(sys.argv[1:])
