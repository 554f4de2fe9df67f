"""Steady Gaussian states: the covariance of each stable fixed point, and why the others have none."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..sde.labels import Q_, Q, point_dimensions, variable
from ..sde.model.gaussian_state import Gaussian
from ..sde.model.model import Model
from ..sde.model.uncertainty import kept_commutators, uncertainty
from ..sde.support.checks import Array, shown
from ..sde.support.work_estimates import WorkError
from ..sde.system import System, as_model
from .fixed_points import B, Progress, fixed_points
from .lyapunov.solver import lyapunov_error_bound, lyapunov_residual, solve_lyapunov
from .reached import Starts
from .roots.search import LIMIT, warn_unsolved


def steady_state(
    system: System | Model,
    *,
    starts: Starts | None = None,
    near: Starts | None = None,
    limit: float = LIMIT,
    progress: Progress | None = None,
) -> xr.Dataset:
    """`fixed_points` with the steady covariance of the linearised fluctuations about each stable
    branch.

    `starts`, `near`, `limit` and `progress` are those of `fixed_points`.

    Adds covariance (..., branch, quadrature, quadrature_), diffusion (..., quadrature, quadrature_)
    in rad/s, light_share (..., branch, port), physicality min eig(V + iΩ/2), commutators min eig(D
    − i(AΩ + ΩAᵀ)/2) in rad/s, lyapunov_residual, covariance_error_bound, and reason: "" where there
    is a covariance, else why there is none (NaN). Raises IncompleteError and WorkError as
    `fixed_points` does.
    """
    model = as_model(system)
    found = fixed_points(system, starts=starts, near=near, limit=limit, progress=progress)
    points, _ = point_dimensions(system, model)
    n, stable, A = model.size, found.stable.values, found.drift_matrix.values
    D = np.broadcast_to(model.diffusion, (*model.batch, n, n))
    branch_D = np.broadcast_to(D[..., None, :, :], A.shape)[stable]
    V, failures = settled_covariances(A[stable], branch_D)
    reasons = _reasons(found)
    reasons[stable] = failures
    solved = failures == ""
    accuracy, bound, audit = (np.full(len(V), np.nan) for _ in range(3))
    accuracy[solved] = lyapunov_residual(A[stable][solved], branch_D[solved], V[solved])
    bound[solved] = lyapunov_error_bound(A[stable][solved], branch_D[solved], V[solved])
    audit[solved] = uncertainty(V[solved])
    meaning = "covariance of the linearised steady state"
    means = np.moveaxis(found["mean"].values, -2, 0)
    kept = kept_commutators(A, D[..., None, :, :])
    shares = np.stack([model.light_shares(mean) for mean in means], axis=-2)
    return found.assign_coords(port=list(model.ports)).assign(
        covariance=variable([*points, B, Q, Q_], _filled(stable, V), "1", meaning),
        diffusion=variable([*points, Q, Q_], D, "rad/s", "diffusion matrix B Bᵀ"),
        physicality=variable(
            [*points, B], _filled(stable, audit), "1", "least eigenvalue of V + iΩ/2"
        ),
        commutators=variable([*points, B], kept, "rad/s", "least eigenvalue of D − i(AΩ + ΩAᵀ)/2"),
        lyapunov_residual=variable(
            [*points, B], _filled(stable, accuracy), "1", "‖AV + VAᵀ + D‖/(2‖A‖‖V‖ + ‖D‖)"
        ),
        covariance_error_bound=variable(
            [*points, B], _filled(stable, bound), "1", "bound on ‖V − V_exact‖/‖V‖"
        ),
        light_share=variable(
            [*points, B, "port"], shares, "1", "light behind a port over all light shone in"
        ),
        reason=variable(
            [*points, B],
            reasons.astype(str),
            "1",
            "why there is no steady covariance; empty where there is",
        ),
    )


def settled_covariances(A: Array, D: Array) -> tuple[Array, Array]:
    """`solve_lyapunov` of lists of matrices (points, n, n), and why a V is NaN (points,), "" where
    it is not.

    An equation that cannot be solved takes no other with it.
    """
    reasons = np.full(len(A), "", object)
    try:
        return solve_lyapunov(A, D), reasons
    except ValueError:
        V = np.full(A.shape, np.nan)
    for at in range(len(A)):
        try:
            V[at] = solve_lyapunov(A[at], D[at])
        except ValueError as error:
            reasons[at] = f"no covariance: {error}"
    return V, reasons


def known_states(
    system: System | Model, start: Starts = "dark", *, limit: float = LIMIT
) -> xr.Dataset:
    """`steady_state` of all branches or, where finding them takes longer than `limit`, of those
    reached from a start.

    The attribute `complete` tells which, and a warning (UnsolvedWarning) says so.
    """
    try:
        return steady_state(system, limit=limit)
    except WorkError as refusal:
        return reached_states(system, start, refusal)


def reached_states(system: System | Model, start: Starts, refusal: WorkError) -> xr.Dataset:
    """`steady_state` of what is reached from a start, with a warning that says why it is not all."""
    reached = steady_state(system, starts=start)
    origin = f"start={start!r}" if isinstance(start, str) else "the given start"
    warn_unsolved(
        f"not all fixed points are known, only what the mean field reaches from {origin}: {refusal}"
    )
    return reached


def branch_state(system: System | Model, branch: int | None = None) -> Gaussian:
    """The steady Gaussian state (mean and covariance) of a stable branch; None takes the only
    stable one.

    Parameter points lead; each must have the branch. Where finding all branches takes too long
    (WorkError in `fixed_points`), the branches are those that the mean field reaches from the dark,
    with a warning. Raises ValueError, naming the choices, when the branch does not exist or is not
    stable, or when None is given and not exactly one branch is stable.
    """
    return chosen_state(known_states(system), branch)


def chosen_state(steady: xr.Dataset, branch: int | None = None) -> Gaussian:
    """`branch_state` where the steady states have been found already, by `known_states`."""
    stable = np.isfinite(steady.covariance.values).all(axis=(-2, -1))
    for point in np.ndindex(stable.shape[:-1]):
        _require_choice(steady.reason.values[point], stable[point], branch, point)
    chosen = np.full(stable.shape[:-1], branch) if branch is not None else stable.argmax(axis=-1)
    mean = np.take_along_axis(steady["mean"].values, chosen[..., None, None], axis=-2)[..., 0, :]
    V = np.take_along_axis(steady["covariance"].values, chosen[..., None, None, None], axis=-3)[
        ..., 0, :, :
    ]
    return Gaussian(mean, V, physical="ignore")


def _filled(where: Array, values: Array) -> Array:
    """An array of NaN with values at the places that hold."""
    table = np.full((*where.shape, *values.shape[1:]), np.nan)
    table[where] = values
    return table


def _reasons(found: xr.Dataset) -> Array:
    kinds, rates = found["kind"].values, -found["margin"].values
    known = found["reason"].values
    reasons = np.where(found["exists"].values | (known != ""), known, "no such branch").astype(
        object
    )
    for at in np.argwhere(found["exists"].values & (kinds != "stable") & (known == "")):
        place = tuple(at)
        unstable = "marginal" if kinds[place] == "marginal" else f"unstable ({kinds[place]})"
        reasons[place] = f"{unstable}: max Re λ = {rates[place]:.3g} rad/s"
    return reasons


def _require_choice(
    reasons: Array, stable: Array, branch: int | None, point: tuple[int, ...]
) -> None:
    choices = np.flatnonzero(stable).tolist()
    whole = isinstance(branch, int | np.integer)
    if (whole and branch in choices) or (branch is None and len(choices) == 1):
        return
    at = f" at parameter point {point}" if point else ""
    listed = ", ".join(f"branch {i} {reason or 'stable'}" for i, reason in enumerate(reasons))
    if branch is None:
        remedy = (
            f"choose branch= from {choices}" if choices else "there is no steady state to choose"
        )
        raise ValueError(
            f"branch must be given unless exactly one fixed point is stable{at} ({listed}); "
            f"{remedy}"
        )
    raise ValueError(
        f"branch must be one of the stable fixed points {choices}{at} (got {shown(branch)}: "
        f"{listed})"
    )
