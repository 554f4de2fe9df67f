"""Check of the integrator: linear twins of an ensemble against their exact finite-step law."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
import xarray as xr
from scipy.special import chdtr, chdtrc

from ...sde.kept_elements import KeptElements
from ..mode_blocks import diagonal
from .deviations import Array
from .wishart import wishart_square

FALSE_ALARM = 1e-4
"""Probability that a correct integrator fails its check."""
CHI_SQUARE_TIMES = 20
"""Intervals between the sample times that enter the one χ², their correlations included."""
DIRECTION = 1e-10
"""Share of the largest variance below which a combination of elements does not vary at all."""
RESOLVED = 1e-6
"""Rounding, as a share of the noise of an interval, up to which that noise is tested."""


@dataclass(frozen=True)
class IntegratorCheck:
    """The ensemble of linear twins against its exact finite-step law.

    Under a correct integrator and Gaussian increments z is standard normal per element and time,
    and χ² has its degrees of freedom.

    Attributes
    ----------
    z_rms, z_worst : float
        Root mean square and largest |z| of the elements of the covariance at all times.
    elements : int
        Number of these elements, over all times.
    chi_square, degrees_of_freedom : float, int
        χ² of the innovations between up to 21 times, and its degrees of freedom.
    p_value : float
        Probability of such a deviation for a correct integrator.
    blocks : int
        0; or where not all elements are kept, the number of blocks and times of which each has a
        χ², by the exact law of sample covariances. The one given is then that of the least
        probability, and p_value that of so small a least one.
    reach : float
        Time in s up to which χ² was formed. Where twins grow, the noise of later steps falls below
        the rounding of what the earlier ones have grown to; p_value is then also that of the
        variances at the end.
    """

    z_rms: float
    z_worst: float
    elements: int
    chi_square: float
    degrees_of_freedom: int
    p_value: float
    reach: float
    blocks: int = 0

    @property
    def passed(self) -> bool:
        """Whether the p-value is at least `FALSE_ALARM`."""
        return self.p_value >= FALSE_ALARM


def integrator_check(result: xr.Dataset) -> IntegratorCheck:
    """Check the integrator by the coupled paths of a result of `simulate`.

    Antithetic pairs share a twin, whose mean vanishes: a pair counts once. Only times at which all
    twins are finite enter. The test of χ² is two-sided; for weak increments, whose fourth moments
    do not exceed those of a normal distribution, it is one-sided, against large values. Raises
    ValueError without coupled paths.
    """
    require_twins(result, "integrator_check")
    result = result.isel(time=slice(0, _finite_times(result)))
    law = result["covariance_step"].values
    sample = result["covariance_linear_sample"].values
    settings = json.loads(result.attrs["provenance"])
    trajectories = result["batch_trajectories"].values.sum()
    freedom = trajectories / 2 if settings["antithetic"] else trajectories - 1
    kept = KeptElements.of(result)
    z = _scores(sample, law, freedom, kept)
    if not kept.matrices:
        return _check_of_blocks(result, freedom, kept, z)
    statistic, degrees, last = _chi_square(result, freedom)
    two_sided = settings["increments"] == "gaussian"
    p = _chance(statistic, degrees, two_sided) if degrees else 1.0
    if last + 1 < len(law):
        varies = diagonal(law)[-1] > 0
        ends = freedom * (diagonal(sample)[-1] / diagonal(law)[-1])[varies]
        p = 2 * min([p, *(len(ends) * _chance(end, freedom, two_sided) for end in ends)])
    return IntegratorCheck(
        z_rms=float(np.sqrt(np.mean(z**2))) if z.size else 0.0,
        z_worst=float(np.abs(z).max(initial=0.0)),
        elements=z.size,
        chi_square=statistic,
        degrees_of_freedom=degrees,
        p_value=float(min(p, 1.0)),
        reach=float(result["time"][last]),
    )


def require_twins(result: xr.Dataset, check: str) -> None:
    """ValueError unless a result of `simulate` has coupled paths."""
    if "covariance_linear_sample" not in result:
        raise ValueError(
            f"{check} needs coupled paths (got a result with twin = False): simulate with twin = "
            "True"
        )


def _check_of_blocks(
    result: xr.Dataset, freedom: float, kept: KeptElements, z: Array
) -> IntegratorCheck:
    """The check where blocks of modes and pairs are kept, with the scores z of their elements."""
    chosen = _times_of_chi_square(result)
    law, sample = (
        result[name].values[chosen] for name in ("covariance_step", "covariance_linear_sample")
    )
    squares = [
        wishart_square(S, V, freedom)
        for several in zip(kept.blocks(sample), kept.blocks(law), strict=True)
        for S, V in zip(*(part.reshape(-1, *part.shape[-2:]) for part in several), strict=True)
    ]
    tested = [
        (_chance(square, degrees, False), square, degrees) for square, degrees in squares if degrees
    ]
    least, statistic, degrees = min(tested, default=(1.0, 0.0, 0))
    return IntegratorCheck(
        z_rms=float(np.sqrt(np.mean(z**2))) if z.size else 0.0,
        z_worst=float(np.abs(z).max(initial=0.0)),
        elements=z.size,
        chi_square=statistic,
        degrees_of_freedom=degrees,
        p_value=min(1.0, len(tested) * least),
        reach=float(result["time"][-1]),
        blocks=len(tested),
    )


def _scores(sample: Array, law: Array, freedom: float, kept: KeptElements) -> Array:
    """z (elements,) of sampled covariances (times, ...) against their law, where it varies."""
    scale = kept.elements(kept.scale(law))
    moving = scale > 0
    correlations = kept.elements(law)[moving] / scale[moving]
    return np.asarray(
        kept.elements(sample - law)[moving]
        / scale[moving]
        / np.sqrt((1 + correlations**2) / freedom)
    )


def _chance(statistic: float, degrees: float, two_sided: bool) -> float:
    """Probability of a χ² as large; of one as far out on either side if two-sided."""
    too_large = float(chdtrc(degrees, statistic))
    too_small = float(chdtr(degrees, statistic))
    return 2 * min(too_large, too_small) if two_sided else too_large


def _finite_times(result: xr.Dataset) -> int:
    """How many of the first times have twins and a law that are finite, at least one."""
    finite = [
        np.isfinite(result[name].values).reshape(result.sizes["time"], -1).all(axis=1)
        for name in ("covariance_step", "covariance_linear_sample")
    ]
    lost = np.flatnonzero(~(finite[0] & finite[1]))
    return max(1, int(lost[0])) if lost.size else result.sizes["time"]


def _chi_square(result: xr.Dataset, freedom: float) -> tuple[float, int, int]:
    """χ² of the sample covariances S against their law V, its degrees of freedom, the last time.

    With y(t) = Φ y(s) + noise of covariance N, the innovation S(t) − V(t) − Φ[S(s) − V(s)]Φᵀ is
    uncorrelated with all that came before, and its elements have the covariance (P_ik P_jl + P_il
    P_jk)/freedom summed over the products of N with N and with W = ΦV(s)Φᵀ. Elements are normal up
    to 1/√(trajectories). N is V(t) − W, and the last time, an index, is that after which rounding
    leaves too little of it.
    """
    law = result["covariance_step"].values
    steps = result["transition_step"].values
    deviation = result["covariance_linear_sample"].values - law
    chosen = _times_of_chi_square(result)
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
        statistic += square
        degrees += count
    return statistic, degrees, int(chosen[-1])


def _times_of_chi_square(result: xr.Dataset) -> Array:
    """Indices of the sample times that enter χ²."""
    last = result.sizes["time"] - 1
    return np.unique(np.linspace(0, last, CHI_SQUARE_TIMES + 1).astype(int))


def _rounding_of_noise(N: Array, law: Array) -> float:
    """Largest ratio of the rounding of the law (n, n) to a variance of the noise N (n, n)."""
    moving = np.diag(law) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.finfo(float).eps * np.diag(law)[moving] / np.diag(N)[moving]
    return float(np.max(np.where(shares > 0, shares, np.inf), initial=0.0))


def _whitened_square(
    innovation: Array, N: Array, W: Array, freedom: float, smallest: float
) -> tuple[float, int]:
    """χ² of one innovation (n, n) over the directions that vary, and their number.

    They vary more than a share `smallest` of the one that varies most.
    """
    size = np.sqrt(np.diag(N + W))
    size[size == 0] = 1.0
    innovation, N, W = (part / size[:, None] / size for part in (innovation, N, W))
    rows, columns = np.triu_indices(len(N))

    def products(a: Array, b: Array) -> Array:
        """a_ik b_jl + a_il b_jk for all pairs of elements ij and kl, shape (m, m)."""
        straight = a[np.ix_(rows, rows)] * b[np.ix_(columns, columns)]
        return np.asarray(straight + a[np.ix_(rows, columns)] * b[np.ix_(columns, rows)])

    covariance = (products(N, N) + products(N, W) + products(W, N)) / freedom
    width = np.sqrt(np.diag(covariance))
    width[width == 0] = np.inf
    values, vectors = np.linalg.eigh(covariance / np.outer(width, width))
    varies = values > smallest
    components = (vectors.T @ (innovation[rows, columns] / width))[varies]
    return float(np.sum(components**2 / values[varies])), int(np.count_nonzero(varies))
