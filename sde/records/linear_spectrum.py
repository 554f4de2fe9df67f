"""Spectra of recorded light in linear theory, exact for the steps, bins and window of a run."""

from __future__ import annotations

import numpy as np

from ..kept_elements import KeptElements
from ..linear_algebra.discrete_lyapunov import solve_discrete_lyapunov
from ..linear_algebra.linear_steps import repeated_steps
from ..support.checks import Array
from .record_plan import RecordPlan

UNSETTLED = 0.01
"""Relative difference from the stationary covariance up to which a record begins settled."""


def settled_spectrum(
    plan: RecordPlan, E: Array, N: Array, covariance: Array, kept: KeptElements
) -> Array | None:
    """Mean S (frequencies, outputs, outputs) of the periodograms of linearised steps.

    E, N (n + outputs, n + outputs) : the step u ← (1 + E) u + noise of covariance N, of the modes
    and then of the light. covariance : that of the modes when the record begins, (n, n) or the kept
    elements. None where the steps are unstable, or have not settled by then.
    """
    n = kept.size
    eigenvalues = np.linalg.eigvals(E[:n, :n])
    if np.any(2 * eigenvalues.real + np.abs(eigenvalues) ** 2 >= 0):
        return None
    V = solve_discrete_lyapunov(E[:n, :n], 0.5 * (N + N.T)[:n, :n])
    stationary = V if covariance.ndim == 2 else kept.packed(V)
    settled = np.linalg.norm(covariance - stationary) <= UNSETTLED * np.linalg.norm(stationary)
    if not settled:  # or V is not finite
        return None
    return stationary_spectrum(plan, *repeated_steps(E, N, plan.stride), V)


def stationary_spectrum(plan: RecordPlan, E: Array, N: Array, V: Array) -> Array:
    """Mean S (frequencies, outputs, outputs) of the periodograms of linear steps that have settled.

    E, N (n + outputs, n + outputs) : the step u ← (1 + E) u + noise of covariance N, over a bin,
    of the modes and then of the light. V (n, n) : stationary covariance of the modes.
    """
    n = len(V)
    F, C = np.eye(n) + E[:n, :n], E[n:, :n]
    leaving = F @ V @ C.T + N[:n, n:]
    lags = [C @ V @ C.T + N[n:, n:]]
    for _ in range(plan.bins - 1):
        lags.append(C @ leaving)
        leaving = F @ leaving
    overlap = np.correlate(plan.window, plan.window, "full")[plan.bins - 1 :]
    weighted = overlap[:, None, None] * np.array(lags) / plan.bin
    times = plan.bin * np.arange(plan.bins)
    waves = np.exp(1j * plan.frequencies[:, None] * times)
    half = np.einsum("ft,tab->fab", waves[:, 1:], weighted[1:])
    return np.asarray(weighted[0] + half + half.conj().swapaxes(-1, -2))
