"""Figure 5 of the paper, drawn."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ....analysis.plots.style import COLOURS
from ....sde.support.checks import Array
from ..paper import Panels
from ..shared_data import NOISES
from ..shared_drawings import draw_lines, draw_runs, mark_run_end
from .data import DETUNINGS
from .data_defects import STRENGTHS, TEMPERATURES
from .drawings import ER, LABELS, by_noise, draw_audit, draw_both_noises
from .systems import DECAY, E_R, RESONATORS


def draw_figure_5(figure: Figure, panels: Panels) -> None:
    """Fig. 5a–d; all draws; runs; heat and loss."""
    axes = figure.subplots(3, 3)
    for column, count in enumerate((2, 3)):
        _draw_one_draw(axes[:2, column], panels, count, ("ac", "bd")[column])
    _draw_all_draws(axes[0, 2], panels)
    ways = ("forward", "reversed", "defective")
    runs = {f"N = {n}, {way}": panels[f"run {n} {way}"] for n in (2, 3) for way in ways}
    draw_runs(axes[1, 2], runs, E_R, ER)
    axes[1, 2].set_title("after switch-on: the directions coincide")
    _draw_heat_and_loss(axes[2], panels)
    defective = {f"N = {n}": by_noise(panels, f"{n} defective", "physicality") for n in (2, 3)}
    draw_audit(axes[2, 2], defective, "audit, defects without nanoparticle")


def _draw_one_draw(axes: Array, panels: Panels, count: int, letters: str) -> None:
    """E_N,r with the ends of runs, and T, over Δ for one draw of defects."""
    x = DETUNINGS / DECAY
    label = LABELS["detuning"]
    titles = [f"({letter})  N = {count}" for letter in letters]
    curves = {way: by_noise(panels, f"{count} {way}", "E_r") for way in RESONATORS}
    draw_both_noises(axes[0], x, curves, xlabel=label, ylabel=ER, title=titles[0])
    lines = {way: panels[f"{count} {way} published"]["T"].values for way in RESONATORS}
    draw_lines(axes[1], x, lines, label, "$T$", titles[1])
    for name, way in (("forward", "immune"), ("defective", "defective"), ("consistent", "immune")):
        run = panels[f"run {count} {name}"]
        shift = float(panels[f"{count} {way} published"]["shifted"][0] - DETUNINGS[0])
        mark_run_end(axes[0], run.attrs["place"] - shift / DECAY, run, E_R)


def _draw_all_draws(ax: Axes, panels: Panels) -> None:
    """Largest E_N,r of every draw over the joint strength of its defects."""
    for count, colour in ((2, COLOURS[0]), (3, COLOURS[1])):
        data = panels[f"{count} draws"]
        for name, marker in (("defective", "o"), ("immune", "x")):
            label = f"N = {count}, {name}"
            ax.plot(data["strength"], data[name], marker, color=colour, ms=3, label=label)
    order = np.argsort(data["strength"].values)
    ax.plot(data["strength"][order], data["single"][order], color="0.5", lw=0.6, label="one defect")
    ax.set(xlabel=r"$\epsilon'/\Gamma$", ylabel=f"largest {ER}", title="all draws")
    ax.legend()


def _draw_heat_and_loss(axes: Array, panels: Panels) -> None:
    """Largest E_N,r over temperature and over loss, immune and with one defect."""
    found = [panels[f"survival {noise}"] for noise in NOISES]
    names = {0.0: "immune"}
    names |= {each: rf"defect, $\epsilon={each:.0f}\,\Gamma$" for each in STRENGTHS}
    losses = found[0]["intrinsic_decay"].values / DECAY
    for ax, name, x, label in (
        (axes[0], "heat", TEMPERATURES, "$T_e$ (K)"),
        (axes[1], "loss", losses, r"$\kappa_0/\Gamma$"),
    ):
        curves = {
            words: tuple(np.fmax(data[name].sel(strength=each).values, 0.0) for data in found)
            for each, words in names.items()
        }
        draw_both_noises(ax, x, curves, xlabel=label, ylabel=f"largest {ER}", title=name)
        ax.set_xscale("log")
