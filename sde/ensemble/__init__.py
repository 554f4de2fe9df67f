"""Ensembles of trajectories: moments with error bars, and single paths.

settings         how an ensemble is integrated, checked once
preparation      all that comes before the first step: moments, scheme, kernel, step_law
trajectories     cells of 64 trajectories through a compiled kernel
batches, jobs    sums over trajectories on workers; checkpoints keep them
estimates        from sums (moment_statistics) to estimates with error bars (jackknife)
results          variables of the results
"""

from .checkpoints import CheckpointError, CheckpointWarning, MismatchError
from .jobs import WorkerError, Workers
from .results import ErrorBarWarning, LossWarning
from .settings import Settings
from .simulation import Ensemble, prepare_ensemble, simulate
from .single_paths import sample_paths

__all__ = [
    "CheckpointError",
    "CheckpointWarning",
    "Ensemble",
    "ErrorBarWarning",
    "LossWarning",
    "MismatchError",
    "Settings",
    "WorkerError",
    "Workers",
    "prepare_ensemble",
    "sample_paths",
    "simulate",
]
