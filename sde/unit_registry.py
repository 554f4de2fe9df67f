"""The registry of units in which parameters, run files and checks read units: pint's, changed."""

from __future__ import annotations

from functools import cache
from typing import Any

from .jit.cache import cache_folder, digest

COUNTED = ("count", "bit")
"""Dimensions of what becquerel and baud count, so that these units are no angular rates."""


@cache
def unit_registry() -> Any:
    """Pint's registry of units, changed so that events per second are no angular rate.

    Pint's cache holds absolute paths of its own files, so each installation needs its own folder.
    """
    import pint

    home = cache_folder()
    kept = home / "units" / digest(str(pint.__file__)) if home else None
    registry: Any = pint.UnitRegistry(cache_folder=kept, on_redefinition="ignore")
    for name in COUNTED:
        registry.define(f"{name} = [{name}]")
    # else units derived from these keep their old meaning where pint's own cache is new
    registry._build_cache()
    return registry
