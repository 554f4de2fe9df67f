"""Base classes of the errors of qlangevin: a request is refused, or its work failed."""

from __future__ import annotations


class RefusedError(ValueError):
    """A request is refused before any work; the message names parameter, value and remedy.

    The command line exits with code 2.
    """


class NoResultError(Exception):
    """Work began and ended without a result, as on a full disk or where a trajectory diverges.

    The command line exits with code 3.
    """
