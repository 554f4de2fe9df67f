"""Mean field and covariance in time: linearised equations, or Gaussian closure.

    linear     dū/dt = f_mean(ū)                dV/dt = A V + V Aᵀ + D,      A = ∂f_mean(ū)
    gaussian   dū/dt = ⟨f⟩ = f(ū) + ½f″:V       dV/dt = ⟨A⟩V + V⟨A⟩ᵀ + D

where ⟨ ⟩ is the average over the Gaussian (ū, V). Linear models, and fluctuations about a fixed
point, are propagated by exact steps (`linear`); all else by Taylor series of high order (`taylor`)
until the mean field has come to rest.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr

from ..initial_states import Start, describe_start, start_state
from ..labels import (
    Q_,
    Q,
    Variable,
    point_coordinates,
    point_dimensions,
    provenance,
    quadrature_coordinates,
)
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..sampling import sample_times
from ..support.checks import Array, require_one_of, require_positive, require_whole
from ..support.memory import require_memory
from ..system import System, as_model
from .closures import CLOSURES, Closure, moment_terms
from .linear import propagate_exactly
from .taylor import DivergenceError, integrate

AT_REST = 1e-10
"""Drift, relative to rate and size of the mean field, below which a start is a fixed point."""
SETTLED = 1e-12
"""Distance from a fixed point, relative to the mean field, below which it has come to rest."""

MEAN_FIELD = Variable("mean_field", (Q,), "1", "mean field")
COVARIANCE = Variable("covariance", (Q, Q_), "1", "covariance")
VARIABLES = {v.name: v for v in (MEAN_FIELD, COVARIANCE)}
"""Variables of a result of `propagate_moments`, by name."""


def propagate_moments(
    system: System | Model,
    *,
    duration: float,
    start: Start = "dark",
    branch: int | None = None,
    samples: int = 200,
    closure: Closure = "linear",
) -> xr.Dataset:
    """Mean field and covariance in time, without trajectories.

    Parameters
    ----------
    system : System or Model
        The system to propagate; its parameters may be arrays (a sweep).
    duration : float
        Time of the last sample, in s.
    start : {"dark", "steady"} or Gaussian
        State at t = 0: "dark", every mode alone in its bath and all light off (default); "steady",
        a stable steady state; or a Gaussian state.
    branch : int, optional
        The branch of start="steady"; needed where several steady states are stable.
    samples : int
        Number of equal intervals between samples, so samples + 1 times with t = 0 (default 200).
    closure : {"linear", "gaussian"}
        "linear" (default): fluctuations linearised about the mean field. "gaussian": Gaussian
        closure, in which the covariance acts back on the mean field.

    Returns
    -------
    xarray.Dataset
        `mean_field` (time, ..., quadrature) and `covariance` (time, ..., quadrature, quadrature_),
        dimensionless, with ½ per quadrature for the vacuum. Dimensions of the parameter points
        follow `time`, which is in s.

    Raises
    ------
    ValueError
        For an argument out of its range.
    RoomError
        For more samples than the memory holds.
    DivergenceError
        If the mean field or the covariance diverges; the message gives the time.

    Examples
    --------
    A cavity in vacuum whose port brings 3 thermal photons: V = 3.5 − 3 e^{−κt} per quadrature.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> port = ql.terms.lose("a", "port", energy_rate=1.0, occupation=3)
    >>> vacuum = ql.Gaussian(np.zeros(2), 0.5 * np.eye(2))
    >>> moments = ql.propagate_moments(
    ...     ql.Model.build(["a"], [port]), start=vacuum, duration=2.0, samples=2
    ... )
    >>> moments["covariance"][:, 0, 0].values.round(4)
    array([0.5   , 2.3964, 3.094 ])
    """
    model = as_model(system)
    require_positive("duration", duration)
    require_whole("samples", samples, 1)
    require_one_of("closure", closure, CLOSURES)
    require_memory(
        16 * (samples + 1) * math.prod(model.batch) * model.size * (model.size + 1),
        f"moments at {samples + 1} times",
        f"samples must be fewer (got {samples})",
    )
    times = sample_times(duration, samples)
    mean, V = propagate(model, start_state(system, start, branch), times, closure)
    points, coordinates = point_dimensions(system, model)
    settings = {
        "closure": closure,
        **describe_start(start, branch),
        "duration": duration,
        "samples": samples,
    }
    return xr.Dataset(
        {
            MEAN_FIELD.name: MEAN_FIELD.labelled(mean, ["time", *points]),
            COVARIANCE.name: _covariance_variable(closure).labelled(V, ["time", *points]),
        },
        coords={
            "time": ("time", times, {"units": "s"}),
            **point_coordinates(system, coordinates),
            **quadrature_coordinates(model),
        },
        attrs={"provenance": provenance(system, **settings)},
    )


def _covariance_variable(closure: Closure) -> Variable:
    """The variable of the covariance, described with its closure."""
    return replace(COVARIANCE, meaning=f"covariance, {closure} moments")


def propagate(
    model: Model,
    state: Gaussian,
    times: Array,
    closure: Closure = "linear",
    *,
    overflow: bool = False,
) -> tuple[Array, Array]:
    """Mean (times, ..., n) and covariance (times, ..., n, n) of a model at given times.

    Parameters
    ----------
    model : Model
        The model to propagate.
    state : Gaussian
        Moments at the first time.
    times : array (times,)
        In s.
    closure : {"linear", "gaussian"}
        As in `propagate_moments`.
    overflow : bool
        Let fluctuations about an unstable fixed point overflow: they are then not finite.

    Raises
    ------
    DivergenceError
        If the moments diverge; the message gives the time in s.
    """
    n = model.size
    batch = np.broadcast_shapes(model.batch, state.mean.shape[:-1])
    mean = np.broadcast_to(state.mean, (*batch, n))
    V = np.broadcast_to(state.covariance, (*batch, n, n))
    if model.linear:
        return _by_exact_steps(model.A, model.c, model.diffusion, mean, V, times)
    resting = _at_rest(model, mean) if closure == "linear" else np.full(batch, False)
    if resting.all():
        return _about_fixed_point(model, mean, V, times, overflow)
    if not resting.any():
        return _by_taylor_steps(model, mean, V, times, closure)
    means = np.empty((len(times), *batch, n))
    covariances = np.empty((len(times), *batch, n, n))
    for chosen, method in ((resting, _about_fixed_point), (~resting, _by_taylor_steps)):
        part = model.at(_point_numbers(model, batch)[chosen])
        means[:, chosen], covariances[:, chosen] = method(part, mean[chosen], V[chosen], times)
    return means, covariances


def _at_rest(model: Model, mean: Array) -> Array:
    """Whether (...) the mean field starts at a fixed point, so that A is constant."""
    speed, size = (np.linalg.norm(vector, axis=-1) for vector in (model.drift(mean, "mean"), mean))
    return np.asarray(speed <= AT_REST * np.abs(model.A).max(axis=(-2, -1)) * size)


def _about_fixed_point(
    model: Model, mean: Array, V: Array, times: Array, overflow: bool = False
) -> tuple[Array, Array]:
    """Mean and covariance, as `propagate` returns them, where the mean field is a fixed point."""
    A = model.jacobian(mean, "mean")
    still = np.zeros_like(mean)
    propagated = propagate_exactly if overflow else _by_exact_steps
    with np.errstate(over="ignore", invalid="ignore"):
        _, covariances = propagated(A, still, model.diffusion, still, V, times)
    return np.broadcast_to(mean, (len(times), *mean.shape)).copy(), covariances


def _by_exact_steps(
    A: Array, c: Array, D: Array, mean: Array, V: Array, times: Array
) -> tuple[Array, Array]:
    """Mean (times, ..., n) and covariance (times, ..., n, n) of a linear model, by exact steps.

    Raises DivergenceError where the moments overflow.
    """
    means, covariances = propagate_exactly(A, c, D, mean, V, times)
    if not (np.isfinite(covariances[-1]).all() and np.isfinite(means[-1]).all()):
        finite = [
            np.isfinite(values).reshape(len(times), -1).all(axis=-1)
            for values in (means, covariances)
        ]
        raise DivergenceError(
            f"the moment equations diverge after {times[np.argmin(finite[0] & finite[1])]:.3g} s"
        )
    return means, covariances


def _by_taylor_steps(
    model: Model, mean: Array, V: Array, times: Array, closure: Closure = "linear"
) -> tuple[Array, Array]:
    """Mean and covariance, as `propagate` returns them, by Taylor steps of every point."""
    n = model.size
    batch = mean.shape[:-1]
    points = model.at(_point_numbers(model, batch).ravel())
    finish = (lambda *_: None) if closure == "gaussian" else partial(_finish_at_rest, points)
    flat = mean.reshape(-1, n), V.reshape(-1, n, n)
    means, covariances = integrate(
        moment_terms(points, closure), *flat, np.asarray(times, float), finish
    )
    return means.reshape(-1, *batch, n), covariances.reshape(-1, *batch, n, n)


def _finish_at_rest(points: Model, point: int, mean: Array, V: Array, times: Array) -> Array | None:
    """Covariances (times, n, n) of a point if its mean field rests at a stable point, else None.

    The first of the times is the present.
    """
    single = points.at(point)
    A = single.jacobian(mean, "mean")
    slope = single.drift(mean, "mean")
    stable = np.linalg.eigvals(A).real.max() < 0
    if not (stable and np.linalg.norm(np.linalg.solve(A, slope)) <= SETTLED * np.linalg.norm(mean)):
        return None
    return _about_fixed_point(single, mean, V, times)[1]


def _point_numbers(model: Model, batch: tuple[int, ...]) -> Array:
    """Numbers (...) of the model's parameter points at the points of a batch it broadcasts to."""
    return np.broadcast_to(np.arange(math.prod(model.batch)).reshape(model.batch), batch)
