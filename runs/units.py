"""Physical quantities as a person writes them, turned into SI numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..sde.cache import folder

LONGEST = 200
"""Characters that a quantity may have."""
EXAMPLES = {
    "rad/s": '"2π × 5 MHz" or "3.14e7 rad/s"',
    "s": '"1.5 µs"',
    "W": '"20 mW"',
    "K": '"130 mK"',
    "kg": '"10 ng"',
    "m": '"1.1 mm"',
}
SPELLINGS = {"×": "*", "·": "*", "−": "-", "π": "pi", "μ": "µ", "2pi": "2*pi"}


class RunFileError(ValueError):
    """A run file that cannot be run: one sentence naming the key, its value and what would do."""


def to_si(key: str, value: Any, unit: str, names: Mapping[str, tuple[float, str]]) -> float:
    """The number, in SI `unit`, that a run file's value means.

    A bare number is in SI already. A string is an expression with units, in which `names` (value and SI unit of other
    quantities) may be used. Hertz are angular only with an explicit 2π. Raises RunFileError.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise RunFileError(f"{key} = {value!r} must be a number or a quantity such as {_example(unit)}")
    number = _evaluate(key, value, unit, names) if isinstance(value, str) else float(value)
    if not math.isfinite(number):
        raise RunFileError(f"{key} = {value!r} must be finite, such as {_example(unit)}")
    return number


def names_in(value: Any, names: Mapping[str, Any]) -> set[str]:
    """The names that an expression refers to."""
    return set(re.findall(r"[A-Za-z_]\w*", value)) & set(names) if isinstance(value, str) else set()


def _evaluate(key: str, text: str, unit: str, names: Mapping[str, tuple[float, str]]) -> float:
    if len(text) > LONGEST:
        raise RunFileError(f"{key} is {len(text)} characters long; a quantity such as {_example(unit)} is meant")
    spelled = text
    for written, plain in SPELLINGS.items():
        spelled = spelled.replace(written, plain)
    if unit == "rad/s" and re.search(r"hertz|hz\b", spelled, re.IGNORECASE) and not re.search(r"2\s*\*?\s*pi", spelled):
        raise RunFileError(f'{key} = "{text}" is a frequency; an angular rate is meant: write {_example(unit)}')
    registry = _registry()
    known = {name: registry.Quantity(number, si) for name, (number, si) in names.items()}
    try:
        quantity = registry.Quantity(registry.parse_expression(spelled, **known))
        return float(quantity.to(registry.parse_units(unit) if unit else "dimensionless").magnitude)
    except _dimensionality_error():
        wanted = f"in {unit}" if unit else "without unit"
        raise RunFileError(f'{key} = "{text}" has the wrong unit: {wanted}, such as {_example(unit)}') from None
    except Exception:
        raise RunFileError(f'{key} = "{text}" cannot be read as a quantity such as {_example(unit)}') from None


def _example(unit: str) -> str:
    return EXAMPLES.get(unit, f'"1.5 {unit}"' if unit else "1.48")


def _dimensionality_error() -> type[Exception]:
    import pint

    return pint.DimensionalityError


@cache
def _registry() -> Any:
    import pint

    home = folder()
    return pint.UnitRegistry(cache_folder=home / "units" if home else None)
