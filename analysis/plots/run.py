"""Figures of a run: transient means, covariance, entanglement, Wigner ellipses, limit cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BytesIO
from string import ascii_lowercase

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .entanglement import draw_entanglement, draw_error_bars
from .panels.ellipses import draw_ellipses
from .panels.recorded_light import draw_recorded_light
from .run_data import chosen_modes, has_values, pair_entanglement, require_one_run
from .run_panels import SAMPLE, draw_covariance, draw_means, draw_orbit
from .style import new_figure, style
from .titles import fit_height

MOST_MODES, MOST_VARIANCES = 8, 4
"""Modes in one panel, at most, and in one of variances, which has two curves of each."""
MOST_IN_OVERVIEW = 12
"""Modes in an overview, at most."""
Panel = Callable[..., Axes]
"""Function that draws one panel on its Axes, with its letter."""


def prepare() -> None:
    """Load fonts and backends, so that the first figure takes no longer than the next.

    It may run in a thread while other work is done.

    Returns
    -------
    None

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> plots.prepare()
    """
    with style():
        figure = new_figure()
        ax = figure.subplots()
        ax.set(yscale="log", title="(a)", ylabel=r"$\nu$")
        for form in ("png", "pdf"):
            figure.savefig(BytesIO(), format=form)


def figures(
    run: xr.Dataset, modes: Sequence[str] | None = None, pair: Sequence[str] | None = None
) -> Iterator[tuple[str, Figure]]:
    """Draw the figures of a run; the overview of all is the first.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point, or of a run file.
    modes : sequence of str, optional
        Names of the modes that are drawn; all of them by default, in several panels where they are
        many.
    pair : sequence of str, optional
        The two modes whose entanglement is drawn. The default is the pair in the result of a run
        file; without such a pair none is drawn.

    Returns
    -------
    iterator of (str, Figure)
        Names and figures: overview, means, covariance, entanglement, wigner or limit_cycle,
        error_bars, light; only those for which the run has data.

    Raises
    ------
    ValueError
        For a dataset that is none of these, and an unknown mode.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> [name for name, figure in plots.figures(run, pair=("a", "b"))]
    ['overview', 'covariance', 'entanglement', 'wigner']
    """
    require_one_run(run)
    names = chosen_modes(run, modes)
    panels = _panels(run, names[:MOST_IN_OVERVIEW], pair)
    yield "overview", _overview(panels, _left_out_note(names))
    for name, draws in _panels(run, names, pair).items():
        yield name, draw_panels(draws)


def _panels(
    run: xr.Dataset, modes: Sequence[str], pair: Sequence[str] | None
) -> dict[str, list[Panel]]:
    """The panels of each figure, in order, one for each group of modes."""

    def grouped(draw: Panel, most: int) -> list[Panel]:
        groups = np.array_split(list(modes), -(-len(modes) // most))
        return [partial(draw, run=run, modes=[str(mode) for mode in group]) for group in groups]

    out: dict[str, list[Panel]] = {}
    if np.any(run["mean_field"].values):
        out["means"] = grouped(draw_means, MOST_MODES)
    out["covariance"] = grouped(draw_covariance, MOST_VARIANCES)
    if pair is not None or "log_negativity" in run:
        out["entanglement"] = [partial(draw_entanglement, run=run, pair=pair)]
    if run.attrs.get("attractor") == "limit cycle":
        out["limit_cycle"] = [partial(draw_orbit, run=run, mode=modes[-1])]
    else:
        out["wigner"] = grouped(draw_ellipses, MOST_MODES)
    if "entanglement" in out and has_values(run, SAMPLE) and _has_error_bars(run, pair):
        out["error_bars"] = [partial(draw_error_bars, run=run, pair=pair)]
    if "output_spectrum_real" in run:
        ports = [str(name).removesuffix(".X") for name in run["output"].values[::2]]
        out["light"] = [partial(draw_recorded_light, run=run, port=port) for port in ports]
    return out


def _has_error_bars(run: xr.Dataset, pair: Sequence[str] | None) -> bool:
    """Whether the best estimate of E_N has error bars: that of a linear model has none."""
    E = pair_entanglement(run, pair)
    return bool(np.any(E["coupled_stderr" if "coupled" in E else "plain_stderr"].values))


def _left_out_note(names: Sequence[str]) -> str:
    if len(names) <= MOST_IN_OVERVIEW:
        return ""
    return (
        f"{MOST_IN_OVERVIEW} of {len(names)} modes: the other figures have them all, or choose "
        "some with modes="
    )


def _overview(panels: dict[str, list[Panel]], note: str) -> Figure:
    """All panels but the error bars and the light, two in a row."""
    left_out = ("error_bars", "light")
    draws = [draw for name, several in panels.items() if name not in left_out for draw in several]
    return draw_panels(draws, min(2, len(draws)), note)


def draw_panels(draws: Sequence[Panel], columns: int = 1, note: str = "") -> Figure:
    """A figure of panels in rows of `columns`, with letters if there are several panels."""
    rows = -(-len(draws) // columns)
    with style():
        figure = new_figure(columns, rows)
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax, draw, letter in zip(axes.flat, draws, ascii_lowercase, strict=False):
            draw(ax, letter=letter if len(draws) > 1 else "")
        for ax in axes.flat[len(draws) :]:
            ax.remove()
        fit_height(figure, axes)
        if note:
            figure.suptitle(note, fontsize=7)
    return figure
