"""Figures of a validation: differences of the levels over time, and where linearised theory breaks down."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sde.labels import time_unit
from .deviations import Array, diagonal, relative
from .gaussian import log_negativity
from .plots import BAND, COLOURS, COLUMN, STYLE


def levels_figure(run: xr.Dataset, pair: tuple[int, int]) -> Figure:
    """Largest differences of V over time, full trajectories from linearised theory and from the Gaussian closure."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2 * COLUMN, 0.8 * COLUMN))
        figure.subplots_adjust(left=0.095, right=0.98, bottom=0.17, top=0.9, wspace=0.33)
        left, right = figure.subplots(1, 2)
        _draw_differences(left, run)
        _draw_variances(right, run) if pair[0] == pair[1] else _draw_entanglement(right, run, pair)
    return figure


def breakdown_figure(study: xr.Dataset) -> Figure:
    """Errors, entanglement, cumulants and the twin's correlation against the factor of the nonlinearity."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2 * COLUMN, 1.6 * COLUMN))
        figure.subplots_adjust(left=0.095, right=0.98, bottom=0.085, top=0.95, wspace=0.33, hspace=0.38)
        draws = (_draw_errors, _draw_scaled_entanglement, _draw_cumulants, _draw_correlation)
        for label, ax, draw in zip("abcd", np.ravel(figure.subplots(2, 2)), draws, strict=True):
            draw(ax, study)
            ax.set_xscale("log")
            ax.set_xlabel("nonlinearity $s$")
            ax.set_title(f"({label})  {ax.get_title(loc='left')}")
    return figure


def _band(ax: Axes, x: Array, value: Array, stderr: Array, colour: str, label: str, marker: str = "o") -> None:
    ax.plot(x, value, marker=marker, ms=3, color=colour, label=label)
    ax.fill_between(x, value - BAND * stderr, value + BAND * stderr, color=colour, alpha=0.25, lw=0)


def _draw_errors(ax: Axes, study: xr.Dataset) -> None:
    s = study["nonlinearity"].values
    curves = (("closure_error", COLOURS[1], "Gaussian closure", "s"), ("error", COLOURS[0], "linearised", "o"))
    for name, colour, label, marker in curves:
        _band(ax, s, study[name].values, study[f"{name}_stderr"].values, colour, label, marker)
    _band(
        ax, s, study["entanglement_error"].values, study["entanglement_stderr"].values, COLOURS[2], "$E_N$, linearised"
    )
    ax.plot(s, study["leading"], "k--", lw=0.8, label="leading order")
    ax.plot(s, study["truncation"], "k:", lw=0.8, label="beyond truncated Wigner")
    ax.axhline(study.attrs["tolerance"], color="0.7", lw=0.8)
    ax.set_yscale("log")
    ax.set_ylabel(r"largest $|\Delta V_{ij}|/\sqrt{V_{ii}V_{jj}}$")
    exponent, stderr = study.attrs["exponent"], study.attrs["exponent_stderr"]
    fitted = rf": $\propto s^{{{exponent:.3f} \pm {stderr:.3f}}}$" if np.isfinite(exponent) else ""
    ax.set_title("errors" + fitted)
    ax.legend(loc="lower right")


def _draw_scaled_entanglement(ax: Axes, study: xr.Dataset) -> None:
    s = study["nonlinearity"].values
    _band(ax, s, study["entanglement"].values, study["entanglement_stderr"].values, COLOURS[0], "trajectories")
    ax.plot(s, study["entanglement_linear"], "k--", lw=0.8, label="linearised")
    ax.plot(s, study["entanglement_gaussian"], color=COLOURS[1], label="Gaussian closure")
    ax.set_ylabel("$E_N$")
    ax.set_title(f"entanglement of {study.attrs['pair']}")
    ax.legend()


def _draw_cumulants(ax: Axes, study: xr.Dataset) -> None:
    s = study["nonlinearity"].values
    for name, colour in (("skewness", COLOURS[3]), ("excess_kurtosis", COLOURS[4])):
        _band(ax, s, np.abs(study[name].values), study[f"{name}_stderr"].values, colour, name.replace("_", " "))
    ax.set_yscale("log")
    ax.set_ylabel("most significant of all quadratures")
    ax.set_title("non-Gaussianity")
    ax.legend()


def _draw_correlation(ax: Axes, study: xr.Dataset) -> None:
    ax.plot(study["nonlinearity"], study["twin_correlation"], "o-", ms=3, color=COLOURS[0])
    ax.set_ylim(-0.2, 1.05)
    ax.set_ylabel("correlation with the linearised twin")
    ax.set_title("what coupling is worth")


def _draw_differences(ax: Axes, run: xr.Dataset) -> None:
    times, V, stderr = _times(ax, run), run["covariance_linear"].values, run["covariance_stderr"].values
    levels = {"linearised": V} | ({"Gaussian closure": run["covariance_gaussian"].values} if _closed(run) else {})
    for (name, level), colour in zip(levels.items(), COLOURS, strict=False):
        scaled, noise = relative(run["covariance"].values - level, V), relative(stderr, V)
        worst = scaled.reshape(len(V), -1).argmax(axis=1)
        value, bar = (np.take_along_axis(x.reshape(len(V), -1), worst[:, None], 1)[:, 0] for x in (scaled, noise))
        seen = value > 0
        _band(ax, times[seen], value[seen], bar[seen], colour, name, marker="")
        if seen.any():
            ax.set_yscale("log")
    ax.set_ylabel(r"largest $|\Delta V_{ij}|/\sqrt{V_{ii}V_{jj}}$")
    ax.set_title("(a)  trajectories less each level")
    ax.legend()


def _draw_entanglement(ax: Axes, run: xr.Dataset, pair: tuple[int, int]) -> None:
    times, V = _times(ax, run), run["covariance"].values
    ax.plot(times, log_negativity(V, *pair), color=COLOURS[0], label="trajectories")
    ax.plot(times, log_negativity(run["covariance_linear"].values, *pair), "k--", lw=0.8, label="linearised")
    if _closed(run):
        ax.plot(times, log_negativity(run["covariance_gaussian"].values, *pair), ":", color=COLOURS[1], label="closure")
    ax.set_ylabel("$E_N$")
    ax.set_title("(b)  entanglement")
    ax.legend()


def _draw_variances(ax: Axes, run: xr.Dataset) -> None:
    times = _times(ax, run)
    for k, colour in zip(range(run.sizes["quadrature"]), COLOURS, strict=False):
        name = str(run["quadrature"].values[k])
        ax.plot(times, diagonal(run["covariance"].values)[:, k], color=colour, label=name)
        ax.plot(times, diagonal(run["covariance_linear"].values)[:, k], "k--", lw=0.8)
    ax.set_ylabel("variance $V_{kk}$")
    ax.set_title("(b)  variances, dashed: linearised")
    ax.legend()


def _closed(run: xr.Dataset) -> bool:
    return "covariance_gaussian" in run


def _times(ax: Axes, run: xr.Dataset) -> Array:
    size, unit = time_unit(float(run["time"][-1]))
    ax.set_xlabel(f"time ({unit})")
    return np.asarray(run["time"].values / size)
