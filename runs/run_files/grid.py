"""Grids in run files: maps of steady states, and sweeps with an ensemble at every point."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from ...analysis.estimation import quantity
from ...analysis.measure_names import in_words
from ...analysis.spectra.light_words import Value
from ...sde.labels import as_plain
from ...sde.support.checks import nearest
from ...sde.system import System, has_effective_detuning
from ...steady.grid_axes import at_values
from ...steady.grid_measures import Named, named_measure
from ...steady.light import Filter
from .errors import RunFileError, named, shown
from .light import check_light
from .run import RunFile, as_run
from .schema import Axis, File, OutputFilter, Quantity
from .sources import ParsedFile, load_file, read_text
from .system_sources import Found, SystemSource, find_system
from .systems import at_effective_detuning, build_model, build_system
from .units import Quantities, si_values, to_si

NUMBERS = {"rad/s": "frequency", "rad": "angle"}
"""What the numbers in measures of light are, by unit."""
Axes = dict[str, np.ndarray[Any, np.dtype[Any]]]


@dataclasses.dataclass(frozen=True, eq=False)
class MapFile:
    """A map ready to be computed: the values of each axis in SI, and the names of the measures.

    `light` are the options of `grid` for the light that leaves.
    `starts` is that of `grid`: None for all branches, "dark" for the one reached from the dark.
    """

    title: str
    stem: str
    source: SystemSource
    system: System
    axes: Axes
    measures: tuple[str, ...]
    text: str
    starts: str | None = None
    light: dict[str, Any] = dataclasses.field(default_factory=dict)

    def named_measures(self) -> list[Named]:
        """The measures as `grid` computes them. Raises ValueError for unknown ones."""
        return _named_measures(self.system, self.measures, self.light)


@dataclasses.dataclass(frozen=True, eq=False)
class SweepFile:
    """A sweep ready to be run: the settings of every point, the system, and the axes in SI.

    Point k, with the last axis varying fastest, has the seed `run.integration.seed` + k. `measures`
    are of the steady states, and `light` are the options of `grid` for the light that leaves.
    """

    run: RunFile
    system: System
    axes: Axes
    quantities: tuple[str, ...]
    measures: tuple[str, ...] = ()
    light: dict[str, Any] = dataclasses.field(default_factory=dict)

    def named_measures(self) -> list[Named]:
        """The measures as `grid` computes them. Raises ValueError for unknown ones."""
        return _named_measures(self.system, self.measures, self.light)

    @property
    def identity(self) -> dict[str, Any]:
        """All settings that determine the result; equal for two files of the same sweep."""
        chosen: dict[str, Any] = {f"axis {name}": values for name, values in self.axes.items()}
        chosen["quantities"] = self.quantities
        if self.measures:
            filters = self.light.get("output_modes")
            tables = filters.tables.items() if filters else ()
            light = {name: table.model_dump() for name, table in tables}
            chosen |= self.light | {"measures": self.measures, "output_modes": light}
        return cast(dict[str, Any], self.run.identity | as_plain(chosen))


def load_map(path_or_name: str | Path) -> MapFile:
    """Read a map from a run file by its path, or a shipped one by its name. Raises RunFileError.

    An effective detuning of the file applies to every point: it becomes an axis of one value.
    """
    return _as_map(load_file(path_or_name))


def read_map(stem: str, text: str, found: Found | None = None) -> MapFile:
    """Read a map from the text of its file, which results keep. Raises RunFileError.

    `found` is its system, where this is not one that the text alone determines.
    """
    return _as_map(read_text(stem, text), found)


def _as_map(file: ParsedFile, found: Found | None = None) -> MapFile:
    parsed = file.parsed
    if parsed.map is None:
        raise RunFileError("[map] is missing; it names the axes of the grid and the measures")
    found = found or find_system(parsed.system, file.folder)
    system, axes = _grid("[map.axes]", parsed, found, parsed.map.axes)
    return MapFile(
        title=parsed.title or file.stem,
        stem=file.stem,
        source=found.source,
        system=system,
        axes=axes,
        measures=tuple(parsed.map.measures),
        starts=parsed.map.starts,
        text=file.text,
        light=_light(parsed, system),
    )


def load_sweep(path: str | Path) -> SweepFile:
    """Read a sweep from a run file by its path, or a shipped one by its name.

    Raises RunFileError.
    """
    return _as_sweep(load_file(path))


def read_sweep(stem: str, text: str, found: Found | None = None) -> SweepFile:
    """Read a sweep from the text of its file, which results keep. Raises RunFileError.

    `found` is its system, where this is not one that the text alone determines.
    """
    return _as_sweep(read_text(stem, text), found)


def _as_sweep(file: ParsedFile, found: Found | None = None) -> SweepFile:
    parsed = file.parsed
    if parsed.sweep is None:
        raise RunFileError("[sweep] is missing; it names the axes of the grid")
    run = as_run(file, found)
    if run.nonlinearity != 1:
        raise RunFileError(
            f"[run] nonlinearity = {run.nonlinearity:g} is for single runs; leave it out of a sweep"
        )
    system, axes = _grid("[sweep.axes]", parsed, run.found, parsed.sweep.axes)
    quantities = parsed.sweep.quantities or [in_words("log_negativity", *run.entanglement)]
    kept = run.integration.kept_elements(run.model)
    try:
        for words in quantities:
            quantity(words, run.model.quadratures).require_kept(kept)
    except ValueError as error:
        raise RunFileError(f"[sweep] quantities: {error}") from None
    measures = tuple(parsed.sweep.measures)
    light = _light(parsed, system) if measures else {}
    try:
        _named_measures(system, measures, light)
    except ValueError as error:
        raise RunFileError(f"[sweep] {error}") from None
    return SweepFile(run, system, axes, tuple(quantities), measures, light)


def _named_measures(
    system: System, measures: Sequence[str], light: Mapping[str, Any]
) -> list[Named]:
    """Measures in words as `grid` computes them. Raises ValueError for unknown ones."""
    filters = light.get("output_modes")
    modes = list(filters(system)) if filters else []
    return [named_measure(system, words, modes, read_quantity) for words in measures]


def _light(parsed: File, system: System) -> dict[str, Any]:
    """The options of `grid` that [spectra] and [output_modes] of a run file give."""
    if not parsed.light:
        return {}
    detected, filtered = check_light(parsed, system, build_model(system))
    shares = [each.efficiency for each in (detected, filtered) if each]
    if shares[0] != shares[-1]:
        raise RunFileError(
            f"[output_modes.efficiency] {shares[-1]} is not that of [spectra], {shares[0]}; give "
            "one of the two in a map or sweep"
        )
    if filtered is None or parsed.output_modes is None:
        return {"efficiency": shares[0]}
    filters = FiltersInWords(parsed.output_modes.filters, Quantities(system, {}))
    overlapping = filtered.overlapping
    return {"efficiency": shares[0], "output_modes": filters, "overlapping": overlapping}


@dataclasses.dataclass(frozen=True, eq=False)
class FiltersInWords:
    """The filters of [output_modes], a function of the system; its parameters may be arrays."""

    tables: Mapping[str, OutputFilter]
    unchanged: Quantities

    def __call__(self, system: System) -> dict[str, Filter]:
        """The filters by name."""
        names = _QuantitiesAt(system, self.unchanged)
        return {name: self._filter(name, names) for name in self.tables}

    def _filter(self, name: str, names: _QuantitiesAt) -> Filter:
        table = self.tables[name]
        values = {}
        for setting in ("centre", "width"):
            given = getattr(table, setting)
            key = f"[output_modes.filters.{named(name)}] {setting}"
            text = isinstance(given, str)
            values[setting] = si_values(key, given, "rad/s", names) if text else float(given)
        return Filter(table.port, **values, shape=table.shape)


def read_quantity(words: str, text: str, unit: str, system: System) -> Value:
    """A frequency or angle of a measure: "2π × 1 MHz", "omega_m + 0.5 kappa"; RunFileError.

    It is a function of the system, whose parameters may be arrays there.
    """
    key = f"{NUMBERS[unit]} of {shown(words)}"
    quantities = Quantities(system, {})
    try:
        number = float(text)
    except ValueError:
        si_values(key, text, unit, quantities)
        return lambda at: si_values(key, text, unit, _QuantitiesAt(at, quantities))
    to_si(key, number, unit, quantities)
    return lambda _: np.asarray(number)


class _QuantitiesAt(Mapping[str, tuple[Any, str]]):
    """Parameters and derived quantities of a system whose parameters may be arrays (...)."""

    def __init__(self, system: System, unchanged: Quantities) -> None:
        self._system, self._unchanged = system, unchanged

    def __getitem__(self, name: str) -> tuple[Any, str]:
        _, unit = self._unchanged[name]
        return np.asarray(getattr(self._system, name), float), unit

    def __iter__(self) -> Iterator[str]:
        return iter(self._unchanged)

    def __len__(self) -> int:
        return len(self._unchanged)


def _grid(
    table: str, parsed: File, found: Found, chosen: Mapping[str, Axis | list[Quantity]]
) -> tuple[System, Axes]:
    """The system before its effective detuning is set, and the axes, that detuning among them."""
    system = build_system(parsed.model_copy(update={"effective_detuning": None}), found)
    axes = {name: _values(table, name, axis, system) for name, axis in chosen.items()}
    if parsed.effective_detuning is not None and "effective_detuning" not in axes:
        axes["effective_detuning"] = _values(
            table, "effective_detuning", [parsed.effective_detuning], system
        )
    if "effective_detuning" in axes:
        at_effective_detuning(system, axes["effective_detuning"][0], parsed.parameters)
        try:
            at_values(system, {name: values[[0, -1]] for name, values in axes.items()})
        except ValueError as error:
            raise RunFileError(f"{table} {error}") from None
    return system, axes


def _values(
    table: str, name: str, axis: Axis | list[Quantity], system: System
) -> np.ndarray[Any, np.dtype[Any]]:
    """The values of one axis (points,), in SI."""
    fields = dataclasses.fields(system)
    units = {field.name: field.metadata["unit"] for field in fields}
    options = {field.name: field.metadata.get("options", ()) for field in fields}
    if options.get(name):
        every = ", ".join(options[name])
        raise RunFileError(
            f"{table} {name} takes words, not numbers; make one grid for each of {every}"
        )
    if has_effective_detuning(system):
        units["effective_detuning"] = "rad/s"
    if name not in units:
        raise RunFileError(f"{table} {named(name)} is unknown: {nearest(name, units)}")
    quantities = Quantities(system, {})
    key = f"{table} {name}"
    unit = units[name]
    if isinstance(axis, list):
        return np.array([to_si(key, value, unit, quantities) for value in axis])
    first = to_si(f"{key}.start", axis.start, unit, quantities)
    last = to_si(f"{key}.stop", axis.stop, unit, quantities)
    return np.linspace(first, last, axis.points)
