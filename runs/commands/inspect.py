"""Commands that show results, the steady states of a system, and the list of systems."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .terminal import (
    CHECK_FAILED,
    FINISHED,
    Changes,
    Reverse,
    SystemName,
    Threads,
    compilation_reported,
    folder_name,
    print_output,
    session,
)

if TYPE_CHECKING:
    from ...sde.system import System

Result = Annotated[
    Path,
    typer.Argument(help="A NetCDF file that qlangevin has written, or the folder that it is in."),
]
FILE_OF_SYSTEM = "FILE.py[:CLASS]"


def show(
    result: Result,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=folder_name,
            metavar="FOLDER",
            help="Folder of the figures; that of the file by default.",
        ),
    ] = None,
) -> None:
    """Print the report of a result and redraw its figures, from its file."""
    from ..execution.output import locked_folder
    from ..execution.results import read_result, redraw

    found = read_result(result)
    folder = output or (result if result.is_dir() else result.parent)
    print_output(found.dataset.attrs["report"])
    with locked_folder(folder):
        written = redraw(found, folder)
    print_output(f"Redrawn in {folder}: {', '.join(path.name for path in written)}")


def rerun(
    result: Result,
    system: Annotated[
        str | None,
        typer.Option(
            metavar=FILE_OF_SYSTEM,
            help="The user's file with which the result was made; it is run as Python.",
        ),
    ] = None,
    changed_system: Annotated[
        bool,
        typer.Option(
            "--changed-system",
            help="Repeat the result although the file of its system has changed since.",
        ),
    ] = False,
    threads: Threads = None,
) -> None:
    """Repeat a result from its file, and report whether the numbers are identical.

    Nothing is written. A user's file is run only if it is named, and has the hash that the result
    keeps.
    """
    from tempfile import TemporaryDirectory

    from ..execution.results import compare_numbers, read_result, repeat, with_system

    found = with_system(read_result(result), system, changed=changed_system)
    with TemporaryDirectory() as scratch, session(Path(scratch), "done", threads) as work:
        again = repeat(found, work)
    lines, identical = compare_numbers(found.dataset, again)
    print_output("\n".join(lines))
    raise typer.Exit(FINISHED if identical else CHECK_FAILED)


def steady(
    system: SystemName,
    changes: Changes = None,
    reverse: Reverse = False,
) -> None:
    """Show the fixed points of a system, and the attractor reached from rest.

    Also prints their stability, measures of the steady states, and the uncertainty relation.
    """
    from ...steady import known_states
    from ..reports.branches import describe_branches
    from ..reports.parameters import describe_parameters
    from ..reports.run import light_note
    from ..run_files.schema import read_changes
    from ..run_files.systems import light_tables, load_system

    chosen, pair = load_system(system, read_changes(changes or []), reverse=reverse)
    with compilation_reported():
        branches = describe_branches(chosen, known_states(chosen), pair)
        print_output("\n".join([*describe_parameters(chosen), "", branches, ""]))
        print_output("\n".join([*_from_rest(chosen), *light_note(light_tables(system))]))


def _from_rest(system: System) -> list[str]:
    """Where the mean field goes from rest, or why it has no state of rest."""
    from ...sde.initial_states import NoDarkStateError
    from ...steady import attractor
    from ..reports.branches import describe_attractor

    try:
        return describe_attractor(attractor(system), "dark")
    except NoDarkStateError as error:
        return [f"From start='dark' no run is possible: {error}"]


def systems(
    system: Annotated[
        str | None,
        typer.Argument(
            help="One system alone: shipped, installed, in a file of Python (FILE.py:CLASS), or "
            "in a run file (TOML)."
        ),
    ] = None,
) -> None:
    """List the systems with their parameters, and the shipped run files.

    Parameters are listed with units and published values, systems with sources.
    """
    from ..reports.parameters import describe_one_system, describe_systems

    print_output(describe_systems() if system is None else describe_one_system(system))
