"""Whole grids of steady states: branches, stability, covariances and measures over any parameters
at once.

Points are taken in chunks, several at a time on threads, so that memory beyond the result itself
stays bounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from threading import Event

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ..sde.ensemble.simulation import Progress
from ..sde.labels import Q_, Q, axis_attributes, provenance, variable
from ..sde.model.model import Model
from ..sde.model.uncertainty import (
    UnphysicalError,
    UnphysicalWarning,
    commutator_margin,
    is_quantum_state,
    uncertainty_margin,
)
from ..sde.progress import showing
from ..sde.support.checks import (
    Array,
    available_cores,
    require_one_of,
    require_progress,
    require_whole,
    shown,
    warn,
)
from ..sde.support.memory import require_memory
from ..sde.support.threads import in_order
from ..sde.system import (
    System,
    as_model,
    as_single_model,
    has_effective_detuning,
    overwritten,
    require_system,
)
from .fixed_points import BLANKS, MEANINGS, B, branches, report_blanks, require_limit
from .grid_measures import Measure, Named, listed, measured, named_measure
from .roots.search import LIMIT, Search, conducting
from .steady_states import settled_covariances

EFFECTIVE = "effective_detuning"
CHUNK = 2048
KEPT = ("mean", "stable", "margin", "kind", "exists", "reason")
TAILS = {"mean": [Q], "drift_matrix": [Q, Q_], "covariance": [Q, Q_], "light_share": ["port"]}
"""What a measure may use, with the dimensions beyond points and branches."""
Meaning = tuple[list[str], str, str]
"""Dimensions after those of the points, units and meaning of a variable."""
IMPLIED = "implied_branch"
Table = dict[str, Array]
"""Arrays whose leading axis runs over points; the next one over branches, but for `IMPLIED`."""
Part = dict[str, Array]
Piece = tuple[Table, dict[str, Meaning]]


def grid(
    system: System,
    axes: Mapping[str, ArrayLike],
    measures: Measure | Sequence[Measure] = (),
    threads: int | None = None,
    progress: Progress | bool | None = None,
    physical: str = "warn",
    *,
    limit: float = LIMIT,
) -> xr.Dataset:
    """Every branch at every point of a grid, with its stability, covariance and measures.

    `axes` maps parameters to their values (SI), one dimension each, in this order;
    `effective_detuning` is one where the system has `at_effective_detuning`, and implied_branch
    then says which branch has it; a parameter that this changes cannot be an axis beside it.
    Further dimensions: branch, and quadrature, quadrature_, port or mode. Variables: mean, stable,
    margin, kind, exists (as in `fixed_points`), light_share, commutators min eig(D − i(AΩ +
    ΩAᵀ)/2), covariance, physicality min eig(V + iΩ/2), and one per measure. Without a steady state
    the last three are NaN, and kind is the reason. Where a point could not be solved, or stands for
    a family of fixed points, there is also reason, in words, and a warning (UnsolvedWarning) names
    the points that are left blank. `limit` is that of `fixed_points`.

    A measure is a name of `qlangevin.analysis`, alone ("log_negativity": the system's own pair of
    modes) or with modes ("steering(driven, mechanical)"), or a function of a dataset of mean,
    drift_matrix, covariance and light_share. Several are a list. `progress` is True for a bar on
    the error stream, or is called with the points done and all of them. Measures of states whose
    physicality is negative beyond rounding are no results: `physical` = "warn" says how many there
    are, in one UnphysicalWarning, "raise" raises UnphysicalError, "ignore" leaves it to
    `physicality`. Raises ValueError for unknown parameters or measures, and values that are not
    finite numbers; WorkError beyond the limit; and what a measure raises, if it does at every
    point.
    """
    require_system(system, "grid")
    as_single_model(system, "grid")
    _require_axes(axes)
    if threads is not None:
        require_whole("threads", threads, 1)
    require_progress(progress)
    require_one_of("physical", physical, ("warn", "raise", "ignore"))
    values = {name: axis_values(system, name, points) for name, points in axes.items()}
    named = [named_measure(system, measure) for measure in listed(measures)]
    _require_free_names([*values, *(name for name, _ in named)])
    model = _first_model(system, values)
    total = math.prod(len(points) for points in values.values())
    _require_memory(total, model, len(named))
    require_limit(limit)

    def solve(part: Mapping[str, Array], stop: Event) -> Piece:
        with conducting(Search(limit, len(next(iter(part.values()))), stop=stop)):
            return _solve(system, part, named)

    pieces = []
    with showing(progress, "points") as show:
        if show:
            show(0, total)
        for piece in in_order(solve, _chunks(values), threads or available_cores()):
            pieces.append(piece)
            if show:
                show(min(len(pieces) * CHUNK, total), total)
    table = _joined([arrays for arrays, _ in pieces])
    extra = {name: tail for _, found in pieces[:1] for name, tail in found.items()}
    _report(table["reason"], values)
    if not (table["reason"] != "").any():
        del table["reason"]
    if extra and physical != "ignore":
        _tell_unphysical(table, physical)
    return _dataset(system, model, values, table, extra)


def _report(reasons: Array, values: Mapping[str, Array]) -> None:
    """Warn of the points that are left blank, by reason (points, branches)."""
    families = [text for text in set(reasons[reasons != ""]) if text.startswith("family")]
    blank = np.where(np.isin(reasons, families), "", reasons)
    first = np.take_along_axis(blank, (blank != "").argmax(axis=1)[:, None], axis=1)[:, 0]
    shape = tuple(len(axis) for axis in values.values())
    report_blanks(first.reshape(shape), list(values), dict(values))


def _first_model(system: System, values: Mapping[str, Array]) -> Model:
    """The model of the first point, once the system has taken all values of every axis. Raises
    ValueError.
    """
    for name, points in values.items():
        if name != EFFECTIVE:
            system.replace(**{name: points})
    with np.errstate(all="ignore"):
        if EFFECTIVE in values:
            at_values(system, {name: points[[0, -1]] for name, points in values.items()})
        try:
            return as_model(
                at_values(system, {name: points[:1] for name, points in values.items()})
            )
        except ValueError as error:
            raise ValueError(
                f"axes {', '.join(values)} give no model ({error}); check their units"
            ) from None


def _require_axes(axes: Mapping[str, ArrayLike]) -> None:
    if not isinstance(axes, Mapping):
        raise ValueError(
            f"axes must map parameters to values, such as {{'power': [0.1, 0.2]}} (got "
            f"{shown(axes)})"
        )
    if not axes:
        raise ValueError(
            "axes must name at least one parameter with its values; steady_state takes a single "
            "point"
        )


def _require_free_names(names: Sequence[str]) -> None:
    taken = [*KEPT, *TAILS, "physicality", "commutators", IMPLIED]
    for at, name in enumerate(names):
        if name in taken or name in names[:at]:
            raise ValueError(
                f"{name!r} already names a variable or axis of the grid; name the measure otherwise"
            )


def _require_memory(points: int, model: Model, measures: int) -> None:
    """Refuse a grid whose result, at one branch per point and counted twice while it is joined,
    exceeds the machine.
    """
    n = model.size
    needed = 2 * 8 * points * (n * n + n + len(model.ports) + measures + 8)
    require_memory(needed, f"{points} points of a grid", "take fewer points, or several grids")


def axis_values(system: System, name: str, points: ArrayLike) -> Array:
    """The values of one parameter along an axis (points,), checked. Raises ValueError."""
    known = {field.name: field for field in fields(system)}
    if not isinstance(name, str):
        raise ValueError(
            f"a parameter is given by name, such as {next(iter(known))!r} (got {shown(name)})"
        )
    if name == EFFECTIVE and has_effective_detuning(system):
        numeric = True
    elif name in known:
        numeric = "options" not in known[name].metadata
    else:
        system.replace(**{name: None})
    if not numeric:
        raise ValueError(
            f"{name} takes words, not numbers; make one grid for each of "
            f"{known[name].metadata['options']}"
        )
    try:
        values = np.asarray(points, float)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values)):
        raise ValueError(
            f"{name} must be a list of finite numbers, at least one (got {shown(points)})"
        )
    if len(np.unique(values)) < len(values):
        raise ValueError(f"{name} must not repeat a value along its axis (got {shown(points)})")
    return values


def _chunks(values: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    shape = tuple(len(points) for points in values.values())
    total = int(np.prod(shape))
    for first in range(0, total, CHUNK):
        at = np.unravel_index(np.arange(first, min(first + CHUNK, total)), shape)
        yield {
            name: points[index] for (name, points), index in zip(values.items(), at, strict=True)
        }


def at_values(system: System, part: Mapping[str, Array]) -> System:
    """The system with a list of parameter points. ValueError where the effective detuning
    overwrites one of them.
    """
    changed = system.replace(**{name: points for name, points in part.items() if name != EFFECTIVE})
    if EFFECTIVE not in part:
        return changed
    detuned: System = changed.at_effective_detuning(part[EFFECTIVE])  # type: ignore[attr-defined]
    for name in overwritten(changed, detuned, (name for name in part if name != EFFECTIVE)):
        raise ValueError(
            f"{name} follows from {EFFECTIVE} and cannot be an axis beside it; give one of them"
        )
    return detuned


def _solve(
    system: System, part: Mapping[str, Array], named: Sequence[Named]
) -> tuple[Table, dict[str, Meaning]]:
    """All branches of a list of points, and what their measures are."""
    here = at_values(system, part)
    model = as_model(here)
    count = len(next(iter(part.values())))
    found = {
        name: np.broadcast_to(values, (count, *values.shape[-len(MEANINGS[name][0]) :]))
        for name, values in branches(model).items()
    }
    found["reason"] = found["reason"].copy()
    V, physicality = _covariances(
        found["drift_matrix"], found["stable"], model.diffusion, found["reason"]
    )
    shares = np.stack(
        [model.light_shares(found["mean"][:, b]) for b in range(found["mean"].shape[1])], axis=1
    )
    table = {name: found[name] for name in KEPT} | {
        "covariance": V,
        "physicality": physicality,
        "light_share": shares,
    }
    table["commutators"] = commutator_margin(
        found["drift_matrix"], np.expand_dims(model.diffusion, -3)
    )
    if EFFECTIVE in part:
        table[IMPLIED] = _implied(here, part[EFFECTIVE], found["mean"])
    steady = _labelled(model, table | {"drift_matrix": found["drift_matrix"]})
    extra: dict[str, Meaning] = {}
    for name, measure in named:
        result = measured(name, measure, steady, table["reason"])
        extra[name] = (
            [B, *map(str, result.dims[2:])],
            str(result.attrs.get("units", "1")),
            f"{name} of the steady state",
        )
        table[name] = result.values
    return table, extra


def _labelled(model: Model, table: Table) -> xr.Dataset:
    """What a measure sees of a list of points."""
    arrays = {name: (["point", B, *TAILS[name]], table[name]) for name in TAILS}
    labels = list(model.quadratures)
    return xr.Dataset(arrays, coords={Q: labels, Q_: labels, "port": list(model.ports)})


def _covariances(A: Array, stable: Array, D: Array, reasons: Array) -> tuple[Array, Array]:
    """Steady covariances (points, branches, n, n) and min eig(V + iΩ/2) of the stable branches; NaN
    elsewhere.

    Why a stable one has none is written into `reasons` (points, branches).
    """
    V, physicality = np.full(A.shape, np.nan), np.full(stable.shape, np.nan)
    spread = np.broadcast_to(np.expand_dims(D, -3), A.shape)
    V[stable], reasons[stable] = settled_covariances(A[stable], spread[stable])
    known = stable & np.isfinite(V).all(axis=(-2, -1))
    physicality[known] = uncertainty_margin(V[known])
    return V, physicality


def _tell_unphysical(table: Table, physical: str) -> None:
    """One warning, or error, for all the steady states that are no quantum states. Raises
    UnphysicalError.
    """
    least, V = table["physicality"], table["covariance"]
    broken = least < 0
    broken[broken] = ~is_quantum_state(V[broken])
    if not broken.any():
        return
    message = (
        f"{np.count_nonzero(broken)} of {np.count_nonzero(np.isfinite(least))} steady states are no quantum states "
        f"(min eig(V + iΩ/2) = {least[broken].min():.3g} at worst), so no measure of their covariance is a result: "
        "physicality, beside the measures, tells which"
    )
    if physical == "raise":
        raise UnphysicalError(message)
    warn(message, UnphysicalWarning)


def _implied(system: System, detuning: Array, mean: Array) -> Array:
    """The branch (points,) whose effective detunings are nearest to those asked for."""
    distances = []
    for branch in range(mean.shape[1]):
        reached = system.effective_detuning(mean[:, branch])  # type: ignore[attr-defined]
        distances.append(np.abs(reached - detuning[:, None]).max(axis=-1))
    return np.asarray(np.nanargmin(np.where(np.isnan(distances), np.inf, distances), axis=0))


def _joined(pieces: Sequence[Table]) -> Table:
    """The pieces one after the other, with as many branches as any of them has."""
    most = max(piece["exists"].shape[1] for piece in pieces)
    return {
        name: np.concatenate([_widened(piece[name], name, most) for piece in pieces])
        for name in pieces[0]
    }


def _widened(values: Array, name: str, most: int) -> Array:
    if name == IMPLIED or values.shape[1] == most:
        return values
    blank = np.full(
        (len(values), most - values.shape[1], *values.shape[2:]),
        BLANKS[values.dtype.kind],
        values.dtype,
    )
    return np.concatenate([values, blank], axis=1)


def _dataset(
    system: System,
    model: Model,
    values: Mapping[str, Array],
    table: Table,
    extra: Mapping[str, Meaning],
) -> xr.Dataset:
    points = list(values)
    shape = tuple(len(axis) for axis in values.values())
    meanings = {name: MEANINGS[name] for name in KEPT} | {
        "covariance": ([B, Q, Q_], "1", "covariance of the linearised steady state"),
        "light_share": ([B, "port"], "1", "light behind a port over all light shone in"),
        "physicality": ([B], "1", "least eigenvalue of V + iΩ/2"),
        "commutators": ([B], "rad/s", "least eigenvalue of D − i(AΩ + ΩAᵀ)/2"),
        IMPLIED: ([], "1", "the branch that has the effective detuning asked for"),
        **extra,
    }
    quadratures = list(model.quadratures)
    labels = {Q: quadratures, Q_: quadratures, "mode": list(model.modes), "port": list(model.ports)}
    if "reason" in table:
        table["reason"] = table["reason"].astype(str)
    out = xr.Dataset(
        {
            name: variable(
                [*points, *meanings[name][0]],
                array.reshape(*shape, *array.shape[1:]),
                *meanings[name][1:],
            )
            for name, array in table.items()
        },
        attrs={"provenance": provenance(system, axes=dict(values), measures=list(extra))},
    )
    coordinates = {
        name: (name, axis, axis_attributes(system, name)) for name, axis in values.items()
    }
    return out.assign_coords(
        {
            B: np.arange(table["exists"].shape[1]),
            **coordinates,
            **{k: v for k, v in labels.items() if k in out.dims},
        }
    )
