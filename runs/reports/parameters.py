"""Lines of a report on systems and their parameters."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...sde.system import System
from ...sde.systems import SYSTEMS
from ..run_files.sources import shipped_runs

STARTING_VALUES = (
    "Run files, steady and published() start from these values, the published noise included; "
    'noise = "consistent" is a change like any other (--set noise=consistent).'
)


def describe_systems() -> str:
    """All systems with their parameters, units and published values, and the shipped runs."""
    blocks = []
    for name, system in SYSTEMS.items():
        published = system.published()
        lines = [
            f"{name}: {system.__name__} ({system.REFERENCE}), modes "
            f"{', '.join(published.model().modes)}"
        ]
        for field in dataclasses.fields(system):
            value = _parameter_value(getattr(published, field.name), field)
            lines.append(
                f"  {field.name:<22}{field.metadata['symbol']:<7}{value:<18} "
                f"{field.metadata['meaning']}"
            )
        blocks.append("\n".join(lines))
    shipped = f"Shipped runs: {', '.join(sorted(shipped_runs()))}"
    return "\n\n".join([*blocks, STARTING_VALUES, shipped])


def describe_parameters(system: System) -> list[str]:
    """A system and its parameters, with the published value or the default where it differs."""
    lines = [", ".join(filter(None, [type(system).__name__, system.REFERENCE]))]
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
    if isinstance(value, tuple):
        other = field.metadata["paired_with"]
        return ", ".join(f"{rate:.6g} {unit} at {angle:.4g} {other}" for rate, angle in value)
    return f"{float(value):.6g} {unit}".rstrip()


def _equal(value: Any, published: Any) -> bool:
    if isinstance(value, (str, tuple)) or isinstance(published, (str, tuple)):
        return bool(value == published)
    return bool(np.isclose(value, published, rtol=1e-12, atol=0))
