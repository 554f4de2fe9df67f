"""The light that leaves in run files: spectra at ports, and filtered modes of the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from ...sde.model.model import Model
from ...sde.model.ports import channels_of
from ...sde.support.checks import Array, nearest, require_name
from ...sde.system import System
from ...steady.light import Filter
from ...steady.light.filters import SHAPES
from ...steady.light.linear_light import outgoing_ports
from ...steady.light.output_modes import TREATMENTS
from .errors import RunFileError, named, shown
from .schema import Axis, File, OutputFilter, OutputModes, Spectra
from .sources import ParsedFile, load_file, read_text
from .system_sources import Found, SystemSource, find_system
from .systems import build_model, build_system, changed
from .units import Quantities, to_si

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class DetectedLight:
    """[spectra]: frequencies (points,) from the laser in rad/s, ports, angles in rad, efficiencies.

    `even` says that the frequencies are a range, to which others may be added; `probe` names the
    ports by which a probe enters and leaves.
    """

    frequencies: Array
    even: bool
    ports: tuple[str, ...]
    angles: tuple[float, ...]
    efficiency: dict[str, float]
    probe: Pair | None


@dataclass(frozen=True, eq=False)
class FilteredLight:
    """[output_modes]: the filters by name, pairs of modes, efficiencies, overlapping filters."""

    filters: dict[str, Filter]
    pairs: tuple[Pair, ...]
    efficiency: dict[str, float]
    overlapping: str


@dataclass(frozen=True, eq=False)
class LightFile:
    """What a run file says of the light that leaves a system about one of its branches.

    `branch` is None where neither the file nor the command line names one: it is that with the
    `effective_detuning` of the file, in rad/s, or the first. `changes` of parameters and `reverse`
    are those of the command line.
    """

    title: str
    stem: str
    source: SystemSource
    system: System
    model: Model
    branch: int | None
    effective_detuning: float | None
    detected: DetectedLight | None
    filtered: FilteredLight | None
    text: str
    changes: Mapping[str, Any]
    reverse: bool

    @property
    def tables(self) -> list[str]:
        """The tables of the file, as "[spectra]"."""
        found = {"[spectra]": self.detected, "[output_modes]": self.filtered}
        return [name for name, table in found.items() if table is not None]


@dataclass(frozen=True)
class Changes:
    """What the command line changes in a run file on light: parameters, direction, branch."""

    parameters: Mapping[str, Any]
    reverse: bool = False
    branch: int | None = None


def load_light(path_or_name: str | Path, changes: Changes) -> LightFile:
    """Read the light of a run file by its path, or a shipped one by its name.

    Raises RunFileError.
    """
    return _as_light(load_file(path_or_name), changes)


def read_light(stem: str, text: str, changes: Changes, found: Found | None = None) -> LightFile:
    """Read the light of a run file from its text, which results keep. Raises RunFileError.

    `found` is its system, where this is not one that the text alone determines.
    """
    return _as_light(read_text(stem, text), changes, found)


def check_light(
    parsed: File, system: System, model: Model
) -> tuple[DetectedLight | None, FilteredLight | None]:
    """The tables on light of a run file for another command. Raises RunFileError for mistakes."""
    return _tables(parsed, system, model) if parsed.light else (None, None)


def _as_light(file: ParsedFile, changes: Changes, found: Found | None = None) -> LightFile:
    if not file.parsed.light:
        raise RunFileError(
            "[spectra] and [output_modes] are missing; add one of them, such as [spectra] with "
            'frequencies = { start = "-2π × 10 MHz", stop = "2π × 10 MHz", points = 1001 }'
        )
    parsed = changed(file.parsed, changes.parameters, reverse=changes.reverse)
    found = found or find_system(parsed.system, file.folder)
    system = build_system(parsed, found)
    model = build_model(system)
    detected, filtered = _tables(parsed, system, model)
    return LightFile(
        title=parsed.title or file.stem,
        stem=file.stem,
        source=found.source,
        system=system,
        model=model,
        branch=_branch(parsed) if changes.branch is None else changes.branch,
        effective_detuning=_effective_detuning(parsed, system),
        detected=detected,
        filtered=filtered,
        text=file.text,
        changes=changes.parameters,
        reverse=changes.reverse,
    )


def _effective_detuning(parsed: File, system: System) -> float | None:
    """The effective detuning of a run file in rad/s, None without."""
    given = parsed.effective_detuning
    if given is None:
        return None
    return to_si("effective_detuning", given, "rad/s", Quantities(system, {}))


def _branch(parsed: File) -> int | None:
    """The branch of the tables on light, else that of the [run]; None where none is named."""
    tables = [parsed.spectra, parsed.output_modes]
    given = [table.branch for table in tables if table is not None and table.branch is not None]
    if len(set(given)) > 1:
        raise RunFileError(
            f"[output_modes] branch = {given[1]} is not that of [spectra], {given[0]}; give one of "
            "the two"
        )
    own = parsed.run.branch if parsed.run is not None else None
    return given[0] if given else own


def _tables(
    parsed: File, system: System, model: Model
) -> tuple[DetectedLight | None, FilteredLight | None]:
    """Both tables of a run file, None for one that it does not have."""
    reader = _Reader(system, model)
    _branch(parsed)
    detected = reader.spectra(parsed.spectra) if parsed.spectra else None
    if parsed.output_modes is None:
        return detected, None
    same = detected.efficiency if detected else {}
    return detected, reader.output_modes(parsed.output_modes, same)


class _Reader:
    """Reads the tables on light for one system, in whose parameters quantities may be given."""

    def __init__(self, system: System, model: Model) -> None:
        self.quantities = Quantities(system, {})
        self.model = model
        self.outputs = outgoing_ports(model)
        self.inputs = tuple(p for p in model.ports if channels_of(p)[0] in model.channels)
        if not self.outputs:
            raise RunFileError(
                f"[spectra] and [output_modes] need a port, and light leaves "
                f"{type(system).__name__} by none; lose and guide make ports"
            )

    def spectra(self, table: Spectra) -> DetectedLight:
        """The [spectra] of a run file."""
        ports = self.outputs if table.ports is None else tuple(table.ports)
        for port in ports:
            self._require("[spectra] ports", port, self.outputs, "light leaves by")
        _require_different("[spectra] ports", ports)
        angles = [self._si("[spectra] angles", angle, "rad") for angle in table.angles]
        _require_different("[spectra] angles", angles)
        probe = None
        if table.probe is not None:
            probe = table.probe.input, table.probe.output or table.probe.input
            self._require("[spectra.probe] input", probe[0], self.inputs, "light enters by")
            self._require("[spectra.probe] output", probe[1], self.outputs, "light leaves by")
        return DetectedLight(
            self._frequencies(table.frequencies),
            isinstance(table.frequencies, Axis),
            ports,
            tuple(angles),
            self._efficiency("[spectra.efficiency]", table.efficiency),
            probe,
        )

    def output_modes(self, table: OutputModes, efficiency: dict[str, float]) -> FilteredLight:
        """The [output_modes] of a run file, with the efficiencies of its [spectra] or its own."""
        if table.overlapping not in TREATMENTS:
            raise RunFileError(
                f"[output_modes] overlapping = {shown(table.overlapping)} is unknown: "
                f"{nearest(table.overlapping, TREATMENTS)}"
            )
        if table.efficiency is not None:
            efficiency = self._efficiency("[output_modes.efficiency]", table.efficiency)
        for name in table.filters:
            _require_name(name)
        filters = {name: self._filter(name, each) for name, each in table.filters.items()}
        pairs = self._pairs(table.pairs, list(filters))
        return FilteredLight(filters, pairs, efficiency, table.overlapping)

    def _filter(self, name: str, table: OutputFilter) -> Filter:
        key = f"[output_modes.filters.{named(name)}]"
        if name in self.model.modes:
            raise RunFileError(f"{key} has the name of a mode of the system; choose another")
        self._require(f"{key} port", table.port, self.outputs, "light leaves by")
        self._require(f"{key} shape", table.shape, SHAPES, "known are")
        centre, width = (
            self._si(f"{key} {setting}", getattr(table, setting), "rad/s")
            for setting in ("centre", "width")
        )
        try:
            return Filter(table.port, centre=centre, width=width, shape=table.shape)
        except ValueError as error:
            raise RunFileError(f"{key} {error}") from None

    def _pairs(self, chosen: list[list[str]] | None, filters: list[str]) -> tuple[Pair, ...]:
        """Pairs of modes with a filtered one: those chosen, else all."""
        modes = [*filters, *self.model.modes]
        if chosen is None:
            return tuple(pair for pair in combinations(modes, 2) if pair[0] in filters)
        for pair in chosen:
            for mode in pair:
                self._require("[output_modes] pairs", mode, modes, "known are")
            _require_different("[output_modes] pairs", pair)
            if not set(pair) & set(filters):
                raise RunFileError(
                    f"[output_modes] pairs = {shown(pair)} has no filtered mode; qlangevin steady "
                    "reports the modes of the system"
                )
        _require_different("[output_modes] pairs", [frozenset(pair) for pair in chosen])
        return tuple((first, second) for first, second in chosen)

    def _frequencies(self, given: Axis | list[Any]) -> Array:
        """The frequencies (points,), rising."""
        key = "[spectra.frequencies]"
        if isinstance(given, list):
            values = [self._si("[spectra] frequencies", value, "rad/s") for value in given]
            if not values:
                raise RunFileError("[spectra] frequencies = [] must hold one frequency at least")
            return np.unique(values)
        start = self._si(f"{key} start", given.start, "rad/s")
        stop = self._si(f"{key} stop", given.stop, "rad/s")
        if not start < stop:
            raise RunFileError(
                f"{key} stop = {shown(given.stop)} must be larger than start = {shown(given.start)}"
            )
        return np.linspace(start, stop, given.points)

    def _efficiency(self, key: str, given: Mapping[str, Any]) -> dict[str, float]:
        """Detection efficiencies by port."""
        shares = {}
        for port, value in given.items():
            self._require(key, port, self.outputs, "light leaves by")
            shares[port] = self._si(f"{key} {port}", value, "")
            if not 0 <= shares[port] <= 1:
                raise RunFileError(f"{key} {port} = {shown(value)} must lie between 0 and 1")
        return shares

    def _si(self, key: str, value: Any, unit: str) -> float:
        return to_si(key, value, unit, self.quantities)

    def _require(self, key: str, name: str, known: Sequence[str], words: str) -> None:
        """RunFileError for a name that is not one of those known."""
        if name in known:
            return
        onward = self.model.ports[name].onward if name in self.model.ports else ""
        hint = f"which is unknown: {nearest(name, known, words)}"
        if onward:
            hint = f"whose light is fed on to port {onward!r}; take the light that leaves there"
        raise RunFileError(f"{key} names {shown(name)}, {hint}")


def _require_name(name: str) -> None:
    """RunFileError for a name that no mode can have."""
    try:
        require_name("mode name", name)
    except ValueError as error:
        raise RunFileError(f"[output_modes.filters] {error}") from None


def _require_different(key: str, values: Sequence[Any]) -> None:
    """RunFileError for a value that is given twice."""
    if len(set(values)) < len(values):
        raise RunFileError(f"{key} holds a value twice; name each once")
