"""The spinning resonator's paper: verdicts that must not change unnoticed, and the gallery's table."""

from pathlib import Path

import pytest
from qlangevin.runs import reproducing
from qlangevin.runs.reproduce.paper import Verdict

GALLERY = Path(__file__).parents[3] / "runs" / "reproduce" / "README.md"
DIFFERENT = {"S4", "S5", "S6", "S8", "S9", "S11"}


@pytest.fixture(scope="module")
def result():
    (paper,) = reproducing.load_papers("spinning")
    return reproducing.reproduce(paper, threads=2)


def test_every_claim_keeps_its_verdict(result):
    numbers = [f"S{k}" for k in range(1, 13)]
    expected = dict.fromkeys(numbers, Verdict.REPRODUCED) | dict.fromkeys(DIFFERENT, Verdict.DIFFERENT)
    assert {number: found.verdict for number, found in result.findings.items()} == expected


def test_the_gallery_shows_the_table_as_it_is_computed(result):
    assert reproducing.table(result) in GALLERY.read_text(encoding="utf-8")


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """The coupled estimate's error bar is 10⁻¹¹; what is left of the transient at 120/ω_m is 10⁻⁵."""
    name = "log_negativity(driven, mechanical)"
    for place, curve in ((0.295, "forward"), (0.75, "static"), (1.205, "reversed")):
        end = float(result.data["2"][f"{curve} at {place}"][name][-1])
        at = result.data["2"][curve]["log_negativity_driven_mechanical"]
        steady = float(at.sel(detuning=place * 63e6, method="nearest"))
        assert end == pytest.approx(steady, abs=1e-4)
