"""The Langevin equations of the five papers, derived independently of the package; NumPy only.

Each module takes the physical parameters as a dict (SI, angular rates) and writes the paper's
equations for complex amplitudes: `drift(p, u)` in the quadratures (X₁, Y₁, X₂, Y₂, …), and
`noise(p)`, the correlations S of the noise operators, ⟨n_k(t) n_l(t′)⟩ = S_kl δ(t − t′). D = Re S,
and 2 Im S is the noise's commutator divided by i. `printed_…` functions are copied from the paper,
each with a note whether they follow from its Langevin equations.
"""

from typing import NamedTuple

import numpy as np

HBAR = 6.62607015e-34 / (2 * np.pi)
BOLTZMANN = 1.380649e-23
LIGHT = 299792458.0


def occupation(frequency, temperature):
    """Bose–Einstein, 0 at T = 0."""
    if temperature == 0:
        return 0.0
    weight = np.exp(-HBAR * frequency / (BOLTZMANN * temperature))
    return weight / -np.expm1(-HBAR * frequency / (BOLTZMANN * temperature))


def sagnac(p, spin, frequency, dispersion=0.0):
    """Δ_F = Ω (nRω_c/c)(1 − 1/n² − (λ/n) dn/dλ).

    Eq. (1) of the spinning and Eq. (2) of the cascaded paper.
    """
    n = p["refractive_index"]
    drag = 1 - 1 / n**2 - p["wavelength"] / n * dispersion
    return spin * n * p["radius"] * frequency / LIGHT * drag


def amplitudes(u):
    """(X + iY)/√2 of every pair."""
    return (u[0::2] + 1j * u[1::2]) / np.sqrt(2)


def quadratures(a):
    """(√2 Re, √2 Im) of every amplitude, in pairs; a rate of change converts likewise."""
    a = np.asarray(a, complex)
    return np.sqrt(2) * np.stack([a.real, a.imag], axis=-1).ravel()


def correlations(modes, inputs):
    """S from independent inputs b, each (occupation n, {mode: (factor of b, factor of b†)}).

    n_k = u b + w b†, so X_k = s b + s* b† with s = (u + w*)/√2, Y_k likewise with s = (u −
    w*)/(i√2); then ⟨z_k z_l⟩ = Σ s_k s_l* (n + 1) + s_k* s_l n from ⟨b b†⟩ = n + 1, ⟨b† b⟩ = n.
    """
    S = np.zeros((2 * modes, 2 * modes), complex)
    for n, coefficients in inputs:
        s = np.zeros(2 * modes, complex)
        for mode, (u, w) in coefficients.items():
            s[2 * mode] += (u + np.conj(w)) / np.sqrt(2)
            s[2 * mode + 1] += (u - np.conj(w)) / (1j * np.sqrt(2))
        S += (n + 1) * np.outer(s, s.conj()) + n * np.outer(s.conj(), s)
    return S


def symplectic(modes):
    """Ω = ⊕ [[0, 1], [−1, 0]]."""
    return np.kron(np.eye(modes), [[0.0, 1.0], [-1.0, 0.0]])


def jacobian(f, u):
    """A of a drift that is at most quadratic: the central difference is exact for any step."""
    h = max(1.0, np.abs(u).max())
    return np.stack([(f(u + h * e) - f(u - h * e)) / (2 * h) for e in np.eye(len(u))], axis=1)


def newton(f, u):
    """A root near u."""
    for _ in range(60):
        step = np.linalg.solve(jacobian(f, u), f(u))
        u = u - step
        if np.abs(step).max() <= 1e-13 * np.abs(u).max():
            return u - np.linalg.solve(jacobian(f, u), f(u))
    raise ArithmeticError("Newton did not converge")


def fixed_point(drift, p, size, steps=8):
    """One root of the mean-field drift: from rest, the power raised step by step."""
    u = np.zeros(size)
    if "power" not in p:
        return newton(lambda v: drift(p, v), u)
    for s in np.arange(1, steps + 1) / steps:
        part = {**p, "power": p["power"] * s**2}
        u = newton(lambda v, part=part: drift(part, v), u)
    return u


def lyapunov(A, D):
    """A V + V Aᵀ = −D as one linear system."""
    scale, one = np.abs(A).max(), np.eye(len(A))
    K = np.kron(A, one) + np.kron(one, A)
    V = np.linalg.solve(K / scale, -D.ravel() / scale).reshape(A.shape)
    return (V + V.T) / 2


def log_negativity(V, i, j):
    """max(0, −ln 2ν⁻), ν⁻² = (Σ − √(Σ² − 4 det V′))/2, Σ = det 𝒜 + det ℬ − 2 det 𝒞.

    Without the cancellation of that difference.
    """
    rows = [2 * i, 2 * i + 1, 2 * j, 2 * j + 1]
    W = V[np.ix_(rows, rows)]
    det = np.linalg.det
    sigma, whole = det(W[:2, :2]) + det(W[2:, 2:]) - 2 * det(W[:2, 2:]), det(W)
    squared = 2 * whole / (sigma + np.sqrt(sigma**2 - 4 * whole))
    return max(0.0, -np.log(2 * np.sqrt(squared)))


class Point(NamedTuple):
    """A stable steady state of one derivation."""

    p: dict
    u: np.ndarray
    A: np.ndarray
    S: np.ndarray
    V: np.ndarray


def solve(paper, p):
    """The steady state at parameters p; None where Newton's method or stability fails.

    Stable means a margin above 10⁻³ of the largest rate.
    """
    try:
        u = fixed_point(paper.drift, p, 2 * paper.MODES)
    except ArithmeticError:
        return None
    A, S = jacobian(lambda v: paper.drift(p, v), u), paper.noise(p)
    eigenvalues = np.linalg.eigvals(A)
    if -eigenvalues.real.max() <= 1e-3 * np.abs(eigenvalues).max():
        return None
    return Point(p, u, A, S, lyapunov(A, S.real))


def commutator_defect(paper, p, u):
    """AΩ + ΩAᵀ + 2 Im S, the rate of change of [u, uᵀ]/i, over A's largest element; and that."""
    A = jacobian(lambda v: paper.drift(p, v), u)
    omega, largest = symplectic(paper.MODES), np.abs(A).max()
    return (A @ omega + omega @ A.T + 2 * paper.noise(p).imag) / largest, largest
