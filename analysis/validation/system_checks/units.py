"""The units of the parameters: the model must follow another choice of units.

Units are changed so that ħ, k_B, c, e, ε₀ and µ₀ keep their numbers: with numbers of rates times λ,
those of lengths and times are divided by λ, those of masses, temperatures and currents multiplied
by it. A model whose formulas are consistent has all its rates times λ, whichever of these constants
it contains.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from ....sde.model.model import Model
from ....sde.support.checks import first_few
from ....sde.system import DerivedQuantity, System
from ....sde.unit_registry import unit_registry as _registry
from ...mode_blocks import Array
from .results import SystemCheck, failed, judged, not_applicable
from .subject import Subject

POWERS = {
    "[time]": -1,
    "[length]": -1,
    "[mass]": 1,
    "[temperature]": 1,
    "[current]": 1,
    "[substance]": 0,
    "[luminosity]": 0,
    "[count]": 0,
    "[bit]": 0,
}
"""Power of λ with which the number of a base unit changes."""
FACTORS = (1.0, 4.0, 16.0, 64.0)
"""λ; powers of 4, whose square roots are exact."""
SAME = 1e-9
"""Relative deviation that is rounding."""
NAMED = 3
"""Entries that a message names."""


def units_of_parameters(subject: Subject) -> SystemCheck:
    """All rates of the model times λ where each parameter changes as its unit says."""
    system = subject.system
    if system is None:
        return not_applicable("A Model has no parameters.")
    try:
        systems = [in_other_units(system, factor) for factor in FACTORS]
        tables = [_rates(each.model()) for each in systems]
    except (ValueError, ArithmeticError) as error:
        return not_applicable(f"In other units the system cannot be built: {error}.")
    gaps, mixed, fixed = _compared(tables)
    if mixed or fixed:
        return _complaint(mixed, fixed)
    return _quantities(systems, gaps)


def _compared(tables: list[dict[str, Array]]) -> tuple[list[float], list[str], list[str]]:
    """Deviations of the model's arrays, those that mix units, and those with fixed numbers."""
    gaps = [0.0]
    mixed: list[str] = []
    fixed: list[str] = []
    for name, first in tables[0].items():
        values = np.array([table[name] for table in tables])
        gaps.append(_gap(first, values[-1], FACTORS[-1]))
        if gaps[-1] > SAME:
            (fixed if _has_fixed_part(values) else mixed).append(name)
    return gaps, mixed, fixed


def _complaint(mixed: list[str], fixed: list[str]) -> SystemCheck:
    """What to look at where arrays of the model do not follow the units."""
    if mixed:
        return failed(
            "With all parameters in other units, these do not change as rates: "
            f"{first_few(mixed, NAMED)}. "
            "Look for a formula that mixes units (a missing square root or power, a parameter "
            "declared in another unit), or a number with a unit inside a formula, which should be "
            "a parameter."
        )
    return not_applicable(
        "Cannot decide: part of these is a fixed number in any units: "
        f"{first_few(fixed, NAMED)}. If that "
        "is meant, nothing is wrong; else a formula lacks a rate."
    )


def _has_fixed_part(values: Array) -> bool:
    """Whether values at each λ are aλ + b√λ + c: a number of its own as rate or amplitude."""
    root = np.sqrt(FACTORS)
    fit = np.linalg.solve(np.vander(root[:3]), values[:3].reshape(3, -1))
    predicted = np.vander(root[3:], 3) @ fit
    gap = np.abs(predicted - values[3:].reshape(1, -1)).max()
    return bool(gap <= SAME * np.abs(values).max())


def _quantities(systems: list[System], of_model: list[float]) -> SystemCheck:
    """The verdict on the derived quantities, each by its unit, where the model follows."""
    first, other = systems[0], systems[1]
    gaps = {
        name: _gap(getattr(first, name), getattr(other, name), FACTORS[1] ** power(unit))
        for name, unit in derived_quantities(first)
    }
    wrong = [name for name, gap in gaps.items() if not gap <= SAME]
    return judged(
        max([*of_model, *gaps.values()]),
        SAME,
        "deviation of rates and quantities in other units",
        f"The quantity {first_few(wrong, NAMED)} does not change as its unit says: look at the "
        "unit in "
        "@quantity(...) and at its formula.",
    )


def _gap(value: Any, other: Any, factor: float) -> float:
    """Largest deviation of another value over a factor, relative to the largest value."""
    value, other = np.asarray(value, float), np.asarray(other, float)
    size = np.abs(value).max(initial=0.0)
    gap = np.abs(other / factor - value).max(initial=0.0)
    return float(gap / size) if size > 0 else float(gap)


def in_other_units(system: System, factor: float) -> System:
    """The same system with the numbers that its parameters have in other units."""
    return system.replace(
        **{
            field.name: _in_other_units(getattr(system, field.name), field, factor)
            for field in dataclasses.fields(system)
            if "options" not in field.metadata and field.metadata["sign"] not in ("whole",)
        }
    )


def _in_other_units(value: Any, field: dataclasses.Field[Any], factor: float) -> Any:
    scale = factor ** power(field.metadata["unit"])
    if not isinstance(value, tuple):
        return value if scale == 1 else np.asarray(value, float) * scale
    other = factor ** power(field.metadata["paired_with"])
    return tuple((first * scale, second * other) for first, second in value)


def derived_quantities(system: System) -> Iterator[tuple[str, str]]:
    """Name and unit of each quantity that a system declares."""
    for name, member in inspect.getmembers(type(system)):
        if isinstance(member, DerivedQuantity):
            yield name, member.unit


def _rates(model: Model) -> dict[str, Array]:
    """Drift and diffusion by quadrature, in rad/s, so that a message can name them."""
    Q, K = (terms.times(1.0) for terms in (model.Q, model.K))
    table = {}
    for row, label in enumerate(model.quadratures):
        table[f"the constant drift of {label}"] = model.c[row]
        table[f"the linear drift of {label}"] = model.A[row]
        for terms in (Q, K):
            of_row = terms.value[terms.index[:, 0] == row]
            if of_row.size:
                kind = "quadratic" if terms.order == 2 else "cubic"
                table[f"the {kind} drift of {label}"] = of_row
        table[f"the diffusion of {label}"] = model.diffusion[row]
    return table


@cache
def power(unit: str) -> float:
    """The power of λ with which numbers in a unit change; that of √(rad/s) is ½.

    Raises ValueError for no unit.
    """
    dimensions = _registry().get_dimensionality(parsed_unit(unit))
    return sum(POWERS[name] * float(value) for name, value in dimensions.items())


def parsed_unit(unit: str) -> Any:
    """Pint's unit for the unit of a parameter. Raises ValueError where it knows none."""
    try:
        return _registry().parse_units(unit or "dimensionless")
    except Exception as error:  # pint raises errors of several kinds, tokenize errors among them
        raise ValueError(f"the unit {unit!r} cannot be read ({error})") from None


def is_si(unit: str) -> bool:
    """Whether a unit is made of base units alone, without a factor."""
    return bool(np.isclose(_registry().Quantity(1.0, parsed_unit(unit)).to_base_units().m, 1.0))
