"""Schema of run files: their tables as pydantic models, and errors of the schema as a sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from ...sde.ensemble.settings import Settings
from ...sde.support.checks import nearest
from .errors import LONGEST, RunFileError, named, shown
from .names import normal_name
from .toml_text import read_toml

Quantity = Any
"""A number, or an expression with units, which `units.to_si` evaluates."""
DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Settings)}
"""Defaults of the settings of an integration."""
Whole = Annotated[int, Field(strict=True)]
Branch = Annotated[Whole, Field(ge=0)]
ModePair = Annotated[list[str], Field(min_length=2, max_length=2)]
AXES = (("map", "axes", "*"), ("sweep", "axes", "*"), ("spectra", "frequencies"))
"""Keys that hold a range or a list: pydantic adds which of the two after the key in errors."""


class Table(BaseModel):
    """A table of a run file: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class RecordedLight(Table):
    """[run.record]: the ports whose light is recorded along trajectories, and its frequencies."""

    ports: Annotated[list[str], Field(min_length=1)]
    highest: Quantity = None
    resolution: Quantity = None
    since: Quantity = None


class Run(Table):
    """[run]: the settings of the integration, with defaults of `Settings`.

    antithetic and step_check depend on the system and the scheme where they are left out.
    """

    trajectories: Annotated[Whole, Field(ge=1, le=10**9)]
    duration: Quantity
    step: Quantity
    samples: Annotated[Whole, Field(ge=1, le=10**6)] = DEFAULTS["samples"]
    seed: Annotated[Whole, Field(ge=0, lt=2**64)] = DEFAULTS["seed"]
    scheme: str = DEFAULTS["scheme"]
    increments: Literal["gaussian", "two-point", "three-point"] = DEFAULTS["increments"]
    start: Literal["dark", "steady"] = DEFAULTS["start"]
    branch: Branch | None = DEFAULTS["branch"]
    nonlinearity: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    antithetic: bool | None = None
    step_check: bool | None = None
    step_errors: Literal["refuse", "warn"] = DEFAULTS["step_errors"]
    moments: Literal["full", "modes"] = DEFAULTS["moments"]
    pairs: list[ModePair] = []
    record: RecordedLight | None = None
    until: dict[str, float] = {}


class Report(Table):
    """[report]: the two modes whose entanglement it gives."""

    entanglement: ModePair | None = None


class Axis(Table):
    """One axis of a map: equally spaced values of a parameter."""

    start: Quantity
    stop: Quantity
    points: Annotated[Whole, Field(ge=2, le=10**6)]


class Map(Table):
    """[map]: the axes of a grid, and the measures on it."""

    axes: Annotated[dict[str, Axis | list[Quantity]], Field(min_length=1)]
    measures: list[Annotated[str, Field(max_length=LONGEST)]] = ["log_negativity"]
    starts: Literal["dark"] | None = None


class Sweep(Table):
    """[sweep]: the axes of a grid of ensembles, and the quantities estimated at every point.

    Its measures are those of the steady state there, as of a map.
    """

    axes: Annotated[dict[str, Axis | list[Quantity]], Field(min_length=1)]
    quantities: (
        Annotated[list[Annotated[str, Field(max_length=LONGEST)]], Field(min_length=1)] | None
    ) = None
    measures: list[Annotated[str, Field(max_length=LONGEST)]] = []


class Probe(Table):
    """[spectra.probe]: the ports by which a weak probe enters and leaves; by the same if one."""

    input: str
    output: str | None = None


class Spectra(Table):
    """[spectra]: which light is detected, how, and over which frequencies from the laser."""

    frequencies: Axis | list[Quantity]
    ports: Annotated[list[str], Field(min_length=1)] | None = None
    angles: list[Quantity] = []
    efficiency: dict[str, Quantity] = {}
    probe: Probe | None = None
    branch: Branch | None = None


class OutputFilter(Table):
    """[output_modes.filters.NAME]: a filter behind a port."""

    port: str
    width: Quantity
    centre: Quantity = 0
    shape: str = "lorentzian"


class OutputModes(Table):
    """[output_modes]: filtered modes of the light, and pairs of modes whose E_N is reported."""

    filters: Annotated[dict[str, OutputFilter], Field(min_length=1)]
    pairs: (
        Annotated[
            list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(min_length=1)
        ]
        | None
    ) = None
    overlapping: str = "refuse"
    efficiency: dict[str, Quantity] | None = None
    branch: Branch | None = None


class SystemTables(Table):
    """[system]: a system that the run file itself declares; see `system_tables`.

    The values of its tables are expressions, or tables, which are checked there.
    """

    modes: Annotated[list[str], Field(min_length=1)]
    mechanical: list[str] = []
    operators: dict[str, str] | None = None
    parameters: dict[str, Any] = {}
    derived: dict[str, Any] = {}
    hamiltonian: Any = None
    jumps: dict[str, Any] = {}
    drives: dict[str, Any] = {}
    light: dict[str, Any] = {}
    feeds: dict[str, Any] = {}
    friction: dict[str, Any] = {}
    pair: ModePair | None = None
    reference: str = ""


def _kind_of_system(given: Any) -> str:
    return "tables" if isinstance(given, dict | SystemTables) else "name"


NamedSystem = Annotated[
    Annotated[str, Tag("name")] | Annotated[SystemTables, Tag("tables")],
    Discriminator(_kind_of_system),
]
"""The name of a system, or its tables."""


class File(Table):
    """A whole run file."""

    title: str = ""
    system: NamedSystem
    direction: Literal["forward", "reversed"] = "forward"
    parameters: dict[str, Any] = {}
    effective_detuning: Quantity | None = None
    run: Run | None = None
    map: Map | None = None
    sweep: Sweep | None = None
    spectra: Spectra | None = None
    output_modes: OutputModes | None = None
    report: Report = Report()

    @property
    def light(self) -> list[str]:
        """Its tables on the light that leaves, as "[spectra]"."""
        return [f"[{name}]" for name in LIGHT if getattr(self, name) is not None]


LIGHT = ("spectra", "output_modes")
"""Tables on the light that leaves."""


def parse(name: str, text: str, changes: Mapping[str, Any] | None = None) -> File:
    """Parse the text of a run file, with changes of its [run]. Raises RunFileError."""
    tables = read_toml(name, text)
    if changes:
        tables["run"] |= changes
    try:
        return File.model_validate(tables)
    except ValidationError as error:
        raise RunFileError(_explain(error)) from None


def read_changes(assignments: Sequence[str]) -> dict[str, Any]:
    """Read assignments NAME=VALUE, whose values are TOML or bare text. Raises RunFileError."""
    changes: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = (part.strip() for part in text.partition("="))
        name = normal_name(name)
        if not (name and equals and value):
            raise RunFileError(
                f'--set {shown(text)} must be NAME=VALUE, such as --set power="20 mW"'
            )
        if name in changes:
            raise RunFileError(
                f"--set {shown(text)} changes {named(name)} a second time; give one of the two"
            )
        try:
            changes[name] = tomllib.loads(f"value = {value}")["value"]
        except (tomllib.TOMLDecodeError, ValueError):
            changes[name] = value
    return changes


def _explain(error: ValidationError) -> str:
    """The first error of the schema as a sentence."""
    first = error.errors()[0]
    kind = first["type"]
    path = [part for part in first["loc"] if isinstance(part, str)]
    if path[:1] == ["system"]:
        del path[1:2]  # whether it is a name or tables
    for axis in AXES:
        if _is_at(path[: len(axis)], axis):
            del path[len(axis) : len(axis) + 1]
    *tables, key = path
    where = f"[{'.'.join(map(named, tables))}] {named(key)}" if tables else named(key)
    if kind == "extra_forbidden":
        return f"{where} is an unknown key: {nearest(key, _keys(tables))}"
    if kind == "missing":
        return f"{where} is missing; the run file needs it"
    if kind == "model_type" and any(_is_at(path, axis) for axis in AXES):
        ways = 'a list of quantities, or { start = "…", stop = "…", points = 101 }'
        return f"{where} holds {shown(first['input'])}; give {ways}"
    wanted = "a table of keys is expected" if kind in ("model_type", "dict_type") else first["msg"]
    return f"{where} = {shown(first['input'])} is refused: {wanted[0].lower()}{wanted[1:]}"


def _is_at(path: Sequence[str], place: Sequence[str]) -> bool:
    """Whether a path of keys is a place, in which "*" stands for any key."""
    return len(path) == len(place) and all(
        one in (key, "*") for key, one in zip(path, place, strict=True)
    )


TABLES: dict[tuple[str, ...], type[Table]] = {
    (): File,
    ("run",): Run,
    ("report",): Report,
    ("map",): Map,
    ("sweep",): Sweep,
    ("system",): SystemTables,
    ("spectra",): Spectra,
    ("spectra", "probe"): Probe,
    ("output_modes",): OutputModes,
    ("output_modes", "filters", "*"): OutputFilter,
    **dict.fromkeys(AXES, Axis),
}
"""The tables by their place; "*" stands for any key."""


def _keys(tables: list[str]) -> list[str]:
    """The keys that a table may have."""
    model = next((model for place, model in TABLES.items() if _is_at(tables, place)), File)
    return list(model.model_fields)
