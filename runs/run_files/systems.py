"""The system that a run file describes: its parameters, direction and effective detuning."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import nearest
from ...sde.system import System, has_effective_detuning, overwritten
from ...sde.systems import BROKEN, SYSTEMS
from .errors import RunFileError, named, shown
from .schema import File, SystemTables
from .sources import load_file
from .system_tables import declared_system
from .units import Quantities, to_si


def load_system(
    name: str | Path, changes: Mapping[str, Any], *, reverse: bool = False
) -> tuple[System, tuple[str, str]]:
    """A system with changed parameters, and the two modes whose entanglement is reported.

    `name` is that of a system, taken with its published parameters, or of a run file; `changes` are
    written as in a run file; `reverse` turns the direction of the drive. Raises RunFileError.
    """
    parsed = File(system=str(name)) if name in SYSTEMS or name in BROKEN else load_file(name)[0]
    changes = dict(changes)
    detuning = changes.pop("effective_detuning", parsed.effective_detuning)
    forward = (parsed.direction == "forward") is not reverse
    update = {
        "parameters": parsed.parameters | changes,
        "effective_detuning": detuning,
        "direction": "forward" if forward else "reversed",
    }
    system = build_system(parsed.model_copy(update=update))
    return system, reported_pair(parsed.report.entanglement, system, build_model(system))


def build_system(parsed: File) -> System:
    """The system with its parameters, direction and effective detuning. Raises RunFileError."""
    system = _with_parameters(_system_class(parsed.system), parsed.parameters)
    if parsed.direction == "reversed":
        system = _reversed(system, system_name(parsed.system))
    if parsed.effective_detuning is None:
        return system
    if not has_effective_detuning(system):
        raise RunFileError(
            f"effective_detuning is not defined for {system_name(parsed.system)!r}; give the bare "
            "detuning instead"
        )
    value = to_si("effective_detuning", parsed.effective_detuning, "rad/s", Quantities(system, {}))
    return at_effective_detuning(system, value, parsed.parameters)


def at_effective_detuning(
    system: System, effective_detuning: float, given: Iterable[str]
) -> System:
    """The system at an effective detuning in rad/s, which must not change the parameters given.

    Raises RunFileError.
    """
    found = cast(System, system.at_effective_detuning(effective_detuning))  # type: ignore[attr-defined]
    for name in overwritten(system, found, given):
        raise RunFileError(
            f"[parameters] {name} follows from effective_detuning; give one of the two"
        )
    return found


def build_model(system: System) -> Model:
    """The model of a system. Raises RunFileError for parameters that give none."""
    with np.errstate(all="ignore"):
        try:
            return system.model()
        except RunFileError:
            raise
        except (ValueError, ArithmeticError) as error:
            remedy = "" if ";" in str(error) else "; check their units"
            raise RunFileError(f"[parameters] give no model ({error}){remedy}") from None


def reported_pair(chosen: list[str] | None, system: System, model: Model) -> tuple[str, str]:
    """The two modes whose entanglement is reported: those chosen, else the system's own pair.

    Raises RunFileError.
    """
    if chosen is None:
        return system.pair
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


def system_name(system: str | SystemTables) -> str:
    """The name of a system in results; one that a run file declares is told by its tables."""
    if isinstance(system, str):
        return system
    return f"[system] {sha256(system.model_dump_json().encode()).hexdigest()[:12]}"


def _system_class(name: str | SystemTables) -> type[System]:
    if isinstance(name, SystemTables):
        return declared_system(name)
    if name in BROKEN:
        raise RunFileError(
            f"system = {shown(name)} cannot be imported: its file raises {BROKEN[name]}"
        )
    if name not in SYSTEMS:
        raise RunFileError(f"system = {shown(name)} is unknown: {nearest(name, SYSTEMS)}")
    return SYSTEMS[name]


def _reversed(system: System, name: str) -> System:
    turn = getattr(system, "reversed", None) or getattr(system, "backward", None)
    if turn is None:
        raise RunFileError(
            f'direction = "reversed" (--reversed) is not defined for {name!r}; leave it out'
        )
    return cast(System, turn())


def _with_parameters(kind: type[System], changes: Mapping[str, Any]) -> System:
    """The published system with changed parameters, each read after those it refers to."""
    names = [field.name for field in dataclasses.fields(kind)]
    for name in changes:
        if name not in names:
            raise RunFileError(f"[parameters] {named(name)} is unknown: {nearest(name, names)}")
    quantities = Quantities(kind.published(), changes)
    values = {name: quantities.parameter(name) for name in changes}
    try:
        return kind.published(**values)
    except ValueError as error:
        raise RunFileError(f"[parameters] {error}") from None
