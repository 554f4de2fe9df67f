"""Branches of fixed points over a parameter, with their stability, and their eigenvalues."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from scipy.optimize import linear_sum_assignment

from ....sde.labels import Q
from ....sde.support.checks import Array, nearest, shown
from ...measure_names import variable_name
from ..axes import measure_unit_and_label, parameter_axis, readable_unit, set_parameter_scale
from ..drawing import on_axes
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
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For another kind of result, several parameters that vary, and an unknown quantity.

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
    if axis is not None:
        states = states.squeeze(_single(states)).sortby(axis)
        _draw_curves(ax, states, axis, _values(states, quantity, (axis, "branch")))
    else:
        states = states.squeeze(_single(states))
        _draw_points(ax, states, _values(states, quantity, ("branch",)))
    _label(ax, states, quantity)
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


def _values(states: xr.Dataset, quantity: str | None, dims: tuple[str, ...]) -> Array:
    """The values (*dims) of a quantity of the branches."""
    modes = mode_names(states)
    quantity = modes[0] if quantity is None else quantity
    mean = states["mean"].transpose(..., Q)
    if quantity in modes:
        squares = mean.isel({Q: quadrature_indices(states, quantity)}) ** 2
        return np.asarray(squares.sum(Q, skipna=False).transpose(*dims).values / 2)
    if quantity in states[Q].values:
        return np.asarray(mean.sel({Q: quantity}).transpose(*dims).values)
    found = variable_name(quantity) if isinstance(quantity, str) else ""
    variables = [
        str(name)
        for name in states
        if set(states[name].dims) == set(dims) and states[name].dtype.kind in "iufb"
    ]
    if found in variables:
        return np.asarray(states[found].transpose(*dims).values, float)
    known = [*modes, *map(str, states[Q].values), *variables]
    raise ValueError(
        f"quantity = {shown(quantity)} is unknown: {nearest(str(quantity), known, 'choose from')}"
    )


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
    x, xlabel = parameter_axis(states[axis])
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


def connected(points: Array) -> Any:
    """The curve (x, branch) to which each of the points (x, branch, n) belongs, −1 for none.

    From one x to the next, points are joined so that the distances are least in sum; where there
    are more points than before, curves begin, and where there are fewer, curves end.
    """
    curves = np.full(points.shape[:2], -1)
    before: Array = np.zeros((0, points.shape[-1]))
    names: list[int] = []
    count = 0
    for here, curve in zip(points, curves, strict=True):
        present = np.flatnonzero(np.isfinite(here).all(axis=-1))
        distance = np.linalg.norm(here[present, None] - before[None], axis=-1)
        for row, column in zip(*linear_sum_assignment(distance), strict=True):
            curve[present[row]] = names[column]
        for branch in present[curve[present] < 0]:
            curve[branch] = count
            count += 1
        before, names = here[present], list(curve[present])
    return curves


def _label(ax: Axes, states: xr.Dataset, quantity: str | None) -> None:
    """Label and scale the y axis for a quantity of the branches."""
    modes = mode_names(states)
    quantity = modes[0] if quantity is None else quantity
    if quantity in modes:
        every = np.concatenate([np.asarray(line.get_ydata(), float) for line in ax.lines])
        high = float(np.nanmax(every, initial=0.0))
        low = float(np.nanmin(every, initial=high))
        label = rf"quanta $|\langle a\rangle|^2$, {quantity}"
        positive_axis(ax, low if low > DARK * high else np.nan, high, label)
        if not low > DARK * high:
            readable_axis(ax, "y", label)
    elif quantity in states[Q].values:
        readable_axis(ax, "y", f"mean of {quantity}")
    else:
        readable_axis(ax, "y", _variable_label(states[variable_name(quantity)], quantity))


def _variable_label(variable: xr.DataArray, quantity: str) -> str:
    unit = str(variable.attrs.get("units", "1"))
    name = measure_unit_and_label(variable * np.nan, quantity)[1].partition(" (")[0]
    return name if unit in ("1", "") else f"{name} ({unit})"


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
