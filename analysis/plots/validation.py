"""Figures of a validation: differences between levels of theory, and the breakdown study."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...sde.labels import time_unit
from ...sde.linear_algebra.covariance_errors import relative_errors
from ..gaussian import log_negativity
from ..mode_blocks import diagonal
from ..validation.deviations import Array
from .overlapping_lines import separate_overlapping
from .style import BAND, BAND_LABEL, COLOURS, GREY, LINE_STYLES, darker, new_figure, style
from .ticks import plain_decades, positive_axis
from .titles import explain_empty, fit_height, set_title

DIFFERENCE_LABEL = r"largest $|\Delta V_{ij}|/\sqrt{V_{ii}V_{jj}}$"


def levels_figure(run: xr.Dataset, pair: tuple[int, int]) -> Figure:
    """Draw the differences of V and the entanglement of every level of theory over time.

    Parameters
    ----------
    run : Dataset
        The run with the covariances of every level, as `qlangevin validate` writes it.
    pair : tuple of int
        Indices of the two modes whose entanglement is drawn; variances if they are the same.

    Returns
    -------
    Figure
        Largest differences of V of trajectories from linearised theory and from the Gaussian
        closure; beside them E_N.

    Raises
    ------
    ValueError
        For another kind of result.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> result = xr.open_dataset("results/spinning-validation/validation.nc")  # doctest: +SKIP
    >>> plots.levels_figure(result, (0, 2)).savefig("levels.pdf")  # doctest: +SKIP
    """
    _require_variables("run", run, ("covariance", "covariance_linear", "covariance_stderr"))
    with style():
        figure = new_figure(2, 1)
        axes = figure.subplots(1, 2, squeeze=False)
        left, right = axes[0]
        _draw_differences(left, run)
        _draw_variances(right, run) if pair[0] == pair[1] else _draw_entanglement(right, run, pair)
        fit_height(figure, axes)
    return figure


def breakdown_figure(study: xr.Dataset) -> Figure:
    """Draw a breakdown study: errors of linearised theory over the factor of the nonlinearity.

    Parameters
    ----------
    study : Dataset
        Result of `analysis.validation.breakdown.breakdown`.

    Returns
    -------
    Figure
        Errors of V and of E_N, entanglement, cumulants, and the correlation with the twin.

    Raises
    ------
    ValueError
        For another kind of result.

    Examples
    --------
    >>> from qlangevin.analysis import plots
    >>> import xarray as xr
    >>> study = xr.open_dataset("results/spinning-validation/breakdown.nc")  # doctest: +SKIP
    >>> plots.breakdown_figure(study).savefig("breakdown.pdf")  # doctest: +SKIP
    """
    _require_variables("study", study, ("nonlinearity", "error", "entanglement_linear"))
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
        fit_height(figure, axes)
    return figure


def _require_variables(argument: str, result: object, names: tuple[str, ...]) -> None:
    """Raise ValueError unless a result is a dataset with these variables."""
    if not isinstance(result, xr.Dataset):
        raise ValueError(f"{argument} must be a dataset (got {type(result).__name__})")
    if missing := [name for name in names if name not in result]:
        raise ValueError(
            f"{argument} has no {' and no '.join(missing)}: draw a result of `qlangevin validate`"
        )


def _draw_with_band(
    ax: Axes,
    x: Array,
    value: Array,
    stderr: Array,
    colour: str,
    label: str,
    marker: str = "o",
    line: object = "-",
) -> None:
    """Draw a curve (n,) and its error band, which on a logarithmic axis may reach down to zero."""
    ax.plot(x, value, marker=marker, ms=3, color=colour, label=label, ls=line)
    low = value - BAND * stderr
    if ax.get_yscale() == "log":
        low = np.where(low > 0, low, value * 1e-30)
    ax.fill_between(x, low, value + BAND * stderr, color=colour, alpha=0.25, lw=0)


def _end_axis_at_curves(ax: Axes) -> None:
    """End a logarithmic axis a little beyond the curves, even if the bands reach further."""
    every = np.concatenate([np.asarray(line.get_ydata(), float) for line in ax.get_lines()])
    every = every[np.isfinite(every) & (every > 0)]
    if every.size:
        ax.set_ylim(every.min() / 4, every.max() * 4)
        plain_decades(ax, "y")


def _name_bands(ax: Axes) -> None:
    ax.fill_between([], [], color=GREY, alpha=0.25, lw=0, label=f"bands {BAND_LABEL}")


def _draw_errors(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s = study["nonlinearity"].values
    ax.set_yscale("log")
    curves = (
        ("closure_error", COLOURS[1], "Gaussian closure", "s"),
        ("error", COLOURS[0], "linearised", "o"),
    )
    for name, colour, label, marker in curves:
        value = study[name].values
        stderr = study[f"{name}_stderr"].values
        _draw_with_band(ax, s, value, stderr, colour, label, marker)
    separate_overlapping(ax.get_lines(), log=True)
    ax.plot(s, study["leading"], "k--", lw=0.8, label="leading order")
    ax.plot(s, study["truncation"], "k:", lw=0.8, label="beyond truncated Wigner")
    tolerance = study.attrs["tolerance"]
    ax.axhline(tolerance, color="0.7", lw=0.8, label=f"tolerance {tolerance:g}")
    _end_axis_at_curves(ax)
    _name_bands(ax)
    ax.set_ylabel(DIFFERENCE_LABEL)
    set_title(ax, f"errors of $V${_fitted_law(study, 'exponent')}", letter)


def _fitted_law(study: xr.Dataset, name: str) -> str:
    """The fitted power law of an error; empty where none was fitted."""
    exponent = study.attrs[name]
    stderr = study.attrs[f"{name}_stderr"]
    return rf": $\propto s^{{{exponent:.3f}\pm{stderr:.3f}}}$" if np.isfinite(exponent) else ""


def _draw_entanglement_errors(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s = study["nonlinearity"].values
    error = study["entanglement_error"].values
    positive = np.isfinite(error) & (error > 0)
    if positive.any():
        ax.set_yscale("log")
        _draw_with_band(ax, s, error, study["entanglement_stderr"].values, COLOURS[2], "linearised")
        _end_axis_at_curves(ax)
        _name_bands(ax)
    else:
        explain_empty(ax, "no difference")
    ax.set_ylabel(r"$|\Delta E_N|$ (nats)")
    set_title(ax, f"error of $E_N${_fitted_law(study, 'entanglement_exponent')}", letter)


def _draw_scaled_entanglement(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s = study["nonlinearity"].values
    value = study["entanglement"].values
    stderr = study["entanglement_stderr"].values
    _draw_with_band(ax, s, value, stderr, COLOURS[0], "trajectories")
    ax.plot(s, study["entanglement_linear"], "k--", lw=0.8, label="linearised")
    closure = study["entanglement_gaussian"]
    line = LINE_STYLES[2]
    ax.plot(s, closure, color=COLOURS[1], ls=line, label="Gaussian closure")
    _name_bands(ax)
    ax.set_ylabel("$E_N$ (nats)")
    set_title(ax, f"entanglement of {study.attrs['pair'].replace(', ', ' and ')}", letter)


def _draw_cumulants(ax: Axes, study: xr.Dataset, letter: str) -> None:
    s = study["nonlinearity"].values
    ax.set_yscale("log")
    curves = (
        ("skewness", COLOURS[3], "o", "-"),
        ("excess_kurtosis", COLOURS[4], "s", LINE_STYLES[1]),
    )
    for name, colour, marker, line in curves:
        value = np.abs(study[name].values)
        label = f"|{name.replace('_', ' ')}|"
        _draw_with_band(ax, s, value, study[f"{name}_stderr"].values, colour, label, marker, line)
    _end_axis_at_curves(ax)
    _name_bands(ax)
    ax.set_ylabel("most significant of all quadratures")
    set_title(ax, "non-Gaussianity", letter)


def _draw_correlation(ax: Axes, study: xr.Dataset, letter: str) -> None:
    correlation = study["twin_correlation"].values
    ax.plot(study["nonlinearity"], correlation, "o-", ms=3, color=COLOURS[0])
    least = float(np.fmin.reduce(correlation, initial=0.0))
    ax.set_ylim(min(-0.05, 1.1 * least), 1.05)
    ax.set_ylabel("least correlation with the twin")
    set_title(ax, "correlation with the linearised twin", letter)


def _draw_differences(ax: Axes, run: xr.Dataset) -> None:
    times = _label_time_axis(ax, run)
    V = run["covariance_linear"].values
    levels = {"linearised": V}
    if _has_closure(run):
        levels["Gaussian closure"] = run["covariance_gaussian"].values
    for (name, level), colour, line in zip(levels.items(), COLOURS, LINE_STYLES, strict=False):
        value, bar = _largest_difference(run, level)
        seen = value > 0
        if seen.any():
            ax.set_yscale("log")
        _draw_with_band(ax, times[seen], value[seen], bar[seen], colour, name, "", line)
    if ax.get_yscale() == "log":
        _end_axis_at_curves(ax)
    else:
        averaged = np.isfinite(run["covariance"].values).any()
        explain_empty(ax, "no difference" if averaged else "no averages of trajectories")
    _name_bands(ax)
    ax.set_ylabel(DIFFERENCE_LABEL)
    set_title(ax, "trajectories less each level", "a")


def _largest_difference(run: xr.Dataset, level: Array) -> tuple[Array, Array]:
    """Largest difference of V from a level (time, n, n), and its error bar: (time,) each."""
    V = run["covariance_linear"].values
    stderr = run["covariance_stderr"].values
    scaled = relative_errors(run["covariance"].values - level, V)
    noise = relative_errors(stderr, V)
    largest = np.nan_to_num(scaled.reshape(len(V), -1)).argmax(axis=1)
    value, bar = (
        np.take_along_axis(x.reshape(len(V), -1), largest[:, None], 1)[:, 0]
        for x in (scaled, noise)
    )
    return value, bar


def _draw_entanglement(ax: Axes, run: xr.Dataset, pair: tuple[int, int]) -> None:
    times = _label_time_axis(ax, run)
    V = run["covariance"].values
    ax.plot(times, log_negativity(V, *pair), color=COLOURS[0], lw=2.0, label="trajectories")
    linear = log_negativity(run["covariance_linear"].values, *pair)
    ax.plot(times, linear, "k--", lw=0.8, label="linearised")
    if _has_closure(run):
        E = log_negativity(run["covariance_gaussian"].values, *pair)
        ax.plot(times, E, color=COLOURS[1], ls=LINE_STYLES[2], label="Gaussian closure")
    ax.set_ylabel("$E_N$ (nats)")
    names = [str(label).rpartition(".")[0] for label in run["quadrature"].values[::2]]
    set_title(ax, f"entanglement of {names[pair[0]]} and {names[pair[1]]}", "b")


def _draw_variances(ax: Axes, run: xr.Dataset) -> None:
    times = _label_time_axis(ax, run)
    for k in range(run.sizes["quadrature"]):
        colour = COLOURS[k // 2 % len(COLOURS)]
        name = str(run["quadrature"].values[k])
        shade = darker(colour) if k % 2 else colour
        variance = diagonal(run["covariance"].values)[:, k]
        ax.plot(times, variance, color=shade, ls=LINE_STYLES[k % 2], label=name)
        ax.plot(times, diagonal(run["covariance_linear"].values)[:, k], "k:", lw=0.8)
    ax.plot([], [], "k:", lw=0.8, label="linearised")
    every = diagonal(run["covariance_linear"].values)
    every = every[np.isfinite(every) & (every > 0)]
    low = float(every.min(initial=np.inf))
    high = float(every.max(initial=0.0))
    positive_axis(ax, low, high, "variance $V_{kk}$")
    set_title(ax, "variances of the trajectories", "b")


def _has_closure(run: xr.Dataset) -> bool:
    return "covariance_gaussian" in run and bool(
        np.isfinite(run["covariance_gaussian"].values).any()
    )


def _label_time_axis(ax: Axes, run: xr.Dataset) -> Array:
    size, unit = time_unit(float(run["time"][-1]))
    ax.set_xlabel(f"time ({unit})")
    return np.asarray(run["time"].values / size)
