"""Figures of results, ready for a paper: of runs, maps, sweeps, validations, switching."""

from .entanglement import draw_entanglement, draw_error_bars
from .run import draw_covariance, draw_ellipses, draw_means, draw_orbit, ellipse, figures, prepare
from .style import BAND, COLOURS, COLUMN, STYLE

__all__ = [
    "BAND",
    "COLOURS",
    "COLUMN",
    "STYLE",
    "draw_covariance",
    "draw_ellipses",
    "draw_entanglement",
    "draw_error_bars",
    "draw_means",
    "draw_orbit",
    "ellipse",
    "figures",
    "prepare",
]
