"""Progress that a person believes: a bar with rate and remaining time on a terminal, plain lines in
a log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from .jit.cache import announcing

if TYPE_CHECKING:
    from rich.console import Console

INTERVAL = 10.0
"""Seconds between the lines of a log."""

Show = Callable[[int, int], None]


@contextmanager
def showing(wanted: Show | bool | None, what: str) -> Iterator[Show | None]:
    """What a caller asked to be shown, for a `with` block: True is a bar on the error stream, and
    word of compiling.

    Raises ValueError for what is neither a function of two numbers nor True, False or None.
    """
    if wanted is None or wanted is False:
        yield None
    elif wanted is True:
        from rich.console import Console

        console = Console(stderr=True, highlight=False, soft_wrap=True)
        with (
            announcing(lambda text: console.print(text, markup=False)),
            progress(console, what) as show,
        ):
            yield show
    elif callable(wanted):
        yield wanted
    else:
        raise ValueError(
            "progress must be True, or a function of what is done and how much there is (got "
            f"{wanted!r})"
        )


@contextmanager
def progress(console: Console, what: str) -> Iterator[Show]:
    """A function of what is done and how much there is, for a `with` block; it ends with a line on
    what was done.
    """
    meter = _Meter(what)
    try:
        with _bar(console, meter) if console.is_terminal else _log(console, meter) as show:
            yield show
    finally:
        if meter.moved:
            console.print(meter.summary(), markup=False)


class _Meter:
    """What is done of how much since when; what was done before does not count for the rate."""

    def __init__(self, what: str) -> None:
        self.what, self.total = what, 0
        self.began = self.now = time.monotonic()
        self.before: int | None = None
        self.done = 0

    def read(self, done: int, total: int) -> None:
        self.now = time.monotonic()
        if self.before is None:
            self.before, self.began = done, self.now
        self.done, self.total = done, total

    @property
    def moved(self) -> bool:
        return self.before is not None and self.done > self.before

    @property
    def rate(self) -> float:
        """Per second; 0 before anything is known."""
        elapsed = self.now - self.began
        return (self.done - (self.before or 0)) / elapsed if elapsed > 0 else 0.0

    def outlook(self) -> str:
        """Rate and remaining time."""
        if not self.rate:
            return ""
        left = (self.total - self.done) / self.rate
        return f"{self.rate:,.3g}/s, {_duration(left)} left" if left else f"{self.rate:,.3g}/s"

    def line(self) -> str:
        """A line of a log."""
        share = f" ({self.done / self.total:.0%})" if self.total else ""
        return f"{self.what}: {self.done} of {self.total}{share}, {self.outlook()}"

    def summary(self) -> str:
        """The last line."""
        kept = f", {self.before} of them before" if self.before else ""
        return (
            f"{self.what}: {self.done} of {self.total}{kept}, in {_duration(self.now - self.began)}"
        )


@contextmanager
def _bar(console: Console, meter: _Meter) -> Iterator[Show]:
    """It appears when it is first told of anything."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[outlook]}"),
    )
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(meter.what, total=None, outlook="")
    with ExitStack() as shown:

        def show(done: int, total: int) -> None:
            if not bar.live.is_started:
                shown.enter_context(bar)
            meter.read(done, total)
            bar.update(task, completed=done, total=total, outlook=meter.outlook())

        yield show


@contextmanager
def _log(console: Console, meter: _Meter) -> Iterator[Show]:
    told = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal told
        meter.read(done, total)
        if meter.now - told >= INTERVAL and meter.moved:
            told = meter.now
            console.print(meter.line(), markup=False)

    yield show


def _duration(seconds: float) -> str:
    """Hours, minutes and seconds, as many as there are; tenths of the first ten seconds."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
