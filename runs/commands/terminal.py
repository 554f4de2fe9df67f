"""Common to all commands: output, exit codes, options, and a session on an output folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from ..interrupts import Pause, pause_on_interrupt

if TYPE_CHECKING:
    from ...sde.support.callbacks import Progress
    from ..execution.backends import Session

FINISHED = 0
CHECK_FAILED = 1
REFUSED = 2
NO_RESULT = 3
INTERRUPTED = 130
"""Exit codes; 1 is that of a failed check, of the integrator or of a system."""
NOTHING_WRITTEN = "nothing was written"
RESUMABLE = "no result was written; the same command continues from what is kept"

_output = Console(highlight=False, emoji=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def print_output(text: str) -> None:
    """Print on the standard output, without markup."""
    _output.print(text, markup=False)


def print_notice(text: str) -> None:
    """Print on the error stream, without markup."""
    _errors.print(text, markup=False)


def print_result(report: str, folder: Path, written: list[Path]) -> None:
    """Print a report and the names of the files written."""
    print_output(report)
    print_output(f"Written to {folder}: {', '.join(path.name for path in written)}")


def _whole_number(text: Any) -> int:
    """A positive whole number from the command line. Raises typer.BadParameter."""
    with suppress(ValueError):
        if int(text) >= 1:
            return int(text)
    raise typer.BadParameter(f"{text!r} must be a whole number, at least 1")


def folder_name(text: str | Path) -> Path:
    """A folder from the command line; an empty name, which would be ".", is refused.

    Raises typer.BadParameter.
    """
    if not str(text).strip():
        raise typer.BadParameter(
            f"{text!r} names no folder; give one, such as results/my-run, or . for this one"
        )
    return Path(text)


RunFileName = Annotated[
    str, typer.Argument(help="A run file (TOML), or the name of a shipped run.")
]
SystemName = Annotated[
    str,
    typer.Argument(
        help="A system, with its published parameters: shipped, installed, or in a file of Python "
        "(FILE.py:CLASS); or a run file (TOML)."
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help='Change a parameter, with units as in a run file: power="20 mW". May be repeated.',
    ),
]
Reverse = Annotated[bool, typer.Option("--reversed", help="Drive the system from the other side.")]
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
    typer.Option(
        parser=_whole_number, metavar="INTEGER", help="Number of threads; all cores by default."
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--workers",
        parser=_whole_number,
        metavar="INTEGER",
        help="Number of processes to use instead of threads.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Address of a running Dask scheduler to use instead, such as tcp://host:8786.",
    ),
]
Extend = Annotated[
    int | None,
    typer.Option(
        parser=_whole_number,
        metavar="TRAJECTORIES",
        help="Number of trajectories to add to a finished run.",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the results in the output folder.")
]


@contextmanager
def session(
    folder: Path,
    unit: str,
    threads: int | None,
    processes: int | None = None,
    scheduler: str | None = None,
    *,
    pausable: bool = False,
) -> Iterator[Session]:
    """Lock an output folder, start workers, and show progress in units such as "trajectories".

    With `pausable` the first interrupt sets the session's `pause`.
    """
    from ...sde.progress import progress
    from ..execution.backends import Session, start_workers
    from ..execution.output import locked_folder

    with (
        locked_folder(folder),
        compilation_reported(),
        start_workers(threads, processes, scheduler) as workers,
        pause_on_interrupt(print_notice) if pausable else nullcontext(Pause()) as pause,
        progress(_errors, unit) as show,
    ):

        def show_and_enable_pause(done: int, total: int) -> None:
            pause.enable()
            show(done, total)

        try:
            yield Session(workers, pause, show_and_enable_pause)
        except KeyboardInterrupt:
            kept = RESUMABLE if pausable else NOTHING_WRITTEN
            raise InterruptedError(f"interrupted: {kept}") from None


@contextmanager
def progress_reported(unit: str) -> Iterator[Progress]:
    """The function that shows progress on the error stream in the `with` block."""
    from ...sde.progress import progress

    with progress(_errors, unit) as show:
        yield show


@contextmanager
def compilation_reported() -> Iterator[None]:
    """Print a notice on the error stream when kernels are compiled in the `with` block."""
    from ...sde.jit.cache import announcing

    with announcing(print_notice):
        yield
