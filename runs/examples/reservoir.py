"""Two cavity modes that one damped mechanical mode entangles: reservoir engineering.

H/ħ = G₁(a†m + m†a) + G₂(b m + m†b†), each mode with its own bath, in the frame of the drives.

References
----------
Y.-D. Wang and A. A. Clerk, Phys. Rev. Lett. 110, 253601 (2013),
doi:10.1103/PhysRevLett.110.253601.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import qlangevin as ql
from qlangevin import terms


@dataclass(frozen=True, eq=False)
class TwoModeReservoir(ql.System):
    """Two cavities driven on opposite sidebands of one mechanical mode, linearised."""

    conversion: Any = ql.parameter("G₁", "rad/s", "coupling of the cavity driven on the red side")
    pair_creation: Any = ql.parameter("G₂", "rad/s", "that of the other, driven on the blue side")
    decay: Any = ql.parameter("κ", "rad/s", "energy decay rate of both cavities", sign="positive")
    damping: Any = ql.parameter("γ", "rad/s", "energy decay rate of the motion", sign="positive")
    occupation: Any = ql.parameter("n", "", "phonons in the mechanical bath", sign="nonnegative")

    REFERENCE: ClassVar[str] = "doi:10.1103/PhysRevLett.110.253601"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "conversion": 2e7 * np.pi,
        "pair_creation": 1.76e7 * np.pi,
        "decay": 2e6 * np.pi,
        "damping": 4e7 * np.pi,
        "occupation": 0.1,
    }

    def model(self) -> ql.Model:
        """Modes red, blue, motion."""
        a, b, m = ql.operators("red", "blue", "motion")
        pairs = b * m + m.dag() * b.dag()
        H = self.conversion * (a.dag() * m + m.dag() * a) + self.pair_creation * pairs
        baths = [
            terms.jump("red_port", np.sqrt(self.decay) * a),
            terms.jump("blue_port", np.sqrt(self.decay) * b),
            terms.jump("bath", np.sqrt(self.damping) * m, occupation=self.occupation),
        ]
        return ql.Model.build(["red", "blue", "motion"], [terms.hamiltonian(H), *baths])
