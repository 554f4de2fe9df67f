"""Linearised theory, Gaussian closure and full trajectories compared, with the significance.

A level of theory is taken as exact; error bars are those of the trajectories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from scipy.special import fdtrc

from ...sde.ensemble.estimates import Replicates, replicates
from ...sde.ensemble.jackknife import prefers_coupled
from ...sde.kept_elements import KeptElements
from ...sde.labels import Q
from ..estimation import Quantity, estimate, late_times, quantity
from ..mode_blocks import rounding
from .deviations import Array, largest, over

SMALLEST_DIRECTION = 1e-10
"""Share of the largest variance below which a combination of elements does not vary at all."""
ROUNDING = 1e-12
"""Difference of an element without error bar, in √(V_ii V_jj), that counts as rounding."""
MARGIN = 8.0
"""Multiple of the rounding of a level's covariance up to which a difference is rounding."""
LEVELS = {
    "full": "full trajectories",
    "full_stderr": "standard error of the full trajectories",
    "linear": "linearised theory",
    "gaussian": "Gaussian closure",
    "linear_z": "full trajectories less linearised theory, in standard errors",
    "gaussian_z": "full trajectories less Gaussian closure, in standard errors",
}
"""The variables of `side_by_side`, over `quantity`, each row in the unit of its quantity."""


@dataclass(frozen=True)
class Comparison:
    """Full trajectories against one level of theory, whose covariance is taken as exact.

    Elements with zero difference and zero error bar are left out; other differences without error
    bar count as certain. All numbers are NaN where the trajectories have no covariance.

    Attributes
    ----------
    error, error_stderr : float
        Largest |ΔV_ij|/√(V_ii V_jj), and its standard error.
    mean_error, mean_error_stderr : float
        Largest |Δū_i|/√V_ii at the end, and its standard error.
    z_rms, z_worst : float
        Root mean square and largest |z| of the independent elements of ΔV.
    hotelling, degrees : float, int
        Hotelling's T² of all elements with their correlations, and its directions.
    p_value : float
        Probability of so large a T² by chance; NaN where batches do not outnumber the elements.
    """

    error: float
    error_stderr: float
    mean_error: float
    mean_error_stderr: float
    z_rms: float
    z_worst: float
    hotelling: float
    degrees: int
    p_value: float


@dataclass(frozen=True, eq=False)
class Sampled:
    """The covariance of full trajectories at the end of a run or averaged over late times.

    It is (n, n), or (elements,) where not all are kept. It is the coupled estimate, or the plain
    one where that has the smaller error bar. deviations (batches, elements) are the jackknife's,
    weighted so that the sum of their squares is the variance.
    """

    covariance: Array
    deviations: Array
    coupled: bool
    kept: KeptElements

    @property
    def stderr(self) -> Array:
        """Standard errors, shaped as the covariance."""
        return self.kept.shaped(np.hypot.reduce(self.deviations, axis=0))


def sampled(result: xr.Dataset, since: float | None = None) -> Sampled:
    """The covariance in a result of `simulate`, at the end or averaged over times ≥ `since` (s)."""
    return _better_estimate(_plain_and_coupled(result.isel(time=late_times(result, since))))


def late_change(result: xr.Dataset) -> tuple[Array, Array]:
    """Change of the covariance from the third quarter of a run to the last, and its stderr.

    Of full trajectories, less the change of the linearised moments, or of the law of the steps; NaN
    where a quarter has no sample. Shaped as a covariance in the result.
    """
    times = result["time"].values
    end = times[-1]
    quarters = [
        np.flatnonzero((times >= a * end) & (times <= b * end))
        for a, b in ((0.5, 0.75), (0.75, 1.0))
    ]
    if not all(quarter.size for quarter in quarters):
        missing = np.full(result["covariance"].shape[1:], np.nan)
        return missing, missing
    early, late = (_plain_and_coupled(result.isel(time=quarter)) for quarter in quarters)
    changes = [
        replace(b, covariance=b.covariance - a.covariance, deviations=b.deviations - a.deviations)
        for a, b in zip(early, late, strict=True)
    ]
    best = _better_estimate(changes)
    drift = result["covariance_linear"] if best.coupled else result["covariance_step"]
    expected = drift.values[quarters[1]].mean(axis=0) - drift.values[quarters[0]].mean(axis=0)
    return best.covariance - expected, best.stderr


def compare(full: Sampled, V: Array, mean: Array, mean_stderr: Array) -> Comparison:
    """Full trajectories against the covariance V (n, n) of a level.

    `mean` (n,) is the difference of the means, with its standard error.
    """
    difference = full.covariance - V
    z, statistic, degrees, p = _significance(full, V)
    width = np.sqrt(np.diag(V))
    shifts = over(np.abs(mean), width)
    errors = over(mean_stderr, width)
    worst = int(np.argmax(shifts))
    return Comparison(
        *largest(difference, full.stderr, V),
        float(shifts[worst]),
        float(errors[worst]),
        float(np.sqrt(np.mean(z**2))) if z.size else 0.0,
        float(np.max(np.abs(z), initial=0.0)),
        statistic,
        degrees,
        p,
    )


def side_by_side(
    result: xr.Dataset, closure: Array | None, quantities: Sequence[str], since: float | None = None
) -> xr.Dataset:
    """Quantities in words at every level of theory: the variables of `LEVELS`, over `quantity`.

    `closure` (time, n, n) are the covariances of the Gaussian closure at the same times, or None
    where it diverges; `since` as in `sampled`. z is that of the signed measures, before E_N and
    steering are clipped; NaN where there is no error bar, where E_N or steering vanishes at both
    levels, and where the difference is rounding.
    """
    late = late_times(result, since)
    labels = [str(label) for label in result[Q].values]
    averaged = {"linear": result["covariance_linear"].values[late].mean(axis=0)}
    if closure is not None:
        averaged["gaussian"] = closure[late].mean(axis=0)
    table = {name: np.full(len(quantities), np.nan) for name in LEVELS}
    for column, words in enumerate(quantities):
        what = quantity(words, labels)
        found = estimate(result.isel(time=late), words, since=0.0, physical="ignore")
        table["full"][column] = float(found["value"])
        table["full_stderr"][column] = float(found["stderr"])
        for level, V in averaged.items():
            value, z = _against(what, found, V)
            table[level][column] = value
            table[f"{level}_z"][column] = z
    data = {name: ("quantity", table[name], {"long_name": LEVELS[name]}) for name in LEVELS}
    return xr.Dataset(data, coords={"quantity": list(quantities)})


def _against(what: Quantity, found: xr.Dataset, V: Array) -> tuple[float, float]:
    """A quantity of the covariance V (n, n) of a level, and z of an estimate against it."""
    expected = float(what.measure(V))
    value = float(what.shown(np.asarray(expected)))
    stderr = float(found["stderr"])
    difference = float(found["signed"]) - expected
    absent = what.clipped and float(found["value"]) == 0 and value == 0
    seen = abs(difference) > MARGIN * float(rounding(V)) * max(abs(expected), 1.0)
    return value, difference / stderr if stderr > 0 and seen and not absent else np.nan


def _plain_and_coupled(result: xr.Dataset) -> list[Sampled]:
    """The plain estimate averaged over all times, and the coupled one if there are twins."""
    parts = replicates(result)
    out = [_sampled(result["covariance_sample"].values, parts.plain, parts, coupled=False)]
    if parts.coupled is not None:
        whole = result["covariance_linear"].values + result["linearization_error"].values
        out.append(_sampled(whole, parts.coupled, parts, coupled=True))
    return out


def _better_estimate(estimates: list[Sampled]) -> Sampled:
    """The coupled estimate, if there is one, unless the plain one has the smaller error bar."""
    plain, *rest = estimates
    for coupled in rest:
        with np.errstate(over="ignore"):
            spreads = [plain.kept.norm(estimate.stderr) for estimate in (coupled, plain)]
        if prefers_coupled(coupled.covariance, *spreads):
            return coupled
    return plain


def _sampled(V: Array, left_out: Array, parts: Replicates, coupled: bool) -> Sampled:
    """The average over time of V (time, ...); replicates left_out (batches, time, elements)."""
    used = parts.counts[parts.counts > 0]
    whole = V.mean(axis=0)
    weight = np.sqrt((used.sum() / used - 1) / len(used)) if len(used) > 1 else np.full(1, np.nan)
    deviations = weight[:, None] * (parts.kept.elements(whole) - left_out.mean(axis=1))
    return Sampled(whole, deviations, coupled, parts.kept)


def _significance(full: Sampled, V: Array) -> tuple[Array, float, int, float]:
    """z (m,) of the elements that vary, T² of all elements, its degrees of freedom and p-value."""
    rows, columns = np.triu_indices(len(V))
    width = np.sqrt(np.diag(V))
    scale = np.outer(width, width)[rows, columns]
    elements = (full.covariance - V)[rows, columns]
    elements = np.where(np.abs(elements) > MARGIN * np.finfo(float).eps * scale, elements, 0.0)
    stderr = np.hypot.reduce(full.deviations, axis=0)
    if not (np.isfinite(elements).all() and np.isfinite(stderr).all()):
        return np.full(1, np.nan), np.nan, 0, np.nan
    varies = stderr > 0
    z = elements[varies] / stderr[varies]
    fixed = np.abs(elements[~varies]) > ROUNDING * scale[~varies]
    if fixed.any():
        certain = int(np.count_nonzero(fixed))
        return np.append(z, np.full(certain, np.inf)), np.inf, certain, 0.0
    return z, *_hotelling(elements[varies], full.deviations[:, varies])


def _hotelling(elements: Array, deviations: Array) -> tuple[float, int, float]:
    """T² of elements (m,) that should vanish, its degrees of freedom, and its p-value.

    `deviations` are (batches, m).
    """
    batches = len(deviations)
    if not elements.size or not np.isfinite(deviations).all():
        return 0.0, 0, np.nan
    width = np.sqrt(np.sum(deviations**2, axis=0))
    values, vectors = np.linalg.eigh((deviations / width).T @ (deviations / width))
    varies = values > SMALLEST_DIRECTION * values[-1]
    degrees = int(np.count_nonzero(varies))
    if degrees >= batches - 1:
        return np.nan, degrees, np.nan
    statistic = float(np.sum((vectors.T @ (elements / width))[varies] ** 2 / values[varies]))
    scale = (batches - degrees) / (degrees * (batches - 1))
    return statistic, degrees, float(fdtrc(degrees, batches - degrees, scale * statistic))
