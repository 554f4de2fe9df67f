"""Noise-induced switching between two stable branches: residence times, rates and occupations with their error bars.

A path leaves branch i at the rate r_i = exits / time spent there (Hänggi, Talkner and Borkovec,
doi:10.1103/RevModPhys.62.251). If it forgets within a branch how it came there, residence times are exponential, exits
are a Poisson process, and the occupations settle at r_2 : r_1 at the rate r_1 + r_2. All three are checked.

Error bars are delete-one jackknives over trajectories, which are independent whatever happens within each.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from ..sde.arguments import require_positive, require_whole
from ..sde.labels import Q_, Q, variable
from ..sde.states import Gaussian
from .hysteresis import NOWHERE, Array, Line, Spells, classify, spells

BRANCH = "branch"
LEVEL = 0.95
"""Of the Poisson interval of a rate."""
FEWEST = 5
"""Exits below which no law of residence times can be told."""

Measure = Callable[[Array], Array]
"""Covariances (..., n, n) → (...)."""


def switching(
    paths: xr.Dataset,
    first: Gaussian,
    second: Gaussian,
    *,
    branches: tuple[int, int] = (0, 1),
    core: float = 1.0,
    settling: float | None = None,
    memory: float = 0.0,
    bins: int = 80,
    measures: Mapping[str, Measure] | None = None,
) -> xr.Dataset:
    """How paths (a result of `sample_paths`) hop between the steady states `first` and `second`, called `branches`.

    `core` is the size of the branches' cores in standard deviations (see `hysteresis`). Occupations, densities and
    moments come from after `settling`, residence times are tested beyond `memory`; both in s, half the run and 0
    unless given. `measures` by name are taken of the covariance of the samples in each branch.

    Returns over branch: exits, time_spent (s), rate (1/s) with rate_stderr, rate_stderr_poisson and the 95 % Poisson
    interval rate_low … rate_high, an upper bound where nothing left; exponential_p and exponential_distance
    (Kolmogorov–Smirnov); occupation, occupation_expected (by the rates, from where the paths began) and occupation_gap
    between the two, occupation_steady (by the rates, at last); conditional_mean (branch, quadrature),
    conditional_covariance, and conditional_* measures; each with *_stderr. Along the line between the branches, the
    quadrature `axis`·u: position and label (time, trajectory), centre and width (branch), density and density_branch,
    the normal density of each branch times its occupation, over position_bin. Over spell: residence (s), spell_branch
    (0 or 1), spell_ended.

    Raises ValueError for arguments out of range, cores that overlap, and paths of which fewer than two begin.
    """
    times, u = paths["time"].values, paths["state"].values
    settling = times[-1] / 2 if settling is None else settling
    _check(times, u, settling, memory, core, bins)
    line = Line.between(first, second)
    x = u @ line.w
    labels = classify(x, line, core)
    stays = spells(labels, times)
    tally = _Tally.of(labels, times, settling)
    late = times >= settling
    data = {
        "axis": variable([Q], line.w, "1", "the line between the branches, a unit vector in phase space"),
        "position": variable(["time", "trajectory"], x, "1", "the state along the line between the branches"),
        "label": variable(["time", "trajectory"], labels, "1", "0 in the first branch, 1 in the second, else −1"),
        "centre": variable([BRANCH], line.centres, "1", "fixed point along the line"),
        "width": variable([BRANCH], line.widths, "1", "Lyapunov standard deviation along the line"),
        **_rates(tally),
        **_laws(stays, memory, float(np.median(np.diff(times)))),
        **_occupations(tally),
        **_moments(u[late], labels[late], (first, second), measures or {}),
        **_spell_variables(stays),
    }
    edges, density = _density(x[late], labels[late], line, data["occupation"].values, bins)
    coordinates: dict[Hashable, Any] = {
        "time": paths["time"],
        Q: paths[Q],
        Q_: (Q_, paths[Q].values),
        BRANCH: list(branches),
        "position_bin": ("position_bin", (edges[1:] + edges[:-1]) / 2, {"units": "1"}),
    }
    attributes = {"core": core, "settling": float(settling), "memory": memory, "paths": paths.attrs["provenance"]}
    return xr.Dataset({**data, **density}, coordinates, attributes)


def _check(times: Array, u: Array, settling: float, memory: float, core: float, bins: int) -> None:
    require_whole("bins", bins, 2)
    require_positive("core", core, unit="standard deviations")
    for name, value in (("settling", settling), ("memory", memory)):
        if not 0 <= value < times[-1]:
            raise ValueError(f"{name} must lie within the paths, from 0 to {times[-1]:.3g} s (got {value!r})")
    if np.isfinite(u[0]).all(axis=-1).sum() < 2:
        raise ValueError(f"paths must hold two trajectories at least, for error bars (got {u.shape[1]})")


@dataclass(frozen=True, eq=False)
class _Tally:
    """Per trajectory: exits and time spent (trajectories, 2), late time spent, first branch; and the late window, s."""

    exits: Array
    spent: Array
    late: Array
    begun: Array
    window: tuple[float, float]

    @classmethod
    def of(cls, labels: Array, times: Array, settling: float) -> _Tally:
        """Count exits between samples, and intervals by the branch in which they begin."""
        now, then, dt = labels[:-1], labels[1:], np.diff(times)
        inside = np.stack([(now == k) & (then != NOWHERE) for k in (0, 1)], axis=-1)
        exits = (inside & (now != then)[..., None]).sum(axis=0)
        spent = np.einsum("t,tnk->nk", dt, inside)
        late = np.einsum("t,tnk->nk", dt * (times[:-1] >= settling), inside)
        first = np.argmax(labels != NOWHERE, axis=0)
        begun = np.stack([labels[first, np.arange(labels.shape[1])] == k for k in (0, 1)], axis=-1)
        return cls(exits, spent, late, begun.astype(float), (settling, float(times[-1])))

    def estimate(self, read: Callable[..., Array]) -> tuple[Array, Array]:
        """An estimate read off the sums over trajectories, and its jackknife error."""
        parts = (self.exits, self.spent, self.late, self.begun)
        return _delete_one(lambda *sums: read(*sums, self.window), parts)


def _delete_one(read: Callable[..., Array], parts: tuple[Array, ...]) -> tuple[Array, Array]:
    """read(*sums) of sums over the first axis of each part, and its delete-one jackknife error."""
    totals = [part.sum(axis=0) for part in parts]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = read(*totals)
        others = read(*(total - part for total, part in zip(totals, parts, strict=True)))
        count = len(others)
        return value, np.sqrt((count - 1) / count * np.sum((others - value) ** 2, axis=0))


def _rate(exits: Array, spent: Array, *_: object) -> Array:
    return np.asarray(exits / spent)


def _share(exits: Array, spent: Array, late: Array, *_: object) -> Array:
    return np.asarray(late / late.sum(axis=-1, keepdims=True))


def _steady_share(exits: Array, spent: Array, *_: object) -> Array:
    """r₂ : r₁."""
    rate = exits / spent
    return np.asarray(rate[..., ::-1] / rate.sum(axis=-1, keepdims=True))


def _expected_share(exits: Array, spent: Array, late: Array, begun: Array, window: tuple[float, float]) -> Array:
    """Occupations over the window, by dp₁/dt = −r₁p₁ + r₂p₂ from the branches where the paths began."""
    total = (exits / spent).sum(axis=-1, keepdims=True)
    first, last = (total * at for at in window)
    left = np.where(total > 0, (np.exp(-first) - np.exp(-last)) / (last - first), 1.0)
    steady = np.where(total > 0, _steady_share(exits, spent), 0.0)
    return np.asarray(steady + (begun / begun.sum(axis=-1, keepdims=True) - steady) * left)


def _share_gap(*sums: Any) -> Array:
    return np.asarray(_share(*sums) - _expected_share(*sums))


def _rates(tally: _Tally) -> dict[str, xr.Variable]:
    exits, spent = tally.exits.sum(axis=0), tally.spent.sum(axis=0)
    rate, error = tally.estimate(_rate)
    tail = (1 - LEVEL) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        poisson = np.where(exits > 0, rate / np.sqrt(exits), np.nan)
        low = np.where(exits > 0, stats.chi2.ppf(tail, 2 * exits) / 2, 0.0) / spent
        high = stats.chi2.isf(tail, 2 * exits + 2) / 2 / spent
    return {
        "exits": variable([BRANCH], exits, "1", "exits to the other branch"),
        "time_spent": variable([BRANCH], spent, "s", "time of all trajectories in the branch"),
        "rate": variable([BRANCH], rate, "1/s", "exits over time spent"),
        "rate_stderr": variable([BRANCH], np.where(exits > 0, error, np.nan), "1/s", "its error over trajectories"),
        "rate_stderr_poisson": variable([BRANCH], poisson, "1/s", "its error if exits are a Poisson process"),
        "rate_low": variable([BRANCH], low, "1/s", "lower end of its 95 % Poisson interval"),
        "rate_high": variable([BRANCH], high, "1/s", "upper end of its 95 % Poisson interval"),
    }


def _laws(stays: Spells, memory: float, interval: float) -> dict[str, xr.Variable]:
    tests = []
    for k in (0, 1):
        chosen = stays.branch == k
        tests.append(exponential_test(stays.duration[chosen], stays.ended[chosen], memory, interval))
    distance, p = np.array(tests).T
    return {
        "exponential_distance": variable([BRANCH], distance, "1", "Kolmogorov–Smirnov distance from exponential law"),
        "exponential_p": variable([BRANCH], p, "1", "p-value of the residence times under an exponential law"),
    }


def exponential_test(duration: Array, ended: Array, memory: float = 0.0, interval: float = 0.0) -> tuple[float, float]:
    """Kolmogorov–Smirnov distance of residence times from exponential law, and its p-value; NaN for under five exits.

    Stays that have not `ended` are censored: with a constant hazard the exits, in order of age, lie evenly in the total
    time on test Σ min(duration, age) (Barlow and Campo, 1975), from the age `memory` on. Durations in whole sampling
    intervals are spread within them. Times in s, duration and ended (spells,).
    """
    order = np.lexsort((~ended, duration))
    t, exit_here = duration[order].astype(float), ended[order]
    values, inverse = np.unique(t[exit_here], return_inverse=True)
    rank = np.arange(len(inverse)) - np.searchsorted(t[exit_here], values)[inverse]
    t[exit_here] -= interval * (1 - (rank + 0.5) / np.bincount(inverse, minlength=len(values))[inverse])
    order = np.argsort(t, kind="stable")
    excess, exit_here = t[order] - memory, exit_here[order]
    excess, exit_here = excess[excess > 0], exit_here[excess > 0]
    at_risk = np.arange(len(excess), 0, -1)
    on_test = np.cumsum(at_risk * np.diff(excess, prepend=0.0))
    inner = on_test[exit_here][: -1 if exit_here[-1:].any() else None]
    if len(inner) < FEWEST:
        return np.nan, np.nan
    found = stats.kstest(inner / on_test[-1], "uniform")
    return float(found.statistic), float(found.pvalue)


def survival(duration: Array, ended: Array) -> tuple[Array, Array]:
    """Ages (exits,) and the share of stays that last longer, stays that have not `ended` being censored.

    Kaplan and Meier, doi:10.1080/01621459.1958.10501452.
    """
    order = np.lexsort((~ended, duration))
    at_risk = np.arange(len(order), 0, -1)
    left = np.cumprod(1 - ended[order] / at_risk)
    return duration[order][ended[order]], left[ended[order]]


def _occupations(tally: _Tally) -> dict[str, xr.Variable]:
    rows: dict[str, tuple[Callable[..., Array], str]] = {
        "occupation": (_share, "share of the time after settling"),
        "occupation_expected": (_expected_share, "the same by the rates, from where the paths began"),
        "occupation_gap": (_share_gap, "share of the time minus what the rates say"),
        "occupation_steady": (_steady_share, "share at last, by the rates"),
    }
    out = {}
    for name, (read, meaning) in rows.items():
        value, error = tally.estimate(read)
        out[name] = variable([BRANCH], value, "1", meaning)
        out[f"{name}_stderr"] = variable([BRANCH], error, "1", f"{meaning}, standard error")
    return out


def _moments(
    u: Array, labels: Array, states: tuple[Gaussian, Gaussian], measures: Mapping[str, Measure]
) -> dict[str, xr.Variable]:
    """Mean, covariance and measures of the samples in each branch; u (times, trajectories, n)."""
    columns: dict[str, list[tuple[Array, Array]]] = {}
    for k, state in enumerate(states):
        weight = (labels == k).astype(float)
        d = np.where(labels[..., None] == k, u - state.mean, 0.0).swapaxes(0, 1)
        with np.errstate(over="ignore", invalid="ignore"):  # of paths about to diverge
            parts = weight.sum(axis=0), d.sum(axis=1), d.swapaxes(1, 2) @ d
        (mean, error), covariance = _delete_one(_mean, parts), _delete_one(_covariance, parts)
        columns.setdefault("mean", []).append((mean + state.mean, error))
        columns.setdefault("covariance", []).append(covariance)
        for name, measure in measures.items():
            columns.setdefault(name, []).append(_delete_one(_measured(measure), parts))
    dims = {1: [BRANCH], 2: [BRANCH, Q], 3: [BRANCH, Q, Q_]}
    out = {}
    for name, pairs in columns.items():
        for suffix, values in zip(("", "_stderr"), map(np.stack, zip(*pairs, strict=True)), strict=True):
            meaning = f"{name.replace('_', ' ')} of the samples in the branch{', standard error' * bool(suffix)}"
            out[f"conditional_{name}{suffix}"] = variable(dims[values.ndim], values, "1", meaning)
    return out


def _mean(weight: Array, total: Array, products: Array) -> Array:
    return np.asarray(total / weight[..., None])


def _covariance(weight: Array, total: Array, products: Array) -> Array:
    mean = total / weight[..., None]
    return np.asarray(products / weight[..., None, None] - mean[..., :, None] * mean[..., None, :])


def _measured(measure: Measure) -> Callable[..., Array]:
    return lambda *parts: np.asarray(measure(_covariance(*parts)))


def _density(x: Array, labels: Array, line: Line, occupation: Array, bins: int) -> tuple[Array, dict[str, xr.Variable]]:
    """Histogram of positions with error bars, beside the branches' normal densities averaged over its bins."""
    inside = labels != NOWHERE
    low, high = np.min(x[inside], initial=line.centres[0]), np.max(x[inside], initial=line.centres[1])
    edges = np.linspace(float(low), float(high), bins + 1)
    counts = np.stack([np.histogram(column[kept], edges)[0] for column, kept in zip(x.T, inside.T, strict=True)])
    width = edges[1] - edges[0]
    density, error = _delete_one(lambda n: np.asarray(n / n.sum(axis=-1, keepdims=True) / width), (counts,))
    normal = stats.norm.cdf(edges, line.centres[:, None], line.widths[:, None])
    weighted = occupation[:, None] * np.diff(normal, axis=1) / width
    return edges, {
        "density": variable(["position_bin"], density, "1", "density of positions after settling"),
        "density_stderr": variable(["position_bin"], error, "1", "density of positions, standard error"),
        "density_branch": variable([BRANCH, "position_bin"], weighted, "1", "normal density times occupation"),
    }


def _spell_variables(stays: Spells) -> dict[str, xr.Variable]:
    return {
        "residence": variable(["spell"], stays.duration, "s", "duration of an uninterrupted stay in a branch"),
        "spell_branch": variable(["spell"], stays.branch, "1", "0 for the first branch, 1 for the second"),
        "spell_ended": variable(["spell"], stays.ended, "1", "whether an exit ended the stay, or the data"),
    }
