"""Drummond, McNeil and Walls, Opt. Acta 27, 321 (1980); modes fundamental, harmonic.

H = i(χ/2)(a₁†²a₂ − a₁²a₂†) + i ε₁(a₁† − a₁) − ε₂(a₂† + a₂), amplitude rates γ₁ and γ₂.
"""

import numpy as np

from ...sde.papers import correlations
from .polynomials import MHZ, amplitude, rows

PUBLISHED = {"γ_1": MHZ, "γ_2": MHZ, "χ": 0.2 * MHZ, "pump": 1.2, "seed": 5.0}


def critical_drive(p):
    """ε_c = (2γ₁ + γ₂)√(2γ₂(γ₁ + γ₂))/χ."""
    g1, g2 = p["γ_1"], p["γ_2"]
    return (2 * g1 + g2) * np.sqrt(2 * g2 * (g1 + g2)) / p["χ"]


def drift(p):
    a1, a2 = map(amplitude, range(2))
    drive = p["pump"] * critical_drive(p)
    return rows(
        -p["γ_1"] * a1 + p["χ"] * a1.conj() * a2 + drive,
        -p["γ_2"] * a2 - p["χ"] / 2 * a1 * a1 + 1j * p["seed"] * p["γ_2"],
    )


def noise(p):
    gains = np.sqrt(2 * p["γ_1"]), np.sqrt(2 * p["γ_2"])
    return correlations(2, [(0, {mode: (gain, 0)}) for mode, gain in enumerate(gains)])
