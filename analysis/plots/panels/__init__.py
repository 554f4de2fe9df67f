"""Panels of own results, each a function `draw_…(result, …, ax=None)` that returns its Axes."""

from .branches import draw_branches, draw_eigenvalues
from .ellipses import draw_ellipses, ellipse
from .parameters import draw_grid, draw_sweep, draw_values
from .paths import draw_paths
from .quadratures import draw_element, draw_quadratures
from .wigner import draw_wigner

__all__ = [
    "draw_branches",
    "draw_eigenvalues",
    "draw_element",
    "draw_ellipses",
    "draw_grid",
    "draw_paths",
    "draw_quadratures",
    "draw_sweep",
    "draw_values",
    "draw_wigner",
    "ellipse",
]
