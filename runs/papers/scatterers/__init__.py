"""Two scatterers: entanglement immune to backscattering, doi:10.1103/PhysRevApplied.23.024061."""

from ..paper import Paper, PaperFigure, by_number
from . import (
    claims,
    claims_heat_and_loss,
    claims_maps,
    claims_model,
    data,
    data_defects,
    drawings,
    drawings_defects,
)

PAPER = Paper(
    name="scatterers",
    title=(
        "Backscattering-immune optomechanical entanglement in a whispering-gallery-mode resonator"
    ),
    reference="doi:10.1103/PhysRevApplied.23.024061",
    figures=(
        PaperFigure(
            number="1",
            size=(2, 1),
            compute=data.compute_figure_1,
            draw=drawings.draw_figure_1,
            note="the range of c, 0…3Γ, is ours; the largest photon number of c is the unit",
        ),
        PaperFigure(
            number="2",
            size=(3, 3),
            compute=data.compute_figure_2,
            draw=drawings.draw_figure_2,
            note=(
                "the range of Δ is ours; extreme values are those of Δ̃ = 0…6Γ; right: not in the "
                "paper"
            ),
        ),
        PaperFigure(
            number="3",
            size=(4, 3),
            compute=data.compute_figure_3,
            draw=drawings.draw_figure_3,
            note=(
                "the range of ε, 0.1…4Γ with η = ε, is ours; grey: no steady state; cut: not in "
                "the paper"
            ),
        ),
        PaperFigure(
            number="4",
            size=(3, 2),
            compute=data.compute_figure_4,
            draw=drawings.draw_figure_4,
            note="the range of η/ε is ours; below: not in the paper",
        ),
        PaperFigure(
            number="5",
            size=(3, 3),
            compute=data_defects.compute_figure_5,
            draw=drawings_defects.draw_figure_5,
            note=(
                "ε_j and β_j are not printed: uniform, scaled to Σε_j = 2Γ, drawn with seed "
                f"{data_defects.SEED}, as in 'all draws'"
            ),
        ),
    ),
    claims=by_number(
        *claims.CLAIMS,
        *claims_maps.CLAIMS,
        *claims_heat_and_loss.CLAIMS,
        *claims_model.CLAIMS,
    ),
)
