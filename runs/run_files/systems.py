"""The system that a run file describes: its parameters, direction and effective detuning."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import nearest
from ...sde.system import (
    DerivedQuantity,
    System,
    has_effective_detuning,
    overwritten,
    require_model,
)
from .errors import RunFileError, named, shown
from .names import normal_name
from .schema import File
from .sources import ParsedFile, is_run_file, load_file
from .system_files import failure_in_system, place_in_system
from .system_sources import Found, find_system, installed_systems, is_system
from .units import Quantities, to_si


def load_system(
    name: str | Path, changes: Mapping[str, Any], *, reverse: bool = False
) -> tuple[System, tuple[str, str]]:
    """A system with changed parameters, and the two modes whose entanglement is reported.

    `name` is that of a system, taken with its published parameters, or of a run file, or a file
    such as "ring.py:MyRing"; `changes` are written as in a run file; `reverse` turns the direction
    of the drive. Raises RunFileError.
    """
    file = _file_or_system(str(name))
    parsed = changed(file.parsed, changes, reverse=reverse)
    system = build_system(parsed, find_system(parsed.system, file.folder))
    return system, reported_pair(parsed.report.entanglement, system, build_model(system))


def light_tables(name: str | Path) -> list[str]:
    """The tables on light of the run file of this name; none of a system. Raises RunFileError."""
    return _file_or_system(str(name)).parsed.light


def changed(parsed: File, changes: Mapping[str, Any], *, reverse: bool = False) -> File:
    """A run file with changed parameters, an effective detuning among them, or direction."""
    changes = dict(changes)
    detuning = changes.pop("effective_detuning", parsed.effective_detuning)
    forward = (parsed.direction == "forward") is not reverse
    update = {
        "parameters": parsed.parameters | changes,
        "effective_detuning": detuning,
        "direction": "forward" if forward else "reversed",
    }
    return parsed.model_copy(update=update)


def _file_or_system(name: str) -> ParsedFile:
    """The run file of this name, or one that says no more than the system of this name."""
    if is_system(name) or (not is_run_file(name) and name in installed_systems()):
        return ParsedFile(File(system=name), name, "", Path())
    return load_file(name)


def system_of(name: str) -> Found:
    """The system of this name, or that of the run file of this name. Raises RunFileError."""
    if is_system(name) or not is_run_file(name):
        return find_system(name, Path())
    file = load_file(name)
    return find_system(file.parsed.system, file.folder)


def build_system(parsed: File, found: Found | None = None) -> System:
    """The system with its parameters, direction and effective detuning. Raises RunFileError.

    `found` is its class, where this is not one that the run file alone determines.
    """
    found = found or find_system(parsed.system, None)
    name = found.source.name
    system = _with_parameters(found.system, parsed.parameters)
    if parsed.direction == "reversed":
        system = _reversed(system, name)
    if parsed.effective_detuning is None:
        return system
    if not has_effective_detuning(system):
        raise RunFileError(
            f"effective_detuning is not defined for {name!r}; give the bare detuning instead"
        )
    value = to_si("effective_detuning", parsed.effective_detuning, "rad/s", Quantities(system, {}))
    return at_effective_detuning(system, value, parsed.parameters)


def at_effective_detuning(
    system: System, effective_detuning: float, given: Iterable[str]
) -> System:
    """The system at an effective detuning in rad/s, which must not change the parameters given.

    Raises RunFileError.
    """
    made = system.at_effective_detuning(effective_detuning)  # type: ignore[attr-defined]
    found = _require_system("at_effective_detuning", system, made)
    for name in overwritten(system, found, given):
        raise RunFileError(
            f"[parameters] {name} follows from effective_detuning; give one of the two"
        )
    return found


def build_model(system: System) -> Model:
    """The model of a system, with what its other methods return checked.

    Raises RunFileError for parameters that give no model, and for model() of a user's file that
    fails or returns none.
    """
    try:
        with np.errstate(all="ignore"):
            model = system.model()
    except RunFileError:
        raise
    except (ValueError, ArithmeticError) as error:
        place = place_in_system(error)
        reason = f"{place}{error}"
        remedy = "; check that line, and the parameters" if place else "; check their units"
        remedy = "" if ";" in reason else remedy
        raise RunFileError(f"[parameters] give no model ({reason}){remedy}") from None
    except Exception as error:
        if failure := failure_in_system(error):
            raise RunFileError(failure) from error
        raise
    try:
        require_model(system, model)
    except ValueError as error:
        raise RunFileError(str(error)) from None
    _check_methods(system, model)
    if model.batch:
        raise RunFileError(
            f"{type(system).__name__} has parameters of shape {model.batch}; a run file takes one "
            "number for each"
        )
    return model


def _check_methods(system: System, model: Model) -> None:
    """Check what optional methods of a system return. Raises RunFileError."""
    _require_system("dark", system, system.dark())
    if hasattr(system, "homodyne"):
        system.homodyne(np.zeros(1))
    if not has_effective_detuning(system):
        return
    with np.errstate(all="ignore"):
        found = system.effective_detuning(np.zeros(model.size))  # type: ignore[attr-defined]
    if np.ndim(found) != 1 or np.asarray(found).dtype.kind not in "iuf":
        raise RunFileError(
            f"{type(system).__name__}.effective_detuning(mean) must return one detuning for each "
            f"cavity, in rad/s (got {shown(found)})"
        )


def _require_system(method: str, system: System, found: Any) -> System:
    """What a method of a system has returned. Raises RunFileError unless it is a system."""
    if not isinstance(found, System):
        raise RunFileError(
            f"{type(system).__name__}.{method}() must return a System, such as self.replace(…) "
            f"(got {shown(found)})"
        )
    return found


def reported_pair(chosen: list[str] | None, system: System, model: Model) -> tuple[str, str]:
    """The two modes whose entanglement is reported: those chosen, else the system's own pair.

    Raises RunFileError.
    """
    if chosen is None:
        return _own_pair(system, model)
    for mode in chosen:
        if mode not in model.modes:
            raise RunFileError(
                f"[report] entanglement names mode {shown(mode)}, which is unknown: "
                f"{nearest(mode, model.modes)}"
            )
    first, second = chosen
    if first == second:
        raise RunFileError(
            f"[report] entanglement = {shown(chosen)} must name two modes of "
            f"{', '.join(model.modes)}"
        )
    return first, second


def _own_pair(system: System, model: Model) -> tuple[str, str]:
    """The pair that a system reports by default, checked. Raises RunFileError."""
    pair: Any = system.pair
    unknown = []
    if isinstance(pair, (tuple, list)) and len(pair) == 2:
        unknown = [mode for mode in pair if mode not in model.modes]
        if not unknown and (pair[0] != pair[1] or len(model.modes) == 1):
            return pair[0], pair[1]
    if unknown:
        why = f"names mode {unknown[0]!r}, which is unknown: {nearest(unknown[0], model.modes)}"
    else:
        why = f"must be the names of two modes of {', '.join(model.modes)}"
    raise RunFileError(f"pair of {type(system).__name__} = {shown(pair)} {why}")


def _reversed(system: System, name: str) -> System:
    method = "reversed" if getattr(system, "reversed", None) else "backward"
    turn = getattr(system, method, None)
    if turn is None:
        raise RunFileError(
            f'direction = "reversed" (--reversed) is not defined for {name!r}; leave it out'
        )
    return _require_system(method, system, turn())


def _with_parameters(kind: type[System], changes: Mapping[str, Any]) -> System:
    """The published system with changed parameters, each read after those it refers to."""
    names = [field.name for field in dataclasses.fields(kind)]
    for name in changes:
        if name not in names:
            symbols = {normal_name(f.metadata["symbol"]): f.name for f in dataclasses.fields(kind)}
            near = nearest(name, names)
            hint = f"it is the symbol of {symbols[name]}" if name in symbols else near
            if isinstance(inspect.getattr_static(kind, name, None), DerivedQuantity):
                hint = "it is derived; change the parameters that it is made of"
            raise RunFileError(f"[parameters] {named(name)} is unknown: {hint}")
    quantities = Quantities(published_system(kind, changes), changes)
    values = {name: quantities.parameter(name) for name in changes}
    try:
        return kind.published(**values)
    except ValueError as error:
        raise RunFileError(f"[parameters] {error}") from None


def published_values(kind: type[System]) -> dict[str, Any]:
    """The values that a system has where no others are given, by name: published, or defaults."""
    fields = dataclasses.fields(kind)
    defaults = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    return defaults | dict(kind.PUBLISHED)


def published_system(kind: type[System], changes: Mapping[str, Any]) -> System:
    """The published system; NaN for values that are given as changes alone. Raises RunFileError."""
    fields = dataclasses.fields(kind)
    known = published_values(kind)
    lacking = [field.name for field in fields if field.name not in known]
    if missing := [name for name in lacking if name not in changes]:
        raise RunFileError(
            f"[parameters] {', '.join(missing)} must be given: PUBLISHED of {kind.__name__} has no "
            "value; add it there or here (--set on the command line)"
        )
    if not lacking:
        try:
            found: Any = kind.published()
        except (ValueError, TypeError) as error:
            raise RunFileError(f"PUBLISHED of {kind.__name__} is refused: {error}") from None
        if not isinstance(found, kind):
            raise RunFileError(f"{kind.__name__}.published() must return a {kind.__name__}")
        return found
    system = object.__new__(kind)
    for field in fields:
        object.__setattr__(system, field.name, known.get(field.name, math.nan))
    return system
