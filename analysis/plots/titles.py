"""Titles and legends, placed above the panels of a figure so that they cover no data."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...sde.support.checks import Array
from .overlapping_lines import DASHED_IN_TURN
from .style import RED

ABOVE_AXES: dict[str, Any] = {
    "loc": "lower left",
    "bbox_to_anchor": (0.0, 1.0),
    "borderaxespad": 0.4,
    "borderpad": 0.0,
    "columnspacing": 0.8,
    "handlelength": 1.7,
    "handletextpad": 0.4,
    "labelspacing": 0.3,
}
"""Options of a legend just above its axes."""
FORMULA_SPACE = "\x1f"
"""Replaces a space in a formula while a text is wrapped, so that no line is broken there."""


def set_title(ax: Axes, title: str = "", letter: str = "", warning: str = "") -> None:
    """Put the legend above the axes and the title above the legend, wrapped to the panel's width.

    A warning is a line of its own under the title, and makes both red.
    """
    whole = "  ".join(part for part in (f"({letter})" if letter else "", title) if part)
    _set_title(ax, *ax.get_legend_handles_labels(), whole, _panel_width(ax), warning)


def move_legends_above(figure: Figure) -> None:
    """Move the legends of a finished figure above its panels, and make it higher by them."""
    figure.draw_without_rendering()
    widths = [72 * ax.get_position().width * figure.get_figwidth() - 4.0 for ax in figure.axes]
    for ax, width in zip(figure.axes, widths, strict=True):
        legend = ax.get_legend()
        title = ax.get_title(loc="left")
        if legend is not None:
            labels = [text.get_text() for text in legend.get_texts()]
            title = "; ".join(part for part in (title, legend.get_title().get_text()) if part)
            _set_title(ax, legend.legend_handles, labels, title, width)
        elif title:
            _set_title(ax, [], [], title, width)
    figure.set_figheight(figure.get_figheight() + _rows_above(figure) / 72)


def _rows_above(figure: Figure) -> float:
    """Height of titles and legends above the panels, summed over rows of panels, points."""
    rows: dict[tuple[int, int], float] = {}
    for ax in figure.axes:
        spec = ax.get_subplotspec()
        if spec is not None:
            place = id(spec.get_gridspec()), spec.rowspan.start
            rows[place] = max(rows.get(place, 0.0), _height_above(ax))
    return sum(rows.values())


def _set_title(
    ax: Axes,
    handles: Sequence[Any],
    labels: Sequence[str],
    title: str,
    width: float,
    warning: str = "",
) -> None:
    """Put legend and title above the axes, within a width in points."""
    pad = mpl.rcParams["axes.titlepad"]
    if handles:
        pad += _legend_above(ax, handles, labels, width)
    lines = [wrap_text(ax, text, width) for text in (title, warning) if text]
    ax.set_title(
        "\n".join(lines), loc="left", pad=pad, color=RED if warning else mpl.rcParams["text.color"]
    )


def _legend_above(ax: Axes, handles: Sequence[Any], labels: Sequence[str], width: float) -> float:
    """Draw the legend in as many columns as fit into a width; width and height are in points.

    Labels are broken where not even one column fits.
    """
    height = 0.0
    for columns in range(min(len(handles), 4), 0, -1):
        legend = ax.legend(handles, labels, **ABOVE_AXES, ncols=columns)
        for line, shown in zip(handles, legend.legend_handles, strict=True):
            if isinstance(shown, Line2D) and line.get_gid() == DASHED_IN_TURN:
                shown.set_linestyle("-")
        extent, scale = legend.get_window_extent(), 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
        height = extent.height * scale
        if extent.width * scale <= width:
            return height + 2.0
    longest = max(len(label) for label in labels)
    characters = max(8, int(0.9 * longest * width / (extent.width * scale)))
    broken = [textwrap.fill(label, characters) for label in labels]
    return height + 2.0 if broken == list(labels) else _legend_above(ax, handles, broken, width)


def fit_height(figure: Figure, axes: Array) -> None:
    """Make a figure of panels (rows, columns) higher by the legends and titles above them."""
    taken = [max(_height_above(ax) for ax in row) for row in axes]
    figure.set_figheight(figure.get_figheight() + sum(taken) / 72)


def _height_above(ax: Axes) -> float:
    """Height of a panel's legend and of its title's further lines, points."""
    legend = ax.get_legend()
    lines = ax.get_title(loc="left").count("\n")
    figure = ax.get_figure(root=True)
    if figure is None or legend is None:
        return 10.0 * lines
    return float(legend.get_window_extent().height * 72 / figure.dpi + 10.0 * lines)


def wrap_text(ax: Axes, text: str, width: float) -> str:
    """A text broken at spaces into lines of a width in points; formulas are not broken."""
    probe = ax.text(0, 0, text, fontsize=mpl.rcParams["axes.titlesize"])
    needed = probe.get_window_extent().width * 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    probe.remove()
    if needed <= width:
        return text
    whole = re.sub(r"\$[^$]*\$", lambda formula: formula[0].replace(" ", FORMULA_SPACE), text)
    characters = max(8, int(len(text) * width / needed))
    lines = textwrap.wrap(whole, characters, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace(FORMULA_SPACE, " ")


def _panel_width(ax: Axes) -> float:
    """Approximate width of a panel, points: its share of the figure less its labels."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    spec = ax.get_subplotspec()
    width = figure.get_figwidth()
    if spec is None:
        return float(ax.get_position().width * width * 72)
    columns = spec.get_gridspec().ncols
    return float(72 * (width / columns * (spec.colspan.stop - spec.colspan.start) - 0.8))


def explain_empty(ax: Axes, text: str) -> None:
    """Write into an empty panel why it is empty."""
    ax.text(
        0.5,
        0.5,
        wrap_text(ax, text, 0.85 * _panel_width(ax)),
        transform=ax.transAxes,
        ha="center",
        va="center",
    )
