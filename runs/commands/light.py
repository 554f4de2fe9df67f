"""The command that computes the light that leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .terminal import (
    Changes,
    Output,
    Reverse,
    compilation_reported,
    print_result,
)

RESULTS = Path("results")


def spectra(
    runfile: Annotated[
        str,
        typer.Argument(
            help=r"A run file (TOML) with \[spectra] or \[output_modes], or the name of a shipped "
            "one."
        ),
    ],
    changes: Changes = None,
    reverse: Reverse = False,
    branch: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="NUMBER",
            help="The stable branch whose light is computed, as qlangevin steady numbers them.",
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Compute spectra of the light that leaves, a probe's transmission, and output entanglement.

    Writes squeezing, homodyne and heterodyne spectra, and filtered modes as NetCDF, report and
    figures.
    """
    from ..execution.light import compute_light, write_light
    from ..execution.output import locked_folder
    from ..execution.resume import require_no_other_result
    from ..reports.light import light_report
    from ..run_files import light
    from ..run_files.schema import read_changes

    wanted = light.Changes(read_changes(changes or []), reverse, branch)
    description = light.load_light(runfile, wanted)
    folder = output or RESULTS / (description.stem + "-reversed" * reverse)
    with locked_folder(folder), compilation_reported():
        require_no_other_result(folder / f"{description.stem}.nc", "spectra")
        result = compute_light(description)
        report = light_report(description, result)
        print_result(report, folder, write_light(description, result, report, folder))
