"""Checks of an ensemble, each a record of numbers: linearisation, steady state, entanglement.

Sampled numbers have error bars, exact numbers have none. The check of the integrator is that of
`integrator`, the check of the step that of `step_size`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ...sde.kept_elements import KeptElements
from ...sde.labels import Variable
from ..estimation import estimate
from ..gaussian import log_negativity
from ..measure_names import in_words
from .deviations import Array, largest, relative
from .integrator import IntegratorCheck, integrator_check, require_twins
from .levels import late_change

__all__ = [
    "RELAXATION_TIMES",
    "IntegratorCheck",
    "LinearizationCheck",
    "SteadyCheck",
    "entanglement",
    "integrator_check",
    "linearization_check",
    "pair_negativity",
    "steady_check",
]

SETTLED = 0.01
"""Relative distance of late moments from the steady ones below which a run counts as settled."""
DRIFTS = 4.0
"""Standard errors from which a change of the late covariance is significant."""
RELAXATION_TIMES = -np.log(SETTLED)
"""Time constants of the slowest mode that a run must last, for its start to decay to `SETTLED`."""
TIME = ("time",)
ENTANGLEMENT = {
    variable.name: variable
    for variable in (
        Variable("log_negativity", TIME, "nats", "E_N of the pair, better estimate"),
        Variable("log_negativity_stderr", TIME, "nats", "standard error of E_N"),
        Variable("log_negativity_estimator", TIME, "", "estimate of E_N that is taken"),
        Variable("log_negativity_sample", TIME, "nats", "E_N of the plain ensemble"),
        Variable("log_negativity_sample_stderr", TIME, "nats", "standard error of the plain E_N"),
        Variable("log_negativity_linear", TIME, "nats", "E_N of the moment equation"),
        Variable("log_negativity_step", TIME, "nats", "E_N of the exact law at this step"),
    )
}
"""The variables of `entanglement`."""


@dataclass(frozen=True)
class LinearizationCheck:
    """Full trajectories against the moment equation, by the coupled difference.

    Attributes
    ----------
    error, error_stderr : float
        Largest |ΔV_ij|/√(V_ii V_jj) at late times, and its standard error.
    significance : float
        Root mean square z of the difference.
    gain : float
        Median over elements and late times of the plain standard error over the coupled one.
    entanglement_error, entanglement_error_stderr : float
        E_N (full) − E_N (linearised) at the end in nats, and its standard error.
    entanglement_gain : float
        The gain of E_N.
    """

    error: float
    error_stderr: float
    significance: float
    gain: float
    entanglement_error: float
    entanglement_error_stderr: float
    entanglement_gain: float


@dataclass(frozen=True)
class SteadyCheck:
    """The end of a run against Lyapunov, and whether the run has settled.

    Attributes
    ----------
    mean_distance : float
        Relative distance of the mean from the fixed point.
    covariance_distance, covariance_distance_stderr : float
        Relative distance of the covariance from Lyapunov's, which includes the error of the
        linearisation, and its standard error.
    transient : float
        Relative distance of the linearised mean and covariance, which does not include it.
    drift, drift_stderr : float
        Relative change of the trajectories' covariance from the third quarter of the run to the
        last beyond that of the linearised one, and its standard error. It shows what linearised
        moments cannot, such as noise that carries paths to another branch.
    relaxation_times : float
        Duration times margin, the rate of the slowest mode.
    """

    mean_distance: float
    covariance_distance: float
    covariance_distance_stderr: float
    transient: float
    drift: float
    drift_stderr: float
    relaxation_times: float

    @property
    def settled(self) -> bool:
        """True if all three hold: no transient, enough relaxation times, no significant drift."""
        drifts = self.drift > SETTLED and self.drift > DRIFTS * self.drift_stderr
        return self.transient < SETTLED and self.relaxation_times >= RELAXATION_TIMES and not drifts


def linearization_check(result: xr.Dataset, E: xr.Dataset | None) -> LinearizationCheck:
    """Check the linearisation at late times, the last quarter of the run.

    E is the result's `entanglement`; without it the record's entanglement is NaN. Raises ValueError
    without coupled paths.
    """
    require_twins(result, "linearization_check")
    late = slice(-(result.sizes["time"] // 4 or 1), None)
    error = result["linearization_error"].values[late]
    stderr = result["linearization_error_stderr"].values[late]
    moments = result["covariance_linear"].values[late]
    kept = KeptElements.of(result)
    scaled = relative(error, moments, kept)
    worst = np.unravel_index(np.argmax(scaled), scaled.shape)
    known = stderr > 0
    z = error[known] / stderr[known]
    return LinearizationCheck(
        float(scaled[worst]),
        float(relative(stderr, moments, kept)[worst]),
        float(np.sqrt(np.mean(z**2))) if z.size else np.nan,
        _median_ratio(result["covariance_sample_stderr"].values[late], stderr),
        *(_entanglement_error(E, late) if E is not None else (np.nan, np.nan, np.nan)),
    )


def _entanglement_error(E: xr.Dataset, late: slice) -> tuple[float, float, float]:
    """E_N (full) − E_N (linearised) at the end, its standard error, and the gain at late times."""
    gap = E["log_negativity"] - E["log_negativity_linear"]
    gain = _median_ratio(
        E["log_negativity_sample_stderr"].values[late], E["log_negativity_stderr"].values[late]
    )
    return float(gap[-1]), float(E["log_negativity_stderr"][-1]), gain


def _median_ratio(plain: Array, coupled: Array) -> float:
    """Median of plain over coupled standard errors (...) where both are known; NaN if none is."""
    known = (coupled > 0) & np.isfinite(plain)
    return float(np.median(plain[known] / coupled[known])) if known.any() else np.nan


def entanglement(result: xr.Dataset, i: int, j: int) -> xr.Dataset:
    """Logarithmic negativity of single modes i and j over time, by every estimate and level.

    The variables are those of `ENTANGLEMENT`; the exact law at this step is that of coupled paths.
    Standard errors are by jackknife of the unclipped −ln 2ν⁻.
    """
    modes = [str(label).rpartition(".")[0] for label in result["quadrature"].values[::2]]
    E = estimate(result, in_words("log_negativity", modes[i], modes[j]), physical="ignore")
    data = {
        "log_negativity": E["value"].values,
        "log_negativity_stderr": E["stderr"].values,
        "log_negativity_estimator": E["estimator"].values,
        "log_negativity_sample": E["plain"].values,
        "log_negativity_sample_stderr": E["plain_stderr"].values,
        "log_negativity_linear": E["linear"].values,
        "log_negativity_step": kept_negativity(result, "covariance_step", i, j),
    }
    return xr.Dataset(
        {name: ENTANGLEMENT[name].labelled(values) for name, values in data.items()},
        coords={"time": result["time"]},
    )


def pair_negativity(V: Array, i: int, j: int) -> Array:
    """E_N (...) of single modes i and j of covariances (..., n, n), NaN of a mode with itself.

    NaN also where V is, holds too few digits, or has a quadrature without noise, where E_N is
    infinite.
    """
    E = np.full(V.shape[:-2], np.nan) if i == j else log_negativity(V, i, j)
    return np.where(np.isfinite(E), E, np.nan)


def kept_negativity(result: xr.Dataset, name: str, i: int, j: int) -> Array:
    """`pair_negativity` (time,) of a covariance in a result of `simulate`, by its name.

    Raises NotKeptError for a pair of modes that was not kept.
    """
    kept = KeptElements.of(result)
    V = result[name].values
    if kept.matrices or i == j:
        return pair_negativity(V, i, j) if kept.matrices else np.full(len(V), np.nan)
    what = in_words("log_negativity", kept.modes[i], kept.modes[j])
    return pair_negativity(kept.pair_block(V, i, j, what), 0, 1)


def steady_check(result: xr.Dataset, mean: Array, covariance: Array, margin: float) -> SteadyCheck:
    """Check the end of a run against a branch: mean (n,), Lyapunov V (n, n), margin in rad/s."""
    end = result.isel(time=-1)
    kept = KeptElements.of(result)
    covariance = kept.from_matrices(covariance)
    difference = end["covariance"].values - covariance
    size = np.maximum(np.linalg.norm(mean), 1.0)
    field = np.linalg.norm(end["mean_field"].values - mean) / size
    moments = relative(end["covariance_linear"].values - covariance, covariance, kept).max()
    return SteadyCheck(
        float(np.linalg.norm(end["mean"].values - mean) / size),
        *largest(difference, end["covariance_stderr"].values, covariance, kept),
        float(max(field, moments)),
        *largest(*late_change(result), covariance, kept),
        float(margin * result["time"].values[-1]),
    )
