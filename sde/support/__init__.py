"""Checks of arguments, errors, threads, files, memory: used by every part of the program."""

from .errors import NoResultError, RefusedError

__all__ = [
    "NoResultError",
    "RefusedError",
]
