"""Steady states conditioned on continuous records of the light that leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ..sde.labels import point_coordinates, point_dimensions, provenance, quadrature_coordinates
from ..sde.model.model import Model
from ..sde.model.uncertainty import symplectic_form_of
from ..sde.support.checks import Array, nearest, numbers, shown
from ..sde.system import System, as_model
from .lyapunov.riccati import INDEPENDENT, solve_riccati
from .variables import CONDITIONAL

Record = Mapping[str, Any]
"""Weights of output quadratures, such as {"fibre.X": 1.0, "fibre.Y": 0.5}; numbers or arrays."""


def conditional_covariance(
    system: System | Model, records: Sequence[Record], mean: ArrayLike | None = None
) -> xr.DataArray:
    """Compute the steady covariance given continuous records of the light that leaves.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    records : list of mappings from str to float or array
        One measured combination of output quadratures each, by name of port:
        {"upper.X": 1, "lower.X": 1}. Its scale does not matter. Weights may be arrays over
        parameter points.
    mean : array (..., n), default None
        The fixed point about which a nonlinear model fluctuates, one of `fixed_points`; a linear
        model needs none.

    Returns
    -------
    xarray.DataArray
        covariance (..., quadrature, quadrature_) of the quadratures given the records; vacuum ½.

    Raises
    ------
    ValueError
        For no records, unknown ports, light that is fed on to another port, records that do not
        commute (no detector measures both) or repeat one another, and a missing mean.
    UnstableError
        Where a fluctuation does not decay and the records contain no information on it.

    References
    ----------
    Kalman and Bucy, doi:10.1115/1.3658902; Wiseman and Doherty,
    doi:10.1103/PhysRevLett.94.070405.

    Examples
    --------
    A warm cavity, with the variance 1.167, whose outgoing X is measured:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> cavity = ql.Model.build(
    ...     ["a"],
    ...     [
    ...         ql.terms.lose("a", "out", amplitude_rate=1.0),
    ...         ql.terms.lose("a", "bath", amplitude_rate=0.5, occupation=2.0),
    ...     ],
    ... )
    >>> np.diagonal(ql.conditional_covariance(cavity, [{"out.X": 1.0}])).round(3)
    array([0.925, 1.167])
    """
    model = as_model(system)
    if mean is None and not model.linear:
        raise ValueError(
            "mean must be given for a nonlinear model: a fixed point about which it fluctuates"
        )
    weights = _weights(model, records)
    A = model.jacobian(np.zeros(model.size) if mean is None else numbers("mean", mean), "mean")
    C = weights @ np.concatenate([port.C for port in model.ports.values()], axis=-2)
    D = weights @ np.concatenate([port.D for port in model.ports.values()], axis=-2)
    V = solve_riccati(A, model.B, C, D)
    points, coordinates = point_dimensions(system, model)
    points = [f"point_{axis}" for axis in range(V.ndim - 2 - len(points))] + points
    labelled = CONDITIONAL.labelled(V, points)
    labelled.attrs["provenance"] = provenance(system, records=records, mean=mean)
    return xr.DataArray(
        labelled,
        coords={**point_coordinates(system, coordinates), **quadrature_coordinates(model)},
        name=CONDITIONAL.name,
    )


def _weights(model: Model, records: Sequence[Record]) -> Array:
    """Weights (..., records, 2 ports) of the output quadratures in the records, checked."""
    names = [f"{port}.{axis}" for port in model.ports for axis in "XY"]
    if not (
        isinstance(records, Sequence) and all(isinstance(record, Mapping) for record in records)
    ):
        example = "[{'fibre.X': 1.0}]"
        raise ValueError(
            f"records must be a list of combinations, such as {example} (got {shown(records)})"
        )
    if not records:
        raise ValueError(
            f"records must hold at least one combination of {', '.join(names)} (got none)"
        )
    for name in (name for record in records for name in record):
        _check_name(model, name, names)
    weights = _stacked(
        [
            [numbers(f"weight of {name!r}", record.get(name, 0.0)) for name in names]
            for record in records
        ]
    )
    if not np.all(np.isfinite(weights)):
        raise ValueError("records must have finite weights")
    _require_commuting(weights)
    return weights


def _stacked(rows: list[list[Array]]) -> Array:
    """Rows of arrays (...) as one array (..., rows, columns)."""
    lead = np.broadcast_shapes(*(weight.shape for row in rows for weight in row))
    wide = [np.stack([np.broadcast_to(w, lead) for w in row], axis=-1) for row in rows]
    return np.stack(wide, axis=-2)


def _check_name(model: Model, name: str, names: list[str]) -> None:
    """ValueError unless an output quadrature exists and its light is not fed on."""
    if name not in names:
        raise ValueError(
            f"record of {shown(name)}, which the model does not emit: "
            f"{nearest(str(name), names, 'it emits')}"
        )
    onward = model.ports[name.rpartition(".")[0]].onward
    if onward:
        raise ValueError(
            f"record of {name!r}, whose light is fed on to port {onward!r}: measure what leaves "
            "there"
        )


def _require_commuting(weights: Array) -> None:
    """ValueError unless records with weights (..., records, 2 ports) commute."""
    omega = symplectic_form_of(weights)
    sizes = np.linalg.norm(weights, axis=-1)
    commutators = np.abs(weights @ omega @ np.swapaxes(weights, -1, -2))
    clash = commutators > INDEPENDENT * sizes[..., :, None] * sizes[..., None, :]
    if np.any(clash):
        first, second = np.argwhere(clash)[0][-2:]
        raise ValueError(
            f"records {first} and {second} do not commute, so no detector measures both; "
            "take one quadrature of each beam, or let the beam leave by two ports"
        )
