"""Noise-induced switching between two stable branches: residence times, rates and occupations with
their error bars.

A path is in a branch from core to core (`hysteresis`). Rates come twice. `residences` counts exits
beyond a memory of some relaxation times and the arrivals that stay; `relaxation` takes r₁ + r₂ from
the decay of what a path remembers of its branch, without any residence time. Both agree where there
are two states that are left at random, at rates that depend neither on the cores nor on the memory
nor on the length of the paths (Hänggi, Talkner and Borkovec, doi:10.1103/RevModPhys.62.251). Where
residence times are not exponential, or the decay is not, there is no rate.

Error bars are delete-one jackknives over trajectories, which are independent whatever happens
within each.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from ...sde.labels import Q_, Q, variable
from ...sde.model.gaussian_state import Gaussian
from ...sde.support.checks import require_positive, require_whole
from .branch_labels import NOWHERE, Array, Cores, Line, Spells, classify, spells
from .branch_moments import Measure, density, moments
from .jackknife import delete_one
from .relaxation import lags_between, relaxation_variables
from .residences import (
    BRANCH,
    Stays,
    count_variables,
    crossing_variables,
    law_variables,
    rate_variables,
    rates,
)
from .residences import exponential_test as exponential_test
from .residences import survival as survival

REJECT = 1e-3
"""p-value below which residence times are called not exponential."""
FAR = 4.0
"""Standard errors beyond which two estimates are called different."""
SEPARATION = 1.0
"""Relaxations, (h₁ + h₂) times the memory, above which the branches are left before a path forgets
how it came.
"""


def switching(
    paths: xr.Dataset,
    first: Gaussian,
    second: Gaussian,
    *,
    memory: float,
    branches: tuple[int, int] = (0, 1),
    core: float = 1.0,
    settling: float | None = None,
    bins: int = 80,
    measures: Mapping[str, Measure] | None = None,
) -> xr.Dataset:
    """How paths hop between two steady states.

    Parameters
    ----------
    paths : Dataset
        Result of `sample_paths`, state (time, trajectory, quadrature).
    first, second : Gaussian
        The states, each the mean and Lyapunov covariance of a stable branch.
    memory : float
        Time after which a path has forgotten how it entered a branch, in s: four relaxation times,
        4/margin of `steady_state`. Rates are made of stays that last longer.
    branches : tuple of int
        What to call the states.
    core : float
        Size of the cores in standard deviations (see `hysteresis`).
    settling : float, optional
        Occupations, densities and moments come from after it, in s; half the run unless given.
    bins : int
        Of the density along the line between the branches.
    measures : mapping, optional
        By name, functions of the covariance (..., n, n) → (...) of the samples in each branch.

    Returns
    -------
    Dataset
        Over branch: rate (1/s; rate_total is the sum of both) with rate_stderr, rate_stderr_poisson
        and the 95 % Poisson interval rate_low … rate_high, an upper bound where nothing left; what
        it is made of, hazard and commitment; exits, time_spent (s), exits_late, time_at_risk (s),
        short_share and short_share_expected (of the exits, within the memory), crossing_time (s);
        exponential_p and exponential_distance (Kolmogorov–Smirnov, of the stays that enter the
        rate); occupation, occupation_expected (by the rates, from where the paths began),
        occupation_gap between the two, occupation_steady (by the rates, at last); conditional_mean,
        conditional_covariance and conditional_* measures. The second witness: relaxation_rate
        (1/s), relaxation_gap from r₁ + r₂, plateau_gap between its early and its late part, and
        implied_rate over lag. Most come with *_stderr. Along the line between the branches, the
        quadrature `axis`·u: position and label (time, trajectory), centre and width (branch),
        density and density_branch, the normal density of each branch times its occupation, over
        position_bin. Over spell: residence (s), spell_branch (0 or 1), spell_ended, spell_entered.
        `outside` is the share of all samples in neither core. The attribute `no_rate` says in a
        sentence why there is no rate, "" where there is; rates are NaN then.

    Raises
    ------
    ValueError
        For arguments out of range, cores that overlap, and paths of which fewer than two begin.

    Examples
    --------
    >>> paths = sample_paths(model, trajectories=256, duration=400.0, step=0.005, samples=2000, start=low)
    >>> found = switching(paths, low, high, memory=8.0)
    >>> found["rate"], found["rate_stderr"], found["relaxation_rate"], found.attrs["no_rate"]
    """
    times, u = paths["time"].values, paths["state"].values
    settling = times[-1] / 2 if settling is None else settling
    _check(times, u, settling, memory, core, bins)
    touched = Cores.around(first, second, core).touched(u)
    alive = np.isfinite(u).all(axis=-1)
    labels = classify(touched, alive)
    found = spells(labels, times)
    stays = Stays.of(found, labels.shape[1], float(times[-1]), memory)
    tally = _Tally.of(labels, times, settling, stays)
    late, line = times >= settling, Line.between(first, second)
    x = u @ line.w
    data = {
        "axis": variable(
            [Q], line.w, "1", "the line between the branches, a unit vector in phase space"
        ),
        "position": variable(
            ["time", "trajectory"], x, "1", "the state along the line between the branches"
        ),
        "label": variable(
            ["time", "trajectory"], labels, "1", "0 in the first branch, 1 in the second, else −1"
        ),
        "centre": variable([BRANCH], line.centres, "1", "fixed point along the line"),
        "width": variable([BRANCH], line.widths, "1", "Lyapunov standard deviation along the line"),
        **count_variables(stays),
        **crossing_variables(touched, labels, times),
        **rate_variables(stays),
        **law_variables(found, memory, float(np.median(np.diff(times)))),
        **relaxation_variables(touched, times, stays),
        **_occupations(tally),
        **moments(u[late], labels[late], (first, second), measures or {}),
        **_spell_variables(found),
    }
    edges, densities = density(x[late], labels[late], line, data["occupation"].values, bins)
    coordinates: dict[Hashable, Any] = {
        "time": paths["time"],
        Q: paths[Q],
        Q_: (Q_, paths[Q].values),
        BRANCH: list(branches),
        "lag": ("lag", lags_between(times, memory), {"units": "s"}),
        "position_bin": ("position_bin", (edges[1:] + edges[:-1]) / 2, {"units": "1"}),
    }
    attributes = {
        "core": core,
        "settling": float(settling),
        "memory": float(memory),
        "paths": paths.attrs["provenance"],
    }
    return _judged(xr.Dataset({**data, **densities}, coordinates, attributes))


def _check(times: Array, u: Array, settling: float, memory: float, core: float, bins: int) -> None:
    require_whole("bins", bins, 2)
    require_positive("core", core, unit="standard deviations")
    for name, value in (("settling", settling), ("memory", memory)):
        if not 0 <= value < times[-1]:
            raise ValueError(
                f"{name} must lie within the paths, from 0 to {times[-1]:.3g} s (got {value!r})"
            )
    if np.isfinite(u[0]).all(axis=-1).sum() < 2:
        raise ValueError(
            f"paths must hold two trajectories at least, for error bars (got {u.shape[1]})"
        )


@dataclass(frozen=True, eq=False)
class _Tally:
    """Stays, and per trajectory (trajectories, 2) the late time spent and the first branch; times
    in s.
    """

    stays: Stays
    late: Array
    begun: Array
    window: tuple[float, float]

    @classmethod
    def of(cls, labels: Array, times: Array, settling: float, stays: Stays) -> _Tally:
        """Count late intervals by the branch in which they begin."""
        now, then = labels[:-1], labels[1:]
        dt = np.diff(times) * (times[:-1] >= settling)
        late = np.stack([dt @ ((now == k) & (then != NOWHERE)) for k in (0, 1)], axis=-1)
        first = np.argmax(labels != NOWHERE, axis=0)
        begun = np.stack([labels[first, np.arange(labels.shape[1])] == k for k in (0, 1)], axis=-1)
        return cls(stays, late, begun.astype(float), (settling, float(times[-1])))

    def estimate(self, read: Callable[..., Array]) -> tuple[Array, Array]:
        """An estimate of the occupation read off the sums over trajectories and the rates, with its
        jackknife error.
        """

        def with_rates(late: Array, begun: Array, *parts: Array) -> Array:
            return read(late, begun, rates(*parts, memory=self.stays.memory), self.window)

        return delete_one(with_rates, (self.late, self.begun, *self.stays.parts))


def _share(late: Array, *_: object) -> Array:
    return np.asarray(late / late.sum(axis=-1, keepdims=True))


def _steady_share(late: Array, begun: Array, rate: Array, *_: object) -> Array:
    """r₂ : r₁."""
    return np.asarray(rate[..., ::-1] / rate.sum(axis=-1, keepdims=True))


def _expected_share(late: Array, begun: Array, rate: Array, window: tuple[float, float]) -> Array:
    """Occupations over the window, by dp₁/dt = −r₁p₁ + r₂p₂ from the branches where the paths
    began.
    """
    total = rate.sum(axis=-1, keepdims=True)
    first, last = (total * at for at in window)
    left = np.where(total > 0, (np.exp(-first) - np.exp(-last)) / (last - first), 1.0)
    steady = np.where(total > 0, _steady_share(late, begun, rate), 0.0)
    return np.asarray(steady + (begun / begun.sum(axis=-1, keepdims=True) - steady) * left)


def _share_gap(*sums: Any) -> Array:
    return np.asarray(_share(*sums) - _expected_share(*sums))


def _occupations(tally: _Tally) -> dict[str, xr.Variable]:
    rows: dict[str, tuple[Callable[..., Array], str]] = {
        "occupation": (_share, "share of the time after settling"),
        "occupation_expected": (
            _expected_share,
            "the same by the rates, from where the paths began",
        ),
        "occupation_gap": (_share_gap, "share of the time minus what the rates say"),
        "occupation_steady": (_steady_share, "share at last, by the rates"),
    }
    out = {}
    for name, (read, meaning) in rows.items():
        value, error = tally.estimate(read)
        out[name] = variable([BRANCH], value, "1", meaning)
        out[f"{name}_stderr"] = variable([BRANCH], error, "1", f"{meaning}, standard error")
    return out


def _spell_variables(stays: Spells) -> dict[str, xr.Variable]:
    return {
        "residence": variable(
            ["spell"], stays.duration, "s", "duration of an uninterrupted stay in a branch"
        ),
        "spell_branch": variable(
            ["spell"], stays.branch, "1", "0 for the first branch, 1 for the second"
        ),
        "spell_ended": variable(
            ["spell"], stays.ended, "1", "whether an exit ended the stay, or the data"
        ),
        "spell_entered": variable(
            ["spell"], stays.entered, "1", "whether an entry began the stay, or the data"
        ),
    }


def _judged(result: xr.Dataset) -> xr.Dataset:
    """The result without rates where there are none, and with the reason."""
    reason = next(_objections(result), "")
    if reason:
        names = [name for name in result if str(name).startswith(("rate", "occupation_"))]
        result = result.assign({name: xr.full_like(result[name], np.nan) for name in names})
    return result.assign_attrs(no_rate=reason)


def _objections(result: xr.Dataset) -> Iterator[str]:
    """Why there is no rate, in sentences."""
    relaxations = float(result["hazard"].sum()) * result.attrs["memory"]
    if relaxations > SEPARATION:
        yield f"the branches are left within {1 / relaxations:.2g} memories, before a path forgets how it came"
    p = result["exponential_p"]
    if (p < REJECT).any():
        yield f"residence times are not exponential beyond the memory (p = {float(p.min()):.1g})"
    far = stats.t.isf(stats.norm.sf(FAR), result.sizes["trajectory"] - 1)
    for name, what in (
        (
            "plateau_gap",
            "the decay between the branches is not exponential: its rate at long and at short "
            "lags differ",
        ),
        (
            "relaxation_gap",
            "residence times and the decay between the branches give different rates:",
        ),
    ):
        z = float(result[name] / result[f"{name}_stderr"])
        if abs(z) > far:
            yield f"{what} by {abs(z):.2g} standard errors"
