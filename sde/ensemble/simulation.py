"""Many trajectories → moments with error bars, from coupled nonlinear and linearised paths.

Every nonlinear path shares its increments with a linearised twin, so the difference of the two
ensembles' covariances has a variance smaller by orders where the nonlinearity is weak. Added to the
exact covariance of the linearised equations it estimates the true covariance with tiny error bars
and without the step bias of the linear part.

The 64 batches of trajectories give all error bars (delete-a-group jackknife). Results are
bit-identical for any number of threads and any block size.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..initial_states import Start
from ..kernels.codegen import LANES
from ..labels import provenance
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..progress import showing
from ..support.callbacks import Halt, Progress
from ..support.checks import Array, available_cores, require_progress, require_threads, shown, warn
from ..support.work_estimates import require_core_hours
from ..system import System
from .batches import BATCHES, Ledger, seconds_per_cell
from .checkpoints import Checkpoint, MismatchError, differences
from .estimates import batch_sums, dataset, warn_of_missing_error_bars
from .jobs import Job, Workers, run_jobs, thread_workers
from .losses import warn_of_losses
from .memory import require_room
from .preparation import Preparation, prepare
from .settings import Settings
from .stopping import Targets, excess
from .trajectories import Plan

NO_LOSSES = np.zeros((0, 2), np.int64)


class CheckpointWarning(UserWarning):
    """A part of what was kept is damaged and is run again."""


def simulate(
    system: System | Model,
    *,
    trajectories: int,
    duration: float,
    step: float,
    scheme: str = "euler-maruyama",
    increments: str = "gaussian",
    twin: bool = True,
    antithetic: bool = False,
    start: Start = "dark",
    branch: int | None = None,
    samples: int = 200,
    seed: int = 0,
    step_check: bool = False,
    step_errors: str = "refuse",
    until: Targets | None = None,
    threads: int | None = None,
    workers: Workers | None = None,
    checkpoint: str | Path | None = None,
    earlier: xr.Dataset | None = None,
    pause: Halt | None = None,
    progress: Progress | bool | None = None,
) -> xr.Dataset:
    """Integrate an ensemble of the full nonlinear Langevin equations, coupled to its linearised
    twin.

    duration and step in s; the run takes round(duration/step) steps and samples them `samples`
    times after t = 0, at equal intervals where that number divides the steps (a SamplingWarning
    says where not). The times are then those of `propagate_moments`, to the bit.

    `scheme` is one of `schemes.SCHEMES`, or "auto": Euler–Maruyama where its forecast error stays
    within 1 %, else exponential steps. Semilinear schemes are linear about the end of the mean
    field if it rests there, else its start. `increments` are "gaussian", or "two-point" or
    "three-point" random numbers, cheaper and right for moments only (weak order 1 and 2). Without a
    `twin` the ensemble is a plain one, faster and with plain error bars. `antithetic` trajectories
    come in pairs of opposite noise that share a twin: what is odd in the noise cancels, which
    leaves of a weak nonlinearity s errors of order s² where single ones leave s. `step_check` adds
    a companion of every path (of one of a pair) at twice the step on the same noise, for
    Euler–Maruyama alone. `until` maps quantities in words, such as "log_negativity(a, b)" (see
    `analysis.estimate`), to standard errors wanted at the end of the run: no more than the
    trajectories needed are then run, in whole rounds of 4096 or 8192.

    The work is done on `threads` of this process, all cores by default, or by `workers`: processes,
    a cluster. What is finished is kept in the folder `checkpoint`, about every second; the same
    call goes on from there, and the folder is the caller's to remove. `earlier`, a result of the
    same call with fewer trajectories, is carried on. Once the event `pause` is set, blocks in
    flight are finished and the result is that of the trajectories so far, its attribute `complete`
    0 instead of 1; InterruptedError if there are none.

    `progress` is True for a bar on the error stream, or is called with the trajectories finished
    and those asked for.

    Returns over time, quadrature(_): mean, covariance (best estimate: exact linear moments plus the
    coupled difference, or the plain sample where that has the smaller error bar, as `estimator`
    tells), covariance_sample (plain), covariance_linear_sample (twin), covariance_linear (moment
    equation along the mean field), covariance_step (exact law of the twin at this step),
    linearization_error (nonlinear minus twin), skewness and excess_kurtosis, mean_field, mean_step
    (mean field as the steps take it), each estimate with its standard error `*_stderr`;
    twin_correlation; surviving trajectories; and the batch sums all this came from. Without a twin
    what is sampled of it is absent. `step_check` adds step_error (twice the step minus the step),
    strong_step_error and covariance_extrapolated. A path that is not finite makes all estimates
    from that time on NaN; a LossWarning and attrs tell how many and the first.

    Steps are judged before the first one: by the linearised equations where the mean field ends, by
    the cloud of trajectories about it, by the mean field on the way or, on a limit cycle, by its
    distance from the cycle. Errors over 1 % are warned of (StepWarning), those over 10 %, and a
    loss of over 1 % of the trajectories, refused; `step_errors="warn"` makes these warnings too.

    Raises ValueError for arguments out of range, RoomError for more samples than the memory holds,
    WorkError for a run of more than 10,000 core-hours, StepError for a step too large for the
    scheme, DivergenceError if the mean field itself diverges, MismatchError where `checkpoint` or
    `earlier` is another run's, CheckpointError if nothing can be kept, WorkerError if workers are
    lost again and again.
    """
    settings = Settings(
        trajectories=trajectories,
        duration=duration,
        step=step,
        scheme=scheme,
        increments=increments,
        twin=twin,
        antithetic=antithetic,
        start=start,
        branch=branch,
        samples=samples,
        seed=seed,
        step_check=step_check,
        step_errors=step_errors,
        until=until or {},
    )
    require_threads(threads)
    _require_helpers(workers, checkpoint, earlier, pause, progress)
    with showing(progress, "trajectories") as show:
        ensemble = prepare_ensemble(system, settings, checkpoint=checkpoint, earlier=earlier)
        crew = workers or thread_workers(threads or available_cores())
        complete = ensemble.integrate(crew, show, pause)
    result = ensemble.result(complete=complete)
    warn_of_losses(
        result, ensemble.job.done, "all estimates are NaN from then on", step, ensemble.ready.scheme
    )
    return result


def _require_helpers(
    workers: Any, checkpoint: Any, earlier: Any, pause: Any, progress: Any
) -> None:
    """ValueError unless what `simulate` is given to work with is of the kind that it needs; None
    always is.
    """
    if not isinstance(workers, Workers | None):
        crew = (
            "with qlangevin.runs.execution.backends.crew(processes=2) as workers; threads= takes a "
            "number"
        )
        raise ValueError(f"workers must be Workers (got {shown(workers)}): {crew}")
    if not isinstance(checkpoint, str | Path | None):
        raise ValueError(f"checkpoint must be a folder by name (got {shown(checkpoint)})")
    if not (
        earlier is None
        or (
            isinstance(earlier, xr.Dataset) and {"batch_sums", "batch_trajectories"} <= set(earlier)
        )
    ):
        readable = isinstance(earlier, str | Path | xr.Dataset)
        remedy = (
            "qlangevin.runs.execution.sums.open_result reads one from its file"
            if readable
            else "leave it out"
        )
        raise ValueError(
            f"earlier must be a result of simulate, with batch_sums (got {shown(earlier)}); "
            f"{remedy}"
        )
    if not (pause is None or callable(getattr(pause, "is_set", None))) or isinstance(pause, type):
        raise ValueError(f"pause must be an event, such as threading.Event() (got {shown(pause)})")
    require_progress(progress)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """An ensemble of `simulate` ready to run: what was prepared, its provenance, and the job for
    `run_jobs`.
    """

    ready: Preparation
    made_by: str
    job: Job

    def integrate(
        self, workers: Workers, progress: Progress | None = None, pause: Halt | None = None
    ) -> bool:
        """Run the trajectories, or some until a pause; whether it came to its end. Raises what
        `simulate` does.
        """

        def counted(job: Job) -> None:
            if progress:
                progress(job.done, job.plan.trajectories)

        finished = list(run_jobs([self.job], workers, counted, pause))
        if not self.job.done:
            raise InterruptedError(
                "interrupted before any trajectory was finished: there is no result"
            )
        return bool(finished)

    def result(self, *, complete: bool = True) -> xr.Dataset:
        """What `simulate` returns, of the trajectories that the job has done, and whether these are
        all.
        """
        sums, counts, losses = self.job.result()
        warn_of_missing_error_bars(counts)
        return dataset(self.ready, sums, counts, losses, self.made_by).assign_attrs(
            complete=int(complete)
        )


def prepare_ensemble(
    system: System | Model,
    settings: Settings,
    *,
    checkpoint: str | Path | None = None,
    earlier: xr.Dataset | None = None,
    state: Gaussian | None = None,
) -> Ensemble:
    """Do all that comes before the first step; raises what `simulate` does.

    `state` is the one that the settings' start names, for a caller who has it already.
    """
    ready = prepare(
        system,
        settings,
        "simulate",
        require_room=lambda size: require_room(size, settings),
        state=state,
    )
    until = settings.until
    made_by = provenance(
        system,
        **settings.described_start(),
        **settings.described() | {"scheme": ready.scheme},
        code=ready.plan.fingerprint(ready.law.mean),
    )
    ledger = Ledger(len(ready.plan.schedule), ready.plan.kernel.statistics)
    if earlier is not None:
        _carry_on(earlier, made_by, ready.plan, ledger)

    def enough(sums: Array, counts: Array) -> float:
        return excess(until, dataset(ready, sums, counts, NO_LOSSES, made_by))

    pace = seconds_per_cell(ready.plan)
    _require_core_hours(ready.plan, pace, bool(until))
    kept = _opened(Path(checkpoint), made_by, ledger) if checkpoint is not None else None
    job = Job(ready.plan, ready.law.mean, ledger, enough if until else None, kept, pace)
    return Ensemble(ready, made_by, job)


def _require_core_hours(plan: Plan, pace: float, until: bool) -> None:
    """Refuse a run that nobody would wait for, at `pace` seconds a cell. Raises WorkError."""
    cells = min(plan.cells, BATCHES) if until else plan.cells
    trajectories = min(plan.trajectories, LANES * cells * plan.per_lane)
    require_core_hours(
        pace * cells,
        f"{int(plan.schedule[-1]):.3g} steps of {trajectories} trajectories",
        "take fewer trajectories, a shorter duration or a longer step",
    )


def _opened(folder: Path, made_by: str, ledger: Ledger) -> Checkpoint:
    """The checkpoint of a folder, with what it keeps put into the ledger."""
    kept = Checkpoint(folder)
    kept.open(identity(made_by))
    for name in kept.load(ledger):
        warn(
            f"{name} in {str(folder)!r} is damaged and has been set aside; its trajectories are "
            "run again",
            CheckpointWarning,
        )
    return kept


def _carry_on(earlier: xr.Dataset, made_by: str, plan: Plan, ledger: Ledger) -> None:
    """Put the batches of an earlier result into the ledger, but for one whose last cell is not
    full.
    """
    free = {"trajectories": 0, "until": {}}
    old, new = (identity(text) | free for text in (earlier.attrs["provenance"], made_by))
    if changed := differences(old, new):
        raise MismatchError(
            f"the earlier result differs: {'; '.join(changed)}; trajectories cannot be added to it"
        )
    if earlier.attrs["lost_trajectories"]:
        raise MismatchError("the earlier result has lost trajectories; none can be added to it")
    counts = earlier["batch_trajectories"].values
    if counts.sum() > plan.trajectories:
        raise MismatchError(
            f"the earlier result holds {counts.sum()} trajectories, more than {plan.trajectories}"
        )
    ledger.adopt(batch_sums(earlier), counts, plan)


def identity(made_by: str) -> dict[str, Any]:
    """What of a provenance decides the numbers: all but the versions, which the fingerprint of the
    code stands for.

    Nor does it matter whether a step that is taken would otherwise have been refused.
    """
    return {
        key: value
        for key, value in json.loads(made_by).items()
        if key not in ("versions", "step_errors")
    }
