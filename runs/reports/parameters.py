"""Lines of a report on systems and their parameters."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...sde.system import System
from ..run_files.system_sources import SystemSource


def describe_parameters(system: System, source: SystemSource | None = None) -> list[str]:
    """A system, its source if this is a file, and its parameters.

    The published value is given where it differs.
    """
    lines = [", ".join(filter(None, [type(system).__name__, system.REFERENCE]))]
    if source is not None and source.sha256:
        lines.append(f"  from {source.reference}, SHA-256 {source.sha256[:12]}…")
    for field in dataclasses.fields(system):
        value = getattr(system, field.name)
        published = system.PUBLISHED.get(field.name, value)
        shown = parameter_value(value, field)
        if not _equal(value, published):
            shown += f"   (published: {parameter_value(published, field, with_unit=False)})"
        lines.append(f"  {field.name:<22}{field.metadata['symbol']:<7}{shown}")
    return lines


def parameter_value(value: Any, field: dataclasses.Field[Any], *, with_unit: bool = True) -> str:
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
