"""Commands that compute: run, sweep, validate, switching, map, reproduce. Each claims its output
folder first.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal import (
    CHECK_FAILED,
    FINISHED,
    INTERRUPTED,
    Extend,
    Output,
    Overwrite,
    Processes,
    RunFileName,
    Scheduler,
    Threads,
    folder_name,
    note,
    screen,
    session,
    tell,
)

if TYPE_CHECKING:
    import xarray as xr

    from ..execution.run import Findings


def run(
    runfile: RunFileName,
    output: Output = None,
    threads: Threads = None,
    workers: Processes = None,
    scheduler: Scheduler = None,
    extend: Extend = None,
    overwrite: Overwrite = False,
) -> None:
    """Run an ensemble from switch-on to steady state, check it, and write NetCDF, report and
    figures.

    The same command goes on with a run that was interrupted. Who does the work changes no number.
    """
    from ..execution.resume import result_file, take_stock
    from ..execution.run import Conduct, LostError, investigate, prepare_writing, write
    from ..reports.run import compose
    from ..run_files.run import load_runfile

    description = load_runfile(runfile)
    folder = output or Path("results") / description.stem
    with session(folder, "trajectories", threads, workers, scheduler, pausable=True) as work:
        stock = take_stock(description, folder, extend, overwrite=overwrite)
        if stock.complete:
            _tell_again(stock.earlier, folder)
        if overwrite:
            stock.checkpoint.remove()
        writing = Thread(target=prepare_writing)

        def begin(done: int, total: int) -> None:
            if writing.ident is None:
                writing.start()
                _note_what_is_kept(done, total)
                if overwrite:
                    result_file(folder, stock.run.stem).unlink(missing_ok=True)
            work.show(done, total)

        conduct = Conduct(work.workers, stock.checkpoint.folder, stock.earlier, work.pause)
        try:
            findings = investigate(stock.run, conduct, begin, note)
        except LostError:
            stock.checkpoint.remove()
            raise
        report = compose(findings)
        tell(report, folder, write(findings, report, folder))
        if findings.complete:
            stock.checkpoint.remove()
    raise typer.Exit(_outcome(findings))


def _note_what_is_kept(done: int, total: int) -> None:
    if done:
        note(f"going on with a run of which {done} of {total} trajectories are kept")


def _tell_again(earlier: xr.Dataset | None, folder: Path) -> None:
    """What a complete run found; ends the command."""
    assert earlier is not None
    screen.print(earlier.attrs["report"], markup=False)
    note(f"already complete, in {folder}; --overwrite runs it anew")
    raise typer.Exit(FINISHED if earlier.attrs.get("integrator_passed", True) else CHECK_FAILED)


def _outcome(findings: Findings) -> int:
    if not findings.complete:
        note(
            f"interrupted, with {findings.trajectories} trajectories; the same command goes on "
            "from there"
        )
        return INTERRUPTED
    return FINISHED if findings.integrator.passed else CHECK_FAILED


def _tolerance(text: Any) -> float:
    """An error of V as it is typed. Raises typer.BadParameter."""
    with suppress(ValueError):
        if 1e-15 <= float(text) <= 1:
            return float(text)
    raise typer.BadParameter(f"{text!r} must be a number from 1e-15 to 1, such as 0.01")


def sweep(
    runfile: Annotated[
        str, typer.Argument(help=r"A run file (TOML) with a \[run] and a \[sweep].")
    ],
    output: Output = None,
    threads: Threads = None,
    workers: Processes = None,
    scheduler: Scheduler = None,
    overwrite: Overwrite = False,
) -> None:
    """Run an ensemble at every point of a grid of parameters, with NetCDF, report and figures.

    The same command goes on with a sweep that was interrupted. Who does the work changes no number.
    """
    from ..execution.resume import finished_sweep, kept_blocks, result_file
    from ..execution.sweep import survey_ensembles, write_sweep
    from ..reports.sweep import describe_sweep
    from ..run_files.grid import load_sweep

    description = load_sweep(runfile)
    folder = output or Path("results") / description.run.stem
    with session(folder, "trajectories", threads, workers, scheduler, pausable=True) as work:
        earlier = finished_sweep(description, folder, overwrite=overwrite)
        if earlier is not None:
            _tell_again(earlier, folder)
        kept = kept_blocks(folder, description.run.stem)
        if overwrite:
            kept.remove()
            result_file(folder, description.run.stem).unlink(missing_ok=True)
        found = survey_ensembles(description, kept, work.workers, work.pause, work.show, note)
        report = describe_sweep(description, found)
        tell(report, folder, write_sweep(description, found, report, folder))
        if found.attrs["complete"]:
            kept.remove()
    if not found.attrs["complete"]:
        note("interrupted; the same command goes on from there")
    raise typer.Exit(FINISHED if found.attrs["complete"] else INTERRUPTED)


def validate(
    runfile: RunFileName,
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="S1:S2[:POINTS]", help="Breakdown study: factors of the nonlinearity."
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(parser=_tolerance, metavar="NUMBER", help="Error of V that is tolerated."),
    ] = 0.01,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=folder_name,
            metavar="FOLDER",
            help="Folder; results/<run>-validation by default.",
        ),
    ] = None,
    threads: Threads = None,
) -> None:
    """Linearised theory, Gaussian closure and full trajectories side by side: differences,
    significance, a verdict.
    """
    from ..execution.validate import read_scan, validate, write_validation
    from ..reports.validation import compose_validation
    from ..run_files.run import load_runfile

    description, scan = load_runfile(runfile), read_scan(scale) if scale is not None else None
    folder = output or Path("results") / f"{description.stem}-validation"
    with session(folder, "trajectories", threads) as work:
        validation = validate(description, scan, tolerance, work.workers.count, work.show, note)
        report = compose_validation(validation)
        tell(report, folder, write_validation(validation, report, folder))
    raise typer.Exit(FINISHED if validation.findings.integrator.passed else CHECK_FAILED)


def switching(
    runfile: RunFileName,
    liouvillian: Annotated[
        bool,
        typer.Option(
            "--liouvillian", help="Beside it the exact Liouvillian gap, for one or two modes."
        ),
    ] = False,
    output: Output = None,
    threads: Threads = None,
) -> None:
    """Follow single trajectories between two stable branches: residence times, rates, occupations,
    with figures.
    """
    from ..execution.switching import observe, write_hopping
    from ..reports.switching import compose_hopping
    from ..run_files.run import load_runfile

    description = load_runfile(runfile)
    folder = output or Path("results") / description.stem
    with session(folder, "trajectories", threads) as work:
        found = observe(description, work.workers.count, work.show, exact=liouvillian)
        report = compose_hopping(found)
        tell(report, folder, write_hopping(found, report, folder))


def map_grid(
    runfile: Annotated[
        str, typer.Argument(help=r"A run file (TOML) with a \[map], or the name of a shipped one.")
    ],
    output: Output = None,
    threads: Threads = None,
) -> None:
    """Steady states over a whole grid of parameters: branches, stability, measures, with NetCDF and
    figures.
    """
    from ..execution.map import survey, write_map
    from ..reports.map import describe_map
    from ..run_files.grid import load_map

    description = load_map(runfile)
    folder = output or Path("results") / description.stem
    with session(folder, "points", threads) as work:
        grid = survey(description, work.workers.count, work.show)
        report = describe_map(description, grid)
        tell(report, folder, write_map(description, grid, report, folder))


def reproduce(
    paper: Annotated[
        str, typer.Argument(help="A paper by the name of its system, or all.")
    ] = "all",
    output: Annotated[
        Path, typer.Option(parser=folder_name, metavar="FOLDER", help="Folder of the results.")
    ] = Path("results") / "reproduce",
    threads: Threads = None,
) -> None:
    """Recompute the figures and claims of the papers behind the systems, with a verdict on each
    claim.
    """
    from ..execution.reproduce import load_papers, reproduce, summary, table, write_reproduction

    for each in load_papers(paper):
        folder = output / each.name
        with session(folder, f"{each.name}: figures and claims", threads) as work:
            result = reproduce(each, work.workers.count, work.show)
            written = write_reproduction(result, folder)
        tell(f"{summary(result)}\n\n{table(result)}", folder, written)
