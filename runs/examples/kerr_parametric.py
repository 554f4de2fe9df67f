"""A Kerr oscillator under a two-photon drive, with one-photon loss.

H/ħ = Δ a†a + (K/2) a†²a² − (p/2)(a†² + a²), in the frame of half the pump frequency.

References
----------
N. Bartolo, F. Minganti, W. Casteels and C. Ciuti, Phys. Rev. A 94, 033841 (2016),
doi:10.1103/PhysRevA.94.033841; H. Goto, Sci. Rep. 6, 21686 (2016), doi:10.1038/srep21686.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import qlangevin as ql
from qlangevin import terms


@dataclass(frozen=True, eq=False)
class KerrParametricOscillator(ql.System):
    """One mode whose two oscillations differ by a sign; the vacuum is stable for p² < Δ² + κ²/4.

    For Δ < 0 there are oscillations beside the stable vacuum, from p = κ/2 on.
    """

    detuning: Any = ql.parameter("Δ", "rad/s", "mode minus half the pump frequency")
    kerr: Any = ql.parameter("K", "rad/s", "shift of its frequency per photon", sign="positive")
    pump: Any = ql.parameter("p", "rad/s", "two-photon drive", sign="nonnegative")
    decay: Any = ql.parameter("κ", "rad/s", "energy decay rate", sign="positive")

    REFERENCE: ClassVar[str] = "doi:10.1103/PhysRevA.94.033841"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning": 0.0,
        "kerr": 2e5 * np.pi,
        "pump": 2e6 * np.pi,
        "decay": 2e6 * np.pi,
    }

    @ql.quantity("rad/s")
    def threshold(self) -> Any:
        """The pump at which the vacuum becomes unstable, √(Δ² + κ²/4), rad/s."""
        return np.hypot(self.detuning, np.asarray(self.decay) / 2)

    def model(self) -> ql.Model:
        """One mode, oscillator."""
        (a,) = ql.operators("oscillator")
        H = (
            self.detuning * a.dag() * a
            + self.kerr / 2 * a.dag() ** 2 * a**2
            - self.pump / 2 * (a.dag() ** 2 + a**2)
        )
        loss = terms.jump("line", np.sqrt(self.decay) * a)
        return ql.Model.build(["oscillator"], [terms.hamiltonian(H), loss])
