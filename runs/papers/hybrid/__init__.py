"""Hybrid oscillators: asymmetric steering, doi:10.48550/arXiv.1901.04250."""

from ..paper import Paper, PaperFigure, by_number
from . import (
    claims,
    claims_formulas,
    claims_measured_light,
    claims_optima,
    claims_optimal_parameters,
    data,
    data_measured_light,
    data_optima,
    drawings,
    drawings_measured_light,
    drawings_optima,
)

PLANES = (
    "axes of the planes are ours; below, the same for baths in vacuum, and the products after the "
    "light is switched on"
)
SEARCHED = "C_+/C_− is sought within 10^±3, θ_± from π/4 to π/2"
PAPER = Paper(
    name="hybrid",
    title="Asymmetric steady-state steering of oscillators of opposite mass",
    reference="doi:10.48550/arXiv.1901.04250",
    figures=(
        PaperFigure(
            number="2",
            size=(3, 4),
            compute=data.compute_figure_2,
            draw=drawings.draw_figure_2,
            note=f"C_± from 1 to 100, {PLANES}",
        ),
        PaperFigure(
            number="3",
            size=(2, 5),
            compute=data.compute_figure_3,
            draw=drawings.draw_figure_3,
            note=(
                f"θ_± from π/4 to π/2, {PLANES}; last row: the time from which steering in a "
                "direction lasts"
            ),
        ),
        PaperFigure(
            number="4",
            size=(2, 2),
            compute=data_optima.compute_figure_4,
            draw=drawings_optima.draw_figure_4,
            note=f"the range of C_− is ours; {SEARCHED}; below, products after switch-on",
        ),
        PaperFigure(
            number="5",
            size=(2, 1),
            compute=data_optima.compute_figure_5,
            draw=drawings_optima.draw_figure_5,
            note=f"{SEARCHED}; beside it, products after switch-on with half of the light lost",
        ),
        PaperFigure(
            number="6",
            size=(2, 2),
            compute=data_optima.compute_figure_6,
            draw=drawings_optima.draw_figure_6,
            note="θ_± of Fig. 4",
        ),
        PaperFigure(
            number="7",
            size=(2, 2),
            compute=data_optima.compute_figure_7,
            draw=drawings_optima.draw_figure_7,
            note=(
                "C_+/C_− of Fig. 4, left out where an optimal θ_− = π/2 makes it irrelevant; 10³ "
                "is the bound of the search"
            ),
        ),
        PaperFigure(
            number="8",
            size=(2, 2),
            compute=data_measured_light.compute_figure_8,
            draw=drawings_measured_light.draw_figure_8,
            note=(
                "neither ε nor the detector's phase is printed: both values of Fig. 4, and the "
                "best phase; C_+/C_− within 10^±3; dotted, at the parameters that are best without "
                "the measurement; faint where E > ½ without it; below, other bounds of C_+/C_− and "
                "other detectors"
            ),
        ),
    ),
    claims=by_number(
        *claims.CLAIMS,
        *claims_formulas.CLAIMS,
        *claims_optima.CLAIMS,
        *claims_optimal_parameters.CLAIMS,
        *claims_measured_light.CLAIMS,
    ),
)
