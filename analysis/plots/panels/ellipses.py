"""Wigner ellipses of a Gaussian state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ....sde.kept_elements import KeptElements
from ....sde.support.checks import Array
from ..drawing import on_axes
from ..overlapping_lines import separate_overlapping
from ..run_data import (
    chosen_modes,
    divergence_note,
    mode_names,
    mode_style,
    one_state,
    quadrature_names,
    why_empty,
)
from ..ticks import readable_axis
from ..titles import explain_empty, set_title


@on_axes
def draw_ellipses(
    ax: Axes,
    run: xr.Dataset | xr.DataArray,
    modes: Sequence[str] | None = None,
    letter: str = "",
) -> None:
    """Draw the Wigner ellipse (one standard deviation) of each mode, the vacuum in grey.

    That of a run is the state at its end.

    Parameters
    ----------
    run : Dataset or DataArray
        Result of `simulate` or `propagate_moments` for one parameter point, of `steady_state` or
        `grid` for one branch, or a covariance (quadrature, quadrature_), such as that of
        `conditional_covariance`.
    modes : sequence of str, optional
        Names of the modes; all by default.
    letter : str
        Letter of the panel in its title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The Axes drawn on.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> from qlangevin.sde.systems import Microrings
    >>> run = ql.propagate_moments(Microrings.published(), duration=1e-7, samples=10)
    >>> plots.draw_ellipses(run).get_title(loc="left")
    'Wigner ellipses, end of run'
    """
    state = one_state("run", run)
    V = state["covariance"].values
    blocks = KeptElements.of(state["covariance"]).mode_blocks(V)
    names = chosen_modes(state, modes)
    ax.plot(*ellipse(0.5 * np.eye(2)), color="0.6", lw=3, alpha=0.5, label="vacuum")
    lines = []
    for mode in names:
        block = blocks[mode_names(state).index(mode)]
        colour, line = mode_style(state, mode)
        points = ellipse(block) if np.isfinite(block).all() else np.full((2, 1), np.nan)
        lines += ax.plot(*points, color=colour, ls=line, label=mode)
    separate_overlapping(lines)
    if not np.isfinite(V).any():
        explain_empty(ax, why_empty(state, "no finite covariance"))
    ax.set_aspect("equal", adjustable="datalim")
    for which, quadratures in zip("xy", quadrature_names(state, names), strict=True):
        label = ", ".join(rf"$\delta {quadrature}$" for quadrature in quadratures.split(", "))
        readable_axis(ax, which, label)
    end = ", end of run" if "time" in run.dims else ""
    lost = divergence_note(run) if isinstance(run, xr.Dataset) else ""
    set_title(ax, f"Wigner ellipses{end}", letter, lost)


def ellipse(V: Array) -> Array:
    """Points of the one-standard-deviation contour of a two-quadrature covariance.

    Parameters
    ----------
    V : array, (2, 2)
        Covariance, vacuum variance ½.

    Returns
    -------
    array, (2, 200)
        Both coordinates along the contour, about zero.

    Examples
    --------
    >>> import numpy as np
    >>> from qlangevin.analysis import plots
    >>> points = plots.ellipse(np.eye(2) / 2)
    >>> bool(np.allclose(np.linalg.norm(points, axis=0), np.sqrt(0.5)))
    True
    """
    values, vectors = np.linalg.eigh(V)
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = np.array([np.cos(angle), np.sin(angle)])
    return np.asarray(vectors @ (np.sqrt(np.clip(values, 0, None))[:, None] * circle))
