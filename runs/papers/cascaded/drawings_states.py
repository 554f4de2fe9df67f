"""Figure 4 of the paper, drawn."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ....analysis.plots.style import COLOURS
from ..paper import Panels
from ..shared_data import NOISES
from ..shared_drawings import draw_runs
from .data_states import PAIRS, SYMBOLS
from .systems import COVARIANCES, SIDES


def draw_figure_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a, b with the consistent state's contour; c for both noises; runs."""
    above, middle, below = np.asarray(figure.subfigures(3, 1, height_ratios=(1.0, 1.0, 2.2)))
    for part, side, letter in ((above, "left", "a"), (middle, "right", "b")):
        wigner = panels["ab"]["wigner"].sel(input_side=side)
        _draw_projections(part, wigner, f"({letter})  from the {side}")
    axes = below.subplots(2, 3)
    places = [(noise, side) for noise in NOISES for side in SIDES]
    for ax, (noise, side) in zip(axes[:, :2].flat, places, strict=True):
        _draw_matrix(ax, panels["c"].sel(noise=noise, input_side=side), f"(c)  {side}, {noise}")
    runs = {f"{side}, {noise}": panels[f"{side} {noise}"] for noise, side in places}
    for ax, (i, j) in ((axes[0, 2], (0, 2)), (axes[1, 2], (0, 3))):
        ylabel = f"$V_{{{i + 1}{j + 1}}}$, ${SYMBOLS[i]}$ with ${SYMBOLS[j]}$"
        draw_runs(ax, runs, COVARIANCES[i, j], ylabel)
        ax.set(title="trajectories after switch-on, near zero", ylim=(-0.6, 1.2))
        ax.legend(ncols=2, loc="upper right")


def _draw_projections(figure: SubFigure, wigner: xr.DataArray, title: str) -> None:
    """W projected on all pairs of quadratures."""
    axes = figure.subplots(1, len(PAIRS))
    for k, (ax, (i, j)) in enumerate(zip(axes, PAIRS, strict=True)):
        _draw_projection(ax, wigner.isel(pair=k))
        ax.set(xlabel=f"${SYMBOLS[i]}$", ylabel=f"${SYMBOLS[j]}$")
    lines = "1/e: solid, published; dotted, consistent; dashed, vacuum"
    figure.suptitle(f"{title}; colours, published. {lines}", x=0.03, ha="left", fontsize=8)


def _draw_projection(ax: Axes, wigner: xr.DataArray) -> None:
    """Published W as colours; 1/e contours of published, consistent and vacuum state."""
    x = wigner["x"].values
    y = wigner["y"].values
    for noise, style, colour in (("published", "solid", "k"), ("consistent", "dotted", COLOURS[1])):
        values = wigner.sel(noise=noise).values.T
        if noise == "published":
            ax.pcolormesh(x, y, values, cmap="Blues", rasterized=True)
        level = values.max() / np.e
        ax.contour(x, y, values, [level], colors=colour, linestyles=style, linewidths=1.2)
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(angle), np.sin(angle), "--", color="0.5", lw=0.8)
    ax.set_aspect("equal")


def _draw_matrix(ax: Axes, state: xr.Dataset, title: str) -> None:
    """The 4×4 covariance in numbers and colours, and the audit of the whole state."""
    V = state["covariance"].values
    ax.imshow(V, cmap="RdBu_r", vmin=-1.2, vmax=1.2, aspect="auto")
    for i, j in np.ndindex(V.shape):
        colour = "w" if abs(V[i, j]) > 0.8 else "k"
        text = f"{V[i, j].round(3) + 0:.3f}"
        ax.text(j, i, text, ha="center", va="center", fontsize=7, color=colour)
    labels = [f"${symbol}$" for symbol in SYMBOLS]
    ax.set(xticks=range(4), yticks=range(4), xticklabels=labels, yticklabels=labels)
    ax.set_title(rf"{title}; $V + i\Omega/2 \geq$ {float(state['physicality']):.2g}")
