"""Mean field and covariance as ordinary differential equations: linearised, and Gaussian closure.

    linear     dū/dt = f_mean(ū)                  dV/dt = A V + V Aᵀ + D,  A = ∂f_mean(ū)
    gaussian   dū/dt = ⟨f⟩ = f(ū) + ½f″:V         dV/dt = ⟨A⟩V + V⟨A⟩ᵀ + D,  averages over the Gaussian (ū, V)

A linear model, and fluctuations about a fixed point, are propagated exactly; any other model by SciPy's DOP853, in
units of its largest rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import xarray as xr
from scipy.integrate import solve_ivp

from .arguments import require_positive, require_whole
from .exact import propagate_exactly
from .labels import Q_, Q, point_dimensions, provenance, quadrature_coordinates, variable
from .model import Array, Model, as_model
from .polynomial import Monomials
from .states import Gaussian, Start, describe_start, start_state
from .system import System

Closure = Literal["linear", "gaussian"]
CLOSURES: tuple[Closure, ...] = get_args(Closure)
REST = 1e-10
"""Drift, relative to rate and size of the mean field, below which it is taken to rest."""
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-10, 1e-10


class DivergenceError(ArithmeticError):
    """A solution left every bound; the message says when."""


def propagate_moments(
    system: System | Model,
    *,
    duration: float,
    start: Start = "dark",
    branch: int | None = None,
    samples: int = 200,
    closure: Closure = "linear",
) -> xr.Dataset:
    """Mean field (time, ..., quadrature) and covariance (time, ..., quadrature, quadrature_) after a start.

    `duration` in s; `samples` equal intervals, so samples + 1 times with t = 0; parameter points lead after time.
    `closure="gaussian"` lets the means feel the covariance. Raises ValueError for arguments out of range,
    DivergenceError when the mean field or covariance diverges.
    """
    model = as_model(system)
    require_positive("duration", duration)
    require_whole("samples", samples, 1)
    if closure not in CLOSURES:
        raise ValueError(f"closure must be one of {', '.join(CLOSURES)} (got {closure!r})")
    times = np.linspace(0, duration, samples + 1)
    mean, V = propagate(model, start_state(system, start, branch), times, closure)
    points, coordinates = point_dimensions(system, model)
    settings = {
        "closure": closure,
        "start": describe_start(start),
        "branch": -1 if branch is None else branch,
        "duration": duration,
        "samples": samples,
    }
    return xr.Dataset(
        {
            "mean_field": variable(["time", *points, Q], mean, "1", "mean field"),
            "covariance": variable(["time", *points, Q, Q_], V, "1", f"covariance, {closure} moments"),
        },
        coords={"time": ("time", times, {"units": "s"}), **coordinates, **quadrature_coordinates(model)},
        attrs={"provenance": provenance(system, **settings)},
    )


def propagate(model: Model, state: Gaussian, times: Array, closure: Closure = "linear") -> tuple[Array, Array]:
    """Mean (times, ..., n) and covariance (times, ..., n, n) at given times in s, the first being the start."""
    n = model.size
    batch = np.broadcast_shapes(model.batch, state.mean.shape[:-1])
    if model.linear:
        return _exactly(model, state, batch, times)
    if closure == "linear" and _at_rest(model, state.mean):
        mean = np.broadcast_to(state.mean, (*batch, n))
        _, V = _exactly(_linearised(model, mean), state, batch, times)
        return np.broadcast_to(mean, (len(times), *batch, n)).copy(), V
    y0 = np.concatenate([_flat(state.mean, batch, (n,)), _flat(state.covariance, batch, (n, n))], axis=-1)
    rate = max(float(np.abs(model.A).max()), 1.0 / float(times[-1]))
    slope = _closures(model)[closure]

    def right_hand_side(_time: float, flat: Array) -> Array:
        y = flat.reshape(*batch, n + n * n)
        u, V = y[..., :n], y[..., n:].reshape(*batch, n, n)
        du, A = slope(u, V)
        AV = A @ V
        dV = AV + np.swapaxes(AV, -1, -2) + model.diffusion
        return np.concatenate([du, dV.reshape(*batch, n * n)], axis=-1).ravel() / rate

    with np.errstate(over="ignore", invalid="ignore"):
        solution = solve_ivp(
            right_hand_side,
            (0.0, times[-1] * rate),
            y0.ravel(),
            method="DOP853",
            t_eval=np.minimum(times * rate, times[-1] * rate),
            rtol=RELATIVE_TOLERANCE,
            atol=ABSOLUTE_TOLERANCE,
        )
    if not solution.success or not np.all(np.isfinite(solution.y)):
        raise DivergenceError(f"the moment equations diverge after {solution.t[-1] / rate:.3g} s")
    y = solution.y.T.reshape(len(times), *batch, n + n * n)
    V = y[..., n:].reshape(len(times), *batch, n, n)
    return y[..., :n], (V + np.swapaxes(V, -1, -2)) / 2


def _at_rest(model: Model, mean: Array) -> bool:
    """Whether the mean field starts at a fixed point, so that A never changes."""
    speed, size = (np.linalg.norm(vector, axis=-1) for vector in (model.drift(mean, "mean"), mean))
    return bool(np.all(speed <= REST * np.abs(model.A).max(axis=(-2, -1)) * size))


def _linearised(model: Model, mean: Array) -> Model:
    """The linear model of the fluctuations about a mean."""
    Q, K = (Monomials(terms.index[:0], terms.value[..., :0]) for terms in (model.Q, model.K))
    return replace(model, c=np.zeros_like(mean), A=model.jacobian(mean, "mean"), Q=Q, K=K)


def _exactly(model: Model, state: Gaussian, batch: tuple[int, ...], times: Array) -> tuple[Array, Array]:
    n = model.size
    mean, V = np.broadcast_to(state.mean, (*batch, n)), np.broadcast_to(state.covariance, (*batch, n, n))
    with np.errstate(over="ignore", invalid="ignore"):
        means, covariances = propagate_exactly(model.A, model.c, model.diffusion, mean, V, times)
    lost = np.flatnonzero(~np.isfinite(covariances).reshape(len(times), -1).all(axis=-1))
    if len(lost):
        raise DivergenceError(f"the moment equations diverge after {times[lost[0]]:.3g} s")
    return means, covariances


def _closures(model: Model) -> dict[str, Callable[[Array, Array], tuple[Array, Array]]]:
    """Slope of the mean, and drift matrix, as functions of mean and covariance; dense, for speed."""
    Q, K = model.tensors
    mean, cubic = model.mean_level, bool(model.K.value.any())

    def polynomial(c: Array, A: Array, u: Array) -> tuple[Array, Array]:
        once = _contract(Q, u)
        twice = _contract(_contract(K, u), u) if cubic else 0.0
        return c + _contract(A + once + twice, u), A + 2 * once + 3 * twice

    def linear(u: Array, _V: Array) -> tuple[Array, Array]:
        return polynomial(mean.c, mean.A, u)

    def gaussian(u: Array, V: Array) -> tuple[Array, Array]:
        averaged = model.averaged(V)
        return polynomial(averaged.c, averaged.A, u)

    return {"linear": linear, "gaussian": gaussian}


def _contract(tensor: Array, u: Array) -> Array:
    """Sum over the last axis of a tensor (..., n, …, n) with u (..., n)."""
    between = (None,) * (tensor.ndim - u.ndim - 1) if tensor.ndim > u.ndim + 1 else ()
    return np.asarray((tensor @ u[(..., *between, slice(None), None)])[..., 0])


def _flat(values: Array, batch: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(values, batch + shape).reshape(*batch, -1)
