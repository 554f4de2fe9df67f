"""From batch sums to estimates with error bars, as a labelled dataset.

A batch is a set of cells. The delete-a-group jackknife over batches gives every standard error, and
removes the small-sample bias of estimates that are not linear in the sums.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from ..kept_elements import ELEMENT, KeptElements
from ..labels import Q, Variable, quadrature_coordinates
from ..records.recorded_spectrum import spectrum_variables
from ..support.checks import Array
from .jackknife import jackknife, jackknife_bias, prefers_coupled
from .moment_statistics import SampleMoments, leave_one_out, pooled
from .preparation import Preparation
from .results import (
    BATCH_SUMS,
    BATCH_TRAJECTORIES,
    COUPLED,
    ENSEMBLE,
    MATRIX,
    PLAIN,
    SAMPLED,
    SURVIVING,
    TIME,
    attributes,
    batch_sums,
    stderr_of,
)

Statistic = Callable[[SampleMoments], Array]
Estimates = dict[str, Array]
"""Values by the names of the variables of a result, times first."""
MOST_BYTES = 2**22
"""Bytes of the batch sums from which estimates are computed at a time."""


@dataclass(frozen=True, eq=False)
class BatchSums:
    """Sums (batches, times, statistics) of the kept elements, and trajectories (batches,)."""

    kept: KeptElements
    sums: Array
    counts: Array
    antithetic: bool

    def estimate(self, statistic: Statistic) -> tuple[Array, Array]:
        """A statistic (...) of all trajectories and its standard error (...)."""
        full, left_out = self._values(statistic)
        return full, jackknife(full, left_out, self.counts)

    def unbiased_estimate(self, statistic: Statistic) -> tuple[Array, Array]:
        """The same, minus its bias to leading order in 1/batches."""
        full, left_out = self._values(statistic)
        bias = jackknife_bias(full, left_out, self.counts)
        return full - bias, jackknife(full, left_out, self.counts)

    def estimate_matrix(self, statistic: Statistic) -> tuple[Array, Array]:
        """A covariance (times, ...) as results hold it, and its standard error."""
        value, stderr = self.estimate(statistic)
        return self.kept.shaped(value), self.kept.shaped(stderr)

    def twin_correlation(self) -> Array:
        """Correlation over batches of the variances of paths and twins, (times, n).

        NaN for fewer than three batches.
        """
        x, y = (
            V[..., self.kept.diagonal]
            for V in (self.left_out.covariance_sample, self.left_out.covariance_twin)
        )
        if len(x) < 3:
            return np.full(x.shape[1:], np.nan)
        x = x - x.mean(axis=0)
        y = y - y.mean(axis=0)
        return np.asarray(
            np.sum(x * y, axis=0) / np.sqrt(np.sum(x**2, axis=0) * np.sum(y**2, axis=0))
        )

    @cached_property
    def pooled(self) -> SampleMoments:
        """Moments of all batches together."""
        return pooled(self.kept, self.sums, self.counts, self.antithetic)

    @cached_property
    def left_out(self) -> SampleMoments:
        """Moments of all batches but one, for each batch that holds trajectories."""
        return leave_one_out(self.kept, self.sums, self.counts, self.antithetic)

    def _values(self, statistic: Statistic) -> tuple[Array, Array]:
        """A statistic (...) of all batches, and (batches, ...) with one batch left out."""
        return statistic(self.pooled), statistic(self.left_out)


def plain_estimates(batches: BatchSums, ready: Preparation) -> Estimates:
    """All estimates of a run of single paths, with their standard errors."""
    sample, sample_stderr = batches.estimate_matrix(lambda m: m.covariance_sample)
    deviation, deviation_stderr = batches.estimate(lambda m: m.moment("full1"))
    skewness, kurtosis = _skewness_and_kurtosis(batches, None)
    return {
        "mean": ready.law.mean + deviation,
        "mean_stderr": deviation_stderr,
        "covariance": sample.copy(),
        "covariance_stderr": sample_stderr.copy(),
        "covariance_sample": sample,
        "covariance_sample_stderr": sample_stderr,
        "covariance_linear": ready.covariance_linear,
        "covariance_step": ready.law.covariance,
        "mean_field": ready.mean_field,
        "mean_step": ready.law.mean,
        **skewness,
        **kurtosis,
        "estimator": np.full(len(ready.mean_field), PLAIN),
    }


def coupled_estimates(batches: BatchSums, ready: Preparation) -> Estimates:
    """All estimates of a run of coupled paths, each with the smaller of two standard errors."""
    out = plain_estimates(batches, ready)
    error, error_stderr = batches.estimate_matrix(lambda m: m.linearization_error)
    twin, twin_stderr = batches.estimate_matrix(lambda m: m.covariance_twin)
    shift, shift_stderr = batches.estimate(lambda m: m.moment("error1"))
    norms = (
        batches.kept.norm(stderr) for stderr in (error_stderr, out["covariance_sample_stderr"])
    )
    coupled = prefers_coupled(ready.covariance_linear + error, *norms)
    better = {
        "mean": ready.mean_field + shift,
        "mean_stderr": shift_stderr,
        "covariance": ready.covariance_linear + error,
        "covariance_stderr": error_stderr,
    }
    for name, values in better.items():
        out[name] = np.where(coupled.reshape(-1, *[1] * (values.ndim - 1)), values, out[name])
    _choose_cumulants(out, batches, ready)
    return out | {
        "covariance_linear_sample": twin,
        "covariance_linear_sample_stderr": twin_stderr,
        **({"transition_step": ready.law.transition} if batches.kept.matrices else {}),
        "linearization_error": error,
        "linearization_error_stderr": error_stderr,
        "twin_correlation": batches.twin_correlation(),
        "estimator": np.where(coupled, COUPLED, PLAIN),
    }


def _choose_cumulants(out: Estimates, batches: BatchSums, ready: Preparation) -> None:
    """Put the coupled skewness and kurtosis in `out` where their standard errors are smaller."""
    twin_variance = batches.kept.variances(ready.law.covariance)
    for cumulant in _skewness_and_kurtosis(batches, twin_variance):
        (name, coupled), (name_stderr, stderr) = cumulant.items()
        smaller = prefers_coupled(coupled, stderr, out[name_stderr])
        out[name] = np.where(smaller, coupled, out[name])
        out[name_stderr] = np.where(smaller, stderr, out[name_stderr])


def step_estimates(batches: BatchSums, ready: Preparation, coupled: Array) -> Estimates:
    """Estimates from the companion at twice the step: step errors, extrapolated covariance.

    The step error of the linear part is known exactly; `coupled` (times,) is True where the best
    estimate is the coupled one, which has no such error. NaN at times that are not a multiple of
    twice the step.
    """
    step, step_stderr = batches.estimate_matrix(lambda m: m.step_error)
    strong, strong_stderr = batches.estimate(lambda m: m.strong_error)
    error, error_stderr = batches.estimate_matrix(lambda m: m.extrapolated_error)
    sample, sample_stderr = batches.estimate_matrix(lambda m: m.extrapolated_sample)
    companion = ready.law.companion_covariance
    assert companion is not None
    chosen = coupled.reshape(-1, *[1] * (companion.ndim - 1))
    exact = ready.covariance_linear + (companion - ready.law.covariance)
    out = {
        "covariance_step_companion": companion,
        "step_error": step,
        "step_error_stderr": step_stderr,
        "strong_step_error": strong,
        "strong_step_error_stderr": strong_stderr,
        "covariance_extrapolated": np.where(chosen, exact + error, sample),
        "covariance_extrapolated_stderr": np.where(chosen, error_stderr, sample_stderr),
    }
    missing = np.isnan(companion).any(axis=batches.kept.axes(companion))
    for values in out.values():
        values[missing] = np.nan
    return out


def _skewness_and_kurtosis(
    batches: BatchSums, twin_variance: Array | None
) -> tuple[Estimates, Estimates]:
    """Skewness and excess kurtosis (times, n) with their standard errors.

    `twin_variance` (times, n) is exact, as V in `SampleMoments.cumulants`.
    """

    def standardized(m: SampleMoments) -> Array:
        third, fourth = m.cumulants(twin_variance)
        moments = m.covariance_sample if twin_variance is None else m.linearization_error
        variance = moments[..., m.kept.diagonal] + (0.0 if twin_variance is None else twin_variance)
        return np.stack([third / (variance * np.sqrt(variance)), fourth / variance**2], axis=-1)

    with np.errstate(invalid="ignore", divide="ignore"):
        value, stderr = batches.unbiased_estimate(standardized)
    skewness, kurtosis = (
        {name: value[..., k], stderr_of(name): stderr[..., k]}
        for k, name in enumerate(("skewness", "excess_kurtosis"))
    )
    return skewness, kurtosis


def estimates(ready: Preparation, sums: Array, counts: Array) -> Estimates:
    """All estimates of a run from its batch sums (batches, times, statistics).

    Computed for some times after others, so that the numbers of all batches stay in the cache.
    """
    times = max(1, MOST_BYTES // max(sums[:, 0].nbytes, 1))
    pieces = [
        _estimates(ready.during(some), sums[:, some], counts)
        for some in (slice(first, first + times) for first in range(0, sums.shape[1], times))
    ]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _estimates(ready: Preparation, sums: Array, counts: Array) -> Estimates:
    """`estimates`, in one piece."""
    batches = BatchSums(ready.kept, sums, counts, ready.plan.kernel.form.antithetic)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if not batches.pooled.coupled:
            return plain_estimates(batches, ready)
        out = coupled_estimates(batches, ready)
        if ready.law.companion_covariance is not None:
            out |= step_estimates(batches, ready, out["estimator"] == COUPLED)
    return out


def dataset(
    ready: Preparation, sums: Array, light: Array, counts: Array, losses: Array, provenance: str
) -> xr.Dataset:
    """The labelled result: estimates, NaN from the first loss on, and the batch sums.

    sums (batches, times, statistics); light (batches, statistics of light); counts (batches,) of
    trajectories; losses (losses, 2) as (sample, trajectory), in order.
    """
    times = ready.times
    values = estimates(ready, sums, counts)
    if len(losses):
        for variable in SAMPLED:
            if variable.name in values:
                values[variable.name][losses[0, 0] :] = np.nan
    lost_by_then = np.searchsorted(losses[:, 0], np.arange(len(times)), side="right")
    values |= {
        SURVIVING.name: counts.sum() - lost_by_then,
        BATCH_SUMS.name: sums,
        BATCH_TRAJECTORIES.name: counts,
    }
    kept = ready.kept
    quadratures = quadrature_coordinates(ready.model)
    if not kept.matrices:
        quadratures = {Q: quadratures[Q], **kept.coordinates}
    labelled = {name: _variable(name, kept).labelled(array) for name, array in values.items()}
    coordinates: dict[Hashable, Any] = {TIME: (TIME, times, {"units": "s"})}
    coordinates.update(quadratures)
    if ready.plan.record is not None:
        lanes = int(counts.sum()) // ready.plan.per_lane
        found = spectrum_variables(ready.plan.record, light, lanes, ready.light_spectrum)
        labelled, coordinates = labelled | found[0], coordinates | found[1]
    about = attributes(provenance, times, len(losses), losses[0] if len(losses) else None)
    return xr.Dataset(labelled, coords=coordinates, attrs=about)


def _variable(name: str, kept: KeptElements) -> Variable:
    """A variable of the result, with one dimension of kept elements instead of matrices."""
    variable = ENSEMBLE[name]
    if kept.matrices or variable.dimensions != MATRIX:
        return variable
    return replace(variable, dimensions=(TIME, ELEMENT))


@dataclass(frozen=True, eq=False)
class Replicates:
    """Covariances with one batch left out, for the jackknife of any measure.

    They are the kept elements alone, (batches, times, elements), in a result of matrices too.
    `coupled` is the coupled estimate, None without twins; `plain` that of the sampled paths.
    counts (batches,) are the sizes of the batches, `kept` the elements of the covariances.
    """

    kept: KeptElements

    coupled: Array | None
    plain: Array
    counts: Array


def replicates(result: xr.Dataset) -> Replicates:
    """The replicates of a result of `simulate`."""
    counts = result[BATCH_TRAJECTORIES.name].values
    kept = KeptElements.of(result)
    antithetic = json.loads(result.attrs["provenance"])["antithetic"]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        left_out = leave_one_out(kept, batch_sums(result), counts, antithetic)
        coupled = None
        if left_out.coupled:
            moments = kept.elements(result["covariance_linear"].values)
            coupled = moments + left_out.linearization_error
        return Replicates(kept, coupled, left_out.covariance_sample, counts)
