"""Run files: TOML in, a validated description of a run out. Everything wrong is refused here, before any work."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..sde.schemes import SCHEMES
from ..sde.system import System
from ..sde.systems import SYSTEMS
from .units import RunFileError, names_in, to_si

__all__ = ["RunFile", "RunFileError", "load_runfile", "shipped_runs"]

Quantity = str | int | float
Whole = Annotated[int, Field(strict=True)]
RATE = ", rad/s"
"""How the docstring of a system's property says that it is an angular rate, which run files may then refer to."""


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
    """A run, ready to execute: the system built, times in s. `text` is the file as written."""

    title: str
    stem: str
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


def load_runfile(path_or_name: str | Path) -> RunFile:
    """Read a run file by path, or a shipped one by name. Raises RunFileError, in one sentence."""
    source = _find(path_or_name)
    text = _read(source)
    stem = source.name.removesuffix(".toml")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RunFileError(f"{source.name} is not TOML: {error}") from None
    try:
        parsed = _File.model_validate(content)
    except ValidationError as error:
        raise RunFileError(_explain(error)) from None
    return _describe(parsed, stem, text)


def shipped_runs() -> dict[str, Traversable]:
    """Ready-made run files by name."""
    return {
        path.name.removesuffix(".toml"): path for path in files(__package__).iterdir() if path.name.endswith(".toml")
    }


def _find(path_or_name: str | Path) -> Path | Traversable:
    path, shipped = Path(path_or_name), shipped_runs()
    if path.is_file():
        return path
    name = str(path_or_name).removesuffix(".toml")
    if name in shipped:
        return shipped[name]
    if path.is_dir():
        raise RunFileError(f"{str(path)!r} is a folder; name a run file in it")
    near = get_close_matches(name, shipped, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"shipped runs are {', '.join(sorted(shipped))}"
    raise RunFileError(f"there is no run file {str(path_or_name)!r}: {hint}")


def _read(source: Path | Traversable) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RunFileError(f"{source.name} is not UTF-8 text; save it in that encoding") from None
    except OSError as error:
        raise RunFileError(f"{source.name} cannot be read ({error.strerror}); check its permissions") from None


def _describe(parsed: _File, stem: str, text: str) -> RunFile:
    system = _system(parsed)
    known = _known_names(system)
    run = parsed.run
    duration, step = (_positive_time(key, getattr(run, key), known) for key in ("duration", "step"))
    if step > duration:
        raise RunFileError(f"[run] step = {run.step!r} is longer than the duration {run.duration!r}; shorten it")
    if run.scheme not in SCHEMES:
        raise RunFileError(f"[run] scheme = {run.scheme!r} is unknown: {_nearest(run.scheme, list(SCHEMES))}")
    if run.branch is not None and run.start != "steady":
        raise RunFileError(f'[run] branch = {run.branch} needs start = "steady"; leave it out or change the start')
    settings = run.model_dump(exclude={"duration", "step"})
    return RunFile(
        title=parsed.title or stem,
        stem=stem,
        system=system,
        duration=duration,
        step=step,
        entanglement=_pair(parsed.report.entanglement, system),
        text=text,
        **settings,
    )


def _system(parsed: _File) -> System:
    if parsed.system not in SYSTEMS:
        raise RunFileError(f"system = {parsed.system!r} is unknown: {_nearest(parsed.system, list(SYSTEMS))}")
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
    """The published system with the changes, those without references first, then those whose references are known."""
    units = {field.name: field.metadata["unit"] for field in dataclasses.fields(kind)}
    for name in changes:
        if name not in units:
            raise RunFileError(f"[parameters] {name} is unknown: {_nearest(name, list(units))}")
    system, waiting = kind.published(), dict(changes)
    while waiting:
        known = _known_names(system)
        ready = [name for name, value in waiting.items() if not _blocked(value, known, waiting)]
        if not ready:
            raise RunFileError(
                f"[parameters] {', '.join(waiting)} refer to each other in a circle; give one as a number"
            )
        values = {name: to_si(f"[parameters] {name}", waiting.pop(name), units[name], known) for name in ready}
        try:
            system = system.replace(**values)
        except ValueError as error:
            raise RunFileError(f"[parameters] {error}") from None
    return system


def _blocked(value: Any, known: Mapping[str, Any], waiting: Mapping[str, Any]) -> bool:
    """Whether a value refers to a parameter still to be set, or to a derived rate while plain parameters are."""
    references = names_in(value, known)
    if references & set(waiting):
        return True
    plain = [other for other, text in waiting.items() if not names_in(text, known)]
    return bool(references and plain)


def _known_names(system: System) -> dict[str, tuple[float, str]]:
    """Parameters, and properties that are angular rates, with their values and units."""
    known = {f.name: (float(getattr(system, f.name)), f.metadata["unit"]) for f in dataclasses.fields(system)}
    for name in dir(type(system)):
        member = getattr(type(system), name)
        if isinstance(member, property) and RATE in (member.__doc__ or ""):
            known[name] = float(getattr(system, name)), "rad/s"
    return known


def _positive_time(key: str, value: Quantity, known: Mapping[str, tuple[float, str]]) -> float:
    seconds = to_si(f"[run] {key}", value, "s", known)
    if seconds <= 0:
        raise RunFileError(f'[run] {key} = {value!r} must be positive, such as "1.5 µs"')
    return seconds


def _pair(chosen: list[str] | None, system: System) -> tuple[str, str]:
    modes = system.model().modes
    if chosen is None:
        return modes[0], modes[-1]
    for mode in chosen:
        if mode not in modes:
            raise RunFileError(
                f"[report] entanglement names mode {mode!r}, which is unknown: {_nearest(mode, list(modes))}"
            )
    if chosen[0] == chosen[1]:
        raise RunFileError(f"[report] entanglement = {chosen} must name two different modes of {', '.join(modes)}")
    return chosen[0], chosen[1]


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _explain(error: ValidationError) -> str:
    """The first complaint of the schema in one sentence."""
    first = error.errors()[0]
    *tables, key = (str(part) for part in first["loc"][:2]) if len(first["loc"]) > 1 else ("", str(first["loc"][0]))
    where = f"[{tables[0]}] {key}" if tables and tables[0] else key
    if first["type"] == "extra_forbidden":
        return f"{where} is an unknown key: {_nearest(key, _keys(tables[0] if tables else ''))}"
    if first["type"] == "missing":
        return f"{where} is missing; the run file needs it"
    return f"{where} = {first['input']!r} is refused: {first['msg'][0].lower()}{first['msg'][1:]}"


def _keys(table: str) -> list[str]:
    tables: dict[str, type[_Table]] = {"run": _Run, "report": _Report}
    return list(tables.get(table, _File).model_fields)
