"""The spinning resonator, doi:10.1103/PhysRevLett.125.143605.

Modes driven, reflected, mechanical.
"""

import numpy as np

from . import HBAR, LIGHT, amplitudes, correlations, occupation, quadratures, sagnac

MODES = 3
PUBLISHED = {
    "detuning": 0.3 * 63e6,
    "spin": 8e3,
    "backscattering": 0.0,
    "power": 20e-3,
    "temperature": 0.13,
    "refractive_index": 1.48,
    "dispersion": 0.0,
    "mass": 10e-12,
    "radius": 1.1e-3,
    "wavelength": 1.55e-6,
    "quality_factor": 3.2e7,
    "mechanical_frequency": 63e6,
    "mechanical_damping": 5.2e3,
}


def derived(p):
    """κ, Δ_F, G₀, ε and n_m, from the definitions around Eqs (1), (2) and (4)."""
    cavity = 2 * np.pi * LIGHT / p["wavelength"]
    kappa = cavity / p["quality_factor"]
    return {
        "decay": kappa,
        "sagnac_shift": sagnac(p, p["spin"], cavity, p["dispersion"]),
        "single_photon_coupling": cavity
        / p["radius"]
        * np.sqrt(HBAR / (p["mass"] * p["mechanical_frequency"])),
        "drive_amplitude": np.sqrt(2 * kappa * p["power"] / (HBAR * (cavity - p["detuning"]))),
        "occupation": occupation(p["mechanical_frequency"], p["temperature"]),
    }


def drift(p, u):
    """Eq. (3), the radiation pressure read as G₀ Σ_j a_j†a_j (the scan garbles the indices)."""
    d = derived(p)
    k, G, J = d["decay"], d["single_photon_coupling"], p["backscattering"]
    a1, a2 = amplitudes(u[:4])
    q, momentum = u[4:]
    plus, minus = p["detuning"] + d["sagnac_shift"], p["detuning"] - d["sagnac_shift"]
    da1 = -(1j * plus + k) * a1 - 1j * J * a2 + 1j * G * a1 * q + d["drive_amplitude"]
    da2 = -(1j * minus + k) * a2 - 1j * J * a1 + 1j * G * a2 * q
    dq = p["mechanical_frequency"] * momentum
    force = G * (abs(a1) ** 2 + abs(a2) ** 2)
    dp = -p["mechanical_frequency"] * q - p["mechanical_damping"] * momentum + force
    return np.append(quadratures([da1, da2]), [dq, dp])


def noise(p):
    """Eqs (3) and (4): vacuum into both modes; a Brownian force, without commutator, on p alone."""
    d = derived(p)
    gain = np.sqrt(2 * d["decay"])
    S = correlations(MODES, [(0, {0: (gain, 0)}), (0, {1: (gain, 0)})])
    S[5, 5] += p["mechanical_damping"] * (2 * d["occupation"] + 1)
    return S


def printed_means(p, q):
    """Eq. (7) at a displacement q: follows from Eq. (3)."""
    d = derived(p)
    k, J = d["decay"], p["backscattering"]
    plus, minus = (
        p["detuning"] + sign * d["sagnac_shift"] - d["single_photon_coupling"] * q
        for sign in (1, -1)
    )
    a1 = (1j * minus + k) * d["drive_amplitude"] / ((1j * plus + k) * (1j * minus + k) + J**2)
    return a1, -1j * J / (1j * minus + k) * a1


def printed_drift_matrix(p, u):
    """Eq. (6), the two modes' indices put back: follows from Eq. (3)."""
    d = derived(p)
    k, J, wm, gm = (
        d["decay"],
        p["backscattering"],
        p["mechanical_frequency"],
        p["mechanical_damping"],
    )
    plus, minus = (
        p["detuning"] + sign * d["sagnac_shift"] - d["single_photon_coupling"] * u[4]
        for sign in (1, -1)
    )
    g1, g2 = np.sqrt(2) * d["single_photon_coupling"] * amplitudes(u[:4])
    return np.array(
        [
            [-k, plus, 0, J, -g1.imag, 0],
            [-plus, -k, -J, 0, g1.real, 0],
            [0, J, -k, minus, -g2.imag, 0],
            [-J, 0, -minus, -k, g2.real, 0],
            [0, 0, 0, 0, 0, wm],
            [g1.real, g1.imag, g2.real, g2.imag, -wm, -gm],
        ]
    )


def printed_diffusion(p):
    """D below Eq. (10): follows from Eq. (4)."""
    d = derived(p)
    return np.diag([d["decay"]] * 4 + [0, p["mechanical_damping"] * (2 * d["occupation"] + 1)])


def draw(rng):
    """Around the published device, both senses of rotation, and every field moved."""
    wm = 63e6 * rng.uniform(0.8, 1.2)
    return {
        "detuning": wm * rng.uniform(0.5, 2.0),
        "spin": rng.uniform(-2.5e4, 2.5e4),
        "backscattering": rng.choice([0.0, 1.0]) * rng.uniform(0, 2) * 3.8e7,
        "power": rng.uniform(10e-3, 30e-3),
        "temperature": 10 ** rng.uniform(-2, 0.3),
        "refractive_index": rng.uniform(1.3, 2.0),
        "dispersion": rng.uniform(-2e4, 2e4),
        "mass": rng.uniform(8e-12, 12e-12),
        "radius": rng.uniform(0.9e-3, 1.3e-3),
        "wavelength": rng.uniform(1.3e-6, 1.6e-6),
        "quality_factor": rng.uniform(2e7, 5e7),
        "mechanical_frequency": wm,
        "mechanical_damping": 10 ** rng.uniform(3, 5),
    }
