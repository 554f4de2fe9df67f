"""Questions to an ensemble, each asked apart: integrator, linearisation, steady state; `step_size`
asks of the step.

Each answer is a frozen record of numbers; what was sampled carries its error bar, what is exact
does not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
import xarray as xr
from scipy.special import chdtr, chdtrc

from ...sde.linear_algebra.covariance_errors import relative_errors
from ..estimation import estimate
from ..gaussian import log_negativity
from .deviations import Array, diagonal, largest
from .levels import late_change

FALSE_ALARM = 1e-4
"""Probability that a correct integrator fails its check."""
CHI_SQUARE_TIMES = 20
"""Intervals between the sample times that enter the one χ²; correlations between them are accounted
for exactly.
"""
DIRECTION = 1e-10
"""Share of the largest variance below which a combination of elements does not vary at all."""
RESOLVED = 1e-6
"""Rounding, as a share of the noise of an interval, up to which that is tested."""
SETTLED = 0.01
"""Relative distance of the late moments from the steady ones below which a run counts as settled.
"""
DRIFTS = 4.0
"""Standard errors from which a change of the late covariance is one."""
RELAXATION_TIMES = -np.log(SETTLED)
"""Time constants of the slowest mode that a run must last: what it started with has died down as
far by then.
"""


@dataclass(frozen=True)
class IntegratorCheck:
    """The linear twin's ensemble against its exact finite-step law.

    Under a correct integrator and Gaussian increments z is standard normal per element and time,
    and χ² has its dof. reach: the time in s up to which χ² was formed. Where twins grow, the noise
    of later steps falls below the rounding of what the earlier ones have grown to; p_value is then
    also that of the variances at the end.
    """

    z_rms: float
    z_worst: float
    elements: int
    chi_square: float
    degrees_of_freedom: int
    p_value: float
    reach: float

    @property
    def passed(self) -> bool:
        return self.p_value >= FALSE_ALARM


@dataclass(frozen=True)
class LinearizationCheck:
    """Full trajectories against the moment equation, by the coupled difference.

    error: largest |ΔV_ij|/√(V_ii V_jj) at late times, with its standard error; significance: rms z
    of the difference; entanglement_error: E_N (full) − E_N (linearised) at the end, with its
    standard error; gain: median over elements and late times of the plain standard error over the
    coupled one, and the same for E_N.
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
    """The end of a run against Lyapunov, and how far it has come: a transient is never called
    steady.

    Relative distances: mean_distance of the mean from the fixed point, covariance_distance of the
    covariance from Lyapunov's with its standard error, where the linearisation counts too;
    transient, that of the linearised moments, mean and covariance, where it does not; drift, the
    change of the trajectories' covariance from the third quarter of the run to the last beyond that
    of the linearised one, with its standard error: it shows what linearised moments cannot, such as
    noise that carries paths to another branch. relaxation_times: duration times margin, the rate of
    the slowest mode.
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
        """Whether nothing says otherwise."""
        drifts = self.drift > SETTLED and self.drift > DRIFTS * self.drift_stderr
        return self.transient < SETTLED and self.relaxation_times >= RELAXATION_TIMES and not drifts


def integrator_check(result: xr.Dataset) -> IntegratorCheck:
    """Is the integrator right? `result` is what `simulate` returns, of coupled paths (else
    ValueError).

    Antithetic pairs share a twin, whose mean vanishes: they count once. Twins count as long as they
    are finite. χ² is tested on both sides; with weak increments, whose fourth moments are no larger
    than a normal's, against too large a value alone.
    """
    _require_twins(result, "integrator_check")
    result = result.isel(time=slice(0, _finite_times(result)))
    law, sample = result["covariance_step"].values, result["covariance_linear_sample"].values
    settings = json.loads(result.attrs["provenance"])
    trajectories = result["batch_trajectories"].values.sum()
    freedom = trajectories / 2 if settings["antithetic"] else trajectories - 1
    rows, columns = np.triu_indices(law.shape[-1])
    width = np.sqrt(diagonal(law))
    scale = width[:, rows] * width[:, columns]
    moving = scale > 0
    correlations = law[:, rows, columns][moving] / scale[moving]
    z = (
        (sample - law)[:, rows, columns][moving]
        / scale[moving]
        / np.sqrt((1 + correlations**2) / freedom)
    )
    statistic, degrees, last = _chi_square(result, freedom)
    two_sided = settings["increments"] == "gaussian"
    p = _chance(statistic, degrees, two_sided) if degrees else 1.0
    if last + 1 < len(law):
        varies = diagonal(law)[-1] > 0
        ends = freedom * (diagonal(sample)[-1] / diagonal(law)[-1])[varies]
        p = 2 * min([p, *(len(ends) * _chance(end, freedom, two_sided) for end in ends)])
    return IntegratorCheck(
        float(np.sqrt(np.mean(z**2))) if z.size else 0.0,
        float(np.abs(z).max(initial=0.0)),
        z.size,
        statistic,
        degrees,
        float(min(p, 1.0)),
        float(result["time"][last]),
    )


def _chance(statistic: float, degrees: float, two_sided: bool) -> float:
    """Probability of a χ² as large; of one as far out on either side if two-sided."""
    too_large, too_small = float(chdtrc(degrees, statistic)), float(chdtr(degrees, statistic))
    return 2 * min(too_large, too_small) if two_sided else too_large


def _finite_times(result: xr.Dataset) -> int:
    """How many of the first times have twins and a law that are finite, at least one."""
    finite = [
        np.isfinite(result[name].values).all(axis=(1, 2))
        for name in ("covariance_step", "covariance_linear_sample")
    ]
    lost = np.flatnonzero(~(finite[0] & finite[1]))
    return max(1, int(lost[0])) if lost.size else result.sizes["time"]


def _require_twins(result: xr.Dataset, check: str) -> None:
    if "covariance_linear_sample" not in result:
        raise ValueError(
            f"{check} needs coupled paths (got a result with twin = False): simulate with twin = "
            "True"
        )


def _chi_square(result: xr.Dataset, freedom: float) -> tuple[float, int, int]:
    """χ² of the sample covariances S at some times against their law V, its degrees of freedom, and
    the last time.

    With y(t) = Φ y(s) + noise of covariance N, the innovation S(t) − V(t) − Φ[S(s) − V(s)]Φᵀ is
    uncorrelated with all that came before, and its elements have the covariance (P_ik P_jl + P_il
    P_jk)/freedom summed over the products of N with N and with W = ΦV(s)Φᵀ. Elements are normal up
    to 1/√(trajectories). N is V(t) − W, and the last time is that after which rounding leaves too
    little of it.
    """
    law, steps = result["covariance_step"].values, result["transition_step"].values
    deviation = result["covariance_linear_sample"].values - law
    chosen = np.unique(np.linspace(0, len(law) - 1, CHI_SQUARE_TIMES + 1).astype(int))
    statistic, degrees = _whitened_square(
        deviation[0], law[0], np.zeros_like(law[0]), freedom, DIRECTION
    )
    for early, late in pairwise(chosen):
        P = reduce(lambda carried, step: step @ carried, steps[early + 1 : late + 1])
        W = P @ law[early] @ P.T
        N = law[late] - W
        noise = _rounding_of_noise(N, law[late])
        if noise > RESOLVED:
            return statistic, degrees, int(early)
        innovation = deviation[late] - P @ deviation[early] @ P.T
        square, count = _whitened_square(innovation, N, W, freedom, max(DIRECTION, noise))
        statistic, degrees = statistic + square, degrees + count
    return statistic, degrees, int(chosen[-1])


def _rounding_of_noise(N: Array, law: Array) -> float:
    """Fraction of N, the noise of an interval, that rounding of the law which it was taken from may
    amount to.
    """
    moving = np.diag(law) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.finfo(float).eps * np.diag(law)[moving] / np.diag(N)[moving]
    return float(np.max(np.where(shares > 0, shares, np.inf), initial=0.0))


def _whitened_square(
    innovation: Array, N: Array, W: Array, freedom: float, smallest: float
) -> tuple[float, int]:
    """χ² of one innovation over the directions that vary, more than a share `smallest`, with their
    number.
    """
    size = np.sqrt(np.diag(N + W))
    size[size == 0] = 1.0
    innovation, N, W = (part / size[:, None] / size for part in (innovation, N, W))
    rows, columns = np.triu_indices(len(N))

    def products(a: Array, b: Array) -> Array:
        straight = a[np.ix_(rows, rows)] * b[np.ix_(columns, columns)]
        return np.asarray(straight + a[np.ix_(rows, columns)] * b[np.ix_(columns, rows)])

    covariance = (products(N, N) + products(N, W) + products(W, N)) / freedom
    width = np.sqrt(np.diag(covariance))
    width[width == 0] = np.inf
    values, vectors = np.linalg.eigh(covariance / np.outer(width, width))
    varies = values > smallest
    components = (vectors.T @ (innovation[rows, columns] / width))[varies]
    return float(np.sum(components**2 / values[varies])), int(np.count_nonzero(varies))


def linearization_check(result: xr.Dataset, E: xr.Dataset | None) -> LinearizationCheck:
    """Is the linearisation right? Late times are the last quarter of the run.

    E is the result's `entanglement`; without it the record's entanglement is NaN. ValueError
    without coupled paths.
    """
    _require_twins(result, "linearization_check")
    late = slice(-(result.sizes["time"] // 4 or 1), None)
    error, stderr = (
        result["linearization_error"].values[late],
        result["linearization_error_stderr"].values[late],
    )
    moments = result["covariance_linear"].values[late]
    scaled = relative_errors(error, moments)
    worst = np.unravel_index(np.argmax(scaled), scaled.shape)
    known = stderr > 0
    z = error[known] / stderr[known]
    return LinearizationCheck(
        float(scaled[worst]),
        float(relative_errors(stderr, moments)[worst]),
        float(np.sqrt(np.mean(z**2))) if z.size else np.nan,
        _median_ratio(result["covariance_sample_stderr"].values[late], stderr),
        *(_entanglement_error(E, late) if E is not None else (np.nan, np.nan, np.nan)),
    )


def _entanglement_error(E: xr.Dataset, late: slice) -> tuple[float, float, float]:
    """E_N (full) − E_N (linearised) at the end, its standard error, and the gain in error bars at
    late times.
    """
    gap = E["log_negativity"] - E["log_negativity_linear"]
    gain = _median_ratio(
        E["log_negativity_sample_stderr"].values[late], E["log_negativity_stderr"].values[late]
    )
    return float(gap[-1]), float(E["log_negativity_stderr"][-1]), gain


def _median_ratio(plain: Array, coupled: Array) -> float:
    """Median of plain over coupled standard errors where both are known; NaN where none is."""
    known = (coupled > 0) & np.isfinite(plain)
    return float(np.median(plain[known] / coupled[known])) if known.any() else np.nan


def entanglement(result: xr.Dataset, i: int, j: int) -> xr.Dataset:
    """Logarithmic negativity of single modes i and j over time, from every level, with error bars
    where sampled.

    log_negativity (best estimate, _estimator naming it), log_negativity_sample (plain ensemble),
    _linear (moment equation), _step (exact law at this step, of coupled paths); standard errors by
    jackknife of the unclipped −ln 2ν⁻.
    """
    modes = [str(label).rpartition(".")[0] for label in result["quadrature"].values[::2]]
    E = estimate(result, f"log_negativity({modes[i]}, {modes[j]})", physical="ignore")
    data = {
        "log_negativity": E["value"].values,
        "log_negativity_stderr": E["stderr"].values,
        "log_negativity_estimator": E["estimator"].values,
        "log_negativity_sample": E["plain"].values,
        "log_negativity_sample_stderr": E["plain_stderr"].values,
        "log_negativity_linear": E["linear"].values,
        "log_negativity_step": pair_negativity(result["covariance_step"].values, i, j),
    }
    units = {name: "" if name == "log_negativity_estimator" else "nats" for name in data}
    return xr.Dataset(
        {name: ("time", values, {"units": units[name]}) for name, values in data.items()},
        coords={"time": result["time"]},
    )


def steady_check(result: xr.Dataset, mean: Array, covariance: Array, margin: float) -> SteadyCheck:
    """Has it settled? The run's end against a branch's mean (n,), Lyapunov covariance (n, n) and
    margin in rad/s.
    """
    end = result.isel(time=-1)
    difference = end["covariance"].values - covariance
    size = np.maximum(np.linalg.norm(mean), 1.0)
    field = np.linalg.norm(end["mean_field"].values - mean) / size
    moments = relative_errors(end["covariance_linear"].values - covariance, covariance).max()
    return SteadyCheck(
        float(np.linalg.norm(end["mean"].values - mean) / size),
        *largest(difference, end["covariance_stderr"].values, covariance),
        float(max(field, moments)),
        *largest(*late_change(result), covariance),
        float(margin * result["time"].values[-1]),
    )


def pair_negativity(V: Array, i: int, j: int) -> Array:
    """E_N of single modes i and j of covariances (..., n, n), NaN of a mode with itself.

    NaN also where V is, holds too few digits, or has a quadrature without noise, where E_N is
    infinite.
    """
    E = np.full(V.shape[:-2], np.nan) if i == j else log_negativity(V, i, j)
    return np.where(np.isfinite(E), E, np.nan)
