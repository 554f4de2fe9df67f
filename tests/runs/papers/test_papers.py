"""All papers: verdicts that must not change unnoticed, and the gallery's tables and counts."""

from pathlib import Path

import pytest

from qlangevin.runs.execution import reproduce
from qlangevin.runs.papers import PAPERS
from qlangevin.runs.papers.paper import Verdict

ROOT = Path(__file__).parents[3]
GALLERY = (ROOT / "runs" / "papers" / "README.md").read_text(encoding="utf-8")
CLAIMS = {
    "microrings": ("M", 21),
    "spinning": ("S", 12),
    "scatterers": ("C", 22),
    "cascaded": ("K", 24),
    "hybrid": ("H", 31),
}
"""Letter and number of the claims."""
DIFFERENT = {
    "microrings": "M1 M4 M8 M9 M10 M13 M17",
    "spinning": "S2 S4 S6 S8 S11",
    "scatterers": "C4 C7 C8 C18 C21",
    "cascaded": "K1 K2 K3 K4 K5 K7 K8 K9 K10 K11 K13 K15 K17 K18 K19 K21 K23 K24",
    "hybrid": "H3 H8 H11 H20 H27 H30",
}
NOT = {
    "microrings": "M7",
    "spinning": "S5 S9",
    "scatterers": "C15 C19 C20 C22",
    "cascaded": "K6 K12 K22",
    "hybrid": "H2 H19",
}
SLOW = set(PAPERS) - {"microrings"}
each_paper = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=[pytest.mark.xdist_group(name), *[pytest.mark.slow] * (name in SLOW)]
        )
        for name in PAPERS
    ],
)


def expected_verdicts(name):
    """Verdict of every claim of a paper, in the order of their numbers."""
    letter, count = CLAIMS[name]
    verdicts = {f"{letter}{k}": Verdict.REPRODUCED for k in range(1, count + 1)}
    verdicts |= dict.fromkeys(DIFFERENT[name].split(), Verdict.DIFFERENT)
    return verdicts | dict.fromkeys(NOT[name].split(), Verdict.NOT)


@each_paper
def test_every_claim_keeps_its_verdict(name, reproduction):
    findings = reproduction(name).findings
    expected = expected_verdicts(name)
    assert list(findings) == list(expected)
    assert {number: finding.verdict for number, finding in findings.items()} == expected


@each_paper
def test_a_reason_is_given_exactly_where_a_claim_is_not_simply_reproduced(name, reproduction):
    for finding in reproduction(name).findings.values():
        assert bool(finding.why) == (finding.verdict is not Verdict.REPRODUCED)


@each_paper
def test_the_gallery_shows_the_table_as_computed(name, reproduction):
    assert reproduce.table(reproduction(name)) in GALLERY


@pytest.mark.parametrize("name", PAPERS)
def test_claims_and_figures_are_complete_and_in_order(name):
    (paper,) = reproduce.load_papers(name)
    assert paper.name == name
    assert [claim.number for claim in paper.claims] == list(expected_verdicts(name))
    assert [int(figure.number) for figure in paper.figures] == sorted(
        int(figure.number) for figure in paper.figures
    )
    assert paper.reference.removeprefix("doi:") in GALLERY


@pytest.mark.parametrize("name", PAPERS)
def test_the_gallery_counts_the_verdicts(name):
    verdicts = list(expected_verdicts(name).values())
    counts = " | ".join(str(verdicts.count(verdict)) for verdict in Verdict)
    assert f"| {len(verdicts)} | {counts} |" in GALLERY


def test_the_readme_counts_the_verdicts():
    verdicts = [verdict for name in PAPERS for verdict in expected_verdicts(name).values()]
    reproduced, different, failed = (verdicts.count(verdict) for verdict in Verdict)
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"{len(verdicts)} claims of five papers" in readme
    assert f"{reproduced} reproduced, {different} with a difference, {failed} not" in readme
