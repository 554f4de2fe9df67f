"""Compilation of shared kernels by a second process, while this one does other work.

The second process (`compiler`) compiles kernels into the cache on disk, prints the name of each
module when it is done, and exits; this process waits for a kernel only where it needs it. Without a
second core, a cache folder or a second process, kernels are compiled where they are needed.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from threading import Event, RLock, Thread
from types import ModuleType

from ..support.checks import available_cores
from .cache import cache_folder
from .shared_kernels import Arguments, SharedKernels

_finished: dict[SharedKernels, Event] = {}
"""Set when the second process has compiled these kernels, or has ended."""
_lock = RLock()


def compile_in_background(*kernels: SharedKernels) -> None:
    """Start a second process that compiles kernels not yet on disk, in this order."""
    with _lock:
        new = [each for each in kernels if each not in _finished]
        missing = [each for each in new if not each.cached]
        _finished.update({each: _set_event() for each in new if each not in missing})
        if missing and available_cores() > 1 and cache_folder() is not None and sys.executable:
            started = {each: Event() for each in missing}
            _finished.update(started)
            Thread(target=_run_compiler, args=(started,), daemon=True).start()


def ready(kernels: SharedKernels) -> ModuleType:
    """The module of compiled kernels, which the second process has compiled if it was started."""
    if kernels in _finished:
        _finished[kernels].wait()
    return kernels.compiled()


def _set_event() -> Event:
    event = Event()
    event.set()
    return event


def _run_compiler(started: dict[SharedKernels, Event]) -> None:
    """Run the second process and set the event of each module that it prints; at its end, all."""
    try:
        events = {each.load().__name__: event for each, event in started.items()}
        program = Path(__file__).with_name("compiler.py")
        with subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0 if os.name == "posix" else None,
        ) as process:
            assert process.stdin
            assert process.stdout
            pickle.dump([_job(each) for each in started], process.stdin)
            process.stdin.flush()
            for line in process.stdout:
                events[line.decode().strip()].set()
    except (OSError, KeyError):
        pass
    finally:
        for event in started.values():
            event.set()


def _job(kernels: SharedKernels) -> tuple[str, str, list[tuple[str, Arguments]]]:
    """What `compiler` is told: folder and name of the module, and the calls."""
    module = kernels.load()
    return str(Path(str(module.__file__)).parent), module.__name__, kernels.calls()
