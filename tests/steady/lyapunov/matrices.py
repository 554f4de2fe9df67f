"""Drift and diffusion matrices with steady covariances in closed form, or random."""

import numpy as np
import pytest

from qlangevin.steady.stability import margin

KAPPA = 2 * np.pi * 1.3e6
N = 0.7
ROUNDING = 4e-16


def thermal_cavity(detuning):
    A = KAPPA * np.array([[-1.0, detuning], [-detuning, -1.0]])
    return A, KAPPA * (2 * N + 1) * np.eye(2), (N + 0.5) * np.eye(2)


def amplifier(pump, detuning):
    """Degenerate amplifier, χ = pump · κ and Δ = detuning · κ."""
    x = pump
    y = detuning
    A = KAPPA * np.array([[-1 + x, y], [-y, -1 - x]])
    V = (N + 0.5) / (1 + y**2 - x**2) * np.array([[y**2 + 1 + x, -y * x], [-y * x, y**2 + 1 - x]])
    return A, KAPPA * (2 * N + 1) * np.eye(2), V


def beam_splitter(coupling, slow, n_a, n_b):
    """Two cavities of amplitude decay κ and slow · κ, coupled by coupling · κ, in two baths."""
    J = coupling
    a = 1.0
    b = slow
    A = KAPPA * np.array([[-a, 0, 0, J], [0, -a, -J, 0], [0, J, -b, 0], [-J, 0, 0, -b]])
    D = KAPPA * np.diag(np.repeat([a * (2 * n_a + 1), b * (2 * n_b + 1)], 2))
    mixed = J**2 * (a * n_a + b * n_b) / (a + b)
    N_a, N_b = (np.array([a * b * n_a, a * b * n_b]) + mixed) / (a * b + J**2)
    V = np.diag(np.repeat([N_a, N_b], 2) + 0.5)
    V[0, 3] = V[3, 0] = J * (N_b - N_a) / (a + b)
    V[1, 2] = V[2, 1] = -V[0, 3]
    return A, D, V


def brownian(quality_factor):
    omega = 2 * np.pi * 23.4e6
    gamma = omega / quality_factor
    A = np.array([[0.0, omega], [-omega, -gamma]])
    return A, np.diag([0.0, gamma * (2 * N + 1)]), (N + 0.5) * np.eye(2)


CLOSED_FORMS = {
    "cavity on resonance": thermal_cavity(0.0),
    "detuned cavity": thermal_cavity(3.1),
    "amplifier": amplifier(0.9, 0.0),
    "amplifier close to threshold": amplifier(1 - 2**-20, 0.0),
    "detuned amplifier": amplifier(1.2, 0.8),
    "defective amplifier": amplifier(1.5, 1.5),
    "beam splitter between baths": beam_splitter(0.6, 0.25, 0.0, 9.0),
    "beam splitter to a slow oscillator": beam_splitter(2**-10, 2**-30, 0.0, 100.0),
    **{f"Brownian oscillator, Q = {Q:.0e}": brownian(Q) for Q in (1e2, 1e5, 1e8, 1e11, 1e12)},
}
closed_forms = pytest.mark.parametrize(
    ("A", "D", "V"), CLOSED_FORMS.values(), ids=CLOSED_FORMS.keys()
)


def stable_matrices(size, count, slowest=0.05):
    """Random drift matrices with max Re λ = −slowest · κ and random diffusion."""
    rng = np.random.default_rng([7, size])
    A = rng.normal(size=(count, size, size))
    A -= (slowest - margin(A))[:, None, None] * np.eye(size)
    B = rng.normal(size=(count, size, size))
    return KAPPA * A, KAPPA * B @ B.swapaxes(-1, -2)


def optomechanics(quality_factor):
    """A driven cavity, linearised, coupled to an oscillator of a quality factor in a hot bath."""
    kappa, omega, G, detuning = 2 * np.pi * np.array([15e6, 23.4e6, 2e3, 20e6])
    gamma = omega / quality_factor
    A = np.array(
        [
            [-kappa, detuning, 0, 0],
            [-detuning, -kappa, G, 0],
            [0, 0, 0, omega],
            [G, 0, -omega, -gamma],
        ]
    )
    return A, np.diag([kappa, kappa, 0, gamma * 2001])


def relative_error(V, expected):
    return np.linalg.norm(V - expected, axis=(-2, -1)) / np.linalg.norm(expected, axis=(-2, -1))
