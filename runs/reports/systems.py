"""The list of systems: shipped ones, installed ones, and one in a user's own file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ...sde.system import System
from ...sde.systems import SYSTEMS
from ..run_files.errors import RunFileError
from ..run_files.sources import shipped_runs
from ..run_files.system_sources import find_system, installed_systems, warn_of_clashes
from ..run_files.systems import build_model, published_system, published_values
from .parameters import parameter_value

STARTING_VALUES = (
    "Run files, steady and published() start from these values, the published noise included; "
    'noise = "consistent" is a change like any other (--set noise=consistent).'
)
NO_VALUE = "to be given"
"""Shown for a parameter that has no published value."""


def describe_systems() -> str:
    """All systems with their parameters, units and published values, and the shipped runs.

    An installed system that cannot be imported is listed with the reason.
    """
    warn_of_clashes(SYSTEMS)
    blocks = [_describe(name, system) for name, system in SYSTEMS.items()]
    blocks += map(_describe_installed, sorted(installed_systems()))
    shipped = f"Shipped runs: {', '.join(sorted(shipped_runs()))}"
    return "\n\n".join([*blocks, STARTING_VALUES, shipped])


def describe_one_system(reference: str) -> str:
    """A system with its parameters, units and published values. Raises RunFileError."""
    found = find_system(reference, Path())
    return _describe(found.source.name, found.system)


def _describe_installed(name: str) -> str:
    try:
        return _describe(name, find_system(name, None).system)
    except RunFileError as error:
        return f"{name}: left out, {error}"


def _describe(name: str, kind: type[System]) -> str:
    values = published_values(kind)
    fields = dataclasses.fields(kind)
    about = [f"{name}: {kind.__name__}" + (f" ({kind.REFERENCE})" if kind.REFERENCE else "")]
    if all(field.name in values for field in fields):
        about.append(f"modes {', '.join(build_model(published_system(kind, {})).modes)}")
    lines = [", ".join(about)]
    for field in fields:
        known = field.name in values
        value = parameter_value(values[field.name], field) if known else NO_VALUE
        lines.append(
            f"  {field.name:<22}{field.metadata['symbol']:<7}{value:<18} "
            f"{field.metadata['meaning']}"
        )
    return "\n".join(lines)
