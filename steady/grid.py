"""Steady states over grids of parameters: branches, stability, covariances and measures.

Points are solved in chunks, several at a time on threads, so that memory beyond the result itself
stays bounded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from threading import Event

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ..sde.labels import Variable
from ..sde.model.uncertainty import commutator_margin, uncertainty_margin
from ..sde.progress import showing
from ..sde.support.callbacks import Progress
from ..sde.support.checks import (
    Array,
    available_cores,
    require_one_of,
    require_progress,
    require_whole,
)
from ..sde.support.memory import require_memory, size_in_words
from ..sde.support.threads import in_order
from ..sde.system import System, as_model, as_single_model, require_system
from .branches import Branches, branches
from .fixed_points import reached_branches, require_limit, warn_blank_points
from .grid_axes import (
    EFFECTIVE,
    at_values,
    axis_values,
    chunks,
    first_model,
    first_system,
    points_at_a_time,
    require_axes,
)
from .grid_measures import (
    GridPoints,
    Measure,
    Named,
    add_measures,
    as_list,
    named_measure,
    require_free_names,
)
from .grid_physicality import report_unphysical
from .grid_table import (
    IMPLIED,
    Table,
    dataset,
    grid_memory,
    implied_branch,
    joined,
    measure_input,
)
from .light.grids.output_filters import Filters, OutputFilters
from .light.grids.point_light import PointLight
from .mean_field.roots_from_starts import Starts, start_means
from .roots.search_limits import DEFAULT_LIMIT, SearchLimits, limited_search
from .steady_states import covariances_and_reasons
from .variables import FIXED_POINTS, GRID

Piece = tuple[Table, dict[str, Variable]]
"""The table of a chunk of points, and the variables of its measures."""


def grid(
    system: System,
    axes: Mapping[str, ArrayLike],
    measures: Measure | Sequence[Measure] = (),
    threads: int | None = None,
    progress: Progress | bool | None = None,
    physical: str = "warn",
    *,
    starts: Starts | None = None,
    near: Starts | None = None,
    limit: float = DEFAULT_LIMIT,
    output_modes: Filters | None = None,
    overlapping: str = "refuse",
    efficiency: Mapping[str, float] | None = None,
) -> xr.Dataset:
    """Compute every branch at every point of a grid: stability, covariance and measures.

    Parameters
    ----------
    system : System
        Its parameters are single numbers; those named in `axes` are replaced.
    axes : mapping of str to array (points,)
        Values in SI of each parameter, one dimension each, in this order. `effective_detuning`
        (rad/s) is one where the system has `at_effective_detuning`; a parameter that this changes
        cannot be an axis at the same time.
    measures : str, callable, or a list of these, default ()
        A name of `qlangevin.analysis`, alone ("log_negativity": the system's own pair of modes) or
        with modes ("steering(driven, mechanical)"); a measure of the light that leaves, listed
        below; or a function of a dataset of mean, drift_matrix, covariance and light_share (point,
        branch, ...) that returns a DataArray with the dimensions point and branch.
    threads : int, default None
        Threads that solve points; None takes the available cores. No result depends on it.
    progress : bool or callable, default None
        True for a bar on the error stream; a function is called with the points done and all.
    physical : {"warn", "raise", "ignore"}, default "warn"
        What to do about states whose physicality is negative beyond rounding, so that their
        measures are meaningless: one UnphysicalWarning with their number, UnphysicalError, or
        nothing.
    starts : "dark", Gaussian, array (n,), a list of these, or Dataset, default None
        States from which the mean field is integrated at every point, as in `fixed_points`, instead
        of a search for all branches. For models of many nonlinear modes.
    near : as `starts`, default None
        States from which Newton's method is started instead, at every point.
    limit : float, default 30
        CPU time in s per point that the search for all fixed points may be predicted to take.
    output_modes : mapping of str to Filter, or function of the system, optional
        Filtered modes of the light by name, which measures of a covariance take like modes of the
        system: "log_negativity(stokes, mechanical)". A function receives the system with arrays
        over points as parameters, and returns the mapping.
    overlapping : {"refuse", "orthogonalise"}
        What to do with filters that do not commute, as in `output_modes`.
    efficiency : mapping of str to float, optional
        Share η of the light of a port that is detected, 0 … 1, by port; default 1.

    Returns
    -------
    xarray.Dataset
        Dimensions: the axes, then branch, and quadrature, quadrature_, mode or port.

        * mean, stable, margin, kind, exists: as in `fixed_points`
        * covariance (branch, quadrature, quadrature_): vacuum ½, NaN without a steady state
        * physicality (branch): min eig(V + iΩ/2), NaN without a steady state
        * light_share (branch, port): light leaving a port over all light shone in
        * commutators (branch): min eig(D − i(AΩ + ΩAᵀ)/2), rad/s
        * implied_branch (): with the axis `effective_detuning`, the branch with this detuning
        * one variable per measure (branch, ...): NaN without a steady state
        * light_physicality (branch): with measures of the light, min eig of the spectra S ± iΩ/2 of
          all ports and of the covariances V + iΩ/2; 0 where they keep the uncertainty relation
        * reason (branch): only where a point could not be solved, or represents a family of fixed
          points; a warning (UnsolvedWarning) then names the points that are left blank

        With `starts` or `near`, the attribute `complete` is 0: there may be other branches.

        Measures of the light that leaves, at one frequency in rad/s from the laser, a number or a
        parameter with a factor ("omega_m", "-0.5 omega_m"):

        * "squeezing_db(port, frequency)": squeezing at the best angle, dB below shot noise
        * "homodyne(port, frequency, angle)": spectrum of a quadrature, vacuum ½
        * "photon_flux(port, frequency)": photons per second and hertz
        * "transmission(port, input, frequency)": power |T|² of a probe, detectors apart
        * "group_delay(port, input, frequency)": of a probe, s

    Raises
    ------
    ValueError
        For unknown parameters or measures, and values that are not finite numbers; and the error of
        a measure, if it fails at every point.
    WorkError
        Where the search for fixed points takes longer than `limit`.
    UnphysicalError
        With physical="raise", for covariances of no quantum states.
    RoomError
        Where the result does not fit into the available memory.

    Examples
    --------
    >>> import qlangevin as ql
    >>> found = ql.grid(
    ...     ql.systems.SpinningResonator.published(), {"power": [0.01, 0.02]}, "log_negativity"
    ... )
    >>> dict(found["log_negativity"].sizes)
    {'power': 2, 'branch': 1}

    Squeezing of the light that leaves, at the frequency of the mechanical mode:

    >>> words = "squeezing_db(driven_fibre, mechanical_frequency)"
    >>> found = ql.grid(ql.systems.SpinningResonator.published(), {"power": [0.01, 0.02]}, words)
    >>> found["squeezing_db_driven_fibre_mechanical_frequency"].values.round(2).ravel()
    array([2.46, 5.34])
    """
    require_system(system, "grid")
    as_single_model(system, "grid")
    require_axes(axes)
    if threads is not None:
        require_whole("threads", threads, 1)
    require_progress(progress)
    require_one_of("physical", physical, ("warn", "raise", "ignore"))
    values = {name: axis_values(system, name, points) for name, points in axes.items()}
    model = first_model(system, values)
    detection = OutputFilters(output_modes, efficiency, overlapping)
    filtered = detection.checked_names(first_system(system, values), model)
    named = [named_measure(system, measure, filtered) for measure in as_list(measures)]
    require_free_names([*values, *(measure.name for measure in named)])
    total = math.prod(len(points) for points in values.values())
    threads = threads or available_cores()
    reached = _reached_from(starts, near, model.size)
    chunk = points_at_a_time(model.size, integrated=starts is not None)
    require_memory(
        grid_memory(total, model, len(named), threads),
        f"{total} points of a grid",
        f"each keeps a covariance of {size_in_words(8 * model.size**2)}; take fewer points, or "
        "several grids",
    )
    require_limit(limit)

    def solve(part: Mapping[str, Array], stop: Event) -> Piece:
        with limited_search(SearchLimits(limit, len(next(iter(part.values()))), stop=stop)):
            return _solve(system, part, named, detection, reached)

    pieces = []
    with showing(progress, "points") as show:
        if show:
            show(0, total)
        for piece in in_order(solve, chunks(values, chunk), threads):
            pieces.append(piece)
            if show:
                show(min(len(pieces) * chunk, total), total)
    table = joined([arrays for arrays, _ in pieces])
    measure_variables = pieces[0][1]
    _warn_blank_points(table["reason"], values)
    if not (table["reason"] != "").any():
        del table["reason"]
    if measure_variables and physical != "ignore":
        report_unphysical(table, physical)
    found = dataset(system, model, values, table, measure_variables, **detection.settings(system))
    for measure in named:
        found[measure.name].attrs |= {"label": measure.label} if measure.label else {}
    return found if reached is None else found.assign_attrs(complete=0)


def _warn_blank_points(reasons: Array, values: Mapping[str, Array]) -> None:
    """Warn of the points that are left blank, by reason (points, branches)."""
    families = [text for text in set(reasons[reasons != ""]) if text.startswith("family")]
    blank = np.where(np.isin(reasons, families), "", reasons)
    first = np.take_along_axis(blank, (blank != "").argmax(axis=1)[:, None], axis=1)[:, 0]
    shape = tuple(len(axis) for axis in values.values())
    warn_blank_points(first.reshape(shape), list(values), dict(values))


def _reached_from(
    starts: Starts | None, near: Starts | None, n: int
) -> tuple[Starts | None, Starts | None] | None:
    """The starts of every point, checked; None for a search of all branches."""
    if starts is None and near is None:
        return None
    for name, given in (("starts", starts), ("near", near)):
        if given is not None:
            start_means(name, given, (), n)
    return starts, near


def _solve(
    system: System,
    part: Mapping[str, Array],
    named: Sequence[Named],
    detection: OutputFilters,
    reached: tuple[Starts | None, Starts | None] | None,
) -> Piece:
    """All branches of a list of points with their measures, and the variables of the measures.

    With `reached`, the starts and points near branches, only the branches that these lead to.
    """
    here = at_values(system, part)
    model = as_model(here)
    find = branches if reached is None else lambda model: reached_branches(model, *reached)
    found = _of_points(find(model), len(next(iter(part.values()))))
    V, physicality = _covariances(
        found["drift_matrix"], found["stable"], model.diffusion, found["reason"]
    )
    means = np.moveaxis(found["mean"], 1, 0)
    table = {name: values for name, values in found.items() if name in GRID}
    table["covariance"] = V
    table["physicality"] = physicality
    table["light_share"] = np.stack([model.light_shares(mean) for mean in means], axis=1)
    table["commutators"] = commutator_margin(
        found["drift_matrix"], np.expand_dims(model.diffusion, -3)
    )
    if EFFECTIVE in part:
        table[IMPLIED] = implied_branch(here, part[EFFECTIVE], found["mean"])
    steady = measure_input(model, table | {"drift_matrix": found["drift_matrix"]})
    light = PointLight.of(here, found["drift_matrix"], found["stable"], detection)

    def system_at(point: int) -> System:
        return at_values(system, {name: points[[point]] for name, points in part.items()})

    variables = add_measures(table, named, GridPoints(steady, light, system_at))
    if any(measure.of_light for measure in named):
        table["light_physicality"] = np.where(np.isfinite(light.margin), light.margin, np.nan)
    return table, variables


def _of_points(table: Branches, points: int) -> Branches:
    """A table of branches with a leading axis of `points`, also of a model without leading axes."""
    found = {
        name: np.broadcast_to(values, (points, *_shape_after_points(name, values)))
        for name, values in table.items()
    }
    found["reason"] = found["reason"].copy()
    return found


def _shape_after_points(name: str, values: Array) -> tuple[int, ...]:
    """The shape of a variable after the parameter points."""
    return values.shape[-len(FIXED_POINTS[name].dimensions) :]


def _covariances(A: Array, stable: Array, D: Array, reasons: Array) -> tuple[Array, Array]:
    """Covariances (points, branches, n, n) and min eig(V + iΩ/2) of stable branches; NaN elsewhere.

    If a stable one has none, the cause is written into `reasons` (points, branches).
    """
    V = np.full(A.shape, np.nan)
    physicality = np.full(stable.shape, np.nan)
    diffusion = np.broadcast_to(np.expand_dims(D, -3), A.shape)
    V[stable], reasons[stable] = covariances_and_reasons(A[stable], diffusion[stable])
    known = stable & np.isfinite(V).all(axis=(-2, -1))
    physicality[known] = uncertainty_margin(V[known])
    return V, physicality
