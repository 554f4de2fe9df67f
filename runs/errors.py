"""The refusal of a run file, and how its sentence quotes values."""

from __future__ import annotations

from typing import Any

LONGEST = 200
"""Characters that a quantity may have, and that a message quotes."""


class RunFileError(ValueError):
    """A run file that cannot be run: one sentence naming the key, its value and what would do."""


def shown(value: Any) -> str:
    """A value as a message quotes it: as in the file, shortened where it is long."""
    try:
        text = f'"{value}"' if isinstance(value, str) else repr(value)
    except ValueError:
        return "a number of thousands of digits"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST + 2 else f"{text[:60]}…"
