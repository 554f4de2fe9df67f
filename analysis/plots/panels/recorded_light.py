"""The spectrum of light that was recorded along trajectories, beside that of linear theory."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from ...spectra.recorded import recorded_noise, recorded_spectrum
from ..axes import parameter_axis
from ..drawing import on_axes
from ..style import COLOURS, GREY
from ..titles import set_title


@on_axes
def draw_recorded_light(
    ax: Axes, run: xr.Dataset, port: str | None = None, letter: str = ""
) -> None:
    """Draw the noise of recorded light in dB over frequency, in the quadrature of least noise.

    Parameters
    ----------
    run : Dataset
        Result of `simulate` with `record`.
    port : str, optional
        The port, the first recorded one by default.
    letter : str
        Letter of the panel in its title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on. The quadrature is that of least noise in linear theory, where the run has
        it, else that of the trajectories; the band is one standard error to either side.

    Raises
    ------
    ValueError
        For a run without recorded light, and an unknown port.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> terms = [ql.terms.squeeze("a", 0.25j), ql.terms.lose("a", "out", amplitude_rate=1.0)]
    >>> model = ql.Model.build(["a"], terms)
    >>> times = {"duration": 80.0, "step": 0.02, "scheme": "exponential", "samples": 4}
    >>> run = ql.simulate(model, trajectories=128, record=["out"], **times)
    >>> plots.draw_recorded_light(run).get_ylabel()
    'noise over shot noise (dB)'
    """
    spectrum = recorded_spectrum(run)
    shown = str(run["output"].values[0]).removesuffix(".X") if port is None else port
    found = recorded_noise(run, shown)
    low, high = found.noise - found.error, found.noise + found.error
    x, xlabel = parameter_axis(spectrum["frequency"])
    ax.axhline(0.0, color=GREY, lw=0.8, label="shot noise")
    ax.fill_between(x, low, high, color=COLOURS[0], alpha=0.3, lw=0)
    ax.plot(x, found.noise, color=COLOURS[0], label="trajectories, ± standard error")
    if found.linear is not None:
        ax.plot(x, found.linear, color=COLOURS[1], ls="--", label="linear theory, same steps")
    ax.set_xlabel(xlabel)
    ax.set_ylabel("noise over shot noise (dB)")
    set_title(ax, f"recorded light of {shown}", letter, "")
