"""Independent tasks on threads, for compiled code that releases the interpreter lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from threading import Event
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def on_threads(task: Callable[[int, Event], None], count: int, threads: int) -> None:
    """Call task(0, stop), ..., task(count − 1, stop) on a number of threads.

    The first error, or an interrupt, sets `stop` and is raised. A long task should check `stop` now
    and then, and return when it is set.
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


def in_order(
    task: Callable[[Part, Event], Result], parts: Iterable[Part], threads: int
) -> Iterator[Result]:
    """Yield task(part, stop) of every part, in their order, computed on a number of threads.

    Only a few results wait at a time, so memory does not grow with the number of parts. An error,
    or leaving the loop early, sets `stop`; a long task should check it now and then, and return.
    """
    stop = Event()
    waiting = deque[Future[Result]]()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for part in parts:
                waiting.append(pool.submit(task, part, stop))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
