"""Panels of entanglement over a run, and the warning where a state is no quantum state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from .drawing import on_axes
from .run_data import (
    chosen_pair,
    divergence_note,
    label_time_axis,
    pair_entanglement,
    physicality,
    require_one_run,
    why_empty,
    with_steady,
)
from .style import BAND, BAND_LABEL, COLOURS, GREY, LINE_STYLES
from .ticks import positive_axis
from .titles import explain_empty, set_title

UNPHYSICAL = -1e-9
"""Least eigenvalue of V + iΩ/2 below which a state is marked as no quantum state."""
PLAIN_COLOUR, COUPLED_COLOUR = COLOURS[5], COLOURS[0]


@on_axes
def draw_entanglement(
    ax: Axes,
    run: xr.Dataset,
    pair: Sequence[str] | None = None,
    letter: str = "",
    steady: xr.Dataset | None = None,
) -> None:
    """Draw E_N over time from every level of theory that a run has.

    These are the plain ensemble, the estimate coupled to linear twins, the moment equation, and the
    steady value. Bands are two standard errors.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    pair : sequence of str, optional
        The two modes; by default those reported in the result of a run file.
    letter : str
        Letter of the panel in its title.
    steady : Dataset, optional
        Result of `steady_state`, of one branch, whose E_N is marked.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        Where no two modes are named, or the ensemble has no batches for error bars.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> plots.draw_entanglement(run, ("a", "b")).get_title(loc="left")
    'entanglement of a and b'
    """
    require_one_run(run)
    run = with_steady(run, steady)
    first, second = chosen_pair(run, pair)
    times = label_time_axis(ax, run)
    E = pair_entanglement(run, pair)
    curves = {
        "plain": (PLAIN_COLOUR, 0.8, "trajectories"),
        "coupled": (COUPLED_COLOUR, 2.0, "coupled to linear twins"),
    }
    for name, (colour, width, label) in curves.items():
        if name in E:
            value = E[name].values
            error = BAND * E[f"{name}_stderr"].values
            low = np.maximum(value - error, 0)
            high = value + error
            ax.fill_between(times, low, high, color=colour, alpha=0.35, lw=0)
            ax.plot(times, value, color=colour, lw=width, label=label)
    if "plain" in E:
        ax.fill_between([], [], color=GREY, alpha=0.35, lw=0, label=f"bands {BAND_LABEL}")
    ax.plot(times, E["linear"].values, color="k", lw=0.8, ls=":", label="moment equation")
    if "steady" in E:
        ax.axhline(float(E["steady"]), color="k", ls="--", lw=0.8, label="Lyapunov")
    curves_drawn = [np.asarray(line.get_ydata(), float) for line in ax.lines]
    if not any(np.isfinite(y).any() for y in curves_drawn):
        explain_empty(ax, why_empty(run, "no finite covariance"))
    top = ax.get_ylim()[1]
    ax.set_ylim(-0.03 * top, top)
    ax.set_ylabel(r"$E_N$ (nats)")
    warning = unphysical_warning(physicality(run)) or divergence_note(run)
    set_title(ax, f"entanglement of {first} and {second}", letter, warning)


def unphysical_warning(least: float) -> str:
    """The warning for a state whose min eig(V + iΩ/2) is that of no quantum state; else empty."""
    return (
        f"NOT A QUANTUM STATE: min eig$(V+i\\Omega/2)$ = {least:.2g}" if least < UNPHYSICAL else ""
    )


@on_axes
def draw_error_bars(
    ax: Axes, run: xr.Dataset, pair: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Draw the standard errors of E_N over time, of the plain and of the coupled estimate.

    Both come from the same trajectories.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` for one parameter point.
    pair : sequence of str, optional
        The two modes; by default those reported in the result of a run file.
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
        For a run without trajectories, and where no two modes are named.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> plots.draw_error_bars(run, ("a", "b"))
    Traceback (most recent call last):
    ...
    ValueError: the run has no trajectories, so there are no error bars: draw a result of simulate
    """
    require_one_run(run)
    times = label_time_axis(ax, run)
    E = pair_entanglement(run, pair)
    if "plain" not in E:
        raise ValueError(
            "the run has no trajectories, so there are no error bars: draw a result of simulate"
        )
    errors = []
    curves = (
        ("plain", PLAIN_COLOUR, "-", "trajectories"),
        ("coupled", COUPLED_COLOUR, LINE_STYLES[1], "coupled to linear twins"),
    )
    for name, colour, line, label in curves:
        if name in E:
            errors.append(E[f"{name}_stderr"].values)
            ax.plot(times, errors[-1], color=colour, ls=line, label=label)
    every = np.concatenate([error[np.isfinite(error) & (error > 0)] for error in errors])
    if not every.size:
        explain_empty(ax, why_empty(run, "no error bars"))
    least = float(np.min(every, initial=np.inf))
    largest = float(np.max(every, initial=0.0))
    positive_axis(ax, least, largest, r"standard error of $-\ln 2\nu^-$ (nats)")
    set_title(ax, "error bars from the same trajectories", letter, divergence_note(run))
