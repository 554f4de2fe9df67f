"""The command that checks a system."""

from __future__ import annotations

from dataclasses import replace

import typer

from .terminal import (
    CHECK_FAILED,
    FINISHED,
    Changes,
    Reverse,
    SystemName,
    compilation_reported,
    print_output,
    progress_reported,
)


def check(
    system: SystemName,
    changes: Changes = None,
    reverse: Reverse = False,
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
