"""Results of the checks of a system: one record per check, and the table of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from textwrap import wrap

import numpy as np

PASSED, FAILED, NOT_APPLICABLE = "passed", "FAILED", "not applicable"
MARGIN, NAME, WIDTH = 16, 22, 100
"""Columns of the verdict, of the name of a check, and of the whole table."""


@dataclass(frozen=True)
class SystemCheck:
    """One check of a system.

    Attributes
    ----------
    name : str
        What is checked.
    passed : bool or None
        The verdict; None where the check does not apply or cannot decide.
    measured, limit : float
        The number found, and the largest or smallest that passes; NaN for no number.
    unit : str
        Unit of both; "" for none.
    at_least : bool
        Whether `measured` must be at least `limit`, not at most.
    meaning : str
        What the number is.
    comment : str
        What to look at where the check failed; why it does not apply; else a remark or "".
    """

    name: str
    passed: bool | None
    measured: float = np.nan
    limit: float = np.nan
    unit: str = ""
    at_least: bool = False
    meaning: str = ""
    comment: str = ""

    @property
    def verdict(self) -> str:
        """The verdict as a word."""
        return NOT_APPLICABLE if self.passed is None else PASSED if self.passed else FAILED

    @property
    def number(self) -> str:
        """The number found with its limit, as text; "" for none."""
        if np.isnan(self.measured):
            return ""
        bound = f", {self._bound} {self.limit:.3g}" if self.limit else ""
        return " ".join(filter(None, [f"{self.meaning}: {self.measured:.3g}{bound}", self.unit]))

    def __str__(self) -> str:
        head = f"{self.verdict:<{MARGIN}}{self.name:<{NAME}}"
        if self.number:
            return "\n".join([head + self.number, *_indented(self.comment, MARGIN)])
        return (head + "\n".join(_indented(self.comment, MARGIN + NAME)).lstrip()).rstrip()

    @property
    def _bound(self) -> str:
        return "at least" if self.at_least else "at most"


@dataclass(frozen=True)
class SystemChecks:
    """The checks of a system, as `check_system` returns them; printed, a table.

    Attributes
    ----------
    title : str
        The system that was checked.
    checks : tuple of SystemCheck
        In the order in which they were made.
    """

    title: str
    checks: tuple[SystemCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that failed."""
        return tuple(check.name for check in self.checks if check.passed is False)

    def __getitem__(self, name: str) -> SystemCheck:
        for check in self.checks:
            if check.name == name:
                return check
        known = ", ".join(check.name for check in self.checks)
        raise KeyError(f"no check is called {name!r}; they are {known}")

    def __iter__(self) -> Iterator[SystemCheck]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def __str__(self) -> str:
        return "\n".join([f"Checks of {self.title}", *map(str, self.checks), "", self.summary])

    @property
    def summary(self) -> str:
        """How many checks passed, failed and do not apply."""
        counts = {
            word: sum(check.verdict == word for check in self.checks)
            for word in (PASSED, FAILED, NOT_APPLICABLE)
        }
        return ", ".join(f"{count} {word}" for word, count in counts.items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(check.verdict)}</td><td>{escape(check.name)}</td>"
            f"<td>{escape(check.number)}</td><td>{escape(check.comment)}</td></tr>"
            for check in self.checks
        )
        return (
            f"<table><caption>Checks of {escape(self.title)}: {escape(self.summary)}</caption>"
            "<tr><th>verdict</th><th>check</th><th>number</th><th>comment</th></tr>"
            f"{rows}</table>"
        )


def judged(
    measured: float,
    limit: float,
    meaning: str,
    look_at: str,
    *,
    unit: str = "",
    at_least: bool = False,
    remark: str = "",
) -> SystemCheck:
    """A check, still without its name, that passes where the number keeps the limit; NaN fails.

    The comment is `look_at` where it fails, else `remark`.
    """
    passed = bool(measured >= limit if at_least else measured <= limit)
    comment = remark if passed else look_at
    return SystemCheck("", passed, float(measured), float(limit), unit, at_least, meaning, comment)


def not_applicable(reason: str) -> SystemCheck:
    """A check, still without its name, that does not apply to a system, or cannot decide."""
    return SystemCheck("", None, comment=reason)


def failed(look_at: str) -> SystemCheck:
    """A check, still without its name, that failed without a number."""
    return SystemCheck("", False, comment=look_at)


def _indented(text: str, margin: int) -> list[str]:
    """The lines of a text below each other, behind a margin."""
    return [" " * margin + piece for piece in wrap(text, WIDTH - margin)]
