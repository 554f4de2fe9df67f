"""Functions that draw one panel: on Axes that they are given, or on a new figure."""

from __future__ import annotations

import builtins
import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from ...sde.support.checks import shown
from .style import COLUMN, StyledFigure, new_figure, style
from .titles import fit_height

P = ParamSpec("P")


def on_axes(draw: Callable[Concatenate[Axes, P], None]) -> Callable[..., Axes]:
    """Decorate `draw(ax, data, …)`: it is called as `draw(data, …, ax=ax)`, and returns ax.

    Without ax it draws on a new figure, which a notebook shows. The call `draw(ax, data, …)` of
    earlier versions is still understood.
    """

    @wraps(draw)
    def drawn(*args: Any, ax: Axes | None = None, **options: Any) -> Axes:
        if args and isinstance(args[0], Axes):
            ax, *args = args  # type: ignore[assignment]
        if not isinstance(ax, Axes | None):
            raise ValueError(
                f"ax must be Matplotlib Axes, such as the second value of plt.subplots() (got "
                f"{shown(ax)}); of several, choose one"
            )
        with style():
            if ax is not None:
                draw(ax, *args, **options)
                return ax
            ax = _new_axes()
            try:
                draw(ax, *args, **options)
            except Exception:
                _forget(ax)
                raise
            fit_height(ax.get_figure(root=True), np.array([[ax]]))  # type: ignore[arg-type]
        return ax

    signature = inspect.signature(draw)
    last = inspect.Parameter("ax", inspect.Parameter.KEYWORD_ONLY, default=None)
    own = [*list(signature.parameters.values())[1:], last]
    drawn.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
    return drawn


def _new_axes() -> Axes:
    """Axes of a new figure; pyplot knows it where it shows figures, as in a notebook."""
    if not (mpl.is_interactive() or hasattr(builtins, "__IPYTHON__")):
        return new_figure().subplots()
    from matplotlib import pyplot

    size = (COLUMN, 0.8 * COLUMN)
    figure = pyplot.figure(FigureClass=StyledFigure, figsize=size, layout="constrained")
    return figure.subplots()


def _forget(ax: Axes) -> None:
    """Close a new figure on which nothing could be drawn, so that a notebook shows no empty one."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(ax.get_figure(root=True))
