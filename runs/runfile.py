"""Run files: TOML in, a validated description of a run out. Everything wrong is refused here, before any work."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from ..sde.arguments import nearest
from ..sde.model import Model
from ..sde.precision import require_targets
from ..sde.schemes import AUTO, SCHEMES
from ..sde.system import System
from ..sde.systems import SYSTEMS
from .errors import RunFileError, shown
from .schema import Axis, File, Quantity, Run, parse
from .sources import find_source, read_source, shipped_runs
from .units import Quantities, to_si

__all__ = [
    "MapFile",
    "RunFile",
    "RunFileError",
    "load_map",
    "load_runfile",
    "load_system",
    "shipped_runs",
]

MOST_STEPS = 10**15
"""Steps beyond which no run ends."""
LEAST_PAIRED = 256
"""Trajectories from which antithetic pairs have an error bar."""


@dataclasses.dataclass(frozen=True, eq=False)
class RunFile:
    """A run, ready to execute: the system built and turned in its `direction`, times in s.

    `stem` names the results, `text` is the file as written.
    """

    title: str
    stem: str
    system_name: str
    direction: str
    system: System
    trajectories: int
    duration: float
    step: float
    samples: int
    seed: int
    scheme: str
    increments: str
    start: str
    branch: int | None
    nonlinearity: float
    antithetic: bool
    step_check: bool
    until: dict[str, float]
    entanglement: tuple[str, str]
    text: str

    @property
    def subject(self) -> System | Model:
        """What is run: the system, or its model with the nonlinearity scaled."""
        return self.system if self.nonlinearity == 1 else self.system.model().scaled(self.nonlinearity)

    @property
    def pair(self) -> tuple[int, int]:
        """Indices of the two modes whose entanglement the report gives."""
        model, (first, second) = self.system.model(), self.entanglement
        return model.mode_index(first), model.mode_index(second)


@dataclasses.dataclass(frozen=True, eq=False)
class MapFile:
    """A grid of steady states, ready to compute: the values of each axis in SI, and the measures in words."""

    title: str
    stem: str
    system_name: str
    system: System
    axes: dict[str, np.ndarray[Any, np.dtype[Any]]]
    measures: tuple[str, ...]
    text: str


def load_runfile(path_or_name: str | Path) -> RunFile:
    """Read a run file by path, or a shipped one by name. Raises RunFileError, in one sentence."""
    parsed, stem, text = _load(path_or_name)
    if parsed.run is None:
        remedy = "qlangevin map reads its [map]" if parsed.map else "it says how long to integrate and how many"
        raise RunFileError(f"[run] is missing; {remedy}")
    return _describe(parsed, parsed.run, stem, text)


def load_map(path_or_name: str | Path) -> MapFile:
    """Read the map of a run file by path, or of a shipped one by name. Raises RunFileError, in one sentence.

    An effective detuning of the file holds at every point: it becomes an axis of one value.
    """
    parsed, stem, text = _load(path_or_name)
    if parsed.map is None:
        raise RunFileError("[map] is missing; it names the axes of the grid and the measures")
    system = _system(parsed.model_copy(update={"effective_detuning": None}))
    axes = {name: _values(name, axis, system) for name, axis in parsed.map.axes.items()}
    if parsed.effective_detuning is not None and "effective_detuning" not in axes:
        axes["effective_detuning"] = _values("effective_detuning", [parsed.effective_detuning], system)
    return MapFile(
        title=parsed.title or stem,
        stem=stem,
        system_name=parsed.system,
        system=system,
        axes=axes,
        measures=tuple(parsed.map.measures),
        text=text,
    )


def load_system(
    name: str | Path, changes: Mapping[str, Any], *, turned: bool = False
) -> tuple[System, tuple[str, str]]:
    """A system with changes of its parameters, written as in a run file, and the pair of modes that is reported.

    The name is that of a system, with its published parameters, or of a run file. `turned` drives it from the other
    side. Raises RunFileError.
    """
    parsed = File(system=str(name)) if name in SYSTEMS else _load(name)[0]
    changes = dict(changes)
    detuning = changes.pop("effective_detuning", parsed.effective_detuning)
    forward = (parsed.direction == "forward") is not turned
    update = {
        "parameters": parsed.parameters | changes,
        "effective_detuning": detuning,
        "direction": "forward" if forward else "reversed",
    }
    system = _system(parsed.model_copy(update=update))
    return system, _pair(parsed.report.entanglement, system)


def _load(path_or_name: str | Path) -> tuple[File, str, str]:
    """The parsed file, the name of its results, and its text."""
    source = find_source(path_or_name)
    text = read_source(source)
    return parse(source.name, text), source.name.removesuffix(".toml") or source.name, text


def _describe(parsed: File, run: Run, stem: str, text: str) -> RunFile:
    system = _system(parsed)
    duration, step = _times(run, system)
    schemes = [*SCHEMES, AUTO]
    if run.scheme not in schemes:
        raise RunFileError(f"[run] scheme = {shown(run.scheme)} is unknown: {nearest(run.scheme, schemes)}")
    if run.branch is not None and run.start != "steady":
        raise RunFileError(f'[run] branch = {run.branch} needs start = "steady"; leave it out or change the start')
    euler = run.scheme == "euler-maruyama"
    if run.step_check and not euler:
        raise RunFileError(f"[run] step_check compares Euler steps; leave it out with scheme = {shown(run.scheme)}")
    pair, model = _pair(parsed.report.entanglement, system), system.model()
    _check_sampling(run, model)
    settings = run.model_dump(exclude={"duration", "step"}) | {
        "antithetic": _pays(run, model) if run.antithetic is None else run.antithetic,
        "step_check": euler if run.step_check is None else run.step_check,
    }
    return RunFile(
        title=parsed.title or stem,
        stem=stem,
        system_name=parsed.system,
        direction=parsed.direction,
        system=system,
        duration=duration,
        step=step,
        entanglement=pair,
        text=text,
        **settings,
    )


def _pays(run: Run, model: Model) -> bool:
    """Whether antithetic pairs do: the model is nonlinear, and the trajectories make pairs enough for an error bar."""
    return not model.linear and run.trajectories % 2 == 0 and run.trajectories >= LEAST_PAIRED


def _check_sampling(run: Run, model: Model) -> None:
    if run.antithetic and run.trajectories % 2:
        raise RunFileError(f"[run] trajectories must be even for antithetic pairs (got {run.trajectories})")
    if run.nonlinearity != 1 and model.linear:
        raise RunFileError(
            f"[run] nonlinearity = {run.nonlinearity:g} scales nothing: the system is linear; leave it out"
        )
    try:
        require_targets(run.until, model)
    except ValueError as error:
        raise RunFileError(f"[run] {error}") from None


def _system(parsed: File) -> System:
    """The system with its parameters, turned in its direction, then set to its effective detuning."""
    bare = [name for name in parsed.parameters if name.startswith("detuning")]
    if parsed.effective_detuning is not None and bare:
        raise RunFileError(f"[parameters] {bare[0]} follows from effective_detuning; give one of the two")
    system = _with_parameters(_kind(parsed.system), parsed.parameters)
    if parsed.direction == "reversed":
        system = _turned(system, parsed.system)
    if parsed.effective_detuning is None:
        return system
    if not hasattr(system, "at_effective_detuning"):
        raise RunFileError(f"effective_detuning is not defined for {parsed.system!r}; give the bare detuning instead")
    value = to_si("effective_detuning", parsed.effective_detuning, "rad/s", Quantities(system, {}))
    return cast(System, system.at_effective_detuning(value))


def _kind(name: str) -> type[System]:
    if name not in SYSTEMS:
        raise RunFileError(f"system = {shown(name)} is unknown: {nearest(name, SYSTEMS)}")
    return SYSTEMS[name]


def _turned(system: System, name: str) -> System:
    turn = getattr(system, "reversed", None) or getattr(system, "backward", None)
    if turn is None:
        raise RunFileError(f'direction = "reversed" (--reversed) is not defined for {name!r}; leave it out')
    return cast(System, turn())


def _values(name: str, axis: Axis | list[Quantity], system: System) -> np.ndarray[Any, np.dtype[Any]]:
    """The values of one axis of a map, in SI."""
    fields = dataclasses.fields(system)
    units = {field.name: field.metadata["unit"] for field in fields}
    words = {field.name: field.metadata["options"] for field in fields if "options" in field.metadata}
    if name in words:
        every = ", ".join(words[name])
        raise RunFileError(f"[map.axes] {name} takes words, not numbers; make one map for each of {every}")
    if hasattr(system, "at_effective_detuning"):
        units["effective_detuning"] = "rad/s"
    if name not in units:
        raise RunFileError(f"[map.axes] {name} is unknown: {nearest(name, units)}")
    known = Quantities(system, {})
    key = f"[map.axes] {name}"
    if isinstance(axis, list):
        return np.array([to_si(key, value, units[name], known) for value in axis])
    first, last = (to_si(f"{key}.{end}", getattr(axis, end), units[name], known) for end in ("start", "stop"))
    return np.linspace(first, last, axis.points)


def _with_parameters(kind: type[System], changes: Mapping[str, Any]) -> System:
    """The published system with the changes, each read after those it refers to."""
    names = [field.name for field in dataclasses.fields(kind)]
    for name in changes:
        if name not in names:
            raise RunFileError(f"[parameters] {name} is unknown: {nearest(name, names)}")
    quantities = Quantities(kind.published(), changes)
    values = {name: quantities.parameter(name) for name in changes}
    try:
        return kind.published(**values)
    except ValueError as error:
        raise RunFileError(f"[parameters] {error}") from None


def _times(run: Run, system: System) -> tuple[float, float]:
    """Duration and step, in s."""
    known = Quantities(system, {})
    duration, step = (_positive_time(key, getattr(run, key), known) for key in ("duration", "step"))
    if step > duration:
        raise RunFileError(f"[run] step = {shown(run.step)} exceeds the duration {shown(run.duration)}; shorten it")
    if duration > MOST_STEPS * step:
        raise RunFileError(f"[run] step = {shown(run.step)} makes more than {MOST_STEPS:.0e} steps; lengthen it")
    return duration, step


def _positive_time(key: str, value: Quantity, known: Mapping[str, tuple[float, str]]) -> float:
    seconds = to_si(f"[run] {key}", value, "s", known)
    if seconds <= 0:
        raise RunFileError(f'[run] {key} = {shown(value)} must be positive, such as "1.5 µs"')
    return seconds


def _modes(system: System) -> tuple[str, ...]:
    """The modes of the system's model, whose rates must all be finite."""
    with np.errstate(all="ignore"):
        try:
            return system.model().modes
        except (ValueError, ArithmeticError) as error:
            remedy = "" if ";" in str(error) else "; check their units"
            raise RunFileError(f"[parameters] give no model ({error}){remedy}") from None


def _pair(chosen: list[str] | None, system: System) -> tuple[str, str]:
    modes = _modes(system)
    if chosen is None:
        return system.pair
    for mode in chosen:
        if mode not in modes:
            raise RunFileError(
                f"[report] entanglement names mode {shown(mode)}, which is unknown: {nearest(mode, modes)}"
            )
    if chosen[0] == chosen[1]:
        raise RunFileError(f"[report] entanglement = {shown(chosen)} must name two modes of {', '.join(modes)}")
    return chosen[0], chosen[1]
