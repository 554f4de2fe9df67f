"""Rates, residence times and occupations of switching between two stable branches, from paths.

A path changes branch when it enters the core of the other branch (`branch_labels`). Rates are
estimated in two independent ways. `rates` counts exits beyond a memory time of some relaxation
times, and arrivals that stay; `relaxation` takes r₁ + r₂ from the decay of the correlation between
cores, without any residence time. Both agree where there are two metastable states that are left at
random, at rates that depend neither on the cores nor on the memory nor on the length of the paths
(Hänggi, Talkner and Borkovec, doi:10.1103/RevModPhys.62.251). Where residence times are not
exponential, or the decay is not, there is no rate.

Standard errors are delete-one jackknives over trajectories, which are independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from ...sde.labels import Q_, Q
from ...sde.model.gaussian_state import Gaussian
from ...sde.support.checks import Array, require_positive, require_whole
from .branch_axis import BranchAxis
from .branch_labels import Cores, branch_of_last_core
from .branch_moments import Measure, conditional_moments, density
from .occupations import OccupationCounts
from .rates import rate_values
from .relaxation import lags_between, relaxation_values
from .residences import ResidenceCounts, Residences, crossing_values
from .survival import exponential_test_values
from .variables import BRANCH, labelled

REJECTED_P = 1e-3
"""p-value below which residence times are called not exponential."""
SIGNIFICANT = 4.0
"""Standard errors beyond which two estimates are called different."""
MOST_RELAXATIONS = 1.0
"""Largest (h₁ + h₂) × memory for rates: above it, residences are shorter than the memory."""


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
    """Residence times, rates and occupations of paths that switch between two steady states.

    Parameters
    ----------
    paths : Dataset
        Result of `sample_paths`, state (time, trajectory, quadrature).
    first, second : Gaussian
        The states, each the mean and Lyapunov covariance of a stable branch.
    memory : float
        Time after which exits from a branch no longer depend on how the path entered it, in s: four
        relaxation times, 4/margin of `steady_state`. Rates come from longer residences.
    branches : tuple of int
        Numbers of the states, the coordinate `branch` of the result.
    core : float
        Size of the cores in standard deviations (see `branch_labels`).
    settling : float, optional
        Occupations, densities and moments are those after this time, in s; half the run unless
        given.
    bins : int
        Number of bins of the density along the line between the branches.
    measures : mapping, optional
        By name, functions of the covariance (..., n, n) → (...) of the samples in each branch.

    Returns
    -------
    Dataset
        Over branch: `rate` (1/s; `rate_total` is the sum of both) with `rate_stderr`,
        `rate_stderr_poisson` and the 95 % Poisson interval `rate_low` … `rate_high`, an upper bound
        where there was no exit; `hazard` and `commitment`, of which the rate is made; `exits`,
        `time_spent` (s), `exits_late`, `time_at_risk` (s), `short_share` and `short_share_expected`
        (of the exits, within the memory), `crossing_time` (s); `exponential_p` and
        `exponential_distance` (Kolmogorov–Smirnov, of the residences that enter the rate);
        `occupation`, `occupation_expected` (predicted by the rates from the initial branches),
        `occupation_gap` between the two, `occupation_steady` (predicted by the rates in the steady
        state); `conditional_mean`, `conditional_covariance` and `conditional_*` measures.

        From the transfer operator: `relaxation_rate` (1/s), `relaxation_gap` from r₁ + r₂,
        `plateau_gap` between its early and its late part, and `implied_rate` over lag. Most come
        with `*_stderr`.

        Along the line between the branches, the quadrature `axis`·u: `position` and `label` (time,
        trajectory), `centre` and `width` (branch), `density` and `density_branch`, the normal
        density of each branch times its occupation, over position_bin.

        Over spell, the residences: `residence` (s), `spell_branch` (0 or 1), `spell_ended`,
        `spell_entered`. `outside` is the share of all samples in neither core.

        The attribute `no_rate` is a sentence that gives the reason if there is no rate, and rates
        are NaN then; otherwise it is "".

    Raises
    ------
    ValueError
        For arguments out of range, cores that overlap, and fewer than two trajectories.

    Examples
    --------
    A Kerr resonator between its dark and its bright branch, in units of its energy decay rate:

    >>> import numpy as np, qlangevin as ql
    >>> from qlangevin.analysis.switching import switching
    >>> kerr = ql.Model.build(["a"], [ql.terms.detune("a", -3.0), ql.terms.kerr("a", 0.4),
    ...     ql.terms.drive("a", -2.4j), ql.terms.lose("a", "out", energy_rate=1.0)])
    >>> steady = ql.steady_state(kerr)
    >>> low, high = (ql.Gaussian(steady["mean"].values[k], steady["covariance"].values[k])
    ...     for k in (0, 2))
    >>> paths = ql.sample_paths(kerr, trajectories=64, duration=400.0, step=0.01, samples=2000,
    ...     scheme="runge-kutta", start=low)
    >>> found = switching(paths, low, high, memory=8.0)
    >>> found["rate"].dims, found.attrs["no_rate"]
    (('branch',), '')
    """
    times = paths["time"].values
    u = paths["state"].values
    settling = times[-1] / 2 if settling is None else settling
    _check(times, u, settling, memory, core, bins)
    in_core = Cores.around(first, second, core).containing(u)
    labels = branch_of_last_core(in_core, np.isfinite(u).all(axis=-1))
    residences = Residences.of(labels, times)
    counts = ResidenceCounts.of(residences, labels.shape[1], float(times[-1]), memory)
    occupations = OccupationCounts.of(labels, times, settling, counts).values()
    late = times >= settling
    axis = BranchAxis.between(first, second)
    x = u @ axis.w
    edges, densities = density(x[late], labels[late], axis, occupations["occupation"], bins)
    values = {
        "axis": axis.w,
        "position": x,
        "label": labels,
        "centre": axis.centres,
        "width": axis.widths,
        **counts.values(),
        **crossing_values(in_core, labels, times),
        **rate_values(counts),
        **exponential_test_values(residences, memory, float(np.median(np.diff(times)))),
        **relaxation_values(in_core, times, counts),
        **occupations,
    }
    data = {
        **labelled(values),
        **conditional_moments(u[late], labels[late], (first, second), measures or {}),
        **labelled(residences.values()),
        **labelled(densities),
    }
    attributes = {
        "core": core,
        "settling": float(settling),
        "memory": float(memory),
        "paths": paths.attrs["provenance"],
    }
    coordinates = _coordinates(paths, branches, edges, memory)
    return _without_refused_rates(xr.Dataset(data, coordinates, attributes))


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


def _coordinates(
    paths: xr.Dataset, branches: tuple[int, int], edges: Array, memory: float
) -> dict[Hashable, Any]:
    return {
        "time": paths["time"],
        Q: paths[Q],
        Q_: (Q_, paths[Q].values),
        BRANCH: list(branches),
        "lag": ("lag", lags_between(paths["time"].values, memory), {"units": "s"}),
        "position_bin": ("position_bin", (edges[1:] + edges[:-1]) / 2, {"units": "1"}),
    }


def _without_refused_rates(result: xr.Dataset) -> xr.Dataset:
    """The result with the attribute `no_rate`; rates are NaN where it gives a reason."""
    reason = next(_reasons_against_rates(result), "")
    if reason:
        names = [name for name in result if str(name).startswith(("rate", "occupation_"))]
        result = result.assign({name: xr.full_like(result[name], np.nan) for name in names})
    return result.assign_attrs(no_rate=reason)


def _reasons_against_rates(result: xr.Dataset) -> Iterator[str]:
    """Why there is no rate, in sentences."""
    relaxations = float(result["hazard"].sum()) * result.attrs["memory"]
    if relaxations > MOST_RELAXATIONS:
        yield (
            f"the branches are left within {1 / relaxations:.2g} memory times, while exits still "
            "depend on how the path entered"
        )
    p = result["exponential_p"]
    if (p < REJECTED_P).any():
        yield f"residence times are not exponential beyond the memory (p = {float(p.min()):.1g})"
    bound = stats.t.isf(stats.norm.sf(SIGNIFICANT), result.sizes["trajectory"] - 1)
    differences = {
        "plateau_gap": "the decay between the branches is not exponential: its rate at long and at "
        "short lags differ",
        "relaxation_gap": "residence times and the decay between the branches give different "
        "rates:",
    }
    for name, what in differences.items():
        z = float(result[name] / result[f"{name}_stderr"])
        if abs(z) > bound:
            yield f"{what} by {abs(z):.2g} standard errors"
