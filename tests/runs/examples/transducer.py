"""Beam splitters of microwave and light with one membrane; modes microwave, membrane, light."""

import numpy as np

from ...sde.papers import correlations, occupation
from .polynomials import HZ, MHZ, amplitude, rows

PUBLISHED = {
    "ω_m": 0.56 * MHZ,
    "γ_m": 4 * HZ,
    "T": 0.04,
    "κ_e": 1.5 * MHZ,
    "κ_e0": 0.1 * MHZ,
    "κ_o": 1.3 * MHZ,
    "κ_o0": 0.4 * MHZ,
    "C_e": 1000.0,
    "C_o": 1000.0,
    "flux": 1e6,
}


def couplings(p):
    """g_e and g_o of the cooperativities C = 4g²/(κγ_m), κ the whole linewidth."""
    return [
        np.sqrt(p[C] * (p[port] + p[loss]) * p["γ_m"]) / 2
        for C, port, loss in (("C_e", "κ_e", "κ_e0"), ("C_o", "κ_o", "κ_o0"))
    ]


def drift(p):
    g_e, g_o = couplings(p)
    e, b, o = map(amplitude, range(3))
    signal = np.sqrt(p["κ_e"] * p["flux"])
    de = -(p["κ_e"] + p["κ_e0"]) / 2 * e - 1j * g_e * b + signal
    db = -p["γ_m"] / 2 * b - 1j * g_e * e - 1j * g_o * o
    do = -(p["κ_o"] + p["κ_o0"]) / 2 * o - 1j * g_o * b
    return rows(de, db, do)


def noise(p):
    cold = [(0, {0: (np.sqrt(p["κ_e"]), 0)}), (0, {0: (np.sqrt(p["κ_e0"]), 0)})]
    cold += [(0, {2: (np.sqrt(p["κ_o"]), 0)}), (0, {2: (np.sqrt(p["κ_o0"]), 0)})]
    thermal = (occupation(p["ω_m"], p["T"]), {1: (np.sqrt(p["γ_m"]), 0)})
    return correlations(3, [*cold, thermal])
