"""All fixed points of the mean field, each with its own stability.

Fixed points, drift matrix and stability belong to the mean-level drift (the papers' normal-ordered
equations); the roots come from `roots`, complete and certified, or from `reached` where all take
too long to find. They are not all the attractors: see `attractor` for limit cycles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..sde.labels import Q_, Q, point_dimensions, provenance, quadrature_coordinates, variable
from ..sde.model.gaussian_state import Gaussian
from ..sde.model.model import Model
from ..sde.support.checks import Array, require_positive
from ..sde.system import System, as_model
from .reached import Starts, describe_reached, followed_roots, newton_roots, start_means
from .roots.all_roots import all_roots
from .roots.homotopy import IncompleteError
from .roots.newton import residual, uncertainty
from .roots.search import LIMIT, Search, conducting, warn_unsolved
from .stability import decisive, leading_kind, routh_hurwitz, spectrum

B, E = "branch", "eigenvalue"
Progress = Callable[[int, int], None]
ENDS = {"limit cycle": "on a limit cycle", "divergent": "out of bounds", "undecided": "not settled"}
"""Where a mean field is that reached no fixed point."""
NAMED = 3
"""Parameter points that a warning names."""
LOST = (
    "the fixed points could not all be found, as paths of the search for them were lost: they are nearly or truly not "
    "isolated here; move the parameters slightly, or give starts= or near="
)
BLANKS = {"f": np.nan, "b": False, "U": "", "O": ""}
"""What stands where there is no branch, by kind of array."""
MEANINGS = {
    "mean": ([B, Q], "1", "fixed point of the mean field"),
    "photon_number": ([B, "mode"], "1", "quanta |⟨a⟩|² = (X² + Y²)/2 of each mode"),
    "drift_matrix": ([B, Q, Q_], "rad/s", "Jacobian of the mean-field drift at the fixed point"),
    "eigenvalue_real": ([B, E], "rad/s", "real part of the drift matrix's eigenvalues, falling"),
    "eigenvalue_imag": ([B, E], "rad/s", "imaginary part of the drift matrix's eigenvalues"),
    "stable": ([B], "1", "all eigenvalues have negative real parts, beyond rounding"),
    "stable_routh_hurwitz": ([B], "1", "the Routh-Hurwitz conditions hold"),
    "margin": ([B], "rad/s", "slowest relaxation rate, −max Re λ"),
    "kind": (
        [B],
        "1",
        "stable, marginal, saddle, hopf, parametric or family; empty where there is no such branch",
    ),
    "exists": ([B], "1", "the point has this branch"),
    "residual": ([B], "1", "largest drift relative to its terms' absolute values"),
    "reason": (
        [B],
        "1",
        "the family that a fixed point stands for, or why a point has none; else empty",
    ),
}
"""Dimensions after those of the parameter points, units and meaning of each variable."""


def fixed_points(
    system: System | Model,
    *,
    starts: Starts | None = None,
    near: Starts | None = None,
    limit: float = LIMIT,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Every fixed point of the mean field, classified; branches by rising |mean| of the first mode.

    Parameters
    ----------
    starts
        States from which the mean field is followed to a fixed point, instead of a search for all:
        "dark", a `Gaussian`, one mean (n,), or a list of these. For models of many nonlinear modes.
    near
        The same for Newton's method from these states, which reaches unstable fixed points too.
    limit
        CPU time in s that the search for all fixed points may be predicted to take; ∞ for any.
    progress
        Called with the numbers of paths that are finished and that there are.

    Returns
    -------
    xr.Dataset
        Dimensions: one per varying parameter, then branch, and quadrature, quadrature_ or
        eigenvalue. A point with fewer branches has NaN (False, "") in the rest. A double root (a
        turning point) is one branch, "marginal". What grows in a linear model is "parametric": gain
        exceeds loss, and nothing limits it. Where a symmetry makes fixed points come in circles or
        lines, one of each that is found stands for it: kind "family", `reason` naming the symmetry.
        A point of many whose fixed points could not all be found has no branch, `reason` saying
        why, and a warning names it. The attribute `complete` is 1 where all isolated fixed points
        are given, 0 with `starts` or `near`, and where a point has none for that reason.

    Raises
    ------
    IncompleteError
        At a single parameter point, rather than leave fixed points out, where they could not all be
        found.
    WorkError
        Where finding all of them takes longer than `limit`: a ValueError that says how long.

    Examples
    --------
    >>> fixed_points(SpinningResonator.published())["kind"].values
    array(['stable'], dtype='<U6')
    >>> fixed_points(chain_of_kerr_modes, starts="dark").attrs["complete"]
    0
    """
    model = as_model(system)
    points, coordinates = point_dimensions(system, model)
    if starts is None and near is None:
        with conducting(Search(require_limit(limit), math.prod(model.batch), progress)):
            found = branches(model)
        lost = (found["reason"] == LOST).any(axis=-1)
        if lost.any() and not points:
            raise IncompleteError(LOST)
        report_blanks(np.where(lost, LOST, ""), points, coordinates)
        complete, settings = not lost.any(), dict[str, Any]()
    else:
        found = _reached(model, starts, near)
        complete, settings = False, _describe(starts, near)
    return xr.Dataset(
        {name: _labelled(points, name, values) for name, values in found.items()},
        coords={
            B: np.arange(found["exists"].shape[-1]),
            "mode": list(model.modes),
            **coordinates,
            **quadrature_coordinates(model),
        },
        attrs={"complete": int(complete), "provenance": provenance(system, **settings)},
    )


def require_limit(limit: float) -> float:
    """The limit, which must be a positive number of seconds or infinite. Raises ValueError."""
    if limit != math.inf:
        require_positive("limit", limit)
    return float(limit)


def report_blanks(reasons: Array, points: list[str], coordinates: Mapping[Any, Any]) -> None:
    """Warn of the parameter points (...) that are left blank, by their reasons, which are "" where
    they are not.

    They are named by the coordinates of the dimensions `points`, as far as these have any.
    """
    said = []
    for reason in dict.fromkeys(reasons[reasons != ""].tolist()):
        places = np.argwhere(reasons == reason)
        named = "; ".join(_place(place, points, coordinates) for place in places[:NAMED])
        more = f"; and {len(places) - NAMED} more" if len(places) > NAMED else ""
        said.append(
            f"{len(places)} of {reasons.size} parameter points are left blank ({named}{more}): "
            f"{reason}"
        )
    if said:
        warn_unsolved("; ".join(said[:NAMED]))


def _place(place: Array, points: list[str], coordinates: Mapping[Any, Any]) -> str:
    """A parameter point by its coordinates, or by its index where they do not tell it."""
    if not all(name in coordinates for name in points):
        return f"index {tuple(place.tolist())}"
    return ", ".join(
        f"{name} = {coordinates[name][at]:.6g}" for name, at in zip(points, place, strict=True)
    )


def branches(model: Model) -> dict[str, Array]:
    """The variables of `fixed_points` as plain arrays, leading axes and branch first."""
    mean = model.mean_level.deterministic.at()
    roots = all_roots(mean)
    table = tabulated(model, mean, roots.origin, roots.u, roots.family)
    table["reason"][roots.lost.reshape(model.batch)] = LOST
    return table


def tabulated(model: Model, mean: Model, origin: Array, u: Array, words: Array) -> dict[str, Array]:
    """Roots u (roots, n) of the flattened mean-level drift at points `origin`, classified, in a
    table of branches.

    `words` (roots,) is what is special about each, "" for nothing; a family is named by words that
    begin so.
    """
    order = np.lexsort((np.hypot(u[:, 0], u[:, 1]), origin))
    origin, u, words = origin[order], u[order], words[order]
    found = _classified(mean.at(origin), u, words, _rounding(model)[origin])
    branch = np.arange(len(origin)) - np.searchsorted(origin, origin)
    shape = (*model.batch, int(branch.max(initial=0)) + 1)
    at = origin * shape[-1] + branch
    return {name: _padded(values, at, shape) for name, values in found.items()}


def _reached(model: Model, starts: Starts | None, near: Starts | None) -> dict[str, Array]:
    """The variables of `fixed_points` for the roots that are reached from starts."""
    mean, elsewhere = model.mean_level.deterministic.at(), dict[tuple[int, int], str]()
    if starts is None and near is not None:
        origin, u = newton_roots(mean, start_means("near", near, model.batch, model.size))
    elif starts is not None and near is None:
        origin, u, elsewhere = followed_roots(
            mean, start_means("starts", starts, model.batch, model.size)
        )
    else:
        raise ValueError(
            "starts and near cannot be given together; call fixed_points once for each"
        )
    table = tabulated(model, mean, origin, u, describe_reached(mean, origin, u))
    reasons = table["reason"].reshape(len(mean.A), -1)
    for (point, start), kind in elsewhere.items():
        if not table["exists"].reshape(len(mean.A), -1)[point].any():
            reasons[point] = (
                f"no fixed point is reached: from start {start} the mean field is {ENDS[kind]}"
            )
    none = ~table["exists"].any(axis=-1, keepdims=True) & (table["reason"] == "")
    table["reason"] = np.where(
        none, "no fixed point is reached by Newton's method", table["reason"]
    )
    return table


def _describe(starts: Starts | None, near: Starts | None) -> dict[str, Any]:
    """What provenance keeps of the starts."""
    name, given = ("near", near) if starts is None else ("starts", starts)
    listed = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    plain = [each.mean if isinstance(each, Gaussian) else each for each in listed]
    return {name: [each if isinstance(each, str) else np.asarray(each).tolist() for each in plain]}


def _rounding(model: Model) -> Array:
    """Rounding (points, n, n) of the drift matrix where gain and loss through ports cancel, rad/s."""
    n, sizes = model.size, [np.abs(port.C) for port in model.ports.values()]
    rates = sum((C.swapaxes(-1, -2) @ C for C in sizes), np.zeros((n, n)))
    return 4 * np.finfo(float).eps * np.broadcast_to(rates, (*model.batch, n, n)).reshape(-1, n, n)


def _classified(model: Model, u: Array, words: Array, rounding: Array) -> dict[str, Array]:
    """The variables of `MEANINGS` for a list of roots u (roots, n), one point of the model each."""
    A = model.jacobian(u)
    with np.errstate(invalid="ignore"):
        blurred = np.abs(model.jacobian(u + uncertainty(model, u)) - A)
    values, zero = spectrum(A, blurred + rounding)
    kind = leading_kind(*decisive(values, zero))
    if model.linear:
        kind = np.where((kind == "saddle") | (kind == "hopf"), "parametric", kind)
    for special in ("family", "marginal"):
        kind = np.where([text.startswith(special) for text in words], special, kind)
    return {
        "mean": u,
        "photon_number": (u[:, 0::2] ** 2 + u[:, 1::2] ** 2) / 2,
        "drift_matrix": A,
        "eigenvalue_real": values.real,
        "eigenvalue_imag": values.imag,
        "stable": kind == "stable",
        "stable_routh_hurwitz": routh_hurwitz(A),
        "margin": -values[:, 0].real,
        "kind": kind,
        "exists": np.ones(len(u), bool),
        "residual": residual(model, u),
        "reason": words.astype(object),
    }


def _padded(values: Array, at: Array, shape: tuple[int, ...]) -> Array:
    """Values of a list of roots at their places in the table of points and branches; NaN, False or
    "" elsewhere.
    """
    table = np.full((math.prod(shape), *values.shape[1:]), BLANKS[values.dtype.kind], values.dtype)
    table[at] = values
    return table.reshape(*shape, *values.shape[1:])


def _labelled(points: list[str], name: str, values: Array) -> xr.Variable:
    dimensions, units, meaning = MEANINGS[name]
    values = values.astype(str) if values.dtype.kind == "O" else values
    return variable([*points, *dimensions], values, units, meaning)
