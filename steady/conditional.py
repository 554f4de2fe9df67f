"""Steady states conditioned on continuous records of the light that leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ..sde.labels import point_coordinates, point_dimensions, provenance, quadrature_coordinates
from ..sde.model.model import Model
from ..sde.support.checks import Array, numbers, require_whole, shown
from ..sde.system import System, as_model
from .fixed_points import fixed_points
from .light.records import Heterodyne, Homodyne, Record, measured
from .lyapunov.riccati import solve_riccati
from .variables import CONDITIONAL

__all__ = ["Heterodyne", "Homodyne", "Record", "conditional_covariance", "solve_riccati"]


def conditional_covariance(
    system: System | Model,
    records: Sequence[Record],
    mean: ArrayLike | None = None,
    *,
    branch: int | None = None,
    efficiency: Mapping[str, Any] | None = None,
) -> xr.DataArray:
    """Compute the steady covariance given continuous records of the light that leaves.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    records : list of Homodyne, Heterodyne, or mappings from str to float or array
        The detectors. A mapping is one measured combination of output quadratures by name of port,
        as of homodyne currents that are added: {"upper.X": 1, "lower.X": 1}. Its scale does not
        matter. Angles and weights may be arrays over parameter points.
    mean : array (..., n), default None
        The fixed point about which a nonlinear model fluctuates, one of `fixed_points`; a linear
        model needs none.
    branch : int, default None
        The number of this fixed point in `fixed_points`, in place of `mean`; it need not be stable.
    efficiency : mapping of str to float or array, optional
        Share η of the light of a port that reaches its detectors, 0 … 1, by port; default 1.

    Returns
    -------
    xarray.DataArray
        covariance (..., quadrature, quadrature_) of the quadratures given the records; vacuum ½.

    Raises
    ------
    ValueError
        For no records, unknown ports, light that is fed on to another port, records that do not
        commute (no detector measures both) or repeat one another, an efficiency outside 0 … 1, and
        a missing mean.
    UnstableError
        Where a fluctuation does not decay and the records contain no information on it.

    References
    ----------
    Kalman and Bucy, doi:10.1115/1.3658902; Wiseman and Doherty,
    doi:10.1103/PhysRevLett.94.070405.

    Examples
    --------
    A warm cavity, with the variance 1.167, whose outgoing X is measured, or X and Y at once:

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
    >>> np.diagonal(ql.conditional_covariance(cavity, [ql.Heterodyne("out")])).round(3)
    array([1., 1.])
    """
    model = as_model(system)
    found = measured(model, records, efficiency)
    A = model.jacobian(mean_of_branch(system, model, mean, branch), "mean")
    V = solve_riccati(A, found.B, found.C, found.D)
    points, coordinates = point_dimensions(system, model)
    points = [f"point_{axis}" for axis in range(V.ndim - 2 - len(points))] + points
    labelled = CONDITIONAL.labelled(V, points)
    settings = {"mean": mean, "branch": branch, "efficiency": efficiency}
    labelled.attrs["provenance"] = provenance(
        system, records=[described_record(record) for record in records], **settings
    )
    return xr.DataArray(
        labelled,
        coords={**point_coordinates(system, coordinates), **quadrature_coordinates(model)},
        name=CONDITIONAL.name,
    )


def mean_of_branch(
    system: System | Model, model: Model, mean: ArrayLike | None, branch: int | None
) -> Array:
    """The fixed point (..., n) about which the model fluctuates: given, or by its number."""
    if mean is not None and branch is not None:
        raise ValueError(f"give mean or branch, not both (got branch {shown(branch)})")
    if mean is not None:
        return numbers("mean", mean)
    if branch is None and not model.linear:
        raise ValueError(
            "mean must be given for a nonlinear model: a fixed point about which it fluctuates, or "
            "its number as branch"
        )
    if branch is None:
        return np.zeros(model.size)
    require_whole("branch", branch, 0)
    means = fixed_points(system)["mean"].values
    if branch >= means.shape[-2] or np.isnan(means[..., branch, :]).any():
        raise ValueError(
            f"branch must be below the number of fixed points of every parameter point, at most "
            f"{means.shape[-2]} (got {branch})"
        )
    return np.asarray(means[..., branch, :])


def described_record(record: Record) -> dict[str, Any]:
    """A record as provenance keeps it."""
    if isinstance(record, Mapping):
        return dict(record)
    return {"detector": type(record).__name__, **vars(record)}
