"""Scales, ticks and labels of axes of numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from .style import number

LOGARITHMIC_FROM = 10.0
"""Ratio of largest to smallest value from which an axis is logarithmic."""


def positive_axis(ax: Axes, low: float, high: float, label: str) -> None:
    """Scale the y axis for positive values from low to high.

    It is logarithmic over a decade or more, else linear from zero.
    """
    if not (np.isfinite(low) and np.isfinite(high) and 0 < low <= high):
        ax.set_ylabel(label)
        return
    if high < LOGARITHMIC_FROM * low:
        ax.set_ylim(0.0, 1.08 * high)
        readable_axis(ax, "y", label)
        return
    ax.set_yscale("log")
    ax.set_ylim(low / 1.3, high * 1.3)
    ax.set_ylabel(label)
    plain_decades(ax, "y")


def plain_decades(ax: Axes, which: str) -> None:
    """Set ticks of a logarithmic axis: at decades, or at 1, 2 and 5 for under 3 decades."""
    axis = ax.yaxis if which == "y" else ax.xaxis
    low, high = sorted(axis.get_view_interval())
    if np.floor(np.log10(high)) - np.ceil(np.log10(low)) < 2:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def readable_axis(ax: Axes, which: str, label: str) -> None:
    """Label a linear axis, with a power of 1000 where its numbers are large or small."""
    axis = ax.yaxis if which == "y" else ax.xaxis
    largest = float(np.max(np.abs(axis.get_view_interval())))
    if not largest or 1e-3 <= largest < 1e4:
        axis.set_label_text(label)
        return
    power = 3 * int(np.floor(np.log10(largest) / 3))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value / 10.0**power)))
    axis.set_label_text(rf"{label} ($10^{{{power}}}$)")
