"""Commands that compute: run, sweep, validate, switching, map, reproduce."""

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
    print_notice,
    print_output,
    print_result,
    session,
)

if TYPE_CHECKING:
    import xarray as xr

    from ...sde.support.callbacks import Progress
    from ..execution.map import MapForecast
    from ..execution.resume import Resumption
    from ..execution.run import RunForecast
    from ..execution.run_result import RunResult
    from ..execution.sweep import SweepForecast

RESULTS = Path("results")


def _open(
    left: Resumption,
    folder: Path,
    show: Progress,
    *,
    overwrite: bool,
    begin: Progress | None = None,
) -> Progress:
    """Begin a run or sweep in its folder; if it is complete there, print its report and exit.

    Returns a progress display that calls `begin` before its first report, after all checks of the
    run. With `overwrite` the earlier result is removed at that moment.
    """
    if left.complete:
        _print_earlier(left.earlier, folder)
    if overwrite:
        left.checkpoint.remove()
    begun = False

    def show_once_begun(done: int, total: int) -> None:
        nonlocal begun
        if not begun:
            begun = True
            if overwrite:
                left.result.unlink(missing_ok=True)
            if begin:
                begin(done, total)
        show(done, total)

    return show_once_begun


def _print_earlier(earlier: xr.Dataset | None, folder: Path) -> None:
    """Print the report of a complete result and end the command."""
    assert earlier is not None
    print_output(earlier.attrs["report"])
    print_notice(f"already complete, in {folder}; --overwrite runs it again")
    raise typer.Exit(FINISHED if earlier.attrs.get("integrator_passed", True) else CHECK_FAILED)


def run(
    runfile: RunFileName,
    output: Output = None,
    threads: Threads = None,
    workers: Processes = None,
    scheduler: Scheduler = None,
    extend: Extend = None,
    overwrite: Overwrite = False,
) -> None:
    """Run an ensemble, check it, and write NetCDF, report and figures.

    The same command resumes a run that was interrupted.
    The numbers do not depend on the kind or number of workers.
    """
    from ..execution.resume import resume_run
    from ..execution.run import Execution, LostError, execute_run, write_run
    from ..reports.run import run_report
    from ..run_files.run import load_runfile

    description = load_runfile(runfile)
    folder = output or RESULTS / description.stem
    with session(folder, "trajectories", threads, workers, scheduler, pausable=True) as work:
        description, left = resume_run(description, folder, extend, overwrite=overwrite)
        show = _open(left, folder, work.show, overwrite=overwrite, begin=_begin_run)
        execution = Execution(work.workers, left.checkpoint.folder, left.earlier, work.pause)
        try:
            findings = execute_run(description, execution, show, _announce)
        except LostError:
            left.checkpoint.remove()
            raise
        report = run_report(findings)
        print_result(report, folder, write_run(findings, report, folder))
        if findings.complete:
            left.checkpoint.remove()
    raise typer.Exit(_exit_code(findings))


def _begin_run(done: int, total: int) -> None:
    """Report what is kept, and load in a thread what writing the results needs."""
    from ..execution.run import prepare_writing

    Thread(target=prepare_writing).start()
    if done:
        print_notice(f"continuing a run of which {done} of {total} trajectories are kept")


def _announce(forecast: RunForecast | SweepForecast | MapForecast) -> None:
    from ..reports.forecast import describe

    print_notice(describe(forecast))


def _exit_code(findings: RunResult) -> int:
    if not findings.complete:
        print_notice(
            f"interrupted, with {findings.trajectories} trajectories; the same command "
            "continues from there"
        )
        return INTERRUPTED
    return FINISHED if findings.integrator.passed else CHECK_FAILED


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
    """Run an ensemble at every point of a grid; write NetCDF, report and figures.

    The same command resumes a sweep that was interrupted.
    The numbers do not depend on the kind or number of workers.
    """
    from ..execution.resume import resume_sweep
    from ..execution.sweep import run_sweep, write_sweep
    from ..reports.sweep import sweep_report
    from ..run_files.grid import load_sweep

    description = load_sweep(runfile)
    folder = output or RESULTS / description.run.stem
    with session(folder, "trajectories", threads, workers, scheduler, pausable=True) as work:
        left = resume_sweep(description, folder, overwrite=overwrite)
        show = _open(left, folder, work.show, overwrite=overwrite)
        found = run_sweep(description, left.checkpoint, work.workers, work.pause, show, _announce)
        report = sweep_report(description, found)
        print_result(report, folder, write_sweep(description, found, report, folder))
        if found.attrs["complete"]:
            left.checkpoint.remove()
    if not found.attrs["complete"]:
        print_notice("interrupted; the same command continues from there")
    raise typer.Exit(FINISHED if found.attrs["complete"] else INTERRUPTED)


def _tolerance(text: Any) -> float:
    """A relative error of V from the command line. Raises typer.BadParameter."""
    with suppress(ValueError):
        if 1e-15 <= float(text) <= 1:
            return float(text)
    raise typer.BadParameter(f"{text!r} must be a number from 1e-15 to 1, such as 0.01")


def validate(
    runfile: RunFileName,
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="S1:S2[:POINTS]",
            help="Add a breakdown study: factors of the nonlinearity from S1 to S2, at 9 POINTS "
            "by default.",
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            parser=_tolerance,
            metavar="NUMBER",
            help="Relative error of the covariance V up to which a level of theory is trusted.",
        ),
    ] = 0.01,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=folder_name,
            metavar="FOLDER",
            help="Folder of the results; results/<run>-validation by default.",
        ),
    ] = None,
    threads: Threads = None,
) -> None:
    """Compare linearised theory and Gaussian closure with full trajectories.

    The report gives the differences, their significance, and a verdict.
    """
    from ..execution.validate import read_scan, run_validation, write_validation
    from ..reports.validation import validation_report
    from ..run_files.run import load_runfile

    description = load_runfile(runfile)
    scan = read_scan(scale) if scale is not None else None
    folder = output or RESULTS / f"{description.stem}-validation"
    with session(folder, "trajectories", threads) as work:
        validation = run_validation(
            description, scan, tolerance, work.workers.count, work.show, _announce
        )
        report = validation_report(validation)
        print_result(report, folder, write_validation(validation, report, folder))
    raise typer.Exit(FINISHED if validation.findings.integrator.passed else CHECK_FAILED)


def switching(
    runfile: RunFileName,
    liouvillian: Annotated[
        bool,
        typer.Option(
            "--liouvillian",
            help="Also compute the exact Liouvillian gap, for systems of one or two modes.",
        ),
    ] = False,
    output: Output = None,
    threads: Threads = None,
) -> None:
    """Find the switching rates between two stable branches from single trajectories.

    Writes residence times, rates and occupations as NetCDF, report and figures.
    """
    from ..execution.resume import require_no_other_result
    from ..execution.switching import run_switching, write_switching
    from ..reports.switching import switching_report
    from ..run_files.run import load_runfile

    description = load_runfile(runfile)
    folder = output or RESULTS / description.stem
    with session(folder, "trajectories", threads) as work:
        require_no_other_result(folder / f"{description.stem}.nc", "switching")
        found = run_switching(description, work.workers.count, work.show, exact=liouvillian)
        report = switching_report(found)
        print_result(report, folder, write_switching(found, report, folder))


def map_grid(
    runfile: Annotated[
        str, typer.Argument(help=r"A run file (TOML) with a \[map], or the name of a shipped one.")
    ],
    output: Output = None,
    threads: Threads = None,
) -> None:
    """Compute the steady states at every point of a grid of parameters.

    Writes branches, stability and measures as NetCDF, report and figures.
    """
    from ..execution.map import compute_map, write_map
    from ..execution.resume import require_no_other_result
    from ..reports.map import map_report
    from ..run_files.grid import load_map

    description = load_map(runfile)
    folder = output or RESULTS / description.stem
    with session(folder, "points", threads) as work:
        require_no_other_result(folder / f"{description.stem}.nc", "map")
        grid = compute_map(description, work.workers.count, work.show, _announce)
        report = map_report(description, grid)
        print_result(report, folder, write_map(description, grid, report, folder))


def reproduce(
    paper: Annotated[
        str,
        typer.Argument(help="A paper, by the name of its system (see qlangevin systems), or all."),
    ] = "all",
    output: Annotated[
        Path, typer.Option(parser=folder_name, metavar="FOLDER", help="Folder of the results.")
    ] = RESULTS / "reproduce",
    threads: Threads = None,
) -> None:
    """Recompute the figures and claims of the papers behind the systems.

    A table gives the verdict on each claim.
    """
    from ..execution.reproduce import load_papers, reproduce, summary, table, write_reproduction

    for each in load_papers(paper):
        folder = output / each.name
        with session(folder, f"{each.name}: figures and claims", threads) as work:
            result = reproduce(each, work.workers.count, work.show)
            written = write_reproduction(result, folder)
        print_result(f"{summary(result)}\n\n{table(result)}", folder, written)
