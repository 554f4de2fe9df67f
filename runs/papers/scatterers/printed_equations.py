"""Eq. (9) as printed, and entanglement from a drift matrix."""

from __future__ import annotations

import numpy as np

from ....analysis.gaussian import log_negativity
from ....sde.support.checks import Array
from ....sde.systems.scatterers import ScattererResonator
from ....steady import fixed_points
from ....steady.lyapunov.solver import solve_lyapunov
from .systems import at_shifted_detuning


def printed_drift(system: ScattererResonator) -> Array:
    """Eq. (9) as printed at the means of Eq. (10), shape (..., 6, 6).

    It is the drift matrix of the mirror image, whose 𝒥₊ = η sin 2mβ alone has the other sign.
    """
    mean = fixed_points(system)["mean"].values[..., 0, :]
    return np.asarray(system.reversed().model().jacobian(mean, "mean"))


def printed_entanglement(system: ScattererResonator, places: Array) -> Array:
    """E_N,r by Eq. (9) as printed over Δ̃/Γ = places (n,); NaN where the matrix is unstable."""
    chosen = at_shifted_detuning(system, places)
    return entanglement(printed_drift(chosen), chosen.model().diffusion)


def entanglement(A: Array, diffusion: Array) -> Array:
    """E_N,r (...) from drift matrices (..., 6, 6); NaN where they are unstable."""
    values = np.full(A.shape[:-2], np.nan)
    stable = np.linalg.eigvals(A).real.max(axis=-1) < -1e-12 * np.abs(A).max(axis=(-2, -1))
    D = np.broadcast_to(diffusion, A.shape)
    values[stable] = log_negativity(solve_lyapunov(A[stable], D[stable]), 0, 2)
    return values
