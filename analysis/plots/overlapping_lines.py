"""Lines that lie on each other, dashed so that all of them are seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.lines import Line2D

from ...sde.support.checks import Array

NEAR = 0.01
"""Lines nearer than this share of the axis count as lying on each other."""
DASHED_IN_TURN = "shared"
"""Matplotlib group id of the lines that were dashed: a legend shows them as solid lines."""


def separate_overlapping(lines: Sequence[Line2D], log: bool = False) -> None:
    """Dash n lines that lie on each other, so that each shows every n-th dash."""
    curves = [np.array(line.get_data(), float) for line in lines]
    if log:
        curves = [np.array([x, np.log10(np.where(y > 0, y, np.nan))]) for x, y in curves]
    finite = [curve[1][np.isfinite(curve[1])] for curve in curves]
    every = np.concatenate(finite) if finite else np.zeros(0)
    if not every.size:
        return
    tolerance = NEAR * max(float(np.ptp(every)), 1e-9 * float(np.max(np.abs(every))), 1e-300)
    groups: list[list[int]] = []
    for k, curve in enumerate(curves):
        for group in groups:
            if _overlap(curve, curves[group[0]], tolerance):
                group.append(k)
                break
        else:
            groups.append([k])
    for group in groups:
        _dash_in_turn([lines[at] for at in group])


def _overlap(curve: Array, other: Array, tolerance: float) -> bool:
    """Whether two curves (2, n) are within a tolerance of each other at all points."""
    if curve.shape != other.shape or not np.array_equal(np.isfinite(curve), np.isfinite(other)):
        return False
    return bool(np.isfinite(curve).any() and np.nanmax(np.abs(curve - other)) <= tolerance)


def _dash_in_turn(lines: Sequence[Line2D], dash: float = 3.0) -> None:
    """Give each of n lines every n-th dash; `dash` is the length of a dash, in line widths."""
    if len(lines) < 2:
        return
    for turn, line in enumerate(lines):
        line.set(
            linestyle=((len(lines) - turn) * dash, (dash, (len(lines) - 1) * dash)), linewidth=1.6
        )
        line.set_dash_capstyle("butt")
        line.set_gid(DASHED_IN_TURN)
