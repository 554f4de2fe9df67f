"""What the samples in each branch are like: their moments, measures of these, and the density
between the branches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr
from scipy import stats

from ...sde.labels import Q_, Q, variable
from ...sde.model.gaussian_state import Gaussian
from .branch_labels import NOWHERE, Array, Line
from .jackknife import delete_one

BRANCH = "branch"
Measure = Callable[[Array], Array]
"""Covariances (..., n, n) → (...)."""


def moments(
    u: Array, labels: Array, states: tuple[Gaussian, Gaussian], measures: Mapping[str, Measure]
) -> dict[str, xr.Variable]:
    """Mean, covariance and measures of the samples in each branch; u (times, trajectories, n)."""
    columns: dict[str, list[tuple[Array, Array]]] = {}
    for k, state in enumerate(states):
        weight = (labels == k).astype(float)
        d = np.where(labels[..., None] == k, u - state.mean, 0.0).swapaxes(0, 1)
        with np.errstate(over="ignore", invalid="ignore"):  # of paths about to diverge
            parts = weight.sum(axis=0), d.sum(axis=1), d.swapaxes(1, 2) @ d
        (mean, error), covariance = delete_one(_mean, parts), delete_one(_covariance, parts)
        columns.setdefault("mean", []).append((mean + state.mean, error))
        columns.setdefault("covariance", []).append(covariance)
        for name, measure in measures.items():
            columns.setdefault(name, []).append(delete_one(_measured(measure), parts))
    dims = {1: [BRANCH], 2: [BRANCH, Q], 3: [BRANCH, Q, Q_]}
    out = {}
    for name, pairs in columns.items():
        for suffix, values in zip(
            ("", "_stderr"), map(np.stack, zip(*pairs, strict=True)), strict=True
        ):
            meaning = (
                f"{name.replace('_', ' ')} of the samples in the "
                f"branch{', standard error' * bool(suffix)}"
            )
            out[f"conditional_{name}{suffix}"] = variable(dims[values.ndim], values, "1", meaning)
    return out


def _mean(weight: Array, total: Array, products: Array) -> Array:
    return np.asarray(total / weight[..., None])


def _covariance(weight: Array, total: Array, products: Array) -> Array:
    mean = total / weight[..., None]
    return np.asarray(products / weight[..., None, None] - mean[..., :, None] * mean[..., None, :])


def _measured(measure: Measure) -> Callable[..., Array]:
    return lambda *parts: np.asarray(measure(_covariance(*parts)))


def density(
    x: Array, labels: Array, line: Line, occupation: Array, bins: int
) -> tuple[Array, dict[str, xr.Variable]]:
    """Histogram of positions with error bars, beside the branches' normal densities averaged over
    its bins.
    """
    inside = labels != NOWHERE
    low, high = (
        np.min(x[inside], initial=line.centres[0]),
        np.max(x[inside], initial=line.centres[1]),
    )
    edges = np.linspace(float(low), float(high), bins + 1)
    counts = np.stack(
        [np.histogram(column[kept], edges)[0] for column, kept in zip(x.T, inside.T, strict=True)]
    )
    width = edges[1] - edges[0]
    found, error = delete_one(
        lambda n: np.asarray(n / n.sum(axis=-1, keepdims=True) / width), (counts,)
    )
    normal = stats.norm.cdf(edges, line.centres[:, None], line.widths[:, None])
    weighted = occupation[:, None] * np.diff(normal, axis=1) / width
    return edges, {
        "density": variable(["position_bin"], found, "1", "density of positions after settling"),
        "density_stderr": variable(
            ["position_bin"], error, "1", "density of positions, standard error"
        ),
        "density_branch": variable(
            [BRANCH, "position_bin"], weighted, "1", "normal density times occupation"
        ),
    }
