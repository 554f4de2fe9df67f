"""Text of run files as TOML, with Greek and other letters allowed in keys without quotes."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from .errors import RunFileError, shown
from .names import normal_name

LINE = re.compile(r" \(at line (\d+), column \d+\)")
"""The position in an error of the TOML reader; errors at the end of the text have none."""
SKIPPED = (
    r'"""(?:\\.|[^\\])*?"""' + r"|'''.*?'''" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'|\#[^\n]*"
)
TOKEN = re.compile(rf"(?P<skipped>{SKIPPED})|(?P<word>[\w∆-]+)(?=[ \t]*[=.\]])", re.DOTALL)
"""Strings and comments, and words where a key may stand: before =, a dot or a bracket."""


def read_toml(name: str, text: str) -> dict[str, Any]:
    """The tables of a run file, their keys in one spelling. Raises RunFileError."""
    try:
        return _in_one_spelling(_loaded(text))
    except tomllib.TOMLDecodeError as error:
        line = LINE.search(str(error))
        there = text.split("\n")[int(line[1]) - 1] if line else text.rstrip().split("\n")[-1]
        message = str(error)
        if line and not there.isascii():
            message = message.replace(line[0], f" (at line {line[1]})")
        raise RunFileError(
            f"{name} is not TOML: {message}: {shown(there.strip())}; give each key once, and "
            "words in quotes"
        ) from None
    except RecursionError:
        raise RunFileError(f"{name} holds a nesting too long to read; shorten it") from None
    except RunFileError:
        raise
    except ValueError:
        raise RunFileError(
            f"{name} holds a number or a nesting too long to read; shorten it"
        ) from None


def with_quoted_keys(text: str) -> str:
    """The text with quotes around keys that TOML does not allow bare; the same lines."""

    def quoted(found: re.Match[str]) -> str:
        word = found["word"]
        return found[0] if word is None or word.isascii() else f'"{normal_name(word)}"'

    return TOKEN.sub(quoted, text)


def _loaded(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        if text.isascii():
            raise
        return tomllib.loads(with_quoted_keys(text))


def _in_one_spelling(value: Any) -> Any:
    """The tables with normal names as keys. Raises RunFileError where two are one."""
    if isinstance(value, list):
        return [_in_one_spelling(item) for item in value]
    if not isinstance(value, dict):
        return value
    spelled: dict[str, Any] = {}
    for key, item in value.items():
        if normal_name(key) in spelled:
            raise RunFileError(
                f"the key {shown(key)} stands twice in a table, in two spellings; give it once"
            )
        spelled[normal_name(key)] = _in_one_spelling(item)
    return spelled
