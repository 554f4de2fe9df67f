"""Linear fluctuations about one branch of a system, and the light that leaves."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ...sde.labels import Variable, point_coordinates, point_dimensions, provenance
from ...sde.model.model import Model
from ...sde.support.checks import Array, first_few, numbers, require_whole, shown
from ...sde.support.errors import RefusedError
from ...sde.system import System, as_model
from ..steady_states import known_states
from ..variables import Variables
from .variables import F

FROM_LASER = "frequency from the laser"


@dataclass(frozen=True, eq=False)
class LinearLight:
    """du = A u dt + B dW about a stable branch; light leaving the ports is C u + D dW/dt.

    model : the model, whose arrays have parameter points as leading axes
    A (..., n, n), B (..., n, channels), C (..., outputs, n), D (..., outputs, channels)
        with all leading axes; A is NaN at parameter points without this stable branch.
    ports : those that light leaves for good: light fed on to another port is not among them
    covariance (..., n, n) : steady covariance, NaN as A is
    reasons (...) : "", or why there is no stable branch at a parameter point
    points, coordinates : labels of the leading axes
    branch, provenance : its number, and the JSON text from which it can be computed again
    """

    model: Model
    A: Array
    B: Array
    C: Array
    D: Array
    ports: tuple[str, ...]
    covariance: Array
    reasons: Array
    points: tuple[str, ...]
    coordinates: dict[Hashable, Any]
    branch: int
    provenance: str

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the output quadratures, such as "fibre.X"."""
        return tuple(f"{port}.{axis}" for port in self.ports for axis in "XY")

    def dataset(
        self,
        variables: Variables,
        values: Mapping[str, Array],
        frequency: xr.Variable,
        axes: Mapping[Hashable, Any],
    ) -> xr.Dataset:
        """Values by name of variable as a dataset, with the labels of further axes."""
        labelled = {
            name: variables[name].labelled(array, self.points) for name, array in values.items()
        }
        if self.points:
            meaning = "why the branch is not stable; empty where it is"
            reasons = self.reasons.astype(str)
            labelled["reason"] = Variable("reason", (), "1", meaning).labelled(reasons, self.points)
        coordinates = {
            F: frequency,
            **axes,
            **self.coordinates,
            "branch": self.branch,
        }
        return xr.Dataset(labelled, coordinates, {"provenance": self.provenance})


def linear_light(system: System | Model, branch: int = 0, **settings: Any) -> LinearLight:
    """Linearise a system about a branch, as `steady_state` numbers them.

    `settings` are recorded in the provenance. Raises RefusedError unless the branch is stable, at
    one parameter point at least.
    """
    require_whole("branch", branch, 0)
    model = as_model(system)
    steady = known_states(system)
    reasons = _reasons(steady, branch)
    _require_stable(reasons, steady, branch)
    at = min(branch, steady.sizes["branch"] - 1)
    stable = (reasons == "")[..., None, None]
    A, V = (steady[name].values[..., at, :, :] for name in ("drift_matrix", "covariance"))
    ports = outgoing_ports(model)
    points, coordinates = point_dimensions(system, model)
    C, D = _outgoing(model, ports)
    return LinearLight(
        model,
        np.where(stable, A, np.nan),
        spread(model.B, model),
        C,
        D,
        ports,
        np.where(stable, V, np.nan),
        reasons,
        tuple(points),
        point_coordinates(system, coordinates),
        int(branch),
        provenance(system, branch=branch, **settings, **_described_ports(system, ports)),
    )


def _described_ports(system: System | Model, ports: tuple[str, ...]) -> dict[str, Any]:
    """The light of a model's ports, which the provenance of a model lacks; a system has all."""
    if isinstance(system, System):
        return {}
    lights = {name: system.ports[name] for name in ports}
    return {"ports": {name: {"C": port.C, "D": port.D} for name, port in lights.items()}}


def outgoing_ports(model: Model) -> tuple[str, ...]:
    """The ports whose light is not fed on to another one."""
    return tuple(name for name, port in model.ports.items() if not port.onward)


def checked_frequencies(frequencies: ArrayLike) -> xr.Variable:
    """Frequencies as a coordinate (frequencies,) in rad/s; RefusedError unless finite numbers."""
    try:
        values = np.atleast_1d(numbers("frequencies", frequencies, unit="rad/s"))
    except ValueError as error:
        raise RefusedError(str(error)) from None
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise RefusedError(
            f"frequencies must be a list of finite numbers in rad/s (got {shown(frequencies)})"
        )
    return xr.Variable(F, values, {"units": "rad/s", "symbol": "ω", "long_name": FROM_LASER})


def _outgoing(model: Model, ports: tuple[str, ...]) -> tuple[Array, Array]:
    """C (..., outputs, n) and D (..., outputs, channels) of these ports, in their order."""
    if not ports:
        shapes = [(*model.batch, 0, size) for size in (model.size, len(model.channels))]
        return np.zeros(shapes[0]), np.zeros(shapes[1])
    lights = [model.ports[name] for name in ports]
    C = np.concatenate([spread(port.C, model) for port in lights], axis=-2)
    D = np.concatenate([spread(port.D, model) for port in lights], axis=-2)
    return C, D


def spread(matrices: Array, model: Model) -> Array:
    """Matrices with all leading axes of the model."""
    return np.broadcast_to(matrices, (*model.batch, *matrices.shape[-2:]))


def _reasons(steady: xr.Dataset, branch: int) -> Array:
    """Why a branch is not stable (...); "" where it is."""
    if branch >= steady.sizes["branch"]:
        return np.full(steady["stable"].shape[:-1], "no such branch", object)
    reasons = steady["reason"].values[..., branch]
    stable = steady["stable"].values[..., branch]
    return np.asarray(np.where(stable, "", reasons), object)


def _require_stable(reasons: Array, steady: xr.Dataset, branch: int) -> None:
    """RefusedError unless some parameter point has the branch, and it is stable there."""
    if (reasons == "").any():
        return
    stable = np.flatnonzero(steady["stable"].values.reshape(-1, steady.sizes["branch"]).any(axis=0))
    remedy = (
        f"choose one of the stable branches {stable.tolist()}"
        if len(stable)
        else "no branch is stable, and so no steady light leaves"
    )
    why = first_few(sorted(set(reasons.ravel().tolist())), 2)
    raise RefusedError(f"branch must be stable (got branch {branch}, {why}); {remedy}")
