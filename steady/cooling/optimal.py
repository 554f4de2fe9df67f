"""Optimal feedback: the best estimate from a record decides the force on a mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...sde.labels import provenance
from ...sde.model.model import Model
from ...sde.support.checks import Array, common_shape, numbers, shown
from ...sde.support.errors import RefusedError
from ...sde.system import System, as_model
from ..conditional import described_record, mean_of_branch
from ..light.points import labelled_points
from ..light.records import Measured, Record, measured
from ..lyapunov.riccati import solve_riccati
from ..lyapunov.solver import UnstableError, solve_lyapunov
from .sideband import quanta
from .variables import OPTIMAL_FEEDBACK


def optimal_feedback(
    system: System | Model,
    records: Sequence[Record],
    mode: str,
    cost: Any,
    *,
    branch: int = 0,
    efficiency: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Compute how far feedback cools a mode if the force follows the best estimate of all modes.

    The force F in ṗ = … + F is the linear-quadratic-Gaussian one: of all forces computed from the
    records so far it has the least ½⟨q² + p²⟩ + cost·⟨F²⟩. It is −L û, with the best estimate û of
    the quadratures (Kalman–Bucy filter) and gains L from a second Riccati equation. The covariance
    is that given the records plus that of the estimate under control.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    records : list of Homodyne, Heterodyne, or mappings from str to float or array
        The detectors, as for `conditional_covariance`.
    mode : str
        The mode that the force acts on, through its second quadrature (p or Y), and that is cooled.
    cost : float or array
        Weight of F² in s², positive; small for a strong force. An array gives the dimension `cost`,
        unless the system has parameter points.
    branch : int, default 0
        The fixed point about which the system fluctuates, as `fixed_points` numbers it; it need not
        be stable without feedback.
    efficiency : mapping of str to float or array, optional
        Share η of the light of a port that reaches its detectors, 0 … 1, by port; default 1.

    Returns
    -------
    xarray.Dataset
        * occupation: quanta of the mode
        * limit: quanta given the records, for a force that keeps the estimate at zero
        * force: √⟨F²⟩ in rad/s

    Raises
    ------
    RefusedError, ValueError
        As `conditional_covariance` does, and for a cost that is not positive.
    UnstableError
        Where a fluctuation grows that the records do not contain, or that the force does not reach.

    References
    ----------
    Doherty and Jacobs, doi:10.1103/PhysRevA.60.2700.

    Examples
    --------
    A position that is measured strongly; a force on p alone does not reach the limit:

    >>> import qlangevin as ql
    >>> (m,) = ql.operators("m")
    >>> t = ql.terms
    >>> model = ql.Model.build(["m"], [t.detune("m", 1.0), t.jump("light", 1.5 * m.x)])
    >>> found = ql.optimal_feedback(model, [ql.Homodyne("light")], "m", [1.0, 1e-3])
    >>> found["occupation"].values.round(3), found["limit"].values.round(3)
    (array([2.07 , 0.788]), array([0.337, 0.337]))
    """
    model = as_model(system)
    at = model.mode_index(mode)
    weight = _cost(cost)
    common_shape({"parameter points": model.batch, "cost": weight.shape})
    A = model.jacobian(mean_of_branch(system, model, None, branch), "mean")
    record = measured(model, records, efficiency)
    given = solve_riccati(A, record.B, record.C, record.D)
    L = _gains(A, at, weight, mode)
    controlled = solve_lyapunov(A - _force(model.size, at) @ L, _news(record, given))
    V = given + controlled
    values = {
        "occupation": quanta(V, at),
        "limit": quanta(given, at),
        "force": np.sqrt((L @ controlled @ np.swapaxes(L, -1, -2))[..., 0, 0]),
    }
    history = provenance(
        system,
        records=[described_record(each) for each in records],
        mode=mode,
        cost=cost,
        branch=branch,
        efficiency=efficiency,
    )
    attributes = {"units": "s²", "long_name": "weight of F² in the cost"}
    points, coordinates = labelled_points(system, model, V.ndim - 2, {"cost": (cost, attributes)})
    labelled = {
        name: variable.labelled(np.broadcast_to(values[name], V.shape[:-2]), points)
        for name, variable in OPTIMAL_FEEDBACK.items()
    }
    return xr.Dataset(labelled, {**coordinates, "mode": mode}, {"provenance": history})


def _cost(cost: Any) -> Array:
    weight = numbers("cost", cost, float, "s²")
    if not np.all(np.isfinite(weight) & (weight > 0)):
        raise RefusedError(f"cost must be positive, in s² (got {shown(cost)})")
    return weight


def _force(size: int, at: int) -> Array:
    """The column (n, 1) by which a force enters: the second quadrature of a mode."""
    column = np.zeros((size, 1))
    column[2 * at + 1] = 1.0
    return column


def _gains(A: Array, at: int, cost: Array, mode: str) -> Array:
    """L (..., 1, n) of the force −L u with the least cost: the dual of an estimate."""
    n = A.shape[-1]
    b = _force(n, at)
    energy = np.zeros((n, 3))
    energy[2 * at, 0] = energy[2 * at + 1, 1] = np.sqrt(0.5)
    price = np.zeros((*cost.shape, 1, 3))
    price[..., 0, 2] = np.sqrt(cost)
    try:
        X = solve_riccati(np.swapaxes(A, -1, -2), energy, b.T, price)
    except UnstableError as error:
        raise UnstableError(
            f"no force on {mode} stabilises the system, in which a fluctuation grows that it does "
            "not reach"
        ) from error
    return np.asarray(b.T @ X / cost[..., None, None])


def _news(record: Measured, V: Array) -> Array:
    """K R Kᵀ (..., n, n): diffusion of the estimate by what the records say that is new."""
    R = record.D @ np.swapaxes(record.D, -1, -2)
    gathered = record.C @ V + record.D @ np.swapaxes(record.B, -1, -2)
    found = np.swapaxes(gathered, -1, -2) @ np.linalg.solve(R, gathered)
    return 0.5 * (found + np.swapaxes(found, -1, -2))
