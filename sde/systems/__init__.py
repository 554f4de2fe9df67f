"""The physical systems, one file each; a new file here is found by itself, under its module's name."""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Mapping
from importlib import import_module

from ..system import System


class SystemFileWarning(UserWarning):
    """The file of a system cannot be imported; the other systems are there."""


def _discover() -> tuple[dict[str, type[System]], dict[str, str]]:
    found, broken = {}, {}
    for module in pkgutil.iter_modules(__path__):
        try:
            items = vars(import_module(f"{__name__}.{module.name}")).values()
        except Exception as error:  # whatever a system's file raises: the others must stay usable
            broken[module.name] = f"{type(error).__name__}: {error}"
            continue
        for item in items:
            if isinstance(item, type) and issubclass(item, System) and item is not System:
                found[module.name] = item
    return found, broken


def _warn_of(broken: Mapping[str, str]) -> None:
    for name, reason in broken.items():
        warnings.warn(
            f"system {name!r} is left out: {name}.py raises {reason}",
            SystemFileWarning,
            stacklevel=3,
        )


SYSTEMS: dict[str, type[System]]
"""System classes by short name, as run files and the command line use it."""
BROKEN: dict[str, str]
"""Why the file of a system cannot be imported, by its name."""
SYSTEMS, BROKEN = _discover()
_warn_of(BROKEN)

globals().update({cls.__name__: cls for cls in SYSTEMS.values()})

__all__ = ["SYSTEMS", *(cls.__name__ for cls in SYSTEMS.values())]
