"""Panels of own results, each a function `draw_…(result, …, ax=None)` that returns its Axes."""

from .branches import draw_branches, draw_eigenvalues
from .ellipses import draw_ellipses, ellipse
from .light_noise import draw_displacement_noise, draw_sidebands, draw_squeezing
from .parameters import draw_grid, draw_sweep, draw_values
from .paths import draw_paths
from .probe import draw_group_delay, draw_phase, draw_transmission
from .quadratures import draw_element, draw_quadratures
from .recorded_light import draw_recorded_light
from .wigner import draw_wigner

__all__ = [
    "draw_branches",
    "draw_displacement_noise",
    "draw_eigenvalues",
    "draw_element",
    "draw_ellipses",
    "draw_grid",
    "draw_group_delay",
    "draw_paths",
    "draw_phase",
    "draw_quadratures",
    "draw_recorded_light",
    "draw_sidebands",
    "draw_squeezing",
    "draw_sweep",
    "draw_transmission",
    "draw_values",
    "draw_wigner",
    "ellipse",
]
