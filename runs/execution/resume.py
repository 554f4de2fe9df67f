"""What stands in the output folder of a run already: nothing, a part of it, all of it, or something
else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from ...sde.ensemble.checkpoints import Checkpoint, differences
from ..run_files.errors import RunFileError
from ..run_files.grid import SweepFile, read_sweep
from ..run_files.run import RunFile, read_runfile, with_trajectories
from .output import OutputRefusedError
from .sums import FILE, SUMS, open_result

REMEDY = "name another folder with --output, or replace it with --overwrite"


@dataclass(frozen=True, eq=False)
class Standing:
    """The run as it is to be done, the result that it goes on from if any, and where its blocks are
    kept.

    `complete` if there is nothing left to do.
    """

    run: RunFile
    earlier: xr.Dataset | None
    checkpoint: Checkpoint
    complete: bool


def take_stock(run: RunFile, folder: Path, extend: int | None, *, overwrite: bool) -> Standing:
    """Look at what the folder holds. Raises RunFileError where it belongs to another run, or cannot
    be extended.
    """
    result, checkpoint = result_file(folder, run.stem), kept_blocks(folder, run.stem)
    if extend is not None and (run.until or overwrite or not result.exists()):
        raise RunFileError(
            f"--extend {extend}: {_nothing_to_extend(run, folder, overwrite=overwrite)}; leave out "
            "one of them"
        )
    if overwrite or not result.exists():
        return Standing(run, None, checkpoint, complete=False)
    unlike = {"trajectories": 0}
    earlier = _earlier(
        result,
        "run",
        run.settings | unlike,
        lambda text: read_runfile(run.stem, text).settings | unlike,
    )
    if earlier.attrs["complete"]:
        return _from_complete(run, earlier, checkpoint, extend)
    return _from_part(run, earlier, checkpoint, extend)


def _nothing_to_extend(run: RunFile, folder: Path, *, overwrite: bool) -> str:
    if run.until:
        return "[run] until decides how many trajectories it takes"
    return (
        "--overwrite replaces the run"
        if overwrite
        else f"there is no finished run in {str(folder)!r} to add to"
    )


def _from_complete(
    run: RunFile, earlier: xr.Dataset, checkpoint: Checkpoint, extend: int | None
) -> Standing:
    """What is to be done after a run that came to its end: nothing, or the trajectories that are to
    be added.
    """
    held, asked = _held(earlier), _asked(earlier)
    if checkpoint.identity().get("trajectories") == asked:
        checkpoint.remove()
    if extend is not None:
        _require_sums(earlier, extend, checkpoint.folder.parent)
        return Standing(_extended(run, held + extend, earlier), earlier, checkpoint, complete=False)
    if run.trajectories not in (held, _written(earlier)) and held >= asked:
        more = run.trajectories > held and not run.until
        add = f"add to it with --extend {run.trajectories - held}, or " if more else ""
        raise RunFileError(
            f"[run] trajectories = {run.trajectories}, and the run in {str(checkpoint.folder.parent)!r} is complete "
            f"with {held}; {add}{REMEDY}"
        )
    return Standing(run, earlier, checkpoint, complete=True)


def _from_part(
    run: RunFile, earlier: xr.Dataset, checkpoint: Checkpoint, extend: int | None
) -> Standing:
    """What is to be done after an interrupt: the rest of what was asked for, be it the run or an
    extension of it.
    """
    total = _asked(earlier)
    if run.trajectories != _written(earlier):
        raise RunFileError(
            f"[run] trajectories = {_written(earlier)} there, {run.trajectories} here: "
            f"{str(checkpoint.folder.parent)!r} holds a run that was interrupted; finish it as it was, {REMEDY}"
        )
    if extend is not None and total == run.trajectories:
        total += extend
    if total != run.trajectories:
        run = _extended(run, total, earlier)
    from_blocks = run.until or SUMS not in earlier
    return Standing(run, None if from_blocks else earlier, checkpoint, complete=False)


def _require_sums(earlier: xr.Dataset, extend: int, folder: Path) -> None:
    """Refuse to extend a run whose batch sums are gone. Raises RunFileError."""
    if SUMS not in earlier:
        raise RunFileError(
            f"--extend {extend}: {str(folder / earlier.attrs.get(FILE, SUMS))!r}, which holds the batch sums that it "
            f"goes on from, is not there; run it anew with {_held(earlier) + extend} trajectories and --overwrite"
        )


def _extended(run: RunFile, total: int, earlier: xr.Dataset) -> RunFile:
    """The run with so many trajectories, if that is what it would have been from the start. Raises
    RunFileError.
    """
    extended = with_trajectories(run, total)
    paired = json.loads(earlier.attrs["provenance"])["antithetic"]
    if extended.antithetic != paired:
        now, before = str(extended.antithetic).lower(), str(paired).lower()
        raise RunFileError(
            f"[run] antithetic is {before} in the run so far, and by default {now} with {total} trajectories; write "
            f"antithetic = {before} into the run file"
        )
    return extended


def _written(earlier: xr.Dataset) -> int:
    """Trajectories in the run file of an earlier run."""
    return read_runfile("run", earlier.attrs["run_file"]).trajectories


def _held(earlier: xr.Dataset) -> int:
    return int(earlier["batch_trajectories"].sum())


def _asked(earlier: xr.Dataset) -> int:
    """Trajectories that an earlier run was to have."""
    return int(json.loads(earlier.attrs["provenance"])["trajectories"])


def finished_sweep(description: SweepFile, folder: Path, *, overwrite: bool) -> xr.Dataset | None:
    """The finished sweep that the folder holds, if any. Raises RunFileError where it holds another
    one.
    """
    stem = description.run.stem
    result = result_file(folder, stem)
    if overwrite or not result.exists():
        return None
    earlier = _earlier(
        result, "sweep", description.settings, lambda text: read_sweep(stem, text).settings
    )
    return earlier if earlier.attrs["complete"] else None


def result_file(folder: Path, stem: str) -> Path:
    """Where a run writes its result."""
    return folder / f"{stem}.nc"


def kept_blocks(folder: Path, stem: str) -> Checkpoint:
    """Where a run keeps what is not finished."""
    return Checkpoint(folder / f"{stem}.parts")


def _earlier(
    result: Path,
    command: str,
    settings: Mapping[str, Any],
    read: Callable[[str], Mapping[str, Any]],
) -> xr.Dataset:
    """The result of an earlier run of a command with the same settings, as its text is read."""
    try:
        earlier = open_result(result)
        if earlier.attrs["command"] != command:
            raise RunFileError(f"it is that of qlangevin {earlier.attrs['command']}")
        kept = read(earlier.attrs["run_file"])
    except (OutputRefusedError, KeyError, RunFileError) as error:
        raise RunFileError(
            f"{str(result)!r} is no result of this run ({error}); {REMEDY}"
        ) from None
    changed = differences(kept, settings)
    if changed:
        raise RunFileError(f"{str(result)!r} holds another run: {'; '.join(changed)}; {REMEDY}")
    return earlier
