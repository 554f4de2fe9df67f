"""Langevin equations of the shipped examples, written by hand from their papers.

Every class has the example's published parameters `PUBLISHED` in SI units, `draw(rng)` for others,
the c-number drift of symmetric ordering, in which a†a is |α|² − ½ and a†a² is (|α|² − 1)α, and the
correlations S of the noise operators, whose real part is the diffusion matrix.
"""

from __future__ import annotations

import numpy as np

from ...sde.papers import HBAR, LIGHT, correlations, occupation
from .polynomials import amplitude, quadrature, rows

MHZ = 2 * np.pi * 1e6
HZ = 2 * np.pi


def varied(published, rng):
    """Every parameter changed by up to 30 %; a rate that is 0 by up to 2π × 0.3 MHz."""
    changes = {name: rng.uniform(-0.3, 0.3) for name in published}
    return {name: value + changes[name] * (value or MHZ) for name, value in published.items()}


class Optomechanics:
    """doi:10.1103/PhysRevLett.98.030405, Eqs. (3), before linearisation; modes light, mirror."""

    MODES = 2
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
        "c_0": LIGHT,
    }

    @staticmethod
    def derived(p):
        laser = 2 * np.pi * p["c_0"] / p["λ"]
        kappa = np.pi * p["c_0"] / (p["L"] * p["F"])
        G0 = laser / p["L"] * np.sqrt(HBAR / (p["m"] * p["ω_m"]))
        E = np.sqrt(2 * kappa * p["P"] / (HBAR * laser))
        photons = E**2 / (kappa**2 + p["Δ"] ** 2)
        return kappa, G0, E, photons

    @classmethod
    def drift(cls, p):
        kappa, G0, E, photons = cls.derived(p)
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

    @classmethod
    def noise(cls, p):
        gain = np.sqrt(2 * cls.derived(p)[0])
        S = correlations(2, [(0, {0: (gain, 0)})])
        S[3, 3] += p["γ_m"] * (2 * occupation(p["ω_m"], p["T"]) + 1)
        return S

    @classmethod
    def drift_matrix(cls, p):
        """Eq. (7), light before motion: G = √2 G₀|α|, the phase of the light chosen real."""
        kappa, G0, _, photons = cls.derived(p)
        G = np.sqrt(2 * photons) * G0
        return np.array(
            [
                [-kappa, p["Δ"], 0, 0],
                [-p["Δ"], -kappa, G, 0],
                [0, 0, 0, p["ω_m"]],
                [G, 0, -p["ω_m"], -p["γ_m"]],
            ]
        )


class Magnomechanics:
    """doi:10.1103/PhysRevLett.121.203601, Eqs. (1)-(3); modes cavity, magnon, phonon."""

    MODES = 3
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

    @staticmethod
    def driven(p):
        """|⟨m⟩|, and the drive Ω that keeps it there."""
        magnons = p["G_mb"] / (np.sqrt(2) * p["g_mb"])
        response = 1j * p["Δ_m"] + p["κ_m"] + p["g_ma"] ** 2 / (1j * p["Δ_a"] + p["κ_a"])
        return magnons, abs(response) * magnons

    @classmethod
    def drift(cls, p):
        magnons, drive = cls.driven(p)
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

    @staticmethod
    def noise(p):
        n_a = occupation(p["ω_a"], p["T"])
        inputs = [
            (n_a, {mode: (np.sqrt(2 * p[rate]), 0)}) for mode, rate in ((0, "κ_a"), (1, "κ_m"))
        ]
        S = correlations(3, inputs)
        S[5, 5] += p["γ_b"] * (2 * occupation(p["ω_b"], p["T"]) + 1)
        return S

    @staticmethod
    def drift_matrix(p):
        """Eq. (5), with the phase of the magnons that makes G_mb real, and −G_mb in row x."""
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


class Transducer:
    """Beam splitters of microwave and light with one membrane; modes microwave, membrane, light."""

    MODES = 3
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

    @staticmethod
    def couplings(p):
        """g_e and g_o of the cooperativities C = 4g²/(κγ_m), κ the whole linewidth."""
        return [
            np.sqrt(p[C] * (p[port] + p[loss]) * p["γ_m"]) / 2
            for C, port, loss in (("C_e", "κ_e", "κ_e0"), ("C_o", "κ_o", "κ_o0"))
        ]

    @classmethod
    def drift(cls, p):
        g_e, g_o = cls.couplings(p)
        e, b, o = map(amplitude, range(3))
        signal = np.sqrt(p["κ_e"] * p["flux"])
        de = -(p["κ_e"] + p["κ_e0"]) / 2 * e - 1j * g_e * b + signal
        db = -p["γ_m"] / 2 * b - 1j * g_e * e - 1j * g_o * o
        do = -(p["κ_o"] + p["κ_o0"]) / 2 * o - 1j * g_o * b
        return rows(de, db, do)

    @staticmethod
    def noise(p):
        cold = [(0, {0: (np.sqrt(p["κ_e"]), 0)}), (0, {0: (np.sqrt(p["κ_e0"]), 0)})]
        cold += [(0, {2: (np.sqrt(p["κ_o"]), 0)}), (0, {2: (np.sqrt(p["κ_o0"]), 0)})]
        thermal = (occupation(p["ω_m"], p["T"]), {1: (np.sqrt(p["γ_m"]), 0)})
        return correlations(3, [*cold, thermal])


class Reservoir:
    """doi:10.1103/PhysRevLett.110.253601; modes red, blue, motion.

    ȧ = −(κ/2)a − iG₁m, ḃ = −(κ/2)b − iG₂m†, ṁ = −(γ/2)m − iG₁a − iG₂b†, each with its input.
    """

    MODES = 3
    PUBLISHED = {
        "conversion": 10 * MHZ,
        "pair_creation": 8.8 * MHZ,
        "decay": MHZ,
        "damping": 20 * MHZ,
        "occupation": 0.1,
    }

    @staticmethod
    def drift(p):
        a, b, m = map(amplitude, range(3))
        G1, G2 = p["conversion"], p["pair_creation"]
        return rows(
            -p["decay"] / 2 * a - 1j * G1 * m,
            -p["decay"] / 2 * b - 1j * G2 * m.conj(),
            -p["damping"] / 2 * m - 1j * G1 * a - 1j * G2 * b.conj(),
        )

    @staticmethod
    def noise(p):
        light = [(0, {mode: (np.sqrt(p["decay"]), 0)}) for mode in range(2)]
        return correlations(3, [*light, (p["occupation"], {2: (np.sqrt(p["damping"]), 0)})])

    @staticmethod
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

    @classmethod
    def log_negativity(cls, p):
        n_a, n_b, ab = cls.cavity_moments(p)
        return -np.log(n_a + n_b + 1 - np.sqrt((n_a - n_b) ** 2 + 4 * ab**2))


class SecondHarmonic:
    """Drummond, McNeil and Walls, Opt. Acta 27, 321 (1980); modes fundamental, harmonic.

    H = i(χ/2)(a₁†²a₂ − a₁²a₂†) + i ε₁(a₁† − a₁) − ε₂(a₂† + a₂), amplitude rates γ₁ and γ₂.
    """

    MODES = 2
    PUBLISHED = {"γ_1": MHZ, "γ_2": MHZ, "χ": 0.05 * MHZ, "pump": 1.2, "seed": 1.0}

    @staticmethod
    def critical_drive(p):
        """ε_c = (2γ₁ + γ₂)√(2γ₂(γ₁ + γ₂))/χ."""
        g1, g2 = p["γ_1"], p["γ_2"]
        return (2 * g1 + g2) * np.sqrt(2 * g2 * (g1 + g2)) / p["χ"]

    @classmethod
    def drift(cls, p):
        a1, a2 = map(amplitude, range(2))
        drive = p["pump"] * cls.critical_drive(p)
        return rows(
            -p["γ_1"] * a1 + p["χ"] * a1.conj() * a2 + drive,
            -p["γ_2"] * a2 - p["χ"] / 2 * a1 * a1 + 1j * p["seed"] * p["γ_2"],
        )

    @staticmethod
    def noise(p):
        gains = np.sqrt(2 * p["γ_1"]), np.sqrt(2 * p["γ_2"])
        return correlations(2, [(0, {mode: (gain, 0)}) for mode, gain in enumerate(gains)])


class KerrParametric:
    """doi:10.1103/PhysRevA.94.033841 without two-photon loss; one mode.

    H = Δ a†a + (K/2) a†²a² − (p/2)(a†² + a²), one-photon loss at the energy rate κ.
    """

    MODES = 1
    PUBLISHED = {"detuning": 0.0, "kerr": 0.1 * MHZ, "pump": MHZ, "decay": MHZ}

    @staticmethod
    def drift(p):
        a = amplitude(0)
        kerr = -1j * p["kerr"] * (a.conj() * a - 1) * a
        return rows(-(1j * p["detuning"] + p["decay"] / 2) * a + kerr + 1j * p["pump"] * a.conj())

    @staticmethod
    def noise(p):
        return correlations(1, [(0, {0: (np.sqrt(p["decay"]), 0)})])

    @staticmethod
    def photons(p):
        """|α|² of the oscillations: K|α|² = −Δ ± √(p² − κ²/4), the stable one first."""
        root = np.sqrt(p["pump"] ** 2 - p["decay"] ** 2 / 4)
        return [(sign * root - p["detuning"]) / p["kerr"] for sign in (1, -1)]
