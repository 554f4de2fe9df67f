"""All fixed points of the mean field, each with its own stability.

Fixed points, drift matrix and stability belong to the mean-level drift (the papers' normal-ordered equations); the
roots come from `roots`, complete and certified. They are not all the attractors: see `attractor` for limit cycles.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import xarray as xr

from ..sde.labels import Q_, Q, point_dimensions, provenance, quadrature_coordinates, variable
from ..sde.model import Model, as_model
from ..sde.polynomial import Array, Monomials
from ..sde.system import System
from .roots import all_roots, at_points, residual, uncertainty
from .stability import decisive, leading_kind, routh_hurwitz, spectrum

B, E = "branch", "eigenvalue"
BLANKS = {"f": np.nan, "b": False, "U": ""}
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
    "kind": ([B], "1", "stable, marginal, saddle, hopf or parametric; empty where there is no such branch"),
    "exists": ([B], "1", "the point has this branch"),
    "residual": ([B], "1", "largest drift relative to its terms' absolute values"),
}
"""Dimensions after those of the parameter points, units and meaning of each variable."""


def fixed_points(system: System | Model) -> xr.Dataset:
    """Every fixed point of the mean field, classified; branches by rising |mean| of the first mode.

    Dimensions: one per varying parameter, then branch, and quadrature, quadrature_ or eigenvalue. A point with fewer
    branches has NaN (False, "") in the rest. A double root (a turning point) is one branch, "marginal". What grows in a
    linear model is "parametric": gain exceeds loss, and nothing limits it.
    Raises IncompleteError, rather than leave roots out, where they could not all be found.
    """
    model = as_model(system)
    points, coordinates = point_dimensions(system, model)
    found = branches(model)
    return xr.Dataset(
        {name: _labelled(points, name, values) for name, values in found.items()},
        coords={
            B: np.arange(found["exists"].shape[-1]),
            "mode": list(model.modes),
            **coordinates,
            **quadrature_coordinates(model),
        },
        attrs={"provenance": provenance(system)},
    )


def branches(model: Model) -> dict[str, Array]:
    """The variables of `fixed_points` as plain arrays, leading axes and branch first."""
    mean = _flattened(model.mean_level)
    origin, u = all_roots(mean)
    order = np.lexsort((np.hypot(u[:, 0], u[:, 1]), origin))
    origin, u = origin[order], u[order]
    found = _classified(at_points(mean, origin), u, _rounding(model)[origin])
    branch = np.arange(len(origin)) - np.searchsorted(origin, origin)
    shape = (*model.batch, int(branch.max(initial=0)) + 1)
    at = origin * shape[-1] + branch
    return {name: _padded(values, at, shape) for name, values in found.items()}


def _flattened(model: Model) -> Model:
    """The drift with its leading axes, if any, as one axis of parameter points."""
    n, batch = model.size, model.batch

    def flat(values: Array, *tail: int) -> Array:
        return np.broadcast_to(values, (*batch, *tail)).reshape(math.prod(batch), *tail)

    quadratic, cubic = (Monomials(m.index, flat(m.value, len(m.index))) for m in (model.Q, model.K))
    return replace(model, c=flat(model.c, n), A=flat(model.A, n, n), Q=quadratic, K=cubic)


def _rounding(model: Model) -> Array:
    """Rounding (points, n, n) of the drift matrix where gain and loss through ports cancel, rad/s."""
    n, sizes = model.size, [np.abs(port.C) for port in model.ports.values()]
    rates = sum((C.swapaxes(-1, -2) @ C for C in sizes), np.zeros((n, n)))
    return 4 * np.finfo(float).eps * np.broadcast_to(rates, (*model.batch, n, n)).reshape(-1, n, n)


def _classified(model: Model, u: Array, rounding: Array) -> dict[str, Array]:
    """The variables of `MEANINGS` for a list of roots u (roots, n), one point of the model each."""
    A = model.jacobian(u)
    values, zero = spectrum(A, np.abs(model.jacobian(u + uncertainty(model, u)) - A) + rounding)
    kind = leading_kind(*decisive(values, zero))
    if model.linear:
        kind = np.where((kind == "saddle") | (kind == "hopf"), "parametric", kind)
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
    }


def _padded(values: Array, at: Array, shape: tuple[int, ...]) -> Array:
    """Values of a list of roots at their places in the table of points and branches; NaN, False or "" elsewhere."""
    table = np.full((math.prod(shape), *values.shape[1:]), BLANKS[values.dtype.kind], values.dtype)
    table[at] = values
    return table.reshape(*shape, *values.shape[1:])


def _labelled(points: list[str], name: str, values: Array) -> xr.Variable:
    dimensions, units, meaning = MEANINGS[name]
    return variable([*points, *dimensions], values, units, meaning)
