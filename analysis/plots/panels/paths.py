"""Single trajectories over time."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from ....sde.labels import Q
from ....sde.support.checks import require_whole
from ..drawing import on_axes
from ..run_data import divergence_note, label_time_axis, require_kind
from ..style import COLOURS
from ..ticks import readable_axis
from ..titles import set_title
from .quadratures import chosen_quadratures

MOST_SAMPLES = 4000
"""Samples of a path that are drawn, about."""


@on_axes
def draw_paths(
    ax: Axes,
    paths: xr.Dataset,
    quadrature: str | None = None,
    most: int = 8,
    letter: str = "",
) -> None:
    """Draw single paths of a quadrature over time, one colour each.

    Parameters
    ----------
    paths : Dataset
        Result of `sample_paths`.
    quadrature : str, optional
        Name of the quadrature, such as "cavity.X"; the first by default.
    most : int, default 8
        Largest number of paths that are drawn: the first ones.
    letter : str
        Letter of the panel in its title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For another kind of result, and an unknown quadrature.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> system = ql.systems.SpinningResonator.published()
    >>> paths = ql.sample_paths(
    ...     system, trajectories=3, duration=1e-7, step=1e-11, start="steady", samples=4
    ... )
    >>> plots.draw_paths(paths, "mechanical.q").get_title(loc="left")
    '3 single trajectories'
    """
    require_kind("paths", paths, "sample_paths")
    require_whole("most", most, 1)
    (name,) = chosen_quadratures(paths, quadrature or str(paths[Q].values[0]), "quadrature")
    stride = max(1, paths.sizes["time"] // MOST_SAMPLES)
    times = label_time_axis(ax, paths)[::stride]
    states = paths["state"].sel({Q: name}).transpose("trajectory", "time")
    shown = min(most, paths.sizes["trajectory"])
    for number, path in enumerate(states.values[:shown, ::stride]):
        ax.plot(times, path, color=COLOURS[number % len(COLOURS)], lw=0.7)
    readable_axis(ax, "y", name)
    count = paths.sizes["trajectory"]
    of = f"{shown} of {count}" if shown < count else str(count)
    plural = "trajectory" if count == 1 else "trajectories"
    set_title(ax, f"{of} single {plural}", letter, divergence_note(paths))
