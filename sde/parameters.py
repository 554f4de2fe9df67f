"""Declarations in a system: parameters, choices, and derived quantities with units."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np

from .support.checks import nearest, numbers, require_one_of, shown

Sign = Literal["any", "nonnegative", "positive", "fraction", "whole"]


def parameter(
    symbol: str,
    unit: str,
    meaning: str,
    *,
    default: Any = dataclasses.MISSING,
    sign: Sign = "any",
    paired_with: str | None = None,
) -> Any:
    """Declare a physical parameter of a system, as a field of its dataclass.

    Parameters
    ----------
    symbol : str
        Its symbol in the equations, such as "κ".
    unit : str
        Its SI unit, such as "rad/s"; "" for none.
    meaning : str
        Its meaning in a few words.
    default : float, optional
        Its value where none is given, in the unit above; PUBLISHED goes before it in
        `System.published`. Without it the parameter must be given. One with a default is passed by
        name, so that others without may follow.
    sign : {"any", "nonnegative", "positive", "fraction", "whole"}
        Which values are allowed: "fraction" is 0 … 1, "whole" a positive whole number.
    paired_with : str, optional
        For a parameter that may also be a sequence of pairs ((value, second number), …): the unit
        of the second number.

    Returns
    -------
    dataclasses.Field
        With the declaration as its metadata.

    Raises
    ------
    ValueError
        For an unknown sign, and a default that is no number.

    Examples
    --------
    >>> import qlangevin as ql
    >>> field = ql.parameter("κ", "rad/s", "amplitude decay rate", sign="positive")
    >>> field.metadata["unit"]
    'rad/s'
    >>> ql.parameter("T", "K", "temperature of the bath", default=0.02).default
    0.02
    """
    require_one_of(f"sign of the parameter {symbol}", sign, get_args(Sign))
    metadata = {"symbol": symbol, "unit": unit, "meaning": meaning, "sign": sign}
    if paired_with:
        metadata["paired_with"] = paired_with
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    _check_default(symbol, unit, default, paired_with)
    return dataclasses.field(default=default, kw_only=True, metadata=metadata)


def _check_default(symbol: str, unit: str, default: Any, paired_with: str | None) -> None:
    """Raise ValueError unless a default is one number, or pairs where the parameter takes them."""
    if paired_with and isinstance(default, tuple):
        return
    values = numbers(f"default of the parameter {symbol}", default, unit=unit)
    if values.ndim:
        raise ValueError(
            f"default of the parameter {symbol} must be one number (got {shown(default)}); give "
            "arrays when the system is made"
        )


def choice(*options: str, meaning: str) -> Any:
    """Declare a parameter of a system that takes one of a few words.

    Parameters
    ----------
    *options : str
        The words. The first is the default; PUBLISHED goes before it in `System.published`. A
        choice is passed by name.
    meaning : str
        The meaning of each word.

    Returns
    -------
    dataclasses.Field
        With the declaration as its metadata.

    Raises
    ------
    ValueError
        Without options.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.choice("left", "right", meaning="the side from which the light enters").default
    'left'
    """
    if not options:
        raise ValueError(f"choice(..., meaning={meaning!r}) needs the words to choose from")
    metadata = {"symbol": "", "unit": "", "meaning": meaning, "options": options}
    return dataclasses.field(default=options[0], kw_only=True, metadata=metadata)


class DerivedQuantity(property):
    """A property with an SI unit, which run files may use by name; `quantity` declares one."""

    unit: str


def quantity(unit: str) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare a property of a system with its SI unit, so that run files may use it by name.

    Parameters
    ----------
    unit : str
        SI unit of its value, such as "rad/s"; "" where it has none.

    Returns
    -------
    callable
        The decorator, used in place of `@property`. The value must be one number per parameter
        point.

    Raises
    ------
    ValueError
        Where the unit is not a word, as in `@quantity` without parentheses.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import qlangevin as ql
    >>> from qlangevin.sde.terms import lose
    >>> @dataclass(frozen=True, eq=False)
    ... class Cavity(ql.System):
    ...     frequency: float = ql.parameter("ω", "rad/s", "resonance frequency")
    ...     quality_factor: float = ql.parameter("Q", "", "quality factor ω/κ")
    ...     @ql.quantity("rad/s")
    ...     def decay(self):
    ...         return self.frequency / self.quality_factor
    ...     def model(self):
    ...         return ql.Model.build(["a"], [lose("a", "fibre", energy_rate=self.decay)])
    >>> Cavity(frequency=1e15, quality_factor=1e7).decay
    100000000.0

    A run file of this system may then contain ``duration = "30 / decay"``.
    """
    if not isinstance(unit, str):
        raise ValueError(
            f'unit of a quantity must be a word (got {shown(unit)}); write @quantity("rad/s")'
        )

    def declare(read: Callable[[Any], Any]) -> DerivedQuantity:
        declared = DerivedQuantity(read)
        declared.unit = unit
        return declared

    return declare


def require_declared(cls: type[Any], base: type[Any]) -> None:
    """Raise ValueError for a class without its decorator, or with an undeclared field.

    `base` is the base class of systems; a field must not have the name of one of its attributes.
    """
    for ancestor in cls.__mro__:
        if left := [
            name for name, value in vars(ancestor).items() if isinstance(value, dataclasses.Field)
        ]:
            raise ValueError(
                f"{ancestor.__name__} must be decorated with @dataclass(frozen=True, eq=False): "
                f"{left[0]} is not a field of it"
            )
    for field in dataclasses.fields(cls):
        if "unit" not in field.metadata:
            plain = field.default
            default = "" if plain is dataclasses.MISSING else f", default={shown(plain)}"
            raise ValueError(
                f"{field.name} of {cls.__name__} must be declared with its symbol, unit and "
                f'meaning, as in {field.name}: Any = parameter("x", "rad/s", "what it is"'
                f"{default}), or with choice(...)"
            )
        if hasattr(base, field.name):
            raise ValueError(
                f"{field.name} of {cls.__name__} has the name of something that every System has; "
                "rename it"
            )


def check_value(field: dataclasses.Field[Any], value: Any) -> None:
    """Raise ValueError unless a value is allowed by the declaration of its field."""
    if "options" in field.metadata:
        _check_choice(field, value)
    else:
        _check_parameter(field, value)


def plain_value(value: Any) -> Any:
    """Lists and arrays as new plain arrays; numbers, words and tuples as they are.

    Twice a list would be a longer list, a labelled array cannot multiply an operator, and the
    caller may change an array later.
    """
    if isinstance(value, list | np.ndarray):
        return np.array(value)
    if hasattr(value, "__array__") and not isinstance(value, np.generic):
        return np.array(value)[()]
    return value


def _check_parameter(field: dataclasses.Field[Any], value: Any) -> None:
    unit = field.metadata["unit"]
    sign = field.metadata["sign"]
    values = numbers(field.name, value, unit=unit)
    in_unit = f", in {unit}" if unit else ""
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{field.name} must be finite{in_unit} (got {value})")
    if sign == "fraction" and np.any((values < 0) | (values > 1)):
        raise ValueError(f"{field.name} must lie between 0 and 1 (got {value})")
    if sign == "whole" and np.any((values <= 0) | (values != np.round(values))):
        raise ValueError(f"{field.name} must be a positive whole number (got {value})")
    if (sign == "positive" and np.any(values <= 0)) or (
        sign == "nonnegative" and np.any(values < 0)
    ):
        wanted = "positive" if sign == "positive" else "zero or positive"
        raise ValueError(f"{field.name} must be {wanted}{in_unit} (got {value})")


def _check_choice(field: dataclasses.Field[Any], value: Any) -> None:
    options = field.metadata["options"]
    if not (isinstance(value, str) and value in options):
        raise ValueError(
            f"{field.name} = {shown(value)} is unknown: "
            f"{nearest(str(value), options, 'it is one of')}"
        )
