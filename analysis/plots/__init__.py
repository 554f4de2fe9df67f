"""Figures of results, ready for a paper: of runs, grids, sweeps, validations, switching.

Each `draw_…(result, …, ax=None)` draws one panel, on Axes that it is given or on a new figure, and
returns the Axes. `figures`, `grid_figures`, `sweep_figures`, `switching_figures`, `levels_figure`
and `breakdown_figure` draw whole figures.
"""

from .entanglement import UNPHYSICAL, draw_entanglement, draw_error_bars
from .grid import grid_figures
from .panels import (
    draw_branches,
    draw_displacement_noise,
    draw_eigenvalues,
    draw_element,
    draw_ellipses,
    draw_grid,
    draw_group_delay,
    draw_paths,
    draw_phase,
    draw_quadratures,
    draw_recorded_light,
    draw_sidebands,
    draw_squeezing,
    draw_sweep,
    draw_transmission,
    draw_values,
    draw_wigner,
    ellipse,
)
from .run import figures, prepare
from .run_panels import draw_covariance, draw_means, draw_orbit
from .style import BAND, COLOURS, COLUMN, STYLE
from .sweep import sweep_figures
from .switching import (
    draw_relaxation,
    draw_residence_times,
    draw_switching_density,
    draw_switching_paths,
    switching_figures,
)
from .validation import breakdown_figure, levels_figure

__all__ = [
    "BAND",
    "COLOURS",
    "COLUMN",
    "STYLE",
    "UNPHYSICAL",
    "breakdown_figure",
    "draw_branches",
    "draw_covariance",
    "draw_displacement_noise",
    "draw_eigenvalues",
    "draw_element",
    "draw_ellipses",
    "draw_entanglement",
    "draw_error_bars",
    "draw_grid",
    "draw_group_delay",
    "draw_means",
    "draw_orbit",
    "draw_paths",
    "draw_phase",
    "draw_quadratures",
    "draw_recorded_light",
    "draw_relaxation",
    "draw_residence_times",
    "draw_sidebands",
    "draw_squeezing",
    "draw_sweep",
    "draw_switching_density",
    "draw_switching_paths",
    "draw_transmission",
    "draw_values",
    "draw_wigner",
    "ellipse",
    "figures",
    "grid_figures",
    "levels_figure",
    "prepare",
    "sweep_figures",
    "switching_figures",
]
