"""The command line. Commands that work on an output folder stand in `commands`, those that tell in
`inquiries`.

Exit codes: 0 the run finished; 1 it finished and the integrator check failed; 2 refused before
work; 3 stopped without a result (divergence, disk, lost workers); 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import sys
import warnings
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from .commands import compute, inspect
from .commands.interrupts import heard, stopping
from .commands.terminal import FINISHED, INTERRUPTED, NO_RESULT, REFUSED, note, screen


def _print_version(wanted: bool) -> None:
    if wanted:
        screen.print(f"qlangevin {installed_version('qlangevin')}", markup=False)
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


for command in (
    compute.run,
    compute.sweep,
    compute.validate,
    compute.switching,
    compute.map_grid,
    compute.reproduce,
    inspect.show,
    inspect.rerun,
    inspect.steady,
    inspect.systems,
):
    app.command("map" if command is compute.map_grid else None)(command)


def main() -> None:
    """Entry point: every foreseen failure ends in one sentence and its exit code."""
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    gc.set_threshold(100_000)  # imports make many objects and no garbage
    atexit.register(gc.freeze)  # nor is there any to look for at the end
    try:
        with heard("qlangevin: interrupted"):
            code = app(standalone_mode=False) or FINISHED
        if stopping.is_set():  # typer makes an exit code of a KeyboardInterrupt
            code = _stop("interrupted", INTERRUPTED)
        sys.exit(code)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(_stop("interrupted", INTERRUPTED))
    except Exception as error:
        if stopping.is_set() and not isinstance(
            error, InterruptedError
        ):  # the compiler makes its own of it
            sys.exit(_stop("interrupted", INTERRUPTED))
        sys.exit(_stop(_sentence(error), _exit_code(error)))


def _exit_code(error: Exception) -> int:
    """The code of a foreseen failure; anything else is a defect and is raised again with its
    traceback.
    """
    from ..sde.support.errors import NoResultError, RefusedError

    wrong_call = hasattr(error, "format_message")
    if wrong_call or isinstance(error, RefusedError):
        return REFUSED
    if isinstance(error, InterruptedError):
        return INTERRUPTED
    if isinstance(error, NoResultError):
        return NO_RESULT
    raise error


def _sentence(error: Exception) -> str:
    """What a failure says of itself, and of a wrong call also where the right ones are listed."""
    if not hasattr(error, "format_message"):
        return str(error)
    said = error.format_message().rstrip(".") or "a command is missing"
    return f"{said}; qlangevin --help and qlangevin COMMAND --help list what there is"


def _stop(message: str, code: int) -> int:
    note(f"qlangevin: {message}")
    return code


def _show_warning(message: Warning | str, *_: object) -> None:
    note(f"warning: {message}")


if __name__ == "__main__":
    main()
