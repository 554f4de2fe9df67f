"""Cascaded resonators: entanglement of two motions, doi:10.1103/PhysRevApplied.18.064008."""

from ..paper import Paper, PaperFigure, by_number
from . import (
    claims,
    claims_mismatch,
    claims_model,
    claims_states,
    data,
    data_states,
    drawings,
    drawings_states,
)

PAPER = Paper(
    name="cascaded",
    title=(
        "Nonreciprocal enhancement of remote entanglement between nonidentical mechanical "
        "oscillators"
    ),
    reference="doi:10.1103/PhysRevApplied.18.064008",
    figures=(
        PaperFigure(
            number="2",
            size=(3, 4),
            compute=data.compute_figure_2,
            draw=drawings.draw_figure_2,
            note=(
                "Δ is the effective detuning, imposed on each cavity; its range is ours. Dashed: "
                "the fibre carries the vacuum on, and no steady state has E_N > 0; dots end runs. "
                "Below: −ln 2ν⁻, the audit, opposite spins, and after switch-on"
            ),
        ),
        PaperFigure(
            number="3",
            size=(3, 4),
            compute=data.compute_figure_3,
            draw=drawings.draw_figure_3,
            note=(
                "the ranges of e and f, and the χ of b are ours; in c and d, Ω_l = 0.8·10⁶ rad/s "
                "and Ω_r = 0"
            ),
        ),
        PaperFigure(
            number="4",
            size=(3, 3),
            compute=data_states.compute_figure_4,
            draw=drawings_states.draw_figure_4,
            note=(
                "Ω_l = 0.8·10⁶ rad/s and Ω_r = 0 as in Figs. 3c, d; W is normalised to one. "
                "Beside, the consistent state, and the cross correlations after switch-on"
            ),
        ),
    ),
    claims=by_number(
        *claims.CLAIMS,
        *claims_mismatch.CLAIMS,
        *claims_model.CLAIMS,
        *claims_states.CLAIMS,
    ),
)
