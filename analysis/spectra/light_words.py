"""Measures of the light that leaves in words: "squeezing_db(fibre, omega_m)".

A frequency is a number in rad/s or a parameter of the system, which may have a factor: "-omega_m",
"0.5 omega_m". Run files have a reader of their own, for quantities with units.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ...sde.model.model import Model
from ...sde.model.ports import channels_of
from ...sde.support.checks import Array, nearest, shown
from ...sde.support.errors import RefusedError
from ...sde.system import DerivedQuantity, System, as_model
from ...steady.light.detection import require_ports_that_leave
from ...steady.light.grids.point_light import PointLight
from ...steady.variables import B
from .light_measures import LIGHT_MEASURES, LightMeasure

UNITS = {"frequency": "rad/s", "angle": "rad"}
"""Units of the arguments that are numbers."""
TERM = re.compile(
    r"(?P<sign>[+−-]?)\s*(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?\s*"
    r"(?P<times>[*×·])?\s*(?P<name>[^\W\d]\w*)?"
)
Value = Callable[[System], Array]
"""A number (...) or (points,) that depends on the parameters of a system."""
Reader = Callable[[str, str, str, System], Value]
"""From words of a measure, the text of an argument, its unit and the system, to its value."""


@dataclass(frozen=True, eq=False)
class LightInWords:
    """A measure of the light with its arguments and the label of an axis.

    It is a function of a PointLight.
    """

    measure: LightMeasure
    values: tuple[str | Value, ...]
    label: str

    def __call__(self, light: PointLight) -> xr.DataArray:
        """The measure (point, branch)."""
        given = [each if isinstance(each, str) else each(light.system) for each in self.values]
        found = self.measure.function(light, *given)
        return xr.DataArray(found, dims=["point", B], attrs={"units": self.measure.units})


def is_light(name: str, arguments: Sequence[str]) -> bool:
    """Whether a measure is one of light. With one argument, transmission is that of all light."""
    return name in LIGHT_MEASURES and not (name == "transmission" and len(arguments) < 2)


def read_light_measure(
    words: str, name: str, arguments: Sequence[str], system: System, read: Reader | None = None
) -> LightInWords:
    """The measure of light that words name. Raises ValueError for ports or values it cannot have.

    `read` reads the arguments that are numbers; default: numbers in SI and parameters.
    """
    measure = LIGHT_MEASURES[name]
    model = as_model(system)
    _require_all(words, measure, arguments, model)
    values: list[str | Value] = []
    for kind, text in zip(measure.takes, arguments, strict=True):
        if kind in UNITS:
            values.append((read or read_number)(words, text, UNITS[kind], system))
        else:
            _require_port(words, kind, text, model)
            values.append(text)
    titles = [
        with_symbols(text, UNITS[kind], system) if kind in UNITS else text
        for kind, text in zip(measure.takes, arguments, strict=True)
    ]
    return LightInWords(measure, tuple(values), measure.titled(titles))


def with_symbols(text: str, unit: str, system: System) -> str:
    """An expression with symbols in place of names of parameters; a number with its unit."""
    term = TERM.fullmatch(text)
    if term and term["number"] and not term["name"]:
        return f"{text} {unit}"
    symbols = {each.name: each.metadata["symbol"] for each in dataclasses.fields(system)}
    return re.sub(r"[^\W\d]\w*", lambda name: symbols.get(name[0]) or name[0], text)


def _require_all(words: str, measure: LightMeasure, arguments: Sequence[str], model: Model) -> None:
    """ValueError unless there is a value for each argument."""
    if len(arguments) == len(measure.takes) and all(arguments):
        return
    port = next(iter(model.ports), "port")
    examples = {"port": port, "input": port, "frequency": "6.28e6", "angle": "1.57"}
    example = f"{measure.name}({', '.join(examples[kind] for kind in measure.takes)})"
    missing = (
        ""
        if "frequency" not in measure.takes[len(arguments) :]
        else ("; steady.output_spectrum gives the spectrum over many frequencies")
    )
    raise ValueError(f"{words!r} must give {', '.join(measure.takes)}, as in {example}{missing}")


def _require_port(words: str, kind: str, port: str, model: Model) -> None:
    """RefusedError unless light leaves by the port, or enters by it."""
    if kind == "port":
        require_ports_that_leave(model, [port], repr(words))
        return
    inputs = [name for name in model.ports if channels_of(name)[0] in model.channels]
    if port not in inputs:
        hint = nearest(port, inputs, "light enters by") if inputs else "none of its ports has one"
        raise RefusedError(f"{words!r} sends light into {port!r}, which has no input: {hint}")


def read_number(words: str, text: str, unit: str, system: System) -> Value:
    """A number in SI, or a parameter or derived quantity of the system, which may have a factor."""
    term = TERM.fullmatch(unicodedata.normalize("NFKC", text.strip()))
    if term is None or not (term["number"] or term["name"]) or (term["times"] and not _whole(term)):
        raise _unreadable(words, text, unit, system)
    factor = float(term["number"] or 1.0) * (-1.0 if term["sign"] in ("-", "−") else 1.0)
    name = term["name"]
    if not np.isfinite(factor):
        raise _unreadable(words, text, unit, system)
    if name is None:
        return lambda _: np.asarray(factor)
    if name not in _known(system, unit):
        raise _unreadable(words, text, unit, system)
    return lambda at: factor * np.asarray(getattr(at, name), float)


def _whole(term: re.Match[str]) -> bool:
    """Whether a product has both of its factors."""
    return bool(term["number"] and term["name"])


def _known(system: System, unit: str) -> list[str]:
    """Parameters and derived quantities with a unit."""
    fields = [each.name for each in dataclasses.fields(system) if each.metadata["unit"] == unit]
    kind = type(system)
    derived = [
        name
        for name in dir(kind)
        if isinstance(member := getattr(kind, name, None), DerivedQuantity) and member.unit == unit
    ]
    return [*fields, *derived]


def _unreadable(words: str, text: str, unit: str, system: System) -> ValueError:
    known = _known(system, unit)
    kind = next(name for name, other in UNITS.items() if other == unit)
    name = re.search(r"[^\W\d]\w*", text)
    hint = f": {nearest(name[0] if name else text, known, 'choose from')}" if known else ""
    example = f", or a parameter such as -0.5 {known[0]}" if known else ""
    return ValueError(
        f"{kind} of {words!r} must be a number in {unit} without its unit{example} (got "
        f"{shown(text)}){hint}"
    )
