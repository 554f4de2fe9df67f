"""Checkpoints: a folder with what an unfinished ensemble has summed so far, a file per block, each
whole or not there.

A block is on disk before it is counted. A file that is damaged costs its own batches and nothing
else.
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

from ..support.atomic_files import write_whole
from ..support.errors import NoResultError, RefusedError
from .batches import Block, Ledger

IDENTITY, GOAL, BLOCKS = "run.json", "goal.json", "batches-*.npz"


class CheckpointError(NoResultError, OSError):
    """A checkpoint cannot be written, e.g. on a full disk; what was kept before is whole."""


class MismatchError(RefusedError):
    """What is kept belongs to another run; the message shows what changed."""


class Checkpoint:
    """A folder of kept blocks; it is made when the run begins."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def open(self, identity: Mapping[str, Any]) -> None:
        """Make the folder for the run of an identity, or find that it belongs to it. Raises
        MismatchError.
        """
        path = self.folder / IDENTITY
        try:
            kept = dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            self._write(IDENTITY, json.dumps(identity).encode())
            return
        except (OSError, ValueError, TypeError) as error:
            raise MismatchError(
                f"{str(path)!r} cannot be read ({error}), so it is not known which run was interrupted there; remove "
                f"{str(self.folder)!r} or use another folder"
            ) from None
        changed = differences(kept, json.loads(json.dumps(identity)))
        if changed:
            raise MismatchError(
                f"{str(self.folder)!r} keeps an unfinished run that differs: {'; '.join(changed)}; finish that one as "
                "it was, remove the folder, or use another"
            )

    def load(self, ledger: Ledger) -> list[str]:
        """Put what is kept into a ledger, of each batch the most; returns the names of damaged
        files, which are moved.

        A damaged file is renamed to `*.damaged`, and its batches are run again.
        """
        damaged = []
        for path in sorted(self.folder.glob(BLOCKS)):
            try:
                block = _read(path)
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
                damaged.append(path.name)
                os.replace(path, path.with_suffix(".damaged"))
                continue
            if block.sums.shape[1:] == ledger.sums.shape[1:]:
                ledger.take_further(block)
        return damaged

    def keep(self, block: Block) -> None:
        """Write a block, in the place of what its batches had. Raises CheckpointError."""
        buffer = BytesIO()
        losses = np.array(sorted(block.losses), np.int64).reshape(-1, 2)
        np.savez(
            buffer,
            first=block.first,
            rounds=block.rounds,
            goal=block.goal,
            sums=block.sums,
            losses=losses,
        )
        self._write(f"batches-{block.first:02d}-{block.last - 1:02d}.npz", buffer.getvalue())

    def identity(self) -> dict[str, Any]:
        """What run is kept; empty where none is, or none that can be read."""
        try:
            return dict(json.loads((self.folder / IDENTITY).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def goal(self) -> int:
        """Cells that the run had decided to reach; 0 if it had not. Raises MismatchError for a
        damaged file.
        """
        path = self.folder / GOAL
        try:
            return int(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError, TypeError) as error:
            raise MismatchError(
                f"{str(path)!r} cannot be read ({error}), so it is not known how far the run was to go; remove "
                f"{str(self.folder)!r}"
            ) from None

    def keep_goal(self, cells: int) -> None:
        """Write the cells that the run has decided to reach. Raises CheckpointError."""
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
                f"{str(path)!r} could not be written ({error.strerror or error}); all that was kept before is whole: "
                "make room there, and the same run goes on from it"
            ) from error


def differences(kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What differs between two descriptions, as "key = old there, new here"."""
    changed = []
    for key in [*kept, *(key for key in wanted if key not in kept)]:
        old, new = kept.get(key), wanted.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            changed += differences(old, new)
        elif old != new:
            changed.append(f"{key} = {_shown(old)} there, {_shown(new)} here")
    return changed


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _read(path: Path) -> Block:
    """A block from its file, every byte of which is checked by the archive's sums."""
    with path.open("rb") as raw, np.load(raw) as file:
        losses = frozenset((int(sample), int(trajectory)) for sample, trajectory in file["losses"])
        return Block(
            int(file["first"]), int(file["rounds"]), int(file["goal"]), file["sums"], losses
        )
