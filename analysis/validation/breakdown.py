"""Where linearised theory breaks down: the nonlinearity turned up at fixed linear fluctuations.

`Model.scaled(s)` keeps drift matrix and diffusion at the fixed point and makes the nonlinearity s
times as strong. At each s an ensemble starts in the linearised steady state and is given time to
find its own; its covariance, averaged over the second half of the run, is then compared with
Lyapunov's, with the Gaussian closure and with the leading order of the nonlinearity.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ...sde.ensemble.results import LossWarning
from ...sde.ensemble.simulation import simulate
from ...sde.labels import provenance
from ...sde.model.gaussian_state import Gaussian
from ...sde.model.model import Model
from ...sde.moments.propagation import DivergenceError, propagate_moments
from ...sde.sampling import SamplingWarning
from ...sde.system import System, as_single_model
from ...steady.nonlinear_correction import leading_correction
from ...steady.steady_states import steady_state
from ..estimation import estimate, quantity
from .checks import RELAXATION_TIMES
from .deviations import Array, largest
from .levels import sampled

Progress = Callable[[int, int], None]
SIGNIFICANT = 5.0
"""Standard errors from which a point enters the fit of the exponent."""
PERTURBATIVE = 0.01
"""Largest relative error of V, or of E_N, that does: beyond, higher orders bend the curve."""


def breakdown(
    system: System | Model,
    nonlinearities: Sequence[float] | Array,
    pair: tuple[str, str],
    *,
    trajectories: int,
    duration: float,
    step: float,
    branch: int,
    scheme: str = "euler-maruyama",
    seed: int = 0,
    tolerance: float = 0.01,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Errors of every level of theory over `nonlinearity` s, about one stable branch; duration and
    step in s.

    Every s has a noise of its own, seeded by `seed`, seed + 1, …

    error: largest |ΔV_ij|/√(V_ii V_jj) of Lyapunov's covariance, closure_error that of the Gaussian
    closure, each with `*_stderr`; leading: what the leading order in s says of the first;
    truncation: the leading order of what truncated Wigner leaves out, in the same unit.
    entanglement of the pair of modes with `*_stderr`, entanglement_linear, entanglement_gaussian,
    and entanglement_error, the distance of the first two; skewness and excess_kurtosis: the most
    significant of all quadratures, with `*_stderr`; twin_correlation: the least; lost: trajectories
    that diverged (all else is then NaN). attrs: exponent and exponent_stderr of error ~ s^exponent,
    fitted where the error is significant and small, and entanglement_exponent with its stderr of
    entanglement_error; `*_limit` of error, closure_error, leading, truncation: the s at which they
    first exceed the tolerance, with its stderr (NaN: not here).

    Raises ValueError for a linear model, for an unstable branch, and for a run of less than twice
    the relaxation times that a steady state takes.
    """
    model = as_single_model(system, "breakdown")
    here = require_study(model, branch, duration)
    theory = leading_correction(model).isel(branch=branch)
    settings = {"trajectories": trajectories, "duration": duration, "step": step, "scheme": scheme}
    rows = []
    for number, s in enumerate(nonlinearities):
        point = _Point(model.scaled(s), here, s, pair)
        report = _shifted(progress, number, len(nonlinearities)) if progress else None
        of_point = {"seed": seed + number, "step_errors": "warn" if number else "refuse"}
        rows.append(point.measure(settings | of_point, threads, report))
    scales = np.asarray(nonlinearities, float)
    data = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    data["leading"] = scales**2 * float(theory["relative_correction"])
    data["truncation"] = scales**2 * float(theory["relative_truncation"])
    exponent, stderr = fitted_exponent(scales, data["error"], data["error_stderr"])
    alive = np.where(data["entanglement"] > 0, data["entanglement_linear"], np.nan)
    relative_parts = (data[f"entanglement_{name}"] / alive for name in ("error", "stderr"))
    of_entanglement = fitted_exponent(scales, *relative_parts)
    limits: dict[str, float] = {}
    for name in ("error", "closure_error", "leading", "truncation"):
        found = crossing(
            scales, data[name], data.get(f"{name}_stderr", np.zeros_like(scales)), tolerance
        )
        limits |= dict(zip((f"{name}_limit", f"{name}_limit_stderr"), found, strict=True))
    return xr.Dataset(
        {name: ("nonlinearity", values) for name, values in data.items()},
        coords={"nonlinearity": scales},
        attrs={
            "provenance": provenance(system, task="breakdown", seed=seed, **settings),
            "tolerance": tolerance,
            "exponent": exponent,
            "exponent_stderr": stderr,
            "entanglement_exponent": of_entanglement[0],
            "entanglement_exponent_stderr": of_entanglement[1],
            "pair": ", ".join(pair),
            **limits,
        },
    )


@dataclass(frozen=True, eq=False)
class _Point:
    """The scaled model at one s, and the fixed point of the unscaled one."""

    model: Model
    here: xr.Dataset
    nonlinearity: float
    pair: tuple[str, str]

    @property
    def start(self) -> Gaussian:
        return Gaussian(
            self.here["mean"].values / self.nonlinearity,
            self.here["covariance"].values,
            physical="ignore",
        )

    def measure(
        self, settings: dict[str, Any], threads: int | None, progress: Progress | None
    ) -> dict[str, float]:
        """Everything that is sampled at this s, by the names of `breakdown`."""
        with (
            warnings.catch_warnings()
        ):  # late averages need no equal intervals, and losses are counted
            warnings.filterwarnings("ignore", "samples = ", SamplingWarning)
            warnings.simplefilter("ignore", LossWarning)
            result = simulate(
                self.model,
                start=self.start,
                antithetic=True,
                samples=64,
                threads=threads,
                progress=progress,
                **settings,
            )
        V, since = self.here["covariance"].values, settings["duration"] / 2
        lost = result.attrs["lost_trajectories"]
        closure = np.full_like(V, np.nan) if lost else self._closure(settings["duration"])
        full = sampled(result, since)
        out = {"lost": float(lost), **self._entanglement(result, since, V, closure)}
        out["error"], out["error_stderr"] = largest(full.covariance - V, full.stderr, V)
        out["closure_error"], out["closure_error_stderr"] = largest(
            full.covariance - closure, full.stderr, V
        )
        for name in ("skewness", "excess_kurtosis"):
            out[name], out[f"{name}_stderr"] = _farthest(result, name)
        out["twin_correlation"] = float(result["twin_correlation"].values[-1].min())
        return out

    def _entanglement(
        self, result: xr.Dataset, since: float, V: Array, closure: Array
    ) -> dict[str, float]:
        """E_N of the pair at every level; NaN of a mode with itself."""
        names = (
            "entanglement",
            "entanglement_stderr",
            "entanglement_linear",
            "entanglement_gaussian",
        )
        if self.pair[0] == self.pair[1]:
            return dict.fromkeys((*names, "entanglement_error"), np.nan)
        words = f"log_negativity({', '.join(self.pair)})"
        what, E = (
            quantity(words, list(self.model.quadratures)),
            estimate(result, words, since=since, physical="ignore"),
        )
        levels = (float(what.shown(what.measure(level))) for level in (V, closure))
        out = dict(zip(names, (float(E["value"]), float(E["stderr"]), *levels), strict=True))
        return out | {"entanglement_error": abs(out["entanglement"] - out["entanglement_linear"])}

    def _closure(self, duration: float) -> Array:
        """The covariance that the Gaussian closure settles to; NaN where it diverges."""
        try:
            run = propagate_moments(
                self.model, duration=duration, start=self.start, samples=1, closure="gaussian"
            )
        except DivergenceError:
            return np.full((self.model.size, self.model.size), np.nan)
        return run["covariance"].values[-1]


def require_study(model: Model, branch: int, duration: float) -> xr.Dataset:
    """The steady state about which `breakdown` would work; ValueError, as there, where it could
    not.
    """
    if model.linear:
        raise ValueError(
            "the model is linear: it has no nonlinearity to scale, and linearised theory is exact"
        )
    here = steady_state(model).isel(branch=branch)
    if not bool(here["stable"]):
        raise ValueError(
            f"branch {branch} is unstable: it has no linearised steady state to break down"
        )
    least = 2 * RELAXATION_TIMES / float(here["margin"])
    if duration < least:
        raise ValueError(
            f"duration must be at least {least:.3g} s, {2 * RELAXATION_TIMES:.1f} relaxation times, for its second "
            f"half to be that of a steady state (got {duration:.3g} s)"
        )
    return here


def fitted_exponent(s: Array, error: Array, stderr: Array) -> tuple[float, float]:
    """The exponent of error ~ s^exponent with its standard error, by least squares where it is
    significant and small.

    The standard error allows for a fit worse than the error bars say. NaN for fewer than three such
    points.
    """
    with np.errstate(invalid="ignore"):
        fit = (error > SIGNIFICANT * stderr) & (error < PERTURBATIVE)
    if np.count_nonzero(fit) < 3:
        return np.nan, np.nan
    x, y, width = np.log(s[fit]), np.log(error[fit]), stderr[fit] / error[fit]
    design = np.stack([np.ones_like(x), x], axis=1) / width[:, None]
    solution, *_ = np.linalg.lstsq(design, y / width)
    rest = y / width - design @ solution
    excess = max(1.0, float(rest @ rest) / (len(x) - 2))
    return float(solution[1]), float(np.sqrt(excess * np.linalg.inv(design.T @ design)[1, 1]))


def crossing(s: Array, error: Array, stderr: Array, tolerance: float) -> tuple[float, float]:
    """The s at which an error first exceeds the tolerance, between two points on log axes, with its
    standard error.

    The first s if it does there already; NaN if it does not. Points that are not finite are passed
    over.
    """
    known = np.isfinite(error)
    s, error, stderr = s[known], error[known], stderr[known]
    above = np.flatnonzero(error > tolerance)
    if not above.size:
        return np.nan, np.nan
    k = int(above[0])
    if k == 0 or error[k - 1] <= 0:
        return float(s[k]), np.nan
    rise, run = np.log(error[k] / error[k - 1]), np.log(s[k] / s[k - 1])
    share = np.log(tolerance / error[k - 1]) / rise
    relative = np.hypot((1 - share) * stderr[k - 1] / error[k - 1], share * stderr[k] / error[k])
    place = float(s[k - 1] * np.exp(share * run))
    return place, float(place * relative * run / rise)


def _farthest(result: xr.Dataset, name: str) -> tuple[float, float]:
    """The value farthest from zero among the quadratures at the end, in standard errors, with its
    standard error.
    """
    value, stderr = result[name].values[-1], result[f"{name}_stderr"].values[-1]
    if not np.isfinite(value).all():
        return np.nan, np.nan
    worst = int(np.argmax(np.abs(value) / np.where(stderr > 0, stderr, np.inf)))
    return float(value[worst]), float(stderr[worst])


def _shifted(progress: Progress, number: int, points: int) -> Progress:
    return lambda done, total: progress(number * total + done, points * total)
