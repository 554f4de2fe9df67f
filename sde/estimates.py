"""From batch sums to estimates with error bars, as a labelled dataset.

A batch is a set of cells; the delete-a-group jackknife over batches gives every standard error. Covariances of
differences are formed from sums of differences: a linearisation error of 10⁻⁹ survives beside a covariance of 1.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

import numpy as np
import xarray as xr

from .labels import Q_, Q, quadrature_coordinates, variable
from .law import StepPaths
from .model import Array, Model


class ErrorBarWarning(UserWarning):
    """Too few trajectories for an error bar."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over trajectories split into their statistics; leading axes are kept.

    Σy (..., n) and the upper triangle of Σyy; then those of x − y, and of z − x if there is a companion. Of single
    paths, in place of y, the state about the stepped mean field. Covariances are upper triangles (..., n(n+1)/2).
    """

    size: int
    values: Array
    count: Array

    @property
    def coupled(self) -> bool:
        """Whether the paths have twins."""
        return self.values.shape[-1] > self.width

    @property
    def width(self) -> int:
        """Statistics in a group."""
        return self.size + self.size * (self.size + 1) // 2

    @cached_property
    def covariance_first(self) -> Array:
        """Covariance of the twins, or of single paths."""
        mean, products = self._group(0)
        return self._centred(products, self._outer(mean, mean))

    @cached_property
    def covariance_sample(self) -> Array:
        """Covariance of the full paths."""
        return self.covariance_first + self.linearization_error if self.coupled else self.covariance_first

    @cached_property
    def linearization_error(self) -> Array:
        """Covariance of the nonlinear path minus that of its twin."""
        return self._difference(1, self._group(0)[0])

    @cached_property
    def step_error(self) -> Array:
        """Covariance at twice the step minus covariance at the step."""
        return self._difference(2, self._group(0)[0] + self._group(1)[0])

    @cached_property
    def mean_shift(self) -> Array:
        """Mean of x − y, (..., n): how far the full equations move the mean off the mean field."""
        return self._group(1)[0] / self._n

    @cached_property
    def mean_sample(self) -> Array:
        """Mean fluctuation of the nonlinear paths about the stepped mean field, (..., n)."""
        total = self._group(0)[0]
        return (total + self._group(1)[0] if self.coupled else total) / self._n

    def _group(self, index: int) -> tuple[Array, Array]:
        part = self.values[..., index * self.width : (index + 1) * self.width]
        return part[..., : self.size], part[..., self.size :]

    def _difference(self, index: int, reference: Array) -> Array:
        shift, products = self._group(index)
        return self._centred(products, self._outer(shift, reference) + self._outer(reference + shift, shift))

    def _centred(self, products: Array, outer: Array) -> Array:
        return (products - outer / self._n) / (self._n - 1)

    def _outer(self, a: Array, b: Array) -> Array:
        rows, columns = np.triu_indices(self.size)
        return a.take(rows, axis=-1) * b.take(columns, axis=-1)

    @property
    def _n(self) -> Array:
        """Trajectory count broadcast over the time axis and the statistics."""
        return self.count.reshape(*self.count.shape, 1, 1)


def symmetric(triangle: Array) -> Array:
    """The symmetric matrices (..., n, n) of upper triangles (..., n(n+1)/2)."""
    n = math.isqrt(2 * triangle.shape[-1])
    rows, columns = np.triu_indices(n)
    place = np.zeros((n, n), int)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    return triangle.take(place, axis=-1)


def total(sums: Array, counts: Array, size: int) -> Sums:
    """All batches together."""
    return Sums(size, sums.sum(axis=0), np.asarray(float(counts.sum())))


def leave_one_out(sums: Array, counts: Array, size: int) -> Sums:
    """All batches but one, along a leading axis over the batches that hold trajectories."""
    used = counts > 0
    with np.errstate(invalid="ignore"):
        others = sums.sum(axis=0) - sums[used]
    return Sums(size, others, (counts.sum() - counts[used]).astype(float))


def jackknife(full: Array, left_out: Array, counts: Array) -> Array:
    """Standard error of an estimate from its values with one batch left out, along the leading axis.

    Batches may differ in size (Busing, Meijer and van der Leeden, doi:10.1023/A:1008800423698); NaN for one batch.
    """
    used = counts[counts > 0]
    if len(used) < 2:
        return np.full_like(full, np.nan)
    weight = used.sum() / used - 1
    deviation = (full - left_out).reshape(len(used), -1)
    return np.asarray(np.sqrt(weight @ deviation**2 / len(used))).reshape(full.shape)


def coupled_estimates(
    model: Model, sums: Array, counts: Array, mean_field: Array, covariance_linear: Array, paths: StepPaths
) -> dict[str, Array]:
    """All estimates of a run of coupled paths with their standard errors, by the names that `simulate` returns."""
    with_error = _Jackknife(model.size, sums, counts)
    error, error_stderr = with_error.matrix("linearization_error")
    sample, sample_stderr = with_error.matrix("covariance_sample")
    twin, twin_stderr = with_error.matrix("covariance_first")
    shift, shift_stderr = with_error.vector("mean_shift")
    drifted, drifted_stderr = with_error.vector("mean_sample")
    plain = np.linalg.norm(sample_stderr, axis=(1, 2)) < np.linalg.norm(error_stderr, axis=(1, 2))
    vector, matrix = plain[:, None], plain[:, None, None]
    out = {
        "mean": np.where(vector, paths.mean + drifted, mean_field + shift),
        "mean_stderr": np.where(vector, drifted_stderr, shift_stderr),
        "covariance": np.where(matrix, sample, covariance_linear + error),
        "covariance_stderr": np.where(matrix, sample_stderr, error_stderr),
        "covariance_sample": sample,
        "covariance_sample_stderr": sample_stderr,
        "covariance_linear_sample": twin,
        "covariance_linear_sample_stderr": twin_stderr,
        "covariance_linear": covariance_linear,
        "covariance_step": paths.covariance,
        "transition_step": paths.transition,
        "linearization_error": error,
        "linearization_error_stderr": error_stderr,
        "mean_field": mean_field,
        "mean_step": paths.mean,
        "estimator": np.where(plain, "plain", "coupled"),
    }
    if paths.companion_covariance is not None:
        missing = np.isnan(paths.companion_covariance)
        step_error, step_stderr = with_error.matrix("step_error")
        out["covariance_step_companion"] = paths.companion_covariance
        out["step_error"] = np.where(missing, np.nan, step_error)
        out["step_error_stderr"] = np.where(missing, np.nan, step_stderr)
    return out


def plain_estimates(
    model: Model, sums: Array, counts: Array, mean_field: Array, covariance_linear: Array, paths: StepPaths
) -> dict[str, Array]:
    """All estimates of a run of single paths with their standard errors, by the names that `simulate` returns."""
    with_error = _Jackknife(model.size, sums, counts)
    sample, sample_stderr = with_error.matrix("covariance_sample")
    drifted, drifted_stderr = with_error.vector("mean_sample")
    return {
        "mean": paths.mean + drifted,
        "mean_stderr": drifted_stderr,
        "covariance": sample.copy(),
        "covariance_stderr": sample_stderr.copy(),
        "covariance_sample": sample,
        "covariance_sample_stderr": sample_stderr,
        "covariance_linear": covariance_linear,
        "covariance_step": paths.covariance,
        "mean_field": mean_field,
        "mean_step": paths.mean,
        "estimator": np.full(len(mean_field), "plain"),
    }


class _Jackknife:
    """Reads a property of `Sums` off all batches together, and its standard error off those with one batch left out."""

    def __init__(self, size: int, sums: Array, counts: Array) -> None:
        self.everything, self.parts = total(sums, counts, size), leave_one_out(sums, counts, size)
        self.counts = counts

    def vector(self, name: str) -> tuple[Array, Array]:
        """An estimate (times, n) and its standard error."""
        read = attrgetter(name)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = read(self.everything)
            return value, jackknife(value, read(self.parts), self.counts)

    def matrix(self, name: str) -> tuple[Array, Array]:
        """An estimate (times, n, n) and its standard error."""
        value, stderr = self.vector(name)
        return symmetric(value), symmetric(stderr)


def replicates(result: xr.Dataset) -> tuple[Array, Array, Array]:
    """Covariances with one batch left out, (batches, time, n, n): best estimate and plain sample; and the batch sizes.

    For `jackknife` of any measure of the covariances of a `simulate` result.
    """
    counts, n = result["batch_trajectories"].values, result.sizes[Q]
    parts = leave_one_out(result["batch_sums"].values, counts, n)
    plain = symmetric(parts.covariance_sample)
    if not parts.coupled:
        return plain, plain, counts
    coupled = result["covariance_linear"].values + symmetric(parts.linearization_error)
    chosen = (result["estimator"].values == "plain")[:, None, None]
    return np.where(chosen, plain, coupled), plain, counts


MEANINGS = {
    "mean": "mean, best estimate",
    "covariance": "covariance, best estimate",
    "covariance_sample": "covariance of the nonlinear ensemble",
    "covariance_linear_sample": "covariance of the linearised twins",
    "covariance_linear": "covariance, moment equation along the mean field",
    "covariance_step": "covariance, exact law of the twin at this step",
    "transition_step": "transition matrix of the twin from the sample before",
    "covariance_step_companion": "covariance, exact law of the twin at twice the step",
    "linearization_error": "covariance of nonlinear paths minus that of their twins",
    "step_error": "covariance at twice the step minus covariance at the step",
    "mean_field": "mean field",
    "mean_step": "mean field, as the steps take it",
}


def dataset(
    model: Model, times: Array, data: dict[str, Array], sums: Array, counts: Array, losses: Array, made_by: str
) -> xr.Dataset:
    """The labelled result: estimates NaN from the first lost trajectory on, and the batch sums they came from."""
    surviving = counts.sum() - np.searchsorted(losses[:, 0], np.arange(len(times)), side="right")
    lost_from = losses[0, 0] if len(losses) else len(times)
    for name, values in data.items():
        if _is_sampled(name):
            values[lost_from:] = np.nan
    if np.count_nonzero(counts) < 2:
        warnings.warn(
            "one cell of 64 trajectories has no error bar: ask for at least 128", ErrorBarWarning, stacklevel=3
        )
    dims = {1: ["time"], 2: ["time", Q], 3: ["time", Q, Q_]}
    variables = {
        name: variable(dims[values.ndim], values, "" if name == "estimator" else "1", _meaning(name))
        for name, values in data.items()
    }
    variables["surviving"] = variable(["time"], surviving, "trajectories", "trajectories that are finite")
    variables["batch_sums"] = variable(
        ["batch", "time", "statistic"], sums, "1", "sums over the trajectories of a batch"
    )
    variables["batch_trajectories"] = variable(["batch"], counts, "trajectories", "trajectories in a batch")
    attributes: dict[str, str | int | float] = {"provenance": made_by, "lost_trajectories": len(losses)}
    if len(losses):
        sample, trajectory = losses[0]
        attributes |= {"first_lost_trajectory": int(trajectory), "first_lost_time": float(times[sample])}
    coordinates = {"time": ("time", times, {"units": "s"}), **quadrature_coordinates(model)}
    return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def _is_sampled(name: str) -> bool:
    return name.endswith(("_sample", "_error", "_stderr")) or name in ("mean", "covariance")


def _meaning(name: str) -> str:
    base = name.removesuffix("_stderr")
    if name == "estimator":
        return "which estimate `mean` and `covariance` hold"
    return MEANINGS[base] + (", standard error" if base != name else "")
