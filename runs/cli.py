"""The command line `qlangevin`: its commands, and the exit code of every failure.

Exit codes: 0 the run finished; 1 it finished and a check failed; 2 refused before work; 3 stopped
without a result (divergence, disk, lost workers); 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from .commands import check, compute, inspect, light
from .commands.terminal import (
    FINISHED,
    INTERRUPTED,
    NO_RESULT,
    REFUSED,
    print_notice,
    print_output,
)
from .interrupts import exit_on_interrupt, stop_requested

COMMANDS: dict[str, Callable[..., None]] = {
    "run": compute.run,
    "sweep": compute.sweep,
    "validate": compute.validate,
    "switching": compute.switching,
    "map": compute.map_grid,
    "spectra": light.spectra,
    "reproduce": compute.reproduce,
    "show": inspect.show,
    "rerun": inspect.rerun,
    "steady": inspect.steady,
    "check": check.check,
    "systems": inspect.systems,
}


def _print_version(wanted: bool) -> None:
    if wanted:
        print_output(f"qlangevin {installed_version('qlangevin')}")
        raise typer.Exit(FINISHED)


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def qlangevin(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Simulate open quantum systems: trajectories, moments, steady states, entanglement."""


for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Entry point: print each expected failure as one sentence and exit with its code."""
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    gc.set_threshold(100_000)  # imports make many objects and no garbage
    atexit.register(gc.freeze)  # no collection at exit: it would find nothing
    try:
        with exit_on_interrupt("qlangevin: interrupted"):
            code = app(standalone_mode=False) or FINISHED
        if stop_requested.is_set():  # typer turns a KeyboardInterrupt into an exit code
            code = _fail("interrupted", INTERRUPTED)
        sys.exit(code)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(_fail("interrupted", INTERRUPTED))
    except SystemExit as error:
        if failure := _failure_in_system(error):
            sys.exit(_fail(failure, REFUSED))
        raise
    except Exception as error:
        # numba may replace a KeyboardInterrupt by an error of its own
        if stop_requested.is_set() and not isinstance(error, InterruptedError):
            sys.exit(_fail("interrupted", INTERRUPTED))
        sys.exit(_fail(*_message_and_code(error)))


def _message_and_code(error: Exception) -> tuple[str, int]:
    """Message and exit code of an expected failure; anything else is a defect and raised again.

    The message for a wrong call points to the help.
    """
    from ..sde.support.errors import NoResultError, RefusedError

    if hasattr(error, "format_message"):
        reason = error.format_message().rstrip(".") or "a command is missing"
        lists = "qlangevin --help and qlangevin COMMAND --help list commands and options"
        return f"{reason}; {lists}", REFUSED
    for kind, code in (
        (RefusedError, REFUSED),
        (InterruptedError, INTERRUPTED),
        (NoResultError, NO_RESULT),
    ):
        if isinstance(error, kind):
            return str(error), code
    if failure := _failure_in_system(error):
        return failure, REFUSED
    raise error


def _failure_in_system(error: BaseException) -> str | None:
    """A sentence on an error that a user's own file has raised; None for all others."""
    from .run_files.system_files import failure_in_system

    return failure_in_system(error)


def _fail(message: str, code: int) -> int:
    print_notice(f"qlangevin: {message}")
    return code


def _show_warning(message: Warning | str, *_: object) -> None:
    print_notice(f"warning: {message}")


if __name__ == "__main__":
    main()
