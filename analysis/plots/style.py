"""How the figures look: one style for all, figures of a journal's column, legends beside the data,
lines told apart.

Figures made by `new_figure` are drawn and saved in this style, with TrueType fonts, whatever the
caller's settings.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

Array = np.ndarray[Any, np.dtype[Any]]
P = ParamSpec("P")

STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.formatter.use_mathtext": True,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "legend.title_fontsize": 7,
    "lines.linewidth": 1.2,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
}
COLUMN = 3.4
"""Width of a journal column, inches."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#882255", "#999933")
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.5, 1.5)))
"""Line styles that go with the colours, so that none has to be told by its colour alone."""
RED, GREY = "#B00000", "0.35"
BAND = 2.0
"""Half-width of error bands, standard errors."""
BAND_WORDS = "± 2 std. errors"
"""What a legend says of the bands."""
DECADE = 10.0
"""Ratio of largest to smallest from which an axis is logarithmic."""
SHARED = "shared"
TIE = "\x1f"
"""Stands for a space in a formula, where no line is broken."""
ABOVE: dict[str, Any] = {
    "loc": "lower left",
    "bbox_to_anchor": (0.0, 1.0),
    "borderaxespad": 0.4,
    "borderpad": 0.0,
    "columnspacing": 0.8,
    "handlelength": 1.7,
    "handletextpad": 0.4,
    "labelspacing": 0.3,
}
"""A legend just above its axes."""
CLOSE = 0.01
"""Lines nearer than this part of the axis lie on each other."""


_lock = RLock()


@contextmanager
def style() -> Iterator[None]:
    """The style of all figures, for a `with` block; one thread at a time, since Matplotlib keeps it
    for the process.
    """
    with _lock, mpl.rc_context(STYLE):
        yield


class StyledFigure(Figure):
    """A figure that is drawn and saved in the style in which it was made."""

    def draw(self, renderer: RendererBase) -> None:
        with style():
            super().draw(renderer)

    def savefig(self, *args: Any, **options: Any) -> None:
        with style():
            super().savefig(*args, **options)


def new_figure(columns: float = 1, rows: float = 1) -> StyledFigure:
    """An empty figure of so many panels of a column's width across, and so many down."""
    figure = StyledFigure(figsize=(columns * COLUMN, 0.8 * rows * COLUMN), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def on_axes(draw: Callable[Concatenate[Axes, P], None]) -> Callable[..., Axes]:
    """Let `draw(ax, data, …)` also be called as `draw(data, …, ax=ax)`, or without ax for a new
    figure; returns ax.
    """

    @wraps(draw)
    def drawn(*args: Any, ax: Axes | None = None, **options: Any) -> Axes:
        if args and isinstance(args[0], Axes):
            ax, *args = args  # type: ignore[assignment]
        with style():
            ax = ax or new_figure().subplots()
            draw(ax, *args, **options)
        return ax

    return drawn


def head(ax: Axes, title: str = "", letter: str = "", warning: str = "") -> None:
    """Put the legend above the axes, where it covers no data, and over it the title, wrapped to the
    panel's width.

    A warning is a line of its own under the title, and makes both red.
    """
    whole = "  ".join(part for part in (f"({letter})" if letter else "", title) if part)
    _head(ax, *ax.get_legend_handles_labels(), whole, _room(ax), warning)


def tidy(figure: Figure) -> None:
    """Move the legends of a finished figure above their panels, as `head` does, and make the figure
    higher by them.
    """
    figure.draw_without_rendering()
    rooms = [72 * ax.get_position().width * figure.get_figwidth() - 4.0 for ax in figure.axes]
    for ax, room in zip(figure.axes, rooms, strict=True):
        legend, title = ax.get_legend(), ax.get_title(loc="left")
        if legend is None and not title:
            continue
        handles, labels = [], []
        if legend is not None:
            handles, labels = (
                legend.legend_handles,
                [text.get_text() for text in legend.get_texts()],
            )
            title = "; ".join(part for part in (title, legend.get_title().get_text()) if part)
        _head(ax, handles, labels, title, room)
    rows: dict[tuple[int, int], float] = {}
    for ax in figure.axes:
        spec = ax.get_subplotspec()
        if spec is not None:
            place = id(spec.get_gridspec()), spec.rowspan.start
            rows[place] = max(rows.get(place, 0.0), _above(ax))
    figure.set_figheight(figure.get_figheight() + sum(rows.values()) / 72)


def _head(
    ax: Axes,
    handles: Sequence[Any],
    labels: Sequence[str],
    title: str,
    room: float,
    warning: str = "",
) -> None:
    pad = mpl.rcParams["axes.titlepad"]
    if handles:
        pad += _legend_above(ax, handles, labels, room)
    lines = [wrapped(ax, text, room) for text in (title, warning) if text]
    ax.set_title(
        "\n".join(lines), loc="left", pad=pad, color=RED if warning else mpl.rcParams["text.color"]
    )


def _legend_above(ax: Axes, handles: Sequence[Any], labels: Sequence[str], room: float) -> float:
    """The legend in as many columns as there is room for; its height in points."""
    height = 0.0
    for columns in range(min(len(handles), 4), 0, -1):
        legend = ax.legend(handles, labels, **ABOVE, ncols=columns)
        for line, shown in zip(handles, legend.legend_handles, strict=True):
            if isinstance(shown, Line2D) and line.get_gid() == SHARED:
                shown.set_linestyle("-")
        extent, scale = legend.get_window_extent(), 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
        height = extent.height * scale
        if extent.width * scale <= room:
            return height + 2.0
    longest = max(len(label) for label in labels)
    short = [
        textwrap.fill(label, max(8, int(0.9 * longest * room / (extent.width * scale))))
        for label in labels
    ]
    return height + 2.0 if short == list(labels) else _legend_above(ax, handles, short, room)


def make_room(figure: Figure, axes: Array) -> None:
    """Make a figure of panels (rows, columns) higher by the legends and further title lines above
    them.
    """
    taken = [max(_above(ax) for ax in row) for row in axes]
    figure.set_figheight(figure.get_figheight() + sum(taken) / 72)


def _above(ax: Axes) -> float:
    """Height of a panel's legend and of its title's further lines, points."""
    legend, lines = ax.get_legend(), ax.get_title(loc="left").count("\n")
    figure = ax.get_figure(root=True)
    if figure is None or legend is None:
        return 10.0 * lines
    return float(legend.get_window_extent().height * 72 / figure.dpi + 10.0 * lines)


def wrapped(ax: Axes, text: str, room: float) -> str:
    """A text broken at spaces into lines of so many points."""
    probe = ax.text(0, 0, text, fontsize=mpl.rcParams["axes.titlesize"])
    width = probe.get_window_extent().width * 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    probe.remove()
    if width <= room:
        return text
    whole = re.sub(r"\$[^$]*\$", lambda formula: formula[0].replace(" ", TIE), text)
    lines = textwrap.wrap(
        whole, max(8, int(len(text) * room / width)), break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).replace(TIE, " ")


def _room(ax: Axes) -> float:
    """About how wide a panel will be, points: its share of the figure, less what the labels at its
    side take.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    spec = ax.get_subplotspec()
    width = figure.get_figwidth()
    if spec is None:
        return float(ax.get_position().width * width * 72)
    columns = spec.get_gridspec().ncols
    return float(72 * (width / columns * (spec.colspan.stop - spec.colspan.start) - 0.8))


def positive_axis(ax: Axes, low: float, high: float, label: str) -> None:
    """The y axis of positive values from low to high: logarithmic over a decade or more, else
    linear from zero.
    """
    if not (np.isfinite(low) and np.isfinite(high) and 0 < low <= high):
        ax.set_ylabel(label)
        return
    if high < DECADE * low:
        ax.set_ylim(0.0, 1.08 * high)
        readable_axis(ax, "y", label)
        return
    ax.set_yscale("log")
    ax.set_ylim(low / 1.3, high * 1.3)
    ax.set_ylabel(label)
    plain_decades(ax, "y")


def plain_decades(ax: Axes, which: str) -> None:
    """Ticks of a logarithmic axis: at decades alone, or at 1, 2 and 5 where there are fewer than
    three of those.
    """
    axis = ax.yaxis if which == "y" else ax.xaxis
    low, high = sorted(axis.get_view_interval())
    if np.floor(np.log10(high)) - np.ceil(np.log10(low)) < 2:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def readable_axis(ax: Axes, which: str, label: str) -> None:
    """Label a linear axis, with its power of 1000 in the label where its numbers are large or
    small.
    """
    axis = ax.yaxis if which == "y" else ax.xaxis
    largest = float(np.max(np.abs(axis.get_view_interval())))
    if not largest or 1e-3 <= largest < 1e4:
        axis.set_label_text(label)
        return
    power = 3 * int(np.floor(np.log10(largest) / 3))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value / 10.0**power)))
    axis.set_label_text(rf"{label} ($10^{{{power}}}$)")


def number(value: float) -> str:
    """A short number with a true minus sign, and none on zero; a very large or small one with its
    power of ten.
    """
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value + 0.0:.6g}".replace("-", "−")
    power = int(np.floor(np.log10(abs(value)) + 1e-9))
    leading = f"{value / 10.0**power:.4g}".replace("-", "−")
    return rf"$10^{{{power}}}$" if leading == "1" else rf"${leading}\times10^{{{power}}}$"


def tell_apart(lines: Sequence[Line2D], log: bool = False) -> None:
    """Let lines that lie on each other take turns: each shows every n-th dash."""
    curves = [np.array(line.get_data(), float) for line in lines]
    if log:
        curves = [np.array([x, np.log10(np.where(y > 0, y, np.nan))]) for x, y in curves]
    finite = [curve[1][np.isfinite(curve[1])] for curve in curves]
    every = np.concatenate(finite) if finite else np.zeros(0)
    if not every.size:
        return
    reach = CLOSE * max(float(np.ptp(every)), 1e-9 * float(np.max(np.abs(every))), 1e-300)
    groups: list[list[int]] = []
    for number_, curve in enumerate(curves):
        for group in groups:
            if _together(curve, curves[group[0]], reach):
                group.append(number_)
                break
        else:
            groups.append([number_])
    for group in groups:
        _take_turns([lines[at] for at in group])


def _together(curve: Array, other: Array, reach: float) -> bool:
    if curve.shape != other.shape or not np.array_equal(np.isfinite(curve), np.isfinite(other)):
        return False
    return bool(np.isfinite(curve).any() and np.nanmax(np.abs(curve - other)) <= reach)


def _take_turns(lines: Sequence[Line2D], dash: float = 3.0) -> None:
    if len(lines) < 2:
        return
    for turn, line in enumerate(lines):
        line.set(
            linestyle=((len(lines) - turn) * dash, (dash, (len(lines) - 1) * dash)), linewidth=1.6
        )
        line.set_dash_capstyle("butt")
        line.set_gid(SHARED)


def darker(colour: str) -> tuple[float, float, float]:
    """A darker shade of a colour."""
    red, green, blue = (0.62 * part for part in to_rgb(colour))
    return red, green, blue


def say_instead(ax: Axes, words: str) -> None:
    """Say in an empty panel why it is empty."""
    ax.text(
        0.5,
        0.5,
        wrapped(ax, words, 0.85 * _room(ax)),
        transform=ax.transAxes,
        ha="center",
        va="center",
    )
