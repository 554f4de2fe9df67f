"""Axes of parameters and measures, and maps over two or three parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...sde.support.checks import Array
from ..measure_names import axis_label
from .style import RED, new_figure, number
from .ticks import plain_decades
from .titles import set_title

PREFIXES = {
    -18: "a",
    -15: "f",
    -12: "p",
    -9: "n",
    -6: "µ",
    -3: "m",
    0: "",
    3: "k",
    6: "M",
    9: "G",
    12: "T",
    15: "P",
}
UNPREFIXED = ("", "1", "rad", "nats", "nats²", "dB", "1/m")
"""Units without SI prefixes: a power of ten instead, or none."""
BASES = {"kg": (1e-3, "g")}
"""Units whose SI prefixes belong to another unit: the size and the name of that unit."""
LONGEST_LINE = 40
"""Characters of a label beside an axis, on one line."""
MOST_SLICES = 9
"""Panels of a figure over a third axis, at most."""


def readable_unit(values: Array, unit: str) -> tuple[float, str]:
    """Size and name of a unit with an SI prefix that suits the values (...), given in `unit`."""
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if not np.isfinite(largest) or not largest or unit in ("rad", "nats", "nats²", "dB"):
        return 1.0, "" if unit == "1" else unit
    base, name = BASES.get(unit, (1.0, unit))
    power = 3 * int(np.floor(np.log10(largest / base) / 3 + 1e-12))
    if unit in UNPREFIXED or power not in PREFIXES:
        if 1e-3 <= largest < 1e4:
            return 1.0, "" if unit == "1" else unit
        power = 3 * int(np.floor(np.log10(largest) / 3 + 1e-12))
        return 10.0**power, rf"$10^{{{power}}}$ {'' if unit == '1' else unit}".strip()
    return base * 10.0**power, PREFIXES[power] + name


def typeset_symbol(text: str) -> str:
    """A parameter's symbol such as "Δ_c" in mathematical type."""
    main, _, below = text.partition("_")
    if not re.fullmatch(r"\w+", main):
        return text
    return rf"${main}_{{\mathrm{{{below}}}}}$" if below else f"${main}$"


def parameter_axis(axis: xr.DataArray) -> tuple[Array, str]:
    """The values (n,) of a parameter in a readable unit, and a label: name, symbol, unit."""
    size, unit = readable_unit(axis.values, str(axis.attrs.get("units", "")))
    symbol = typeset_symbol(str(axis.attrs.get("symbol", "")))
    name = " ".join(part for part in (str(axis.name).replace("_", " "), symbol) if part)
    return np.asarray(axis.values / size), f"{name} ({unit})" if unit else name


def measure_name(words: str) -> str:
    """A measure in words, from "steering(a, b)" or the variable name "steering_a_b"."""
    return "stability margin" if words == "stability" else axis_label(words)


def measure_unit_and_label(values: xr.DataArray, words: str) -> tuple[float, str]:
    """Size of a readable unit of a measure's values, and a label with that unit."""
    size, unit = readable_unit(values.values, str(values.attrs.get("units", "")))
    name = _typeset(str(values.attrs.get("label", ""))) or measure_name(words)
    return size, _in_lines(f"{name} ({unit})" if unit else name)


def _typeset(label: str) -> str:
    """A label with symbols of parameters such as ω_m in mathematical type, unless it has any."""
    if "$" in label:
        return label
    return re.sub(r"\b[^\W\d_]_\w+", lambda symbol: typeset_symbol(symbol[0]), label)


def _in_lines(label: str) -> str:
    """A label in lines that fit beside an axis, each but the last ending at a comma."""
    lines = [""]
    for part in re.split(r"(?<=,) ", label):
        if lines[-1] and len(lines[-1]) + len(part) > LONGEST_LINE:
            lines.append(part)
        else:
            lines[-1] = f"{lines[-1]} {part}".strip()
    return "\n".join(lines)


def is_logarithmic(values: Array) -> bool:
    """Whether values (n,) are spread evenly on a logarithmic rather than on a linear scale."""
    values = np.sort(np.asarray(values, float))
    if len(values) < 3 or values[0] <= 0 or values[-1] < 10 * values[0]:
        return False
    even = np.diff(values)
    spread = np.diff(np.log(values))
    return bool(np.std(spread) / np.mean(spread) < np.std(even) / np.mean(even))


def set_parameter_scale(ax: Axes, which: str, values: Array) -> None:
    """Make an axis logarithmic if its values (n,) are spread over decades."""
    if is_logarithmic(values):
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
        (ax.set_xlim if which == "x" else ax.set_ylim)(np.min(values), np.max(values))
        plain_decades(ax, which)


def edges(values: Array) -> Array:
    """Edges (n + 1,) of the cells of a map around ascending values (n,).

    They lie halfway between neighbours; the outermost are the first and the last value.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        width = 0.5 * abs(values[0]) or 0.5
        return np.array([values[0] - width, values[0] + width])
    middle = (values[1:] + values[:-1]) / 2
    if is_logarithmic(values):
        middle = np.sqrt(values[1:] * values[:-1])
    return np.concatenate([values[:1], middle, values[-1:]])


def draw_cells(
    ax: Axes,
    across: xr.DataArray,
    up: xr.DataArray,
    values: Array,
    label: str,
    *,
    bar: bool = True,
    **options: Any,
) -> Any:
    """Draw a map of values (up, across), grey where they are NaN, with a colour bar.

    Its cells end where the data end.
    """
    (x, xlabel), (y, ylabel) = parameter_axis(across), parameter_axis(up)
    mesh = ax.pcolormesh(
        edges(x), edges(y), np.ma.masked_invalid(values), rasterized=True, **options
    )
    ax.set_facecolor("0.75")
    set_parameter_scale(ax, "x", x)
    set_parameter_scale(ax, "y", y)
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if bar:
        ax.figure.colorbar(mesh, ax=ax, label=label)
    return mesh


def slice_figure(
    data: xr.Dataset,
    axes: Sequence[str],
    draw: Callable[[Axes, xr.Dataset, Sequence[str]], None],
    label: str,
    note: str = "",
    warning: str = "",
    ticks: Sequence[int] | None = None,
) -> Figure:
    """A figure of one map per value of the third axis with one colour bar.

    `draw(ax, data, axes)` draws one map over the first two axes. Of further axes the middle value
    is shown. The title names the values that are not shown, and holds a note or a warning about all
    maps.
    """
    third, *further = axes[2:]
    chosen = np.unique(
        np.linspace(0, data.sizes[third] - 1, min(MOST_SLICES, data.sizes[third]))
        .round()
        .astype(int)
    )
    fixed = {name: data.sizes[name] // 2 for name in further}
    values, third_label = parameter_axis(data[third])
    figure, panels = _slice_panels(len(chosen))
    for ax, at in zip(panels, chosen, strict=True):
        draw(ax, data.isel({third: at, **fixed}), axes[:2])
        set_title(ax, _with_value(third_label, values[at]))
        ax.label_outer()
    notes = [note] if note else []
    if len(chosen) < len(values):
        name = third.replace("_", " ")
        notes.append(f"{len(chosen)} of {len(values)} values of {name}: choose others with .sel()")
    for name, at in fixed.items():
        places, place_label = parameter_axis(data[name])
        place = _with_value(place_label, places[at])
        notes.append(f"{place}, one of {len(places)} values: choose with .sel()")
    if notes or warning:
        colour = {"color": RED} if warning else {}
        figure.suptitle("\n".join([*notes, warning]).strip(), fontsize=7, **colour)
    figure.colorbar(panels[0].collections[0], ax=panels, label=label, ticks=ticks)
    return figure


def _slice_panels(count: int) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels for maps with common axes."""
    columns = {1: 1, 2: 2, 4: 2}.get(count, 3)
    rows = -(-count // columns)
    figure = new_figure(0.62 * columns + 0.3, 0.85 * rows + 0.15)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for ax in panels.flat[count:]:
        ax.remove()
    return figure, list(panels.flat[:count])


def _with_value(label: str, value: float) -> str:
    """A label such as "spin $Ω$ (krad/s)" with its value: "spin $Ω$ = 8 krad/s"."""
    name, _, unit = label.partition(" (")
    return f"{name} = {number(float(f'{value:.4g}'))} {unit.rstrip(')')}".rstrip()
