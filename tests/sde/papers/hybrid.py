"""Two oscillators on one travelling light field, the first of negative mass. Modes minus, plus.

X. Huang, E. Zeuthen, Q. Gong, Q. He, "Engineering asymmetric steady-state Einstein-Podolsky-Rosen
steering in macroscopic hybrid systems"; the model is that of their Ref. [53], Phys. Rev. Lett. 121,
103602 (2018).
"""

import numpy as np

from . import amplitudes, correlations, quadratures

MODES = 2
PUBLISHED = {
    "cooperativity_minus": 50.0,
    "cooperativity_plus": 50.0,
    "angle_minus": 0.35 * np.pi,
    "angle_plus": 0.35 * np.pi,
    "transmission_loss": 0.0,
    "linewidth_minus": 2 * np.pi * 0.1,
    "linewidth_plus": 2 * np.pi * 0.1,
    "occupation_minus": 1e5,
    "occupation_plus": 1e5,
}


def derived(p):
    """Pairs (minus, plus): γ̃ = γ₀(n+½), Γ = Cγ̃, Γ_B, Γ_P, γ = γ₀ + Γ_B − Γ_P; and R."""
    sides = ("minus", "plus")
    thermal = [p[f"linewidth_{s}"] * (p[f"occupation_{s}"] + 0.5) for s in sides]
    total = [p[f"cooperativity_{s}"] * rate for s, rate in zip(sides, thermal, strict=True)]
    beam = [rate * np.sin(p[f"angle_{s}"]) ** 2 for s, rate in zip(sides, total, strict=True)]
    pair = [rate - part for rate, part in zip(total, beam, strict=True)]
    return {
        "thermal": thermal,
        "total": total,
        "beam": beam,
        "pair": pair,
        "damping": [p[f"linewidth_{s}"] + beam[j] - pair[j] for j, s in enumerate(sides)],
        "coupling": np.sqrt(beam[0] * pair[1]) - np.sqrt(beam[1] * pair[0]),
    }


def drift(p, u):
    """Eq. (3) in the frames of the two oscillators."""
    d = derived(p)
    minus, plus = amplitudes(u)
    through = np.sqrt(1 - p["transmission_loss"])
    dplus = -d["damping"][1] / 2 * plus + through * d["coupling"] * np.conj(minus)
    return quadratures([-d["damping"][0] / 2 * minus, dplus])


def noise(p, adjoint=True):
    """Eq. (3): light of both sidebands meets both modes, the vacuum of the loss the second alone.

    The paper prints b′_l where only b′_l† keeps [a₊, a₊†]; `adjoint=False` is the printed form.
    """
    d = derived(p)
    (beam_m, beam_p), (pair_m, pair_p) = np.sqrt(d["beam"]), np.sqrt(d["pair"])
    through, lost = np.sqrt(1 - p["transmission_loss"]), np.sqrt(p["transmission_loss"])
    lower_loss = (0, 1j * lost * pair_p) if adjoint else (1j * lost * pair_p, 0)
    inputs = [
        (0, {0: (1j * beam_m, 0), 1: (0, 1j * through * pair_p)}),  # b_l
        (0, {0: (0, 1j * pair_m), 1: (1j * through * beam_p, 0)}),  # b_u
        (0, {1: lower_loss}),  # b′_l
        (0, {1: (1j * lost * beam_p, 0)}),  # b′_u
        (p["occupation_minus"], {0: (np.sqrt(p["linewidth_minus"]), 0)}),
        (p["occupation_plus"], {1: (np.sqrt(p["linewidth_plus"]), 0)}),
    ]
    return correlations(MODES, inputs)


def printed_covariance(p):
    """Eq. (4) with R = −√(Γ₊Γ₋) sin(θ₊ − θ₋): the steady state of Eq. (3)."""
    d = derived(p)
    (gm, gp), (tm, tp), (total_m, total_p) = d["damping"], d["thermal"], d["total"]
    tm_angle, tp_angle = p["angle_minus"], p["angle_plus"]
    through, size = np.sqrt(1 - p["transmission_loss"]), np.sqrt(total_p * total_m)
    R = -size * np.sin(tp_angle - tm_angle)
    minus = (total_m / 2 + tm) / gm
    cross = -through * (size * np.sin(tp_angle + tm_angle) - 2 * R * minus) / (gp + gm)
    plus = (total_p / 2 + tp + 2 * through * R * cross) / gp
    return np.block(
        [
            [minus * np.eye(2), cross * np.diag([1, -1])],
            [cross * np.diag([1, -1]), plus * np.eye(2)],
        ]
    )


def draw(rng):
    """Cold to hot baths, any loss, couplings that cool or heat less than the bath damps."""
    return {
        "cooperativity_minus": rng.uniform(0.5, 100),
        "cooperativity_plus": rng.uniform(0.5, 100),
        "angle_minus": rng.uniform(0.2, 0.5) * np.pi,
        "angle_plus": rng.uniform(0.2, 0.5) * np.pi,
        "transmission_loss": rng.choice([0.0, rng.uniform(0, 1)]),
        "linewidth_minus": 10 ** rng.uniform(0, 4),
        "linewidth_plus": 10 ** rng.uniform(0, 4),
        "occupation_minus": rng.choice([0.0, 10 ** rng.uniform(0, 4)]),
        "occupation_plus": rng.choice([0.0, 10 ** rng.uniform(0, 4)]),
    }
