"""doi:10.1103/PhysRevA.94.033841 without two-photon loss; one mode.

H = Δ a†a + (K/2) a†²a² − (p/2)(a†² + a²), one-photon loss at the energy rate κ.
"""

import numpy as np

from ...sde.papers import correlations
from .polynomials import MHZ, amplitude, rows

PUBLISHED = {"detuning": 0.0, "kerr": 0.1 * MHZ, "pump": MHZ, "decay": MHZ}


def drift(p):
    a = amplitude(0)
    kerr = -1j * p["kerr"] * (a.conj() * a - 1) * a
    return rows(-(1j * p["detuning"] + p["decay"] / 2) * a + kerr + 1j * p["pump"] * a.conj())


def noise(p):
    return correlations(1, [(0, {0: (np.sqrt(p["decay"]), 0)})])


def photons(p):
    """|α|² of the oscillations: K|α|² = −Δ ± √(p² − κ²/4), the stable one first."""
    root = np.sqrt(p["pump"] ** 2 - p["decay"] ** 2 / 4)
    return [(sign * root - p["detuning"]) / p["kerr"] for sign in (1, -1)]
