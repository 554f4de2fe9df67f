"""Switching rates from residence times, with a correction for recrossings.

A path that enters a core may leave it again at once (a recrossing), and one that has just left
cannot arrive at once. Both spoil a plain count of exits. Beyond a memory time m of some relaxation
times, exits no longer depend on how the path entered: residence times of branch i are exponential
there. Two numbers describe them, the hazard and the commitment,

    h_i = exits beyond m / time at risk beyond m,
    κ_i = e^{h_i m} · share of the arrivals that stay beyond m.

The survival of arrivals is κ_i e^{−h_i t} at t > m: recrossings make κ < 1, the time that a
crossing takes makes κ > 1. Independent residences relax at the rate r₁ + r₂, and occupations settle
at r₂ : r₁, with

    r₁ = h₁ κ₂ / (κ₁ + κ₂ − κ₁κ₂),        r₂ = h₂ κ₁ / (κ₁ + κ₂ − κ₁κ₂).

(Renewal theory: s = −(r₁ + r₂) solves f̂₁(s) f̂₂(s) = 1 for the Laplace transforms of both
residence-time distributions, to first order in r m. To first order in 1 − κ the factor is the
transmission coefficient of reactive flux, doi:10.1063/1.440484.) The rates depend on neither the
size of the cores nor the memory, as long as both are within their range.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from ...sde.support.checks import Array
from .residences import ResidenceCounts

CONFIDENCE = 0.95
"""Confidence level of the Poisson interval of a rate."""


def hazard(late_exits: Array, time_at_risk: Array, *_: Array, memory: float) -> Array:
    """Hazards h (..., 2), 1/s, from counts (..., 2)."""
    return np.asarray(late_exits / time_at_risk)


def commitment(
    late_exits: Array, time_at_risk: Array, arrivals: Array, stayed: Array, *, memory: float
) -> Array:
    """Commitments κ (..., 2) from counts (..., 2); one where there is no arrival."""
    share = np.where(arrivals > 0, stayed / np.where(arrivals > 0, arrivals, 1), 1.0)
    growth = np.where(arrivals > 0, np.exp(late_exits / time_at_risk * memory), 1.0)
    return np.asarray(share * growth)


def rates(
    late_exits: Array, time_at_risk: Array, arrivals: Array, stayed: Array, *, memory: float
) -> Array:
    """Rates r (..., 2), 1/s, from counts (..., 2)."""
    kappa = commitment(late_exits, time_at_risk, arrivals, stayed, memory=memory)
    denominator = kappa.sum(axis=-1) - kappa.prod(axis=-1)
    return np.asarray(late_exits / time_at_risk * kappa[..., ::-1] / denominator[..., None])


def total_rate(*counts: Array, memory: float) -> Array:
    """Sum of both rates r₁ + r₂ (...), 1/s, from counts (..., 2)."""
    return np.asarray(rates(*counts, memory=memory).sum(axis=-1))


def rate_values(counts: ResidenceCounts) -> dict[str, Array]:
    """Hazard, commitment and rate (2,) of each branch, and r₁ + r₂, with their errors."""
    exits = counts.late_exits.sum(axis=0)
    (h, h_error), (kappa, kappa_error) = counts.estimate(hazard), counts.estimate(commitment)
    (rate, error), (total, total_error) = counts.estimate(rates), counts.estimate(total_rate)
    some = exits > 0
    return {
        "hazard": h,
        "hazard_stderr": np.where(some, h_error, np.nan),
        "commitment": kappa,
        "commitment_stderr": kappa_error,
        "rate": rate,
        "rate_stderr": np.where(some, error, np.nan),
        "rate_total": total,
        "rate_total_stderr": np.where(some.all(), total_error, np.nan),
        **_poisson_values(exits, counts.time_at_risk.sum(axis=0), rate, h),
    }


def _poisson_values(
    exits: Array, time_at_risk: Array, rate: Array, hazard: Array
) -> dict[str, Array]:
    """Standard error and confidence interval of rates (2,) whose exits are a Poisson process."""
    tail = (1 - CONFIDENCE) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(exits > 0, rate / hazard, 1.0) / time_at_risk
        stderr = np.where(exits > 0, rate / np.sqrt(exits), np.nan)
        low = np.where(exits > 0, stats.chi2.ppf(tail, 2 * exits) / 2, 0.0) * factor
        high = stats.chi2.isf(tail, 2 * exits + 2) / 2 * factor
    return {"rate_stderr_poisson": stderr, "rate_low": low, "rate_high": high}
