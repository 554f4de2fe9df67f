"""doi:10.1103/PhysRevLett.121.203601: before linearisation; modes cavity, magnon, phonon."""

import numpy as np

from ...sde.papers import correlations, occupation
from .polynomials import HZ, MHZ, amplitude, quadrature, rows

PUBLISHED = {
    "ω_a": 1e4 * MHZ,
    "ω_b": 10 * MHZ,
    "Δ_a": -10 * MHZ,
    "Δ_m": 9 * MHZ,
    "κ_a": MHZ,
    "κ_m": MHZ,
    "γ_b": 100 * HZ,
    "g_ma": 3.2 * MHZ,
    "G_mb": 3.2 * MHZ,
    "g_mb": 0.2 * HZ,
    "T": 0.01,
}


def driven(p):
    """|⟨m⟩|, and the drive Ω that keeps it there."""
    magnons = p["G_mb"] / (np.sqrt(2) * p["g_mb"])
    response = 1j * p["Δ_m"] + p["κ_m"] + p["g_ma"] ** 2 / (1j * p["Δ_a"] + p["κ_a"])
    return magnons, abs(response) * magnons


def drift(p):
    magnons, drive = driven(p)
    bare = p["Δ_m"] + p["g_mb"] ** 2 * magnons**2 / p["ω_b"]
    a = amplitude(0)
    m = amplitude(1)
    q = quadrature(4)
    momentum = quadrature(5)
    da = -(1j * p["Δ_a"] + p["κ_a"]) * a - 1j * p["g_ma"] * m
    dm = -(1j * bare + p["κ_m"]) * m - 1j * p["g_ma"] * a - 1j * p["g_mb"] * q * m + drive
    force = -p["g_mb"] * (m.conj() * m - 0.5).real
    return [
        *rows(da, dm),
        p["ω_b"] * momentum,
        -p["ω_b"] * q - p["γ_b"] * momentum + force,
    ]


def noise(p):
    n_a = occupation(p["ω_a"], p["T"])
    inputs = [(n_a, {mode: (np.sqrt(2 * p[rate]), 0)}) for mode, rate in ((0, "κ_a"), (1, "κ_m"))]
    S = correlations(3, inputs)
    S[5, 5] += p["γ_b"] * (2 * occupation(p["ω_b"], p["T"]) + 1)
    return S


def drift_matrix(p):
    """The paper's, with the phase of the magnons that makes G_mb real."""
    wb, g, G = p["ω_b"], p["g_ma"], p["G_mb"]
    return np.array(
        [
            [-p["κ_a"], p["Δ_a"], 0, g, 0, 0],
            [-p["Δ_a"], -p["κ_a"], -g, 0, 0, 0],
            [0, g, -p["κ_m"], p["Δ_m"], -G, 0],
            [-g, 0, -p["Δ_m"], -p["κ_m"], 0, 0],
            [0, 0, 0, 0, 0, wb],
            [0, 0, 0, G, -wb, -p["γ_b"]],
        ]
    )
