"""The microrings' paper: verdicts that must not change unnoticed, files, and the gallery's table."""

from pathlib import Path

import pytest
import xarray as xr
from qlangevin.runs import reproducing
from qlangevin.runs.reproduce.paper import Verdict

GALLERY = Path(__file__).parents[3] / "runs" / "reproduce" / "README.md"
DIFFERENT, NOT = {"M1", "M4", "M8", "M9", "M13", "M17"}, {"M7"}


@pytest.fixture(scope="module")
def result():
    (paper,) = reproducing.load_papers("microrings")
    return reproducing.reproduce(paper, threads=2)


def test_every_claim_keeps_its_verdict(result):
    numbers = [f"M{k}" for k in range(1, 22)]
    assert list(result.findings) == numbers
    expected = dict.fromkeys(numbers, Verdict.REPRODUCED)
    expected |= dict.fromkeys(DIFFERENT, Verdict.DIFFERENT) | dict.fromkeys(NOT, Verdict.NOT)
    assert {number: found.verdict for number, found in result.findings.items()} == expected


def test_what_is_not_simply_reproduced_says_why(result):
    for found in result.findings.values():
        assert bool(found.why) == (found.verdict is not Verdict.REPRODUCED)


def test_the_gallery_shows_the_table_as_it_is_computed(result):
    assert reproducing.table(result) in GALLERY.read_text(encoding="utf-8")


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """Five standard errors of the plain ensemble, whose E_N is free of bias only where it is far from zero."""
    run = result.data["2"]["forward_run"].isel(time=-1)
    name = "log_negativity(a, b)"
    assert abs(float(run[name] - run[f"{name}_linear"])) < 5 * float(run[f"{name}_stderr"])


def test_figures_data_and_table_are_written_and_read_back(result, tmp_path):
    written = reproducing.write_reproduction(result, tmp_path)
    assert {path.name for path in written} == {
        *(f"fig{number}.{kind}" for number in "2345" for kind in ("nc", "png", "pdf")),
        "claims.md",
    }
    with xr.open_datatree(tmp_path / "fig3.nc", engine="h5netcdf") as tree:
        xr.testing.assert_equal(tree["a"].to_dataset(), result.data["3"]["a"])
