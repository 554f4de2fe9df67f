"""The command that checks a system."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from .terminal import (
    CHECK_FAILED,
    FINISHED,
    compilation_reported,
    print_output,
    progress_reported,
)


def check(
    system: Annotated[
        str,
        typer.Argument(
            help="A system, with its published parameters: shipped, installed, or in a file of "
            "Python (FILE.py:CLASS); or a run file (TOML)."
        ),
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help='Change a parameter, with units as in a run file: power="20 mW". May be repeated.',
        ),
    ] = None,
    reverse: Annotated[
        bool, typer.Option("--reversed", help="Drive the system from the other side.")
    ] = False,
) -> None:
    """Check a system as the package's own are, and say what to look at where a check fails.

    Parameters and their units, drift, commutators, steady states, moments, and a short run. The
    exit code is 1 if a check failed.
    """
    from ...analysis import check_system
    from ..run_files.schema import read_changes
    from ..run_files.systems import load_system

    chosen, _ = load_system(system, read_changes(changes or []), reverse=reverse)
    with compilation_reported(), progress_reported("checks") as show:
        found = check_system(chosen, progress=show)
    print_output(str(replace(found, title=f"{system} ({found.title})")))
    raise typer.Exit(FINISHED if found.passed else CHECK_FAILED)
