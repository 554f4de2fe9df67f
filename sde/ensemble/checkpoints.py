"""Checkpoints: a folder with the sums of an unfinished ensemble so far, a file for each block.

A file is written completely or not at all, before its block is counted. If a file is damaged, only
its own batches are summed again.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..support.atomic_files import write_whole
from ..support.checks import warn
from ..support.errors import NoResultError, RefusedError
from .batches import Accumulator, Block
from .results import BATCH_TRAJECTORIES, batch_light_sums, batch_sums
from .trajectories import TrajectoryPlan

IDENTITY, GOAL, BLOCKS = "run.json", "goal.json", "batches-*.npz"
"""Names of files: identity of the run, the number of cells to reach, and blocks."""
NOT_IDENTITY = ("versions", "step_errors")
"""Provenance that does not determine the numbers, or is compared otherwise.

Versions are compared by the hash of the code; `step_errors` changes no number of a run.
"""
READ_ERRORS = (OSError, ValueError, TypeError)
SHOWN = 60
"""Largest number of characters of a value in a message."""


class CheckpointError(NoResultError, OSError):
    """A checkpoint cannot be written, e.g. on a full disk; what was saved before is intact."""


class MismatchError(RefusedError):
    """A checkpoint or earlier result belongs to another run; the message shows the differences."""


class CheckpointWarning(UserWarning):
    """A file of a checkpoint is damaged; its trajectories are run again."""


class Checkpoint:
    """A folder of saved blocks; it is made when the run begins."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def open(self, identity: Mapping[str, Any]) -> None:
        """Make the folder for the run of an identity, or check that it belongs to that run.

        Raises MismatchError.
        """
        path = self.folder / IDENTITY
        try:
            kept = dict(_read_json(path))
        except FileNotFoundError:
            self._write(IDENTITY, json.dumps(identity).encode())
            return
        except READ_ERRORS as error:
            raise MismatchError(
                f"{str(path)!r} cannot be read ({error}), so it is not known which run was "
                f"interrupted there; remove {str(self.folder)!r} or use another folder"
            ) from None
        changed = differences(kept, json.loads(json.dumps(identity)))
        if changed:
            raise MismatchError(
                f"{str(self.folder)!r} keeps an unfinished run that differs: {'; '.join(changed)}; "
                "finish that one as it was, remove the folder, or use another"
            )

    def load(self, accumulator: Accumulator) -> None:
        """Add the saved blocks to the sums, that with the most rounds of each batch.

        A damaged file is renamed to `*.damaged`, with a CheckpointWarning.
        """
        for path in sorted(self.folder.glob(BLOCKS)):
            try:
                block = read_block(path)
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
                os.replace(path, path.with_suffix(".damaged"))
                warn(
                    f"{path.name} in {str(self.folder)!r} is damaged and has been set aside; its "
                    "trajectories are run again",
                    CheckpointWarning,
                )
                continue
            shapes = block.sums.shape[1:], block.light.shape[1:]
            if shapes == (accumulator.sums.shape[1:], accumulator.light.shape[1:]):
                accumulator.store_if_further(block)

    def save(self, block: Block) -> None:
        """Write a block, replacing earlier sums of its batches. Raises CheckpointError."""
        buffer = BytesIO()
        losses = np.array(sorted(block.losses), np.int64).reshape(-1, 2)
        np.savez(
            buffer,
            first=block.first,
            rounds=block.rounds,
            goal=block.goal,
            sums=block.sums,
            light=block.light,
            losses=losses,
        )
        self._write(f"batches-{block.first:02d}-{block.end - 1:02d}.npz", buffer.getvalue())

    def identity(self) -> dict[str, Any]:
        """The identity of the saved run; empty where there is none, or none readable."""
        try:
            return dict(_read_json(self.folder / IDENTITY))
        except READ_ERRORS:
            return {}

    def goal(self) -> int:
        """Number of cells that the run is to reach, 0 if none was saved.

        Raises MismatchError for a damaged file.
        """
        path = self.folder / GOAL
        try:
            return int(_read_json(path))
        except FileNotFoundError:
            return 0
        except READ_ERRORS as error:
            raise MismatchError(
                f"{str(path)!r} cannot be read ({error}), so it is not known how far the run was "
                f"to go; remove {str(self.folder)!r}"
            ) from None

    def save_goal(self, cells: int) -> None:
        """Write the number of cells that the run is to reach. Raises CheckpointError."""
        self._write(GOAL, json.dumps(cells).encode())

    def remove(self) -> None:
        """Delete the folder, once the result is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        try:
            write_whole(path, content)
        except OSError as error:
            raise CheckpointError(
                f"{str(path)!r} could not be written ({error.strerror or error}); all that was "
                "saved before is intact: make room there, and start the same run again"
            ) from error


def identity(provenance: str) -> dict[str, Any]:
    """The part of a result's provenance that determines its numbers."""
    kept = json.loads(provenance).items()
    return {name: value for name, value in kept if name not in NOT_IDENTITY}


def differences(kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Differences between two descriptions, as "key = old there, new here"."""
    changed = []
    for key in [*kept, *(key for key in wanted if key not in kept)]:
        old = kept.get(key)
        new = wanted.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            changed += differences(old, new)
        elif old != new:
            changed.append(f"{key} = {_shown(old)} there, {_shown(new)} here")
    return changed


def resume_from_result(
    earlier: xr.Dataset, provenance: str, plan: TrajectoryPlan, accumulator: Accumulator
) -> None:
    """Put the batch sums of an earlier result of the same run into the accumulator.

    The number of trajectories may differ. Raises MismatchError for another run.
    """
    free = {"trajectories": 0, "until": {}}
    old, new = (identity(text) | free for text in (earlier.attrs["provenance"], provenance))
    if changed := differences(old, new):
        raise MismatchError(
            f"the earlier result differs: {'; '.join(changed)}; trajectories cannot be added to it"
        )
    if earlier.attrs["lost_trajectories"]:
        raise MismatchError("the earlier result has lost trajectories; none can be added to it")
    counts = earlier[BATCH_TRAJECTORIES.name].values
    if counts.sum() > plan.trajectories:
        raise MismatchError(
            f"the earlier result holds {counts.sum()} trajectories, more than {plan.trajectories}"
        )
    light = batch_light_sums(earlier, len(counts))
    accumulator.resume(batch_sums(earlier), light, counts, plan)


def read_block(path: Path) -> Block:
    """A block from its file, with every byte checked by the checksums of the archive."""
    with path.open("rb") as raw, np.load(raw) as file:
        losses = frozenset((int(sample), int(trajectory)) for sample, trajectory in file["losses"])
        first, rounds, goal = (int(file[name]) for name in ("first", "rounds", "goal"))
        return Block(first, rounds, goal, file["sums"], file["light"], losses)


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
