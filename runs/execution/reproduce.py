"""Recompute a paper's figures and claims, and write them to one folder with a table of verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path

import xarray as xr

from ...analysis.plots.style import new_figure, style
from ...analysis.plots.titles import move_legends_above
from ...sde.support.callbacks import Progress
from ...sde.support.checks import nearest
from ..papers import PAPERS
from ..papers.paper import Data, Finding, Panels, Paper, PaperFigure, Verdict
from ..run_files.errors import RunFileError
from .output import write_bytes, write_figure, write_text


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A paper, the data of its figures and the findings on its claims, both by their numbers."""

    paper: Paper
    data: Data
    findings: Mapping[str, Finding]

    def count(self, verdict: Verdict) -> int:
        """Number of claims with this verdict."""
        return sum(finding.verdict is verdict for finding in self.findings.values())


def load_papers(name: str) -> list[Paper]:
    """The paper of this name, or all papers for "all". Raises RunFileError for other names."""
    if name not in (*PAPERS, "all"):
        known = nearest(name, [*PAPERS, "all"])
        raise RunFileError(f"there is no paper {name!r} to reproduce: {known}")
    chosen = PAPERS if name == "all" else (name,)
    return [import_module(f"..papers.{each}", __package__).PAPER for each in chosen]


def reproduce(paper: Paper, threads: int, progress: Progress | None = None) -> Reproduction:
    """Compute all figures, then check all claims.

    `progress` is called with the figures and claims done, and with their total.
    """
    data: dict[str, Panels] = {}
    findings: dict[str, Finding] = {}
    total = len(paper.figures) + len(paper.claims)

    def report() -> None:
        if progress:
            progress(len(data) + len(findings), total)

    for figure in paper.figures:
        data[figure.number] = figure.compute(threads)
        report()
    for claim in paper.claims:
        findings[claim.number] = claim.check(data)
        report()
    return Reproduction(paper, data, findings)


def table(result: Reproduction) -> str:
    """Markdown table: claim, what the paper says, what we get, verdict, why."""
    rows = ["| claim | the paper says | we get | verdict | why |", "|---|---|---|---|---|"]
    for claim in result.paper.claims:
        found = result.findings[claim.number]
        cells = (claim.number, claim.says, found.got, found.verdict, found.why)
        rows.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def summary(result: Reproduction) -> str:
    """Title, number of claims by verdict, and the notes of the figures, one per line."""
    paper = result.paper
    counts = ", ".join(f"{result.count(verdict)} {verdict}" for verdict in Verdict)
    notes = [f"Fig. {figure.number}: {figure.note}." for figure in paper.figures if figure.note]
    title = f"{paper.title}, {paper.reference}"
    return "\n".join([title, f"{len(paper.claims)} claims: {counts}.", *notes])


def write_reproduction(result: Reproduction, folder: Path) -> list[Path]:
    """Write figures (PNG, PDF), their data (NetCDF with one group per panel) and the table.

    Returns the paths. Raises OutputError.
    """
    written = []
    for figure in result.paper.figures:
        written += _write_figure(figure, result.data[figure.number], folder)
    text = f"{summary(result)}\n\n{table(result)}"
    return [*written, write_text(folder / "claims.md", text)]


def _write_figure(figure: PaperFigure, panels: Panels, folder: Path) -> list[Path]:
    stem = f"fig{figure.number}"
    written = [write_bytes(folder / f"{stem}.nc", _netcdf(panels))]
    with style():
        drawn = new_figure(*figure.size)
        figure.draw(drawn, panels)
        move_legends_above(drawn)
        for kind in ("png", "pdf"):
            written.append(write_figure(folder / f"{stem}.{kind}", drawn))
    return written


def _netcdf(panels: Panels) -> bytes:
    buffer = BytesIO()
    tree = xr.DataTree.from_dict({f"/{name}": panel for name, panel in panels.items()})
    tree.to_netcdf(buffer, engine="h5netcdf")
    return buffer.getvalue()
