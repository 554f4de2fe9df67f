"""What all commands share: the two streams, exit codes, options, and a session of work on an output
folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ..execution.session import Session

screen = Console(highlight=False, soft_wrap=True)
notes = Console(stderr=True, highlight=False, soft_wrap=True)


def _whole(text: Any) -> int:
    """A number of something as it is typed. Raises typer.BadParameter."""
    with suppress(ValueError):
        if int(text) >= 1:
            return int(text)
    raise typer.BadParameter(f"{text!r} must be a whole number, at least 1")


def folder_name(text: str | Path) -> Path:
    """A folder as it is typed. Raises typer.BadParameter for an empty name, which would mean the
    current folder.
    """
    if not str(text).strip():
        raise typer.BadParameter(
            f"{text!r} names no folder; give one, such as results/my-run, or . for this one"
        )
    return Path(text)


RunFileName = Annotated[
    str, typer.Argument(help="A run file (TOML), or the name of a shipped run.")
]
Output = Annotated[
    Path | None,
    typer.Option(
        parser=folder_name,
        metavar="FOLDER",
        help="Folder of the results; results/<run> by default.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(parser=_whole, metavar="INTEGER", help="Threads; all cores by default."),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--workers", parser=_whole, metavar="INTEGER", help="Processes instead of threads."
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="An existing Dask cluster instead, such as tcp://host:8786."
    ),
]
Extend = Annotated[
    int | None,
    typer.Option(parser=_whole, metavar="TRAJECTORIES", help="Add so many to a finished run."),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace what the output folder holds.")
]

FINISHED, CHECK_FAILED, REFUSED, NO_RESULT, INTERRUPTED = 0, 1, 2, 3, 130


@contextmanager
def session(
    folder: Path,
    what: str,
    threads: int | None,
    processes: int | None = None,
    scheduler: str | None = None,
    *,
    pausable: bool = False,
) -> Iterator[Session]:
    """Work that writes to a folder: the folder is claimed, workers are there, the first interrupt
    may be a pause.
    """
    from ...sde.progress import progress
    from ..execution.backends import crew
    from ..execution.output import claimed
    from .interrupts import Pause, pausing

    with (
        claimed(folder),
        telling_of_kernels(),
        crew(threads, processes, scheduler) as workers,
        pausing(note) if pausable else nullcontext(Pause()) as pause,
        progress(notes, what) as show,
    ):

        def begun(done: int, total: int) -> None:
            pause.begin()
            show(done, total)

        try:
            yield Session(workers, pause, begun)
        except KeyboardInterrupt:
            kept = "no result was written; the same command goes on from what is kept"
            raise InterruptedError(
                f"interrupted: {kept if pausable else 'nothing was written'}"
            ) from None


@contextmanager
def telling_of_kernels() -> Iterator[None]:
    """Say on the error stream, in a `with` block, that kernels are being compiled where they are."""
    from ...sde.jit.cache import announcing

    with announcing(note):
        yield


def note(text: str) -> None:
    """A line on the error stream."""
    notes.print(text, markup=False)


def tell(report: str, folder: Path, written: list[Path]) -> None:
    """The report, and what was written where."""
    screen.print(report, markup=False)
    screen.print(f"Written to {folder}: {', '.join(path.name for path in written)}", markup=False)
