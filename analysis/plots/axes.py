"""Axes of parameters and measures: symbols, readable units, logarithmic lists, maps, slices of a
third axis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..measure_names import axis_label
from .style import RED, Array, head, new_figure, number, plain_decades

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
"""Units that take a power of ten instead, or none."""
BASES = {"kg": (1e-3, "g")}
"""Units whose prefixes belong to another, with the size of that."""
SLICES = 9
"""Panels of a figure over a third axis, at most."""


def readable(values: Array, unit: str) -> tuple[float, str]:
    """The size, in the unit, and the name of the unit with an SI prefix in which values read well."""
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


def symbol(text: str) -> str:
    """A parameter's symbol such as "Δ_c" as it is typeset."""
    main, _, below = text.partition("_")
    if not re.fullmatch(r"\w+", main):
        return text
    return rf"${main}_{{\mathrm{{{below}}}}}$" if below else f"${main}$"


def parameter_axis(axis: xr.DataArray) -> tuple[Array, str]:
    """The values of a parameter in a readable unit, and the label: its name, symbol and unit."""
    size, unit = readable(axis.values, str(axis.attrs.get("units", "")))
    sign = symbol(str(axis.attrs.get("symbol", "")))
    words = " ".join(part for part in (str(axis.name).replace("_", " "), sign) if part)
    return np.asarray(axis.values / size), f"{words} ({unit})" if unit else words


def measure_words(words: str) -> str:
    """A measure as a label: of "steering(a, b)", or of the variable "steering_a_b" that holds it."""
    return "stability margin" if words == "stability" else axis_label(words)


def measure_axis(values: xr.DataArray, words: str) -> tuple[float, str]:
    """The size of a readable unit of a measure's values, and the label with that unit."""
    size, unit = readable(values.values, str(values.attrs.get("units", "")))
    said = measure_words(words)
    return size, f"{said} ({unit})" if unit else said


def logarithmic(values: Array) -> bool:
    """Whether a list of values is spread over its decades rather than evenly."""
    values = np.sort(np.asarray(values, float))
    if len(values) < 3 or values[0] <= 0 or values[-1] < 10 * values[0]:
        return False
    even, spread = np.diff(values), np.diff(np.log(values))
    return bool(np.std(spread) / np.mean(spread) < np.std(even) / np.mean(even))


def set_scale(ax: Axes, which: str, values: Array) -> None:
    """A logarithmic axis for values that are spread over decades."""
    if logarithmic(values):
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
        (ax.set_xlim if which == "x" else ax.set_ylim)(np.min(values), np.max(values))
        plain_decades(ax, which)


def edges(values: Array) -> Array:
    """Edges (n + 1,) of the cells of a map: halfway between rising values, and no further than the
    first and last.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        width = 0.5 * abs(values[0]) or 0.5
        return np.array([values[0] - width, values[0] + width])
    middle = (
        np.sqrt(values[1:] * values[:-1]) if logarithmic(values) else (values[1:] + values[:-1]) / 2
    )
    return np.concatenate([values[:1], middle, values[-1:]])


def paint(
    ax: Axes,
    across: xr.DataArray,
    up: xr.DataArray,
    values: Array,
    label: str,
    *,
    bar: bool = True,
    **options: Any,
) -> Any:
    """A map of values (up, across) in cells that end where the data end, grey where there are none;
    with colour bar.
    """
    (x, xlabel), (y, ylabel) = parameter_axis(across), parameter_axis(up)
    mesh = ax.pcolormesh(
        edges(x), edges(y), np.ma.masked_invalid(values), rasterized=True, **options
    )
    ax.set_facecolor("0.75")
    set_scale(ax, "x", x)
    set_scale(ax, "y", y)
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if bar:
        ax.figure.colorbar(mesh, ax=ax, label=label)
    return mesh


def slices(
    data: xr.Dataset,
    axes: Sequence[str],
    draw: Callable[[Axes, xr.Dataset, Sequence[str]], None],
    label: str,
    note: str = "",
    warning: str = "",
    ticks: Sequence[int] | None = None,
) -> Figure:
    """A figure of one map per value of the third axis with one colour bar, further axes at the
    middle of their values.

    `draw(ax, data, axes)` draws one map over the first two axes. The title says what is not shown,
    and a note or a warning of all maps.
    """
    third, *further = axes[2:]
    chosen = np.unique(
        np.linspace(0, data.sizes[third] - 1, min(SLICES, data.sizes[third])).round().astype(int)
    )
    fixed = {name: data.sizes[name] // 2 for name in further}
    values, said = parameter_axis(data[third])
    columns = {1: 1, 2: 2, 4: 2}.get(len(chosen), 3)
    rows = -(-len(chosen) // columns)
    figure = new_figure(0.62 * columns + 0.3, 0.85 * rows + 0.15)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    used = list(panels.flat[: len(chosen)])
    for ax in panels.flat[len(chosen) :]:
        ax.remove()
    for ax, at in zip(used, chosen, strict=True):
        draw(ax, data.isel({third: at, **fixed}), axes[:2])
        head(ax, _with_value(said, values[at]))
        ax.label_outer()
    words = [note] if note else []
    if len(chosen) < len(values):
        words.append(
            f"{len(chosen)} of {len(values)} values of {third.replace('_', ' ')}: choose others "
            "with .sel()"
        )
    for name, at in fixed.items():
        place, place_said = parameter_axis(data[name])
        words.append(
            f"{_with_value(place_said, place[at])}, one of {len(place)} values: choose with .sel()"
        )
    if words or warning:
        figure.suptitle(
            "\n".join([*words, warning]).strip(), fontsize=7, **({"color": RED} if warning else {})
        )
    figure.colorbar(used[0].collections[0], ax=used, label=label, ticks=ticks)
    return figure


def _with_value(label: str, value: float) -> str:
    """ "spin $Ω$ (krad/s)" and 8 as "spin $Ω$ = 8 krad/s"."""
    words, _, unit = label.partition(" (")
    return f"{words} = {number(float(f'{value:.4g}'))} {unit.rstrip(')')}".rstrip()
