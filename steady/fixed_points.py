"""All fixed points of the mean field, each with its stability.

Fixed points, drift matrix and stability belong to the mean-level drift (the papers' normal-ordered
equations). The roots come from `roots`, complete and certified, or from given starts
(`mean_field.roots_from_starts`) where finding all takes too long. Limit cycles are not among them:
see `attractor`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..sde.labels import point_coordinates, point_dimensions, provenance, quadrature_coordinates
from ..sde.model.gaussian_state import Gaussian
from ..sde.model.model import Model
from ..sde.support.callbacks import Progress
from ..sde.support.checks import Array, require_positive
from ..sde.support.memory import require_memory
from ..sde.system import System, as_model
from .branches import LOST, Branches, branches, table_of_roots
from .mean_field.roots_from_starts import (
    Starts,
    root_notes,
    roots_by_integration,
    roots_by_newton,
    start_means,
)
from .roots.homotopy import IncompleteError
from .roots.search_limits import DEFAULT_LIMIT, SearchLimits, limited_search, warn_unsolved
from .variables import FIXED_POINTS, MODE, B

ENDS = {"limit cycle": "on a limit cycle", "divergent": "out of bounds", "undecided": "not settled"}
"""Text for a mean field that reached no fixed point, by the kind of its outcome."""
MATRICES = 12
"""Matrices (n, n) that are held for each parameter point at a time, measured."""
NAMED = 3
"""Largest number of parameter points that a warning lists."""


def fixed_points(
    system: System | Model,
    *,
    starts: Starts | None = None,
    near: Starts | None = None,
    limit: float = DEFAULT_LIMIT,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Find every fixed point of the mean field and classify its stability.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    starts : "dark", Gaussian, array (n,) or (..., n), a list of these, or Dataset, default None
        States from which the mean field is integrated to a fixed point, instead of a search for
        all. For models of many nonlinear modes. `random_starts` makes a list; a Dataset is a result
        for neighbouring parameters, whose branches are the starts.
    near : as `starts`, default None
        States from which Newton's method is started instead, which reaches unstable fixed points
        too, and takes milliseconds where branches are continued. Not together with `starts`.
    limit : float, default 30
        CPU time in s that the search for all fixed points may be predicted to take; ∞ for any.
    progress : callable, default None
        Called with the numbers of finished and of all continuation paths, or starts.

    Returns
    -------
    xarray.Dataset
        Dimensions: one per varying parameter, then branch, and quadrature, quadrature_, mode or
        eigenvalue; branches by rising |mean| of the first mode.

        * mean (branch, quadrature), photon_number (branch, mode): without unit
        * drift_matrix (branch, quadrature, quadrature_), eigenvalue_real and eigenvalue_imag
          (branch, eigenvalue), margin −max Re λ (branch): rad/s
        * stable, stable_routh_hurwitz, exists (branch): bool
        * kind (branch): "stable", "marginal", "saddle", "hopf", "parametric", "family" or ""
        * residual (branch): largest drift relative to the absolute values of its terms
        * reason (branch): str

        A point with fewer branches has NaN (False, "") in the rest. A double root (a turning point)
        is one branch, "marginal". An unstable point of a linear model is "parametric": gain exceeds
        loss, and nothing limits the growth. Where fixed points form circles or lines because of a
        symmetry, each of these that is found is represented by one of its points: kind "family",
        with the symmetry in `reason`. In a sweep, a parameter point whose fixed points could not
        all be found has no branch; `reason` gives the cause, and a warning (UnsolvedWarning) names
        the point. The attribute `complete` is 1 where all isolated fixed points are given; it is 0
        with `starts` or `near`, and where such a parameter point was left without branches.

    Raises
    ------
    IncompleteError
        At a single parameter point, rather than leave fixed points out, where they could not all be
        found.
    WorkError
        Where finding all of them takes longer than `limit`; a ValueError that gives the time.
    ValueError
        For `starts` and `near` together, starts that are not finite means of the model's size, and
        a limit that is not positive.
    RoomError
        Where the matrices of all parameter points do not fit into the memory.

    References
    ----------
    Morgan and Sommese, doi:10.1016/0096-3003(89)90099-4: continuation to all isolated roots.

    Examples
    --------
    >>> import qlangevin as ql
    >>> found = ql.fixed_points(ql.systems.SpinningResonator.published())
    >>> found["kind"].values.tolist(), found.attrs["complete"]
    (['stable'], 1)
    >>> ql.fixed_points(ql.systems.SpinningResonator.published(), near="dark").attrs["complete"]
    0
    """
    model = as_model(system)
    require_room(model, MATRICES)
    points, coordinates = point_dimensions(system, model)
    if starts is None and near is None:
        with limited_search(SearchLimits(require_limit(limit), math.prod(model.batch), progress)):
            found = branches(model)
        lost = (found["reason"] == LOST).any(axis=-1)
        if lost.any() and not points:
            raise IncompleteError(LOST)
        warn_blank_points(np.where(lost, LOST, ""), points, coordinates)
        none = ~found["exists"].any(axis=-1, keepdims=True) & (found["reason"] == "")
        found["reason"] = np.where(none, "the mean field has no fixed point", found["reason"])
        complete = not lost.any()
        settings = dict[str, Any]()
    else:
        found = reached_branches(model, starts, near, progress)
        complete = False
        settings = _described_starts(starts, near)
    return xr.Dataset(
        {
            name: FIXED_POINTS[name].labelled(_as_text(values), points)
            for name, values in found.items()
        },
        coords={
            B: np.arange(found["exists"].shape[-1]),
            MODE: list(model.modes),
            **point_coordinates(system, coordinates),
            **quadrature_coordinates(model),
        },
        attrs={"complete": int(complete), "provenance": provenance(system, **settings)},
    )


def require_limit(limit: float) -> float:
    """The limit, which must be a positive number of seconds or infinite. Raises ValueError."""
    if limit != math.inf:
        require_positive("limit", limit)
    return float(limit)


def warn_blank_points(reasons: Array, points: list[str], coordinates: Mapping[Any, Any]) -> None:
    """Warn of parameter points left without branches, by their reasons (...); "" for other points.

    Points are named by the coordinates of the dimensions `points`, or by their index.
    """
    sentences = []
    for reason in dict.fromkeys(reasons[reasons != ""].tolist()):
        places = np.argwhere(reasons == reason)
        named = "; ".join(_place(place, points, coordinates) for place in places[:NAMED])
        more = f"; and {len(places) - NAMED} more" if len(places) > NAMED else ""
        sentences.append(
            f"{len(places)} of {reasons.size} parameter points are left blank ({named}{more}): "
            f"{reason}"
        )
    if sentences:
        warn_unsolved("; ".join(sentences[:NAMED]))


def _place(place: Array, points: list[str], coordinates: Mapping[Any, Any]) -> str:
    """A parameter point by its coordinates, or by its index where a dimension has none."""
    if not all(name in coordinates for name in points):
        return f"index {tuple(place.tolist())}"
    return ", ".join(
        f"{name} = {coordinates[name][at]:.6g}" for name, at in zip(points, place, strict=True)
    )


def require_room(model: Model, matrices: int) -> None:
    """RoomError where this number of matrices for each parameter point exceeds the memory."""
    points = math.prod(model.batch)
    n = model.size
    require_memory(
        8.0 * matrices * points * n * n,
        f"the fixed points of {n} quadratures at {points} parameter point{'s' * (points != 1)}",
        "take fewer points at a time, or grid, which solves them one part after the other",
    )


def reached_branches(
    model: Model, starts: Starts | None, near: Starts | None, progress: Progress | None = None
) -> Branches:
    """The table of the fixed points that are reached from starts. Raises ValueError."""
    mean = model.mean_level.deterministic.at()
    n = model.size
    unreached = dict[tuple[int, int], str]()
    if starts is None and near is not None:
        origin, u = roots_by_newton(mean, start_means("near", near, model.batch, n))
    elif starts is not None and near is None:
        means = start_means("starts", starts, model.batch, n)
        origin, u, unreached = roots_by_integration(mean, means, progress)
    else:
        raise ValueError(
            "starts and near cannot be given together; call fixed_points once for each"
        )
    table = table_of_roots(model, mean, origin, u, root_notes(mean, origin, u))
    _explain_unreached(table, unreached)
    return table


def _explain_unreached(table: Branches, unreached: Mapping[tuple[int, int], str]) -> None:
    """Write into a table why points have no branch; kinds of outcomes by point and start."""
    exists = table["exists"]
    reasons = table["reason"].reshape(-1, exists.shape[-1])
    for (point, start), kind in unreached.items():
        if not exists.reshape(reasons.shape)[point].any():
            reasons[point] = (
                f"no fixed point is reached: from start {start} the mean field is {ENDS[kind]}"
            )
    none = ~exists.any(axis=-1, keepdims=True) & (table["reason"] == "")
    table["reason"] = np.where(
        none, "no fixed point is reached by Newton's method", table["reason"]
    )


def _described_starts(starts: Starts | None, near: Starts | None) -> dict[str, Any]:
    """The starts as recorded in provenance."""
    name, given = ("near", near) if starts is None else ("starts", starts)
    if isinstance(given, xr.Dataset):
        rows = given["mean"].values.reshape(-1, given.sizes["quadrature"])
        given = list(rows[np.isfinite(rows).all(axis=-1)])
    listed = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    plain = [each.mean if isinstance(each, Gaussian) else each for each in listed]
    return {name: [each if isinstance(each, str) else np.asarray(each).tolist() for each in plain]}


def _as_text(values: Array) -> Array:
    """The values, those of kind object as text."""
    return values.astype(str) if values.dtype.kind == "O" else values
