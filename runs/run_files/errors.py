"""The error for run files, and how its message quotes keys and values."""

from __future__ import annotations

import json
import re
from typing import Any

from ...sde.support.errors import RefusedError

BARE = re.compile(r"[\w.-]{1,60}")
"""Keys that a message names without quotes."""
LONGEST = 200
"""Largest number of characters of a quantity, and of a value in a message."""


class RunFileError(RefusedError):
    """A run file is refused: one sentence with the key, its value and the remedy."""


def shown(value: Any) -> str:
    """A value as a message quotes it: as in the file, shortened where it is long."""
    try:
        quoted = isinstance(value, (bool, str, list, dict))
        text = json.dumps(value, ensure_ascii=False, default=str) if quoted else str(value)
    except ValueError:
        return "a number of thousands of digits"
    except RecursionError:
        return "a nesting of thousands of levels"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST + 2 else f"{text[:60]}…"


def named(key: str) -> str:
    """A key as a message names it: quoted where the file must quote it."""
    return key if BARE.fullmatch(key) else shown(key)
