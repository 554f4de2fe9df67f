"""doi:10.1103/PhysRevLett.98.030405: before linearisation; modes light, mirror."""

import numpy as np

from ...sde.papers import HBAR, LIGHT, correlations, occupation
from .polynomials import HZ, MHZ, amplitude, quadrature, rows

PUBLISHED = {
    "L": 1e-3,
    "m": 5e-12,
    "ω_m": 10 * MHZ,
    "γ_m": 100 * HZ,
    "F": 1.07e4,
    "λ": 810e-9,
    "P": 50e-3,
    "T": 0.4,
    "Δ": 10 * MHZ,
    "c_light": LIGHT,
}


def derived(p):
    laser = 2 * np.pi * p["c_light"] / p["λ"]
    kappa = np.pi * p["c_light"] / (p["L"] * p["F"])
    G0 = laser / p["L"] * np.sqrt(HBAR / (p["m"] * p["ω_m"]))
    E = np.sqrt(2 * kappa * p["P"] / (HBAR * laser))
    photons = E**2 / (kappa**2 + p["Δ"] ** 2)
    return kappa, G0, E, photons


def drift(p):
    kappa, G0, E, photons = derived(p)
    bare = p["Δ"] + G0**2 * photons / p["ω_m"]
    a = amplitude(0)
    q = quadrature(2)
    momentum = quadrature(3)
    da = -(1j * bare + kappa) * a + 1j * G0 * q * a + E
    force = G0 * (a.conj() * a - 0.5).real
    return [
        *rows(da),
        p["ω_m"] * momentum,
        -p["ω_m"] * q - p["γ_m"] * momentum + force,
    ]


def noise(p):
    gain = np.sqrt(2 * derived(p)[0])
    S = correlations(2, [(0, {0: (gain, 0)})])
    S[3, 3] += p["γ_m"] * (2 * occupation(p["ω_m"], p["T"]) + 1)
    return S


def drift_matrix(p):
    """The paper's, light before motion: G = √2 G₀|α|, the phase of the light chosen real."""
    kappa, G0, _, photons = derived(p)
    G = np.sqrt(2 * photons) * G0
    return np.array(
        [
            [-kappa, p["Δ"], 0, 0],
            [-p["Δ"], -kappa, G, 0],
            [0, 0, 0, p["ω_m"]],
            [G, 0, -p["ω_m"], -p["γ_m"]],
        ]
    )
