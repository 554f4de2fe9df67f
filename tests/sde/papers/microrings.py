"""Two coupled microrings, one driven by photon pairs, doi:10.1103/PhysRevA.109.062423.

Modes a, b.
"""

import numpy as np

from . import amplitudes, correlations, occupation, quadratures

MODES = 2
MHZ = 2 * np.pi * 1e6
PUBLISHED = {
    "detuning_a": 115 * MHZ,
    "detuning_b": -115 * MHZ,
    "coupling": 35 * MHZ,
    "two_photon_drive": 11.5 * MHZ,
    "drive": 0.0,
    "decay_a": 5 * MHZ,
    "decay_b": 5 * MHZ,
    "frequency_a": 193.4e6 * MHZ,
    "frequency_b": 193.4e6 * MHZ,
    "temperature": 0.02,
}


def drift(p, u):
    """Eq. (3); Eq. (4), the backward input, is two_photon_drive = 0."""
    a, b = amplitudes(u)
    da = -(1j * p["detuning_a"] + p["decay_a"]) * a - 1j * p["coupling"] * b - 1j * p["drive"]
    db = (
        -(1j * p["detuning_b"] + p["decay_b"]) * b
        - 1j * p["coupling"] * a
        - 2j * p["two_photon_drive"] * np.conj(b)
    )
    return quadratures([da, db])


def noise(p):
    """Eqs (3) and (5): √(2κ) times an input of occupation n."""
    n_a, n_b = (occupation(p[f"frequency_{mode}"], p["temperature"]) for mode in "ab")
    inputs = [
        (n_a, {0: (np.sqrt(2 * p["decay_a"]), 0)}),
        (n_b, {1: (np.sqrt(2 * p["decay_b"]), 0)}),
    ]
    return correlations(MODES, inputs)


def printed_drift_matrix(p):
    """Eq. (8): follows from Eq. (3)."""
    ka, kb, da, db = p["decay_a"], p["decay_b"], p["detuning_a"], p["detuning_b"]
    J, pump = p["coupling"], p["two_photon_drive"]
    return np.array(
        [
            [-ka, da, 0, J],
            [-da, -ka, -J, 0],
            [0, J, -kb, db - 2 * pump],
            [-J, 0, -db - 2 * pump, -kb],
        ]
    )


def draw(rng):
    """Half of the points are at microwave frequencies, where the baths are not empty."""
    frequency = 193.4e6 if rng.random() < 0.5 else 1e3
    return {
        "detuning_a": rng.uniform(-150, 150) * MHZ,
        "detuning_b": rng.uniform(-150, 150) * MHZ,
        "coupling": rng.uniform(0, 40) * MHZ,
        "two_photon_drive": rng.uniform(0, 30) * MHZ,
        "drive": rng.uniform(-100, 100) * MHZ,
        "decay_a": rng.uniform(2, 10) * MHZ,
        "decay_b": rng.uniform(2, 10) * MHZ,
        "frequency_a": frequency * rng.uniform(0.5, 2) * MHZ,
        "frequency_b": frequency * rng.uniform(0.5, 2) * MHZ,
        "temperature": rng.uniform(0.0, 0.1),
    }
