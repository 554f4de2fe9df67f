"""Gaussian states, simple and random, on which the measures are tested; vacuum variance ½."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from qlangevin.analysis.gaussian import symplectic_form

FLIP = np.diag([1.0, -1.0])
exact = settings(derandomize=True, deadline=None, max_examples=60)
seeds = st.integers(0, 2**32 - 1)


def two_mode_squeezed(r, occupation=0.0):
    """Two-mode squeezed thermal state: ν = n + ½ twice, ν⁻ = (n + ½) e^{−2r}."""
    c = np.cosh(2 * r) * np.eye(2)
    s = np.sinh(2 * r) * FLIP
    return (occupation + 0.5) * np.block([[c, s], [s, c]])


def loss(V, transmissions):
    """Each mode through its own beam splitter with vacuum."""
    kept = np.repeat(transmissions, 2)
    return np.sqrt(np.outer(kept, kept)) * V + np.diag((1 - kept) / 2)


def thermal(*occupations):
    return np.diag(np.repeat(np.asarray(occupations, float) + 0.5, 2))


def direct_sum(*blocks):
    size = sum(len(block) for block in blocks)
    V = np.zeros((size, size))
    at = 0
    for block in blocks:
        V[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return V


def passive(rng, modes):
    """A random lossless interferometer: a unitary on the amplitudes."""
    amplitudes = rng.normal(size=(modes, modes)) + 1j * rng.normal(size=(modes, modes))
    unitary = np.linalg.qr(amplitudes)[0]
    return np.kron(unitary.real, np.eye(2)) - np.kron(unitary.imag, symplectic_form(1))


def random_symplectic(rng, modes):
    """Interferometer, squeezers, interferometer (Bloch–Messiah); |r| ≤ 1 bounds rounding errors."""
    r = rng.uniform(-1, 1, size=modes)
    squeezers = np.exp(np.stack([r, -r], axis=-1).ravel())
    return passive(rng, modes) * squeezers @ passive(rng, modes)


def local_symplectic(rng, modes):
    return direct_sum(*(random_symplectic(rng, 1) for _ in range(modes)))


def random_state(rng, modes, occupations=None):
    S = random_symplectic(rng, modes)
    V = S @ thermal(*(rng.exponential(size=modes) if occupations is None else occupations)) @ S.T
    return (V + V.T) / 2


def local_phases(rng, modes):
    return direct_sum(*(rotation(angle) for angle in rng.uniform(0, 2 * np.pi, size=modes)))


def rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def random_separable(rng, modes):
    """Squeezed vacua, each of its own mode, under classical noise that they share."""
    local = local_symplectic(rng, modes)
    noise = rng.normal(size=(2 * modes, 2 * modes)) * rng.exponential(0.5)
    return local @ local.T / 2 + noise @ noise.T
