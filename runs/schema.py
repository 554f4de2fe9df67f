"""What a run file may hold: its tables as pydantic models, and a schema's complaint in one sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..sde.arguments import nearest
from .errors import RunFileError, shown

Quantity = str | int | float
Whole = Annotated[int, Field(strict=True)]
KIND = re.compile(r"(str|int|float|Axis|list\[.*|\d+)$")
"""What a complaint of the schema says about kinds and positions, rather than keys."""


class Table(BaseModel):
    """A table of a run file: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Run(Table):
    """[run]: how many trajectories, how long, in what steps, from where."""

    trajectories: Annotated[Whole, Field(ge=1, le=10**9)]
    duration: Quantity
    step: Quantity
    samples: Annotated[Whole, Field(ge=1, le=10**6)] = 200
    seed: Annotated[Whole, Field(ge=0, lt=2**64)] = 0
    scheme: str = "euler-maruyama"
    increments: Literal["gaussian", "two-point", "three-point"] = "gaussian"
    start: Literal["dark", "steady"] = "dark"
    branch: Annotated[Whole, Field(ge=0)] | None = None
    nonlinearity: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    antithetic: bool | None = None
    step_check: bool | None = None
    until: dict[str, float] = {}


class Report(Table):
    """[report]: the two modes whose entanglement it gives."""

    entanglement: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None


class Axis(Table):
    """One axis of a map: equally spaced values of a parameter."""

    start: Quantity
    stop: Quantity
    points: Annotated[Whole, Field(ge=2, le=10**6)]


class Map(Table):
    """[map]: the axes of a grid, and the measures on it."""

    axes: Annotated[dict[str, Axis | list[Quantity]], Field(min_length=1)]
    measures: list[str] = ["log_negativity"]


class File(Table):
    """A whole run file."""

    title: str = ""
    system: str
    direction: Literal["forward", "reversed"] = "forward"
    parameters: dict[str, Any] = {}
    effective_detuning: Quantity | None = None
    run: Run | None = None
    map: Map | None = None
    report: Report = Report()


def parse(name: str, text: str) -> File:
    """A run file's text as tables. Raises RunFileError."""
    try:
        return File.model_validate(_toml(name, text))
    except ValidationError as error:
        raise RunFileError(_explain(error)) from None


def read_changes(assignments: Sequence[str]) -> dict[str, Any]:
    """Changes written "name=value", as TOML or as bare text, as a dictionary. Raises RunFileError."""
    changes: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise RunFileError(f'--set {shown(text)} must be NAME=VALUE, such as --set power="20 mW"')
        try:
            changes[name] = tomllib.loads(f"value = {value}")["value"]
        except (tomllib.TOMLDecodeError, ValueError):
            changes[name] = value
    return changes


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RunFileError(f"{name} is not TOML: {error}") from None
    except (ValueError, RecursionError):
        raise RunFileError(f"{name} holds a number or a nesting too long to read; shorten it") from None


def _explain(error: ValidationError) -> str:
    """The first complaint of the schema in one sentence."""
    first = error.errors()[0]
    *tables, key = [part for part in map(str, first["loc"]) if not KIND.match(part)][:4]
    where = f"[{'.'.join(tables)}] {key}" if tables else key
    if first["type"] == "extra_forbidden":
        return f"{where} is an unknown key: {nearest(key, _keys(tables))}"
    if first["type"] == "missing":
        return f"{where} is missing; the run file needs it"
    if first["loc"][:2] == ("map", "axes") and first["type"] in ("model_type", "string_type", "int_type", "float_type"):
        ways = 'a list of quantities, or { start = "…", stop = "…", points = 101 }'
        return f"[map.axes] {first['loc'][2]} holds {shown(first['input'])}; give {ways}"
    return f"{where} = {shown(first['input'])} is refused: {first['msg'][0].lower()}{first['msg'][1:]}"


def _keys(tables: list[str]) -> list[str]:
    """The keys of a table, as they are written."""
    known: dict[str, type[Table]] = {"run": Run, "report": Report, "map": Map}
    model = (known.get(tables[0], File) if len(tables) < 2 else Axis) if tables else File
    return list(model.model_fields)
