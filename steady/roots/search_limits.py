"""Limits of the search for all fixed points: CPU time, progress, and a signal to stop.

`limited_search` sets them for the searches of its `with` block; each thread has its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event
from time import thread_time

from ...sde.support.callbacks import Progress
from ...sde.support.checks import warn
from ...sde.support.work_estimates import WorkError

DEFAULT_LIMIT = 30.0
"""Predicted CPU time, in s, up to which all fixed points are searched for by default."""
OVERRUN = 3.0
"""Multiple of the limit, for each parameter point, at which a search is ended."""
MOST_ELEMENTS = 2**23
"""Largest number of elements of the Jacobians of all fixed points of a parameter point."""
FROM_STARTS = (
    "starts= gives the fixed points that the mean field reaches from given starts, near= those "
    "that Newton's method reaches from given points"
)
REMEDY = f"{FROM_STARTS}, and limit= allows more seconds"
"""Remedy in the errors of the search."""


class StoppedError(Exception):
    """A search was signalled to stop."""


class UnsolvedWarning(UserWarning):
    """Not everything that was requested could be found; the message gives place and cause."""


def warn_unsolved(message: str) -> None:
    """Issue an UnsolvedWarning at the line that called the package."""
    warn(message, UnsolvedWarning)


@dataclass(frozen=True)
class SearchLimits:
    """Limits of a search over `points` parameter points.

    `limit` is the CPU time allowed for each, s; `progress` is called with (done, all) paths; `stop`
    ends the search when set; `began` is the thread's CPU time at the start, s.
    """

    limit: float = DEFAULT_LIMIT
    points: int = 1
    progress: Progress | None = None
    stop: Event | None = None
    began: float = field(default_factory=thread_time)

    def require_time(self, seconds: float, paths: float) -> None:
        """Raise WorkError where the predicted CPU time, s, is above the limit."""
        if seconds > self.limit:
            raise WorkError(
                f"all fixed points take at least {seconds:.2g} s of CPU time to find "
                f"({paths:.2g} paths of roots), more than limit = {self.limit:g} s; {REMEDY}"
            )

    def report(self, done: int, total: int) -> None:
        """Report progress in paths, and `check`."""
        self.check()
        if self.progress is not None:
            self.progress(done, total)

    def check(self) -> None:
        """Raise StoppedError when signalled to stop, WorkError when the limit is far exceeded."""
        if self.stop is not None and self.stop.is_set():
            raise StoppedError
        spent = thread_time() - self.began
        if spent > OVERRUN * self.limit * self.points:
            raise WorkError(
                f"the search for all fixed points is given up after {spent:.3g} s of CPU time, far "
                f"above limit = {self.limit:g} s for each of {self.points} points, as paths were "
                f"lost and followed again; {REMEDY}"
            )


_UNLIMITED = SearchLimits(math.inf)
_current: ContextVar[SearchLimits] = ContextVar("search_limits", default=_UNLIMITED)


def current_limits() -> SearchLimits:
    """The limits of the enclosing `with` block; no limit outside of one."""
    return _current.get()


def require_few(roots: float, quadratures: int) -> None:
    """Raise WorkError where the Jacobians of the roots of one point exceed `MOST_ELEMENTS`."""
    if roots * quadratures**2 > MOST_ELEMENTS:
        raise WorkError(
            f"there are more than {roots:.0f} fixed points, as those of modes that do not act on "
            f"each other combine; {FROM_STARTS}"
        )


@contextmanager
def limited_search(limits: SearchLimits) -> Iterator[SearchLimits]:
    """Apply limits to the searches of the `with` block."""
    token = _current.set(limits)
    try:
        yield limits
    finally:
        _current.reset(token)
