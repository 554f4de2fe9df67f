"""Run files: TOML in, a validated description of a run out. Everything wrong is refused here, before any work."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..sde.schemes import SCHEMES
from ..sde.system import System
from ..sde.systems import SYSTEMS
from .errors import RunFileError, nearest, shown
from .units import Quantities, to_si

__all__ = ["RunFile", "RunFileError", "load_runfile", "shipped_runs"]

Quantity = str | int | float
Whole = Annotated[int, Field(strict=True)]
MOST_STEPS = 10**15
"""Steps beyond which no run ends."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Run(_Table):
    trajectories: Annotated[Whole, Field(ge=1, le=10**9)]
    duration: Quantity
    step: Quantity
    samples: Annotated[Whole, Field(ge=1, le=10**6)] = 200
    seed: Annotated[Whole, Field(ge=0, lt=2**64)] = 0
    scheme: str = "euler-maruyama"
    start: Literal["dark", "steady"] = "dark"
    branch: Annotated[Whole, Field(ge=0)] | None = None
    step_check: bool = True


class _Report(_Table):
    entanglement: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None


class _File(_Table):
    title: str = ""
    system: str
    direction: Literal["forward", "reversed"] = "forward"
    parameters: dict[str, Any] = {}
    run: _Run
    report: _Report = _Report()


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
    start: str
    branch: int | None
    step_check: bool
    entanglement: tuple[str, str]
    text: str

    @property
    def pair(self) -> tuple[int, int]:
        """Indices of the two modes whose entanglement the report gives."""
        model, (first, second) = self.system.model(), self.entanglement
        return model.mode_index(first), model.mode_index(second)


def load_runfile(path_or_name: str | Path) -> RunFile:
    """Read a run file by path, or a shipped one by name. Raises RunFileError, in one sentence."""
    source = _find(path_or_name)
    text = _read(source)
    try:
        parsed = _File.model_validate(_parse(source.name, text))
    except ValidationError as error:
        raise RunFileError(_explain(error)) from None
    return _describe(parsed, source.name.removesuffix(".toml") or source.name, text)


def shipped_runs() -> dict[str, Traversable]:
    """Ready-made run files by name."""
    return {
        path.name.removesuffix(".toml"): path for path in files(__package__).iterdir() if path.name.endswith(".toml")
    }


def _find(path_or_name: str | Path) -> Path | Traversable:
    path, shipped = Path(path_or_name), shipped_runs()
    if _exists(path.is_file):
        return path
    name = str(path_or_name).removesuffix(".toml")
    if name in shipped:
        return shipped[name]
    if _exists(path.is_dir):
        raise RunFileError(f"{str(path)!r} is a folder; name a run file in it")
    raise RunFileError(
        f"there is no run file {shown(str(path_or_name))} here or shipped: {nearest(name, sorted(shipped))}"
    )


def _exists(ask: Callable[[], bool]) -> bool:
    """Whether a path is there; one that no file system can hold is not."""
    try:
        return ask()
    except OSError:
        return False


def _read(source: Path | Traversable) -> str:
    try:
        return source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RunFileError(f"{source.name} is not UTF-8 text; save it in that encoding") from None
    except OSError as error:
        raise RunFileError(f"{source.name} cannot be read ({error.strerror}); check its permissions") from None


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RunFileError(f"{name} is not TOML: {error}") from None
    except (ValueError, RecursionError):
        raise RunFileError(f"{name} holds a number or a nesting too long to read; shorten it") from None


def _describe(parsed: _File, stem: str, text: str) -> RunFile:
    system = _system(parsed)
    run = parsed.run
    duration, step = _times(run, system)
    if run.scheme not in SCHEMES:
        raise RunFileError(f"[run] scheme = {shown(run.scheme)} is unknown: {nearest(run.scheme, SCHEMES)}")
    if run.branch is not None and run.start != "steady":
        raise RunFileError(f'[run] branch = {run.branch} needs start = "steady"; leave it out or change the start')
    settings = run.model_dump(exclude={"duration", "step"})
    return RunFile(
        title=parsed.title or stem,
        stem=stem,
        system_name=parsed.system,
        direction=parsed.direction,
        system=system,
        duration=duration,
        step=step,
        entanglement=_pair(parsed.report.entanglement, system),
        text=text,
        **settings,
    )


def _system(parsed: _File) -> System:
    if parsed.system not in SYSTEMS:
        raise RunFileError(f"system = {shown(parsed.system)} is unknown: {nearest(parsed.system, SYSTEMS)}")
    kind = SYSTEMS[parsed.system]
    system = _with_parameters(kind, parsed.parameters)
    if parsed.direction == "forward":
        return system
    turn = getattr(system, "reversed", None) or getattr(system, "backward", None)
    if turn is None:
        raise RunFileError(f'direction = "reversed" is not defined for {parsed.system!r}; leave it out')
    turned = turn()
    assert isinstance(turned, System)
    return turned


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


def _times(run: _Run, system: System) -> tuple[float, float]:
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
            raise RunFileError(f"[parameters] give no model ({error}); check their units") from None


def _pair(chosen: list[str] | None, system: System) -> tuple[str, str]:
    modes = _modes(system)
    if chosen is None:
        return modes[0], modes[-1]
    for mode in chosen:
        if mode not in modes:
            raise RunFileError(
                f"[report] entanglement names mode {shown(mode)}, which is unknown: {nearest(mode, modes)}"
            )
    if chosen[0] == chosen[1]:
        raise RunFileError(f"[report] entanglement = {shown(chosen)} must name two modes of {', '.join(modes)}")
    return chosen[0], chosen[1]


def _explain(error: ValidationError) -> str:
    """The first complaint of the schema in one sentence."""
    first = error.errors()[0]
    *tables, key = (str(part) for part in first["loc"][:2]) if len(first["loc"]) > 1 else ("", str(first["loc"][0]))
    where = f"[{tables[0]}] {key}" if tables and tables[0] else key
    if first["type"] == "extra_forbidden":
        return f"{where} is an unknown key: {nearest(key, _keys(tables[0] if tables else ''))}"
    if first["type"] == "missing":
        return f"{where} is missing; the run file needs it"
    return f"{where} = {shown(first['input'])} is refused: {first['msg'][0].lower()}{first['msg'][1:]}"


def _keys(table: str) -> list[str]:
    tables: dict[str, type[_Table]] = {"run": _Run, "report": _Report}
    return list(tables.get(table, _File).model_fields)
