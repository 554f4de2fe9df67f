"""Lines of a report on systems and their parameters, and the list of systems."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from ...sde.system import System
from ...sde.systems import SYSTEMS
from ..run_files.errors import RunFileError
from ..run_files.sources import shipped_runs
from ..run_files.system_sources import (
    SystemSource,
    find_system,
    installed_systems,
    warn_of_clashes,
)
from ..run_files.systems import build_model, published_system, published_values

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
    except Exception as error:  # whatever an installed system raises, the others are listed
        return f"{name}: left out, {type(error).__name__}: {error}"


def _describe(name: str, kind: type[System]) -> str:
    values = published_values(kind)
    fields = dataclasses.fields(kind)
    about = [f"{name}: {kind.__name__}" + (f" ({kind.REFERENCE})" if kind.REFERENCE else "")]
    if all(field.name in values for field in fields):
        about.append(f"modes {', '.join(build_model(published_system(kind, {})).modes)}")
    lines = [", ".join(about)]
    for field in fields:
        known = field.name in values
        value = _parameter_value(values[field.name], field) if known else NO_VALUE
        lines.append(
            f"  {field.name:<22}{field.metadata['symbol']:<7}{value:<18} "
            f"{field.metadata['meaning']}"
        )
    return "\n".join(lines)


def describe_parameters(system: System, source: SystemSource | None = None) -> list[str]:
    """A system, its source if this is a file, and its parameters.

    The published value, or the default, is given where it differs.
    """
    lines = [", ".join(filter(None, [type(system).__name__, system.REFERENCE]))]
    if source is not None and source.sha256 and source.kind != "tables":
        lines.append(f"  from {source.reference}, SHA-256 {source.sha256[:12]}…")
    for field in dataclasses.fields(system):
        value = getattr(system, field.name)
        default = value if field.default is dataclasses.MISSING else field.default
        usual = system.PUBLISHED.get(field.name, default)
        shown = _parameter_value(value, field)
        if not _equal(value, usual):
            word = "published" if field.name in system.PUBLISHED else "default"
            shown += f"   ({word}: {_parameter_value(usual, field, with_unit=False)})"
        lines.append(f"  {field.name:<22}{field.metadata['symbol']:<7}{shown}")
    return lines


def _parameter_value(value: Any, field: dataclasses.Field[Any], *, with_unit: bool = True) -> str:
    """A parameter as text: a number with its unit, a word, or a list of pairs."""
    unit = field.metadata["unit"] if with_unit else ""
    if isinstance(value, str):
        return value
    if np.ndim(value) and not isinstance(value, tuple):
        return f"values of shape {np.shape(value)}"
    if isinstance(value, tuple):
        other = field.metadata["paired_with"]
        return ", ".join(f"{rate:.6g} {unit} at {angle:.4g} {other}" for rate, angle in value)
    return f"{float(value):.6g} {unit}".rstrip()


def _equal(value: Any, published: Any) -> bool:
    if isinstance(value, (str, tuple)) or isinstance(published, (str, tuple)):
        return bool(value == published)
    return bool(np.isclose(value, published, rtol=1e-12, atol=0))
