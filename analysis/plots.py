"""Figures of a run, ready for a paper: transient means, covariance, entanglement, Wigner ellipses, limit cycle.

Each function draws on one Axes; `figures` makes the files' worth for one run. Times are shown in a readable unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sde.labels import time_unit

Array = np.ndarray[Any, np.dtype[Any]]

STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.2,
}
COLUMN = 3.4
"""Width of a journal column, inches."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#882255", "#999933")
UNPHYSICAL = -1e-9
"""Least eigenvalue of V + iΩ/2 below which no rounding is to blame."""
BAND = 2.0
"""Half-width of error bands, standard errors."""


def prepare() -> None:
    """Load fonts and backends, so that the first figure is as quick as the next: a thread may do it ahead of time."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1, 1))
        ax = figure.subplots()
        ax.set(yscale="log", title="(a)", ylabel=r"$\nu$")
        for form in ("png", "pdf"):
            figure.savefig(BytesIO(), format=form)


def figures(run: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Named figures of a run: the result of `simulate` with the steady and entanglement variables of its report."""
    draws = {"means": draw_means} if run["mean_field"].values.any() else {}
    draws["covariance"] = draw_covariance
    if "log_negativity" in run:
        draws["entanglement"] = draw_entanglement
    if run.attrs["attractor"] == "limit cycle":
        draws["limit_cycle"] = draw_orbit
    else:
        draws["wigner"] = draw_ellipses
    if "log_negativity" in run and run["log_negativity_stderr"].values.any():
        draws["error_bars"] = draw_error_bars
    with mpl.rc_context(STYLE):
        yield "overview", _overview(run, list(draws.values())[:4])
        for name, draw in draws.items():
            figure = Figure(figsize=(COLUMN, 0.8 * COLUMN))
            figure.subplots_adjust(left=0.19, right=0.96, bottom=0.17, top=0.91)
            draw(figure.subplots(), run)
            yield name, figure


def _overview(run: xr.Dataset, draws: list[Any]) -> Figure:
    rows, columns = (2, 2) if len(draws) > 3 else (1, len(draws))
    figure = Figure(figsize=(columns * COLUMN, 0.8 * rows * COLUMN))
    figure.subplots_adjust(
        left=0.19 / columns, right=1 - 0.05 / columns, bottom=0.17 / rows, top=1 - 0.1 / rows, wspace=0.3, hspace=0.38
    )
    for label, ax, draw in zip("abcd"[: len(draws)], np.ravel(figure.subplots(rows, columns)), draws, strict=True):
        draw(ax, run)
        ax.set_title(f"({label})  {ax.get_title(loc='left')}")
    return figure


def draw_means(ax: Axes, run: xr.Dataset) -> None:
    """Quanta |⟨a⟩|² per mode over time: best estimate, and the mean field beneath it."""
    times = _time_axis(ax, run)
    for colour, mode in zip(COLOURS, _modes(run), strict=False):
        x, y = _pair(run, mode)
        field, mean = (np.sum(run[name].values[:, [x, y]] ** 2, axis=1) / 2 for name in ("mean_field", "mean"))
        ax.plot(times, field, color=colour, lw=3, alpha=0.3)
        ax.plot(times, mean, color=colour, label=mode)
    ax.set_yscale("log")
    ax.minorticks_off()
    top = ax.get_ylim()[1]
    ax.set_ylim(max(ax.get_ylim()[0], top * 1e-7), top)
    ax.set_ylabel(r"quanta $|\langle a\rangle|^2$")
    ax.set_title("transient means")
    ax.legend()


def draw_covariance(ax: Axes, run: xr.Dataset) -> None:
    """Variances over time: plain ensemble as bands, moment equation as lines, Lyapunov as dashes at the end."""
    times = _time_axis(ax, run)
    for colour, k in zip(COLOURS, range(run.sizes["quadrature"]), strict=False):
        sample, stderr = (run[name].values[:, k, k] for name in ("covariance_sample", "covariance_sample_stderr"))
        ax.fill_between(times, sample - BAND * stderr, sample + BAND * stderr, color=colour, alpha=0.3, lw=0)
        ax.plot(times, run["covariance_linear"].values[:, k, k], color=colour, label=str(run["quadrature"].values[k]))
        if "steady_covariance" in run:
            level = run["steady_covariance"].values[k, k]
            ax.plot(times[[-len(times) // 4, -1]], [level, level], color="k", ls="--", lw=0.8)
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set_ylabel(r"variance $V_{kk}$")
    ax.set_title("variances: bands sampled, lines exact")
    ax.legend(ncols=2)


def draw_entanglement(ax: Axes, run: xr.Dataset) -> None:
    """E_N(t) from every level: plain ensemble, moment equation, best estimate, and the steady value."""
    times = _time_axis(ax, run)
    for name, colour, label in (("_sample", COLOURS[5], "plain ensemble"), ("", COLOURS[0], "coupled estimate")):
        value, stderr = run[f"log_negativity{name}"].values, run[f"log_negativity{name}_stderr"].values
        ax.fill_between(times, value - BAND * stderr, value + BAND * stderr, color=colour, alpha=0.35, lw=0)
        ax.plot(times, value, color=colour, lw=0.8 if name else 2.0, label=label)
    ax.plot(times, run["log_negativity_linear"].values, color="k", lw=0.8, ls=":", label="moment equation")
    if "steady_log_negativity" in run:
        ax.axhline(float(run["steady_log_negativity"]), color="k", ls="--", lw=0.8, label="Lyapunov")
    ax.set_ylim(bottom=0)
    ax.set_ylabel(r"$E_N$")
    ax.set_title(f"entanglement of {' and '.join(run.attrs['entangled_modes'].split(','))}")
    mark_unphysical(ax, run.attrs["physicality"])
    ax.legend()


def mark_unphysical(ax: Axes, least: float) -> None:
    """Say in the title of a figure of measures that they come from no quantum state, when min eig(V + iΩ/2) says so."""
    if least < UNPHYSICAL:
        words = f"NOT A QUANTUM STATE: min eig$(V + i\\Omega/2)$ = {least:.2g}"
        ax.set_title(f"{ax.get_title(loc='left')}\n{words}".lstrip(), color="#B00000")


def draw_error_bars(ax: Axes, run: xr.Dataset) -> None:
    """Standard errors of E_N over time, from the same trajectories: plain ensemble and coupled estimate."""
    times = _time_axis(ax, run)
    for name, colour, label in (("_sample", COLOURS[5], "plain ensemble"), ("", COLOURS[0], "coupled estimate")):
        ax.plot(times, run[f"log_negativity{name}_stderr"].values, color=colour, label=label)
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set_ylabel(r"standard error of $-\ln 2\nu^-$")
    ax.set_title("error bars from the same trajectories")
    ax.legend()


def draw_ellipses(ax: Axes, run: xr.Dataset) -> None:
    """Wigner ellipses (one standard deviation) of every mode at the end of the run, the vacuum in grey."""
    V = run["covariance"].values[-1]
    ax.plot(*ellipse(0.5 * np.eye(2)), color="0.6", lw=3, alpha=0.5, label="vacuum")
    for colour, mode in zip(COLOURS, _modes(run), strict=False):
        pair = list(_pair(run, mode))
        ax.plot(*ellipse(V[np.ix_(pair, pair)]), color=colour, label=mode)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xlabel(r"$\delta X$, $\delta q$")
    ax.set_ylabel(r"$\delta Y$, $\delta p$")
    ax.set_title("Wigner ellipses, end of run")
    if len(_modes(run)) > 3:
        ax.legend(loc="lower right", handlelength=1.0, frameon=True, framealpha=0.85, edgecolor="none")
    else:
        ax.legend(loc="center", handlelength=1.0)


def draw_orbit(ax: Axes, run: xr.Dataset) -> None:
    """The last mode's phase plane: mean field of the run, and the ensemble's mean over its last fifth."""
    x, y = _pair(run, _modes(run)[-1])
    u, mean = run["mean_field"].values, run["mean"].values[-(len(run["time"]) // 5) :]
    ax.plot(u[:, x], u[:, y], color="0.7", lw=0.5, label="mean field from switch-on")
    ax.plot(mean[:, x], mean[:, y], ".", color=COLOURS[0], ms=2, label="trajectories, last fifth")
    ax.set_xlabel(str(run["quadrature"].values[x]))
    ax.set_ylabel(str(run["quadrature"].values[y]))
    ax.set_title("the limit cycle")
    ax.ticklabel_format(scilimits=(0, 0))
    ax.legend(loc="center")


def ellipse(V: Array) -> Array:
    """Points (2, 200) of the one-standard-deviation contour of a two-quadrature covariance V (2, 2)."""
    values, vectors = np.linalg.eigh(V)
    angle = np.linspace(0, 2 * np.pi, 200)
    return np.asarray(vectors @ (np.sqrt(np.clip(values, 0, None))[:, None] * np.array([np.cos(angle), np.sin(angle)])))


def _time_axis(ax: Axes, run: xr.Dataset) -> Array:
    size, name = time_unit(float(run["time"].values[-1]))
    ax.set_xlabel(f"time after switch-on ({name})" if run.attrs.get("start") == "dark" else f"time ({name})")
    return np.asarray(run["time"].values / size)


def _modes(run: xr.Dataset) -> list[str]:
    return [str(label).rpartition(".")[0] for label in run["quadrature"].values[::2]]


def _pair(run: xr.Dataset, mode: str) -> tuple[int, int]:
    first = 2 * _modes(run).index(mode)
    return first, first + 1
