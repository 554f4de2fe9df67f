"""Start, resume, extend or refuse a run or sweep, from what the output folder contains."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xarray as xr

from ...sde.ensemble.checkpoints import Checkpoint, differences
from ..run_files.errors import RunFileError
from ..run_files.grid import SweepFile, read_sweep
from ..run_files.recorded_systems import require_same_system
from ..run_files.run import RunFile, read_runfile, with_trajectories
from ..run_files.schema import parse
from ..run_files.system_sources import Found
from .output import OutputRefusedError, read_dataset
from .sums import FILE, SUMS, open_result

REMEDY = "name another folder with --output, or replace it with --overwrite"


@dataclass(frozen=True, eq=False)
class Resumption:
    """What is left to do in an output folder, whose result file is `result`.

    Unfinished blocks are kept in `checkpoint`. `earlier` is the result that is to be extended or,
    if `complete`, printed again.
    """

    result: Path
    checkpoint: Checkpoint
    earlier: xr.Dataset | None = None
    complete: bool = False


def resume_run(
    run: RunFile, folder: Path, extend: int | None, *, overwrite: bool
) -> tuple[RunFile, Resumption]:
    """The run with its extension, and what is left to do in the output folder.

    `extend` is the number of trajectories to add to a finished run. Raises RunFileError where the
    folder holds another run, or one that cannot be extended.
    """
    fresh = _from_beginning(folder, run.stem)
    there = fresh.result.exists()
    if extend is not None and (run.integration.until or overwrite or not there):
        raise RunFileError(
            f"--extend {extend}: {_nothing_to_extend(run, folder, overwrite=overwrite)}; leave out "
            "one of them"
        )
    if overwrite:
        return run, fresh
    _require_same_checkpoint(fresh.checkpoint, run.found)
    if not there:
        return run, fresh
    any_number = {"trajectories": 0}
    earlier = _earlier_result(
        fresh.result,
        "run",
        run.found,
        run.identity | any_number,
        lambda text, found: read_runfile(run.stem, text, found).identity | any_number,
    )
    after = _after_complete if earlier.attrs["complete"] else _after_interrupt
    return after(run, fresh, earlier, extend)


def resume_sweep(description: SweepFile, folder: Path, *, overwrite: bool) -> Resumption:
    """What is left of a sweep in the output folder. Raises RunFileError where it holds another."""
    stem = description.run.stem
    fresh = _from_beginning(folder, stem)
    found = description.run.found
    if overwrite:
        return fresh
    _require_same_checkpoint(fresh.checkpoint, found)
    if not fresh.result.exists():
        return fresh
    earlier = _earlier_result(
        fresh.result,
        "sweep",
        found,
        description.identity,
        lambda text, found: read_sweep(stem, text, found).identity,
    )
    return replace(fresh, earlier=earlier, complete=True) if earlier.attrs["complete"] else fresh


def require_no_other_result(result: Path, command: str) -> None:
    """Raise RunFileError where a result file is that of another command, which would be lost."""
    if not result.exists():
        return
    try:
        found = read_dataset(result).attrs.get("command", "another program")
    except OutputRefusedError as error:
        raise RunFileError(f"{error}; name another folder with --output") from None
    if found != command:
        raise RunFileError(
            f"{str(result)!r} is the result of qlangevin {found}, which qlangevin {command} would "
            "replace; name another folder with --output"
        )


def _from_beginning(folder: Path, stem: str) -> Resumption:
    """A run from its beginning, apart from the blocks that the checkpoint keeps."""
    return Resumption(folder / f"{stem}.nc", Checkpoint(folder / f"{stem}.parts"))


def _require_same_checkpoint(checkpoint: Checkpoint, found: Found) -> None:
    """Refuse to continue blocks of a system whose file has changed. Raises RunFileError."""
    try:
        require_same_system(
            checkpoint.identity(), found.source, f"the unfinished run in {str(checkpoint.folder)!r}"
        )
    except RunFileError as error:
        raise RunFileError(f"{error}; {REMEDY}") from None


def _nothing_to_extend(run: RunFile, folder: Path, *, overwrite: bool) -> str:
    if run.integration.until:
        return "[run] until determines the number of trajectories"
    return (
        "--overwrite replaces the run"
        if overwrite
        else f"there is no finished run in {str(folder)!r} to add to"
    )


def _after_complete(
    run: RunFile, fresh: Resumption, earlier: xr.Dataset, extend: int | None
) -> tuple[RunFile, Resumption]:
    """After a complete run: nothing is left, or the trajectories to be added."""
    folder = fresh.result.parent
    held = _trajectories_held(earlier)
    requested = _trajectories_requested(earlier)
    if fresh.checkpoint.identity().get("trajectories") == requested:
        fresh.checkpoint.remove()
    if extend is not None:
        _require_sums(earlier, extend, folder)
        return _extended(run, held + extend, earlier), replace(fresh, earlier=earlier)
    wanted = run.integration.trajectories
    if wanted not in (held, _trajectories_in_run_file(earlier)) and held >= requested:
        more = wanted > held and not run.integration.until
        add = f"add to it with --extend {wanted - held}, or " if more else ""
        raise RunFileError(
            f"[run] trajectories = {wanted}, and the run in {str(folder)!r} is complete with "
            f"{held}; {add}{REMEDY}"
        )
    return run, replace(fresh, earlier=earlier, complete=True)


def _after_interrupt(
    run: RunFile, fresh: Resumption, earlier: xr.Dataset, extend: int | None
) -> tuple[RunFile, Resumption]:
    """After an interrupted run: the rest of it, or of the extension that was interrupted."""
    total = _trajectories_requested(earlier)
    wanted = run.integration.trajectories
    written = _trajectories_in_run_file(earlier)
    if wanted != written:
        raise RunFileError(
            f"[run] trajectories = {written} there, {wanted} here: {str(fresh.result.parent)!r} "
            f"holds a run that was interrupted; finish it as it was, {REMEDY}"
        )
    if extend is not None and total == wanted:
        total += extend
    if total != wanted:
        run = _extended(run, total, earlier)
    from_checkpoint = run.integration.until or SUMS not in earlier
    return run, fresh if from_checkpoint else replace(fresh, earlier=earlier)


def _require_sums(earlier: xr.Dataset, extend: int, folder: Path) -> None:
    """Refuse to extend a run whose batch sums are missing. Raises RunFileError."""
    if SUMS not in earlier:
        missing = str(folder / earlier.attrs.get(FILE, SUMS))
        total = _trajectories_held(earlier) + extend
        raise RunFileError(
            f"--extend {extend}: {missing!r}, which holds the batch sums to be extended, is "
            f"missing; run it again with {total} trajectories and --overwrite"
        )


def _extended(run: RunFile, total: int, earlier: xr.Dataset) -> RunFile:
    """The run with `total` trajectories, integrated in the same way. Raises RunFileError."""
    extended = with_trajectories(run, total)
    antithetic = json.loads(earlier.attrs["provenance"])["antithetic"]
    if extended.integration.antithetic != antithetic:
        before = str(antithetic).lower()
        now = str(extended.integration.antithetic).lower()
        raise RunFileError(
            f"[run] antithetic is {before} in the run so far, and by default {now} with {total} "
            f"trajectories; write antithetic = {before} into the run file"
        )
    return extended


def _trajectories_in_run_file(earlier: xr.Dataset) -> int:
    """Number of trajectories in the run file of an earlier run."""
    run = parse("run", earlier.attrs["run_file"]).run
    assert run is not None
    return run.trajectories


def _trajectories_held(earlier: xr.Dataset) -> int:
    """Number of trajectories in an earlier result."""
    return int(earlier["batch_trajectories"].sum())


def _trajectories_requested(earlier: xr.Dataset) -> int:
    """Number of trajectories requested for an earlier run."""
    return int(json.loads(earlier.attrs["provenance"])["trajectories"])


def _earlier_result(
    result: Path,
    command: str,
    found: Found,
    identity: Mapping[str, Any],
    read_identity: Callable[[str, Found | None], Mapping[str, Any]],
) -> xr.Dataset:
    """The earlier result of the same command with the same settings, read from its run file.

    `found` is the system now, which is also that of the earlier result if it is in the same file.
    Raises RunFileError.
    """
    try:
        earlier = open_result(result)
        if earlier.attrs["command"] != command:
            raise RunFileError(f"it is that of qlangevin {earlier.attrs['command']}")
        require_same_system(earlier.attrs, found.source, "it")
        in_file = "system_sha256" in earlier.attrs
        kept = read_identity(earlier.attrs["run_file"], found if in_file else None)
    except (OutputRefusedError, KeyError, RunFileError) as error:
        raise RunFileError(
            f"{str(result)!r} is no result of this run ({error}); {REMEDY}"
        ) from None
    changed = differences(kept, identity)
    if changed:
        raise RunFileError(f"{str(result)!r} holds another run: {'; '.join(changed)}; {REMEDY}")
    return earlier
