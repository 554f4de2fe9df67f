"""Two resonators on one fibre (doi:10.1103/PhysRevApplied.18.064008).

Modes: optical left, right, mechanical left, right.
"""

import numpy as np

from . import HBAR, LIGHT, amplitudes, correlations, occupation, quadratures, sagnac

MODES = 4
MHZ = 2 * np.pi * 1e6
PUBLISHED = {
    "detuning_left": 88.54 * MHZ,
    "detuning_right": 88.54 * MHZ,
    "spin_left": 0.0,
    "spin_right": 0.0,
    "frequency_ratio": 1.0,
    "transmission": 1.0,
    "phase": 0.0,
    "power": 20e-3,
    "temperature": 0.1,
    "refractive_index": 1.48,
    "mass": 15e-12,
    "radius": 36e-6,
    "wavelength": 780e-9,
    "intrinsic_decay": 15 * MHZ,
    "external_decay_left": 27 * MHZ,
    "external_decay_right": 30 * MHZ,
    "mechanical_frequency": 88.54 * MHZ,
    "mechanical_damping": 2.2e-3 * MHZ,
    "input_side": "left",
    "noise": "published",
}


def derived(p):
    """Pairs (left, right): Δ_j with its Sagnac shift, κ_ex, ω_m, g, n_m; and ε_d. Eqs (1)–(3), (5).

    g = (ω_c/R)√(ħ/mω_m) is √2 above the zero-point coupling of H = −ħg a†a(b + b†); it is kept as
    printed. The laser's frequency in ε_d and the cavities' in g and Δ_F are 2πc/λ.
    """
    frequency = 2 * np.pi * LIGHT / p["wavelength"]
    sense = 1 if p["input_side"] == "left" else -1
    sides = ("left", "right")
    mechanical = [p["mechanical_frequency"], p["frequency_ratio"] * p["mechanical_frequency"]]
    return {
        "detuning": [
            p[f"detuning_{s}"] + sense * sagnac(p, p[f"spin_{s}"], frequency) for s in sides
        ],
        "external": [p[f"external_decay_{s}"] for s in sides],
        "mechanical": mechanical,
        "coupling": [
            frequency / p["radius"] * np.sqrt(HBAR / (p["mass"] * wm)) for wm in mechanical
        ],
        "occupation": [occupation(wm, p["temperature"]) for wm in mechanical],
        "field": np.sqrt(p["power"] / (HBAR * frequency)),
    }


def order(p):
    """Index of the resonator that the light meets first, and of the other."""
    return (0, 1) if p["input_side"] == "left" else (1, 0)


def drift(p, u):
    """Eqs (4) and (6); for an input from the right the two sides change roles."""
    d = derived(p)
    first, second = order(p)
    z = amplitudes(u)
    optical, motion = z[:2], z[2:]
    rates = np.zeros(4, complex)
    for j in (0, 1):
        kappa = p["intrinsic_decay"] + d["external"][j]
        rates[j] = -(1j * d["detuning"][j] + kappa / 2) * optical[j]
        rates[j] += 1j * d["coupling"][j] * optical[j] * 2 * motion[j].real
        rates[2 + j] = -(1j * d["mechanical"][j] + p["mechanical_damping"] / 2) * motion[j]
        rates[2 + j] += 1j * d["coupling"][j] * abs(optical[j]) ** 2
    rates[first] += np.sqrt(d["external"][first]) * d["field"]
    passed_on = np.exp(1j * p["phase"]) * (
        d["field"] - np.sqrt(d["external"][first]) * optical[first]
    )
    rates[second] += np.sqrt(p["transmission"] * d["external"][second]) * passed_on
    return quadratures(rates)


def noise(p):
    """Eqs (4), (5).

    "published": a vacuum of its own at every port. "consistent": the second port's input is
    √η e^{iφ} times the first port's vacuum and √(1−η) times a new one.
    """
    d = derived(p)
    first, second = order(p)
    into = [np.sqrt(rate) for rate in d["external"]]
    inputs = [(0, {j: (np.sqrt(p["intrinsic_decay"]), 0)}) for j in (0, 1)]
    inputs += [(d["occupation"][j], {2 + j: (np.sqrt(p["mechanical_damping"]), 0)}) for j in (0, 1)]
    if p["noise"] == "published":
        inputs += [(0, {j: (into[j], 0)}) for j in (0, 1)]
    else:
        carried = into[second] * np.sqrt(p["transmission"]) * np.exp(1j * p["phase"])
        inputs.append((0, {first: (into[first], 0), second: (carried, 0)}))
        inputs.append((0, {second: (into[second] * np.sqrt(1 - p["transmission"]), 0)}))
    return correlations(MODES, inputs)


def printed_means(p, shifts):
    """Eq. (10), input from the left, at the shifts g(β + β*): follows from Eq. (4)."""
    d = derived(p)
    (ex_l, ex_r), k0, field = d["external"], p["intrinsic_decay"], d["field"]
    det_l, det_r = (detuning - shift for detuning, shift in zip(d["detuning"], shifts, strict=True))
    a_l = np.sqrt(ex_l) * field / (1j * det_l + (k0 + ex_l) / 2)
    fed = (
        np.sqrt(p["transmission"] * ex_r) * np.exp(1j * p["phase"]) * (field - np.sqrt(ex_l) * a_l)
    )
    a_r = fed / (1j * det_r + (k0 + ex_r) / 2)
    motions = [
        1j * g * abs(a) ** 2 / (1j * wm + p["mechanical_damping"] / 2)
        for g, a, wm in zip(d["coupling"], (a_l, a_r), d["mechanical"], strict=True)
    ]
    return np.array([a_l, a_r, *motions])


def printed_drift_matrix(p, u):
    """Eq. (14) with Eq. (15), input from the left: follows from Eqs (4) and (6)."""
    d = derived(p)
    z = amplitudes(u)
    kl, kr = ((p["intrinsic_decay"] + ex) / 2 for ex in d["external"])
    dl, dr = (d["detuning"][j] - 2 * d["coupling"][j] * z[2 + j].real for j in (0, 1))
    ll, lr = (2 * d["coupling"][j] * z[j] for j in (0, 1))
    wl, wr = d["mechanical"]
    g = p["mechanical_damping"] / 2
    size = np.sqrt(p["transmission"] * d["external"][0] * d["external"][1])
    js, jc = size * np.sin(p["phase"]), size * np.cos(p["phase"])
    return np.array(
        [
            [-kl, dl, 0, 0, -ll.imag, 0, 0, 0],
            [-dl, -kl, 0, 0, ll.real, 0, 0, 0],
            [-jc, js, -kr, dr, 0, 0, -lr.imag, 0],
            [-js, -jc, -dr, -kr, 0, 0, lr.real, 0],
            [0, 0, 0, 0, -g, wl, 0, 0],
            [ll.real, ll.imag, 0, 0, -wl, -g, 0, 0],
            [0, 0, 0, 0, 0, 0, -g, wr],
            [0, 0, lr.real, lr.imag, 0, 0, -wr, -g],
        ]
    )


def printed_diffusion(p):
    """D below Eq. (18): follows from Eq. (5), in which every port has a vacuum of its own."""
    d = derived(p)
    optical = [(p["intrinsic_decay"] + ex) / 2 for ex in d["external"]]
    mechanical = [p["mechanical_damping"] * (2 * n + 1) / 2 for n in d["occupation"]]
    return np.diag(np.repeat([*optical, *mechanical], 2))


def draw(rng):
    """Both input sides, both noises, a lossy fibre of any length."""
    wm = 88.54 * MHZ * rng.uniform(0.8, 1.2)
    return {
        "detuning_left": wm * rng.uniform(0.6, 1.5),
        "detuning_right": wm * rng.uniform(0.6, 1.5),
        "spin_left": rng.uniform(-1e6, 1e6),
        "spin_right": rng.uniform(-1e6, 1e6),
        "frequency_ratio": rng.uniform(0.9, 1.1),
        "transmission": rng.choice([1.0, rng.uniform(0.3, 1.0)]),
        "phase": rng.uniform(0, 2 * np.pi),
        "power": rng.uniform(5e-3, 30e-3),
        "temperature": 10 ** rng.uniform(-2, 0.3),
        "refractive_index": rng.uniform(1.3, 2.0),
        "mass": rng.uniform(10e-12, 20e-12),
        "radius": rng.uniform(30e-6, 45e-6),
        "wavelength": rng.uniform(700e-9, 900e-9),
        "intrinsic_decay": rng.uniform(8, 20) * MHZ,
        "external_decay_left": rng.uniform(20, 40) * MHZ,
        "external_decay_right": rng.uniform(20, 40) * MHZ,
        "mechanical_frequency": wm,
        "mechanical_damping": 10 ** rng.uniform(-3, -1) * MHZ,
        "input_side": str(rng.choice(["left", "right"])),
        "noise": str(rng.choice(["published", "consistent"])),
    }
