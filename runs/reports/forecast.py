"""Forecast of memory, files and time of a run or a sweep, printed before its first step."""

from __future__ import annotations

from ...sde.ensemble.jobs import Job, Workers
from ...sde.support.memory import available_memory, size_in_words
from ...sde.support.work_estimates import in_words
from ..execution.map import MapForecast
from ..execution.run import RunForecast
from ..execution.sweep import SweepForecast
from .steps import describe_step

ESTIMATES = 20
"""Approximate number of covariances per sample time in a result."""
MEANS = 12
"""Approximate number of means per sample time in a result."""
LONG_CELL = 2.0
"""Seconds per cell of trajectories above which the forecast says how long a pause takes."""


def describe(forecast: RunForecast | SweepForecast | MapForecast) -> str:
    """The forecast of a run, a sweep or a map in words."""
    if isinstance(forecast, RunForecast):
        return describe_forecast(forecast)
    if isinstance(forecast, SweepForecast):
        return describe_sweep_forecast(forecast)
    return describe_map_forecast(forecast)


def describe_forecast(forecast: RunForecast) -> str:
    """The errors of the steps about the fixed point, if there is one; memory, files and time."""
    settings = forecast.run.integration
    here = forecast.fixed_point
    steps = []
    if here is not None:
        steps = describe_step(
            here, settings.step, settings.duration, settings.scheme, settings.increments
        )
    memory = f"{_memory(forecast.memory)}; for any number of trajectories"
    files = describe_files(forecast.job)
    work = describe_work(forecast.job, forecast.workers)
    return "\n".join([*steps, memory, files, work])


def _memory(needed: int) -> str:
    return f"Memory: {size_in_words(needed)} at most, of {size_in_words(available_memory())}"


def describe_files(job: Job) -> str:
    """The approximate size of the files of an ensemble."""
    times = len(job.plan.schedule)
    n = job.plan.kernel.pattern.size
    kept = job.plan.kept
    elements = n * n if kept is None or kept.matrices else kept.count
    estimates = size_in_words(8 * times * (ESTIMATES * elements + MEANS * n))
    sums = size_in_words(job.accumulator.sums.nbytes)
    return f"Files: about {estimates}, and {sums} of batch sums, which --extend needs"


def describe_work(job: Job, workers: Workers) -> str:
    """The approximate time of the integration, and how long a pause takes."""
    seconds = job.most_seconds
    work = (
        f"Work: {int(job.plan.schedule[-1])} steps of {job.plan.trajectories} trajectories, "
        f"{'at most' if job.error_ratio else 'about'} {in_words(seconds / workers.count)} on "
        f"{workers.name}"
    )
    if job.seconds_per_cell < LONG_CELL:
        return work
    pause = in_words(job.seconds_per_cell)
    return (
        f"{work}; a pause waits for 64 trajectories, {pause}, and a second interrupt stops at once"
    )


def describe_sweep_forecast(forecast: SweepForecast) -> str:
    """How many points are kept, and the memory of those that are run at the same time."""
    kept = (
        f"continuing a sweep of which {forecast.kept} of {forecast.points} points are kept\n"
        if forecast.kept
        else ""
    )
    return f"{kept}{_memory(forecast.memory)}, for {forecast.at_once} at a time"


def describe_map_forecast(forecast: MapForecast) -> str:
    """The points of a map and the memory of the result and of those that are solved at a time."""
    return f"{_memory(forecast.memory)}; {forecast.points} points, {forecast.at_once} at a time"
