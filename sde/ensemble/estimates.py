"""From batch sums to estimates with error bars, as a labelled dataset.

A batch is a set of cells; the delete-a-group jackknife over batches gives every standard error, and
takes the small-sample bias off what is not linear in the sums.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from ..labels import Q_, Q, quadrature_coordinates, variable
from ..support.checks import Array, warn
from .jackknife import jackknife, jackknife_bias, leave_one_out, prefers_coupled
from .moment_statistics import Sums, symmetric, total
from .preparation import Preparation


class ErrorBarWarning(UserWarning):
    """Too few trajectories for an error bar."""


@dataclass(frozen=True, eq=False)
class Batches:
    """The sums of all batches (batches, times, statistics), their trajectories (batches), and how
    they were paired.
    """

    size: int
    sums: Array
    counts: Array
    antithetic: bool

    def read(self, statistic: Callable[[Sums], Array]) -> tuple[Array, Array]:
        """A statistic of the sums and its standard error."""
        value, parts = self._values(statistic)
        return value, jackknife(value, parts, self.counts)

    def unbiased(self, statistic: Callable[[Sums], Array]) -> tuple[Array, Array]:
        """The same, less its bias to leading order in 1/batches."""
        value, parts = self._values(statistic)
        return value - jackknife_bias(value, parts, self.counts), jackknife(
            value, parts, self.counts
        )

    def matrix(self, statistic: Callable[[Sums], Array]) -> tuple[Array, Array]:
        """A covariance (times, n, n) from its upper triangle, and its standard error."""
        value, stderr = self.read(statistic)
        return symmetric(value), symmetric(stderr)

    def correlation(self) -> Array:
        """Correlation over batches of each variance of the full paths with that of the twins,
        (times, n); else NaN.
        """
        x, y = (
            V[..., self.parts.diagonal]
            for V in (self.parts.covariance_sample, self.parts.covariance_twin)
        )
        if len(x) < 3:
            return np.full(x.shape[1:], np.nan)
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
        return np.asarray(
            np.sum(x * y, axis=0) / np.sqrt(np.sum(x**2, axis=0) * np.sum(y**2, axis=0))
        )

    @cached_property
    def everything(self) -> Sums:
        """All batches together."""
        return total(self.size, self.sums, self.counts, self.antithetic)

    @cached_property
    def parts(self) -> Sums:
        """All batches but one, for each that holds trajectories."""
        return leave_one_out(self.size, self.sums, self.counts, self.antithetic)

    def _values(self, statistic: Callable[[Sums], Array]) -> tuple[Array, Array]:
        return statistic(self.everything), statistic(self.parts)


def plain_estimates(batches: Batches, ready: Preparation) -> dict[str, Array]:
    """All estimates of a run of single paths with their standard errors, by the names that
    `simulate` returns.
    """
    sample, sample_stderr = batches.matrix(lambda sums: sums.covariance_sample)
    drifted, drifted_stderr = batches.read(lambda sums: sums.moment("full1"))
    skewness, kurtosis = _shape(batches, None)
    return {
        "mean": ready.law.mean + drifted,
        "mean_stderr": drifted_stderr,
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
        "estimator": np.full(len(ready.mean_field), "plain"),
    }


def coupled_estimates(batches: Batches, ready: Preparation) -> dict[str, Array]:
    """All estimates of a run of coupled paths, each by the way that has the smaller error bar."""
    out = plain_estimates(batches, ready)
    error, error_stderr = batches.matrix(lambda sums: sums.linearization_error)
    twin, twin_stderr = batches.matrix(lambda sums: sums.covariance_twin)
    shift, shift_stderr = batches.read(lambda sums: sums.moment("error1"))
    spreads = (
        np.linalg.norm(stderr, axis=(1, 2))
        for stderr in (error_stderr, out["covariance_sample_stderr"])
    )
    coupled = prefers_coupled(ready.covariance_linear + error, *spreads)
    better = {
        "mean": ready.mean_field + shift,
        "mean_stderr": shift_stderr,
        "covariance": ready.covariance_linear + error,
        "covariance_stderr": error_stderr,
    }
    for name, values in better.items():
        out[name] = np.where(coupled.reshape(-1, *[1] * (values.ndim - 1)), values, out[name])
    law = np.diagonal(ready.law.covariance, axis1=1, axis2=2)
    for shape in _shape(batches, law):
        (name, exact), (name_stderr, stderr) = shape.items()
        smaller = prefers_coupled(exact, stderr, out[name_stderr])
        out[name] = np.where(smaller, exact, out[name])
        out[name_stderr] = np.where(smaller, stderr, out[name_stderr])
    return out | {
        "covariance_linear_sample": twin,
        "covariance_linear_sample_stderr": twin_stderr,
        "transition_step": ready.law.transition,
        "linearization_error": error,
        "linearization_error_stderr": error_stderr,
        "twin_correlation": batches.correlation(),
        "estimator": np.where(coupled, "coupled", "plain"),
    }


def step_estimates(batches: Batches, ready: Preparation, coupled: Array) -> dict[str, Array]:
    """What a companion at twice the step tells: weak and strong differences, and the covariance
    without a step.

    The step error of what is linear is known exactly; `coupled` (times) tells where the best
    estimate is the coupled one, which does not carry it. NaN at times that are no multiple of twice
    the step.
    """
    step, step_stderr = batches.matrix(lambda sums: sums.step_error)
    strong, strong_stderr = batches.read(lambda sums: sums.strong_error)
    error, error_stderr = batches.matrix(lambda sums: sums.extrapolated_error)
    sample, sample_stderr = batches.matrix(lambda sums: sums.extrapolated_sample)
    companion = ready.law.companion_covariance
    assert companion is not None
    chosen = coupled[:, None, None]
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
    missing = np.isnan(companion).any(axis=(1, 2))
    for values in out.values():
        values[missing] = np.nan
    return out


def _shape(batches: Batches, law: Array | None) -> tuple[dict[str, Array], dict[str, Array]]:
    """Skewness and excess kurtosis (times, n) with their standard errors, by `Sums.cumulants` with
    or without a law.
    """

    def standardized(sums: Sums) -> Array:
        third, fourth = sums.cumulants(law)
        moments = sums.covariance_sample if law is None else sums.linearization_error
        variance = moments[..., sums.diagonal] + (0.0 if law is None else law)
        return np.stack([third / (variance * np.sqrt(variance)), fourth / variance**2], axis=-1)

    with np.errstate(invalid="ignore", divide="ignore"):
        value, stderr = batches.unbiased(standardized)
    return (
        {"skewness": value[..., 0], "skewness_stderr": stderr[..., 0]},
        {"excess_kurtosis": value[..., 1], "excess_kurtosis_stderr": stderr[..., 1]},
    )


def estimates(ready: Preparation, sums: Array, counts: Array) -> dict[str, Array]:
    """All estimates of a run, by the names that `simulate` returns."""
    batches = Batches(ready.model.size, sums, counts, ready.plan.kernel.form.antithetic)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if not batches.everything.coupled:
            return plain_estimates(batches, ready)
        out = coupled_estimates(batches, ready)
        if ready.law.companion_covariance is not None:
            out |= step_estimates(batches, ready, out["estimator"] == "coupled")
    return out


@dataclass(frozen=True, eq=False)
class Replicates:
    """Covariances of a result with one batch left out, (batches, time, n, n): the coupled estimate
    and the plain one.

    For `jackknife` of any measure; `coupled` is None without twins. counts (batches) are the sizes
    of the batches.
    """

    coupled: Array | None
    plain: Array
    counts: Array


def replicates(result: xr.Dataset) -> Replicates:
    """The replicates of what `simulate` returned."""
    counts, n = result["batch_trajectories"].values, result.sizes[Q]
    antithetic = json.loads(result.attrs["provenance"])["antithetic"]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        parts = leave_one_out(n, batch_sums(result), counts, antithetic)
        coupled = (
            result["covariance_linear"].values + symmetric(parts.linearization_error)
            if parts.coupled
            else None
        )
        return Replicates(coupled, symmetric(parts.covariance_sample), counts)


def batch_sums(result: xr.Dataset) -> Array:
    """The batch sums (batches, times, statistics) of what `simulate` returned. Raises ValueError
    where it has none.
    """
    if "batch_sums" not in result:
        raise ValueError(
            "the result has no batch_sums, from which error bars and further trajectories come: read a result file "
            "with qlangevin.runs.execution.sums.open_result, which finds them in the file beside it"
        )
    return np.asarray(result["batch_sums"].values)


MEANINGS = {
    "mean": "mean, best estimate",
    "covariance": "covariance, best estimate",
    "covariance_sample": "covariance of the nonlinear ensemble",
    "covariance_linear_sample": "covariance of the linearised twins",
    "covariance_linear": "covariance, moment equation along the mean field",
    "covariance_step": "covariance, exact law of the twin at this step",
    "transition_step": "transition matrix of the twin from the sample before",
    "covariance_step_companion": "covariance, exact law of the twin at twice the step",
    "covariance_extrapolated": "covariance, best estimate extrapolated to no step",
    "linearization_error": "covariance of nonlinear paths minus that of their twins",
    "twin_correlation": "correlation over batches of sampled variances, nonlinear paths with their twins",
    "skewness": "third cumulant over the variance to the power 3/2",
    "excess_kurtosis": "fourth cumulant over the variance squared",
    "step_error": "covariance at twice the step minus covariance at the step",
    "strong_step_error": "root-mean-square distance of paths at twice the step from those at the step",
    "mean_field": "mean field",
    "mean_step": "mean field, as the steps take it",
}
EXACT = {
    "covariance_linear",
    "covariance_step",
    "covariance_step_companion",
    "transition_step",
    "mean_field",
    "mean_step",
    "estimator",
}


def dataset(
    ready: Preparation, sums: Array, counts: Array, losses: Array, made_by: str
) -> xr.Dataset:
    """The labelled result: estimates NaN from the first lost trajectory on, and the batch sums they
    came from.
    """
    times, data = ready.times, estimates(ready, sums, counts)
    surviving = counts.sum() - np.searchsorted(losses[:, 0], np.arange(len(times)), side="right")
    lost_from = losses[0, 0] if len(losses) else len(times)
    for name, values in data.items():
        if name not in EXACT:
            values[lost_from:] = np.nan
    dims = {1: ["time"], 2: ["time", Q], 3: ["time", Q, Q_]}
    variables = {
        name: variable(
            dims[values.ndim], values, "" if name == "estimator" else "1", _meaning(name)
        )
        for name, values in data.items()
    }
    variables["surviving"] = variable(
        ["time"], surviving, "trajectories", "trajectories that are finite"
    )
    variables["batch_sums"] = variable(
        ["batch", "time", "statistic"], sums, "1", "sums over the trajectories of a batch"
    )
    variables["batch_trajectories"] = variable(
        ["batch"], counts, "trajectories", "trajectories in a batch"
    )
    attributes: dict[str, str | int | float] = {
        "provenance": made_by,
        "lost_trajectories": len(losses),
    }
    if len(losses):
        sample, trajectory = losses[0]
        attributes |= {
            "first_lost_trajectory": int(trajectory),
            "first_lost_time": float(times[sample]),
        }
    coordinates = {"time": ("time", times, {"units": "s"}), **quadrature_coordinates(ready.model)}
    return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def warn_of_missing_error_bars(counts: Array) -> None:
    """Warn of a result that a single cell gave: it has no error bar."""
    if np.count_nonzero(counts) < 2:
        message = "one cell of 64 trajectories has no error bar: ask for at least 128"
        warn(f"{message}, or 256 in antithetic pairs", ErrorBarWarning)


def _meaning(name: str) -> str:
    base = name.removesuffix("_stderr")
    if name == "estimator":
        return "which estimate `mean` and `covariance` hold"
    return MEANINGS[base] + (", standard error" if base != name else "")
