"""Dimensions of what expressions give, and the SI units that stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ....sde.support.checks import nearest
from ..errors import RunFileError, shown
from ..quantity_text import HERTZ
from ..units import dimension_of, si_value, to_si

Dimension = Any
"""A pint UnitsContainer of base dimensions, with products and powers."""
UNITS = ("rad/s", "s", "m", "kg", "K", "W", "J", "N", "V", "A", "C", "Pa", "T", "rad/s/m")
"""SI units that stand for their dimensions."""
KEYS = ("value", "unit", "meaning", "sign", "symbol")
"""Keys of a parameter that is given as a table."""


@cache
def dimension(unit: str) -> Dimension:
    """The dimension of an SI unit; that of numbers for ""."""
    return dimension_of(unit)


@cache
def _units() -> dict[Dimension, str]:
    return {dimension(unit): unit for unit in UNITS}


def is_number(given: Dimension) -> bool:
    """Whether a dimension is that of numbers."""
    return bool(given == dimension(""))


def unit_of(given: Dimension) -> str:
    """The SI unit of a dimension, such as "rad/s" or "kg*m**2", as pint reads it."""
    if is_number(given):
        return ""
    if given in _units():
        return _units()[given]
    base = {"[length]": "m", "[mass]": "kg", "[time]": "s", "[temperature]": "K"}
    base |= {"[current]": "A", "[substance]": "mol", "[luminosity]": "cd"}
    parts = [(base.get(name, name.strip("[]")), float(power)) for name, power in given.items()]
    above = [_powered(name, power) for name, power in sorted(parts) if power > 0]
    below = [_powered(name, -power) for name, power in sorted(parts) if power < 0]
    return "/".join(["*".join(above) or "1", *below])


def in_words(given: Dimension) -> str:
    """The unit of a dimension as a message names it; not that of numbers."""
    return "√(rad/s)" if given == dimension("rad/s") ** 0.5 else unit_of(given)


def has_unit(given: Dimension) -> str:
    """A predicate for a message: "is in rad/s", or "has no unit"."""
    return "has no unit" if is_number(given) else f"is in {in_words(given)}"


def read_parameter(key: str, given: Any) -> tuple[float, dict[str, str]]:
    """The value of a parameter in SI, and its unit, meaning, sign and symbol as far as given.

    A number has no unit; a text gets the SI unit of its dimension. Raises RunFileError.
    """
    if not isinstance(given, Mapping):
        value, unit = si_value(key, given, unit_of)
        return value, {"unit": unit}
    for word in given:
        if word not in KEYS:
            raise RunFileError(f"{key}.{word} is an unknown key: {nearest(word, KEYS)}")
    if "value" not in given:
        raise RunFileError(f"{key}.value is missing; the parameter needs it")
    told = {word: text for word, text in given.items() if word != "value"}
    for word, text in told.items():
        if not isinstance(text, str):
            raise RunFileError(f"{key}.{word} = {shown(text)} must be text in quotes")
    if "unit" not in told:
        value, unit = si_value(key, given["value"], unit_of)
        return value, told | {"unit": unit}
    unit = _checked_unit(key, told["unit"])
    return to_si(key, given["value"], unit, {}), told | {"unit": unit}


def _checked_unit(key: str, unit: str) -> str:
    """The unit, which must be one of SI without prefix: a number then means itself."""
    try:
        if not unit or (not HERTZ.search(unit) and si_value(key, f"1 {unit}", unit_of)[0] == 1.0):
            return "rad/s" if dimension(unit) == dimension("rad/s") else unit
    except RunFileError:
        pass
    raise RunFileError(
        f'{key}.unit = {shown(unit)} must be an SI unit without prefix, such as "rad/s", "W" or '
        '"K"; rates are in rad/s'
    )


def _powered(name: str, power: float) -> str:
    return name if power == 1 else f"{name}**{power:g}"
