"""Two oscillators of opposite mass, coupled one after the other to the same travelling light.

    ȧ₋ = i(√Γ₋B b_l + √Γ₋P b_u†) − (γ₋/2)a₋ + √γ₋₀ a₋,in
    ȧ₊ = i√(1−ε)(√Γ₊B b_u + √Γ₊P b_l†) + i√ε(√Γ₊B b′_u + √Γ₊P b′_l†)
         − (γ₊/2)a₊ + √γ₊₀ a₊,in + √(1−ε) R a₋†

with Γ_B = Γ sin²θ, Γ_P = Γ cos²θ, γ = γ₀ + Γ_B − Γ_P, Γ = C γ₀(n + ½), R = √(Γ₋BΓ₊P) − √(Γ₊BΓ₋P).
R is no parameter: it follows from the light that leaves the first oscillator and enters the second.
The frame rotates at ±Ω; Γ and γ are energy rates.

Eq. (3) of the paper has b′_l without its dagger, which would not keep the commutator of a₊.

References
----------
X. Huang, E. Zeuthen, Q. Gong, Q. He (2019), doi:10.48550/arXiv.1901.04250, Eq. (3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.constants import pi

from ..model.model import Model
from ..model.term_kinds import Term
from ..system import System, parameter, quantity
from ..terms import amplify, feed, lose


@dataclass(frozen=True, eq=False)
class HybridOscillators(System):
    """Oscillators of negative and positive mass on one beam of light; modes minus, plus.

    Parameters
    ----------
    cooperativity_minus, cooperativity_plus, angle_minus, angle_plus, transmission_loss,
    linewidth_minus, linewidth_plus, occupation_minus, occupation_plus : float or array
        In SI units, declared below with symbol, unit and meaning.

    References
    ----------
    doi:10.48550/arXiv.1901.04250, Eq. (3); the module's docstring writes it out.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.systems.HybridOscillators.published().model()
    <Model of minus, plus: 4 quadratures, 8 noise channels, 0 quadratic and 0 cubic terms>
    """

    cooperativity_minus: Any = parameter(
        "C_−", "", "quantum cooperativity Γ_−/(γ_−0(n_− + ½))", sign="nonnegative"
    )
    cooperativity_plus: Any = parameter(
        "C_+", "", "quantum cooperativity Γ_+/(γ_+0(n_+ + ½))", sign="nonnegative"
    )
    angle_minus: Any = parameter(
        "θ_−", "rad", "interaction: 0 parametric, π/4 non-demolition, π/2 beam splitter"
    )
    angle_plus: Any = parameter("θ_+", "rad", "interaction of the second oscillator, as θ_−")
    transmission_loss: Any = parameter(
        "ε", "", "power lost between the oscillators", sign="fraction"
    )
    linewidth_minus: Any = parameter(
        "γ_−0", "rad/s", "intrinsic energy decay rate", sign="positive"
    )
    linewidth_plus: Any = parameter("γ_+0", "rad/s", "intrinsic energy decay rate", sign="positive")
    occupation_minus: Any = parameter(
        "n_−", "", "thermal occupation of the bath", sign="nonnegative"
    )
    occupation_plus: Any = parameter(
        "n_+", "", "thermal occupation of the bath", sign="nonnegative"
    )

    REFERENCE: ClassVar[str] = "doi:10.48550/arXiv.1901.04250"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "cooperativity_minus": 50.0,
        "cooperativity_plus": 50.0,
        "angle_minus": 0.35 * pi,
        "angle_plus": 0.35 * pi,
        "transmission_loss": 0.0,
        "linewidth_minus": 0.2 * pi,
        "linewidth_plus": 0.2 * pi,
        "occupation_minus": 1e5,
        "occupation_plus": 1e5,
    }

    @quantity("rad/s")
    def coupling_minus(self) -> Any:
        """Γ_− = C_−γ_−0(n_− + ½), rad/s."""
        return (
            np.asarray(self.cooperativity_minus)
            * self.linewidth_minus
            * (np.asarray(self.occupation_minus) + 0.5)
        )

    @quantity("rad/s")
    def coupling_plus(self) -> Any:
        """Γ_+ = C_+γ_+0(n_+ + ½), rad/s."""
        return (
            np.asarray(self.cooperativity_plus)
            * self.linewidth_plus
            * (np.asarray(self.occupation_plus) + 0.5)
        )

    def homodyne(self, phase: Any) -> list[dict[str, Any]]:
        """Homodyne records of the light that leaves: X_φ,u + X_φ,l and P_φ,u − P_φ,l.

        These cosine and sine components of one light quadrature commute.

        Parameters
        ----------
        phase : float or array
            Phase φ of the detector in rad.

        Returns
        -------
        list of dict
            Two records, each with the weights of the outgoing quadratures, as
            `conditional_covariance` takes them.
        """
        cosine = np.cos(phase)
        sine = np.sin(phase)
        return [
            {"upper.X": cosine, "upper.Y": sine, "lower.X": cosine, "lower.Y": sine},
            {"upper.X": -sine, "upper.Y": cosine, "lower.X": sine, "lower.Y": -cosine},
        ]

    def dark(self) -> Self:
        """The system without light: each oscillator in thermal equilibrium with its bath.

        Returns
        -------
        HybridOscillators
        """
        return self.replace(cooperativity_minus=0.0, cooperativity_plus=0.0)

    def model(self) -> Model:
        """Eq. (3), with both sidebands of the light as ports: upper and lower, and between them."""
        kept = 1 - np.asarray(self.transmission_loss)
        return Model.build(
            ("minus", "plus"),
            [
                lose(
                    "minus",
                    "bath_minus",
                    energy_rate=self.linewidth_minus,
                    occupation=self.occupation_minus,
                ),
                lose(
                    "plus",
                    "bath_plus",
                    energy_rate=self.linewidth_plus,
                    occupation=self.occupation_plus,
                ),
                *_couple_to_light(
                    "minus",
                    self.coupling_minus,
                    self.angle_minus,
                    split="between_lower",
                    pair="between_upper",
                ),
                *_couple_to_light(
                    "plus", self.coupling_plus, self.angle_plus, split="upper", pair="lower"
                ),
                feed("between_lower", "lower", transmission=kept),
                feed("between_upper", "upper", transmission=kept),
            ],
        )


def _couple_to_light(mode: str, coupling: Any, angle: Any, *, split: str, pair: str) -> list[Term]:
    """An oscillator on the light: L = −i√Γ_B a at the port `split`, L = −i√Γ_P a† at `pair`.

    The amplitudes √Γ sin θ and √Γ cos θ may be negative; the phases carry their signs.
    """
    sine = np.sin(angle)
    cosine = np.cos(angle)
    return [
        lose(
            mode, split, energy_rate=coupling * sine**2, phase=np.where(sine < 0, pi / 2, -pi / 2)
        ),
        amplify(
            mode,
            pair,
            energy_rate=coupling * cosine**2,
            phase=np.where(cosine < 0, pi / 2, -pi / 2),
        ),
    ]
