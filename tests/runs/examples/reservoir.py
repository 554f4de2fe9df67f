"""doi:10.1103/PhysRevLett.110.253601; modes red, blue, motion.

ȧ = −(κ/2)a − iG₁m, ḃ = −(κ/2)b − iG₂m†, ṁ = −(γ/2)m − iG₁a − iG₂b†, each with its input.
"""

import numpy as np

from ...sde.papers import correlations
from .polynomials import MHZ, amplitude, rows

PUBLISHED = {
    "conversion": 10 * MHZ,
    "pair_creation": 8.8 * MHZ,
    "decay": MHZ,
    "damping": 20 * MHZ,
    "occupation": 0.1,
}


def drift(p):
    a, b, m = map(amplitude, range(3))
    G1, G2 = p["conversion"], p["pair_creation"]
    return rows(
        -p["decay"] / 2 * a - 1j * G1 * m,
        -p["decay"] / 2 * b - 1j * G2 * m.conj(),
        -p["damping"] / 2 * m - 1j * G1 * a - 1j * G2 * b.conj(),
    )


def noise(p):
    light = [(0, {mode: (np.sqrt(p["decay"]), 0)}) for mode in range(2)]
    return correlations(3, [*light, (p["occupation"], {2: (np.sqrt(p["damping"]), 0)})])


def cavity_moments(p):
    """⟨a†a⟩, ⟨b†b⟩ and ⟨ab⟩, by the Bogoliubov modes A = c a + s b† and B = c b + s a†.

    With G = √(G₁² − G₂²), c = G₁/G and s = G₂/G, the motion exchanges quanta with A alone, at
    the rate R = 4G²/(κ + γ); both see their bath as s² quanta, with ⟨AB⟩ = cs in it.
    """
    kappa, gamma, n = p["decay"], p["damping"], p["occupation"]
    G1, G2 = p["conversion"], p["pair_creation"]
    G = np.sqrt(G1**2 - G2**2)
    c, s = G1 / G, G2 / G
    rate = 4 * G**2 / (kappa + gamma)
    flow = rate * (s**2 - n) / (1 + rate / kappa + rate / gamma)
    n_A, n_B = s**2 - flow / kappa, s**2
    AB = c * s / (1 + rate / (2 * kappa))
    n_a = c**2 * n_A + s**2 * (n_B + 1) - 2 * c * s * AB
    n_b = c**2 * n_B + s**2 * (n_A + 1) - 2 * c * s * AB
    ab = (c**2 + s**2) * AB - c * s * (n_A + n_B + 1)
    return n_a, n_b, ab


def log_negativity(p):
    n_a, n_b, ab = cavity_moments(p)
    return -np.log(n_a + n_b + 1 - np.sqrt((n_a - n_b) ** 2 + 4 * ab**2))
