"""What is shown of a system: its parameters with units, and in notebooks its equations too."""

from __future__ import annotations

import dataclasses
import re
from html import escape
from typing import Any

import numpy as np

from .model.equations import engineering
from .model.model import Model
from .support.checks import shown

DIGITS = 6
"""Significant digits of a parameter."""
FEW = 4
"""Number of values, or of pairs, that are shown one by one."""
HEAD = ("parameter", "symbol", "value", "unit", "meaning")


class SystemDisplay:
    """Text and HTML of a system; `System` holds the parameters."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Keep the dataclass decorator from replacing the text."""
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        rows = [(f.name, f.metadata["symbol"], value_text(v), u) for f, v, u in _fields(self)]
        widths = [max((len(row[k]) for row in rows), default=0) for k in (0, 1)]
        lines = [
            f"    {name:<{widths[0]}}  {symbol:<{widths[1]}}  {value} {unit}".rstrip()
            for name, symbol, value, unit in rows
        ]
        return "\n".join([_title(self), *lines])

    def _repr_html_(self) -> str:
        rows = (
            (
                escape(f.name),
                _subscripts(f.metadata["symbol"]),
                _html_number(value_text(v)),
                escape(u),
                escape(f.metadata["meaning"]),
            )
            for f, v, u in _fields(self)
        )
        table = _row("th", HEAD) + "".join(_row("td", row) for row in rows)
        title = f"<b>{type(self).__name__}</b>" + _reference(getattr(self, "REFERENCE", ""))
        return f"<div><p>{title}</p><table>{table}</table>{self._equations()}</div>"

    def _equations(self) -> str:
        """The equations of the model; where there is none, the reason."""
        system: Any = self
        try:
            model = system.model()
            reason = f"model() gave {shown(model)}, not a Model"
        except Exception as error:
            model = None
            reason = f"{type(error).__name__}: {error}"
        if isinstance(model, Model):
            return model._repr_html_()
        return f"<p>No equations: {escape(reason)}</p>"


def value_text(value: Any) -> str:
    """A parameter with six digits: a number, a word, pairs, or the range of an array."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        pairs = [f"({', '.join(map(value_text, pair))})" for pair in value[:FEW]]
        return ", ".join([*pairs, "…"] if len(value) > FEW else pairs)
    values = np.asarray(value, float)
    if values.ndim == 0:
        return _number(float(values))
    shape = " × ".join(map(str, values.shape))
    if values.size <= FEW:
        return f"[{', '.join(_number(v) for v in values.flat)}]"
    return f"{shape} values from {_number(values.min())} to {_number(values.max())}"


def _number(value: float) -> str:
    mantissa, power = engineering(abs(float(value)), DIGITS)
    sign = "-" if value < 0 else ""
    return f"{sign}{mantissa}e{power}" if power else f"{sign}{mantissa}"


def _html_number(text: str) -> str:
    """The text of a value with signs and powers of ten as they are printed."""
    printed = re.sub(r"(?<=\d)e(-?\d+)", r" × 10<sup>\1</sup>", escape(text))
    return re.sub(r"-(?=\d)", "−", printed)


def _fields(system: Any) -> list[tuple[dataclasses.Field[Any], Any, str]]:
    """Each parameter: its declaration, value, and unit."""
    return [(f, getattr(system, f.name), _unit(f, system)) for f in dataclasses.fields(system)]


def _unit(field: dataclasses.Field[Any], system: Any) -> str:
    unit = str(field.metadata["unit"])
    if isinstance(getattr(system, field.name), tuple):
        return f"({unit}, {field.metadata.get('paired_with', '')})"
    return unit


def _title(system: Any) -> str:
    reference = getattr(system, "REFERENCE", "")
    return f"{type(system).__name__}" + (f" ({reference})" if reference else "")


def _reference(reference: str) -> str:
    """A reference, a DOI as a link."""
    text = escape(str(reference))
    if re.fullmatch(r"doi:10\.\S+", text):
        text = f'<a href="https://doi.org/{text.removeprefix("doi:")}">{text}</a>'
    return f", {text}" if text else ""


def _subscripts(symbol: str) -> str:
    """A symbol with what follows _ below the line."""
    return re.sub(r"_(\S+)", r"<sub>\1</sub>", escape(symbol))


def _row(tag: str, cells: Any) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
