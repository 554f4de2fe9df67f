"""Panels of a run: means, variances, Wigner ellipses, limit cycle.

Each function draws one panel, `draw_means(run)` on a new figure or `draw_means(run, ax=ax)` on an
existing Axes, and returns the Axes. All modes are drawn unless `modes=` names some; times are in a
readable unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ...sde.support.checks import Array
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
    why_empty,
)
from .style import BAND, BAND_LABEL, COLOURS, GREY, LINE_STYLES, darker, on_axes
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
    ax : Axes, optional
        Where to draw, also as `ax=`; a new figure by default.
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    modes : sequence of str, optional
        Names of the modes; all by default.
    letter : str
        Letter of the panel in its title.

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
    ax: Axes, run: xr.Dataset, modes: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Draw the variances over time: ensemble as bands, moment equation as lines.

    Dashes at the end mark the Lyapunov variances in the result of a run file.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw, also as `ax=`; a new figure by default.
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    modes : sequence of str, optional
        Names of the modes; all by default.
    letter : str
        Letter of the panel in its title.

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
    times = label_time_axis(ax, run)
    names = chosen_modes(run, modes)
    exact = run["covariance_linear" if "covariance_linear" in run else "covariance"].values
    sampled = (
        [run[f"{SAMPLE}{end}"].values for end in ("", "_stderr")] if has_values(run, SAMPLE) else []
    )
    lines = []
    seen = []
    for mode in names:
        colour = mode_style(run, mode)[0]
        shades = (colour, darker(colour))
        for k, shade, line in zip(quadrature_indices(run, mode), shades, LINE_STYLES, strict=False):
            if sampled:
                value, error = (part[:, k, k] for part in sampled)
                low = value - BAND * error
                high = value + BAND * error
                ax.fill_between(times, low, high, color=shade, alpha=0.3, lw=0)
                seen.append(high)
            label = mode if shade == colour else None
            lines += ax.plot(times, exact[:, k, k], color=shade, ls=line, label=label)
            seen.append(exact[:, k, k])
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
def draw_ellipses(
    ax: Axes, run: xr.Dataset, modes: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Draw the Wigner ellipse (one standard deviation) of each mode at the end, the vacuum in grey.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw, also as `ax=`; a new figure by default.
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    modes : sequence of str, optional
        Names of the modes; all by default.
    letter : str
        Letter of the panel in its title.

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
    >>> plots.draw_ellipses(run).get_title(loc="left")
    'Wigner ellipses, end of run'
    """
    V = run["covariance"].values[-1]
    names = chosen_modes(run, modes)
    ax.plot(*ellipse(0.5 * np.eye(2)), color="0.6", lw=3, alpha=0.5, label="vacuum")
    lines = []
    for mode in names:
        pair = quadrature_indices(run, mode)
        block = V[np.ix_(pair, pair)]
        colour, line = mode_style(run, mode)
        points = ellipse(block) if np.isfinite(block).all() else np.full((2, 1), np.nan)
        lines += ax.plot(*points, color=colour, ls=line, label=mode)
    separate_overlapping(lines)
    if not np.isfinite(V).any():
        explain_empty(ax, why_empty(run, "no finite covariance"))
    ax.set_aspect("equal", adjustable="datalim")
    for which, quadratures in zip("xy", quadrature_names(run, names), strict=True):
        label = ", ".join(rf"$\delta {quadrature}$" for quadrature in quadratures.split(", "))
        readable_axis(ax, which, label)
    set_title(ax, "Wigner ellipses, end of run", letter, divergence_note(run))


@on_axes
def draw_orbit(ax: Axes, run: xr.Dataset, mode: str | None = None, letter: str = "") -> None:
    """Draw a mode's phase plane: mean field of the run, ensemble mean over its last fifth.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw, also as `ax=`; a new figure by default.
    run : Dataset
        Result of `simulate` or `propagate_moments` for one parameter point.
    mode : str, optional
        Name of the mode; the last by default.
    letter : str
        Letter of the panel in its title.

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
    'limit cycle of b'
    """
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
    set_title(ax, f"limit cycle of {mode}", letter, divergence_note(run))


def ellipse(V: Array) -> Array:
    """Points of the one-standard-deviation contour of a two-quadrature covariance.

    Parameters
    ----------
    V : array, (2, 2)
        Covariance, vacuum variance ½.

    Returns
    -------
    array, (2, 200)
        Both coordinates along the contour, about zero.

    Examples
    --------
    >>> import numpy as np
    >>> from qlangevin.analysis import plots
    >>> points = plots.ellipse(np.eye(2) / 2)
    >>> bool(np.allclose(np.linalg.norm(points, axis=0), np.sqrt(0.5)))
    True
    """
    values, vectors = np.linalg.eigh(V)
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = np.array([np.cos(angle), np.sin(angle)])
    return np.asarray(vectors @ (np.sqrt(np.clip(values, 0, None))[:, None] * circle))
