"""Figures of switching: single paths, residence times, the slow relaxation, the density."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...sde.labels import time_unit
from .drawing import on_axes
from .run_data import require_kind
from .style import BAND, COLOURS, COLUMN, StyledFigure, style

PATHS = 3
"""Trajectories that are shown, at most."""
SHOWN_RESIDENCES = 12
"""Mean residence times for which paths are shown."""
MOST_SAMPLES = 4000
"""Samples of a path that are drawn, about."""
QUADRATURE_LABEL = r"quadrature $w\cdot u$ between the branches"


def switching_figures(result: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Draw the figures of switching between two branches, the overview of all first.

    Parameters
    ----------
    result : Dataset
        Result of `analysis.switching.switching`.

    Returns
    -------
    iterator of (str, Figure)
        Names and figures: overview, paths, residence, relaxation, density.

    Raises
    ------
    ValueError
        For another kind of result.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> name = "results/bistable-switching/bistable-switching.nc"
    >>> result = xr.open_dataset(name)  # doctest: +SKIP
    >>> for name, figure in plots.switching_figures(result):  # doctest: +SKIP
    ...     figure.savefig(f"{name}.pdf")
    """
    require_kind("result", result, "switching")
    draws = {
        "paths": draw_switching_paths,
        "residence": draw_residence_times,
        "relaxation": draw_relaxation,
        "density": draw_switching_density,
    }
    with style():
        overview = StyledFigure(figsize=(2 * COLUMN, 1.7 * COLUMN), layout="constrained")
        panels = np.ravel(overview.subplots(2, 2))
        for letter, ax, draw in zip("abcd", panels, draws.values(), strict=True):
            draw(ax, result)
            ax.set_title(f"({letter})  {ax.get_title(loc='left')}")
        yield "overview", overview
        for name, draw in draws.items():
            figure = StyledFigure(figsize=(COLUMN, 0.85 * COLUMN), layout="constrained")
            draw(figure.subplots(), result)
            yield name, figure


@on_axes
def draw_switching_paths(ax: Axes, result: xr.Dataset) -> None:
    """Draw some paths along the line between the branches, one above the other.

    Dashed lines mark the fixed points. The colour is that of the branch; it changes when a path
    enters the core of the other branch.

    Parameters
    ----------
    result : Dataset
        Result of `analysis.switching.switching`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> name = "results/bistable-switching/bistable-switching.nc"
    >>> plots.draw_switching_paths(xr.open_dataset(name))  # doctest: +SKIP
    """
    require_kind("result", result, "switching")
    time = result["time"].values
    centres = result["centre"].values
    kept = time <= min(time[-1], SHOWN_RESIDENCES * _mean_residence(result))
    stride = max(1, int(kept.sum()) // MOST_SAMPLES)
    size, unit = time_unit(float(time[kept][-1]))
    chosen = result[["position", "label"]].isel(time=kept).isel(time=slice(None, None, stride))
    chosen = chosen.isel(trajectory=slice(PATHS))
    t = time[kept][::stride] / size
    spacing = 1.6 * (centres[1] - centres[0])
    paths = chosen["position"].values.T
    labels = chosen["label"].values.T
    for k, (path, label) in enumerate(zip(paths, labels, strict=True)):
        ax.plot(t, path + k * spacing, color="0.7", lw=0.4)
        for branch, (centre, colour) in enumerate(zip(centres, COLOURS, strict=False)):
            ax.axhline(centre + k * spacing, color=colour, lw=0.6, ls="--")
            in_branch = np.where(label == branch, path, np.nan)
            ax.plot(t, in_branch + k * spacing, color=colour, lw=0.4)
    numbers = range(chosen.sizes["trajectory"])
    ax.set_yticks([k * spacing + centres.mean() for k in numbers], [f"path {k}" for k in numbers])
    ax.set(xlabel=f"time ({unit})", title="single trajectories; dashed: fixed points")


@on_axes
def draw_residence_times(ax: Axes, result: xr.Dataset) -> None:
    """Draw the survival of arrivals in each branch over the residence time.

    The dashed line is the exponential law beyond the memory time. Grey marks residences shorter
    than the memory time, which do not enter the rates.

    Parameters
    ----------
    result : Dataset
        Result of `analysis.switching.switching`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> name = "results/bistable-switching/bistable-switching.nc"
    >>> plots.draw_residence_times(xr.open_dataset(name))  # doctest: +SKIP
    """
    require_kind("result", result, "switching")
    memory = float(result.attrs["memory"])
    size, unit = time_unit(float(result["residence"].max()) or 1.0)
    for k, colour in zip(range(2), COLOURS, strict=False):
        _draw_survival(ax, result, k, colour, size)
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set(
        xlabel=f"residence time ({unit})",
        ylabel="share that stays longer",
        title="residence times of arrivals",
    )
    if ax.has_data():
        ax.set_ylim(bottom=max(ax.get_ylim()[0], 1e-4), top=2)
        ax.axvspan(0, memory / size, color="0.9", lw=0, label="short stays")
        ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=3, columnspacing=1.0)


def _draw_survival(ax: Axes, result: xr.Dataset, k: int, colour: str, size: float) -> None:
    """Draw the survival of arrivals in branch k and its exponential law; `size`: unit in s."""
    from ..switching.survival import survival  # loads scipy.stats, which no other figure needs

    arrived = result["spell_entered"].values.astype(bool)
    chosen = (result["spell_branch"].values == k) & arrived
    ended = result["spell_ended"].values[chosen].astype(bool)
    age, left = survival(result["residence"].values[chosen], ended)
    if not len(age):
        return
    label = f"branch {result['branch'].values[k]}"
    share = np.where(left > 0, left, np.nan)
    ax.step(age / size, share, where="post", color=colour, label=label)
    hazard, kappa = (float(result[name][k]) for name in ("hazard", "commitment"))
    t = np.array([float(result.attrs["memory"]), age[-1]])
    formula = rf"${kappa:.3f}\,e^{{-t/{1 / hazard / size:.3g}}}$"
    law = kappa * np.exp(-hazard * t)
    ax.plot(t / size, law, color=colour, ls="--", lw=0.8, label=formula)


@on_axes
def draw_relaxation(ax: Axes, result: xr.Dataset) -> None:
    """Draw the slow relaxation rate that the transfer operator implies at each lag.

    The band is r₁ + r₂ from residence times.

    Parameters
    ----------
    result : Dataset
        Result of `analysis.switching.switching`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> name = "results/bistable-switching/bistable-switching.nc"
    >>> plots.draw_relaxation(xr.open_dataset(name))  # doctest: +SKIP
    """
    require_kind("result", result, "switching")
    memory = float(result.attrs["memory"])
    names = ("lag", "implied_rate", "implied_rate_stderr")
    lag, implied, error = (result[name].values for name in names)
    total, total_error = (float(result[f"rate_total{end}"]) for end in ("", "_stderr"))
    span, unit = time_unit(4 * memory or 1.0)
    known = [rate for rate in (total, *implied) if rate > 0]
    size, per = time_unit(1 / min(known)) if known else (1.0, "s")
    ax.set(xlabel=f"lag ({unit})", ylabel=rf"rate $r_1 + r_2$ (1/{per})", title="slow relaxation")
    if np.isfinite(total_error):
        low, high = ((total + sign * BAND * total_error) * size for sign in (-1, 1))
        label = "residence times, ± 2 s.e."
        ax.axhspan(low, high, color=COLOURS[0], alpha=0.25, lw=0, label=label)
    if np.isfinite(implied).any():
        ax.errorbar(
            lag / span,
            implied * size,
            BAND * error * size,
            label="transfer operator, ± 2 s.e.",
            fmt="o",
            ms=3,
            lw=0.8,
            color="0.25",
        )
        ax.axvline(memory / span, color="0.6", lw=0.8, ls=":", label="memory")
        ax.set_ylim(bottom=0)
        ax.set_xlim(left=0)
        ax.legend(loc="lower right")
    else:
        ax.text(0.5, 0.5, "too few exits", transform=ax.transAxes, ha="center", color="0.4")


@on_axes
def draw_switching_density(ax: Axes, result: xr.Dataset) -> None:
    """Draw the density of positions, and the normal density of each branch times its occupation.

    Parameters
    ----------
    result : Dataset
        Result of `analysis.switching.switching`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> name = "results/bistable-switching/bistable-switching.nc"
    >>> plots.draw_switching_density(xr.open_dataset(name))  # doctest: +SKIP
    """
    require_kind("result", result, "switching")
    names = ("position_bin", "density", "density_stderr")
    x, density, error = (result[name].values for name in names)
    low = density - BAND * error
    high = density + BAND * error
    ax.fill_between(x, low, high, color="0.6", lw=0, label="trajectories, ± 2 s.e.")
    ax.plot(x, density, color="0.25", lw=0.8)
    normals = result["density_branch"].values
    for branch, normal, colour in zip(result["branch"].values, normals, COLOURS, strict=False):
        ax.plot(x, normal, color=colour, ls="--", label=f"branch {branch}, linearised")
    ax.set(xlabel=QUADRATURE_LABEL, ylabel="density", title="density and both Gaussians")
    ax.set_ylim(bottom=0, top=1.35 * max(np.nanmax(density), np.nanmax(normals, initial=0)))
    ax.legend()


def _mean_residence(result: xr.Dataset) -> float:
    """Mean residence time of both branches together, s; infinite without exits."""
    exits = float(result["exits"].sum())
    return float(result["time_spent"].sum()) / exits if exits else np.inf
