"""Settings of an integration, which determine its numbers: declared and checked in one place.

The other arguments, which say how the work is done, are checked by `require_kinds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..initial_states import Start, describe_start, require_start
from ..kept_elements import FULL, MODES, KeptElements
from ..kernels.codegen import INCREMENTS
from ..model.model import Model
from ..records import Record
from ..records.record import described_record, record_of
from ..schemes.step_checks import REFUSE, require_step_errors
from ..schemes.table import require_scheme
from ..support.checks import (
    nearest,
    require_halt,
    require_one_of,
    require_positive,
    require_progress,
    require_whole,
    shown,
)
from .jobs import Workers
from .results import require_earlier
from .stopping import Targets, require_targets
from .trajectories import CHUNK

MOST_STEPS = 2**31 * CHUNK
"""Chunks are counted in 32 bits."""
ENSEMBLE_ONLY = ("twin", "antithetic", "step_check", "moments", "pairs", "until")
"""Settings that `sample_paths` does not take: its paths have no twins, and are not averaged."""
Pairs = Sequence[tuple[str, str]]
"""Pairs of modes by name."""


@dataclass(frozen=True)
class Settings:
    """How an ensemble is integrated: the arguments of `simulate`, checked when it is made.

    Times in s. `dataclasses.replace` makes changed settings, which are checked again.
    Raises ValueError, naming the argument, its value and the remedy.
    """

    trajectories: int
    duration: float
    step: float
    scheme: str = "euler-maruyama"
    increments: str = "gaussian"
    twin: bool = True
    antithetic: bool = False
    start: Start = "dark"
    branch: int | None = None
    samples: int = 200
    seed: int = 0
    step_check: bool = False
    step_errors: str = REFUSE
    moments: str = FULL
    pairs: Pairs = ()
    record: Record | Sequence[str] | None = None
    until: Targets = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "record", record_of(self.record))
        self._check_numbers()
        self._check_choices()
        self._check_combinations()
        self._check_pairs()
        require_start(self.start, self.branch)

    @property
    def light(self) -> Record | None:
        """What is recorded of the light."""
        return record_of(self.record)

    @property
    def steps(self) -> int:
        """Steps from t = 0 to the end of the run."""
        return round(self.duration / self.step)

    @property
    def times(self) -> int:
        """Times at which the run is sampled at most, t = 0 included."""
        return 1 + min(self.samples, self.steps)

    def elements(self, size: int) -> int:
        """Number of elements that are kept of a covariance of `size` quadratures."""
        if self.moments == FULL:
            return size * (size + 1) // 2
        return 3 * (size // 2) + 4 * len(self.pairs)

    def kept_elements(self, model: Model) -> KeptElements:
        """The elements of covariances that are kept. ValueError for pairs of unknown modes."""
        if self.moments == FULL:
            return KeptElements.all(model.quadratures)
        modes = list(model.modes)
        for name in (name for pair in self.pairs for name in pair):
            if name not in modes:
                raise ValueError(f"pairs names {name!r}: {nearest(name, modes, 'the modes are')}")
        pairs = [(modes.index(first), modes.index(second)) for first, second in self.pairs]
        return KeptElements.of_modes(model.quadratures, pairs)

    def require_targets(self, model: Model) -> None:
        """ValueError unless `until` maps quantities that the run estimates to standard errors."""
        require_targets(self.until, model, self.kept_elements(model))

    def described(self) -> dict[str, Any]:
        """All settings but the start, by name, as provenance records them."""
        names = [each.name for each in fields(self) if each.name not in ("start", "branch")]
        values = {name: getattr(self, name) for name in names}
        return values | {"until": dict(self.until), "record": described_record(self.light)}

    def described_start(self) -> dict[str, Any]:
        """Start and branch as provenance records them."""
        return describe_start(self.start, self.branch)

    def _check_numbers(self) -> None:
        least = {"trajectories": 1, "samples": 1, "seed": 0}
        for name, bound in least.items():
            require_whole(name, getattr(self, name), bound)
        if self.seed >= 2**64:
            raise ValueError(f"seed must be below 2^64 (got {self.seed})")
        require_positive("duration", self.duration)
        require_positive("step", self.step)
        if self.step > self.duration * (1 + 1e-9):
            raise ValueError(
                f"step must not exceed the duration {self.duration:.3g} s (got {self.step:.3g} s)"
            )
        if self.duration / self.step > MOST_STEPS:
            raise ValueError(
                f"step must leave at most {MOST_STEPS:.0e} steps in the duration "
                f"{self.duration:.3g} s (got {self.step!r})"
            )

    def _check_choices(self) -> None:
        require_scheme(self.scheme)
        require_one_of("increments", self.increments, INCREMENTS)
        require_step_errors(self.step_errors)
        require_one_of("moments", self.moments, (FULL, MODES))
        for name in ("twin", "antithetic", "step_check"):
            value = getattr(self, name)
            if not isinstance(value, (bool, np.bool_)):
                raise ValueError(f"{name} must be True or False (got {shown(value)})")

    def _check_pairs(self) -> None:
        """Check `pairs`, and put them in one order: they are the same run in any order."""
        if not _is_list(self.pairs):
            raise ValueError(f'pairs must be such as [("a", "b")] (got {shown(self.pairs)})')
        for pair in self.pairs:
            names = list(pair) if _is_list(pair) else []
            if len(names) != 2 or names[0] == names[1] or not all(map(_is_name, names)):
                raise ValueError(
                    f'pairs must each name two different modes, such as [("a", "b")] (got '
                    f"{shown(pair)})"
                )
        if self.pairs and self.moments == FULL:
            raise ValueError(
                'pairs name what is kept beside the blocks of modes: take moments = "modes", or '
                f'leave them out, as moments = "full" keeps every pair (got {shown(self.pairs)})'
            )
        ordered = sorted({tuple(sorted(pair)) for pair in self.pairs})
        object.__setattr__(self, "pairs", tuple(ordered))

    def _check_combinations(self) -> None:
        if self.antithetic and not self.twin:
            raise ValueError(
                "antithetic pairs share a twin: antithetic must be False where twin = False"
            )
        if self.antithetic and self.trajectories % 2:
            raise ValueError(
                f"trajectories must be even for antithetic pairs (got {self.trajectories})"
            )
        if self.step_check and self.scheme != "euler-maruyama":
            raise ValueError(
                f"step_check compares Euler steps (got scheme = {self.scheme!r}): use "
                'scheme = "euler-maruyama", or step_check = False and run again at half the step'
            )
        if self.step_check and not self.twin:
            raise ValueError(
                "step_check compares coupled paths: it must be False where twin = False"
            )


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str)


def require_kinds(workers: Any, checkpoint: Any, earlier: Any, pause: Any, progress: Any) -> None:
    """ValueError unless these arguments of `simulate` are None or of the kind that it needs."""
    if not isinstance(workers, Workers | None):
        raise ValueError(
            f"workers must be Workers (got {shown(workers)}): with "
            "qlangevin.start_workers(processes=2) as workers; threads= takes a number"
        )
    if not isinstance(checkpoint, str | Path | None):
        raise ValueError(f"checkpoint must be a folder by name (got {shown(checkpoint)})")
    require_earlier(earlier)
    require_halt("pause", pause)
    require_progress(progress)
