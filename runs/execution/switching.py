"""Switching between two stable branches, run from a run file: paths, rates, report, NetCDF and
figures.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ...analysis import gaussian
from ...analysis.switching.branch_labels import Cores, Line
from ...analysis.switching.branch_moments import Measure
from ...analysis.switching.rates import switching
from ...sde import Gaussian, propagate_moments, sample_paths
from ...sde.ensemble.results import without_loss_warning
from ...sde.ensemble.simulation import Progress
from ...sde.labels import variable
from ...sde.moments.taylor import DivergenceError
from ...sde.schemes.step_forecast import StepError
from ...sde.support.checks import Array
from ...sde.system import as_model
from ...steady import steady_state
from ..run_files.errors import RunFileError
from ..run_files.run import RunFile
from ..text import time_in_words
from .output import write_dataset, write_figures, write_text
from .quantum_check import QuantumCheck, check_quantum, slowest_rate
from .run import LostError

CORE = 1.0
"""Standard deviations of a branch that count as its core (see `hysteresis`)."""
MEMORY = 4.0
"""Relaxation times after which a path has forgotten how it entered a branch."""
SHORTEST = 8
"""Memories that a run must last: the slow relaxation is read off lags of up to four."""
SETTLED = 30.0
"""Relaxation times after which a Gaussian closure has settled."""
SHOWN = 4
"""Trajectories whose full states are written."""


@dataclass(frozen=True, eq=False)
class Hopping:
    """All that a run of switching found: the two branches, the result of `switching`, and the time
    it took.

    `closures` are the steady states in Gaussian closure from each branch, None where there is none.
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
        """Between samples, s."""
        return float(np.median(np.diff(self.result["time"].values)))


def observe(
    run: RunFile, threads: int, progress: Progress | None = None, *, exact: bool = False
) -> Hopping:
    """Do all the work, without touching the disk; the Liouvillian gap, where there is one, if
    `exact`.

    Raises RunFileError where there are not two stable branches that stand apart, StepError for a
    step that cannot be right, DivergenceError or LostError when there is no result.
    """
    steady, between = _two_branches(run)
    first, second = _gaussians(steady)
    memory = MEMORY / slowest_rate(steady, between)
    _require_room(run, first, second, memory)
    began = time.perf_counter()
    paths = _paths(run, steady["branch"].values.tolist(), threads, progress)
    seconds = time.perf_counter() - began
    result = switching(
        paths,
        first,
        second,
        branches=tuple(steady["branch"].values.tolist()),
        core=CORE,
        memory=memory,
        measures=_measures(run),
    )
    return Hopping(
        run=run,
        steady=steady,
        states=(first, second),
        closures=(_closure(run, steady, 0), _closure(run, steady, 1)),
        result=result,
        first_states=paths["state"].isel(trajectory=slice(SHOWN)),
        quantum=check_quantum(as_model(run.subject), steady, between, (first, second), exact),
        scheme=json.loads(paths.attrs["provenance"])[0]["scheme"],
        seconds=seconds,
        threads=threads,
    )


def _two_branches(run: RunFile) -> tuple[xr.Dataset, xr.Dataset]:
    """The steady states of the two stable branches, and the unstable fixed points."""
    steady = steady_state(run.subject)
    stable = np.flatnonzero(steady["stable"].values)
    if len(stable) != 2:
        raise RunFileError(
            f"[parameters] switching needs two stable branches, and there {_are(len(stable))}: change the detuning or "
            "the power (qlangevin map shows where there are two)"
        )
    if run.branch is not None and run.branch not in stable:
        raise RunFileError(
            f"[run] branch = {run.branch} must be one of the stable ones, {stable[0]} and "
            f"{stable[1]}, or left out"
        )
    numbered = steady.assign_coords(branch=np.arange(steady.sizes["branch"]))
    unstable = np.flatnonzero(steady["exists"].values & ~steady["stable"].values)
    return numbered.isel(branch=stable), numbered.isel(branch=unstable)


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count or 'none'}"


def _require_room(run: RunFile, first: Gaussian, second: Gaussian, memory: float) -> None:
    """Refuse branches that overlap, runs too short to see anything but the start, and error bars
    asked for.
    """
    if run.until:
        raise RunFileError(
            "[run] until is for qlangevin run; leave it out, and take more trajectories for less "
            "error"
        )
    try:
        Cores.around(first, second, CORE)
    except ValueError:
        raise RunFileError(
            f"[run] nonlinearity = {run.nonlinearity:g} leaves the branches within their own "
            "noise; make it smaller"
        ) from None
    if run.trajectories < 2:
        raise RunFileError("[run] trajectories = 1 gives no error bar; take two at least")
    if run.duration <= SHORTEST * memory:
        raise RunFileError(
            f"[run] duration = {time_in_words(run.duration)} is too short for the slower branch; take more than "
            f"{SHORTEST * MEMORY:.0f} of its relaxation times, {time_in_words(SHORTEST * memory)}"
        )


def _paths(
    run: RunFile, branches: list[int], threads: int, progress: Progress | None
) -> xr.Dataset:
    """Single paths, half from each branch unless the run file names one or starts in the dark."""
    half = run.trajectories // 2
    starts: list[tuple[int | None, int]] = [(run.branch, run.trajectories)]
    if run.start == "steady" and run.branch is None:
        starts = [(branches[0], half), (branches[1], run.trajectories - half)]
    parts: list[xr.Dataset] = []
    for number, (branch, trajectories) in enumerate(starts):
        before = half if number else 0
        parts.append(
            _from_one_start(
                run, branch, trajectories, number, threads, _after(progress, before, run)
            )
        )
    lost = sum(part.attrs["lost_trajectories"] for part in parts)
    if lost:
        raise LostError(
            f"{lost} of {run.trajectories} trajectories diverged, so there is no law of their residence: "
            "take a smaller step or a weaker nonlinearity"
        )
    made_by = json.dumps([json.loads(part.attrs["provenance"]) for part in parts])
    return xr.concat([part[["state"]] for part in parts], "trajectory").assign_attrs(
        provenance=made_by
    )


def _from_one_start(
    run: RunFile,
    branch: int | None,
    trajectories: int,
    number: int,
    threads: int,
    progress: Progress,
) -> xr.Dataset:
    """Paths from one start; those of the second have the noise of the seed with its highest bit
    turned.
    """
    try:
        return without_loss_warning(sample_paths)(
            run.subject,
            trajectories=trajectories,
            duration=run.duration,
            step=run.step,
            scheme=run.scheme,
            increments=run.increments,
            start=run.start,
            branch=branch,
            samples=run.samples,
            seed=run.seed ^ (number << 63),
            step_errors=run.step_errors,
            threads=threads,
            progress=progress,
        )
    except StepError:
        raise
    except ValueError as error:
        raise RunFileError(f"[run] {error}") from None


def _after(progress: Progress | None, before: int, run: RunFile) -> Progress:
    def show(done: int, _: int) -> None:
        if progress:
            progress(before + done, run.trajectories)

    return show


def _measures(run: RunFile) -> dict[str, Measure]:
    """E_N of the reported pair, and the fluctuation quanta of every mode."""
    modes = as_model(run.subject).modes
    i, j = run.pair

    def quanta(k: int) -> Measure:
        return lambda V: gaussian.populations(V)[..., k]

    measures: dict[str, Measure] = {f"population_{mode}": quanta(k) for k, mode in enumerate(modes)}
    if i != j:
        measures["log_negativity"] = lambda V: gaussian.log_negativity(V, i, j)
    return measures


def _closure(run: RunFile, steady: xr.Dataset, k: int) -> Gaussian | None:
    """The steady state in Gaussian closure, from a branch: None where it diverges, leaves the
    branch, or moves on.
    """
    start, duration = _gaussians(steady)[k], SETTLED / float(steady["margin"][k])
    try:
        moments = propagate_moments(
            run.subject, duration=duration, start=start, samples=10, closure="gaussian"
        )
        end = moments.isel(time=-1)
        state = Gaussian(end["mean_field"].values, end["covariance"].values, physical="ignore")
    except (DivergenceError, ValueError):
        return None
    line = Line.between(*_gaussians(steady))
    moved = moments["mean_field"].values[-2:] @ line.w
    left = Cores.around(*_gaussians(steady), CORE).touched(state.mean[None, None])[0, 0] == 1 - k
    resting = abs(moved[1] - moved[0]) < 1e-2 * line.widths[k]
    return state if resting and not left else None


def _gaussians(steady: xr.Dataset) -> tuple[Gaussian, Gaussian]:
    """The two branches as Gaussian states."""
    first, second = zip(steady["mean"].values, steady["covariance"].values, strict=True)
    return Gaussian(*first, physical="ignore"), Gaussian(*second, physical="ignore")


def record(found: Hopping, report: str) -> xr.Dataset:
    """The one dataset of a run: switching, branches and their closures, and the full states of a
    few trajectories.
    """
    run, result, n = found.run, found.result, found.steady.sizes["quadrature"]
    means, covariances = np.full((2, n), np.nan), np.full((2, n, n), np.nan)
    for k, state in enumerate(found.closures):
        if state is not None:
            means[k], covariances[k] = state.mean, state.covariance
    states = found.first_states.transpose("time", "trajectory", "quadrature").values
    extra = {
        **found.quantum.variables(),
        "position": result["position"].astype(np.float32),
        "state": variable(
            ["time", "shown", "quadrature"], states, "1", "state of the first trajectories"
        ),
        "fixed_point": variable(
            ["branch", "quadrature"], found.steady["mean"].values, "1", "mean field"
        ),
        "lyapunov_covariance": variable(
            ["branch", "quadrature", "quadrature_"],
            found.steady["covariance"].values,
            "1",
            "Lyapunov covariance",
        ),
        "closure_mean": variable(["branch", "quadrature"], means, "1", "mean in Gaussian closure"),
        "closure_covariance": variable(
            ["branch", "quadrature", "quadrature_"],
            covariances,
            "1",
            "covariance in Gaussian closure",
        ),
    }
    attributes = {
        "title": run.title,
        "run_file": run.text,
        "command": "switching",
        "nonlinearity": run.nonlinearity,
        "entangled_modes": ",".join(run.entanglement),
        "exact": int(found.quantum.exact is not None),
        "report": report,
    }
    return result.assign(extra).assign_attrs(attributes)


def write_hopping(found: Hopping, report: str, folder: Path) -> list[Path]:
    """Write NetCDF, report and figures, each whole or not at all. Raises OutputError."""
    return [
        write_dataset(folder / f"{found.run.stem}.nc", record(found, report)),
        write_text(folder / "report.txt", report),
        *draw_hopping(found.result, folder),
    ]


def draw_hopping(result: xr.Dataset, folder: Path) -> list[Path]:
    """Write the figures of what `switching` returned alone."""
    from ...analysis.plots.switching import figures

    return write_figures(folder, figures(result))
