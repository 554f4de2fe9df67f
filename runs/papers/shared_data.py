"""Computations for several papers: steady states over parameters, runs from switch-on, audits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...analysis import estimate, transposed_eigenvalues
from ...sde import simulate
from ...sde.sampling import SamplingWarning
from ...sde.system import System
from ...steady import grid
from ...steady.grid_measures import Measure
from .curves import ROUNDING, positive_from, upper_bound
from .paper import Panels

NOISES = ("published", "consistent")
"""Noise as the paper prints it, and the noise that agrees with quantum mechanics."""


def steady_states(
    system: System, axes: Mapping[str, Any], measures: Sequence[Measure], threads: int
) -> xr.Dataset:
    """Measures, stability and physicality over one or two parameters, for a system of one branch.

    Measures are those of `steady.grid`. Dimensions are the parameters, and mode where needed.
    """
    values = {name: np.asarray(points, float) for name, points in axes.items()}
    found = grid(system, values, measures, threads, physical="ignore")
    kept = {*axes, "branch", "mode"}
    names = [name for name in found.data_vars if set(found[name].dims) <= kept]
    return found[names].isel(branch=0, drop=True)


def exponent_of(first: str, second: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """The measure "exponent" of two modes: −ln 2ν⁻, whose positive part is E_N."""

    def exponent(steady: xr.Dataset) -> xr.DataArray:
        nu = transposed_eigenvalues(steady["covariance"], first, second, "ignore")
        least: xr.DataArray = -xr.apply_ufunc(np.log, 2 * nu.isel(eigenvalue=0, drop=True))
        return least

    return exponent


def run_from_switch_on(
    system: System,
    measures: Sequence[str],
    *,
    duration: float,
    step: float,
    trajectories: int,
    threads: int,
) -> xr.Dataset:
    """Measures of full nonlinear trajectories over time after the light is switched on.

    Variables over time for every measure M: M and M_stderr, the better of the plain and the coupled
    estimate (for a linear system the plain one, since the coupled one is exact); M_linear, the
    moment equation's value; M_signed and M_signed_linear, −ln 2ν for E_N and steering, negative
    where these are zero.
    """
    linear = system.model().linear
    with warnings.catch_warnings():  # curves are read between the samples
        warnings.filterwarnings("ignore", "samples = ", SamplingWarning)
        run = simulate(
            system,
            trajectories=trajectories,
            duration=duration,
            step=step,
            scheme="exponential",
            antithetic=not linear,
            samples=120,
            seed=1,
            threads=threads,
        )
    data: dict[str, xr.DataArray] = {}
    for name in measures:
        found = estimate(run, name, physical="ignore")
        data[name] = found["plain" if linear else "value"]
        data[f"{name}_stderr"] = found["plain_stderr" if linear else "stderr"]
        data[f"{name}_linear"] = found["linear"]
        data[f"{name}_signed"] = found["plain_signed" if linear else "signed"]
        data[f"{name}_signed_linear"] = found["linear_signed"]
    return xr.Dataset(data)


def appearance_time(run: xr.Dataset, measure: str) -> float:
    """Time after switch-on, s, from which E_N or steering stays positive until the end of the run.

    From the moment equation, between its samples; NaN if it is zero at the end.
    """
    return positive_from(run["time"].values, run[f"{measure}_signed_linear"].values)


def least_physicality(*figures: Panels) -> float:
    """Least eigenvalue of V + iΩ/2 over all steady states of figures; a state has none below 0."""
    return min(
        float(panel["physicality"].min())
        for panels in figures
        for panel in panels.values()
        if "physicality" in panel
    )


def in_words(least: float) -> str:
    """Text for a least eigenvalue of V + iΩ/2; for pure states it is zero within rounding."""
    return f"{least:.1e}" if abs(least) > ROUNDING else f"0 within {upper_bound(least)}"
