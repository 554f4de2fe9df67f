"""Three workloads in numbers, their references, and the deviation of a result from them.

Trajectories. A spinning optomechanical resonator, state (x₁, y₁, x₂, y₂, q, p) from zero,
Euler–Maruyama:

    α̇₁ = −(iΔ₁ + κ)α₁ − iJα₂ + iGα₁q + ε + noise,   α̇₂ = −(iΔ₂ + κ)α₂ − iJα₁ + iGα₂q + noise
    q̇ = ωp,   ṗ = −ωq − γp + G Σ_j (|α_j|² − ½) + noise

Moments. dV/dt = AV + VAᵀ + D from V = 0 for many random stable A, at equal times.
Lyapunov. AV + VAᵀ + D = 0 for many random stable A.

Only NumPy and SciPy are imported here, so that peers may run in an environment without the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.linalg import expm, solve_continuous_lyapunov

Array = np.ndarray[Any, np.dtype[Any]]

OMEGA, KAPPA, DELTA_1, DELTA_2 = 1.0, 0.6, 1.0, 0.9
EXCHANGE, COUPLING, FRICTION, OCCUPATION, DRIVE = 0.3, 2e-3, 8e-5, 270.0, 60.0
PUSH = float(np.sqrt(2.0) * DRIVE)
LIGHT_NOISE = float(np.sqrt(KAPPA))
FORCE_NOISE = float(np.sqrt(2 * FRICTION * (OCCUPATION + 0.5)))
"""Noise amplitudes: dx = … + LIGHT_NOISE dW, dp = … + FORCE_NOISE dW."""
TRAJECTORIES, STEPS, STEP, TIMES = 10_000, 5_000, 2e-3, 100
EVERY = STEPS // TIMES
THREADS = 2

EQUATIONS, SIZE, SPAN, MOMENT_TIMES = 2_000, 6, 50.0, 200
CHECKED_EQUATIONS = 10
LYAPUNOV_EQUATIONS = 10_000


@dataclass(frozen=True, eq=False)
class Moments:
    """Ensemble mean (TIMES, 6), covariance (TIMES, 6, 6), and the number of trajectories."""

    mean: Array
    covariance: Array
    trajectories: int

    @classmethod
    def of_sums(cls, first: Array, second: Array, trajectories: int) -> Moments:
        """From the sums of the states (TIMES, 6) and of their products (TIMES, 6, 6)."""
        mean = first / trajectories
        covariance = second / trajectories - mean[:, :, None] * mean[:, None, :]
        return cls(mean, covariance * trajectories / (trajectories - 1), trajectories)


def drift(state: Any) -> tuple[Any, ...]:
    """Deterministic part of d(x₁, y₁, x₂, y₂, q, p)/dt, for numbers or arrays of any library."""
    x1, y1, x2, y2, q, p = state
    d1, d2 = DELTA_1 - COUPLING * q, DELTA_2 - COUPLING * q
    return (
        -KAPPA * x1 + d1 * y1 + EXCHANGE * y2 + PUSH,
        -KAPPA * y1 - d1 * x1 - EXCHANGE * x2,
        -KAPPA * x2 + d2 * y2 + EXCHANGE * y1,
        -KAPPA * y2 - d2 * x2 - EXCHANGE * x1,
        OMEGA * p,
        -OMEGA * q
        - FRICTION * p
        + COUPLING * (0.5 * (x1 * x1 + y1 * y1 + x2 * x2 + y2 * y2) - 1.0),
    )


def jacobian(state: Array) -> Array:
    """∂drift/∂state, shape (6, 6)."""
    x1, y1, x2, y2, q, _ = state
    g, d1, d2 = COUPLING, DELTA_1 - COUPLING * q, DELTA_2 - COUPLING * q
    return np.array(
        [
            [-KAPPA, d1, 0, EXCHANGE, -g * y1, 0],
            [-d1, -KAPPA, -EXCHANGE, 0, g * x1, 0],
            [0, EXCHANGE, -KAPPA, d2, -g * y2, 0],
            [-EXCHANGE, 0, -d2, -KAPPA, g * x2, 0],
            [0, 0, 0, 0, 0, OMEGA],
            [g * x1, g * y1, g * x2, g * y2, -OMEGA, -FRICTION],
        ]
    )


def diffusion() -> Array:
    """D of the trajectories, shape (6, 6)."""
    return np.diag([LIGHT_NOISE**2] * 4 + [0.0, FORCE_NOISE**2])


@cache
def reference() -> tuple[Array, Array]:
    """Mean and covariance of the Euler chain at the sample times, by Gaussian closure.

    What the closure leaves out is of the order of COUPLING², far below the error of the ensemble.
    """
    mean, V, Q, g = np.zeros(6), np.zeros((6, 6)), diffusion() * STEP, COUPLING
    means, covariances = [], []
    for k in range(1, STEPS + 1):
        M = np.eye(6) + STEP * jacobian(mean)
        light = 0.5 * (V[0, 0] + V[1, 1] + V[2, 2] + V[3, 3])
        curvature = g * np.array([-V[4, 1], V[4, 0], -V[4, 3], V[4, 2], 0.0, light])
        mean = mean + STEP * (np.array(drift(mean)) + curvature)
        V = M @ V @ M.T + Q
        if k % EVERY == 0:
            means.append(mean)
            covariances.append(V)
    return np.array(means), np.array(covariances)


def trajectories_deviation(moments: Moments) -> float:
    """Largest deviation of mean and covariance from the reference, in standard errors."""
    mean, V = reference()
    variance = np.einsum("tii->ti", V)
    mean_error = np.sqrt(variance / moments.trajectories)
    error = np.sqrt((variance[:, :, None] * variance[:, None, :] + V**2) / moments.trajectories)
    z = [np.abs(moments.mean - mean) / mean_error, np.abs(moments.covariance - V) / error]
    return max(float(each.max()) for each in z)


@cache
def stable_equations(count: int, n: int) -> tuple[Array, Array, Array]:
    """Random A (count, n, n) with eigenvalues left of −0.1, noise amplitudes B, and D = BBᵀ."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((count, n, n)) / np.sqrt(n)
    A -= (np.linalg.eigvals(A).real.max(axis=1) + 0.1)[:, None, None] * np.eye(n)
    B = rng.standard_normal((count, n, n))
    return A, B, B @ B.transpose(0, 2, 1)


@cache
def moments_reference() -> Array:
    """V(t) = V∞ − e^{At}V∞e^{Aᵀt} of the first equations.

    Shape (CHECKED_EQUATIONS, MOMENT_TIMES, n, n).
    """
    A, _, D = (each[:CHECKED_EQUATIONS] for each in stable_equations(EQUATIONS, SIZE))
    times = np.linspace(0, SPAN, MOMENT_TIMES + 1)[1:]
    steady = np.array([solve_continuous_lyapunov(a, -d) for a, d in zip(A, D, strict=True)])[
        :, None
    ]
    F = expm(A[:, None] * times[:, None, None])
    return np.asarray(steady - F @ steady @ F.swapaxes(-1, -2))


def moments_deviation(V: Array) -> float:
    """Largest error of the covariances of the first equations (…, MOMENT_TIMES, n, n).

    It is relative to the largest element of the solution of each equation.
    """
    expected = moments_reference()
    error = np.abs(V[:CHECKED_EQUATIONS] - expected).max(axis=(1, 2, 3))
    return float(np.max(error / np.abs(expected).max(axis=(1, 2, 3))))


def lyapunov_deviation(V: Array) -> float:
    """Largest residual of AV + VAᵀ + D, relative to ‖A‖‖V‖ + ‖D‖, each the largest element."""
    count, n, _ = V.shape
    A, _, D = stable_equations(LYAPUNOV_EQUATIONS, n)
    AV = A[:count] @ V
    residual = np.abs(AV + AV.swapaxes(-1, -2) + D[:count]).max(axis=(1, 2))
    size = [np.abs(each).max(axis=(1, 2)) for each in (A[:count], V, D[:count])]
    return float(np.max(residual / (size[0] * size[1] + size[2])))
