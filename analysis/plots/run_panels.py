"""Panels of a run: means, variances, limit cycle.

Each function draws one panel, `draw_means(run)` on a new figure or `draw_means(run, ax=ax)` on an
existing Axes, and returns the Axes. All modes are drawn unless `modes=` names some; times are in a
readable unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ...sde.kept_elements import KeptElements
from .drawing import on_axes
from .overlapping_lines import separate_overlapping
from .run_data import (
    chosen_modes,
    divergence_note,
    field_quanta,
    has_values,
    label_time_axis,
    mean_quanta,
    mode_names,
    mode_style,
    quadrature_indices,
    quadrature_names,
    require_one_run,
    why_empty,
    with_steady,
)
from .style import BAND, BAND_LABEL, COLOURS, GREY, LINE_STYLES, darker
from .ticks import positive_axis, readable_axis
from .titles import explain_empty, set_title

DARK = 1e-12
"""Share of the brightest mode's quanta below which a mode has no mean field."""
SAMPLE = "covariance_sample"


@on_axes
def draw_means(
    ax: Axes, run: xr.Dataset, modes: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Draw the quanta |⟨a⟩|² per mode over time, the mean field as a wide line beneath.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    modes : sequence of str, optional
        Names of the modes; all by default.
    letter : str
        Letter of the panel in its title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> plots.draw_means(run).get_xlabel()
    'time (ns)'
    """
    require_one_run(run)
    times = label_time_axis(ax, run)
    brightest = 0.0
    lines = []
    low = []
    dark = DARK * max(
        float(np.nanmax(field_quanta(run, mode), initial=0.0)) for mode in mode_names(run)
    )
    for mode in chosen_modes(run, modes):
        field, (colour, line) = field_quanta(run, mode), mode_style(run, mode)
        if not float(np.nanmax(field, initial=0.0)) > dark:
            ax.plot([], [], color=colour, ls=line, label=f"{mode} (no mean field)")
            continue
        ax.plot(times, field, color=colour, lw=3, alpha=0.3)
        lines += ax.plot(times, mean_quanta(run, mode), color=colour, ls=line, label=mode)
        low.append(max(float(np.min(field[field > 0])), float(np.median(field)) / 100))
        brightest = max(brightest, float(np.nanmax(field)))
    if not low:
        finite = np.isfinite(run["mean_field"].values).any()
        explain_empty(ax, why_empty(run, "no mean field" if finite else "no finite mean field"))
    positive_axis(ax, min(low, default=np.nan), brightest, r"quanta $|\langle a\rangle|^2$")
    separate_overlapping(lines, log=ax.get_yscale() == "log")
    wide = " (wide, faint: mean field)" if has_values(run, "mean") else " (mean field)"
    what = "transient means" if run.attrs.get("start") == "dark" else "means"
    set_title(ax, what + wide, letter, divergence_note(run))


@on_axes
def draw_covariance(
    ax: Axes,
    run: xr.Dataset,
    modes: Sequence[str] | None = None,
    letter: str = "",
    steady: xr.Dataset | None = None,
) -> None:
    """Draw the variances over time: ensemble as bands, moment equation as lines.

    Dashes at the end mark the Lyapunov variances, where `steady` or the result of a run file has
    them.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    modes : sequence of str, optional
        Names of the modes; all by default.
    letter : str
        Letter of the panel in its title.
    steady : Dataset, optional
        Result of `steady_state`, of one branch, whose variances are marked.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> plots.draw_covariance(run, modes=["a"]).get_ylabel()
    'variance $V_{kk}$'
    """
    require_one_run(run)
    run = with_steady(run, steady)
    times = label_time_axis(ax, run)
    names = chosen_modes(run, modes)
    kept = KeptElements.of(run)
    exact = kept.variances(
        run["covariance_linear" if "covariance_linear" in run else "covariance"].values
    )
    ends = ("", "_stderr") if has_values(run, SAMPLE) else ()
    sampled = [kept.variances(run[f"{SAMPLE}{end}"].values) for end in ends]
    lines = []
    seen = []
    for mode in names:
        colour = mode_style(run, mode)[0]
        shades = (colour, darker(colour))
        for k, shade, line in zip(quadrature_indices(run, mode), shades, LINE_STYLES, strict=False):
            if sampled:
                value, error = (part[:, k] for part in sampled)
                low = value - BAND * error
                high = value + BAND * error
                ax.fill_between(times, low, high, color=shade, alpha=0.3, lw=0)
                seen.append(high)
            label = mode if shade == colour else None
            lines += ax.plot(times, exact[:, k], color=shade, ls=line, label=label)
            seen.append(exact[:, k])
            if "steady_covariance" in run:
                level = run["steady_covariance"].values[k, k]
                ax.plot(times[[-len(times) // 4, -1]], [level, level], color="k", ls="--", lw=0.8)
    every = np.concatenate([values[np.isfinite(values) & (values > 0)] for values in seen])
    if not every.size:
        explain_empty(ax, why_empty(run, "no finite variance"))
    least = float(np.min(every, initial=np.inf))
    largest = float(np.max(every, initial=0.0))
    positive_axis(ax, least, largest, r"variance $V_{kk}$")
    separate_overlapping(lines, log=ax.get_yscale() == "log")
    _name_lines(ax, run, names)
    set_title(ax, "variances (lines: moment equation)", letter, divergence_note(run))


def _name_lines(ax: Axes, run: xr.Dataset, names: Sequence[str]) -> None:
    """Legend entries for quadratures, bands and dashes of a panel of variances."""
    for quadratures, line in zip(quadrature_names(run, names), LINE_STYLES, strict=False):
        ax.plot([], [], color=GREY, ls=line, label=quadratures)
    if has_values(run, SAMPLE):
        ax.fill_between([], [], color=GREY, alpha=0.3, lw=0, label=f"sampled {BAND_LABEL}")
    if "steady_covariance" in run:
        ax.plot([], [], color="k", ls="--", lw=0.8, label="Lyapunov")


@on_axes
def draw_orbit(ax: Axes, run: xr.Dataset, mode: str | None = None, letter: str = "") -> None:
    """Draw a mode's phase plane: mean field of the run, ensemble mean over its last fifth.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    mode : str, optional
        Name of the mode; the last by default.
    letter : str
        Letter of the panel in its title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> plots.draw_orbit(run, "b").get_title(loc="left")
    'phase plane of b'
    """
    require_one_run(run)
    (mode,) = chosen_modes(run, [mode or mode_names(run)[-1]])
    x, y = quadrature_indices(run, mode)
    u = run["mean_field"].values
    ax.plot(u[:, x], u[:, y], color="0.7", lw=0.5, label="mean field")
    if has_values(run, "mean"):
        mean = run["mean"].values[-(len(run["time"]) // 5) :]
        label = "trajectories, last fifth"
        ax.plot(mean[:, x], mean[:, y], ".", color=COLOURS[0], ms=2, label=label)
    for which, k in (("x", x), ("y", y)):
        readable_axis(ax, which, str(run["quadrature"].values[k]))
    set_title(ax, f"phase plane of {mode}", letter, divergence_note(run))
