"""Commands that tell: show and rerun of a result, the steady states of a system, and the systems
there are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .terminal import (
    CHECK_FAILED,
    FINISHED,
    Threads,
    folder_name,
    screen,
    session,
    telling_of_kernels,
)

Result = Annotated[
    Path,
    typer.Argument(help="A NetCDF file that qlangevin has written, or the folder that it is in."),
]


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
    """Print the report of a result again and redraw its figures, from its file alone."""
    from ..execution.output import claimed
    from ..execution.results import read_result, redraw

    found = read_result(result)
    folder = output or (result if result.is_dir() else result.parent)
    screen.print(found.dataset.attrs["report"], markup=False)
    with claimed(folder):
        written = redraw(found, folder)
    screen.print(f"Redrawn in {folder}: {', '.join(path.name for path in written)}", markup=False)


def rerun(result: Result, threads: Threads = None) -> None:
    """Repeat a result from its file alone, and report whether the numbers are identical; nothing is
    written.
    """
    from tempfile import TemporaryDirectory

    from ..execution.results import compare_numbers, read_result, repeat

    found = read_result(result)
    with TemporaryDirectory() as scratch, session(Path(scratch), "done", threads) as work:
        again = repeat(found, work)
    lines, identical = compare_numbers(found.dataset, again)
    screen.print("\n".join(lines), markup=False)
    raise typer.Exit(FINISHED if identical else CHECK_FAILED)


def steady(
    system: Annotated[str, typer.Argument(help="A system, or a run file (TOML).")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter, as in a run file."),
    ] = None,
    turned: Annotated[
        bool, typer.Option("--reversed", help="Drive it from the other side.")
    ] = False,
) -> None:
    """Every fixed point of a system: stability, measures of its steady state, audit; and where it
    goes from rest.
    """
    from ...steady import attractor, known_states
    from ..reports.branches import describe_attractor, describe_branches
    from ..reports.parameters import describe_parameters
    from ..run_files.run import load_system
    from ..run_files.schema import read_changes

    chosen, pair = load_system(system, read_changes(changes or []), turned=turned)
    with telling_of_kernels():
        branches = describe_branches(chosen, known_states(chosen), pair)
        screen.print("\n".join([*describe_parameters(chosen), "", branches, ""]), markup=False)
        screen.print("\n".join(describe_attractor(attractor(chosen), "dark")), markup=False)


def systems() -> None:
    """List the systems, their parameters with units, published values and sources, and the shipped
    runs.
    """
    from ..reports.parameters import describe_systems

    screen.print(describe_systems(), markup=False)
