"""Branches of fixed points over a parameter, with their stability, and their eigenvalues."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ....sde.labels import Q
from ....sde.support.checks import Array, nearest, shown
from ...measure_names import variable_name
from ..axes import measure_unit_and_label, parameter_axis, readable_unit, set_parameter_scale
from ..drawing import on_axes
from ..grid import connected
from ..run_data import mode_names, quadrature_indices, require_kind
from ..style import COLOURS, GREY
from ..ticks import positive_axis, readable_axis
from ..titles import explain_empty, set_title

STATES = ("fixed_points", "steady_state", "grid")
DARK = 1e-12
"""Share of the largest quanta below which others count as none."""


@on_axes
def draw_branches(
    ax: Axes,
    states: xr.Dataset,
    quantity: str | None = None,
    over: str | None = None,
    letter: str = "",
    critical: xr.Dataset | None = None,
) -> None:
    """Draw all branches of fixed points over a parameter: stable ones solid, others dashed.

    Without a parameter that varies, the branches stand side by side: stable ones as full circles,
    others as empty ones.

    Parameters
    ----------
    states : Dataset
        Result of `fixed_points`, `steady_state` or `grid`, with one parameter that varies, or none.
    quantity : str, optional
        Name of a mode, for its quanta |⟨a⟩|², of a quadrature, for its mean, or of a variable over
        the branches, such as "margin". The default is the first mode.
    over : str, optional
        Name of the parameter across; it is known where only one varies.
    letter : str
        Letter of the panel in its title.
    critical : Dataset, optional
        Result of `critical_values` for the parameter across, whose values are marked.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For another kind of result, several parameters that vary, an unknown quantity, and critical
        values of another parameter.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> resonator = ql.systems.SpinningResonator.published()
    >>> states = ql.fixed_points(resonator.replace(power=[0.005, 0.01, 0.02]))
    >>> plots.draw_branches(states, "mechanical").get_xlabel()
    'power $P$ (mW)'
    """
    require_kind("states", states, *STATES)
    axis = _swept_axis(states, over)
    states = states.squeeze(_single(states))
    y, label = _values_and_label(
        states, quantity, ("branch",) if axis is None else (axis, "branch")
    )
    if axis is None:
        _draw_points(ax, states, y)
    else:
        _draw_curves(ax, states, axis, y)
    if critical is not None:
        _mark_critical_values(ax, critical, states, axis)
    _scale_axis(ax, y, label, is_quanta=quantity is None or quantity in mode_names(states))
    set_title(ax, "fixed points", letter)


def _single(states: xr.Dataset) -> list[str]:
    """Dimensions of parameters that have one value."""
    dims = [str(dim) for dim in states["stable"].dims if dim != "branch"]
    return [dim for dim in dims if states.sizes[dim] == 1]


def _swept_axis(states: xr.Dataset, over: str | None) -> str | None:
    """The parameter that varies, or None. ValueError for several, or for an unknown name."""
    dims = [str(dim) for dim in states["stable"].dims if dim != "branch"]
    varying = [dim for dim in dims if states.sizes[dim] > 1]
    if over is not None and over not in dims:
        raise ValueError(f"over = {shown(over)} is no parameter that varies: {dims or 'none does'}")
    if len(varying) > 1:
        other = next(dim for dim in varying if dim != over)
        raise ValueError(
            f"states varies over {', '.join(varying)}: choose one value of all but one, as "
            f"states.isel({other}=0)"
        )
    return varying[0] if varying else None


def _values_and_label(
    states: xr.Dataset, quantity: str | None, dims: tuple[str, ...]
) -> tuple[Array, str]:
    """The values (*dims) of a quantity of the branches in a readable unit, and its label."""
    modes = mode_names(states)
    quantity = modes[0] if quantity is None else quantity
    mean = states["mean"].transpose(*dims, Q)
    if quantity in modes:
        squares = mean.values[..., quadrature_indices(states, quantity)] ** 2
        return squares.sum(axis=-1) / 2, rf"quanta $|\langle a\rangle|^2$, {quantity}"
    if quantity in states[Q].values:
        return mean.sel({Q: quantity}).values, f"mean of {quantity}"
    found = states[_variable(states, quantity, dims)].astype(float, keep_attrs=True)
    size, label = measure_unit_and_label(found, quantity)
    return found.transpose(*dims).values / size, label


def _variable(states: xr.Dataset, quantity: str, dims: tuple[str, ...]) -> str:
    """The variable of numbers over the branches that is meant. ValueError for an unknown one."""
    variables = [
        str(name)
        for name in states
        if set(states[name].dims) == set(dims) and states[name].dtype.kind in "iufb"
    ]
    name = variable_name(quantity) if isinstance(quantity, str) else ""
    if name not in variables:
        known = [*mode_names(states), *map(str, states[Q].values), *variables]
        raise ValueError(
            f"quantity = {shown(quantity)} is unknown: "
            f"{nearest(str(quantity), known, 'choose from')}"
        )
    return name


def _draw_points(ax: Axes, states: xr.Dataset, y: Array) -> None:
    """Draw the values (branch,) of one parameter point side by side."""
    stable = states["stable"].values
    ax.plot(np.flatnonzero(stable), y[stable], "o", color=COLOURS[0], label="stable")
    if not stable.all():
        ax.plot(np.flatnonzero(~stable), y[~stable], "o", mfc="none", color=GREY, label="unstable")
    ax.set_xticks(range(len(y)))
    ax.set(xlabel="branch", xlim=(-0.5, len(y) - 0.5))


def _draw_curves(ax: Axes, states: xr.Dataset, axis: str, y: Array) -> None:
    """Draw the values (axis, branch) as curves, each in its own colour."""
    order = np.argsort(states[axis].values)
    x, xlabel = parameter_axis(states[axis][order])
    states, y = states.isel({axis: order}), y[order]
    stable = states["stable"].transpose(axis, "branch").values
    curves = connected(states["mean"].transpose(axis, "branch", Q).values)
    for curve in range(curves.max(initial=-1) + 1):
        colour = COLOURS[curve % len(COLOURS)]
        on = curves == curve
        here = on.any(axis=1)
        values = np.where(here, np.where(on, y, 0).sum(axis=1), np.nan)
        solid = (on & stable).any(axis=1)
        dashed = here & ~solid
        beside = dashed.copy()
        beside[1:] |= dashed[:-1]
        beside[:-1] |= dashed[1:]
        marker = "." if here.sum() == 1 else ""
        ax.plot(x, np.where(beside, values, np.nan), color=colour, ls="--", lw=0.9, marker=marker)
        ax.plot(x, np.where(solid, values, np.nan), color=colour, marker=marker)
    if not (curves >= 0).any():
        explain_empty(ax, "no fixed point at any of the values")
    ax.plot([], [], color=GREY, label="stable")
    if (~stable & (curves >= 0)).any():
        ax.plot([], [], color=GREY, ls="--", lw=0.9, label="unstable")
    ax.set_xlabel(xlabel)
    set_parameter_scale(ax, "x", x)


def _mark_critical_values(
    ax: Axes, critical: xr.Dataset, states: xr.Dataset, axis: str | None
) -> None:
    """Mark the critical values of the parameter across by dotted lines, named by their kinds."""
    require_kind("critical", critical, "critical_values")
    about = str(critical["value"].attrs.get("long_name", ""))
    if axis is None or about.rpartition(" ")[2] != axis:
        raise ValueError(
            f"critical has {about or 'values of no parameter'}, and the branches are drawn over "
            f"{axis or 'none'}: give those of the parameter across"
        )
    size, _ = readable_unit(states[axis].values, str(states[axis].attrs.get("units", "")))
    kinds = critical["kind"].values.astype(str)
    for k, kind in enumerate(dict.fromkeys(kinds)):
        colour = str(min(0.4 + 0.15 * k, 0.8))
        for value in critical["value"].values[kinds == kind]:
            ax.axvline(value / size, color=colour, lw=0.8, ls=":", zorder=0)
        ax.plot([], [], color=colour, lw=0.8, ls=":", label=str(kind))


def _scale_axis(ax: Axes, y: Array, label: str, is_quanta: bool) -> None:
    """Label the y axis; that of quanta is logarithmic where they differ much and none vanishes."""
    high = float(np.nanmax(y, initial=0.0))
    low = float(np.nanmin(y, initial=high))
    if is_quanta and low > DARK * high:
        positive_axis(ax, low, high, label)
    else:
        readable_axis(ax, "y", label)


@on_axes
def draw_eigenvalues(ax: Axes, states: xr.Dataset, letter: str = "") -> None:
    """Draw the eigenvalues of the drift matrix of every branch in the complex plane.

    A branch is stable where all of its eigenvalues lie to the left of the vertical line.

    Parameters
    ----------
    states : Dataset
        Result of `fixed_points` or `steady_state` for one parameter point.
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
        For another kind of result, and for several parameter points.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> states = ql.fixed_points(ql.systems.SpinningResonator.published())
    >>> plots.draw_eigenvalues(states).get_xlabel()
    'real part (Mrad/s)'
    """
    require_kind("states", states, "fixed_points", "steady_state")
    states = states.squeeze(_single(states))
    if (axis := _swept_axis(states, None)) is not None:
        raise ValueError(
            f"states varies over {axis}: choose one of its points, as states.isel({axis}=0)"
        )
    parts = [states[f"eigenvalue_{part}"].values for part in ("real", "imag")]
    size, unit = readable_unit(np.concatenate(parts), "rad/s")
    for branch, (real, imag) in enumerate(zip(*parts, strict=True)):
        stable = bool(states["stable"].values[branch])
        ax.plot(
            real / size,
            imag / size,
            "o" if stable else "x",
            ms=4,
            color=COLOURS[branch % len(COLOURS)],
            label=f"branch {branch}, {'stable' if stable else 'unstable'}",
        )
    ax.axvline(0.0, color="k", lw=0.6)
    ax.set(xlabel=f"real part ({unit})", ylabel=f"imaginary part ({unit})")
    set_title(ax, "eigenvalues of the drift matrix", letter)
