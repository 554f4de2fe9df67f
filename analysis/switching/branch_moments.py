"""Moments, measures and density of the samples in each branch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr
from scipy import stats

from ...sde.model.gaussian_state import Gaussian
from ...sde.support.checks import Array
from .branch_axis import BranchAxis
from .branch_labels import NO_BRANCH
from .jackknife import delete_one_jackknife
from .variables import conditional_variables

Measure = Callable[[Array], Array]
"""Function of covariances, (..., n, n) → (...)."""


def conditional_moments(
    u: Array, labels: Array, states: tuple[Gaussian, Gaussian], measures: Mapping[str, Measure]
) -> dict[str, xr.Variable]:
    """Mean, covariance and measures of the samples in each branch, with standard errors.

    u (times, trajectories, n), labels (times, trajectories). Means are summed about those of
    `states`.
    """
    estimates: dict[str, list[tuple[Array, Array]]] = {}
    for k, state in enumerate(states):
        sums = _sums(u, labels == k, state.mean)
        mean, error = delete_one_jackknife(_mean, sums)
        estimates.setdefault("mean", []).append((mean + state.mean, error))
        estimates.setdefault("covariance", []).append(delete_one_jackknife(_covariance, sums))
        for name, measure in measures.items():
            found = delete_one_jackknife(_of_covariance(measure), sums)
            estimates.setdefault(name, []).append(found)
    out: dict[str, xr.Variable] = {}
    for name, of_branches in estimates.items():
        value, stderr = map(np.stack, zip(*of_branches, strict=True))
        out |= conditional_variables(name, value, stderr)
    return out


def _sums(u: Array, chosen: Array, about: Array) -> tuple[Array, Array, Array]:
    """Per trajectory: the number of chosen samples, their sum (n,) and products (n, n)."""
    d = np.where(chosen[..., None], u - about, 0.0).swapaxes(0, 1)
    with np.errstate(over="ignore", invalid="ignore"):  # of paths about to diverge
        return chosen.astype(float).sum(axis=0), d.sum(axis=1), d.swapaxes(1, 2) @ d


def _mean(weight: Array, total: Array, products: Array) -> Array:
    """Mean (..., n) from summed weights (...), states (..., n) and products (..., n, n)."""
    return np.asarray(total / weight[..., None])


def _covariance(weight: Array, total: Array, products: Array) -> Array:
    """Covariance (..., n, n) from the same sums."""
    mean = total / weight[..., None]
    return np.asarray(products / weight[..., None, None] - mean[..., :, None] * mean[..., None, :])


def _of_covariance(measure: Measure) -> Callable[..., Array]:
    """The measure as a function of the same sums."""
    return lambda *sums: np.asarray(measure(_covariance(*sums)))


def density(
    x: Array, labels: Array, axis: BranchAxis, occupation: Array, bins: int
) -> tuple[Array, dict[str, Array]]:
    """Edges (bins + 1,) and histogram of positions x (times, trajectories), with error bars.

    Beside it the normal density of each branch, averaged over the bins, times its occupation (2,).
    """
    inside = labels != NO_BRANCH
    low = np.min(x[inside], initial=axis.centres[0])
    high = np.max(x[inside], initial=axis.centres[1])
    edges = np.linspace(float(low), float(high), bins + 1)
    counts = np.stack(
        [np.histogram(column[kept], edges)[0] for column, kept in zip(x.T, inside.T, strict=True)]
    )
    width = edges[1] - edges[0]
    found, error = delete_one_jackknife(
        lambda n: np.asarray(n / n.sum(axis=-1, keepdims=True) / width), (counts,)
    )
    normal = stats.norm.cdf(edges, axis.centres[:, None], axis.widths[:, None])
    weighted = occupation[:, None] * np.diff(normal, axis=1) / width
    return edges, {"density": found, "density_stderr": error, "density_branch": weighted}
