"""Papers recomputed: every figure and every claim into one folder, with a table of verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path

import xarray as xr

from ...analysis.plots.style import new_figure, style
from ...analysis.plots.titles import move_legends_above
from ...sde.support.checks import nearest
from ..reproduce.paper import Data, Finding, Paper, Verdict
from ..run_files.errors import RunFileError
from .output import write_bytes, write_figure, write_text

PAPERS = ("microrings", "spinning", "scatterers", "cascaded", "hybrid")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A paper with the data of its figures and what became of its claims, by their numbers."""

    paper: Paper
    data: Data
    findings: Mapping[str, Finding]

    def count(self, verdict: Verdict) -> int:
        """Claims with this verdict."""
        return sum(finding.verdict is verdict for finding in self.findings.values())


def load_papers(name: str) -> list[Paper]:
    """The paper of a name, or "all" of them. Raises RunFileError."""
    if name not in (*PAPERS, "all"):
        raise RunFileError(
            f"there is no paper {name!r} to reproduce: {nearest(name, [*PAPERS, 'all'])}"
        )
    chosen = PAPERS if name == "all" else (name,)
    return [import_module(f".reproduce.{each}", __package__).PAPER for each in chosen]


def reproduce(paper: Paper, threads: int, progress: Progress | None = None) -> Reproduction:
    """Compute every figure, then judge every claim; progress counts figures and claims."""
    data, findings = {}, {}
    total = len(paper.plates) + len(paper.claims)
    for plate in paper.plates:
        data[plate.number] = plate.compute(threads)
        if progress:
            progress(len(data), total)
    for claim in paper.claims:
        findings[claim.number] = claim.find(data)
        if progress:
            progress(len(data) + len(findings), total)
    return Reproduction(paper, data, findings)


def table(result: Reproduction) -> str:
    """Claim · paper says · we get · verdict · why, in Markdown."""
    rows = ["| claim | the paper says | we get | verdict | why |", "|---|---|---|---|---|"]
    for claim in result.paper.claims:
        found = result.findings[claim.number]
        cells = (claim.number, claim.says, found.got, found.verdict, found.why)
        rows.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def summary(result: Reproduction) -> str:
    """The paper, its verdicts counted, and what its figures chose where the paper is silent."""
    paper = result.paper
    counts = ", ".join(f"{result.count(verdict)} {verdict}" for verdict in Verdict)
    notes = [f"Fig. {plate.number}: {plate.note}." for plate in paper.plates if plate.note]
    return "\n".join(
        [f"{paper.title}, {paper.reference}", f"{len(paper.claims)} claims: {counts}.", *notes]
    )


def write_reproduction(result: Reproduction, folder: Path) -> list[Path]:
    """Figures as PNG and PDF, their data as NetCDF with a group per panel, and the table. Raises
    OutputError.
    """
    written = []
    for plate in result.paper.plates:
        panels, stem = result.data[plate.number], f"fig{plate.number}"
        written.append(write_bytes(folder / f"{stem}.nc", _netcdf(panels)))
        columns, rows = plate.size
        with style():
            figure = new_figure(columns, rows)
            plate.draw(figure, panels)
            move_legends_above(figure)
            written += [write_figure(folder / f"{stem}.{kind}", figure) for kind in ("png", "pdf")]
    return [*written, write_text(folder / "claims.md", f"{summary(result)}\n\n{table(result)}")]


def _netcdf(panels: Mapping[str, xr.Dataset]) -> bytes:
    buffer = BytesIO()
    tree = xr.DataTree.from_dict({f"/{name}": panel for name, panel in panels.items()})
    tree.to_netcdf(buffer, engine="h5netcdf")
    return buffer.getvalue()
