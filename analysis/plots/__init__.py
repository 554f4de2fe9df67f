"""Figures of results, ready for a paper: of runs, grids, sweeps, validations, switching.

`figures` draws a run; each `draw_…` function draws one panel of it on the Axes it is given.
"""

from .entanglement import UNPHYSICAL, draw_entanglement, draw_error_bars
from .grid import grid_figures
from .run import figures, prepare
from .run_panels import draw_covariance, draw_ellipses, draw_means, draw_orbit, ellipse
from .style import BAND, COLOURS, COLUMN, STYLE
from .sweep import sweep_figures
from .switching import switching_figures
from .validation import breakdown_figure, levels_figure

__all__ = [
    "BAND",
    "COLOURS",
    "COLUMN",
    "STYLE",
    "UNPHYSICAL",
    "breakdown_figure",
    "draw_covariance",
    "draw_ellipses",
    "draw_entanglement",
    "draw_error_bars",
    "draw_means",
    "draw_orbit",
    "ellipse",
    "figures",
    "grid_figures",
    "levels_figure",
    "prepare",
    "sweep_figures",
    "switching_figures",
]
