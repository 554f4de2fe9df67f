"""A probe's light that leaves over frequency: transmission, phase, group delay."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ....sde.support.checks import Array, nearest, shown
from ..axes import parameter_axis, readable_unit
from ..drawing import on_axes
from ..run_data import one_point
from ..style import COLOURS, LINE_STYLES
from ..ticks import readable_axis
from ..titles import set_title

VISIBLE = 0.01
"""Share of the probe's power from which its idler is drawn."""


@on_axes
def draw_transmission(
    ax: Axes,
    response: xr.Dataset,
    port: str | None = None,
    port_: str | None = None,
    letter: str = "",
) -> None:
    """Draw the power of a probe that leaves, and of its idler, over frequency.

    Parameters
    ----------
    response : Dataset
        Result of `steady.response`.
    port, port_ : str, optional
        Where the probe leaves and where it enters; by default the first output, and the input of
        the same name.
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
        For another kind of result, one with parameter points, and unknown ports.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> cavity = ql.Model.build(["a"], ql.terms.lose("a", "fibre", amplitude_rate=2e6))
    >>> found = ql.steady.response(cavity, np.linspace(-8e6, 8e6, 51))
    >>> plots.draw_transmission(found).get_xlabel()
    'frequency $ω$ (Mrad/s)'
    """
    part = _between(response, port, port_)
    x, xlabel = parameter_axis(part["frequency"])
    probe, idler = (_power(part, name) for name in ("transmission", "idler"))
    both = np.nanmax(idler, initial=0.0) > VISIBLE * np.nanmax(probe, initial=0.0)
    ax.plot(x, probe, color=COLOURS[0], label="probe" if both else None)
    if both:
        ax.plot(x, idler, color=COLOURS[1], ls=LINE_STYLES[1], label="idler")
    ax.set_ylim(0.0, None)
    ax.set_xlabel(xlabel)
    readable_axis(ax, "y", "power over that sent in")
    set_title(ax, _way(part), letter)


@on_axes
def draw_phase(
    ax: Axes,
    response: xr.Dataset,
    port: str | None = None,
    port_: str | None = None,
    letter: str = "",
) -> None:
    """Draw the phase of a probe that leaves, without jumps of 2π, over frequency.

    Parameters
    ----------
    response : Dataset
        Result of `steady.response`.
    port, port_ : str, optional
        Where the probe leaves and where it enters, as for `draw_transmission`.
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
        For another kind of result, one with parameter points, and unknown ports.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> cavity = ql.Model.build(["a"], ql.terms.lose("a", "fibre", amplitude_rate=2e6))
    >>> found = ql.steady.response(cavity, np.linspace(-8e6, 8e6, 51))
    >>> plots.draw_phase(found).get_ylabel()
    'phase of the probe ($π$ rad)'
    """
    part = _between(response, port, port_)
    x, xlabel = parameter_axis(part["frequency"])
    T = part["transmission_real"].values + 1j * part["transmission_imag"].values
    ax.plot(x, np.unwrap(np.angle(T)) / np.pi, color=COLOURS[0])
    ax.set_xlabel(xlabel)
    ax.set_ylabel("phase of the probe ($π$ rad)")
    set_title(ax, _way(part), letter)


@on_axes
def draw_group_delay(
    ax: Axes,
    response: xr.Dataset,
    port: str | None = None,
    port_: str | None = None,
    letter: str = "",
) -> None:
    """Draw the group delay of a probe over frequency; negative where a pulse is advanced.

    Parameters
    ----------
    response : Dataset
        Result of `steady.response`.
    port, port_ : str, optional
        Where the probe leaves and where it enters, as for `draw_transmission`.
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
        For another kind of result, one with parameter points, and unknown ports.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> cavity = ql.Model.build(["a"], ql.terms.lose("a", "fibre", amplitude_rate=2e6))
    >>> found = ql.steady.response(cavity, np.linspace(-8e6, 8e6, 51))
    >>> plots.draw_group_delay(found).get_ylabel()
    'group delay (µs)'
    """
    part = _between(response, port, port_)
    x, xlabel = parameter_axis(part["frequency"])
    delay = part["group_delay"].values
    size, unit = readable_unit(delay, "s")
    ax.plot(x, delay / size, color=COLOURS[0])
    ax.set_xlabel(xlabel)
    ax.set_ylabel(f"group delay ({unit})")
    set_title(ax, _way(part), letter)


def _between(response: Any, port: str | None, port_: str | None) -> xr.Dataset:
    """The response from one input to one output. ValueError for unknown ports."""
    whole = one_point("response", response, "response")
    outputs, inputs = ([str(name) for name in whole[axis].values] for axis in ("port", "port_"))
    leaving = outputs[0] if port is None else port
    entering = (leaving if leaving in inputs else inputs[0]) if port_ is None else port_
    for argument, value, known in (("port", leaving, outputs), ("port_", entering, inputs)):
        if value not in known:
            hint = nearest(str(value), known, "choose from")
            raise ValueError(f"{argument} = {shown(value)} is not in the response: {hint}")
    return whole.sel(port=leaving, port_=entering)


def _way(part: xr.Dataset) -> str:
    """Where a probe enters and leaves, as a title."""
    return f"probe {part['port_'].values} → {part['port'].values}"


def _power(part: xr.Dataset, name: str) -> Array:
    """|amplitude|² (frequencies,)."""
    return np.asarray(part[f"{name}_real"].values ** 2 + part[f"{name}_imag"].values ** 2)
