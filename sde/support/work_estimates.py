"""Estimates of how long work takes; work that would take far too long is refused."""

from __future__ import annotations

from time import monotonic

import numpy as np

from .errors import RefusedError

HOUR = 3600.0
MOST_CORE_HOURS = 1e4
"""Core-hours of stepping above which a run is refused."""
MEASURED = 2.0
"""Seconds of work after which the total time is estimated."""


class WorkError(RefusedError):
    """The work would take longer than a limit; the message gives both times and a remedy."""


class TimeLimit:
    """Refuses work on one core whose remaining time, at its speed so far, exceeds a limit in hours.

    The speed is measured from the first check on, so that it does not include compilation.
    """

    def __init__(self, what: str, hours: float, remedy: str) -> None:
        self.what, self.hours, self.remedy = what, hours, remedy
        self.began, self.done_before = np.nan, 0.0

    def check(self, done: float) -> None:
        """Estimate the remaining time when this fraction of the work is done. Raises WorkError."""
        now = monotonic()
        if np.isnan(self.began):
            self.began, self.done_before = now, done
        elapsed = now - self.began
        progress = done - self.done_before
        if elapsed > MEASURED and elapsed * (1 - done) > self.hours * HOUR * progress:
            rest = elapsed * (1 - done)
            left = f"about {in_words(rest / progress)}" if progress > 0 else "an unlimited time"
            raise WorkError(
                f"{self.what} would take {left}, more than {self.hours:g} hours; {self.remedy}"
            )


def require_core_hours(seconds: float, what: str, remedy: str) -> None:
    """Raise WorkError if stepping takes more than `MOST_CORE_HOURS`, given in core-seconds."""
    if seconds > MOST_CORE_HOURS * HOUR:
        hours = f"about {seconds / HOUR:.2g} core-hours, more than {MOST_CORE_HOURS:g}"
        raise WorkError(f"{what} would take {hours}; {remedy}")


def in_words(seconds: float) -> str:
    """A time to two digits in a readable unit: 12 s, 3.5 min, 28 h, 140 days, 32000 years."""
    for unit, size, most in (
        ("s", 1.0, 100.0),
        ("min", 60.0, 100.0),
        ("h", HOUR, 100.0),
        ("days", 24 * HOUR, 1000.0),
    ):
        if seconds < most * size:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds / (365 * 24 * HOUR))} years"


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}"
