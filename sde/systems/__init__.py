"""The physical systems, one file each, found in this folder when the package is imported.

`SYSTEMS` lists their classes by the name of the file; each class is also a name of this package. A
file that raises is left out, with a SystemFileWarning.
"""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Mapping
from importlib import import_module

from ..system import System


class SystemFileWarning(UserWarning):
    """The file of a system cannot be imported; the other systems can be used."""


def find_systems() -> tuple[dict[str, type[System]], dict[str, str]]:
    """Import every file of this folder.

    Returns the systems, and the error of each file that raises, as text; both by file name.
    """
    systems: dict[str, type[System]] = {}
    broken: dict[str, str] = {}
    for module in pkgutil.iter_modules(__path__):
        try:
            items = vars(import_module(f"{__name__}.{module.name}")).values()
        except Exception as error:  # whatever a file raises, the other systems must stay usable
            broken[module.name] = f"{type(error).__name__}: {error}"
            continue
        for item in items:
            if isinstance(item, type) and issubclass(item, System) and item is not System:
                systems[module.name] = item
    return systems, broken


def warn_of_broken(broken: Mapping[str, str]) -> None:
    """Warn of each file that raises, at the line that imports this package."""
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
SYSTEMS, BROKEN = find_systems()
warn_of_broken(BROKEN)

CLASSES = {cls.__name__: cls for cls in SYSTEMS.values()}
globals().update(CLASSES)  # so that `from qlangevin.sde.systems import SpinningResonator` works

__all__ = ["SYSTEMS", *CLASSES]
