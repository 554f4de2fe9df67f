"""Single trajectories for `qlangevin switching`, started in two stable branches."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import xarray as xr

from ...sde.ensemble.results import without_loss_warning
from ...sde.ensemble.settings import Settings
from ...sde.ensemble.simulation import Progress
from ...sde.ensemble.single_paths import integrate_paths
from ...sde.model.gaussian_state import Gaussian
from ...sde.schemes.step_forecast import StepError
from ..run_files.errors import RunFileError
from ..run_files.run import RunFile
from .run import LostError

SECOND_SEED = 1 << 63
"""Changes the seed for the second start, so that its noise is independent of the first's."""


@dataclass(frozen=True, eq=False)
class _Start:
    """Where some of the trajectories start; `state` is None where the settings' start is dark.

    `before` is the number of trajectories that precede them.
    """

    settings: Settings
    state: Gaussian | None
    before: int


def switching_paths(
    run: RunFile,
    states: dict[int, Gaussian],
    threads: int,
    progress: Progress | None,
) -> xr.Dataset:
    """States of single trajectories (trajectory, time, quadrature).

    `states` are the two stable branches, by number. Half of the trajectories start in each, unless
    the run file names one of them or starts in the dark. Raises LostError, StepError, and
    RunFileError for what `sample_paths` refuses.
    """
    parts = [_paths_from(run, start, threads, progress) for start in _starts(run, states)]
    lost = sum(part.attrs["lost_trajectories"] for part in parts)
    if lost:
        raise LostError(
            f"{lost} of {run.integration.trajectories} trajectories diverged, so residence times "
            "have no distribution: take a smaller step or a weaker nonlinearity"
        )
    made_by = json.dumps([json.loads(part.attrs["provenance"]) for part in parts])
    paths = xr.concat([part[["state"]] for part in parts], "trajectory")
    return paths.assign_attrs(provenance=made_by)


def _starts(run: RunFile, states: dict[int, Gaussian]) -> list[_Start]:
    """The starts of a run, one or two."""
    settings = replace(run.integration, twin=False, antithetic=False, step_check=False)
    if settings.start != "steady":
        return [_Start(settings, None, 0)]
    if settings.branch is not None:
        return [_Start(settings, states[settings.branch], 0)]
    (first, first_state), (second, second_state) = states.items()
    half = settings.trajectories // 2
    rest = settings.trajectories - half
    seed = settings.seed ^ SECOND_SEED
    return [
        _Start(replace(settings, trajectories=half, branch=first), first_state, 0),
        _Start(replace(settings, trajectories=rest, branch=second, seed=seed), second_state, half),
    ]


def _paths_from(run: RunFile, start: _Start, threads: int, progress: Progress | None) -> xr.Dataset:
    """The trajectories of one start. Raises StepError, RunFileError."""

    def show(done: int, _: int) -> None:
        if progress:
            progress(start.before + done, run.integration.trajectories)

    try:
        return without_loss_warning(integrate_paths)(
            run.subject, start.settings, threads=threads, progress=show, state=start.state
        )
    except StepError:
        raise
    except ValueError as error:
        raise RunFileError(f"[run] {error}") from None
