"""Steady Gaussian states: the covariance about each stable fixed point, or why there is none."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..sde.labels import point_dimensions
from ..sde.model.gaussian_state import Gaussian
from ..sde.model.model import Model
from ..sde.model.uncertainty import commutator_margin, uncertainty_margin
from ..sde.support.callbacks import Progress
from ..sde.support.checks import Array, shown
from ..sde.support.work_estimates import WorkError
from ..sde.system import System, as_model
from .fixed_points import fixed_points, require_room
from .lyapunov.error_bounds import lyapunov_error_bound, lyapunov_residual
from .lyapunov.solver import solve_lyapunov
from .mean_field.roots_from_starts import Starts
from .roots.search_limits import DEFAULT_LIMIT, warn_unsolved
from .variables import PORT, STEADY_STATE

MATRICES = 28
"""Matrices (n, n) that are held for each parameter point at a time, measured."""


def steady_state(
    system: System | Model,
    *,
    starts: Starts | None = None,
    near: Starts | None = None,
    limit: float = DEFAULT_LIMIT,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Find all fixed points and the covariance of linearised fluctuations about each stable one.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    starts : "dark", Gaussian, array (n,) or (..., n), a list of these, or Dataset, default None
        States from which the mean field is integrated, as in `fixed_points`.
    near : as `starts`, default None
        States from which Newton's method is started, as in `fixed_points`.
    limit : float, default 30
        CPU time in s that the search for all fixed points may be predicted to take.
    progress : callable, default None
        Called with the numbers of finished and of all continuation paths, or starts.

    Returns
    -------
    xarray.Dataset
        The variables of `fixed_points`, and

        * covariance (branch, quadrature, quadrature_): vacuum ½; NaN about branches that are not
          stable
        * diffusion (quadrature, quadrature_): D = B Bᵀ, rad/s
        * physicality (branch): min eig(V + iΩ/2)
        * commutators (branch): min eig(D − i(AΩ + ΩAᵀ)/2), rad/s
        * lyapunov_residual (branch): ‖AV + VAᵀ + D‖/(2‖A‖‖V‖ + ‖D‖)
        * covariance_error_bound (branch): bound on ‖V − V_exact‖/‖V‖
        * light_share (branch, port): light leaving a port over all light shone in
        * reason (branch): "" where there is a covariance, else why there is none

    Raises
    ------
    IncompleteError
        At a single parameter point whose fixed points could not all be found.
    WorkError
        Where finding all of them takes longer than `limit`.
    ValueError, RoomError
        As `fixed_points` does.

    Examples
    --------
    >>> import qlangevin as ql
    >>> steady = ql.steady_state(ql.systems.SpinningResonator.published())
    >>> V = steady["covariance"].sel(quadrature="mechanical.q", quadrature_="mechanical.q")
    >>> V.dims, V.item() > 0.5, steady["reason"].item()
    (('branch',), True, '')
    """
    model = as_model(system)
    require_room(model, MATRICES)
    found = fixed_points(system, starts=starts, near=near, limit=limit, progress=progress)
    A = found.drift_matrix.values
    stable = found.stable.values
    D = np.broadcast_to(model.diffusion, (*model.batch, model.size, model.size))
    branch_D = np.broadcast_to(D[..., None, :, :], A.shape)
    V, failures = covariances_and_reasons(A[stable], branch_D[stable])
    reasons = _reasons(found)
    reasons[stable] = failures
    means = np.moveaxis(found["mean"].values, -2, 0)
    added = {
        "covariance": _scattered(stable, V),
        "diffusion": D,
        **_checks(A, branch_D, V, stable, failures == ""),
        "light_share": np.stack([model.light_shares(mean) for mean in means], axis=-2),
        "reason": reasons.astype(str),
    }
    points, _ = point_dimensions(system, model)
    return found.assign_coords({PORT: list(model.ports)}).assign(
        {name: STEADY_STATE[name].labelled(values, points) for name, values in added.items()}
    )


def _checks(A: Array, D: Array, V: Array, stable: Array, solved: Array) -> dict[str, Array]:
    """Checks (..., branches) of the covariances V (stable branches, n, n); NaN where not `solved`.

    A and D are (..., branches, n, n), `stable` is (..., branches), `solved` (stable branches,).
    """
    rates = A[stable][solved]
    noise = D[stable][solved]
    audit, accuracy, bound = (np.full(len(V), np.nan) for _ in range(3))
    audit[solved] = uncertainty_margin(V[solved])
    accuracy[solved] = lyapunov_residual(rates, noise, V[solved])
    bound[solved] = lyapunov_error_bound(rates, noise, V[solved])
    return {
        "physicality": _scattered(stable, audit),
        "commutators": commutator_margin(A, D),
        "lyapunov_residual": _scattered(stable, accuracy),
        "covariance_error_bound": _scattered(stable, bound),
    }


def covariances_and_reasons(A: Array, D: Array) -> tuple[Array, Array]:
    """`solve_lyapunov` of matrices (points, n, n), and why a V is NaN (points,), else "".

    Where one equation cannot be solved, all are solved one by one.
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
    system: System | Model, start: Starts = "dark", *, limit: float = DEFAULT_LIMIT
) -> xr.Dataset:
    """Find all steady states or, where that takes too long, those reached from a start.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    start : "dark", Gaussian, array (n,) or (..., n), or a list of these, default "dark"
        Start of the integration of the mean field if finding all fixed points takes too long.
    limit : float, default 30
        CPU time in s that the search for all fixed points may be predicted to take.

    Returns
    -------
    xarray.Dataset
        As of `steady_state`. The attribute `complete` is 1 if it holds all fixed points; else it is
        0, with a warning (UnsolvedWarning).

    Raises
    ------
    IncompleteError, ValueError
        As `steady_state` does.

    Examples
    --------
    >>> from qlangevin import steady, systems
    >>> steady.known_states(systems.SpinningResonator.published()).attrs["complete"]
    1
    """
    try:
        return steady_state(system, limit=limit)
    except WorkError as refusal:
        return reached_states(system, start, refusal)


def reached_states(system: System | Model, start: Starts, refusal: WorkError) -> xr.Dataset:
    """Find the steady states reached from a start, and warn that these are not all.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    start : "dark", Gaussian, array (n,) or (..., n), or a list of these
        Start of the integration of the mean field.
    refusal : WorkError
        Why not all fixed points are searched for; the warning (UnsolvedWarning) quotes it.

    Returns
    -------
    xarray.Dataset
        That of `steady_state` with starts=start; its attribute `complete` is 0.

    Examples
    --------
    >>> import warnings
    >>> from qlangevin import steady, systems
    >>> with warnings.catch_warnings(action="always", record=True) as caught:
    ...     found = steady.reached_states(
    ...         systems.SpinningResonator.published(), "dark", steady.WorkError("too many paths")
    ...     )
    >>> found.attrs["complete"], str(caught[0].message)
    (0, "not all fixed points are known, only what the mean field reaches from start='dark': ...")
    """
    reached = steady_state(system, starts=start)
    origin = f"start={start!r}" if isinstance(start, str) else "the given start"
    warn_unsolved(
        f"not all fixed points are known, only what the mean field reaches from {origin}: {refusal}"
    )
    return reached


def branch_state(system: System | Model, branch: int | None = None) -> Gaussian:
    """Give the steady Gaussian state of a stable branch.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; each parameter point must have the branch.
    branch : int, default None
        The branch, as `steady_state` numbers it; None takes the only stable one.

    Returns
    -------
    Gaussian
        Mean (..., n) and covariance (..., n, n), vacuum variance ½. Where finding all branches
        takes too long (WorkError in `fixed_points`), the branches are those that the mean field
        reaches from start="dark", with a warning (UnsolvedWarning).

    Raises
    ------
    ValueError
        If the branch does not exist or is not stable, or for None if not exactly one branch is
        stable; the message names the choices.

    Examples
    --------
    >>> from qlangevin import steady, systems
    >>> steady.branch_state(systems.SpinningResonator.published()).covariance.shape
    (6, 6)
    """
    return chosen_state(known_states(system), branch)


def chosen_state(steady: xr.Dataset, branch: int | None = None) -> Gaussian:
    """`branch_state` of a system whose steady states have been found already, by `known_states`."""
    covariance = steady["covariance"].values
    stable = np.isfinite(covariance).all(axis=(-2, -1))
    for point in np.ndindex(stable.shape[:-1]):
        _require_choice(steady.reason.values[point], stable[point], branch, point)
    chosen = np.full(stable.shape[:-1], branch) if branch is not None else stable.argmax(axis=-1)
    mean = np.take_along_axis(steady["mean"].values, chosen[..., None, None], axis=-2)
    V = np.take_along_axis(covariance, chosen[..., None, None, None], axis=-3)
    return Gaussian(mean[..., 0, :], V[..., 0, :, :], physical="ignore")


def _scattered(where: Array, values: Array) -> Array:
    """Values (places, ...) at the places of a mask (..., branches); NaN elsewhere."""
    table = np.full((*where.shape, *values.shape[1:]), np.nan)
    table[where] = values
    return table


def _reasons(found: xr.Dataset) -> Array:
    """Why fixed points (..., branches) have no steady state; "" where they are stable."""
    kinds = found["kind"].values
    rates = -found["margin"].values
    exists = found["exists"].values
    known = found["reason"].values
    reasons = np.where(exists | (known != ""), known, "no such branch").astype(object)
    for at in np.argwhere(exists & (kinds != "stable") & (known == "")):
        place = tuple(at)
        unstable = "marginal" if kinds[place] == "marginal" else f"unstable ({kinds[place]})"
        reasons[place] = f"{unstable}: max Re λ = {rates[place]:.3g} rad/s"
    return reasons


def _require_choice(
    reasons: Array, stable: Array, branch: int | None, point: tuple[int, ...]
) -> None:
    """ValueError unless a branch of this point, or the only one if None, is stable (branches,)."""
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
