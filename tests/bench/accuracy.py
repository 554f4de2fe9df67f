"""Seconds until E_N of the published spinning resonator has a standard error of 1e-5.

The run starts at the steady state and lasts 100/ω_m, several relaxation times, in steps of
1e-3/ω_m. The coupled estimate is run and timed, the fastest run counting. A plain ensemble would
need variance/1e-10 trajectories, the variance of E_N per trajectory being measured in such a run
too; its time is extrapolated from the greatest speeds on the trajectories workload, whose equations
are the same with other numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import xarray as xr

from qlangevin.analysis.validation import checks
from qlangevin.sde import simulate
from qlangevin.sde.systems import SpinningResonator

from .race import DisagreementError
from .workloads import THREADS

GOAL = 1e-5
DRIVEN, MECHANICAL = 0, 2
PERIODS, STEPS = 100, 100_000
TIMED, MEASURED = 1_024, 4_096
"""Trajectories of the timed coupled run, and of the run that measures variances in 64 batches."""


@dataclass(frozen=True)
class TimeToAccuracy:
    """The coupled run and the plain ensembles that it replaces.

    Seconds and standard error of the coupled run; trajectories and seconds of plain ensembles, by
    engine.
    """

    seconds: float
    stderr: float
    trajectories: float
    plain: Mapping[str, float]

    def ratio(self, engine: str) -> float:
        """Plain seconds over coupled ones."""
        return self.plain[engine] / self.seconds


def measure(speeds: Mapping[str, float], rounds: int) -> TimeToAccuracy:
    """From the seconds per trajectory and step of plain ensembles, by engine."""
    variance = (
        float(_entanglement(_run(MEASURED))["log_negativity_sample_stderr"][-1]) ** 2 * MEASURED
    )
    seconds, stderr = min(_timed(rounds))
    if stderr > GOAL:
        raise DisagreementError(
            f"{TIMED} coupled trajectories leave a standard error of {stderr:.2g}"
        )
    needed = variance / GOAL**2
    return TimeToAccuracy(
        seconds, stderr, needed, {name: speed * needed * STEPS for name, speed in speeds.items()}
    )


def _timed(rounds: int) -> Iterable[tuple[float, float]]:
    """Seconds, from the call to the error bar, and standard errors."""
    for _ in range(rounds):
        began = time.perf_counter()
        E = _entanglement(_run(TIMED))
        yield time.perf_counter() - began, float(E["log_negativity_stderr"][-1])


def _run(trajectories: int) -> xr.Dataset:
    system = SpinningResonator.published()
    duration = PERIODS / system.mechanical_frequency
    return simulate(
        system,
        trajectories=trajectories,
        duration=duration,
        step=duration / STEPS,
        start="steady",
        samples=1,
        seed=1,
        threads=THREADS,
    )


def _entanglement(result: xr.Dataset) -> xr.Dataset:
    return checks.entanglement(result, DRIVEN, MECHANICAL)
