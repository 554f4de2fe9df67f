"""Many trajectories → moments with error bars, from coupled nonlinear and linearised paths.

Every nonlinear path shares its increments with a linearised twin, so the difference of the two
ensembles' covariances has a variance smaller by orders where the nonlinearity is weak. Added to the
exact covariance of the linearised equations it estimates the true covariance with tiny error bars
and without the step bias of the linear part.

The 64 batches of trajectories give all error bars (delete-a-group jackknife). Results are
bit-identical for any number of threads and any division of the work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ..initial_states import Start
from ..labels import provenance
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..progress import showing
from ..records import Record
from ..support.callbacks import Halt, Progress
from ..support.checks import Array, available_cores, require_threads
from ..system import System
from .batches import BATCHES, Accumulator, measure_seconds_per_cell, require_feasible
from .checkpoints import Checkpoint, identity, resume_from_result
from .estimates import dataset
from .jobs import Job, Workers, run_jobs, thread_workers
from .preparation import Preparation, prepare, require_ensemble_memory
from .results import warn_of_losses, warn_of_missing_error_bars
from .settings import Pairs, Settings, require_kinds
from .stopping import Targets, error_ratio

NO_LOSSES = np.zeros((0, 2), np.int64)


def simulate(
    system: System | Model,
    *,
    trajectories: int,
    duration: float,
    step: float,
    scheme: str = Settings.scheme,
    increments: str = Settings.increments,
    twin: bool = Settings.twin,
    antithetic: bool = Settings.antithetic,
    start: Start = Settings.start,
    branch: int | None = Settings.branch,
    samples: int = Settings.samples,
    seed: int = Settings.seed,
    step_check: bool = Settings.step_check,
    step_errors: str = Settings.step_errors,
    moments: str = Settings.moments,
    pairs: Pairs = Settings.pairs,
    record: Record | Sequence[str] | None = None,
    until: Targets | None = None,
    threads: int | None = None,
    workers: Workers | None = None,
    checkpoint: str | Path | None = None,
    earlier: xr.Dataset | None = None,
    pause: Halt | None = None,
    progress: Progress | bool | None = None,
) -> xr.Dataset:
    """Integrate an ensemble of the nonlinear Langevin equations, coupled to its linearised twin.

    The step is checked before the run: in the linearised equations where the mean field ends, away
    from the mean field, and along it or, on a limit cycle, by the distance from the cycle.

    Parameters
    ----------
    system : System or Model
        The system to integrate, at one parameter point.
    trajectories : int
        Number of trajectories; with `until`, their largest number.
    duration : float
        Length of the run, in s.
    step : float
        Time step, in s. The run takes round(duration/step) steps.
    scheme : str, default "euler-maruyama"
        One of `schemes.SCHEMES`, or "auto": Euler–Maruyama where its forecast error stays within
        1 %, else exponential steps. Semilinear schemes are linear about the end of the mean field
        if it rests there, else about its start.
    increments : {"gaussian", "two-point", "three-point"}
        Random numbers of a step. The last two are cheaper, with weak orders 1 and 2 (for moments).
    twin : bool, default True
        Couple each path to its linearised twin. Without twins, the run is faster, and its error
        bars are those of plain sampling.
    antithetic : bool, default False
        Trajectories in pairs of opposite noise that share a twin. Contributions odd in the noise
        cancel, so that for a weak nonlinearity s errors are of order s² instead of s.
    start : {"dark", "steady"} or Gaussian
        State at t = 0: every mode in its own bath, a stable branch of the mean field, or a given
        state.
    branch : int, optional
        Branch of start="steady"; None takes the only stable one.
    samples : int, default 200
        Times after t = 0 at which the run is sampled, at equal intervals where this number divides
        the steps (else with a SamplingWarning). They are then bit-identical to those of
        `propagate_moments`.
    seed : int, default 0
        Seed of the random numbers, below 2⁶⁴.
    step_check : bool, default False
        Add a companion of every path (of one of a pair) at twice the step on the same noise, for
        Euler–Maruyama.
    step_errors : {"refuse", "warn"}
        Errors of the step over 1 % are warned of (StepWarning). Those over 10 %, and a loss of
        over 1 % of the trajectories, are refused, or with "warn" only warned of.
    moments : {"full", "modes"}
        Elements of covariances that are kept: all, or the 2×2 block of every mode and the 4×4 block
        of each of `pairs`, so that work and memory per sample grow as the number of modes.
    pairs : sequence of (str, str), optional
        Pairs of modes that are kept with moments="modes".
    record : Record or sequence of str, optional
        Ports whose light is recorded, to estimate its spectra; a `Record` says at which
        frequencies. Every thread takes memory for the bins of at least 64 trajectories.
    until : mapping of str to float, optional
        Target standard errors at the end of the run, by quantities in words such as
        "log_negativity(a, b)" (see `analysis.estimate`). Then only as many trajectories as needed
        are run, in whole rounds of 4096 or 8192.
    threads : int, optional
        Threads of this process that do the work; all cores by default.
    workers : Workers, optional
        Processes or a cluster that do the work instead.
    checkpoint : str or Path, optional
        Folder in which finished work is saved, about every second. The same call continues from
        there; the caller must remove the folder.
    earlier : Dataset, optional
        Result of the same call with fewer trajectories, to which the others are added.
    pause : event, optional
        Once it is set, blocks in progress are finished, and the result is that of the trajectories
        so far.
    progress : bool or callable, optional
        True for a bar on the error stream, or a function called with the numbers of finished and of
        requested trajectories.

    Returns
    -------
    Dataset
        Over time (s), quadrature, quadrature_, in units of the quadratures:

        * mean; covariance, the best estimate: exact linear moments plus the coupled difference, or
          the plain sample where that has the smaller error bar (see `estimator`);
        * covariance_sample (plain), covariance_linear_sample (twin), covariance_linear (moment
          equation along the mean field), covariance_step and transition_step (exact law of the
          twin at this step), linearization_error (nonlinear minus twin);
        * skewness, excess_kurtosis; mean_field, mean_step (mean field as stepped);
          twin_correlation;
        * with `step_check` step_error (twice the step minus the step), strong_step_error,
          covariance_step_companion and covariance_extrapolated;
        * with `record`, over frequency (rad/s), output, output_: output_spectrum_real and _imag,
          the spectrum of the light averaged over bins, and output_spectrum_linear_real and _imag,
          the exact spectrum of the linearised steps, once these have settled;
        * each estimate's standard error as `*_stderr`;
        * surviving trajectories (time); and the batch sums all this came from, batch_sums (batch,
          time, statistic) and batch_trajectories (batch).

        With moments="modes", covariances have a dimension element, such as "a.X, a.Y", instead of
        quadrature and quadrature_, and `estimator` compares the error bars of what is kept. The
        measures of `analysis` take them as they are, and refuse what needs other elements;
        `analysis.reduced` gives the matrix of a mode or a pair. transition_step is absent.

        Without twins, the variables sampled from them are absent. A path that is not finite makes
        all estimates NaN from that time on; a LossWarning and the attributes give the number of
        such paths and the first. The attribute `complete` is 1, or 0 after a pause.

    Raises
    ------
    ValueError
        Arguments out of range.
    RoomError
        Too many samples for the memory.
    WorkError
        A run of more than 10,000 core-hours.
    StepError
        A step too large for the scheme.
    DivergenceError
        The mean field itself diverges.
    MismatchError, CheckpointError
        `checkpoint` or `earlier` belongs to another run; the checkpoint cannot be written.
    WorkerError
        Workers are lost repeatedly.
    InterruptedError
        Paused before any trajectory was finished.

    Examples
    --------
    >>> import qlangevin as ql
    >>> system = ql.systems.SpinningResonator.published()
    >>> run = {"duration": 2e-6, "step": 2e-10, "scheme": "exponential", "samples": 4}
    >>> result = ql.simulate(system, trajectories=512, start="steady", **run)
    >>> dict(result["covariance"].sizes)
    {'time': 5, 'quadrature': 6, 'quadrature_': 6}
    >>> end = result.isel(time=-1).sel(quadrature="mechanical.q", quadrature_="mechanical.q")
    >>> print(f"{end['covariance'].item():.4f} ± {end['covariance_stderr'].item():.0e}")
    1.1418 ± ...e-0...
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
        moments=moments,
        pairs=pairs,
        record=record,
        until=until or {},
    )
    require_threads(threads)
    require_kinds(workers, checkpoint, earlier, pause, progress)
    with showing(progress, "trajectories") as show:
        ensemble = prepare_ensemble(system, settings, checkpoint=checkpoint, earlier=earlier)
        chosen = workers or thread_workers(threads or available_cores())
        complete = ensemble.integrate(chosen, show, pause)
    result = ensemble.result(complete=complete)
    warn_of_losses(
        result, ensemble.job.done, "all estimates are NaN from then on", step, ensemble.ready.scheme
    )
    return result


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A prepared ensemble: its preparation, its provenance, and the job for `run_jobs`."""

    ready: Preparation
    provenance: str
    job: Job

    def integrate(
        self, workers: Workers, progress: Progress | None = None, pause: Halt | None = None
    ) -> bool:
        """Run the trajectories, or some until a pause; returns whether all were run.

        Raises the errors of `simulate`.
        """

        def report(job: Job) -> None:
            if progress:
                progress(job.done, job.plan.trajectories)

        finished = list(run_jobs([self.job], workers, report, pause))
        if not self.job.done:
            raise InterruptedError(
                "interrupted before any trajectory was finished: there is no result"
            )
        return bool(finished)

    def result(self, *, complete: bool = True) -> xr.Dataset:
        """Result of `simulate` for the trajectories so far; `complete` if these are all."""
        sums, light, counts, losses = self.job.result()
        warn_of_missing_error_bars(counts)
        result = dataset(self.ready, sums, light, counts, losses, self.provenance)
        return result.assign_attrs(complete=int(complete))


def prepare_ensemble(
    system: System | Model,
    settings: Settings,
    *,
    checkpoint: str | Path | None = None,
    earlier: xr.Dataset | None = None,
    state: Gaussian | None = None,
    model: Model | None = None,
    source: Mapping[str, str] | None = None,
) -> Ensemble:
    """Prepare everything before the first step; raises the errors of `simulate`.

    `state` is the start state of the settings, and `model` the model of the system, if the caller
    has them already. `source` are further entries of the provenance, on where the system comes
    from; an unfinished or earlier ensemble with other ones belongs to another run.
    """
    if settings.light and not settings.twin:
        raise ValueError("record needs paths with twins: twin must be True")
    ready = prepare(
        system,
        settings,
        "simulate",
        check_memory=lambda size: require_ensemble_memory(size, settings),
        state=state,
        model=model,
    )
    plan = ready.plan
    made_by = provenance(
        system,
        **settings.described_start(),
        **settings.described() | {"scheme": ready.scheme} | dict(source or {}),
        code=plan.fingerprint(ready.law.mean),
    )
    of_light = plan.record.statistics if plan.record else 0
    accumulator = Accumulator(len(plan.schedule), plan.statistics, of_light)
    if earlier is not None:
        resume_from_result(earlier, made_by, plan, accumulator)
    seconds = measure_seconds_per_cell(plan)
    require_feasible(plan, seconds, BATCHES if settings.until else plan.cells)
    kept = None
    if checkpoint is not None:
        kept = Checkpoint(checkpoint)
        kept.open(identity(made_by))
        kept.load(accumulator)

    def ratio(sums: Array, counts: Array) -> float:
        result = dataset(ready, sums, accumulator.light, counts, NO_LOSSES, made_by)
        return error_ratio(settings.until, result)

    job = Job(plan, ready.law.mean, accumulator, ratio if settings.until else None, kept, seconds)
    return Ensemble(ready, made_by, job)
