"""Fixed points as plain arrays: a table (parameter points, branches) with the stability of each.

`fixed_points` labels the table; grids and scans of a parameter use it as it is.
"""

from __future__ import annotations

import math

import numpy as np

from ..sde.model.model import Model
from ..sde.support.checks import Array
from .roots.newton import residual, rounding_error
from .roots.solver import all_roots
from .stability import leading_eigenvalue, leading_kind, routh_hurwitz, spectrum

LOST = (
    "the fixed points could not all be found, as paths of the search for them were lost: they are "
    "not isolated here, or nearly so; change the parameters slightly, or give starts= or near="
)
"""Reason of a parameter point at which fixed points could be missing."""
BLANKS = {"f": np.nan, "b": False, "U": "", "O": ""}
"""Value where there is no branch, by kind of array."""
Branches = dict[str, Array]
"""Arrays (*points, branches, ...) by the names of `variables.FIXED_POINTS`."""


def branches(model: Model) -> Branches:
    """All fixed points of a model with their stability, by rising |mean| of the first mode."""
    mean = model.mean_level.deterministic.at()
    roots = all_roots(mean)
    table = table_of_roots(model, mean, roots.origin, roots.u, roots.family)
    table["reason"][roots.lost.reshape(model.batch)] = LOST
    return table


def table_of_roots(model: Model, mean: Model, origin: Array, u: Array, notes: Array) -> Branches:
    """Roots u (roots, n) at points `origin` (roots,), classified, as a table of branches.

    `mean` is the mean-level drift with one axis of parameter points. `notes` (roots,) are "" or
    describe a special root: the note of a family begins with "family", that of a root that may not
    be isolated with "marginal".
    """
    order = np.lexsort((np.hypot(u[:, 0], u[:, 1]), origin))
    origin = origin[order]
    u = u[order]
    notes = notes[order]
    found = _classified_roots(mean.at(origin), u, notes, _jacobian_rounding(model)[origin])
    branch = np.arange(len(origin)) - np.searchsorted(origin, origin)
    shape = (*model.batch, int(branch.max(initial=0)) + 1)
    at = origin * shape[-1] + branch
    return {name: _scattered(values, at, shape) for name, values in found.items()}


def _jacobian_rounding(model: Model) -> Array:
    """Rounding error (points, n, n), rad/s, of Jacobians in which gain and loss at ports cancel."""
    n = model.size
    couplings = [np.abs(port.C) for port in model.ports.values()]
    rates = sum((C.swapaxes(-1, -2) @ C for C in couplings), np.zeros((n, n)))
    return 4 * np.finfo(float).eps * np.broadcast_to(rates, (*model.batch, n, n)).reshape(-1, n, n)


def _classified_roots(model: Model, u: Array, notes: Array, rounding: Array) -> Branches:
    """Variables of roots u (roots, n), the model having one parameter point for each root.

    `rounding` (roots, n, n) is an error of the Jacobian in rad/s besides that of u.
    """
    A = model.jacobian(u)
    with np.errstate(invalid="ignore"):
        jacobian_error = np.abs(model.jacobian(u + rounding_error(model, u)) - A)
    values, zero = spectrum(A, jacobian_error + rounding)
    kind = _kinds(model, values, zero, notes)
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
        "reason": notes.astype(object),
    }


def _kinds(model: Model, values: Array, zero: Array, notes: Array) -> Array:
    """Kinds (roots,) from eigenvalues and the sizes that count as zero (roots, n), and notes."""
    kind = leading_kind(*leading_eigenvalue(values, zero))
    if model.linear:
        kind = np.where((kind == "saddle") | (kind == "hopf"), "parametric", kind)
    for special in ("family", "marginal"):
        kind = np.where([note.startswith(special) for note in notes], special, kind)
    return kind


def _scattered(values: Array, at: Array, shape: tuple[int, ...]) -> Array:
    """Values (roots, ...) at flat indices `at` of a table of this shape; `BLANKS` elsewhere."""
    table = np.full((math.prod(shape), *values.shape[1:]), BLANKS[values.dtype.kind], values.dtype)
    table[at] = values
    return table.reshape(*shape, *values.shape[1:])
