"""Workers of a run: threads of this process, processes of this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from threading import Event, Lock, Thread, current_thread, main_thread
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...sde.ensemble.jobs import LOST, Workers, many, thread_workers
from ...sde.support.callbacks import Progress
from ...sde.support.checks import available_cores, require_whole, shown
from ...sde.support.errors import RefusedError

if TYPE_CHECKING:
    from distributed import Client

TIMEOUT = 30.0
"""Seconds to wait for a scheduler, and for its first worker."""


class BackendError(RefusedError):
    """The requested workers are not available."""


@dataclass(frozen=True, eq=False)
class Session:
    """Resources of a command: workers, the event that pauses it, and its progress display."""

    workers: Workers
    pause: Event
    show: Progress


@contextmanager
def start_workers(
    threads: int | None = None, processes: int | None = None, scheduler: str | None = None
) -> Iterator[Workers]:
    """Provide workers for `simulate(..., workers=...)` in a `with` block.

    Processes do not import the caller's script or notebook: none of its code runs twice, and it
    needs no `if __name__ == "__main__"`.

    Parameters
    ----------
    threads : int, optional
        Number of threads; all cores by default.
    processes : int, optional
        Number of processes of this machine, instead of threads.
    scheduler : str, optional
        Address of a running Dask scheduler, such as "tcp://127.0.0.1:8786", instead of threads.

    Returns
    -------
    context manager
        Its value are the `Workers`. The results do not depend on the choice.

    Raises
    ------
    BackendError
        Where more than one of the three is given, or the scheduler has no workers: a ValueError.
    ValueError
        For a number that is not a positive whole number.

    Examples
    --------
    >>> import qlangevin as ql
    >>> with ql.start_workers(threads=2) as workers:
    ...     workers.name
    '2 threads'
    """
    options = {"--threads": threads, "--workers": processes, "--scheduler": scheduler}
    given = [f"{name} {value}" for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise BackendError(f"{' and '.join(given)} are mutually exclusive; give one of them")
    for name, count in (("threads", threads), ("processes", processes)):
        if count is not None:
            require_whole(name, count, 1)
    if scheduler is not None:
        if not isinstance(scheduler, str):
            raise BackendError(
                "scheduler must be an address, such as 'tcp://127.0.0.1:8786' (got "
                f"{shown(scheduler)})"
            )
        with _cluster(scheduler) as workers:
            yield workers
    elif processes is not None:
        yield process_workers(processes)
    else:
        yield thread_workers(threads or available_cores())


class WorkerProcess(SpawnProcess):
    """A new process that does not import the script or notebook of the caller.

    It needs arrays only. A script that has no `if __name__ == "__main__"` may therefore start
    workers, and so may a program that is read from the standard input.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802
        with _main_module_hidden():
            return SpawnProcess._Popen(process_obj)


class WorkerContext(SpawnContext):
    """The start method of `WorkerProcess`."""

    Process = WorkerProcess


_hiding = Lock()


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Let processes that are started in the `with` block not import the module __main__."""
    with _hiding:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def process_workers(count: int) -> Workers:
    """New processes that ignore interrupts and end with this one."""
    context = WorkerContext()
    started: set[BaseProcess] = set()

    def start() -> Executor:
        executor = ProcessPoolExecutor(count, context, initializer=_begin_worker)
        others = active_children()
        with _interrupts_ignored():
            for _ in range(count):
                executor.submit(int)
        started.update(set(active_children()).difference(others))
        return executor

    def abandon(executor: Executor) -> None:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in started:
            process.terminate()

    return Workers(start, count, many(count, "process"), abandon=abandon)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let processes that are started in the `with` block ignore SIGINT from the beginning."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin_worker() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the end of the parent process, then end this one."""
    parent = multiprocessing.parent_process()
    if parent:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _cluster(address: str) -> Iterator[Workers]:
    try:
        from distributed import Client
    except ImportError:
        raise BackendError(
            f"--scheduler {address} needs Dask: pip install 'qlangevin[cluster]', here and where "
            "the workers run"
        ) from None
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise BackendError(
            f"--scheduler {address} does not answer ({error}); is it running, at this address?"
        ) from None
    with client:
        yield _cluster_workers(client, address)


def _cluster_workers(client: Client, address: str) -> Workers:
    """Workers of a Dask cluster. Raises BackendError if it has none."""
    from distributed import KilledWorker
    from distributed.comm import CommClosedError

    def start() -> Executor:
        if client.status != "running":
            raise OSError(f"the scheduler at {address} is gone")
        return client.get_executor(pure=False)

    def alive() -> bool:
        try:
            return bool(client.ncores())
        except OSError:
            return False

    try:
        client.wait_for_workers(1, timeout=TIMEOUT)
    except TimeoutError:
        raise BackendError(
            f"--scheduler {address} has no workers; start some with: dask worker {address}"
        ) from None
    count = sum(client.ncores().values())
    return Workers(
        start,
        count,
        f"a cluster of {count}",
        lost=(*LOST, KilledWorker, CommClosedError),
        alive=alive,
        abandon=lambda executor: executor.shutdown(wait=False),
    )
