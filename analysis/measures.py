"""The table of measures: name, functions, what each takes, unit, meaning, label.

Estimates, maps, sweeps, run files and figures use this table; `measure_names` reads and writes the
names of measures in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from . import entanglement, entropies, gaussian, information, optics, states
from .gaussian import Array, conditional, symplectic_eigenvalues, transposed_eigenvalues


@dataclass(frozen=True)
class Takes:
    """What a measure takes besides the state.

    Attributes
    ----------
    arguments : tuple of str
        Names of the function's arguments, all of one kind.
    kind : "mode" or "port"
        What the arguments are.
    ordered : bool
        Whether their order matters.
    joined : str
        Separator of the arguments in the label of an axis.
    """

    arguments: tuple[str, ...]
    kind: str = "mode"
    ordered: bool = False
    joined: str = ", "

    @property
    def count(self) -> int:
        """How many modes, or ports."""
        return len(self.arguments)


NOTHING = Takes(())
MODE = Takes(("mode",))
PAIR = Takes(("i", "j"))
ORDERED_PAIR = Takes(("i", "j"), ordered=True)
FROM_TO = Takes(("i", "j"), ordered=True, joined=" → ")
THREE_MODES = Takes(("i", "j", "k"))
PORT = Takes(("port",), kind="port")


@dataclass(frozen=True)
class Measure:
    """A measure of a covariance, or of the optical steady state.

    Attributes
    ----------
    name : str
        Its name in words and in variables.
    function : callable
        The function of a labelled covariance, or of a dataset of steady states, and of names.
    takes : Takes
        The modes or the port that it takes.
    units, meaning : str
        Its unit, "1" if dimensionless, and its meaning.
    label : str
        Its name on an axis; its name in words unless given.
    formula : callable, optional
        The function of plain covariances (..., 2n, 2n) and mode indices that estimates use; None
        for a measure of the optical steady state.
    clipped : bool
        Whether the formula is signed, smooth through zero, and the measure is its positive part.
    """

    name: str
    function: Callable[..., xr.DataArray]
    takes: Takes
    units: str
    meaning: str
    label: str = ""
    formula: Callable[..., Array] | None = None
    clipped: bool = False

    def of_steady_states(self, chosen: Sequence[str]) -> Callable[[xr.Dataset], xr.DataArray]:
        """The measure of the chosen modes or port as a function of a dataset of steady states."""
        arguments = dict(zip(self.takes.arguments, chosen, strict=True))
        if self.formula is None:
            return partial(self.function, **arguments)
        return partial(_of_covariance, self.function, arguments)

    def titled(self, chosen: Sequence[str] = ()) -> str:
        """The label of an axis: "steering, a → b"."""
        title = self.label or self.name.replace("_", " ")
        return f"{title}, {self.takes.joined.join(chosen)}" if chosen else title


def _of_covariance(
    function: Callable[..., xr.DataArray], modes: dict[str, str], steady: xr.Dataset
) -> xr.DataArray:
    """A measure of the covariance of steady states; whether these are physical is not checked."""
    return function(steady["covariance"], **modes, physical="ignore")


def negativity_exponent(V: Array, i: int, j: int) -> Array:
    """−ln 2ν⁻ (...) of modes i and j of V (..., 2n, 2n): E_N where positive."""
    return _exponent(transposed_eigenvalues(V, i, j))


def steering_exponent(V: Array, i: int, j: int) -> Array:
    """−ln 2ν (...) of mode j given mode i: the steering i → j where positive."""
    return _exponent(symplectic_eigenvalues(conditional(V, i, j)))


def _exponent(eigenvalues: Array) -> Array:
    """−ln 2ν (...) of the least of the symplectic eigenvalues (..., modes), in ascending order."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(2 * eigenvalues[..., 0]))


TABLE = (
    Measure(
        "discord",
        entropies.discord,
        ORDERED_PAIR,
        "nats",
        "Gaussian discord of mode i, measured on mode j",
        formula=information.discord,
    ),
    Measure(
        "duan",
        entanglement.duan,
        PAIR,
        "1",
        "sum of variances over Duan's bound, below 1 for entanglement",
        label="Duan sum",
        formula=gaussian.duan,
    ),
    Measure(
        "log_negativity",
        entanglement.log_negativity,
        PAIR,
        "nats",
        "logarithmic negativity E_N",
        label=r"$E_N$",
        formula=negativity_exponent,
        clipped=True,
    ),
    Measure(
        "mutual_information",
        entropies.mutual_information,
        PAIR,
        "nats",
        "mutual information S(i) + S(j) − S(ij)",
        formula=information.mutual_information,
    ),
    Measure(
        "populations",
        states.populations,
        NOTHING,
        "1",
        "quanta of each mode",
        label="quanta",
        formula=gaussian.populations,
    ),
    Measure("purity", states.purity, NOTHING, "1", "purity Tr ρ²", formula=gaussian.purity),
    Measure(
        "reid",
        entanglement.reid,
        FROM_TO,
        "1",
        "Reid's product of inferred deviations, below ½ for steering i → j",
        label="Reid product",
        formula=gaussian.reid,
    ),
    Measure(
        "renyi_entropy",
        entropies.renyi_entropy,
        NOTHING,
        "nats",
        "Rényi-2 entropy −ln Tr ρ²",
        formula=information.renyi_entropy,
    ),
    Measure(
        "renyi_mutual_information",
        entropies.renyi_mutual_information,
        PAIR,
        "nats",
        "mutual information of Rényi-2 entropies",
        formula=information.renyi_mutual_information,
    ),
    Measure(
        "residual_contangle",
        entanglement.residual_contangle,
        THREE_MODES,
        "nats²",
        "minimum residual contangle, above 0 for entanglement of all three modes",
        formula=gaussian.residual_contangle,
    ),
    Measure(
        "squeezing",
        states.squeezing,
        MODE,
        "dB",
        "squeezing below vacuum noise",
        formula=gaussian.squeezing,
    ),
    Measure(
        "squeezing_angle",
        states.squeezing_angle,
        MODE,
        "rad",
        "angle of the quadrature of least variance",
        formula=gaussian.squeezing_angle,
    ),
    Measure(
        "steering",
        entanglement.steering,
        FROM_TO,
        "nats",
        "Gaussian steering i → j",
        formula=steering_exponent,
        clipped=True,
    ),
    Measure(
        "symplectic_eigenvalues",
        states.symplectic_eigenvalues,
        NOTHING,
        "1",
        "symplectic eigenvalues ν, ascending",
        formula=gaussian.symplectic_eigenvalues,
    ),
    Measure(
        "transposed_eigenvalues",
        entanglement.transposed_eigenvalues,
        PAIR,
        "1",
        "symplectic eigenvalues of the partial transpose, ascending",
        formula=gaussian.transposed_eigenvalues,
    ),
    Measure(
        "von_neumann_entropy",
        entropies.von_neumann_entropy,
        NOTHING,
        "nats",
        "von Neumann entropy −Tr ρ ln ρ",
        formula=information.von_neumann_entropy,
    ),
    Measure(
        "cooperativity",
        optics.cooperativity,
        ORDERED_PAIR,
        "1",
        "cooperativity |G|²/(κγ) of light i and motion j",
    ),
    Measure(
        "effective_coupling",
        optics.effective_coupling,
        ORDERED_PAIR,
        "rad/s",
        "effective coupling |G| of light i and motion j",
        label="effective coupling $|G|$",
    ),
    Measure("photon_number", optics.photon_number, MODE, "1", "quanta |α|² of the mean field"),
    Measure(
        "transmission",
        optics.transmission,
        PORT,
        "1",
        "output power at a port over all input power",
        label="transmission $T$",
    ),
)
MEASURES = {measure.name: measure for measure in TABLE}
"""All measures by name: first those of a covariance, then those of the optical steady state."""
COVARIANCE_MEASURES = {
    name: measure for name, measure in MEASURES.items() if measure.formula is not None
}
