"""Progress with rate and remaining time: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from .jit.cache import announcing
from .support.callbacks import Progress

if TYPE_CHECKING:
    from rich.console import Console

INTERVAL = 10.0
"""Seconds between the lines of a log."""


@contextmanager
def showing(wanted: Progress | bool | None, what: str) -> Iterator[Progress | None]:
    """The function that reports progress within a `with` block, from the argument `progress`.

    True gives a bar on the error stream, with a message when kernels are compiled; `what` names
    what is counted. Raises ValueError for anything but a function, True, False or None.
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
        raise ValueError(f"progress must be True, or a function of (done, total) (got {wanted!r})")


@contextmanager
def progress(console: Console, what: str) -> Iterator[Progress]:
    """A function that shows progress on a console within a `with` block; then prints a summary."""
    count = _Count(what)
    try:
        with _bar(console, count) if console.is_terminal else _log(console, count) as show:
            yield show
    finally:
        if count.moved:
            console.print(count.summary(), markup=False)


class _Count:
    """Number done, total number, and the time since the first report.

    What was done before the first report is left out of the rate.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self.began = self.now = time.monotonic()
        self.before: int | None = None
        self.done = 0
        self.total = 0

    def update(self, done: int, total: int) -> None:
        """Record a report."""
        self.now = time.monotonic()
        if self.before is None:
            self.before = done
            self.began = self.now
        self.done = done
        self.total = total

    @property
    def moved(self) -> bool:
        """Whether anything was done since the first report."""
        return self.before is not None and self.done > self.before

    @property
    def rate(self) -> float:
        """Number done per second; 0 at the first report."""
        elapsed = self.now - self.began
        return (self.done - (self.before or 0)) / elapsed if elapsed > 0 else 0.0

    def rate_and_time_left(self) -> str:
        """Rate and remaining time as text; "" while the rate is 0."""
        if not self.rate:
            return ""
        left = (self.total - self.done) / self.rate
        return f"{self.rate:,.3g}/s, {_duration(left)} left" if left else f"{self.rate:,.3g}/s"

    def line(self) -> str:
        """A line of a log."""
        share = f" ({self.done / self.total:.0%})" if self.total else ""
        return f"{self.what}: {self.done} of {self.total}{share}, {self.rate_and_time_left()}"

    def summary(self) -> str:
        """The summary at the end."""
        kept = f", {self.before} of them before" if self.before else ""
        return (
            f"{self.what}: {self.done} of {self.total}{kept}, in {_duration(self.now - self.began)}"
        )


@contextmanager
def _bar(console: Console, count: _Count) -> Iterator[Progress]:
    """A bar that appears with the first report."""
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("{task.fields[rate]}"),
    )
    bar = bars.Progress(*columns, console=console, transient=True)
    task = bar.add_task(count.what, total=None, rate="")
    with ExitStack() as shown:

        def show(done: int, total: int) -> None:
            if not bar.live.is_started:
                shown.enter_context(bar)
            count.update(done, total)
            bar.update(task, completed=done, total=total, rate=count.rate_and_time_left())

        yield show


@contextmanager
def _log(console: Console, count: _Count) -> Iterator[Progress]:
    """Lines, at most one every `INTERVAL`."""
    printed = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal printed
        count.update(done, total)
        if count.now - printed >= INTERVAL and count.moved:
            printed = count.now
            console.print(count.line(), markup=False)

    yield show


def _duration(seconds: float) -> str:
    """A time in hours, minutes and seconds; below ten seconds with a decimal."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
