"""Run files: TOML in, a validated description of a run out. Everything wrong is refused here,
before any work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from ...sde.ensemble.settings import Settings
from ...sde.ensemble.stopping import require_targets
from ...sde.labels import as_plain
from ...sde.model.model import Model
from ...sde.schemes.table import AUTO, SCHEMES
from ...sde.support.checks import nearest
from ...sde.system import System, has_effective_detuning, overwritten
from ...sde.systems import BROKEN, SYSTEMS
from .errors import RunFileError, named, shown
from .schema import File, Quantity, Run, parse
from .sources import find_source, read_source, shipped_runs
from .units import Quantities, to_si

__all__ = [
    "RunFile",
    "RunFileError",
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
    step_errors: str
    until: dict[str, float]
    entanglement: tuple[str, str]
    text: str

    @property
    def times(self) -> int:
        """Times at which it is sampled, t = 0 included."""
        return 1 + min(self.samples, round(self.duration / self.step))

    @property
    def subject(self) -> System | Model:
        """What is run: the system, or its model with the nonlinearity scaled."""
        return (
            self.system if self.nonlinearity == 1 else self.system.model().scaled(self.nonlinearity)
        )

    @property
    def integration(self) -> Settings:
        """How the ensemble of the run is integrated."""
        names = [field.name for field in dataclasses.fields(Settings) if field.name != "twin"]
        return Settings(**{name: getattr(self, name) for name in names})

    @property
    def settings(self) -> dict[str, Any]:
        """All that decides the result, as plain values: two runs of equal settings are the same
        run.
        """
        kept = ("title", "stem", "text", "system") + ("step_errors",) * (
            self.step_errors == "refuse"
        )
        chosen = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in kept
        }
        return cast(dict[str, Any], as_plain(self.system.parameters() | chosen))

    @property
    def pair(self) -> tuple[int, int]:
        """Indices of the two modes whose entanglement the report gives."""
        model, (first, second) = self.system.model(), self.entanglement
        return model.mode_index(first), model.mode_index(second)


def load_runfile(path_or_name: str | Path) -> RunFile:
    """Read a run file by path, or a shipped one by name. Raises RunFileError, in one sentence."""
    return as_run(*load_file(path_or_name))


def read_runfile(stem: str, text: str) -> RunFile:
    """A run from the text of its file, as results keep it. Raises RunFileError."""
    return as_run(parse(stem, text), stem, text)


def with_trajectories(run: RunFile, trajectories: int) -> RunFile:
    """The same run with another number of trajectories, checked as if it were in its file. Raises
    RunFileError.
    """
    parsed = parse(run.stem, run.text, {"trajectories": trajectories})
    return as_run(parsed, run.stem, run.text)


def as_run(parsed: File, stem: str, text: str) -> RunFile:
    """The run that a parsed file describes. Raises RunFileError."""
    if parsed.run is None:
        remedy = (
            "qlangevin map reads its [map]"
            if parsed.map
            else "it says how long to integrate and how many"
        )
        raise RunFileError(f"[run] is missing; {remedy}")
    return _describe(parsed, parsed.run, stem, text)


def load_system(
    name: str | Path, changes: Mapping[str, Any], *, turned: bool = False
) -> tuple[System, tuple[str, str]]:
    """A system with changes of its parameters, written as in a run file, and the pair of modes that
    is reported.

    The name is that of a system, with its published parameters, or of a run file. `turned` drives
    it from the other side. Raises RunFileError.
    """
    parsed = File(system=str(name)) if name in SYSTEMS or name in BROKEN else load_file(name)[0]
    changes = dict(changes)
    detuning = changes.pop("effective_detuning", parsed.effective_detuning)
    forward = (parsed.direction == "forward") is not turned
    update = {
        "parameters": parsed.parameters | changes,
        "effective_detuning": detuning,
        "direction": "forward" if forward else "reversed",
    }
    system = build_system(parsed.model_copy(update=update))
    return system, _pair(parsed.report.entanglement, system)


def load_file(path_or_name: str | Path) -> tuple[File, str, str]:
    """The parsed file, the name of its results, and its text."""
    source = find_source(path_or_name)
    text = read_source(source)
    return parse(source.name, text), source.name.removesuffix(".toml") or source.name, text


def _describe(parsed: File, run: Run, stem: str, text: str) -> RunFile:
    system = build_system(parsed)
    duration, step = _times(run, system)
    schemes = [*SCHEMES, AUTO]
    if run.scheme not in schemes:
        raise RunFileError(
            f"[run] scheme = {shown(run.scheme)} is unknown: {nearest(run.scheme, schemes)}"
        )
    if run.branch is not None and run.start != "steady":
        raise RunFileError(
            f'[run] branch = {run.branch} needs start = "steady"; leave it out or change the start'
        )
    euler = run.scheme == "euler-maruyama"
    if run.step_check and not euler:
        raise RunFileError(
            f"[run] step_check compares Euler steps; leave it out with scheme = {shown(run.scheme)}"
        )
    pair, model = _pair(parsed.report.entanglement, system), system.model()
    step_check = euler if run.step_check is None else run.step_check
    _check_sampling(run, model)
    settings = run.model_dump(exclude={"duration", "step"}) | {
        "antithetic": _pays(run, model) if run.antithetic is None else run.antithetic,
        "step_check": step_check,
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
    """Whether antithetic pairs do: the model is nonlinear, and the trajectories make pairs enough
    for an error bar.
    """
    return not model.linear and run.trajectories % 2 == 0 and run.trajectories >= LEAST_PAIRED


def _check_sampling(run: Run, model: Model) -> None:
    if run.antithetic and run.trajectories % 2:
        raise RunFileError(
            f"[run] trajectories must be even for antithetic pairs (got {run.trajectories})"
        )
    if run.nonlinearity != 1 and model.linear:
        raise RunFileError(
            f"[run] nonlinearity = {run.nonlinearity:g} scales nothing: the system is linear; "
            "leave it out"
        )
    try:
        require_targets(run.until, model)
        model.scaled(run.nonlinearity)
    except ValueError as error:
        raise RunFileError(f"[run] {error}") from None


def build_system(parsed: File) -> System:
    """The system with its parameters, turned in its direction, then set to its effective detuning."""
    system = _with_parameters(_kind(parsed.system), parsed.parameters)
    if parsed.direction == "reversed":
        system = _turned(system, parsed.system)
    if parsed.effective_detuning is None:
        return system
    if not has_effective_detuning(system):
        raise RunFileError(
            f"effective_detuning is not defined for {parsed.system!r}; give the bare detuning "
            "instead"
        )
    value = to_si("effective_detuning", parsed.effective_detuning, "rad/s", Quantities(system, {}))
    return detuned(system, value, parsed.parameters)


def detuned(system: System, effective_detuning: float, given: Iterable[str]) -> System:
    """The system at an effective detuning, in rad/s, which must leave the parameters given as they
    are.
    """
    found = cast(System, system.at_effective_detuning(effective_detuning))  # type: ignore[attr-defined]
    for name in overwritten(system, found, given):
        raise RunFileError(
            f"[parameters] {name} follows from effective_detuning; give one of the two"
        )
    return found


def _kind(name: str) -> type[System]:
    if name in BROKEN:
        raise RunFileError(
            f"system = {shown(name)} cannot be imported: its file raises {BROKEN[name]}"
        )
    if name not in SYSTEMS:
        raise RunFileError(f"system = {shown(name)} is unknown: {nearest(name, SYSTEMS)}")
    return SYSTEMS[name]


def _turned(system: System, name: str) -> System:
    turn = getattr(system, "reversed", None) or getattr(system, "backward", None)
    if turn is None:
        raise RunFileError(
            f'direction = "reversed" (--reversed) is not defined for {name!r}; leave it out'
        )
    return cast(System, turn())


def _with_parameters(kind: type[System], changes: Mapping[str, Any]) -> System:
    """The published system with the changes, each read after those it refers to."""
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


def _times(run: Run, system: System) -> tuple[float, float]:
    """Duration and step, in s."""
    known = Quantities(system, {})
    duration, step = (_positive_time(key, getattr(run, key), known) for key in ("duration", "step"))
    if step > duration:
        raise RunFileError(
            f"[run] step = {shown(run.step)} exceeds the duration {shown(run.duration)}; shorten it"
        )
    if duration > MOST_STEPS * step:
        raise RunFileError(
            f"[run] step = {shown(run.step)} makes more than {MOST_STEPS:.0e} steps; lengthen it"
        )
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
                f"[report] entanglement names mode {shown(mode)}, which is unknown: "
                f"{nearest(mode, modes)}"
            )
    if chosen[0] == chosen[1]:
        raise RunFileError(
            f"[report] entanglement = {shown(chosen)} must name two modes of {', '.join(modes)}"
        )
    return chosen[0], chosen[1]
