"""The variables of a switching result, each declared once.

`VARIABLES` holds those with fixed names; `conditional_variables` declares a moment or a measure of
the samples in each branch. The last groups are added by a run from a run file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import xarray as xr

from ...sde.labels import Q_, Q, Variable
from ...sde.support.checks import Array

BRANCH, SAMPLE = "branch", ("time", "trajectory")
LAG, POSITION_BIN = "lag", "position_bin"
RESIDENCE = "spell"
"""Dimension over the residences of all trajectories."""


def _with_stderr(
    name: str, dimensions: tuple[str, ...], units: str, meaning: str
) -> Iterator[Variable]:
    """An estimate and its standard error."""
    yield Variable(name, dimensions, units, meaning)
    yield Variable(f"{name}_stderr", dimensions, units, f"{meaning}, standard error")


AXIS_BETWEEN_BRANCHES = (
    Variable("axis", (Q,), "1", "the line between the branches, a unit vector in phase space"),
    Variable("position", SAMPLE, "1", "the state along the line between the branches"),
    Variable("label", SAMPLE, "1", "0 in the first branch, 1 in the second, else −1"),
    Variable("centre", (BRANCH,), "1", "fixed point along the line"),
    Variable("width", (BRANCH,), "1", "Lyapunov standard deviation along the line"),
)
COUNTS = (
    Variable("exits", (BRANCH,), "1", "exits to the other branch, from core to core"),
    Variable("time_spent", (BRANCH,), "s", "time of all trajectories in the branch"),
    Variable("exits_late", (BRANCH,), "1", "exits after stays longer than the memory"),
    Variable(
        "time_at_risk",
        (BRANCH,),
        "s",
        "time of all trajectories beyond the memory of their stays",
    ),
    Variable("short_share", (BRANCH,), "1", "share of the exits within the memory"),
    Variable("short_share_expected", (BRANCH,), "1", "the same for an exponential law"),
    Variable(
        "crossing_time",
        (BRANCH,),
        "s",
        "mean time from the last sample in the core to the other core",
    ),
    Variable("outside", (), "1", "share of the samples outside both cores"),
)
RATES = (
    Variable("hazard", (BRANCH,), "1/s", "exits beyond the memory over time at risk there"),
    Variable("hazard_stderr", (BRANCH,), "1/s", "standard error over trajectories"),
    Variable(
        "commitment",
        (BRANCH,),
        "1",
        "arrivals that stay beyond the memory, over the exponential law",
    ),
    Variable("commitment_stderr", (BRANCH,), "1", "standard error over trajectories"),
    Variable("rate", (BRANCH,), "1/s", "rate to the other branch"),
    Variable("rate_stderr", (BRANCH,), "1/s", "standard error over trajectories"),
    Variable("rate_total", (), "1/s", "rate at which the occupations relax, r₁ + r₂"),
    Variable("rate_total_stderr", (), "1/s", "standard error over trajectories"),
    Variable("rate_stderr_poisson", (BRANCH,), "1/s", "standard error if exits are Poissonian"),
    Variable("rate_low", (BRANCH,), "1/s", "lower end of the 95 % Poisson interval"),
    Variable("rate_high", (BRANCH,), "1/s", "upper end of the 95 % Poisson interval"),
)
EXPONENTIAL_TEST = (
    Variable(
        "exponential_distance",
        (BRANCH,),
        "1",
        "Kolmogorov–Smirnov distance from exponential law",
    ),
    Variable(
        "exponential_p",
        (BRANCH,),
        "1",
        "p-value of the residence times under an exponential law",
    ),
)
SLOW_RELAXATION = (
    *_with_stderr("implied_rate", (LAG,), "1/s", "slow relaxation rate between two lags"),
    *_with_stderr(
        "relaxation_rate",
        (),
        "1/s",
        "slow relaxation rate, r₁ + r₂, of the sampled transfer operator",
    ),
    *_with_stderr(
        "relaxation_gap",
        (),
        "1/s",
        "r₁ + r₂ from residence times minus the slow relaxation rate",
    ),
    *_with_stderr("plateau_gap", (), "1/s", "slow relaxation rate at long minus at short lags"),
)
OCCUPATIONS = (
    *_with_stderr("occupation", (BRANCH,), "1", "share of the time after settling"),
    *_with_stderr(
        "occupation_expected",
        (BRANCH,),
        "1",
        "the same predicted by the rates, from the initial branches",
    ),
    *_with_stderr("occupation_gap", (BRANCH,), "1", "share of the time minus that predicted"),
    *_with_stderr("occupation_steady", (BRANCH,), "1", "steady share predicted by the rates"),
)
RESIDENCES = (
    Variable("residence", (RESIDENCE,), "s", "duration of an uninterrupted stay in a branch"),
    Variable("spell_branch", (RESIDENCE,), "1", "0 for the first branch, 1 for the second"),
    Variable("spell_ended", (RESIDENCE,), "1", "whether an exit ended the stay, or the data"),
    Variable("spell_entered", (RESIDENCE,), "1", "whether an entry began the stay, or the data"),
)
DENSITIES = (
    Variable("density", (POSITION_BIN,), "1", "density of positions after settling"),
    Variable("density_stderr", (POSITION_BIN,), "1", "density of positions, standard error"),
    Variable("density_branch", (BRANCH, POSITION_BIN), "1", "normal density times occupation"),
)
QUANTUM_CHECK = (
    Variable("escape_action", (BRANCH,), "1", "least action of the escape path"),
    Variable(
        "escape_dropped",
        (BRANCH,),
        "1",
        "change of ln(rate) by what truncated Wigner drops, to first order",
    ),
    Variable("liouvillian_gap", (), "1/s", "slowest relaxation rate of the master equation"),
)
LEVELS_OF_THEORY = (
    Variable("state", ("time", "shown", Q), "1", "state of the first trajectories"),
    Variable("fixed_point", (BRANCH, Q), "1", "mean field"),
    Variable("lyapunov_covariance", (BRANCH, Q, Q_), "1", "Lyapunov covariance"),
    Variable("closure_mean", (BRANCH, Q), "1", "mean in Gaussian closure"),
    Variable("closure_covariance", (BRANCH, Q, Q_), "1", "covariance in Gaussian closure"),
)
VARIABLES = {
    each.name: each
    for each in (
        *AXIS_BETWEEN_BRANCHES,
        *COUNTS,
        *RATES,
        *EXPONENTIAL_TEST,
        *SLOW_RELAXATION,
        *OCCUPATIONS,
        *RESIDENCES,
        *DENSITIES,
        *QUANTUM_CHECK,
        *LEVELS_OF_THEORY,
    )
}


def labelled(values: Mapping[str, Any]) -> dict[str, xr.Variable]:
    """Arrays by the names of their variables, with dimensions, units and meanings."""
    return {name: VARIABLES[name].labelled(value) for name, value in values.items()}


def conditional_variables(name: str, value: Array, stderr: Array) -> dict[str, xr.Variable]:
    """A moment or measure of the samples in each branch, (2,) to (2, n, n), and its error."""
    dimensions = (BRANCH, Q, Q_)[: value.ndim]
    meaning = f"{name.replace('_', ' ')} of the samples in the branch"
    declared = _with_stderr(f"conditional_{name}", dimensions, "1", meaning)
    return {
        each.name: each.labelled(values)
        for each, values in zip(declared, (value, stderr), strict=True)
    }
