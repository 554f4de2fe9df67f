"""Independent tasks on threads: for compiled code that lets go of the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event


def on_threads(task: Callable[[int, Event], None], count: int, threads: int) -> None:
    """Call task(0, stop) … task(count − 1, stop); the first error, or an interrupt, sets `stop` and is raised.

    A long task looks at `stop` from time to time and returns when it is set.
    """
    stop = Event()
    if min(threads, count) == 1:
        for number in range(count):
            task(number, stop)
        return
    with ThreadPoolExecutor(threads) as pool:
        try:
            futures = [pool.submit(task, number, stop) for number in range(count)]
            for future in as_completed(futures):
                future.result()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
