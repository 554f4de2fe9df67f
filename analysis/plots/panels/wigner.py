"""The Wigner function of one mode of a Gaussian state."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ....sde.kept_elements import KeptElements
from ....sde.labels import Q
from ...phase_space import wigner_marginal
from ..drawing import on_axes
from ..run_data import chosen_modes, one_state, quadrature_indices
from ..ticks import readable_axis
from ..titles import explain_empty, set_title
from .ellipses import ellipse

POINTS = 121
"""Points of each axis."""
RANGE = 3.5
"""Half-width of the map, standard deviations."""


@on_axes
def draw_wigner(
    ax: Axes, state: xr.Dataset | xr.DataArray, mode: str | None = None, letter: str = ""
) -> None:
    """Draw the Wigner function of a mode about its mean, and its one-standard-deviation contour.

    The state is taken as Gaussian; the white circle is the vacuum.

    Parameters
    ----------
    state : Dataset or DataArray
        Result of `simulate` or `propagate_moments`, taken at its end, of `steady_state` or `grid`
        for one branch, or a covariance (quadrature, quadrature_).
    mode : str, optional
        Name of the mode; the first by default.
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
        For a result without a covariance, several states, and an unknown mode.

    Examples
    --------
    >>> import qlangevin as ql
    >>> from qlangevin.analysis import plots
    >>> states = ql.steady_state(ql.systems.SpinningResonator.published())
    >>> plots.draw_wigner(states, "mechanical").get_title(loc="left")
    'Wigner function of mechanical'
    """
    found = one_state("state", state)
    (mode,) = chosen_modes(found, [mode] if mode else None)[:1]
    pair = quadrature_indices(found, mode)
    V = KeptElements.of(found).block(found["covariance"].values, pair, "the panel")
    if np.isfinite(V).all() and np.linalg.eigvalsh(V)[0] > 0:
        _draw_density(ax, V)
    else:
        explain_empty(ax, "no finite covariance")
    ax.set_aspect("equal")
    for which, k in zip("xy", pair, strict=True):
        letter_ = str(found[Q].values[k]).rpartition(".")[2]
        readable_axis(ax, which, rf"$\delta {letter_}$")
    set_title(ax, f"Wigner function of {mode}", letter)


def _draw_density(ax: Axes, V: Any) -> None:
    """Draw the Wigner function of a covariance (2, 2), its contour, and the vacuum's."""
    reach = RANGE * float(np.sqrt(max(np.linalg.eigvalsh(V)[-1], 0.5)))
    x = np.linspace(-reach, reach, POINTS)
    W = wigner_marginal(V, 0, 1, x, x)
    mesh = ax.pcolormesh(x, x, W.T, rasterized=True, vmin=0.0)
    ax.plot(*ellipse(V), color="w", lw=1.0)
    ax.plot(*ellipse(0.5 * np.eye(2)), color="w", lw=0.8, ls=":")
    ax.figure.colorbar(mesh, ax=ax, label="$W$")
