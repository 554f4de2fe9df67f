"""Run `qlangevin switching`: trajectories between two stable branches, and their rates."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ...analysis import gaussian
from ...analysis.switching import switching
from ...analysis.switching.branch_axis import BranchAxis
from ...analysis.switching.branch_labels import Cores
from ...analysis.switching.branch_moments import Measure
from ...analysis.switching.variables import labelled
from ...sde import Gaussian, propagate_moments
from ...sde.ensemble.simulation import Progress
from ...sde.moments.taylor import DivergenceError
from ...sde.support.checks import Array
from ...steady import steady_state
from ..run_files.errors import RunFileError
from ..run_files.recorded_systems import made_from
from ..run_files.run import RunFile
from ..text import time_in_words
from .output import write_dataset, write_figures, write_text
from .quantum_check import QuantumCheck, check_quantum, slowest_rate
from .switching_paths import switching_paths

CORE = 1.0
"""Radius of a branch's core in standard deviations (see `branch_labels`)."""
MEMORY = 4.0
"""Relaxation times after which a trajectory no longer depends on how it entered a branch."""
SHORTEST = 8
"""Shortest run in memory times: the slow relaxation is estimated from lags of up to four."""
SETTLED = 30.0
"""Relaxation times after which a Gaussian closure has settled."""
SHOWN = 4
"""Trajectories whose full states are written."""


@dataclass(frozen=True, eq=False)
class SwitchingResult:
    """All that a run of switching found: the two branches, the result of `switching`, the checks.

    `states` are the linearised steady states; `closures` those in Gaussian closure started from
    each branch, None where there is none. `seconds` is the time of the integration.
    """

    run: RunFile
    steady: xr.Dataset
    states: tuple[Gaussian, Gaussian]
    closures: tuple[Gaussian | None, Gaussian | None]
    result: xr.Dataset
    first_states: xr.DataArray
    quantum: QuantumCheck
    scheme: str
    seconds: float
    threads: int

    @property
    def relaxation(self) -> Array:
        """The slowest relaxation time of each branch (2,), s."""
        return np.asarray(1 / self.steady["margin"].values)

    @property
    def interval(self) -> float:
        """Time between samples, s."""
        return float(np.median(np.diff(self.result["time"].values)))


def run_switching(
    run: RunFile, threads: int, progress: Progress | None = None, *, exact: bool = False
) -> SwitchingResult:
    """Do all the work of a switching run; nothing is written.

    `exact` computes the Liouvillian gap too, where there is one. Raises RunFileError where there
    are not two separate stable branches, StepError for a step that cannot be right, DivergenceError
    or LostError where there is no result.
    """
    steady, between = _two_branches(run)
    lower, upper = (int(branch) for branch in steady["branch"].values)
    first, second = _gaussians(steady)
    memory = MEMORY / slowest_rate(steady, between)
    _require_rates(run, first, second, memory)
    began = time.perf_counter()
    paths = switching_paths(run, {lower: first, upper: second}, threads, progress)
    seconds = time.perf_counter() - began
    result = switching(
        paths,
        first,
        second,
        branches=(lower, upper),
        core=CORE,
        memory=memory,
        measures=_measures(run),
    )
    return SwitchingResult(
        run=run,
        steady=steady,
        states=(first, second),
        closures=(_closure(run, steady, 0), _closure(run, steady, 1)),
        result=result,
        first_states=paths["state"].isel(trajectory=slice(SHOWN)),
        quantum=check_quantum(run.model, steady, between, (first, second), exact),
        scheme=json.loads(paths.attrs["provenance"])[0]["scheme"],
        seconds=seconds,
        threads=threads,
    )


def _two_branches(run: RunFile) -> tuple[xr.Dataset, xr.Dataset]:
    """The steady states of the two stable branches, and the unstable fixed points."""
    steady = steady_state(run.model)
    stable = np.flatnonzero(steady["stable"].values)
    if len(stable) != 2:
        raise RunFileError(
            "[parameters] switching needs two stable branches, and there "
            f"{_number_in_words(len(stable))}: change the detuning or the power "
            "(qlangevin map shows where there are two)"
        )
    branch = run.integration.branch
    if branch is not None and branch not in stable:
        raise RunFileError(
            f"[run] branch = {branch} must be one of the stable ones, {stable[0]} and "
            f"{stable[1]}, or left out"
        )
    numbered = steady.assign_coords(branch=np.arange(steady.sizes["branch"]))
    unstable = np.flatnonzero(steady["exists"].values & ~steady["stable"].values)
    return numbered.isel(branch=stable), numbered.isel(branch=unstable)


def _number_in_words(count: int) -> str:
    return "is 1" if count == 1 else f"are {count or 'none'}"


def _require_rates(run: RunFile, first: Gaussian, second: Gaussian, memory: float) -> None:
    """Refuse branches that overlap, runs too short for rates, and the setting `until`.

    `memory` in s. Raises RunFileError.
    """
    settings = run.integration
    if settings.until:
        raise RunFileError(
            "[run] until is for qlangevin run; leave it out, and take more trajectories for less "
            "error"
        )
    try:
        Cores.around(first, second, CORE)
    except ValueError:
        raise RunFileError(
            f"[run] nonlinearity = {run.nonlinearity:g} makes the noise of the branches "
            "overlap; make it smaller"
        ) from None
    if settings.trajectories < 2:
        raise RunFileError("[run] trajectories = 1 gives no error bar; take two at least")
    if settings.duration <= SHORTEST * memory:
        raise RunFileError(
            f"[run] duration = {time_in_words(settings.duration)} is too short for the slower "
            f"branch; take more than {SHORTEST * MEMORY:.0f} of its relaxation times, "
            f"{time_in_words(SHORTEST * memory)}"
        )


def _measures(run: RunFile) -> dict[str, Measure]:
    """E_N of the reported pair, and the fluctuation quanta of every mode."""
    i, j = run.pair

    def quanta(k: int) -> Measure:
        return lambda V: gaussian.populations(V)[..., k]

    measures = {f"population_{mode}": quanta(k) for k, mode in enumerate(run.model.modes)}
    if i != j:
        measures["log_negativity"] = lambda V: gaussian.log_negativity(V, i, j)
    return measures


def _closure(run: RunFile, steady: xr.Dataset, k: int) -> Gaussian | None:
    """The steady state in Gaussian closure that is reached from branch k.

    None where the closure diverges, leaves the branch, or does not come to rest.
    """
    start = _gaussians(steady)[k]
    duration = SETTLED / float(steady["margin"][k])
    try:
        moments = propagate_moments(
            run.model, duration=duration, start=start, samples=10, closure="gaussian"
        )
        end = moments.isel(time=-1)
        state = Gaussian(end["mean_field"].values, end["covariance"].values, physical="ignore")
    except (DivergenceError, ValueError):
        return None
    axis = BranchAxis.between(*_gaussians(steady))
    moved = moments["mean_field"].values[-2:] @ axis.w
    left = Cores.around(*_gaussians(steady), CORE).containing(state.mean[None, None])[0, 0] == 1 - k
    resting = abs(moved[1] - moved[0]) < 1e-2 * axis.widths[k]
    return state if resting and not left else None


def _gaussians(steady: xr.Dataset) -> tuple[Gaussian, Gaussian]:
    """The two branches as Gaussian states."""
    first, second = zip(steady["mean"].values, steady["covariance"].values, strict=True)
    return Gaussian(*first, physical="ignore"), Gaussian(*second, physical="ignore")


def switching_dataset(found: SwitchingResult, report: str) -> xr.Dataset:
    """The dataset of a run: rates, branches, closures, and the states of a few trajectories."""
    run = found.run
    attributes = {
        **made_from(run, "switching"),
        "nonlinearity": run.nonlinearity,
        "entangled_modes": ",".join(run.entanglement),
        "exact": int(found.quantum.exact is not None),
        "report": report,
    }
    extra = {
        **found.quantum.variables(),
        "position": found.result["position"].astype(np.float32),
        **_state_variables(found),
    }
    return found.result.assign(extra).assign_attrs(attributes)


def _state_variables(found: SwitchingResult) -> dict[str, xr.Variable]:
    """States of the first trajectories, and moments of the branches and of their closures."""
    n = found.steady.sizes["quadrature"]
    means = np.full((2, n), np.nan)
    covariances = np.full((2, n, n), np.nan)
    for k, state in enumerate(found.closures):
        if state is not None:
            means[k] = state.mean
            covariances[k] = state.covariance
    states = found.first_states.transpose("time", "trajectory", "quadrature").values
    return labelled(
        {
            "state": states,
            "fixed_point": found.steady["mean"].values,
            "lyapunov_covariance": found.steady["covariance"].values,
            "closure_mean": means,
            "closure_covariance": covariances,
        }
    )


def write_switching(found: SwitchingResult, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures. Raises OutputError."""
    return [
        write_dataset(folder / f"{found.run.stem}.nc", switching_dataset(found, report)),
        write_text(folder / "report.txt", report),
        *draw_switching(found.result, folder),
    ]


def draw_switching(result: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of a dataset that `analysis.switching` returned."""
    from ...analysis.plots import switching_figures

    return write_figures(folder, switching_figures(result))
