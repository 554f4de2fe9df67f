"""Microrings: nonreciprocal entanglement and one-way steering, doi:10.1103/PhysRevA.109.062423."""

from ..paper import Paper, PaperFigure, by_number
from . import claims, claims_maps, claims_steering, data, drawings

PAPER = Paper(
    name="microrings",
    title="Nonreciprocal entanglement and one-way steering of two microrings",
    reference="doi:10.1103/PhysRevA.109.062423",
    figures=(
        PaperFigure(
            number="2",
            size=(3, 1),
            compute=data.compute_figure_2,
            draw=drawings.draw_figure_2,
            note="beside it, the same after the two-photon drive is switched on",
        ),
        PaperFigure(
            number="3",
            size=(2, 2),
            compute=data.compute_figure_3,
            draw=drawings.draw_figure_3,
            note="the ranges of the axes are ours",
        ),
        PaperFigure(
            number="4",
            size=(3, 2),
            compute=data.compute_figure_4,
            draw=drawings.draw_figure_4,
            note="the ranges of a, b and of κ_b/κ_a are ours",
        ),
        PaperFigure(
            number="5",
            size=(3, 2),
            compute=data.compute_figure_5,
            draw=drawings.draw_figure_5,
            note="the ranges of a and b are ours",
        ),
    ),
    claims=by_number(*claims.CLAIMS, *claims_maps.CLAIMS, *claims_steering.CLAIMS),
)
