"""Noise of the light that leaves over frequency: squeezing, sidebands, displacements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ...spectra import displacement_spectrum, heterodyne, homodyne, squeezing_spectrum
from ..axes import parameter_axis, readable_unit
from ..drawing import on_axes
from ..overlapping_lines import separate_overlapping
from ..run_data import one_point
from ..style import COLOURS, GREY, LINE_STYLES
from ..ticks import positive_axis
from ..titles import set_title


@on_axes
def draw_squeezing(
    ax: Axes,
    spectrum: xr.Dataset,
    port: str | Sequence[str] | None = None,
    angles: Sequence[float] = (),
    letter: str = "",
) -> None:
    """Draw the noise of the light that leaves in dB: squeezed where it is below shot noise, 0 dB.

    Parameters
    ----------
    spectrum : Dataset
        Result of `steady.output_spectrum`.
    port : str or sequence of str, optional
        The port, the first by default; or several for the best combination of all.
    angles : sequence of float
        Angles in rad of quadratures that are drawn beside the best one, for one port.
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
    >>> pump = ql.terms.squeeze("a", 0.4e6j)
    >>> loss = ql.terms.lose("a", "out", amplitude_rate=2e6)
    >>> model = ql.Model.build(["a"], [pump, loss])
    >>> found = ql.steady.output_spectrum(model, np.linspace(-8e6, 8e6, 51))
    >>> plots.draw_squeezing(found, angles=[0.0]).get_ylabel()
    'noise over shot noise (dB)'
    """
    whole = one_point("spectrum", spectrum, "output_spectrum")
    ports = _first_port(whole) if port is None else port
    best = squeezing_spectrum(whole, ports)
    x, xlabel = parameter_axis(whole["frequency"])
    ax.axhline(0.0, color=GREY, lw=0.8, label="shot noise")
    ax.plot(x, -best["squeezing"], color=COLOURS[0], label="best quadrature")
    if not isinstance(ports, str) and len(angles):
        raise ValueError(f"angles are of one port's quadratures (got ports {', '.join(ports)})")
    for k, angle in enumerate(angles, 1):
        noise = 10 * np.log10(2 * homodyne(whole, str(ports), float(angle)).values)
        style = LINE_STYLES[k % len(LINE_STYLES)]
        label = f"$θ$ = {angle:.3g} rad".replace("-", "−")
        ax.plot(x, noise, color=COLOURS[k % len(COLOURS)], ls=style, label=label)
    ax.set_xlabel(xlabel)
    ax.set_ylabel("noise over shot noise (dB)")
    set_title(ax, best.attrs["port"], letter, _violation(whole))


@on_axes
def draw_sidebands(
    ax: Axes, spectrum: xr.Dataset, port: str | None = None, letter: str = ""
) -> None:
    """Draw the photon flux above and below the laser over the distance from it.

    Parameters
    ----------
    spectrum : Dataset
        Result of `steady.output_spectrum`.
    port : str, optional
        The port; the first by default.
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
        For another kind of result, one with parameter points, and an unknown port.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> system = ql.systems.SpinningResonator.published()
    >>> found = ql.steady.output_spectrum(system, np.linspace(5e7, 8e7, 51))
    >>> plots.draw_sidebands(found).get_xlabel()
    'distance from the laser $|ω|$ (Mrad/s)'
    """
    whole = one_point("spectrum", spectrum, "output_spectrum")
    name = _first_port(whole) if port is None else port
    flux = heterodyne(whole, name)["photon_flux"]
    distance = np.abs(flux["frequency"].values)
    once = flux["frequency"].values >= 0
    once = once if once.any() else ~once
    order = np.flatnonzero(once)[np.argsort(distance[once])]
    size, unit = readable_unit(distance, "rad/s")
    for k, sideband in enumerate(("upper", "lower")):
        values = flux.sel(sideband=sideband).values[order]
        values = np.where(values > 0, values, np.nan)
        style = LINE_STYLES[k]
        ax.plot(distance[order] / size, values, color=COLOURS[k], ls=style, label=sideband)
    separate_overlapping(ax.lines[:2], log=True)
    visible = [line.get_ydata() for line in ax.lines]
    _scale_positive(ax, visible, "photon flux (photons/(s Hz))")
    ax.set_xlabel(f"distance from the laser $|ω|$ ({unit})")
    set_title(ax, name, letter, _violation(whole))


@on_axes
def draw_displacement_noise(ax: Axes, noise: xr.Dataset, letter: str = "") -> None:
    """Draw what a displacement measurement adds: imprecision, backaction, the quantum limit.

    Parameters
    ----------
    noise : Dataset
        Result of `steady.displacement_noise`.
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
        For another kind of result, and one with parameter points.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> noise = ql.steady.displacement_noise(
    ...     ql.systems.SpinningResonator.published(),
    ...     np.linspace(5e7, 8e7, 51),
    ...     "driven_fibre",
    ...     "mechanical",
    ...     angle=1.0,
    ... )
    >>> plots.draw_displacement_noise(noise).get_ylabel()
    'noise of $x$ over $x_{\\\\mathrm{zp}}^2$ (1/Hz)'
    """
    whole = one_point("noise", noise, "displacement_noise")
    x, xlabel = parameter_axis(whole["frequency"])
    square = whole["susceptibility_real"] ** 2 + whole["susceptibility_imag"] ** 2
    moved = (square * whole["backaction"]).assign_attrs(units="s")
    curves = {
        "imprecision": whole["imprecision"],
        "backaction": moved,
        "added noise": whole["added_noise"],
        "standard quantum limit": whole["standard_quantum_limit"],
    }
    drawn = [displacement_spectrum(values).values for values in curves.values()]
    for k, (label, values) in enumerate(zip(curves, drawn, strict=True)):
        ax.plot(x, values, color=COLOURS[k], ls=LINE_STYLES[k], label=label)
    _scale_positive(ax, drawn, r"noise of $x$ over $x_{\mathrm{zp}}^2$ (1/Hz)")
    ax.set_xlabel(xlabel)
    set_title(ax, "displacement measurement", letter)


def _first_port(spectrum: xr.Dataset) -> str:
    """The first port of an output spectrum."""
    return str(spectrum["quadrature"].values[0]).rpartition(".")[0]


def _scale_positive(ax: Axes, curves: Sequence[Any], label: str) -> None:
    """Scale the y axis for the positive values of curves."""
    values = np.concatenate([np.asarray(curve, float).ravel() for curve in curves])
    positive = values[np.isfinite(values) & (values > 0)]
    if positive.size:
        positive_axis(ax, float(positive.min()), float(positive.max()), label)
    else:
        ax.set_ylabel(label)


def _violation(spectrum: xr.Dataset) -> str:
    """A warning where spectra break S + iΩ/2 ≥ 0; else ""."""
    return "" if spectrum["physical"].all() else "breaks the uncertainty relation"
