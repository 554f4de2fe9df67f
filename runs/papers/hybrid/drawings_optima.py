"""Figures 4-7 of the paper, drawn."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.constants import pi

from ....analysis.plots.style import COLOURS, RED
from ..paper import Panels
from ..shared_drawings import mark_run_end
from .data_optima import BOUND, CLIENT, CLIENTS, FREEDOM, LOSS_SCAN, LOSSES, RUN_LOSS
from .drawings import draw_rise
from .systems import E_PLUS, HALF, LABELS, NAMES, PRODUCTS, SERVERS, STYLES, TARGETS

COLOUR_BY = {
    ("hot", "free"): COLOURS[0],
    ("hot", "symmetric"): RED,
    ("vacuum", "free"): COLOURS[5],
    ("vacuum", "symmetric"): "k",
}
"""Colours by server and freedom."""
ANGLES = (
    ("plus", "free", r"$\theta_{+}$", COLOURS[0]),
    ("plus", "symmetric", r"$\theta$, f = 0", RED),
    ("minus", "free", r"$\theta_{-}$", COLOURS[2]),
)
"""Mode, freedom, label and colour of the angles in Fig. 6."""
TARGET_STYLES = {target: STYLES[PRODUCTS[target]] for target in TARGETS}
TARGET_LABELS = {target: LABELS[PRODUCTS[target]] for target in TARGETS}


def draw_figure_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a, b, with trajectories at C_− = 10; runs; times until steering at the optima."""
    axes = np.ravel(figure.subplots(2, 2))
    for ax, loss, letter in zip(axes, LOSSES, "ab", strict=False):
        _draw_optima(ax, panels["ab"], "product", loss, tuple(SERVERS))
        ax.axhline(HALF, color="0.6", lw=0.6)
        ax.set(ylim=(0.0, 1.0), ylabel="least E", title=f"({letter})  ε = {loss}")
    axes[0].legend()
    for server, target in product(SERVERS, TARGETS):
        mark_run_end(axes[0], 10.0, panels[f"run_{server}_{target}"], PRODUCTS[target])
    runs = {server: panels[f"run_{server}_plus"] for server in SERVERS}
    draw_rise(axes[2], runs, "at the optima of $E_{+|-}$, $C_-=10$")
    _draw_delays(axes[3], panels)


def _draw_delays(ax: Axes, panels: Panels) -> None:
    """Times until steering over C_−."""
    for server, target in product(SERVERS, TARGETS):
        values = 1e6 * panels[f"delay_{server}"][NAMES[PRODUCTS[target]]].values
        label = f"{TARGET_LABELS[target]}, {server}"
        colour = COLOUR_BY[server, "free"]
        ax.plot(CLIENT, values, color=colour, ls=TARGET_STYLES[target], label=label)
    ax.set(xscale="log", yscale="log", xlabel="$C_-$", ylabel="time after switch-on (µs)")
    ax.set_title("until steering is there to stay, each at its optimum")
    ax.legend()


def draw_figure_5(figure: Figure, panels: Panels) -> None:
    """Fig. 5, with trajectories at C_− = 10, ε = ½; runs."""
    ax, beside = figure.subplots(1, 2)
    styles = dict(zip(CLIENTS, ("-", "--", "-."), strict=True))
    widths = {"hot": 1.6, "vacuum": 0.9}
    for server, C in product(SERVERS, CLIENTS):
        values = panels["5"]["product"].sel(server=server, cooperativity_minus=C).values
        (line,) = ax.plot(LOSS_SCAN, values, label=f"$C_-={C:.0f}$, {server}")
        line.set(color=COLOUR_BY[server, "free"], linestyle=styles[C], linewidth=widths[server])
    runs = {server: panels[f"run_{server}"] for server in SERVERS}
    for run in runs.values():
        mark_run_end(ax, RUN_LOSS, run, E_PLUS)
    ax.axhline(HALF, color="0.6", lw=0.6)
    ax.set(xlabel="ε", ylabel="least $E_{+|-}$", ylim=(0.0, 0.55))
    ax.legend()
    draw_rise(beside, runs, "$C_-=10$, ε = 0.5")


def draw_figure_6(figure: Figure, panels: Panels) -> None:
    """Fig. 6a–d."""

    def draw(ax: Axes, server: str, loss: float) -> None:
        found = panels["abcd"].sel(server=server, loss=loss)
        for (mode, freedom, name, colour), target in product(ANGLES, TARGETS):
            values = found[f"angle_{mode}"].sel(freedom=freedom, target=target).values / pi
            label = f"{name}, {TARGET_LABELS[target]}"
            ax.plot(CLIENT, values, color=colour, ls=TARGET_STYLES[target], label=label)
        ax.set(xscale="log", xlabel="$C_-$", ylabel=r"optimal $\theta/\pi$", ylim=(0.23, 0.52))

    _draw_four_panels(figure, draw)
    figure.axes[2].legend()


def draw_figure_7(figure: Figure, panels: Panels) -> None:
    """Fig. 7a–d; where θ_− = π/2 makes C_+ irrelevant it is left out."""
    panel = panels["abcd"]
    relevant = panel.assign(ratio=panel["ratio"].where(panel["angle_minus"] < 0.499 * pi))

    def draw(ax: Axes, server: str, loss: float) -> None:
        _draw_optima(ax, relevant, "ratio", loss, (server,))
        ax.axhline(1.0, color="0.6", lw=0.6)
        ax.axhline(10**BOUND, color="k", ls=":", lw=0.9, label="bound of the search")
        ax.set(yscale="log", ylabel="optimal $C_+/C_-$", ylim=(0.2, 2 * 10**BOUND))
        ax.legend()

    _draw_four_panels(figure, draw)


def _draw_optima(
    ax: Axes, panel: xr.Dataset, name: str, loss: float, servers: tuple[str, ...]
) -> None:
    """A quantity of the optima over C_−, dashed for E_{+|−}, by server and freedom."""
    for server, freedom, target in product(servers, FREEDOM, TARGETS):
        values = panel[name].sel(server=server, loss=loss, freedom=freedom, target=target).values
        width, words = (1.6, "f ≠ 0") if freedom == "free" else (0.9, "f = 0")
        (line,) = ax.plot(CLIENT, values, label=f"{TARGET_LABELS[target]}, {server}, {words}")
        line.set(color=COLOUR_BY[server, freedom], linestyle=TARGET_STYLES[target], linewidth=width)
    ax.set(xscale="log", xlabel="$C_-$")


def _draw_four_panels(figure: Figure, draw: Callable[[Axes, str, float], None]) -> None:
    """Panels a–d: hot server without and with losses, and the same for the server in vacuum."""
    axes = np.ravel(figure.subplots(2, 2))
    cells = product(SERVERS, LOSSES)
    for ax, (server, loss), letter in zip(axes, cells, "abcd", strict=True):
        draw(ax, server, loss)
        ax.set_title(f"({letter})  {server} server, ε = {loss}")
