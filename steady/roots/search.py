"""How much work the search for all fixed points may take, what it tells of its progress, and what
ends it.

`conducting` sets this for the searches of its `with` block; each thread has its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event
from time import thread_time

from ...sde.support.checks import warn
from ...sde.support.work_estimates import WorkError

LIMIT = 30.0
"""Predicted CPU time, in s, up to which all fixed points are searched for unless told otherwise."""
OVERRUN = 3.0
"""Times the limit, for each parameter point, after which a search that takes longer than predicted
is given up.
"""
REMEDY = (
    "starts= gives the fixed points that the mean field reaches from given starts, near= those that Newton's method "
    "reaches from given points, and limit= allows more seconds"
)


class StoppedError(Exception):
    """A search was told to stop."""


class UnsolvedWarning(UserWarning):
    """Not everything that was asked for could be found; the message says where, and why."""


def warn_unsolved(message: str) -> None:
    """Warn, with UnsolvedWarning, at the line that called the package."""
    warn(message, UnsolvedWarning)


@dataclass(frozen=True)
class Search:
    """Seconds of CPU time allowed, for how many points, what is called with (done, all) paths, and
    what ends it.
    """

    limit: float = LIMIT
    points: int = 1
    progress: Callable[[int, int], None] | None = None
    stop: Event | None = None
    began: float = field(default_factory=thread_time)

    def require(self, seconds: float, paths: float) -> None:
        """Raise WorkError where the predicted work is above the limit."""
        if seconds > self.limit:
            raise WorkError(
                f"all fixed points take at least {seconds:.2g} s of CPU time to find ({paths:.2g} paths of roots), "
                f"more than limit = {self.limit:g} s; {REMEDY}"
            )

    def tell(self, done: int, total: int) -> None:
        """Tell the progress, and `check`."""
        self.check()
        if self.progress is not None:
            self.progress(done, total)

    def check(self) -> None:
        """Raise StoppedError when told to stop, WorkError when the limit is long past."""
        if self.stop is not None and self.stop.is_set():
            raise StoppedError
        spent = thread_time() - self.began
        if spent > OVERRUN * self.limit * self.points:
            raise WorkError(
                f"the search for all fixed points is given up after {spent:.3g} s of CPU time, far above "
                f"limit = {self.limit:g} s for each of {self.points} points, as paths were lost and followed again; "
                f"{REMEDY}"
            )


_UNLIMITED = Search(math.inf)
_current: ContextVar[Search] = ContextVar("search", default=_UNLIMITED)


def current() -> Search:
    """The search of the `with` block around; without limit where there is none."""
    return _current.get()


@contextmanager
def conducting(search: Search) -> Iterator[Search]:
    """Conduct the searches of the `with` block in this way."""
    token = _current.set(search)
    try:
        yield search
    finally:
        _current.reset(token)
