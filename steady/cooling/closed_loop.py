"""Cooling by feedback: the occupation of a mode in a closed loop, and its limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ...sde.labels import provenance
from ...sde.model.model import Model
from ...sde.model.uncertainty import uncertainty_margin
from ...sde.support.checks import Array
from ...sde.system import System, as_model
from ..conditional import conditional_covariance, mean_of_branch
from ..light.points import labelled_points
from ..light.records import Homodyne
from ..lyapunov.solver import UnstableError
from ..stability import leading_eigenvalue, leading_kind, spectrum
from ..steady_states import covariances_and_reasons
from .feedback import feedback_loop
from .sideband import quanta
from .variables import FEEDBACK_COOLING


def feedback_cooling(
    system: System | Model,
    record: Homodyne,
    mode: str,
    gain: Any,
    *,
    control: str = "derivative",
    bandwidth: Any = None,
    efficiency: Any = 1.0,
    branch: int = 0,
) -> xr.Dataset:
    """Compute the occupation of a mode that is pushed by a filtered homodyne current.

    Parameters
    ----------
    system, record, mode, gain, control, bandwidth, efficiency, branch
        As for `feedback_loop`, whose model this evaluates. An array of gains gives the dimension
        `gain`, unless the system has parameter points.

    Returns
    -------
    xarray.Dataset
        * stable, margin: whether the closed loop is stable, and its slowest relaxation in rad/s
        * occupation: quanta of the mode in the closed loop, NaN where that is not stable
        * occupation_open: quanta without feedback, NaN where the mode is then not stable
        * limit: quanta of the state given the record, from the best estimate (Riccati equation). No
          feedback of this current, linear or not, has fewer; NaN where the record does not show a
          growing fluctuation
        * physicality: min eig(V + iΩ/2) of the closed loop

    Raises
    ------
    RefusedError, ValueError
        As `feedback_loop` does.

    References
    ----------
    Genes, Vitali, Tombesi, Gigan and Aspelmeyer, doi:10.1103/PhysRevA.77.033804; Doherty and
    Jacobs, doi:10.1103/PhysRevA.60.2700.

    Examples
    --------
    An oscillator of which light measures the position, cold-damped from 10⁴ quanta:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> t = ql.terms
    >>> (m,) = ql.operators("m")
    >>> bath = t.rub("m", 1e-6, occupation=1e4)
    >>> terms = [t.detune("m", 1.0), t.jump("light", 0.2 * m.x), bath]
    >>> oscillator = ql.Model.build(["m"], terms)
    >>> gains = np.array([0.3, 3.0])
    >>> found = ql.feedback_cooling(
    ...     oscillator, ql.Homodyne("light"), "m", gains, bandwidth=30.0, efficiency=0.8
    ... )
    >>> found["occupation"].values.round(2), found["limit"].values.round(2)
    (array([11.38,  0.82]), array([0.19, 0.19]))
    """
    settings = {"control": control, "bandwidth": bandwidth, "branch": branch}
    loop = feedback_loop(system, record, mode, gain, efficiency=efficiency, **settings)
    model = as_model(system)
    at = model.mode_index(mode)
    V, margin, stable = _settled(loop, np.zeros(loop.size))
    still, _, _ = _settled(model, mean_of_branch(system, model, None, branch))
    values = {
        "stable": stable,
        "margin": margin,
        "occupation": quanta(V, at),
        "occupation_open": quanta(still, at),
        "limit": _limit(system, record, at, efficiency, branch),
        "physicality": _physicality(V),
    }
    attributes = {"units": "√(rad/s)", "long_name": "gain of the feedback"}
    points, coordinates = labelled_points(
        system, model, len(loop.batch), {"gain": (gain, attributes)}
    )
    labelled = {
        name: variable.labelled(np.broadcast_to(values[name], loop.batch), points)
        for name, variable in FEEDBACK_COOLING.items()
    }
    described = {"port": record.port, "angle": record.angle}
    history = provenance(
        system, record=described, mode=mode, gain=gain, efficiency=efficiency, **settings
    )
    return xr.Dataset(labelled, {**coordinates, "mode": mode}, {"provenance": history})


def _settled(model: Model, mean: Array) -> tuple[Array, Array, Array]:
    """Covariance (..., n, n) about a fixed point, NaN unless stable; relaxation rate; stability."""
    A = model.jacobian(mean, "mean")
    values, zero = spectrum(A)
    stable = leading_kind(*leading_eigenvalue(values, zero)) == "stable"
    V = np.full(A.shape, np.nan)
    V[stable], _ = covariances_and_reasons(
        A[stable], np.broadcast_to(model.diffusion, A.shape)[stable]
    )
    return V, -values[..., 0].real, stable


def _limit(
    system: System | Model, record: Homodyne, at: int, efficiency: Any, branch: int
) -> Array:
    """Quanta (...) of a mode, by its number, given the record; NaN without a steady state."""
    share = {record.port: efficiency}
    try:
        V = conditional_covariance(system, [record], branch=branch, efficiency=share)
    except UnstableError:
        return np.array(np.nan)
    return quanta(V.values, at)


def _physicality(V: Array) -> Array:
    """min eig(V + iΩ/2) (...); NaN where V is."""
    known = np.isfinite(V).all(axis=(-2, -1))
    margin = np.full(V.shape[:-2], np.nan)
    margin[known] = uncertainty_margin(V[known])
    return margin
