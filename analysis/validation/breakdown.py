"""Where linearised theory breaks down: the nonlinearity scaled up at fixed linear fluctuations.

`Model.scaled(s)` keeps drift matrix and diffusion at the fixed point and makes the nonlinearity s
times as strong. At each s an ensemble starts in the linearised steady state and relaxes to its own
steady state; its covariance, averaged over the second half of the run, is then compared with
Lyapunov's, with the Gaussian closure and with the leading order of the nonlinearity.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ...sde.ensemble.results import LossWarning
from ...sde.ensemble.simulation import simulate
from ...sde.labels import Variable, provenance
from ...sde.model.gaussian_state import Gaussian
from ...sde.model.model import Model
from ...sde.moments.propagation import DivergenceError, propagate_moments
from ...sde.sampling import SamplingWarning
from ...sde.support.callbacks import Progress
from ...sde.system import System, as_single_model
from ...steady.nonlinear_correction import leading_correction
from ...steady.steady_states import steady_state
from ..estimation import estimate, quantity
from ..measure_names import in_words
from .checks import RELAXATION_TIMES
from .deviations import Array, largest
from .fits import crossing, fitted_exponent
from .levels import sampled

AXIS = ("nonlinearity",)
VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("lost", AXIS, "1", "trajectories that diverged"),
        Variable("entanglement", AXIS, "nats", "E_N of the pair, full trajectories"),
        Variable("entanglement_stderr", AXIS, "nats", "standard error of that"),
        Variable("entanglement_linear", AXIS, "nats", "E_N of the pair, linearised theory"),
        Variable("entanglement_gaussian", AXIS, "nats", "E_N of the pair, Gaussian closure"),
        Variable("entanglement_error", AXIS, "nats", "|ΔE_N| of linearised theory"),
        Variable("error", AXIS, "1", "largest |ΔV_ij|/√(V_ii V_jj) of Lyapunov's covariance"),
        Variable("error_stderr", AXIS, "1", "standard error of that"),
        Variable("closure_error", AXIS, "1", "largest |ΔV_ij|/√(V_ii V_jj) of the closure"),
        Variable("closure_error_stderr", AXIS, "1", "standard error of that"),
        Variable("skewness", AXIS, "1", "most significant skewness of any quadrature"),
        Variable("skewness_stderr", AXIS, "1", "standard error of that"),
        Variable(
            "excess_kurtosis", AXIS, "1", "most significant excess kurtosis of any quadrature"
        ),
        Variable("excess_kurtosis_stderr", AXIS, "1", "standard error of that"),
        Variable("twin_correlation", AXIS, "1", "least correlation of a quadrature with its twin"),
        Variable("leading", AXIS, "1", "leading order of the error of Lyapunov's covariance"),
        Variable("truncation", AXIS, "1", "leading order of what truncated Wigner omits"),
    )
}
"""The variables of a breakdown study."""


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
    """Errors of every level of theory over the nonlinearity s, about one stable branch.

    Parameters
    ----------
    system : System or Model
        One parameter point of a nonlinear system.
    nonlinearities : sequence of float
        Factors s by which the nonlinearity is stronger; the noise is independent for every s.
    pair : (str, str)
        Modes whose entanglement is compared.
    trajectories : int
        Number of trajectories per s.
    duration, step : float
        Duration and step of each run, in s.
    branch : int
        The stable fixed point, as `steady_state` numbers them.
    scheme : str, default "euler-maruyama"
        As in `simulate`.
    seed : int, default 0
        Seed of the first s; the others have seed + 1, …
    tolerance : float, default 0.01
        Relative error for which the limits are found.
    threads : int, optional
        As in `simulate`.
    progress : callable, optional
        Called with the trajectories done and their number in all.

    Returns
    -------
    Dataset (nonlinearity)
        The variables of `VARIABLES`; where trajectories were lost, all that is sampled is NaN.
        attrs: exponent and exponent_stderr of error ~ s^exponent, fitted where the error is
        significant and small, and entanglement_exponent with its stderr of entanglement_error;
        `*_limit` of error, closure_error, leading, truncation: the s at which they first exceed the
        tolerance, with its stderr (NaN if they do not).

    Raises
    ------
    ValueError
        The model is linear, the branch is unstable, or the run lasts less than twice the relaxation
        times that a steady state takes.
    """
    model = as_single_model(system, "breakdown")
    here = require_study(model, branch, duration)
    theory = leading_correction(model).isel(branch=branch)
    settings = {"trajectories": trajectories, "duration": duration, "step": step, "scheme": scheme}
    rows = []
    for number, s in enumerate(nonlinearities):
        point = _Point(model.scaled(s), here, s, pair)
        report = _progress_of_all(progress, number, len(nonlinearities)) if progress else None
        of_point = {"seed": seed + number, "step_errors": "warn" if number else "refuse"}
        rows.append(point.measure(settings | of_point, threads, report))
    scales = np.asarray(nonlinearities, float)
    data = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    data["leading"] = scales**2 * float(theory["relative_correction"])
    data["truncation"] = scales**2 * float(theory["relative_truncation"])
    return xr.Dataset(
        {name: VARIABLES[name].labelled(values) for name, values in data.items()},
        coords={"nonlinearity": scales},
        attrs={
            "provenance": provenance(system, task="breakdown", seed=seed, **settings),
            "tolerance": tolerance,
            **_exponents(scales, data),
            "pair": ", ".join(pair),
            **_limits(scales, data, tolerance),
        },
    )


def _exponents(scales: Array, data: dict[str, Array]) -> dict[str, float]:
    """Exponents of the errors (points,) of V and of E_N, with standard errors, as attributes."""
    alive = np.where(data["entanglement"] > 0, data["entanglement_linear"], np.nan)
    error, stderr = (data[f"entanglement_{name}"] / alive for name in ("error", "stderr"))
    fits = {
        "exponent": fitted_exponent(scales, data["error"], data["error_stderr"]),
        "entanglement_exponent": fitted_exponent(scales, error, stderr),
    }
    return {
        f"{name}{end}": value
        for name, fit in fits.items()
        for end, value in zip(("", "_stderr"), fit, strict=True)
    }


def _limits(scales: Array, data: dict[str, Array], tolerance: float) -> dict[str, float]:
    """The s at which errors (points,) first exceed the tolerance, with their standard errors."""
    limits: dict[str, float] = {}
    for name in ("error", "closure_error", "leading", "truncation"):
        stderr = data.get(f"{name}_stderr", np.zeros_like(scales))
        found = crossing(scales, data[name], stderr, tolerance)
        limits |= dict(zip((f"{name}_limit", f"{name}_limit_stderr"), found, strict=True))
    return limits


@dataclass(frozen=True, eq=False)
class _Point:
    """The scaled model at one s, and the fixed point of the unscaled one."""

    model: Model
    here: xr.Dataset
    nonlinearity: float
    pair: tuple[str, str]

    @property
    def start(self) -> Gaussian:
        """The linearised steady state."""
        return Gaussian(
            self.here["mean"].values / self.nonlinearity,
            self.here["covariance"].values,
            physical="ignore",
        )

    def measure(
        self, settings: dict[str, Any], threads: int | None, progress: Progress | None
    ) -> dict[str, float]:
        """Everything that is sampled at this s, by the names of `VARIABLES`."""
        result = self._simulate(settings, threads, progress)
        V = self.here["covariance"].values
        since = settings["duration"] / 2
        lost = result.attrs["lost_trajectories"]
        closure = np.full_like(V, np.nan) if lost else self._closure(settings["duration"])
        full = sampled(result, since)
        out = {"lost": float(lost), **self._entanglement(result, since, V, closure)}
        for name, level in (("error", V), ("closure_error", closure)):
            error, stderr = largest(full.covariance - level, full.stderr, V)
            out |= {name: error, f"{name}_stderr": stderr}
        for name in ("skewness", "excess_kurtosis"):
            value, stderr = _most_significant(result, name)
            out |= {name: value, f"{name}_stderr": stderr}
        out["twin_correlation"] = float(result["twin_correlation"].values[-1].min())
        return out

    def _simulate(
        self, settings: dict[str, Any], threads: int | None, progress: Progress | None
    ) -> xr.Dataset:
        """The ensemble; late averages need no equal intervals, and losses are counted."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "samples = ", SamplingWarning)
            warnings.simplefilter("ignore", LossWarning)
            return simulate(
                self.model,
                start=self.start,
                antithetic=True,
                samples=64,
                threads=threads,
                progress=progress,
                **settings,
            )

    def _entanglement(
        self, result: xr.Dataset, since: float, V: Array, closure: Array
    ) -> dict[str, float]:
        """E_N of the pair at every level; NaN of a mode with itself."""
        names = [name for name in VARIABLES if name.startswith("entanglement")]
        if self.pair[0] == self.pair[1]:
            return dict.fromkeys(names, np.nan)
        words = in_words("log_negativity", *self.pair)
        what = quantity(words, list(self.model.quadratures))
        E = estimate(result, words, since=since, physical="ignore")
        linear, gaussian = (float(what.shown(what.measure(level))) for level in (V, closure))
        value = float(E["value"])
        numbers = (value, float(E["stderr"]), linear, gaussian, abs(value - linear))
        return dict(zip(names, numbers, strict=True))

    def _closure(self, duration: float) -> Array:
        """The covariance (n, n) that the Gaussian closure settles to; NaN where it diverges."""
        try:
            run = propagate_moments(
                self.model, duration=duration, start=self.start, samples=1, closure="gaussian"
            )
        except DivergenceError:
            return np.full((self.model.size, self.model.size), np.nan)
        return run["covariance"].values[-1]


def require_study(model: Model, branch: int, duration: float) -> xr.Dataset:
    """The steady state from which `breakdown` starts; raises ValueError as `breakdown` does."""
    if model.linear:
        raise ValueError(
            "the model is linear: it has no nonlinearity to scale, and linearised theory is exact"
        )
    here = steady_state(model).isel(branch=branch)
    if not bool(here["stable"]):
        raise ValueError(
            f"branch {branch} is unstable: it has no linearised steady state to start from"
        )
    least = 2 * RELAXATION_TIMES / float(here["margin"])
    if duration < least:
        raise ValueError(
            f"duration must be at least {least:.3g} s, {2 * RELAXATION_TIMES:.1f} relaxation "
            "times, for its second half to be that of a steady state "
            f"(got {duration:.3g} s)"
        )
    return here


def _most_significant(result: xr.Dataset, name: str) -> tuple[float, float]:
    """The most significant value among the quadratures at the end, with its standard error."""
    value = result[name].values[-1]
    stderr = result[f"{name}_stderr"].values[-1]
    if not np.isfinite(value).all():
        return np.nan, np.nan
    worst = int(np.argmax(np.abs(value) / np.where(stderr > 0, stderr, np.inf)))
    return float(value[worst]), float(stderr[worst])


def _progress_of_all(progress: Progress, number: int, points: int) -> Progress:
    """Progress of one point of several as that of all."""
    return lambda done, total: progress(number * total + done, points * total)
