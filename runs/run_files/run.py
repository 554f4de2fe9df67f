"""Single runs: a run file read and checked, as a `RunFile`. All mistakes are refused here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ...sde.ensemble.settings import MOST_STEPS, Settings
from ...sde.kept_elements import MODES
from ...sde.labels import as_plain
from ...sde.model.model import Model
from ...sde.records import Record
from ...sde.records.record import described_record, require_recordable
from ...sde.schemes.table import AUTO, SCHEMES
from ...sde.support.checks import nearest
from ...sde.system import System
from .errors import RunFileError, shown
from .light import check_light
from .schema import File, Quantity, Run, parse
from .sources import ParsedFile, load_file, read_text
from .system_sources import Found, SystemSource, find_system
from .systems import build_model, build_system, reported_pair
from .units import Quantities, to_si

LEAST_PAIRED = 256
"""Trajectories from which antithetic pairs have an error bar."""


@dataclasses.dataclass(frozen=True, eq=False)
class RunFile:
    """A run ready to be executed: its system, turned in its `direction`, and its settings.

    `model` is that of the system, with the nonlinearity scaled; `stem` is the name of its results,
    `text` the file as written, `entanglement` the two modes whose entanglement is reported, `found`
    the class of the system and where it comes from. `light` names the tables of the file that
    `qlangevin spectra` reads.
    """

    title: str
    stem: str
    found: Found
    direction: str
    system: System
    model: Model
    integration: Settings
    nonlinearity: float
    entanglement: tuple[str, str]
    text: str
    light: tuple[str, ...] = ()

    @property
    def source(self) -> SystemSource:
        """Where the system comes from."""
        return self.found.source

    @property
    def subject(self) -> System | Model:
        """What is integrated: the system, or its model with the nonlinearity scaled."""
        return self.system if self.nonlinearity == 1 else self.model

    @property
    def identity(self) -> dict[str, Any]:
        """All settings that determine the result; equal for two files of the same run."""
        settings = {
            field.name: getattr(self.integration, field.name)
            for field in dataclasses.fields(self.integration)
            if field.name != "twin"
        }
        settings["record"] = described_record(self.integration.light)
        if settings["step_errors"] == Settings.step_errors:
            del settings["step_errors"]
        chosen = {
            **self.source.identity,
            "direction": self.direction,
            "nonlinearity": self.nonlinearity,
            "entanglement": self.entanglement,
        }
        return cast(dict[str, Any], as_plain(self.system.parameters() | settings | chosen))

    @property
    def pair(self) -> tuple[int, int]:
        """Indices of the two modes whose entanglement is reported."""
        first, second = self.entanglement
        return self.model.mode_index(first), self.model.mode_index(second)


def load_runfile(path_or_name: str | Path) -> RunFile:
    """Read a run file by its path, or a shipped one by its name. Raises RunFileError."""
    return as_run(load_file(path_or_name))


def read_runfile(stem: str, text: str, found: Found | None = None) -> RunFile:
    """Read a run from the text of its file, which results keep. Raises RunFileError.

    `found` is its system, where this is not one that the text alone determines.
    """
    return as_run(read_text(stem, text), found)


def with_trajectories(run: RunFile, trajectories: int) -> RunFile:
    """The run with another number of trajectories, checked as if its file named it.

    Raises RunFileError.
    """
    parsed = parse(run.stem, run.text, {"trajectories": trajectories})
    return as_run(ParsedFile(parsed, run.stem, run.text), run.found)


def as_run(file: ParsedFile, found: Found | None = None) -> RunFile:
    """The run that a file describes, of a system that has been found. Raises RunFileError."""
    parsed = file.parsed
    if parsed.run is None:
        raise RunFileError(f"[run] is missing; {_without_run(parsed)}")
    run = parsed.run
    found = found or find_system(parsed.system, file.folder)
    system = build_system(parsed, found)
    duration, step = _times(run, system)
    _check_choices(run)
    model = build_model(system)
    pair = reported_pair(parsed.report.entanglement, system, model)
    _check_nonlinearity(run, model)
    check_light(parsed, system, model)
    integration = _settings(run, model, duration, step, pair, _record(run, system, model))
    _check_targets(integration, model)
    return RunFile(
        title=parsed.title or file.stem,
        stem=file.stem,
        found=found,
        direction=parsed.direction,
        system=system,
        model=_scaled(run, model),
        integration=integration,
        nonlinearity=run.nonlinearity,
        entanglement=pair,
        text=file.text,
        light=tuple(parsed.light),
    )


def _without_run(parsed: File) -> str:
    """What to do with a run file that has no [run]."""
    if parsed.map:
        return "qlangevin map reads its [map]"
    if parsed.light:
        return f"qlangevin spectra reads its {' and '.join(parsed.light)}"
    return "it gives the duration and the number of trajectories"


def _settings(
    run: Run,
    model: Model,
    duration: float,
    step: float,
    reported: tuple[str, str],
    record: Record | None,
) -> Settings:
    """The settings of a [run], with duration and step in s, and its defaults for this model.

    With moments = "modes" the pair of modes whose entanglement is reported is always kept.
    """
    euler = run.scheme == "euler-maruyama"
    given = run.model_dump(exclude={"duration", "step", "nonlinearity"}) | {"record": record}
    defaults = {
        "antithetic": _use_pairs(run, model) if run.antithetic is None else run.antithetic,
        "step_check": euler if run.step_check is None else run.step_check,
    }
    if run.moments == MODES and reported[0] != reported[1]:
        given["pairs"] = [*run.pairs, reported]
    try:
        return Settings(duration=duration, step=step, **given | defaults)
    except ValueError as error:
        raise RunFileError(f"[run] {error}") from None


def _record(run: Run, system: System, model: Model) -> Record | None:
    """The light that [run.record] names."""
    table = run.record
    if table is None:
        return None
    quantities = Quantities(system, {})
    units = {"highest": "rad/s", "resolution": "rad/s", "since": "s"}
    given = {
        key: to_si(f"[run.record] {key}", getattr(table, key), unit, quantities)
        for key, unit in units.items()
        if getattr(table, key) is not None
    }
    try:
        record = Record(table.ports, **given)
        require_recordable(record, model)
    except ValueError as error:
        raise RunFileError(f"[run.record] {error}") from None
    return record


def _use_pairs(run: Run, model: Model) -> bool:
    """Whether antithetic pairs reduce errors: in a nonlinear model, with pairs for an error bar."""
    return not model.linear and run.trajectories % 2 == 0 and run.trajectories >= LEAST_PAIRED


def _check_choices(run: Run) -> None:
    schemes = [*SCHEMES, AUTO]
    if run.scheme not in schemes:
        raise RunFileError(
            f"[run] scheme = {shown(run.scheme)} is unknown: {nearest(run.scheme, schemes)}"
        )
    if run.branch is not None and run.start != "steady":
        raise RunFileError(
            f'[run] branch = {run.branch} needs start = "steady"; leave it out or change the start'
        )
    if run.step_check and run.scheme != "euler-maruyama":
        raise RunFileError(
            f"[run] step_check compares Euler steps; leave it out with scheme = {shown(run.scheme)}"
        )


def _check_nonlinearity(run: Run, model: Model) -> None:
    if run.nonlinearity != 1 and model.linear:
        raise RunFileError(
            f"[run] nonlinearity = {run.nonlinearity:g} scales nothing: the system is linear; "
            "leave it out"
        )


def _check_targets(settings: Settings, model: Model) -> None:
    try:
        settings.require_targets(model)
    except ValueError as error:
        raise RunFileError(f"[run] {error}") from None


def _scaled(run: Run, model: Model) -> Model:
    """The model with the nonlinearity of a [run]."""
    if run.nonlinearity == 1:
        return model
    try:
        return model.scaled(run.nonlinearity)
    except ValueError as error:
        raise RunFileError(f"[run] {error}") from None


def _times(run: Run, system: System) -> tuple[float, float]:
    """Duration and step, in s."""
    quantities = Quantities(system, {})
    duration = _positive_time("duration", run.duration, quantities)
    step = _positive_time("step", run.step, quantities)
    if step > duration:
        raise RunFileError(
            f"[run] step = {shown(run.step)} exceeds the duration {shown(run.duration)}; shorten it"
        )
    if duration > MOST_STEPS * step:
        raise RunFileError(
            f"[run] step = {shown(run.step)} makes more than {MOST_STEPS:.0e} steps; lengthen it"
        )
    return duration, step


def _positive_time(key: str, value: Quantity, quantities: Mapping[str, tuple[float, str]]) -> float:
    seconds = to_si(f"[run] {key}", value, "s", quantities)
    if seconds <= 0:
        raise RunFileError(f'[run] {key} = {shown(value)} must be positive, such as "1.5 µs"')
    return seconds
