"""A resonator with defects and a nanoparticle, doi:10.1103/PhysRevApplied.23.024061.

Modes CW, CCW, mechanical.
"""

import numpy as np

from . import HBAR, amplitudes, correlations, occupation, quadratures

MODES = 3
WM = 63e6
IMMUNE = np.pi / 8
PUBLISHED = {
    "detuning": -0.5 * WM,
    "defect": 0.6 * WM,
    "nanoparticle": 0.6 * WM,
    "angle": IMMUNE,
    "azimuthal_number": 4,
    "power": 30e-3,
    "temperature": 0.2,
    "mass": 10e-12,
    "radius": 1.1e-3,
    "optical_frequency": 1.22e15,
    "mechanical_frequency": WM,
    "mechanical_damping": 1e-5 * WM,
    "intrinsic_decay": 0.3 * WM,
    "external_decay": 0.3 * WM,
    "noise": "published",
}


def derived(p):
    """J₁, J₂, Δ_c = Δ_a + Δ_J, Γ, G₀, a_in, ε, n_m: Eqs (1), (2); several defects: Sec. III."""
    defects = [(p["defect"], 0.0)] if np.ndim(p["defect"]) == 0 else list(p["defect"])
    scatterers = [*defects, (p["nanoparticle"], p["angle"])]
    m = p["azimuthal_number"]
    field = np.sqrt(p["power"] / (HBAR * (p["optical_frequency"] - p["detuning"])))
    mechanical = p["mechanical_frequency"]
    return {
        "J1": sum(strength * np.exp(-2j * m * angle) for strength, angle in scatterers),
        "J2": sum(strength * np.exp(+2j * m * angle) for strength, angle in scatterers),
        "Delta_c": p["detuning"] + sum(strength for strength, _ in scatterers),
        "Gamma": p["intrinsic_decay"] + p["external_decay"],
        "G0": p["optical_frequency"] / p["radius"] * np.sqrt(HBAR / (p["mass"] * mechanical)),
        "field": field,
        "drive": np.sqrt(2 * p["external_decay"]) * field,
        "occupation": occupation(mechanical, p["temperature"]),
    }


def drift(p, u):
    """Eq. (3)."""
    d = derived(p)
    a_r, a_l = amplitudes(u[:4])
    q, momentum = u[4:]
    own = -1j * d["Delta_c"] - d["Gamma"] + 1j * d["G0"] * q
    da_r = own * a_r - 1j * d["J1"] * a_l + d["drive"]
    da_l = own * a_l - 1j * d["J2"] * a_r
    dq = p["mechanical_frequency"] * momentum
    force = d["G0"] * (abs(a_r) ** 2 + abs(a_l) ** 2)
    dp = -p["mechanical_frequency"] * q - p["mechanical_damping"] * momentum + force
    return np.append(quadratures([da_r, da_l]), [dq, dp])


def noise(p):
    """Eqs (3)–(5): four vacua, and γ_m(2n+1) on p; "published" halves that, as in the paper's D."""
    gains = [np.sqrt(2 * p[name]) for name in ("intrinsic_decay", "external_decay")]
    S = correlations(MODES, [(0, {mode: (gain, 0)}) for mode in (0, 1) for gain in gains])
    kick = p["mechanical_damping"] * (2 * derived(p)["occupation"] + 1)
    S[5, 5] += kick / 2 if p["noise"] == "published" else kick
    return S


def transmission(p, u):
    """|a_out/a_in|² with a_out = a_in − √(2κ_ex) α_r."""
    return (
        abs(1 - np.sqrt(2 * p["external_decay"]) * amplitudes(u[:4])[0] / derived(p)["field"]) ** 2
    )


def printed_means(p, q):
    """Eq. (10) at a displacement q: follows from Eq. (3)."""
    d = derived(p)
    pole = 1j * (d["Delta_c"] - d["G0"] * q) + d["Gamma"]
    below = pole**2 + d["J1"] * d["J2"]
    return pole * d["drive"] / below, -1j * d["J2"] * d["drive"] / below


def printed_transmission(p, q):
    """Eq. (14): follows from Eq. (10)."""
    d = derived(p)
    pole = 1j * (d["Delta_c"] - d["G0"] * q) + d["Gamma"]
    return abs(1 - 2 * p["external_decay"] * pole / (pole**2 + d["J1"] * d["J2"])) ** 2


def printed_drift_matrix(p, u):
    """Eq. (9), which differs from Eq. (3): the signs of 𝒥₊ = η sin 2mβ are opposite."""
    d = derived(p)
    k, wm, gm = d["Gamma"], p["mechanical_frequency"], p["mechanical_damping"]
    plus, minus = (1j * (d["J1"] - d["J2"]) / 2).real, ((d["J1"] + d["J2"]) / 2).real
    det = d["Delta_c"] - d["G0"] * u[4]
    gr, gl = np.sqrt(2) * d["G0"] * amplitudes(u[:4])
    return np.array(
        [
            [-k, det, plus, minus, -gr.imag, 0],
            [-det, -k, -minus, plus, gr.real, 0],
            [-plus, minus, -k, det, -gl.imag, 0],
            [-minus, -plus, -det, -k, gl.real, 0],
            [0, 0, 0, 0, 0, wm],
            [gr.real, gr.imag, gl.real, gl.imag, -wm, -gm],
        ]
    )


def printed_diffusion(p):
    """D above Eq. (11): its last entry is half of what its correlator (5) gives."""
    d = derived(p)
    return np.diag([d["Gamma"]] * 4 + [0, (d["occupation"] + 0.5) * p["mechanical_damping"]])


def draw(rng):
    """One to three defects; detunings around the optimum of the effective one."""
    wm = WM * rng.uniform(0.8, 1.2)
    inner, outer, strength, particle = wm * rng.uniform(0.2, 0.6, 4)
    m, number = int(rng.integers(2, 6)), rng.integers(1, 4)
    angles = rng.uniform(0, np.pi / m, number)
    shares = strength * rng.dirichlet(np.ones(number))
    several = tuple(
        (float(share), float(angle)) for share, angle in zip(shares, angles, strict=True)
    )
    return {
        "detuning": rng.uniform(0.4, 3.0) * (inner + outer) - strength - particle,
        "defect": float(strength) if number == 1 else several,
        "nanoparticle": particle,
        "angle": rng.uniform(0, np.pi / m),
        "azimuthal_number": m,
        "power": rng.uniform(5e-3, 50e-3),
        "temperature": 10 ** rng.uniform(-2, 0.3),
        "mass": rng.uniform(5e-12, 15e-12),
        "radius": rng.uniform(0.8e-3, 1.5e-3),
        "optical_frequency": rng.uniform(1.0e15, 1.4e15),
        "mechanical_frequency": wm,
        "mechanical_damping": wm * 10 ** rng.uniform(-5, -3),
        "intrinsic_decay": inner,
        "external_decay": outer,
        "noise": str(rng.choice(["published", "consistent"])),
    }
