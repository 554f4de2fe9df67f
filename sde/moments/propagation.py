"""Mean field and covariance as ordinary differential equations: linearised, and Gaussian closure.

    linear     dū/dt = f_mean(ū)                  dV/dt = A V + V Aᵀ + D,  A = ∂f_mean(ū)
    gaussian   dū/dt = ⟨f⟩ = f(ū) + ½f″:V         dV/dt = ⟨A⟩V + V⟨A⟩ᵀ + D,  averages over the Gaussian (ū, V)

A linear model, and fluctuations about a fixed point, are propagated by exact steps (`exact`); all
else by Taylor series of high order (`series`), until the mean field has come to rest.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import xarray as xr

from ..initial_states import Start, describe_start, start_state
from ..labels import Q_, Q, point_dimensions, provenance, quadrature_coordinates, variable
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..sampling import sample_times
from ..support.checks import Array, require_one_of, require_positive, require_whole
from ..support.memory import require_memory
from ..system import System, as_model
from .closures import CLOSURES, Closure, moment_terms
from .linear import propagate_exactly
from .taylor import DivergenceError, integrate

REST = 1e-10
"""Drift, relative to rate and size of the mean field, below which a start is taken to rest."""
DISTANCE = 1e-12
"""Distance from the fixed point, relative to the mean field, below which a mean field has come to
rest.
"""


def propagate_moments(
    system: System | Model,
    *,
    duration: float,
    start: Start = "dark",
    branch: int | None = None,
    samples: int = 200,
    closure: Closure = "linear",
) -> xr.Dataset:
    """Mean field (time, ..., quadrature) and covariance (time, ..., quadrature, quadrature_) after
    a start.

    `duration` in s; `samples` equal intervals, so samples + 1 times with t = 0; parameter points
    lead after time. `closure="gaussian"` lets the means feel the covariance. Raises ValueError for
    arguments out of range, DivergenceError when the mean field or covariance diverges.
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
            "mean_field": variable(["time", *points, Q], mean, "1", "mean field"),
            "covariance": variable(
                ["time", *points, Q, Q_], V, "1", f"covariance, {closure} moments"
            ),
        },
        coords={
            "time": ("time", times, {"units": "s"}),
            **coordinates,
            **quadrature_coordinates(model),
        },
        attrs={"provenance": provenance(system, **settings)},
    )


def propagate(
    model: Model,
    state: Gaussian,
    times: Array,
    closure: Closure = "linear",
    *,
    overflow: bool = False,
) -> tuple[Array, Array]:
    """Mean (times, ..., n) and covariance (times, ..., n, n) at given times in s, the first being
    the start.

    Raises DivergenceError, with the time in s, when they leave every bound. With `overflow` the
    fluctuations about an unstable fixed point may: they are then not finite.
    """
    n, batch = model.size, np.broadcast_shapes(model.batch, state.mean.shape[:-1])
    mean, V = (
        np.broadcast_to(state.mean, (*batch, n)),
        np.broadcast_to(state.covariance, (*batch, n, n)),
    )
    if model.linear:
        return _exactly(model.A, model.c, model.diffusion, mean, V, times)
    rests = _at_rest(model, mean) if closure == "linear" else np.full(batch, False)
    if rests.all():
        return _about_rest(model, mean, V, times, overflow)
    if not rests.any():
        return _along_the_mean(model, mean, V, times, closure)
    means, covariances = np.empty((len(times), *batch, n)), np.empty((len(times), *batch, n, n))
    for chosen, way in ((rests, _about_rest), (~rests, _along_the_mean)):
        some = model.at(_points_behind(model, batch)[chosen])
        means[:, chosen], covariances[:, chosen] = way(some, mean[chosen], V[chosen], times)
    return means, covariances


def _at_rest(model: Model, mean: Array) -> Array:
    """Where (...) the mean field starts at a fixed point, so that A never changes."""
    speed, size = (np.linalg.norm(vector, axis=-1) for vector in (model.drift(mean, "mean"), mean))
    return np.asarray(speed <= REST * np.abs(model.A).max(axis=(-2, -1)) * size)


def _about_rest(
    model: Model, mean: Array, V: Array, times: Array, overflow: bool = False
) -> tuple[Array, Array]:
    """Mean held where it is, and the covariance of the fluctuations about it."""
    A, still = model.jacobian(mean, "mean"), np.zeros_like(mean)
    propagated = propagate_exactly if overflow else _exactly
    with np.errstate(over="ignore", invalid="ignore"):
        _, covariances = propagated(A, still, model.diffusion, still, V, times)
    return np.broadcast_to(mean, (len(times), *mean.shape)).copy(), covariances


def _exactly(
    A: Array, c: Array, D: Array, mean: Array, V: Array, times: Array
) -> tuple[Array, Array]:
    means, covariances = propagate_exactly(A, c, D, mean, V, times)
    if not (np.isfinite(covariances[-1]).all() and np.isfinite(means[-1]).all()):
        kept = [
            np.isfinite(values).reshape(len(times), -1).all(axis=-1)
            for values in (means, covariances)
        ]
        raise DivergenceError(
            f"the moment equations diverge after {times[np.argmin(kept[0] & kept[1])]:.3g} s"
        )
    return means, covariances


def _along_the_mean(
    model: Model, mean: Array, V: Array, times: Array, closure: Closure = "linear"
) -> tuple[Array, Array]:
    """Moments of every point by itself, A moving with the mean field."""
    n, batch = model.size, mean.shape[:-1]
    points = _points_behind(model, batch).ravel()
    settle = (lambda *_: None) if closure == "gaussian" else partial(_settle, model, points)
    flat = mean.reshape(-1, n), V.reshape(-1, n, n)
    means, covariances = integrate(
        moment_terms(model, closure, batch), *flat, np.asarray(times, float), settle
    )
    return means.reshape(-1, *batch, n), covariances.reshape(-1, *batch, n, n)


def _settle(
    model: Model, points: Array, point: int, mean: Array, V: Array, times: Array
) -> Array | None:
    """Covariances (times, n, n) of a point from now on, the first of the times, if its mean field
    rests, stably.
    """
    single = model.at(points[point])
    A, slope = single.jacobian(mean, "mean"), single.drift(mean, "mean")
    stable = np.linalg.eigvals(A).real.max() < 0
    if not (
        stable and np.linalg.norm(np.linalg.solve(A, slope)) <= DISTANCE * np.linalg.norm(mean)
    ):
        return None
    return _about_rest(single, mean, V, times)[1]


def _points_behind(model: Model, batch: tuple[int, ...]) -> Array:
    """The number of the model's parameter point at each point of a batch to which it broadcasts."""
    return np.broadcast_to(np.arange(math.prod(model.batch)).reshape(model.batch), batch)
