"""Means of quadratures and elements of the covariance over a run, with error bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ....sde.kept_elements import KeptElements
from ....sde.labels import Q
from ....sde.support.checks import Array, nearest, shown
from ..drawing import on_axes
from ..entanglement import COUPLED_COLOUR, PLAIN_COLOUR
from ..overlapping_lines import separate_overlapping
from ..run_data import (
    divergence_note,
    has_values,
    label_time_axis,
    mode_style,
    require_one_run,
    why_empty,
    with_steady,
)
from ..style import BAND, BAND_LABEL, GREY, LINE_STYLES, darker
from ..ticks import readable_axis
from ..titles import explain_empty, set_title

MOST_QUADRATURES = 8
"""Quadratures in one panel, at most."""


@on_axes
def draw_quadratures(
    ax: Axes,
    run: xr.Dataset,
    quadratures: Sequence[str] | str | None = None,
    letter: str = "",
    steady: xr.Dataset | None = None,
) -> None:
    """Draw the means of quadratures over time: ensemble with error bands, mean field as dots.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    quadratures : str or sequence of str, optional
        Names of the quadratures, such as "cavity.X"; by default the first eight.
    letter : str
        Letter of the panel in its title.
    steady : Dataset, optional
        Result of `steady_state`, of one branch, whose means are marked at the end.
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
    >>> cavity = ql.Model.build(
    ...     ["a"], [ql.terms.lose("a", "out", amplitude_rate=1.0), ql.terms.drive("a", 2.0)]
    ... )
    >>> run = ql.propagate_moments(cavity, duration=5.0, samples=20)
    >>> plots.draw_quadratures(run, steady=ql.steady_state(cavity)).get_xlabel()
    'time (s)'
    """
    require_one_run(run)
    run = with_steady(run, steady)
    times = label_time_axis(ax, run)
    names = chosen_quadratures(run, quadratures)
    sampled = has_values(run, "mean")
    lines = []
    for name in names:
        colour, line = quadrature_style(run, name)
        field = run["mean_field"].sel({Q: name}).values
        value = run["mean"].sel({Q: name}).values if sampled else field
        if "mean_stderr" in run:
            error = BAND * run["mean_stderr"].sel({Q: name}).values
            ax.fill_between(times, value - error, value + error, color=colour, alpha=0.3, lw=0)
        lines += ax.plot(times, value, color=colour, ls=line, label=name)
        if sampled:
            ax.plot(times, field, color="k", ls=":", lw=0.8)
        if "steady_mean" in run:
            mark_level(ax, times, float(run["steady_mean"].sel({Q: name})))
    separate_overlapping(lines)
    _name_references(ax, sampled, "mean field", "steady_mean" in run, "fixed point")
    if not any(np.isfinite(np.asarray(line.get_ydata(), float)).any() for line in lines):
        explain_empty(ax, why_empty(run, "no finite mean"))
    readable_axis(ax, "y", r"mean $\langle u\rangle$")
    left_out = run.sizes[Q] - len(names) if quadratures is None else 0
    rest = f" (the first {len(names)} of {run.sizes[Q]})" if left_out else ""
    set_title(ax, f"means of quadratures{rest}", letter, divergence_note(run))


@on_axes
def draw_element(
    ax: Axes,
    run: xr.Dataset,
    k: str,
    l: str | None = None,  # noqa: E741
    letter: str = "",
    steady: xr.Dataset | None = None,
) -> None:
    """Draw an element of the covariance over time, from every level of theory that a run has.

    These are the plain ensemble and the estimate coupled to linear twins, both with error bands,
    the moment equation, and the steady value.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    k : str
        Name of a quadrature, such as "cavity.X".
    l : str, optional
        Name of the other quadrature; by default the variance of k is drawn.
    letter : str
        Letter of the panel in its title.
    steady : Dataset, optional
        Result of `steady_state`, of one branch, whose covariance is marked.
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
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> plots.draw_element(run, "a.X", "b.Y").get_title(loc="left")
    'covariance of a.X and b.Y'
    """
    require_one_run(run)
    run = with_steady(run, steady)
    (k,) = chosen_quadratures(run, k, "k")
    (l,) = chosen_quadratures(run, k if l is None else l, "l")  # noqa: E741
    times = label_time_axis(ax, run)
    sampled = has_values(run, "covariance_sample")
    if sampled:
        _draw_estimate(ax, times, run, "covariance_sample", k, l)
        if "linearization_error" in run:
            _draw_estimate(ax, times, run, "covariance", k, l)
    exact = run["covariance_linear" if "covariance_linear" in run else "covariance"]
    values = _element(exact, k, l)
    ax.plot(times, values, color="k", lw=0.8, ls=":", label="moment equation")
    if "steady_covariance" in run:
        level = float(_element(run["steady_covariance"], k, l))
        ax.axhline(level, color="k", ls="--", lw=0.8, label="Lyapunov")
    if sampled:
        ax.fill_between([], [], color=GREY, alpha=0.35, lw=0, label=f"bands {BAND_LABEL}")
    if not np.isfinite(values).any():
        explain_empty(ax, why_empty(run, "no finite covariance"))
    readable_axis(ax, "y", rf"$V$({k}, {l})")
    what = f"variance of {k}" if k == l else f"covariance of {k} and {l}"
    set_title(ax, what, letter, divergence_note(run))


ESTIMATES = {
    "covariance_sample": (PLAIN_COLOUR, 0.8, "trajectories"),
    "covariance": (COUPLED_COLOUR, 2.0, "coupled to linear twins"),
}
"""Colour, width and name of the estimates of a covariance."""


def _draw_estimate(ax: Axes, times: Array, run: xr.Dataset, name: str, k: str, l: str) -> None:  # noqa: E741
    """Draw an estimate of an element of the covariance with its error band."""
    colour, width, label = ESTIMATES[name]
    value, error = (_element(run[f"{name}{end}"], k, l) for end in ("", "_stderr"))
    low, high = value - BAND * error, value + BAND * error
    ax.fill_between(times, low, high, color=colour, alpha=0.35, lw=0)
    ax.plot(times, value, color=colour, lw=width, label=label)


def _element(V: xr.DataArray, k: str, l: str) -> Array:  # noqa: E741
    """The element (k, l) of a labelled covariance."""
    kept = KeptElements.of(V)
    at = [kept.labels.index(k), kept.labels.index(l)]
    return np.asarray(kept.block(V.values, at, f"the panel of ({k}, {l})")[..., 0, 1])


def chosen_quadratures(
    run: xr.Dataset, quadratures: Sequence[str] | str | None, argument: str = "quadratures"
) -> list[str]:
    """The quadratures that are named, or the first eight. ValueError for an unknown name."""
    names = [str(name) for name in run[Q].values]
    if quadratures is None:
        return names[:MOST_QUADRATURES]
    chosen = [quadratures] if isinstance(quadratures, str) else list(quadratures)
    for name in chosen:
        if name not in names:
            hint = nearest(str(name), names, "the quadratures are")
            raise ValueError(f"{argument} names {shown(name)}: {hint}")
    if not chosen:
        raise ValueError(f"{argument} must name at least one of {', '.join(names)} (got none)")
    return chosen


def quadrature_style(run: xr.Dataset, name: str) -> tuple[str | tuple[float, ...], object]:
    """Colour and line style of a quadrature: the colour of its mode, darker for the second."""
    names = [str(one) for one in run[Q].values]
    colour, _ = mode_style(run, name.rpartition(".")[0])
    second = names.index(name) % 2
    return darker(colour) if second else colour, LINE_STYLES[second]


def mark_level(ax: Axes, times: Array, level: float) -> None:
    """Mark a steady value by a dashed line over the last quarter of the times."""
    ax.plot(times[[-max(len(times) // 4, 1), -1]], [level, level], color="k", ls="--", lw=0.8)


def _name_references(ax: Axes, sampled: bool, dots: str, steady: bool, dashes: str) -> None:
    """Legend entries for error bands, dots and dashes."""
    if sampled:
        ax.fill_between([], [], color=GREY, alpha=0.3, lw=0, label=f"bands {BAND_LABEL}")
        ax.plot([], [], color="k", ls=":", lw=0.8, label=dots)
    if steady:
        ax.plot([], [], color="k", ls="--", lw=0.8, label=dashes)
