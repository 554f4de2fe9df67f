"""Figure 8 of the paper, drawn."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.constants import pi

from ....analysis.plots.style import COLOURS
from ..paper import Panels
from .data_measured_light import (
    CLIENT,
    EFFICIENCIES,
    LIMIT,
    PHASES,
    improvement,
    improvement_by_bound,
    improvement_of_steering,
)
from .data_optima import LOSSES
from .drawings_optima import COLOUR_BY, TARGET_LABELS, TARGET_STYLES
from .systems import SERVERS, TARGETS


def draw_figure_8(figure: Figure, panels: Panels) -> None:
    """Fig. 8 without and with losses; below, other bounds of the search and other detectors."""
    axes = np.ravel(figure.subplots(2, 2))
    for ax, loss, letter in zip(axes, LOSSES, "ab", strict=False):
        _draw_gains(ax, panels["8"], loss)
        ax.set_title(f"({letter})  ε = {loss}")
    axes[0].legend()
    _draw_bounds(axes[2], panels)
    for ax in axes[:3]:
        ax.set(xscale="log", xlabel="$C_-$", xlim=(0.45, 110.0), ylim=(0.008, 40.0))
    _draw_detectors(axes[3], panels["detectors"].sel(loss=0.0, cooperativity_minus=2.0))
    for ax in axes:
        ax.axhline(100 * LIMIT, color="0.6", lw=0.6)
        ax.set(yscale="log", ylabel="d (%)")


def _draw_bounds(ax: Axes, panels: Panels) -> None:
    """d over C_− by the bound of C_+/C_−."""
    curves = improvement_by_bound(panels)
    for (decades, curve), colour in zip(curves.items(), COLOURS, strict=False):
        label = rf"$C_+/C_-$ within $10^{{\pm{decades:.0f}}}$"
        x = curve["cooperativity_minus"]
        ax.plot(x, 100 * curve.values, color=colour, ls="--", label=label)
    ax.set_title("$E_{+|-}$, hot, ε = 0, by the bound of the search")
    ax.legend(loc="lower right")


def _draw_gains(ax: Axes, panel: xr.Dataset, loss: float) -> None:
    """d over C_−, faint where there is no steering without a measurement.

    Dotted: at the parameters that are best without a measurement.
    """
    gains = improvement(panel).sel(loss=loss)
    of_interest = improvement_of_steering(panel).sel(loss=loss)
    kept = improvement_of_steering(panel, "same_parameters").sel(loss=loss)
    for server, target in product(SERVERS, TARGETS):
        here = {"server": server, "target": target}
        style: dict[str, Any] = {"color": COLOUR_BY[server, "free"], "ls": TARGET_STYLES[target]}
        ax.plot(CLIENT, 100 * gains.sel(here).values, alpha=0.35, lw=0.9, **style)
        label = f"{TARGET_LABELS[target]}, {server}"
        ax.plot(CLIENT, 100 * of_interest.sel(here).values, label=label, **style)
        if target == "plus":
            ax.plot(CLIENT, 100 * kept.sel(here).values, color=style["color"], ls=":", lw=0.9)


def _draw_detectors(ax: Axes, panel: xr.Dataset) -> None:
    """d at one optimum over the phase and over the efficiency at φ = 0, on one axis."""
    for x, name, colour, label in (
        (2 * PHASES / pi, "by_phase", COLOURS[0], "over the phase, 2φ/π"),
        (EFFICIENCIES, "by_efficiency", COLOURS[1], "over the efficiency, φ = 0"),
    ):
        ax.plot(x, 100 * panel[name].values, color=colour, label=label)
    both = 100 * float(panel["heterodyne"])
    ax.axhline(both, color=COLOURS[2], ls="--", label="both phases, beam split")
    ax.set(xlabel="2φ/π or efficiency", ylim=(0.008, 40.0))
    ax.set_title("$E_{+|-}$, hot, $C_-=2$, by the detector")
    ax.legend(loc="upper left")
