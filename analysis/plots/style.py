"""The style of all figures: fonts, colours, line styles, and the width of a journal column.

Figures made by `new_figure` are drawn and saved in this style, with TrueType fonts, whatever the
caller's settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

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
LINE_STYLES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.5, 1.5)))
"""Line styles, one per colour, so that curves differ by more than their colour."""
RED, GREY = "#B00000", "0.35"
BAND = 2.0
"""Half-width of error bands, standard errors."""
BAND_LABEL = "± 2 std. errors"
"""Legend entry of the error bands."""

_lock = RLock()


@contextmanager
def style() -> Iterator[None]:
    """The style of all figures, for a `with` block.

    Only one thread at a time may use it, since the settings of Matplotlib are global.
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
    """An empty figure with room for columns × rows of panels, each of a column's width."""
    figure = StyledFigure(figsize=(columns * COLUMN, 0.8 * rows * COLUMN), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def darker(colour: str) -> tuple[float, float, float]:
    """A darker shade of a colour."""
    red, green, blue = (0.62 * part for part in to_rgb(colour))
    return red, green, blue


def number(value: float) -> str:
    """A number as text of at most six digits, with a true minus sign and none on zero.

    A very large or small one is typeset with its power of ten.
    """
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value + 0.0:.6g}".replace("-", "−")
    power = int(np.floor(np.log10(abs(value)) + 1e-9))
    leading = f"{value / 10.0**power:.4g}".replace("-", "−")
    return rf"$10^{{{power}}}$" if leading == "1" else rf"${leading}\times10^{{{power}}}$"
