"""The command line: run, validate, map, switching, reproduce, steady, systems.

Exit codes: 0 the run finished; 1 it finished and the integrator check failed; 2 refused before work; 3 stopped
without a result (divergence, disk); 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Quantum Langevin runs."
)
screen = Console(highlight=False, soft_wrap=True)
notes = Console(stderr=True, highlight=False, soft_wrap=True)

RunFileName = Annotated[str, typer.Argument(help="A run file (TOML), or the name of a shipped run.")]
Output = Annotated[Path | None, typer.Option(help="Folder of the results; results/<run> by default.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads; all cores by default.")]

FINISHED, CHECK_FAILED, REFUSED, NO_RESULT, INTERRUPTED = 0, 1, 2, 3, 130


@app.command()
def run(
    runfile: RunFileName,
    output: Output = None,
    threads: Threads = None,
) -> None:
    """Run an ensemble from switch-on to steady state, check it, and write NetCDF, report and figures."""
    from ..sde.arguments import available_cores
    from .execute import investigate, prepare_writing, write
    from .output import prepare_output
    from .report import compose
    from .runfile import load_runfile

    description = load_runfile(runfile)
    folder = output or Path("results") / description.stem
    prepare_output(folder)
    with _progress("trajectories", description.trajectories) as show:

        def begin(done: int, total: int) -> None:
            if done == 0:
                Thread(target=prepare_writing).start()
            show(done, total)

        findings = investigate(description, threads or available_cores(), begin, _note)
    report = compose(findings)
    _tell(report, folder, write(findings, report, folder))
    raise typer.Exit(FINISHED if findings.integrator.passed else CHECK_FAILED)


@app.command()
def validate(
    runfile: RunFileName,
    scale: Annotated[
        str | None, typer.Option(metavar="S1:S2[:POINTS]", help="Breakdown study: factors of the nonlinearity.")
    ] = None,
    tolerance: Annotated[float, typer.Option(min=1e-15, max=1.0, help="Error of V that is tolerated.")] = 0.01,
    output: Annotated[Path | None, typer.Option(help="Folder; results/<run>-validation by default.")] = None,
    threads: Threads = None,
) -> None:
    """Linearised theory, Gaussian closure and full trajectories side by side: differences, significance, a verdict."""
    from ..sde.arguments import available_cores
    from .output import prepare_output
    from .runfile import load_runfile
    from .validating import read_scan, validate, write_validation
    from .verdict import compose_validation

    description, scan = load_runfile(runfile), read_scan(scale) if scale is not None else None
    folder = output or Path("results") / f"{description.stem}-validation"
    prepare_output(folder)
    with _progress("trajectories", description.trajectories) as show:
        validation = validate(description, scan, tolerance, threads or available_cores(), show, _note)
    report = compose_validation(validation)
    _tell(report, folder, write_validation(validation, report, folder))
    raise typer.Exit(FINISHED if validation.findings.integrator.passed else CHECK_FAILED)


@app.command()
def systems() -> None:
    """List the systems, their parameters with units, published values and sources, and the shipped runs."""
    from .describe import describe_systems

    screen.print(describe_systems(), markup=False)


@app.command()
def steady(
    system: Annotated[str, typer.Argument(help="A system, or a run file (TOML).")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter, as in a run file.")
    ] = None,
    turned: Annotated[bool, typer.Option("--reversed", help="Drive it from the other side.")] = False,
) -> None:
    """Every fixed point of a system: stability, measures of its steady state, audit; and where it goes from rest."""
    from ..steady import attractor, steady_state
    from .describe import describe_attractor, describe_branches, describe_parameters
    from .runfile import load_system
    from .schema import read_changes

    chosen, pair = load_system(system, read_changes(changes or []), turned=turned)
    branches = describe_branches(chosen, steady_state(chosen), pair)
    screen.print("\n".join([*describe_parameters(chosen), "", branches, ""]), markup=False)
    screen.print("\n".join(describe_attractor(attractor(chosen), "dark")), markup=False)


@app.command("map")
def map_grid(
    runfile: Annotated[str, typer.Argument(help="A run file (TOML) with a [map], or the name of a shipped one.")],
    output: Output = None,
    threads: Threads = None,
) -> None:
    """Steady states over a whole grid of parameters: branches, stability, measures, with NetCDF and figures."""
    from ..sde.arguments import available_cores
    from .mapping import describe_map, survey, write_map
    from .output import prepare_output
    from .runfile import load_map

    description = load_map(runfile)
    folder = output or Path("results") / description.stem
    prepare_output(folder)
    with _progress("points", None) as show:
        grid = survey(description, threads or available_cores(), show)
    report = describe_map(description, grid)
    _tell(report, folder, write_map(description, grid, report, folder))


@app.command()
def switching(
    runfile: RunFileName,
    output: Output = None,
    threads: Threads = None,
) -> None:
    """Follow single trajectories between two stable branches: residence times, rates, occupations, with figures."""
    from ..sde.arguments import available_cores
    from .hopping import observe, write_hopping
    from .hopping_report import compose_hopping
    from .output import prepare_output
    from .runfile import load_runfile

    description = load_runfile(runfile)
    folder = output or Path("results") / description.stem
    prepare_output(folder)
    with _progress("trajectories", description.trajectories) as show:
        found = observe(description, threads or available_cores(), show)
    report = compose_hopping(found)
    _tell(report, folder, write_hopping(found, report, folder))


@app.command("reproduce")
def reproduce_papers(
    paper: Annotated[str, typer.Argument(help="A paper by the name of its system, or all.")] = "all",
    output: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results") / "reproduce",
    threads: Threads = None,
) -> None:
    """Recompute the figures and claims of the papers behind the systems, with a verdict on each claim."""
    from ..sde.arguments import available_cores
    from .output import prepare_output
    from .reproducing import load_papers, reproduce, summary, table, write_reproduction

    papers = load_papers(paper)
    for each in papers:
        prepare_output(output / each.name)
    for each in papers:
        with _progress(each.name, len(each.plates) + len(each.claims)) as show:
            result = reproduce(each, threads or available_cores(), show)
        written = write_reproduction(result, output / each.name)
        _tell(f"{summary(result)}\n\n{table(result)}", output / each.name, written)


def main() -> None:
    """Entry point: every foreseen failure ends in one sentence and its exit code."""
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    gc.set_threshold(100_000)  # imports make many objects and no garbage
    atexit.register(gc.freeze)  # nor is there any to look for at the end
    try:
        code = app(standalone_mode=False) or FINISHED
        sys.exit(_stop("interrupted: nothing was written", INTERRUPTED) if code == INTERRUPTED else code)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(_stop("interrupted: nothing was written", INTERRUPTED))
    except Exception as error:
        sys.exit(_stop(getattr(error, "format_message", error.__str__)(), _exit_code(error)))


def _exit_code(error: Exception) -> int:
    """The code of a foreseen failure; anything else is a defect and is raised again with its traceback."""
    from ..sde.moments import DivergenceError
    from ..sde.schemes import StepError
    from ..steady.homotopy import IncompleteError
    from .execute import LostError
    from .output import OutputError, OutputRefusedError
    from .runfile import RunFileError

    wrong_call = hasattr(error, "format_message")
    if wrong_call or isinstance(error, (RunFileError, StepError, OutputRefusedError)):
        return REFUSED
    if isinstance(error, (DivergenceError, IncompleteError, LostError, OutputError)):
        return NO_RESULT
    raise error


def _stop(message: str, code: int) -> int:
    notes.print(f"qlangevin: {message}", markup=False)
    return code


def _note(text: str) -> None:
    notes.print(text, markup=False)


def _tell(report: str, folder: Path, written: list[Path]) -> None:
    screen.print(report, markup=False)
    screen.print(f"Written to {folder}: {', '.join(path.name for path in written)}", markup=False)


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, as a function of what is done and how much there is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_warning(message: Warning | str, *_: object) -> None:
    notes.print(f"warning: {message}", markup=False)


if __name__ == "__main__":
    main()
