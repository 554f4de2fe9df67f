"""How long work takes, foreseen from a part of it; what nobody would wait for is refused with the
number.
"""

from __future__ import annotations

from time import monotonic

import numpy as np

from .errors import RefusedError

HOUR = 3600.0
MOST_CORE_HOURS = 1e4
"""Core-hours of stepping above which a run is refused."""
PATIENCE = 2.0
"""Seconds of work by which the whole of it is judged."""


class WorkError(RefusedError):
    """What is asked for takes longer than a stated limit; the message gives both and a remedy."""


class Outlook:
    """Judges work of one core by its pace since the first look: refused if the rest takes more than
    so many hours.
    """

    def __init__(self, what: str, hours: float, remedy: str) -> None:
        self.what, self.hours, self.remedy = what, hours, remedy
        self.began, self.before = np.nan, 0.0

    def judge(self, share: float) -> None:
        """Look ahead when this share of the work is done. Raises WorkError."""
        now = monotonic()
        if np.isnan(self.began):
            self.began, self.before = now, share
        elapsed, done = now - self.began, share - self.before
        if elapsed > PATIENCE and elapsed * (1 - share) > self.hours * HOUR * done:
            left = f"about {in_words(elapsed * (1 - share) / done)}" if done > 0 else "for ever"
            raise WorkError(
                f"{self.what} would take {left}, more than {self.hours:g} hours; {self.remedy}"
            )


def require_core_hours(seconds: float, what: str, remedy: str) -> None:
    """Refuse stepping of more than `MOST_CORE_HOURS`, given in seconds of one core. Raises
    WorkError.
    """
    if seconds > MOST_CORE_HOURS * HOUR:
        hours = f"about {seconds / HOUR:.2g} core-hours, more than {MOST_CORE_HOURS:g}"
        raise WorkError(f"{what} would take {hours}; {remedy}")


def in_words(seconds: float) -> str:
    """A long time to two digits: 12 s, 3.5 min, 28 h, 140 days, 32000 years."""
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
