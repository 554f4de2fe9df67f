"""Quantities that the figures of a run read from its dataset, and checks of the dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ...sde.kept_elements import ELEMENT, KeptElements
from ...sde.labels import Q_, Q, time_unit
from ...sde.support.checks import Array, nearest
from ..physicality import least_violation
from ..validation import checks
from .style import COLOURS, LINE_STYLES

RUN_PANELS = "draw_means, draw_quadratures, draw_covariance or draw_entanglement"
KINDS: dict[str, tuple[str, str]] = {
    "switching": ("spell_branch", "draw_switching_paths"),
    "sample_paths": ("state", "draw_paths"),
    "a sweep": ("outcome", "draw_sweep"),
    "attractor": ("settling_time", ""),
    "critical_values": ("branches_below", ""),
    "leading_correction": ("third_cumulant", ""),
    "steady_state": ("lyapunov_residual", "draw_branches or draw_ellipses"),
    "fixed_points": ("drift_matrix", "draw_branches"),
    "grid": ("margin", "draw_grid or draw_branches"),
    "response": ("group_delay", "draw_transmission, draw_phase or draw_group_delay"),
    "output_spectrum": ("physical", "draw_squeezing or draw_sidebands"),
    "intracavity_spectrum": ("normal_ordered", ""),
    "displacement_noise": ("added_noise", "draw_displacement_noise"),
    "simulate": ("covariance_sample", RUN_PANELS),
    "propagate_moments": ("mean_field", RUN_PANELS),
}
"""Kinds of results: a variable that only this kind has, or none of those above, and its panels."""


def kind_of(result: xr.Dataset) -> str:
    """The function that a result is of, or "" for none of those that have figures."""
    return next((kind for kind, (variable, _) in KINDS.items() if variable in result), "")


def require_kind(argument: str, result: Any, *kinds: str) -> None:
    """Raise ValueError unless a result is of one of these kinds."""
    wanted = " or ".join(kinds)
    if not isinstance(result, xr.Dataset):
        raise ValueError(f"{argument} must be a dataset of {wanted} (got {type(result).__name__})")
    kind = kind_of(result)
    if kind in kinds:
        return
    panels = KINDS[kind][1] if kind else ""
    got = f"a result of {kind}" if kind else f"a dataset of {', '.join(map(str, result)) or 'none'}"
    raise ValueError(
        f"{argument} must be a dataset of {wanted} (got {got})"
        + (f"; plots.{panels} draws it" if panels else "")
    )


def one_point(argument: str, result: Any, kind: str) -> xr.Dataset:
    """A result over frequency, rising, of a kind. ValueError for others and parameter points."""
    require_kind(argument, result, kind)
    further = [str(dim) for dim in result["reason"].dims] if "reason" in result else []
    if further:
        raise ValueError(
            f"{argument} has a dimension {further[0]!r}: choose one of its points, as "
            f"{argument}.isel({further[0]}=0)"
        )
    return result.sortby("frequency")


def require_one_run(run: xr.Dataset) -> None:
    """Raise ValueError unless a dataset holds mean field and covariance of one run over time."""
    if not isinstance(run, xr.Dataset) or kind_of(run) not in ("simulate", "propagate_moments", ""):
        require_kind("run", run, "simulate", "propagate_moments")
    missing = [name for name in ("mean_field", "covariance") if name not in run]
    if missing:
        raise ValueError(
            f"run has no {' and no '.join(missing)}: draw what simulate or propagate_moments "
            "returned"
        )
    further = [str(dim) for dim in run["covariance"].dims if dim not in ("time", Q, Q_, ELEMENT)]
    if further:
        raise ValueError(
            f"run has a dimension {further[0]!r}: choose one of its points, as "
            f"run.isel({further[0]}=0)"
        )
    if "time" not in run["covariance"].dims:
        raise ValueError("run has no dimension 'time': the figures of a run are drawn over time")


def one_state(argument: str, result: Any) -> xr.Dataset:
    """The part of a result that is one state: the end of a run, or its only or stable branch.

    A covariance alone is taken as a dataset of it. Raises ValueError where the result has no
    covariance, or several states.
    """
    if isinstance(result, xr.DataArray) and {Q, Q_} <= set(result.dims):
        result = result.rename("covariance").to_dataset()
    if not isinstance(result, xr.Dataset) or "covariance" not in result:
        require_kind(argument, result, "steady_state", "simulate", "propagate_moments", "grid")
    if "time" in result["covariance"].dims:
        result = result.isel(time=-1)
    if "branch" in result["covariance"].dims:
        result = result.isel(branch=_only_branch(argument, result))
    further = [str(dim) for dim in result["covariance"].dims if dim not in (Q, Q_, ELEMENT)]
    if further:
        raise ValueError(
            f"{argument} has a dimension {further[0]!r}: choose one of its points, as "
            f"{argument}.isel({further[0]}=0)"
        )
    return result


def _only_branch(argument: str, result: xr.Dataset) -> int:
    """The only branch of a result, or the only one that is stable."""
    if result.sizes["branch"] == 1:
        return 0
    if "stable" in result and result["stable"].dims == ("branch",):
        stable = np.flatnonzero(result["stable"].values)
        if len(stable) == 1:
            return int(stable[0])
    count = result.sizes["branch"]
    raise ValueError(f"{argument} has {count} branches: choose one, as {argument}.isel(branch=0)")


def with_steady(run: xr.Dataset, steady: Any) -> xr.Dataset:
    """A run with a steady state, of the argument `steady`, as reference; None changes nothing."""
    if steady is None:
        return run
    state = one_state("steady", steady)
    if list(state[Q].values) != list(run[Q].values):
        names = ", ".join(str(name) for name in state[Q].values)
        raise ValueError(f"steady must have the quadratures of the run (got {names})")
    plain = state.drop_vars(set(state.coords) - {Q, Q_})
    found = {"steady_covariance": plain["covariance"]}
    if "mean" in plain:
        found["steady_mean"] = plain["mean"]
    return run.assign(found)


def mode_names(run: xr.Dataset) -> list[str]:
    """All modes, in order."""
    return [str(label).rpartition(".")[0] for label in run[Q].values[::2]]


def chosen_modes(run: xr.Dataset, modes: Sequence[str] | None) -> list[str]:
    """The modes that are named, or all. Raises ValueError for an unknown name."""
    names = mode_names(run)
    if modes is None:
        return names
    if isinstance(modes, str):
        modes = [modes]
    for mode in modes:
        if mode not in names:
            raise ValueError(f"modes names {mode!r}: {nearest(str(mode), names, 'the modes are')}")
    if not len(modes):
        raise ValueError(f"modes must name at least one of {', '.join(names)} (got none)")
    return list(modes)


def chosen_pair(run: xr.Dataset, pair: Sequence[str] | None) -> tuple[str, str]:
    """The two modes whose entanglement is drawn. Raises ValueError unless they are two."""
    names = mode_names(run)
    if pair is None:
        kept = [name for name in str(run.attrs.get("entangled_modes", "")).split(",") if name]
        if len(kept) != 2:
            raise ValueError(
                "pair must name the two modes whose entanglement is drawn: two of "
                f"{', '.join(names)}"
            )
        pair = kept
    if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
        raise ValueError(f"pair must be two different modes of {', '.join(names)} (got {pair!r})")
    first, second = chosen_modes(run, pair)
    return first, second


def quadrature_indices(run: xr.Dataset, mode: str) -> list[int]:
    """Indices of the two quadratures of a mode."""
    first = 2 * mode_names(run).index(mode)
    return [first, first + 1]


def quadrature_names(run: xr.Dataset, modes: Sequence[str]) -> tuple[str, str]:
    """The names of the first and of the second quadratures of modes, such as "X, q" and "Y, p"."""
    each = [
        [str(run[Q].values[k]).rpartition(".")[2] for k in quadrature_indices(run, mode)]
        for mode in modes
    ]
    first, second = (", ".join(dict.fromkeys(names)) for names in zip(*each, strict=True))
    return first, second


def has_values(run: xr.Dataset, name: str) -> bool:
    """Whether a run has a variable that is not NaN throughout."""
    return name in run and bool(np.isfinite(run[name].values).any())


def mode_style(run: xr.Dataset, mode: str) -> tuple[str, Any]:
    """Colour and line style of a mode, the same in all panels."""
    number = mode_names(run).index(mode)
    return COLOURS[number % len(COLOURS)], LINE_STYLES[number % len(LINE_STYLES)]


def label_time_axis(ax: Axes, run: xr.Dataset) -> Array:
    """Label the x axis with a readable unit of time; returns the times (time,) in that unit."""
    size, name = time_unit(float(run["time"].values[-1]))
    ax.set_xlabel(
        f"time after switch-on ({name})" if run.attrs.get("start") == "dark" else f"time ({name})"
    )
    return np.asarray(run["time"].values / size)


def field_quanta(run: xr.Dataset, mode: str) -> Array:
    """Quanta |⟨a⟩|² (time,) of the mean field of a mode."""
    return _quanta(run["mean_field"], quadrature_indices(run, mode))


def mean_quanta(run: xr.Dataset, mode: str) -> Array:
    """Quanta |⟨a⟩|² (time,) of the trajectories' mean, or of the mean field where there is none."""
    mean = run["mean"] if has_values(run, "mean") else run["mean_field"]
    return _quanta(mean, quadrature_indices(run, mode))


def _quanta(mean: xr.DataArray, quadratures: list[int]) -> Array:
    """Quanta (time,) of the two quadratures of a mean (time, quadrature)."""
    return np.asarray(np.sum(mean.values[:, quadratures] ** 2, axis=1) / 2)


def physicality(run: xr.Dataset) -> float:
    """Least eigenvalue of V + iΩ/2 over a run if some V is no quantum state; else 0."""
    if "physicality" in run.attrs:
        return float(run.attrs["physicality"])
    name = "covariance_linear" if "covariance_linear" in run else "covariance"
    return least_violation(run[name].values, KeptElements.of(run[name]))


def pair_entanglement(run: xr.Dataset, pair: Sequence[str] | None) -> xr.Dataset:
    """E_N of a pair of modes over time, in nats, from every level of theory that the run has.

    `linear` is that of the moment equation; `plain` that of the ensemble and, with twins, `coupled`
    the coupled estimate, each with `*_stderr`; `steady` that of the steady state. Raises ValueError
    as `chosen_pair` does.
    """
    first, second = chosen_pair(run, pair)
    names = mode_names(run)
    i = names.index(first)
    j = names.index(second)
    kept = "log_negativity" in run and run.attrs.get("entangled_modes") == f"{first},{second}"
    if not kept and "covariance_sample" not in run:
        return xr.Dataset(
            {"linear": ("time", checks.pair_negativity(run["covariance"].values, i, j))}
        )
    if not kept and "batch_sums" not in run:
        raise ValueError(
            "run has no batch_sums, from which E_N has its error bars: draw the whole result of "
            "simulate"
        )
    E = run if kept else checks.entanglement(run, i, j)
    found = {"linear": E["log_negativity_linear"]}
    for name, variable in (("plain", "log_negativity_sample"), ("coupled", "log_negativity")):
        if name == "plain" or "linearization_error" in run:
            found |= {name: E[variable], f"{name}_stderr": E[f"{variable}_stderr"]}
    if "steady_covariance" in run:
        found["steady"] = xr.DataArray(
            checks.pair_negativity(run["steady_covariance"].values, i, j)
        )
    return xr.Dataset(found)


def divergence_note(run: xr.Dataset) -> str:
    """How many trajectories diverged, in words; empty where none did."""
    lost = int(run.attrs.get("lost_trajectories", 0))
    if not lost:
        return ""
    total = f" of {int(run['batch_trajectories'].sum())}" if "batch_trajectories" in run else ""
    if "covariance" not in run:
        return f"{lost}{total} trajectories diverged"
    kept = bool(np.isfinite(run["covariance"].values).all())
    return (
        f"{lost}{total} trajectories diverged: "
        f"{'averages of the others' if kept else 'no averages are formed'}"
    )


def why_empty(run: xr.Dataset, otherwise: str) -> str:
    """Why a panel of a run is empty: diverged trajectories, or else another reason."""
    return divergence_note(run) or otherwise
