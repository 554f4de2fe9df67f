"""The physical systems, one file each; a new file here is found by itself, under its module's name."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from ..system import System


def _discover() -> dict[str, type[System]]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for item in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(item, type) and issubclass(item, System) and item is not System:
                found[module.name] = item
    return found


SYSTEMS: dict[str, type[System]] = _discover()
"""System classes by short name, as run files and the command line use it."""

globals().update({cls.__name__: cls for cls in SYSTEMS.values()})

__all__ = ["SYSTEMS", *(cls.__name__ for cls in SYSTEMS.values())]
