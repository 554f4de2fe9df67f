"""Figures of a validation: differences of the levels over time, and where linearised theory breaks
down.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...sde.labels import time_unit
from ...sde.linear_algebra.covariance_errors import relative_errors
from ..gaussian import log_negativity
from ..validation.deviations import Array, diagonal
from .style import (
    BAND,
    BAND_WORDS,
    COLOURS,
    GREY,
    LINES,
    darker,
    head,
    make_room,
    new_figure,
    plain_decades,
    positive_axis,
    say_instead,
    style,
    tell_apart,
)

DIFFERENCE = r"largest $|\Delta V_{ij}|/\sqrt{V_{ii}V_{jj}}$"


def levels_figure(run: xr.Dataset, pair: tuple[int, int]) -> Figure:
    """Largest differences of V over time, full trajectories from linearised theory and from the
    Gaussian closure.
    """
    with style():
        figure = new_figure(2, 1)
        axes = figure.subplots(1, 2, squeeze=False)
        left, right = axes[0]
        _draw_differences(left, run)
        _draw_variances(right, run) if pair[0] == pair[1] else _draw_entanglement(right, run, pair)
        make_room(figure, axes)
    return figure


def breakdown_figure(study: xr.Dataset) -> Figure:
    """Errors of V and of E_N, entanglement, cumulants and the twin's correlation against the
    nonlinearity's factor.
    """
    draws = [_draw_errors, _draw_cumulants, _draw_correlation]
    if np.isfinite(study["entanglement_linear"]).any():
        draws[1:1] = [_draw_entanglement_errors, _draw_scaled_entanglement]
    rows = -(-len(draws) // 2)
    with style():
        figure = new_figure(2, rows)
        axes = figure.subplots(rows, 2, squeeze=False)
        for letter, ax, draw in zip("abcde", axes.flat, draws, strict=False):
            ax.set_xscale("log")
            ax.set_xlabel("factor $s$ of the nonlinearity")
            draw(ax, study, letter)
        for ax in axes.flat[len(draws) :]:
            ax.remove()
        make_room(figure, axes)
    return figure


def _band(
    ax: Axes,
    x: Array,
    value: Array,
    stderr: Array,
    colour: str,
    label: str,
    marker: str = "o",
    line: object = "-",
) -> None:
    """A curve with its error band; on a logarithmic axis, one that reaches zero goes to the lower
    end.
    """
    ax.plot(x, value, marker=marker, ms=3, color=colour, label=label, ls=line)
    low = value - BAND * stderr
    if ax.get_yscale() == "log":
        low = np.where(low > 0, low, value * 1e-30)
    ax.fill_between(x, low, value + BAND * stderr, color=colour, alpha=0.25, lw=0)


def _limit(ax: Axes) -> None:
    """End a logarithmic axis at the curves, a little beyond, wherever the bands go."""
    every = np.concatenate([np.asarray(line.get_ydata(), float) for line in ax.get_lines()])
    every = every[np.isfinite(every) & (every > 0)]
    if every.size:
        ax.set_ylim(every.min() / 4, every.max() * 4)
        plain_decades(ax, "y")


def _say_bands(ax: Axes) -> None:
    ax.fill_between([], [], color=GREY, alpha=0.25, lw=0, label=f"bands {BAND_WORDS}")


def _draw_errors(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s = study["nonlinearity"].values
    ax.set_yscale("log")
    curves = (
        ("closure_error", COLOURS[1], "Gaussian closure", "s"),
        ("error", COLOURS[0], "linearised", "o"),
    )
    for name, colour, label, marker in curves:
        _band(ax, s, study[name].values, study[f"{name}_stderr"].values, colour, label, marker)
    tell_apart(ax.get_lines(), log=True)
    ax.plot(s, study["leading"], "k--", lw=0.8, label="leading order")
    ax.plot(s, study["truncation"], "k:", lw=0.8, label="beyond truncated Wigner")
    ax.axhline(
        study.attrs["tolerance"],
        color="0.7",
        lw=0.8,
        label=f"tolerance {study.attrs['tolerance']:g}",
    )
    _limit(ax)
    _say_bands(ax)
    ax.set_ylabel(DIFFERENCE)
    head(ax, f"errors of $V${_power(study, 'exponent')}", letter)


def _power(study: xr.Dataset, name: str) -> str:
    """The fitted law of an error, in words; nothing where none was fitted."""
    exponent, stderr = study.attrs[name], study.attrs[f"{name}_stderr"]
    return rf": $\propto s^{{{exponent:.3f}\pm{stderr:.3f}}}$" if np.isfinite(exponent) else ""


def _draw_entanglement_errors(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s, error = study["nonlinearity"].values, study["entanglement_error"].values
    positive = np.isfinite(error) & (error > 0)
    if positive.any():
        ax.set_yscale("log")
        _band(ax, s, error, study["entanglement_stderr"].values, COLOURS[2], "linearised")
        _limit(ax)
        _say_bands(ax)
    else:
        say_instead(ax, "no difference")
    ax.set_ylabel(r"$|\Delta E_N|$ (nats)")
    head(ax, f"error of $E_N${_power(study, 'entanglement_exponent')}", letter)


def _draw_scaled_entanglement(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s = study["nonlinearity"].values
    _band(
        ax,
        s,
        study["entanglement"].values,
        study["entanglement_stderr"].values,
        COLOURS[0],
        "trajectories",
    )
    ax.plot(s, study["entanglement_linear"], "k--", lw=0.8, label="linearised")
    ax.plot(
        s, study["entanglement_gaussian"], color=COLOURS[1], ls=LINES[2], label="Gaussian closure"
    )
    _say_bands(ax)
    ax.set_ylabel("$E_N$ (nats)")
    head(ax, f"entanglement of {study.attrs['pair'].replace(', ', ' and ')}", letter)


def _draw_cumulants(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s = study["nonlinearity"].values
    ax.set_yscale("log")
    curves = (("skewness", COLOURS[3], "o", "-"), ("excess_kurtosis", COLOURS[4], "s", LINES[1]))
    for name, colour, marker, line in curves:
        value, label = np.abs(study[name].values), f"|{name.replace('_', ' ')}|"
        _band(ax, s, value, study[f"{name}_stderr"].values, colour, label, marker, line)
    _limit(ax)
    _say_bands(ax)
    ax.set_ylabel("most significant of all quadratures")
    head(ax, "non-Gaussianity", letter)


def _draw_correlation(ax: Axes, study: xr.Dataset, letter: str) -> None:
    ax.plot(study["nonlinearity"], study["twin_correlation"], "o-", ms=3, color=COLOURS[0])
    ax.set_ylim(min(-0.05, 1.1 * float(np.nanmin(study["twin_correlation"], initial=0.0))), 1.05)
    ax.set_ylabel("least correlation with the twin")
    head(ax, "correlation with the linearised twin", letter)


def _draw_differences(ax: Axes, run: xr.Dataset) -> None:
    times, V, stderr = (
        _times(ax, run),
        run["covariance_linear"].values,
        run["covariance_stderr"].values,
    )
    levels = {"linearised": V} | (
        {"Gaussian closure": run["covariance_gaussian"].values} if _closed(run) else {}
    )
    for (name, level), colour, line in zip(levels.items(), COLOURS, LINES, strict=False):
        scaled = relative_errors(run["covariance"].values - level, V)
        noise = relative_errors(stderr, V)
        worst = np.nan_to_num(scaled.reshape(len(V), -1)).argmax(axis=1)
        value, bar = (
            np.take_along_axis(x.reshape(len(V), -1), worst[:, None], 1)[:, 0]
            for x in (scaled, noise)
        )
        seen = value > 0
        if seen.any():
            ax.set_yscale("log")
        _band(ax, times[seen], value[seen], bar[seen], colour, name, "", line)
    if ax.get_yscale() == "log":
        _limit(ax)
    else:
        say_instead(
            ax,
            "no difference"
            if np.isfinite(run["covariance"].values).any()
            else "no averages of trajectories",
        )
    _say_bands(ax)
    ax.set_ylabel(DIFFERENCE)
    head(ax, "trajectories less each level", "a")


def _draw_entanglement(ax: Axes, run: xr.Dataset, pair: tuple[int, int]) -> None:
    times, V = _times(ax, run), run["covariance"].values
    ax.plot(times, log_negativity(V, *pair), color=COLOURS[0], lw=2.0, label="trajectories")
    ax.plot(
        times,
        log_negativity(run["covariance_linear"].values, *pair),
        "k--",
        lw=0.8,
        label="linearised",
    )
    if _closed(run):
        E = log_negativity(run["covariance_gaussian"].values, *pair)
        ax.plot(times, E, color=COLOURS[1], ls=LINES[2], label="Gaussian closure")
    ax.set_ylabel("$E_N$ (nats)")
    names = [str(label).rpartition(".")[0] for label in run["quadrature"].values[::2]]
    head(ax, f"entanglement of {names[pair[0]]} and {names[pair[1]]}", "b")


def _draw_variances(ax: Axes, run: xr.Dataset) -> None:
    times = _times(ax, run)
    for k in range(run.sizes["quadrature"]):
        colour, name = COLOURS[k // 2 % len(COLOURS)], str(run["quadrature"].values[k])
        shade = darker(colour) if k % 2 else colour
        ax.plot(
            times,
            diagonal(run["covariance"].values)[:, k],
            color=shade,
            ls=LINES[k % 2],
            label=name,
        )
        ax.plot(times, diagonal(run["covariance_linear"].values)[:, k], "k:", lw=0.8)
    ax.plot([], [], "k:", lw=0.8, label="linearised")
    every = diagonal(run["covariance_linear"].values)
    every = every[np.isfinite(every) & (every > 0)]
    low, high = float(every.min(initial=np.inf)), float(every.max(initial=0.0))
    positive_axis(ax, low, high, "variance $V_{kk}$")
    head(ax, "variances of the trajectories", "b")


def _closed(run: xr.Dataset) -> bool:
    return "covariance_gaussian" in run and bool(
        np.isfinite(run["covariance_gaussian"].values).any()
    )


def _times(ax: Axes, run: xr.Dataset) -> Array:
    size, unit = time_unit(float(run["time"][-1]))
    ax.set_xlabel(f"time ({unit})")
    return np.asarray(run["time"].values / size)
