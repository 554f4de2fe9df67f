"""Parameters: declared so that run files and reports can use them, published, and used."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ....sde.model.model import Model
from ....sde.system import System
from .results import SystemCheck, failed, judged, not_applicable
from .subject import Subject
from .units import derived_quantities, is_si, parsed_unit

NO_PARAMETERS = "A Model has no parameters."
CHANGES = (1.1, 0.5, 2.0, 1e-3, 1e3, 1e-6, 1e6)
"""Factors by which a parameter is changed until the model changes."""
FROM_ZERO = (1.0, 0.5, 1e3, 1e6)
"""Values that replace a zero."""

HERTZ = re.compile(r"h(ert)?z", re.IGNORECASE)
"""Frequencies that are no angular rates."""


def declarations(subject: Subject) -> SystemCheck:
    """SI unit and symbol of each parameter, finite derived quantities, and a pair of modes.

    Parameters without a symbol or meaning are named, but no fault: run files do not need these.
    """
    system = subject.system
    if system is None:
        return not_applicable(NO_PARAMETERS)
    faults = [*_faults_of_fields(system), *_faults_of_quantities(system)]
    modes = subject.model.modes
    faults += [
        f"pair names {mode!r}, which is no mode" for mode in system.pair if mode not in modes
    ]
    return judged(
        len(faults),
        0,
        "faults of parameters and quantities",
        "; ".join(faults) + ".",
        remark=_unexplained(system),
    )


def _unexplained(system: System) -> str:
    """The parameters without a meaning or a symbol, in a sentence or none."""
    fields = dataclasses.fields(system)
    names = [
        field.name
        for field in fields
        if not field.metadata["meaning"].strip()
        or not ("options" in field.metadata or field.metadata["symbol"].strip())
    ]
    return f"Without meaning or symbol: {', '.join(names)}." if names else ""


def _faults_of_fields(system: System) -> Iterator[str]:
    fields = [field for field in dataclasses.fields(system) if "options" not in field.metadata]
    symbols = Counter(field.metadata["symbol"] for field in fields)
    for field in fields:
        symbol = field.metadata["symbol"]
        if symbol.strip() and symbols[symbol] > 1:
            yield f"{field.name} shares its symbol {symbol} with another parameter"
        yield from _faults_of_unit(field.name, field.metadata["unit"])


def _faults_of_quantities(system: System) -> Iterator[str]:
    for name, unit in derived_quantities(system):
        yield from _faults_of_unit(name, unit)
        if not np.all(np.isfinite(getattr(system, name))):
            yield f"the quantity {name} is not finite"


def _faults_of_unit(name: str, unit: str) -> Iterator[str]:
    try:
        parsed_unit(unit)
    except ValueError:
        yield f"{name} has unit {unit!r}, which run files cannot read"
        return
    if not is_si(unit):
        yield f"{name} has unit {unit!r}; parameters are in SI units without prefixes, as rad/s"
    elif HERTZ.search(unit):
        yield f"{name} has unit {unit!r}; rates are in rad/s, so that no factor 2π is in doubt"


def published_values(subject: Subject) -> SystemCheck:
    """`published()` makes a system that has a model."""
    system = subject.system
    if system is None:
        return not_applicable(NO_PARAMETERS)
    kind = type(system)
    values = system.parameters()
    missing = [
        field.name
        for field in dataclasses.fields(system)
        if field.default is dataclasses.MISSING and field.name not in kind.PUBLISHED
    ]
    try:
        kind.published(**{name: values[name] for name in missing}).model()
    except Exception as error:  # whatever the methods of a user raise
        return failed(
            f"{kind.__name__}.published() gives no model, {type(error).__name__}: {error}. Look at "
            "PUBLISHED, which holds values in SI units by parameter."
        )
    if missing:
        return not_applicable(
            f"PUBLISHED has no value for {', '.join(missing)}: run files must give them."
        )
    return judged(len(kind.PUBLISHED), 0, "number of values", "", at_least=True)


def parameters_used(subject: Subject) -> SystemCheck:
    """Each parameter, and each choice, changes the model at some values of the others."""
    system = subject.system
    if system is None:
        return not_applicable(NO_PARAMETERS)
    places = list(_places(system))
    models = [place.model() for place in places]
    unused = [
        field.name
        for field in dataclasses.fields(system)
        if len(field.metadata.get("options", "ab")) > 1
        and not any(
            _differ(model, changed)
            for place, model in zip(places, models, strict=True)
            for changed in _changed_models(place, field)
        )
    ]
    return judged(
        len(unused),
        0,
        "parameters that change nothing",
        f"The model does not depend on {', '.join(unused)}: use it in model(), or remove it.",
    )


def _places(system: System) -> Iterator[System]:
    """The system; with its zeros replaced; and this with each other choice."""
    yield system
    generic = system
    for field in dataclasses.fields(system):
        value = getattr(system, field.name)
        if "options" not in field.metadata and not isinstance(value, tuple) and not np.any(value):
            generic = next(_buildable(generic, field.name, FROM_ZERO), generic)
    yield generic
    for field in dataclasses.fields(system):
        options = field.metadata.get("options", ())
        others = [option for option in options if option != getattr(system, field.name)]
        yield from _buildable(generic, field.name, others)


def _changed_models(system: System, field: dataclasses.Field[Any]) -> Iterator[Model]:
    """Models with one parameter changed, as far as they can be built."""
    value = getattr(system, field.name)
    if "options" in field.metadata:
        candidates = [option for option in field.metadata["options"] if option != value]
    elif isinstance(value, tuple):
        candidates = [
            tuple(tuple(factor * x for x in pair) for pair in value) for factor in CHANGES
        ]
    elif field.metadata["sign"] == "whole":
        candidates = [value + 1, 2 * value]
    else:
        candidates = [factor * value for factor in CHANGES] if np.any(value) else list(FROM_ZERO)
    return (changed.model() for changed in _buildable(system, field.name, candidates))


def _buildable(system: System, name: str, values: Any) -> Iterator[System]:
    """The systems with these values of a parameter that have a model."""
    for value in values:
        try:
            with np.errstate(all="ignore"):
                changed = system.replace(**{name: value})
                changed.model()
        except (ValueError, ArithmeticError):
            continue
        yield changed


def _differ(model: Model, other: Model) -> bool:
    """Whether two models differ in any number, or in their modes, channels or ports."""
    if (model.quadratures, model.channels, list(model.ports)) != (
        other.quadratures,
        other.channels,
        list(other.ports),
    ):
        return True
    pairs = zip(_numbers(model), _numbers(other), strict=True)
    return not all(np.array_equal(*pair) for pair in pairs)


def _numbers(model: Model) -> list[Any]:
    """All arrays of a model."""
    ports = [array for p in model.ports.values() for array in (p.C, p.D, p.d, p.shone)]
    Q, K = ((terms.index, terms.value) for terms in (model.Q, model.K))
    return [model.c, model.A, model.B, *Q, *K, *ports]
